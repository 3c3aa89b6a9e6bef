/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Commands on both engines: what they do, in which ways they are pushed, and what is refused with which errno. */
#include "rig.h"

#include <string.h>

#define COUNT(array) ((uint32_t)(sizeof(array) / sizeof((array)[0])))

static void what_is_written_is_read_back(void **state)
{
	const struct rig *rig = rig_of(state);
	uint8_t *back = memory + MEMORY_BYTES / 2;

	fill(memory, 4096, 7);
	assert_gives(ringline_write(rig->queue, rig->device, 3, 8, memory, 4096, RINGLINE_FUA, 1), 0);
	finish_well(rig->queue, 1);
	assert_gives(ringline_flush(rig->queue, rig->device, 2), 0);
	finish_well(rig->queue, 2);
	assert_gives(ringline_read(rig->queue, rig->device, 3, 8, back, 4096, RINGLINE_LIMITED_RETRY, 3), 0);
	finish_well(rig->queue, 3);
	assert_memory_equal(memory, back, 4096);
}

static void a_completion_says_whose_it_is(void **state)
{
	const struct rig *rig = rig_of(state);
	ringline_completion completion;

	assert_gives(ringline_read(rig->queue, rig->device, 0, 1, memory, BLOCK_SIZE, 0, UINT64_MAX), 0);
	completion = finish(rig->queue);
	assert_int_equal(completion.user_data, UINT64_MAX);
	assert_int_equal(completion.device.value, rig->device.value);
	assert_int_equal(completion.result, 0);
}

struct refusal {
	const char *name;
	size_t offset; /* Of the field in ringline_command that is changed, */
	size_t size;
	uint64_t value; /* to what, */
	int32_t error;  /* and what that gives. */
};

#define REFUSAL(field, value, error)                                                                                   \
	{                                                                                                              \
#field " " #value, offsetof(ringline_command, field), sizeof(((ringline_command *)0)->field), value,   \
			error                                                                                          \
	}

static const struct refusal refusals[] = {
	REFUSAL(device, 0, -EBADF),
	REFUSAL(lba, BLOCKS - 3, -ERANGE),
	REFUSAL(lba, UINT64_MAX, -ERANGE),
	REFUSAL(address, 0, -EFAULT),
	REFUSAL(length, 2047, -ENOBUFS),
	REFUSAL(metadata_address, 4096, -EINVAL),
	REFUSAL(metadata_length, 8, -ENOBUFS),
	REFUSAL(blocks, 0, -EINVAL),
	REFUSAL(blocks, 3, -ENOBUFS),
	REFUSAL(blocks, 65537, -EINVAL),
	REFUSAL(opcode, 0xFF, -EOPNOTSUPP),
	REFUSAL(action, 1, -EINVAL),
	REFUSAL(flags, 0x8000, -EINVAL),
	REFUSAL(flags, RINGLINE_DEALLOCATE, -EINVAL), /* of a read */
	REFUSAL(segments, 1, -EINVAL),
	REFUSAL(placement, 1, -EINVAL),
};

/* Each into memory of its own, so that they may run side by side. */
static ringline_command four_blocks(const struct rig *rig, uint64_t user_data)
{
	return transfer(rig, RINGLINE_NVME_READ, 0, 4, memory + user_data * 4 * BLOCK_SIZE, user_data);
}

/* The value in the low bytes of the field: this is a little-endian ABI. */
static ringline_command broken(const struct rig *rig, const struct refusal *refusal)
{
	ringline_command command = four_blocks(rig, 1);

	memcpy((uint8_t *)&command + refusal->offset, &refusal->value, refusal->size);
	return command;
}

static void each_field_is_proved_before_anything_is_pushed(void **state)
{
	const struct rig *rig = rig_of(state);
	ringline_diagnosis why;
	uint32_t i;

	for (i = 0; i < COUNT(refusals); ++i) {
		const ringline_command command = broken(rig, &refusals[i]);

		print_message("%s\n", refusals[i].name);
		assert_gives(ringline_push(rig->queue, &command, 1), refusals[i].error);
		memset(&why, 0, sizeof why);
		why.struct_size = sizeof why;
		assert_gives(ringline_explain(&command, &why), refusals[i].error);
		assert_gives(why.error, refusals[i].error);
		assert_true(strlen(why.text) > 10);
		assert_gives(ringline_explain(&command, NULL), refusals[i].error);
	}
	assert_int_equal(in_flight(rig->queue), 0);
}

