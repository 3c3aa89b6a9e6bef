/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Buffers on both engines: making, adopting, attaching, and when each may go. */
#include "rig.h"

#include <string.h>

static ringline_buffer_options of_length(uint64_t length)
{
	ringline_buffer_options options;

	memset(&options, 0, sizeof options);
	options.struct_size = sizeof options;
	options.length = length;
	return options;
}

static ringline_buffer_info info_of(ringline_buffer buffer)
{
	ringline_buffer_info info;

	memset(&info, 0, sizeof info);
	info.struct_size = sizeof info;
	assert_gives(ringline_buffer_info_get(buffer, &info), 0);
	return info;
}

static void what_is_no_buffer_is_refused(void **state)
{
	ringline_buffer_options options = of_length(0);
	ringline_buffer buffer = {4711};

	(void)state;
	assert_gives(ringline_buffer_create(&options, &buffer), -EINVAL);
	options.length = (1u << 30) + 1;
	assert_gives(ringline_buffer_create(&options, &buffer), -EINVAL);
	options.length = 4096;
	options.address = (uintptr_t)memory + 1;
	assert_gives(ringline_buffer_create(&options, &buffer), -EINVAL);
	options.address = 0;
	options.flags = 1;
	assert_gives(ringline_buffer_create(&options, &buffer), -EINVAL);
	options.flags = 0;
	assert_gives(ringline_buffer_create(&options, NULL), -EINVAL);
	assert_gives(ringline_buffer_create(NULL, &buffer), -EINVAL);
	assert_int_equal(buffer.value, 4711);
}

static void a_buffer_has_pages_of_its_own_until_it_is_freed(void **state)
{
	const ringline_buffer_options options = of_length(5000);
	const ringline_buffer never = {0};
	ringline_buffer_info info;
	ringline_buffer buffer;

	(void)state;
	assert_gives(ringline_buffer_create(&options, &buffer), 0);
	info = info_of(buffer);
	assert_int_equal(info.length, 8192);
	assert_int_equal(info.address % 4096, 0);
	assert_int_equal(info.attachments, 0);
	memset((void *)(uintptr_t)info.address, 0x42, 8192);
	assert_gives(ringline_buffer_info_get(buffer, NULL), -EINVAL);
	assert_gives(ringline_buffer_free(buffer), 0);
	assert_gives(ringline_buffer_free(buffer), -ESTALE);
	assert_gives(ringline_buffer_info_get(buffer, &info), -ESTALE);
	assert_gives(ringline_buffer_free(never), -EBADF);
	assert_gives(ringline_buffer_info_get(never, &info), -EBADF);
}

static void adopted_memory_stays_the_callers(void **state)
{
	ringline_buffer_options options = of_length(8192);
	ringline_buffer buffer;

	(void)state;
	options.address = (uintptr_t)memory;
	assert_gives(ringline_buffer_create(&options, &buffer), 0);
	assert_int_equal(info_of(buffer).address, (uintptr_t)memory);
	assert_int_equal(info_of(buffer).length, 8192);
	assert_gives(ringline_buffer_free(buffer), 0);
	memset(memory, 0x42, 8192);
}

static void it_is_attached_once_and_busy_until_it_is_detached(void **state)
{
	struct rig *rig = rig_of(state);
	const ringline_buffer_options options = of_length(4096);
	const ringline_buffer never = {0};
	ringline_buffer other;
	uint8_t *bytes;

	assert_gives(ringline_buffer_create(&options, &rig->buffer), 0);
	assert_gives(ringline_buffer_create(&options, &other), 0);
	assert_gives(ringline_queue_detach_buffer(rig->queue, rig->buffer), -ENXIO);
	assert_true(ringline_queue_attach_buffer(rig->queue, rig->buffer) >= 0);
	assert_gives(ringline_queue_attach_buffer(rig->queue, rig->buffer), -EEXIST);
	assert_gives(ringline_queue_attach_buffer(rig->queue, other), -ENOSPC);
	assert_gives(ringline_queue_attach_buffer(rig->queue, never), -EBADF);
	assert_gives(ringline_queue_detach_buffer(rig->queue, never), -EBADF);
	assert_gives(ringline_buffer_free(other), 0);
	assert_gives(ringline_queue_attach_buffer(rig->queue, other), -ESTALE);
	assert_int_equal(info_of(rig->buffer).attachments, 1);
	assert_gives(ringline_buffer_free(rig->buffer), -EBUSY);
	bytes = (uint8_t *)(uintptr_t)info_of(rig->buffer).address;
	assert_gives(ringline_read(rig->queue, rig->device, 0, 8, bytes, 4096, 0, 1), 0);
	assert_gives(ringline_queue_detach_buffer(rig->queue, rig->buffer), -EBUSY);
	finish_well(rig->queue, 1);
	assert_gives(ringline_queue_detach_buffer(rig->queue, rig->buffer), 0);
	assert_int_equal(info_of(rig->buffer).attachments, 0);
}

static void data_goes_through_an_attached_buffer(void **state)
{
	struct rig *rig = rig_of(state);
	const ringline_buffer_options options = of_length(8192);
	uint8_t *bytes;

	assert_gives(ringline_buffer_create(&options, &rig->buffer), 0);
	assert_true(ringline_queue_attach_buffer(rig->queue, rig->buffer) >= 0);
	bytes = (uint8_t *)(uintptr_t)info_of(rig->buffer).address;
	fill(bytes, 4096, 3);
	assert_gives(ringline_write(rig->queue, rig->device, 16, 8, bytes, 4096, 0, 1), 0);
	finish_well(rig->queue, 1);
	assert_gives(ringline_read(rig->queue, rig->device, 16, 8, bytes + 4096, 4096, 0, 2), 0);
	finish_well(rig->queue, 2);
	assert_memory_equal(bytes, bytes + 4096, 4096);
	/* remove_rig() destroys the queue first, which detaches everything, and can then free the buffer. */
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(what_is_no_buffer_is_refused),
	cmocka_unit_test(a_buffer_has_pages_of_its_own_until_it_is_freed),
	cmocka_unit_test(adopted_memory_stays_the_callers),
	RIG_TEST(it_is_attached_once_and_busy_until_it_is_detached),
	RIG_TEST(data_goes_through_an_attached_buffer),
};
TEST_GROUP(buffer_uring, tests, with_uring, NULL);
TEST_GROUP(buffer_threads, tests, with_threads, NULL);
