/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The calls for commands other than read, write and flush: on null:, which takes whatever a queue lets through. */
#include "rig.h"

#include <string.h>

/* The rig's queue with null: attached beside the simulated device. */
static ringline_device attach_null(const struct rig *rig)
{
	ringline_device null;

	assert_gives(ringline_device_open("null:", NULL, NULL, &null), 0);
	assert_gives(ringline_queue_attach(rig->queue, null), 0);
	return null;
}

static void close_null(const struct rig *rig, ringline_device null)
{
	assert_int_equal(in_flight(rig->queue), 0);
	assert_gives(ringline_device_close(null), 0);
}

static void block_ranges_need_no_memory(void **state)
{
	const struct rig *rig = rig_of(state);
	const ringline_device null = attach_null(rig);
	ringline_queue *queue = rig->queue;

	assert_gives(ringline_write_zeroes(queue, null, 7, 65536, RINGLINE_DEALLOCATE | RINGLINE_FUA, 1), 0);
	finish_well(queue, 1);
	assert_gives(ringline_verify(queue, null, 7, 65536, RINGLINE_LIMITED_RETRY, 2), 0);
	finish_well(queue, 2);
	assert_gives(ringline_write_uncorrectable(queue, null, 7, 65536, 3), 0);
	finish_well(queue, 3);

	assert_gives(ringline_write_zeroes(queue, null, 7, 65537, 0, 1), -EINVAL);
	assert_gives(ringline_write_zeroes(queue, null, 7, 1, RINGLINE_REMAP, 1), -EINVAL);
	assert_gives(ringline_verify(queue, null, 7, 0, 0, 1), -EINVAL);
	assert_gives(ringline_verify(queue, null, UINT64_MAX, 1, 0, 1), -ERANGE);
	assert_gives(ringline_verify(queue, null, 7, 1, RINGLINE_PROTECTION_ACTION, 1), -EINVAL);
	assert_gives(ringline_verify(queue, null, 7, 1, 0x10000, 1), -EINVAL);
	assert_gives(ringline_write_uncorrectable(queue, null, UINT64_MAX, 1, 1), -ERANGE);
	assert_gives(ringline_write_zeroes(NULL, null, 0, 1, 0, 1), -EINVAL);
	assert_gives(ringline_verify(NULL, null, 0, 1, 0, 1), -EINVAL);
	assert_gives(ringline_write_uncorrectable(NULL, null, 0, 1, 1), -EINVAL);
	close_null(rig, null);
}

static void a_comparison_takes_memory_as_a_write_does(void **state)
{
	const struct rig *rig = rig_of(state);
	const ringline_device null = attach_null(rig);

	assert_gives(ringline_compare(rig->queue, null, 5, 2, memory, 2 * BLOCK_SIZE, RINGLINE_FUA, 1), 0);
	finish_well(rig->queue, 1);
	assert_gives(ringline_compare(rig->queue, null, 5, 2, memory, BLOCK_SIZE, 0, 1), -ENOBUFS);
	assert_gives(ringline_compare(rig->queue, null, 5, 2, NULL, 2 * BLOCK_SIZE, 0, 1), -EFAULT);
	assert_gives(ringline_compare(rig->queue, null, 5, 2, memory, 2 * BLOCK_SIZE, RINGLINE_PLACEMENT, 1), -EINVAL);
	assert_gives(ringline_compare(NULL, null, 5, 2, memory, 2 * BLOCK_SIZE, 0, 1), -EINVAL);
	close_null(rig, null);
}

