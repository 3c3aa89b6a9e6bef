/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Devices: what opening refuses and says, handles, information, admin commands, the list. */
#include "rig.h"

#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static const ringline_device never = {0};

static ringline_diagnosis blank_diagnosis(void)
{
	ringline_diagnosis why;

	memset(&why, 0, sizeof why);
	why.struct_size = sizeof why;
	return why;
}

/* An opening that fails like this, and touches nothing but the diagnosis. */
static void check_refusal(const char *path, const ringline_device_options *options, int32_t error, uint32_t rule,
			  const char *word)
{
	ringline_diagnosis why = blank_diagnosis();
	ringline_device device = {4711};

	assert_gives(ringline_device_open(path, options, NULL, &device), error);
	assert_gives(ringline_device_open(path, options, &why, &device), error);
	assert_int_equal(device.value, 4711);
	assert_gives(why.error, error);
	assert_int_equal(why.rule, rule);
	if (strstr(why.text, word) == NULL) {
		fail_msg("\"%s\" does not say \"%s\"", why.text, word);
	}
}

static void an_opening_that_is_refused_says_why(void **state)
{
	const struct rig *rig = rig_of(state);
	ringline_device_options options;

	check_refusal(NULL, NULL, -EINVAL, RINGLINE_RULE_ARGUMENT, "NULL");
	check_refusal("/dev/null", NULL, -ENOTTY, RINGLINE_RULE_NOT_NVME, "/dev/null");
	check_refusal("/dev/no-such-node", NULL, -ENOENT, RINGLINE_RULE_PATH, "no-such-node");
	check_refusal(rig->image, NULL, -ENOTTY, RINGLINE_RULE_NOT_NVME, "sim:"); /* never simulated by accident */
	memset(&options, 0, sizeof options);
	options.struct_size = sizeof options;
	options.nsid = 2;
	check_refusal("null:", &options, -ENXIO, RINGLINE_RULE_NAMESPACE, "2");
	options.nsid = 0;
	options.flags = 0x80000000u;
	check_refusal("null:", &options, -EINVAL, RINGLINE_RULE_ARGUMENT, "flags");
	options.flags = 0;
	options.block_size = 1000;
	check_refusal("null:", &options, -EINVAL, RINGLINE_RULE_ARGUMENT, "1000");
	assert_gives(ringline_device_open("null:", NULL, NULL, NULL), -EINVAL);
}

static void a_success_leaves_the_diagnosis(void **state)
{
	ringline_diagnosis why = blank_diagnosis();
	ringline_device device;

	(void)state;
	why.rule = 99;
	assert_gives(ringline_device_open("null:", NULL, &why, &device), 0);
	assert_int_equal(why.rule, 99);
	assert_string_equal(why.text, "");
	assert_gives(ringline_device_close(device), 0);
}

static void information_tells_the_geometry(void **state)
{
	const struct rig *rig = rig_of(state);
	ringline_device_info info;

	memset(&info, 0x77, sizeof info);
	info.struct_size = sizeof info;
	assert_gives(ringline_device_info_get(rig->device, &info), 0);
	assert_int_equal(info.kind, RINGLINE_DEVICE_SIMULATED);
	assert_int_equal(info.flags, RINGLINE_OPEN_SIMULATED);
	assert_int_equal(info.nsid, 1);
	assert_int_equal(info.blocks, BLOCKS);
	assert_int_equal(info.block_size, BLOCK_SIZE);
	assert_int_equal(info.max_transfer_bytes, MDTS);
	assert_int_equal(info.max_transfer_rule, RINGLINE_RULE_MDTS);
	assert_int_equal(info.reserved0[0], 0);
	assert_non_null(strstr(info.node, rig->image));
	assert_gives(ringline_device_info_get(rig->device, NULL), -EINVAL);
	assert_gives(ringline_device_refresh(rig->device), 0);
}

static void a_handle_that_was_closed_or_never_issued_is_told_apart(void **state)
{
	struct rig *rig = rig_of(state);
	const ringline_device closed = rig->device;
	const ringline_device forged = {closed.value + 65536};
	ringline_device_info info;
	ringline_device_info before;

	memset(&info, 0x77, sizeof info);
	info.struct_size = sizeof info;
	before = info;
	assert_gives(ringline_device_close(never), -EBADF);
	assert_gives(ringline_device_close(forged), -EBADF);
	assert_gives(ringline_device_refresh(never), -EBADF);
	assert_gives(ringline_device_info_get(never, &info), -EBADF);
	assert_gives(ringline_device_close(closed), 0);
	rig->device = never;
	assert_gives(ringline_device_close(closed), -ESTALE);
	assert_gives(ringline_device_refresh(closed), -ESTALE);
	assert_gives(ringline_device_info_get(closed, &info), -ESTALE);
	assert_memory_equal(&info, &before, sizeof info);
	assert_gives(ringline_queue_attach(rig->queue, closed), -ESTALE);
}

static void a_device_closed_with_commands_in_flight_completes_them(void **state)
{
	struct rig *rig = rig_of(state);
	const ringline_device closed = rig->device;
	ringline_completion completion;

	assert_gives(ringline_read(rig->queue, closed, 0, 1, memory, BLOCK_SIZE, 0, 5), 0);
	assert_gives(ringline_device_close(closed), 0);
	rig->device = never;
	assert_gives(ringline_flush(rig->queue, closed, 6), -ESTALE);
	completion = finish(rig->queue);
	assert_int_equal(completion.user_data, 5);
	assert_int_equal(completion.device.value, closed.value);
	assert_int_equal(in_flight(rig->queue), 0);
}

