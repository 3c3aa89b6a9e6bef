/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Simulated devices on both engines: images, and each kind of fault rule as its completion shows it. */
#include "rig.h"

#include <string.h>

static ringline_sim_options of_blocks(uint64_t blocks)
{
	ringline_sim_options options;

	memset(&options, 0, sizeof options);
	options.struct_size = sizeof options;
	options.blocks = blocks;
	return options;
}

static ringline_fault_rule fault(uint32_t action, uint32_t opcode)
{
	ringline_fault_rule rule;

	memset(&rule, 0, sizeof rule);
	rule.struct_size = sizeof rule;
	rule.action = action;
	rule.opcode = opcode;
	return rule;
}

static void an_image_is_never_overwritten_and_its_geometry_checked(void **state)
{
	const struct rig *rig = rig_of(state);
	ringline_sim_options options = of_blocks(8);

	assert_gives(ringline_sim_create(rig->image, &options), -EEXIST);
	assert_gives(ringline_sim_create(NULL, &options), -EINVAL);
	assert_gives(ringline_sim_create(path_in(rig, "b"), NULL), -EINVAL);
	assert_gives(ringline_sim_create(path_in(rig, "no/such/folder"), &options), -ENOENT);
	options.block_size = 1000;
	assert_gives(ringline_sim_create(path_in(rig, "b"), &options), -EINVAL);
	options.block_size = 0;
	options.mdts_bytes = 4096;
	assert_gives(ringline_sim_create(path_in(rig, "b"), &options), -EINVAL);
	options = of_blocks(0);
	assert_gives(ringline_sim_create(path_in(rig, "b"), &options), -EINVAL);
	/* remove_rig() finds no file left over from what was refused. */
}

static void a_rule_that_makes_no_sense_is_refused(void **state)
{
	const struct rig *rig = rig_of(state);
	const ringline_device never = {0};
	ringline_fault_rule rule = fault(0, RINGLINE_NVME_READ);
	ringline_device null;

	assert_gives(ringline_sim_fault_set(rig->device, &rule), -EINVAL);
	assert_gives(ringline_sim_fault_set(rig->device, NULL), -EINVAL);
	rule.action = RINGLINE_FAULT_DROP;
	rule.reserved1 = 1;
	assert_gives(ringline_sim_fault_set(rig->device, &rule), -EINVAL);
	rule.reserved1 = 0;
	assert_gives(ringline_sim_fault_set(never, &rule), -EBADF);
	assert_gives(ringline_sim_fault_clear(never, 0), -EBADF);
	assert_gives(ringline_sim_fault_clear(rig->device, 5), -ENOENT);
	assert_gives(ringline_sim_fault_clear(rig->device, 0), 0);
	assert_gives(ringline_device_open("null:", NULL, NULL, &null), 0);
	assert_gives(ringline_sim_fault_set(null, &rule), -EOPNOTSUPP);
	assert_gives(ringline_sim_fault_clear(null, 0), -EOPNOTSUPP);
	assert_gives(ringline_device_close(null), 0);
}

static void a_status_comes_with_all_its_bits_and_leaves_the_memory(void **state)
{
	const struct rig *rig = rig_of(state);
	ringline_fault_rule rule = fault(RINGLINE_FAULT_STATUS, RINGLINE_NVME_READ);
	ringline_completion completion;

	rule.status = 0x6281;
	rule.skip = 1;
	rule.repeat = 1;
	memset(memory, 0x42, BLOCK_SIZE);
	assert_gives(ringline_sim_fault_set(rig->device, &rule), 1);
	assert_gives(ringline_read(rig->queue, rig->device, 0, 1, memory, BLOCK_SIZE, 0, 1), 0);
	finish_well(rig->queue, 1);
	memset(memory, 0x42, BLOCK_SIZE);
	assert_gives(ringline_read(rig->queue, rig->device, 0, 1, memory, BLOCK_SIZE, 0, 2), 0);
	completion = finish(rig->queue);
	assert_int_equal(completion.status, 0x6281);
	assert_gives(completion.error, 0);
	assert_int_equal(completion.flags, 0);
	assert_int_equal(completion.result, 0);
	assert_int_equal(memory[0], 0x42);
	assert_gives(ringline_read(rig->queue, rig->device, 0, 1, memory, BLOCK_SIZE, 0, 3), 0);
	finish_well(rig->queue, 3);
	assert_int_equal(memory[0], 0);
	assert_gives(ringline_sim_fault_clear(rig->device, 1), 1);
}