static void ranges_are_written_and_sent(void **state)
{
	const struct rig *rig = rig_of(state);
	const ringline_device null = attach_null(rig);
	ringline_range ranges[2];
	int32_t length;

	memset(ranges, 0, sizeof ranges);
	ranges[0].blocks = 8;
	ranges[1].lba = 100;
	ranges[1].blocks = 1;
	length = ringline_nvme_dataset_ranges(ranges, 2, memory, MEMORY_BYTES);
	assert_gives(length, 2 * RINGLINE_DATASET_RANGE_BYTES);
	assert_gives(
		ringline_dataset_management(rig->queue, null, memory, (uint32_t)length, RINGLINE_DATASET_DEALLOCATE, 1),
		0);
	finish_well(rig->queue, 1);
	assert_gives(ringline_dataset_management(rig->queue, null, memory, (uint32_t)length, 0, 1), -EINVAL);
	assert_gives(ringline_dataset_management(rig->queue, null, memory, (uint32_t)length, 256 + 4, 1), -EINVAL);
	assert_gives(ringline_dataset_management(rig->queue, null, memory, 17, 4, 1), -ENOBUFS);
	assert_gives(ringline_dataset_management(rig->queue, null, NULL, 16, 4, 1), -EFAULT);
	assert_gives(ringline_dataset_management(NULL, null, memory, 16, 4, 1), -EINVAL);

	length = ringline_nvme_copy_ranges(ranges, 2, 1, memory, MEMORY_BYTES);
	assert_gives(length, 80);
	assert_gives(ringline_copy(rig->queue, null, 1000, memory, 80, 1, RINGLINE_FUA, 2), 0);
	finish_well(rig->queue, 2);
	assert_gives(ringline_copy(rig->queue, null, 1000, memory, 80, 4, 0, 2), -EINVAL);
	assert_gives(ringline_copy(rig->queue, null, 1000, memory, 64, 1, 0, 2), -ENOBUFS);
	assert_gives(ringline_copy(rig->queue, null, UINT64_MAX, memory, 80, 1, 0, 2), -ERANGE);
	assert_gives(ringline_copy(NULL, null, 1000, memory, 80, 1, 0, 2), -EINVAL);
	assert_gives(ringline_nvme_copy_ranges(ranges, 2, 4, memory, MEMORY_BYTES), -EINVAL);
	assert_gives(ringline_nvme_copy_ranges(ranges, 2, 1, memory, 79), -ENOBUFS);
	ranges[0].blocks = 0;
	assert_gives(ringline_nvme_copy_ranges(ranges, 2, 0, memory, MEMORY_BYTES), -ERANGE);
	assert_gives(ringline_nvme_dataset_ranges(ranges, 257, memory, MEMORY_BYTES), -EINVAL);
	assert_gives(ringline_nvme_dataset_ranges(ranges, 2, memory, 31), -ENOBUFS);
	close_null(rig, null);
}

static void zones_need_a_zoned_namespace(void **state)
{
	const struct rig *rig = rig_of(state);
	const ringline_device null = attach_null(rig);

	assert_gives(ringline_zone_append(rig->queue, null, 0, 1, memory, BLOCK_SIZE, 0, 1), -EOPNOTSUPP);
	assert_gives(ringline_zone_manage(rig->queue, null, 0, RINGLINE_ZONE_RESET, 0, 1), -EOPNOTSUPP);
	assert_gives(ringline_zone_report(rig->queue, null, 0, memory, 4096, RINGLINE_ZONES_ALL, 0, 1), -EOPNOTSUPP);
	assert_gives(ringline_zone_manage(rig->queue, null, 0, 256 + RINGLINE_ZONE_RESET, 0, 1), -EINVAL);
	assert_gives(ringline_zone_append(NULL, null, 0, 1, memory, BLOCK_SIZE, 0, 1), -EINVAL);
	assert_gives(ringline_zone_manage(NULL, null, 0, RINGLINE_ZONE_RESET, 0, 1), -EINVAL);
	assert_gives(ringline_zone_report(NULL, null, 0, memory, 4096, RINGLINE_ZONES_ALL, 0, 1), -EINVAL);
	close_null(rig, null);
}