static void an_admin_command_runs_and_waits(void **state)
{
	const struct rig *rig = rig_of(state);
	ringline_nvme_command identify;
	ringline_completion completion;
	uint64_t blocks;

	memset(&identify, 0, sizeof identify);
	identify.opcode = 0x06;
	identify.nsid = 1;
	identify.address = (uintptr_t)memory;
	identify.data_length = 4096;
	memset(&completion, 0x77, sizeof completion);
	assert_gives(ringline_device_admin(rig->device, &identify, &completion), 0);
	assert_gives(completion.error, 0);
	assert_int_equal(completion.status, 0);
	assert_int_equal(completion.user_data, 0);
	assert_int_equal(completion.device.value, rig->device.value);
	memcpy(&blocks, memory, sizeof blocks); /* NSZE is the first field */
	assert_int_equal(blocks, BLOCKS);
	memset(&completion, 0x77, sizeof completion);
	assert_gives(ringline_device_admin(rig->device, NULL, &completion), -EINVAL);
	assert_gives(ringline_device_admin(rig->device, &identify, NULL), -EINVAL);
	assert_gives(ringline_device_admin(never, &identify, &completion), -EBADF);
	assert_int_equal(completion.user_data, 0x7777777777777777u);
}

static void the_null_device_takes_no_admin_command(void **state)
{
	ringline_nvme_command command;
	ringline_completion completion;
	ringline_device device;

	(void)state;
	memset(&command, 0, sizeof command);
	assert_gives(ringline_device_open("null:", NULL, NULL, &device), 0);
	assert_gives(ringline_device_admin(device, &command, &completion), -EOPNOTSUPP);
	assert_gives(ringline_device_close(device), 0);
}

static void a_device_opened_read_only_takes_no_write(void **state)
{
	struct rig *rig = rig_of(state);
	ringline_nvme_command format;
	ringline_completion completion;

	assert_gives(ringline_device_close(rig->device), 0);
	rig->device = open_simulated(rig->image, RINGLINE_OPEN_READ_ONLY);
	assert_gives(ringline_queue_attach(rig->queue, rig->device), 0);
	assert_gives(ringline_write(rig->queue, rig->device, 0, 1, memory, BLOCK_SIZE, 0, 1), -EROFS);
	memset(&format, 0, sizeof format);
	format.opcode = 0x80;
	format.nsid = 1;
	assert_gives(ringline_device_admin(rig->device, &format, &completion), -EROFS);
	assert_gives(ringline_read(rig->queue, rig->device, 0, 1, memory, BLOCK_SIZE, 0, 1), 0);
	finish_well(rig->queue, 1);
}

static void the_list_writes_no_more_than_there_is_room_for(void **state)
{
	ringline_device_entry entries[2];
	ringline_device_entry untouched;
	int32_t count;

	(void)state;
	assert_gives(ringline_device_list(NULL, 1), -EINVAL);
	count = ringline_device_list(NULL, 0);
	assert_true(count >= 0);
	memset(entries, 0x77, sizeof entries);
	untouched = entries[1];
	assert_gives(ringline_device_list(entries, 1), count);
	assert_memory_equal(&entries[1], &untouched, sizeof untouched);
	if (count == 0) {
		assert_memory_equal(&entries[0], &untouched, sizeof untouched);
	} else {
		assert_int_equal(strncmp(entries[0].node, "/dev/n", 6), 0);
	}
}

static int use_what_was_inherited(const struct rig *rig)
{
	ringline_completion completion;
	ringline_device own;

	return ringline_device_close(rig->device) == -ECHILD && ringline_queue_wakeup(rig->queue) == -ECHILD &&
	       ringline_flush(rig->queue, rig->device, 1) == -ECHILD && ringline_submit(rig->queue) == -ECHILD &&
	       ringline_poll(rig->queue, &completion, 1) == -ECHILD && ringline_queue_destroy(rig->queue) == -ECHILD &&
	       ringline_device_open("null:", NULL, NULL, &own) == 0 && ringline_device_close(own) == 0;
}

static void a_child_cannot_use_what_it_inherited(void **state)
{
	const struct rig *rig = rig_of(state);
	const pid_t child = fork();
	int ended = -1;

	if (child == 0) {
		_exit(use_what_was_inherited(rig) ? 0 : 1);
	}
	assert_true(child > 0);
	assert_int_equal(waitpid(child, &ended, 0), child);
	assert_int_equal(ended, 0);
	assert_gives(ringline_flush(rig->queue, rig->device, 2), 0);
	finish_well(rig->queue, 2);
}

static const struct CMUnitTest tests[] = {
	RIG_TEST(an_opening_that_is_refused_says_why),
	cmocka_unit_test(a_success_leaves_the_diagnosis),
	RIG_TEST(information_tells_the_geometry),
	RIG_TEST(a_handle_that_was_closed_or_never_issued_is_told_apart),
	RIG_TEST(a_device_closed_with_commands_in_flight_completes_them),
	RIG_TEST(an_admin_command_runs_and_waits),
	cmocka_unit_test(the_null_device_takes_no_admin_command),
	RIG_TEST(a_device_opened_read_only_takes_no_write),
	cmocka_unit_test(the_list_writes_no_more_than_there_is_room_for),
	RIG_TEST(a_child_cannot_use_what_it_inherited),
};
TEST_GROUP(device, tests, NULL, NULL);