static void an_explanation_names_the_rule_and_the_limit(void **state)
{
	const struct rig *rig = rig_of(state);
	ringline_command command = four_blocks(rig, 1);
	ringline_diagnosis why;
	ringline_diagnosis before;

	memset(&why, 0x77, sizeof why);
	why.struct_size = sizeof why;
	before = why;
	assert_gives(ringline_explain(&command, &why), 0);
	assert_memory_equal(&why, &before, sizeof why);
	command.lba = BLOCKS;
	assert_gives(ringline_explain(&command, &why), -ERANGE);
	assert_int_equal(why.rule, RINGLINE_RULE_BOUNDS);
	assert_int_equal(why.wanted, BLOCKS);
	assert_non_null(strstr(why.text, "256"));
	assert_gives(ringline_explain(NULL, &why), -EINVAL);
}

static void single_calls_refuse_like_arrays(void **state)
{
	const struct rig *rig = rig_of(state);
	ringline_queue *queue = rig->queue;

	assert_gives(ringline_read(queue, rig->device, 0, 0, memory, 0, 0, 1), -EINVAL);
	assert_gives(ringline_read(queue, rig->device, 0, 1, NULL, BLOCK_SIZE, 0, 1), -EFAULT);
	assert_gives(ringline_read(queue, rig->device, 0, 1, memory, BLOCK_SIZE - 1, 0, 1), -ENOBUFS);
	assert_gives(ringline_read(queue, rig->device, 0, 1, memory, BLOCK_SIZE, RINGLINE_REMAP, 1), -EINVAL);
	assert_gives(ringline_read(queue, rig->device, 0, 1, memory, BLOCK_SIZE, 0x10000, 1), -EINVAL);
	assert_gives(ringline_write(queue, rig->device, BLOCKS, 1, memory, BLOCK_SIZE, 0, 1), -ERANGE);
	assert_gives(ringline_write(queue, rig->device, 0, 129, memory, 129 * BLOCK_SIZE, 0, 1), -EMSGSIZE);
	assert_int_equal(in_flight(queue), 0);
}

static void an_array_is_taken_up_to_the_first_that_is_refused(void **state)
{
	const struct rig *rig = rig_of(state);
	ringline_command commands[4];
	ringline_completion completions[4];
	uint32_t i;

	for (i = 0; i < 4; ++i) {
		commands[i] = four_blocks(rig, i + 1);
	}
	commands[2].length = 1;
	assert_gives(ringline_push(rig->queue, commands, 4), 2);
	assert_gives(ringline_push(rig->queue, commands + 2, 2), -ENOBUFS);
	assert_gives(ringline_push(rig->queue, commands, 0), 0);
	assert_gives(ringline_push(rig->queue, NULL, 1), -EINVAL);
	assert_gives(ringline_submit(rig->queue), 2);
	assert_gives(ringline_submit(rig->queue), 0);
	memset(completions, 0x77, sizeof completions);
	assert_gives(ringline_wait(rig->queue, completions, 4, 2, -1), 2);
	assert_int_equal(completions[0].user_data + completions[1].user_data, 3);
	assert_int_equal(completions[2].user_data, 0x7777777777777777u);
}

static void a_full_queue_says_so(void **state)
{
	const struct rig *rig = rig_of(state);
	ringline_command commands[9];
	ringline_completion completions[9];
	uint32_t i;

	for (i = 0; i < 9; ++i) {
		commands[i] = four_blocks(rig, i);
	}
	assert_gives(ringline_push(rig->queue, commands, 9), 8);
	assert_gives(ringline_push(rig->queue, commands + 8, 1), -EAGAIN);
	assert_gives(ringline_flush(rig->queue, rig->device, 9), -EAGAIN);
	assert_gives(ringline_submit_and_wait(rig->queue, completions, 9, 8, -1), 8);
	assert_gives(ringline_push(rig->queue, commands + 8, 1), 1);
	finish_well(rig->queue, 8);
}