static void extended_commands_carry_hints(void **state)
{
	const struct rig *rig = rig_of(state);
	const ringline_device null = attach_null(rig);
	ringline_command_extended commands[3];
	ringline_nvme_command wire;
	ringline_diagnosis why;
	uint32_t i;

	memset(commands, 0, sizeof commands);
	for (i = 0; i < 3; ++i) {
		commands[i].base = transfer(rig, RINGLINE_NVME_READ, i, 1, memory, i);
		commands[i].base.device = null;
		commands[i].access_hints = 0x43;
	}
	commands[2].reserved1[0] = 1;
	assert_gives(ringline_encode(&commands[0], &wire, NULL), 0);
	assert_int_equal(wire.opcode, RINGLINE_NVME_READ);
	assert_int_equal(wire.cdw13, 0x43);
	assert_int_equal(wire.data_length, BLOCK_SIZE);
	memset(&why, 0, sizeof why);
	why.struct_size = sizeof why;
	assert_gives(ringline_encode(&commands[2], &wire, &why), -EINVAL);
	assert_int_equal(why.offset, offsetof(ringline_command_extended, reserved1));
	assert_gives(ringline_encode(&commands[0], NULL, NULL), 0);
	assert_gives(ringline_encode(NULL, &wire, NULL), -EINVAL);
	assert_gives(ringline_push_extended(rig->queue, commands, 3), 2);
	assert_int_equal(finish(rig->queue).user_data + finish(rig->queue).user_data, 0 + 1); /* in any order */
	assert_gives(ringline_push_extended(rig->queue, commands + 2, 1), -EINVAL);
	assert_gives(ringline_push_extended(rig->queue, NULL, 1), -EINVAL);
	assert_gives(ringline_push_extended(NULL, commands, 1), -EINVAL);
	assert_gives(ringline_push_extended(rig->queue, NULL, 0), 0);
	close_null(rig, null);
}

static void a_transfer_of_any_length_is_one_call(void **state)
{
	const struct rig *rig = rig_of(state);
	ringline_transfer_options options;
	ringline_transfer_failure failure;
	ringline_transfer_result result;

	memset(&options, 0, sizeof options);
	options.struct_size = sizeof options;
	options.opcode = RINGLINE_NVME_WRITE;
	options.blocks = MEMORY_BYTES / BLOCK_SIZE;
	options.address = (uint64_t)(uintptr_t)memory;
	options.length = MEMORY_BYTES;
	options.max_blocks = 3;
	memset(&result, 0, sizeof result);
	result.struct_size = sizeof result;
	fill(memory, MEMORY_BYTES, 9);
	assert_gives(ringline_transfer(rig->queue, rig->device, &options, &failure, 1, &result, NULL), 0);
	assert_int_equal(result.next_lba, options.blocks);
	assert_int_equal(result.done_blocks, options.blocks);
	assert_int_equal(result.commands, (options.blocks + 2) / 3);
	assert_int_equal(result.interrupted, 0);
	options.length -= 1;
	assert_gives(ringline_transfer(rig->queue, rig->device, &options, &failure, 1, &result, NULL), -ENOBUFS);
	assert_gives(ringline_transfer(NULL, rig->device, &options, &failure, 1, &result, NULL), -EINVAL);
}

static void the_commands_of_a_transfer_can_be_told_without_sending_any(void **state)
{
	const struct rig *rig = rig_of(state);
	ringline_transfer_options options;
	ringline_nvme_command command;
	uint64_t next = 0;

	memset(&options, 0, sizeof options);
	options.struct_size = sizeof options;
	options.opcode = RINGLINE_NVME_WRITE;
	options.lba = 5;
	options.blocks = 8;
	options.address = (uint64_t)(uintptr_t)memory;
	options.length = UINT64_C(8) * BLOCK_SIZE;
	options.command_flags = RINGLINE_FUA;
	options.max_blocks = 3;
	assert_gives(ringline_transfer_preview(rig->device, &options, 11, &command, &next, NULL), 0);
	assert_int_equal(next, 13);
	assert_int_equal(command.opcode, RINGLINE_NVME_WRITE);
	assert_int_equal(command.cdw10, 11);
	assert_int_equal(command.cdw12, UINT32_C(1) << 30 | 1);
	assert_int_equal(command.address, options.address + UINT64_C(6) * BLOCK_SIZE);
	assert_int_equal(command.data_length, 2 * BLOCK_SIZE);
	assert_gives(ringline_transfer_preview(rig->device, &options, 4, &command, &next, NULL), -ERANGE);
	assert_gives(ringline_transfer_preview(rig->device, &options, 13, &command, &next, NULL), -ERANGE);
	assert_int_equal(next, 13);
	options.opcode = RINGLINE_NVME_COPY;
	options.source = 40;
	options.address = options.length = options.command_flags = 0;
	assert_gives(ringline_transfer_preview(rig->device, &options, 5, &command, &next, NULL), 0);
	assert_int_equal(next, 8);
	assert_int_equal(command.address, 0);
	assert_int_equal(command.data_length, 32);
	assert_gives(ringline_transfer_preview(rig->device, NULL, 5, &command, &next, NULL), -EINVAL);
	assert_gives(ringline_transfer_preview(rig->device, &options, 5, NULL, &next, NULL), -EINVAL);
	assert_gives(ringline_transfer_preview(rig->device, &options, 5, &command, NULL, NULL), -EINVAL);
	assert_int_equal(in_flight(rig->queue), 0);
}