static void an_error_says_whether_the_command_may_have_run(void **state)
{
	const struct rig *rig = rig_of(state);
	ringline_fault_rule rule = fault(RINGLINE_FAULT_ERROR, RINGLINE_NVME_FLUSH);
	ringline_completion completion;

	rule.error = -EIO;
	rule.repeat = 1;
	assert_gives(ringline_sim_fault_set(rig->device, &rule), 1);
	rule.error = -EINTR;
	assert_gives(ringline_sim_fault_set(rig->device, &rule), 2);
	assert_gives(ringline_flush(rig->queue, rig->device, 1), 0);
	completion = finish(rig->queue);
	assert_gives(completion.error, -EIO);
	assert_int_equal(completion.status, 0);
	assert_int_equal(completion.flags, RINGLINE_NOT_SENT);
	assert_gives(ringline_flush(rig->queue, rig->device, 2), 0);
	completion = finish(rig->queue);
	assert_gives(completion.error, -EINTR);
	assert_int_equal(completion.flags, RINGLINE_OUTCOME_UNKNOWN);
	assert_gives(ringline_sim_fault_clear(rig->device, 0), 2);
}

/* A rule that holds a flush back, then a flush and a read: the read comes first. */
static void check_that_the_flush_comes_last(const struct rig *rig, const ringline_fault_rule *rule)
{
	ringline_completion completions[2];

	assert_gives(ringline_sim_fault_set(rig->device, rule), 1);
	assert_gives(ringline_flush(rig->queue, rig->device, 1), 0);
	assert_gives(ringline_read(rig->queue, rig->device, 0, 1, memory, BLOCK_SIZE, 0, 2), 0);
	assert_gives(ringline_submit_and_wait(rig->queue, completions, 2, 2, -1), 2);
	assert_int_equal(completions[0].user_data, 2);
	assert_int_equal(completions[1].user_data, 1);
	assert_gives(completions[1].error, 0);
	assert_gives(ringline_sim_fault_clear(rig->device, 1), 1);
}

static void a_delayed_command_completes_behind_others(void **state)
{
	ringline_fault_rule rule = fault(RINGLINE_FAULT_DELAY, RINGLINE_NVME_FLUSH);

	rule.delay_ns = 50000000;
	check_that_the_flush_comes_last(rig_of(state), &rule);
}

static void a_reordered_command_completes_behind_others(void **state)
{
	ringline_fault_rule rule = fault(RINGLINE_FAULT_REORDER, RINGLINE_NVME_FLUSH);

	rule.hold = 1;
	check_that_the_flush_comes_last(rig_of(state), &rule);
}

static void a_vanished_device_is_gone(void **state)
{
	const struct rig *rig = rig_of(state);
	const ringline_fault_rule rule = fault(RINGLINE_FAULT_VANISH, RINGLINE_NVME_READ);
	const ringline_command read = transfer(rig, RINGLINE_NVME_READ, 0, 1, memory, 2);
	ringline_completion completion;

	assert_gives(ringline_sim_fault_set(rig->device, &rule), 1);
	assert_gives(ringline_push(rig->queue, &read, 1), 1);
	completion = finish(rig->queue);
	assert_gives(completion.error, -ENODEV);
	assert_int_equal(completion.flags, RINGLINE_OUTCOME_UNKNOWN);
	assert_gives(ringline_push(rig->queue, &read, 1), -ENODEV);
	assert_gives(ringline_explain(&read, NULL), -ENODEV);
	assert_gives(ringline_device_refresh(rig->device), -ENODEV);
}

static const struct CMUnitTest tests[] = {
	RIG_TEST(an_image_is_never_overwritten_and_its_geometry_checked),
	RIG_TEST(a_rule_that_makes_no_sense_is_refused),
	RIG_TEST(a_status_comes_with_all_its_bits_and_leaves_the_memory),
	RIG_TEST(an_error_says_whether_the_command_may_have_run),
	RIG_TEST(a_delayed_command_completes_behind_others),
	RIG_TEST(a_reordered_command_completes_behind_others),
	RIG_TEST(a_vanished_device_is_gone),
};
TEST_GROUP(simulated_uring, tests, with_uring, NULL);
TEST_GROUP(simulated_threads, tests, with_threads, NULL);