static void an_exchange_pushes_submits_and_waits(void **state)
{
	const struct rig *rig = rig_of(state);
	ringline_command commands[2];
	ringline_completion completions[2];
	uint32_t taken = 99;

	commands[0] = four_blocks(rig, 1);
	commands[1] = four_blocks(rig, 2);
	assert_gives(ringline_exchange(rig->queue, commands, 2, &taken, completions, 2, 2, -1), 2);
	assert_int_equal(taken, 2);
	assert_gives(ringline_exchange(rig->queue, NULL, 0, &taken, completions, 2, 0, 0), 0);
	assert_int_equal(taken, 0);
	taken = 99;
	commands[0].blocks = 0;
	assert_gives(ringline_exchange(rig->queue, commands, 2, &taken, completions, 2, 1, -1), -EINVAL);
	assert_int_equal(taken, 99);
}

static ringline_raw_command raw_transfer(const struct rig *rig, uint8_t opcode, uint8_t *at)
{
	ringline_raw_command raw;

	memset(&raw, 0, sizeof raw);
	raw.user_data = opcode;
	raw.device = rig->device;
	if (opcode == RINGLINE_NVME_WRITE) {
		assert_gives(ringline_nvme_write(&raw.command, 1, 9, 2, (uintptr_t)at, 2 * BLOCK_SIZE), 0);
	} else {
		assert_gives(ringline_nvme_read(&raw.command, 1, 9, 2, (uintptr_t)at, 2 * BLOCK_SIZE), 0);
	}
	return raw;
}

static void a_raw_command_goes_as_it_is(void **state)
{
	const struct rig *rig = rig_of(state);
	uint8_t *back = memory + MEMORY_BYTES / 2;
	ringline_raw_command raw;

	fill(memory, 2 * BLOCK_SIZE, 99);
	raw = raw_transfer(rig, RINGLINE_NVME_WRITE, memory);
	assert_gives(ringline_push_raw(rig->queue, &raw, 1), 1);
	finish_well(rig->queue, RINGLINE_NVME_WRITE);
	raw = raw_transfer(rig, RINGLINE_NVME_READ, back);
	assert_gives(ringline_push_raw(rig->queue, &raw, 1), 1);
	finish_well(rig->queue, RINGLINE_NVME_READ);
	assert_memory_equal(memory, back, 2 * BLOCK_SIZE);
	raw.reserved0 = 1;
	assert_gives(ringline_push_raw(rig->queue, &raw, 1), -EINVAL);
	raw.reserved0 = 0;
	raw.device.value = 0;
	assert_gives(ringline_push_raw(rig->queue, &raw, 1), -EBADF);
	assert_gives(ringline_push_raw(rig->queue, NULL, 1), -EINVAL);
	assert_gives(ringline_push_raw(rig->queue, &raw, 0), 0);
}

static void an_admin_command_may_be_pushed_if_it_has_no_effects(void **state)
{
	const struct rig *rig = rig_of(state);
	ringline_identify_options options;
	ringline_raw_command raw;
	ringline_diagnosis why;

	memset(&options, 0, sizeof options);
	options.struct_size = sizeof options;
	options.cns = 1;
	memset(&raw, 0, sizeof raw);
	raw.user_data = 4;
	raw.device = rig->device;
	raw.flags = RINGLINE_RAW_ADMIN;
	assert_gives(ringline_nvme_identify(&raw.command, &options, (uintptr_t)memory), 0);
	memset(memory, 0, RINGLINE_IDENTIFY_BYTES);
	assert_gives(ringline_explain_raw(&raw, NULL), 0);
	assert_gives(ringline_push_raw(rig->queue, &raw, 1), 1);
	finish_well(rig->queue, 4);
	assert_memory_equal(memory + 4, "SIM", 3); /* the serial number */
	raw.command.opcode = RINGLINE_NVME_FORMAT;
	assert_gives(ringline_push_raw(rig->queue, &raw, 1), -EOPNOTSUPP);
	memset(&why, 0, sizeof why);
	why.struct_size = sizeof why;
	assert_gives(ringline_explain_raw(&raw, &why), -EOPNOTSUPP);
	assert_int_equal(why.rule, RINGLINE_RULE_EFFECTS);
	assert_non_null(strstr(why.text, "ringline_device_admin"));
	assert_gives(ringline_explain_raw(NULL, &why), -EINVAL);
	raw.device.value = 0;
	assert_gives(ringline_explain_raw(&raw, &why), -EBADF);
	assert_int_equal(in_flight(rig->queue), 0);
}