static void overdue_commands_are_a_question(void **state)
{
	struct rig *rig = rig_of(state);
	ringline_queue_options options;
	ringline_fault_rule rule;
	uint64_t overdue[2] = {99, 99};
	int32_t cancelled;

	assert_gives(ringline_queue_overdue(rig->queue, 0, overdue, 2), -EOPNOTSUPP);
	assert_gives(ringline_queue_destroy(rig->queue), 0);
	memset(&options, 0, sizeof options);
	options.struct_size = sizeof options;
	options.engine = rig->engine;
	options.flags = RINGLINE_QUEUE_TIMESTAMPS;
	assert_gives(ringline_queue_create(&options, NULL, &rig->queue), 0);
	assert_gives(ringline_queue_attach(rig->queue, rig->device), 0);
	memset(&rule, 0, sizeof rule);
	rule.struct_size = sizeof rule;
	rule.action = RINGLINE_FAULT_DROP;
	rule.opcode = RINGLINE_NVME_READ;
	rule.lba = 5;
	rule.blocks = 1;
	assert_gives(ringline_sim_fault_set(rig->device, &rule), 1);
	assert_gives(ringline_read(rig->queue, rig->device, 5, 1, memory, BLOCK_SIZE, 0, 7), 0);
	assert_gives(ringline_read(rig->queue, rig->device, 6, 1, memory + BLOCK_SIZE, BLOCK_SIZE, 0, 8), 0);
	assert_gives(ringline_queue_overdue(rig->queue, 3600u * UINT64_C(1000000000), overdue, 2), 0);
	assert_gives(ringline_queue_overdue(rig->queue, 0, overdue, 1), 2);
	assert_int_equal(overdue[1], 99);
	finish_well(rig->queue, 8);
	assert_gives(ringline_queue_overdue(rig->queue, 0, overdue, 2), 1);
	assert_int_equal(overdue[0], 7);
	assert_gives(ringline_queue_overdue(rig->queue, 0, NULL, 0), 1);
	assert_gives(ringline_queue_overdue(rig->queue, 0, NULL, 1), -EINVAL);
	assert_gives(ringline_queue_overdue(NULL, 0, overdue, 1), -EINVAL);
	assert_int_equal(in_flight(rig->queue), 1);
	do { /* A worker may be at it just now. */
		cancelled = ringline_cancel(rig->queue, 7);
	} while (cancelled == -EALREADY);
	assert_gives(cancelled, 1);
	assert_gives(finish(rig->queue).error, -ECANCELED);
}

static const struct CMUnitTest tests[] = {
	RIG_TEST(block_ranges_need_no_memory),
	RIG_TEST(a_comparison_takes_memory_as_a_write_does),
	RIG_TEST(ranges_are_written_and_sent),
	RIG_TEST(zones_need_a_zoned_namespace),
	RIG_TEST(extended_commands_carry_hints),
	RIG_TEST(a_transfer_of_any_length_is_one_call),
	RIG_TEST(the_commands_of_a_transfer_can_be_told_without_sending_any),
	RIG_TEST(overdue_commands_are_a_question),
};
TEST_GROUP(command_set_uring, tests, with_uring, NULL);
TEST_GROUP(command_set_threads, tests, with_threads, NULL);