static void a_transfer_may_be_in_pieces(void **state)
{
	const struct rig *rig = rig_of(state);
	uint8_t *back = memory + MEMORY_BYTES / 2;
	ringline_segment segments[2];
	ringline_command command = four_blocks(rig, 1);

	fill(memory, 4 * BLOCK_SIZE, 5);
	segments[0].address = (uintptr_t)memory;
	segments[0].length = 100;
	segments[1].address = (uintptr_t)memory + 100;
	segments[1].length = 4 * BLOCK_SIZE - 100;
	command.opcode = RINGLINE_NVME_WRITE;
	command.flags = RINGLINE_VECTORED;
	command.address = (uintptr_t)segments;
	command.segments = 2;
	assert_gives(ringline_push(rig->queue, &command, 1), 1);
	finish_well(rig->queue, 1);
	assert_gives(ringline_read(rig->queue, rig->device, 0, 4, back, 4 * BLOCK_SIZE, 0, 2), 0);
	finish_well(rig->queue, 2);
	assert_memory_equal(memory, back, 4 * BLOCK_SIZE);
	segments[1].length -= 1;
	assert_gives(ringline_push(rig->queue, &command, 1), -ENOBUFS);
}

/* The kernel's /dev/null takes commands as a real node does, so this is the real path: with a ring, of a real ring. */
static void the_null_device_takes_commands_and_moves_no_data(void **state)
{
	struct rig *rig = rig_of(state);
	ringline_device null;
	uint32_t i;

	assert_gives(ringline_device_open("null:", NULL, NULL, &null), 0);
	assert_gives(ringline_queue_attach(rig->queue, null), 0);
	memset(memory, 0x42, BLOCK_SIZE);
	assert_gives(ringline_read(rig->queue, null, 1u << 20, 1, memory, BLOCK_SIZE, 0, 1), 0);
	finish_well(rig->queue, 1);
	for (i = 0; i < BLOCK_SIZE; ++i) {
		assert_int_equal(memory[i], 0x42);
	}
	assert_gives(ringline_write(rig->queue, null, 0, RINGLINE_NVME_BLOCKS_MAX, memory,
				    RINGLINE_NVME_BLOCKS_MAX * BLOCK_SIZE, RINGLINE_FUA, 2),
		     0);
	finish_well(rig->queue, 2);
	assert_gives(ringline_flush(rig->queue, null, 3), 0);
	finish_well(rig->queue, 3);
	assert_gives(ringline_device_close(null), 0);
}

static const struct CMUnitTest tests[] = {
	RIG_TEST(what_is_written_is_read_back),
	RIG_TEST(a_completion_says_whose_it_is),
	RIG_TEST(each_field_is_proved_before_anything_is_pushed),
	RIG_TEST(an_explanation_names_the_rule_and_the_limit),
	RIG_TEST(single_calls_refuse_like_arrays),
	RIG_TEST(an_array_is_taken_up_to_the_first_that_is_refused),
	RIG_TEST(a_full_queue_says_so),
	RIG_TEST(an_exchange_pushes_submits_and_waits),
	RIG_TEST(a_raw_command_goes_as_it_is),
	RIG_TEST(an_admin_command_may_be_pushed_if_it_has_no_effects),
	RIG_TEST(a_transfer_may_be_in_pieces),
	RIG_TEST(the_null_device_takes_commands_and_moves_no_data),
};
TEST_GROUP(command_uring, tests, with_uring, NULL);
TEST_GROUP(command_threads, tests, with_threads, NULL);
