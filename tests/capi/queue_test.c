/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Queues on both engines: creation, attachments, whose they are, ways to wait, cancelling. */
#include "rig.h"

#include <poll.h>
#include <pthread.h>
#include <string.h>
#include <unistd.h>

static const ringline_device no_device = {0};
static const ringline_buffer no_buffer = {0};

static void a_queue_that_is_refused_says_why(void **state)
{
	ringline_queue_options options;
	ringline_diagnosis why;
	ringline_queue *const before = (ringline_queue *)(void *)memory;
	ringline_queue *queue = before;

	(void)state;
	memset(&options, 0, sizeof options);
	options.struct_size = sizeof options;
	options.depth = 32769;
	memset(&why, 0, sizeof why);
	why.struct_size = sizeof why;
	assert_gives(ringline_queue_create(&options, &why, &queue), -EINVAL);
	assert_gives(why.error, -EINVAL);
	assert_int_equal(why.rule, RINGLINE_RULE_ARGUMENT);
	assert_int_equal(why.offset, offsetof(ringline_queue_options, depth));
	assert_int_equal(why.given, 32769);
	assert_int_equal(why.wanted, 32768);
	assert_non_null(strstr(why.text, "depth"));
	options.depth = 0;
	options.reserved0 = 1;
	assert_gives(ringline_queue_create(&options, NULL, &queue), -EINVAL);
	options.reserved0 = 0;
	options.engine = 3;
	assert_gives(ringline_queue_create(&options, NULL, &queue), -EINVAL);
	options.engine = RINGLINE_ENGINE_THREADS;
	options.flags = RINGLINE_QUEUE_SQPOLL;
	assert_gives(ringline_queue_create(&options, NULL, &queue), -EINVAL);
	assert_gives(ringline_queue_create(NULL, NULL, NULL), -EINVAL);
	assert_ptr_equal(queue, before);
}

static void information_tells_what_runs(void **state)
{
	const struct rig *rig = rig_of(state);
	ringline_queue_info info;

	assert_gives(ringline_flush(rig->queue, rig->device, 1), 0);
	memset(&info, 0x77, sizeof info);
	info.struct_size = sizeof info;
	assert_gives(ringline_queue_info_get(rig->queue, &info), 0);
	assert_int_equal(info.flags, 0);
	assert_int_equal(info.engine, rig->engine);
	assert_int_equal(info.engine_reason, RINGLINE_REASON_ASKED);
	assert_int_equal(info.depth, 8);
	assert_int_equal(info.in_flight, 1);
	assert_int_equal(info.not_submitted, 1);
	assert_int_equal(info.devices, 1);
	assert_int_equal(info.buffers, 0);
	assert_int_equal(info.ring_setup_flags != 0, rig->engine == RINGLINE_ENGINE_URING);
	assert_true(info.memory_bytes > 0);
	assert_gives(ringline_queue_info_get(rig->queue, NULL), -EINVAL);
	finish_well(rig->queue, 1);
}

static void devices_are_attached_once_and_within_limits(void **state)
{
	const struct rig *rig = rig_of(state);
	ringline_device others[2];
	int i;

	for (i = 0; i < 2; ++i) {
		assert_gives(ringline_device_open("null:", NULL, NULL, &others[i]), 0);
	}
	assert_gives(ringline_queue_attach(rig->queue, rig->device), -EEXIST);
	assert_gives(ringline_queue_attach(rig->queue, no_device), -EBADF);
	assert_gives(ringline_queue_detach(rig->queue, no_device), -EBADF);
	assert_gives(ringline_queue_detach(rig->queue, others[0]), -ENXIO);
	assert_gives(ringline_queue_attach(rig->queue, others[0]), 0);
	assert_gives(ringline_queue_attach(rig->queue, others[1]), -ENOSPC);
	assert_gives(ringline_flush(rig->queue, others[1], 1), -ENXIO);
	assert_gives(ringline_flush(rig->queue, others[0], 1), 0);
	assert_gives(ringline_queue_detach(rig->queue, others[0]), -EBUSY);
	finish_well(rig->queue, 1);
	assert_gives(ringline_queue_detach(rig->queue, others[0]), 0);
	assert_gives(ringline_queue_attach(rig->queue, others[1]), 0);
	for (i = 0; i < 2; ++i) {
		assert_gives(ringline_device_close(others[i]), 0);
	}
}

static void no_queue_is_no_harm(void **state)
{
	const struct rig *rig = rig_of(state);
	const ringline_command command = transfer(rig, RINGLINE_NVME_READ, 0, 1, memory, 1);
	ringline_raw_command raw;
	ringline_queue_info info;
	ringline_completion completion;
	uint32_t taken = 99;

	memset(&raw, 0, sizeof raw);
	memset(&info, 0, sizeof info);
	info.struct_size = sizeof info;
	assert_gives(ringline_queue_destroy(NULL), 0);
	assert_gives(ringline_queue_info_get(NULL, &info), -EINVAL);
	assert_gives(ringline_queue_attach(NULL, rig->device), -EINVAL);
	assert_gives(ringline_queue_detach(NULL, rig->device), -EINVAL);
	assert_gives(ringline_queue_attach_buffer(NULL, no_buffer), -EINVAL);
	assert_gives(ringline_queue_detach_buffer(NULL, no_buffer), -EINVAL);
	assert_gives(ringline_queue_fd(NULL), -EINVAL);
	assert_gives(ringline_queue_wakeup(NULL), -EINVAL);
	assert_gives(ringline_cancel(NULL, 1), -EINVAL);
	assert_gives(ringline_read(NULL, rig->device, 0, 1, memory, BLOCK_SIZE, 0, 1), -EINVAL);
	assert_gives(ringline_write(NULL, rig->device, 0, 1, memory, BLOCK_SIZE, 0, 1), -EINVAL);
	assert_gives(ringline_flush(NULL, rig->device, 1), -EINVAL);
	assert_gives(ringline_push(NULL, &command, 1), -EINVAL);
	assert_gives(ringline_push_raw(NULL, &raw, 1), -EINVAL);
	assert_gives(ringline_submit(NULL), -EINVAL);
	assert_gives(ringline_poll(NULL, &completion, 1), -EINVAL);
	assert_gives(ringline_wait(NULL, &completion, 1, 0, 0), -EINVAL);
	assert_gives(ringline_submit_and_wait(NULL, &completion, 1, 0, 0), -EINVAL);
	assert_gives(ringline_exchange(NULL, &command, 1, &taken, &completion, 1, 0, 0), -EINVAL);
	assert_int_equal(taken, 99);
}

/* What a thread that does not own the queue gets from each call: cmocka's asserts belong to the thread of the test. */
struct stranger {
	const struct rig *rig;
	int32_t got[20];
	int count;
	int32_t wakeup;
};

static void *call_everything(void *argument)
{
	struct stranger *stranger = argument;
	ringline_queue *queue = stranger->rig->queue;
	const ringline_device device = stranger->rig->device;
	const ringline_command command = transfer(stranger->rig, RINGLINE_NVME_READ, 0, 1, memory, 1);
	ringline_raw_command raw;
	ringline_queue_info info;
	ringline_completion completion;
	uint32_t taken;
	int32_t *got = stranger->got;

	memset(&raw, 0, sizeof raw);
	raw.device = device;
	memset(&info, 0, sizeof info);
	info.struct_size = sizeof info;
	*got++ = ringline_queue_destroy(queue);
	*got++ = ringline_queue_info_get(queue, &info);
	*got++ = ringline_queue_attach(queue, device);
	*got++ = ringline_queue_detach(queue, device);
	*got++ = ringline_queue_attach_buffer(queue, stranger->rig->buffer);
	*got++ = ringline_queue_detach_buffer(queue, stranger->rig->buffer);
	*got++ = ringline_queue_fd(queue);
	*got++ = ringline_cancel(queue, 1);
	*got++ = ringline_read(queue, device, 0, 1, memory, BLOCK_SIZE, 0, 1);
	*got++ = ringline_write(queue, device, 0, 1, memory, BLOCK_SIZE, 0, 1);
	*got++ = ringline_flush(queue, device, 1);
	*got++ = ringline_push(queue, &command, 1);
	*got++ = ringline_push_raw(queue, &raw, 1);
	*got++ = ringline_submit(queue);
	*got++ = ringline_poll(queue, &completion, 1);
	*got++ = ringline_wait(queue, &completion, 1, 0, 0);
	*got++ = ringline_submit_and_wait(queue, &completion, 1, 0, 0);
	*got++ = ringline_exchange(queue, &command, 1, &taken, &completion, 1, 0, 0);
	stranger->count = (int)(got - stranger->got);
	stranger->wakeup = ringline_queue_wakeup(queue);
	return NULL;
}

static void in_another_thread(void *(*run)(void *), void *argument)
{
	pthread_t thread;

	assert_int_equal(pthread_create(&thread, NULL, run, argument), 0);
	assert_int_equal(pthread_join(thread, NULL), 0);
}

static void another_thread_may_only_wake_it_up(void **state)
{
	struct rig *rig = rig_of(state);
	ringline_buffer_options options;
	struct stranger stranger;
	ringline_completion completion;
	int i;

	memset(&options, 0, sizeof options);
	options.struct_size = sizeof options;
	options.length = 4096;
	assert_gives(ringline_buffer_create(&options, &rig->buffer), 0);
	memset(&stranger, 0, sizeof stranger);
	stranger.rig = rig;
	in_another_thread(call_everything, &stranger);
	assert_int_equal(stranger.count, 18);
	for (i = 0; i < stranger.count; ++i) {
		print_message("call %d\n", i);
		assert_gives(stranger.got[i], -EPERM);
	}
	assert_gives(stranger.wakeup, 0);
	assert_gives(ringline_wait(rig->queue, &completion, 1, 1, -1), 0); /* that was for the next wait */
	assert_gives(ringline_flush(rig->queue, rig->device, 7), 0);
	finish_well(rig->queue, 7);
}

/* A movable queue's thread: pushes, and leaves the rest to others. */
static void *push_a_flush(void *argument)
{
	struct stranger *stranger = argument;

	stranger->got[0] = ringline_flush(stranger->rig->queue, stranger->rig->device, 11);
	stranger->got[1] = ringline_submit(stranger->rig->queue);
	return NULL;
}

static void a_movable_queue_is_any_threads(void **state)
{
	struct rig *rig = rig_of(state);
	ringline_queue_options options;
	struct stranger stranger;

	assert_gives(ringline_queue_destroy(rig->queue), 0);
	rig->queue = NULL;
	memset(&options, 0, sizeof options);
	options.struct_size = sizeof options;
	options.engine = rig->engine;
	options.flags = RINGLINE_QUEUE_MOVABLE;
	assert_gives(ringline_queue_create(&options, NULL, &rig->queue), 0);
	assert_gives(ringline_queue_attach(rig->queue, rig->device), 0);
	memset(&stranger, 0, sizeof stranger);
	stranger.rig = rig;
	in_another_thread(push_a_flush, &stranger);
	assert_gives(stranger.got[0], 0);
	assert_gives(stranger.got[1], 1);
	finish_well(rig->queue, 11);
}

static void its_descriptor_is_readable_when_there_is_something(void **state)
{
	const struct rig *rig = rig_of(state);
	const int32_t fd = ringline_queue_fd(rig->queue);
	struct pollfd waits = {fd, POLLIN, 0};
	ringline_completion completion;
	uint64_t signals;
	int32_t taken = 0;

	assert_true(fd >= 0);
	assert_gives(ringline_queue_fd(rig->queue), fd);
	assert_gives(ringline_flush(rig->queue, rig->device, 3), 0);
	assert_gives(ringline_submit(rig->queue), 1);
	while (taken == 0) { /* a signal means "look", never "there is one" */
		assert_int_equal(poll(&waits, 1, 10000), 1);
		assert_int_equal(read(fd, &signals, sizeof signals), sizeof signals);
		taken = ringline_poll(rig->queue, &completion, 1);
	}
	assert_gives(taken, 1);
	assert_int_equal(completion.user_data, 3);
}

static void a_wait_ends_when_it_is_woken_when_the_time_is_up_and_when_nothing_can_come(void **state)
{
	const struct rig *rig = rig_of(state);
	ringline_fault_rule rule;
	ringline_completion completion;
	int32_t cancelled;

	assert_gives(ringline_wait(rig->queue, &completion, 1, 1, -1), 0);
	assert_gives(ringline_submit_and_wait(rig->queue, &completion, 1, 1, -1), 0);
	memset(&rule, 0, sizeof rule);
	rule.struct_size = sizeof rule;
	rule.action = RINGLINE_FAULT_DROP;
	rule.opcode = RINGLINE_NVME_FLUSH;
	assert_gives(ringline_sim_fault_set(rig->device, &rule), 1);
	assert_gives(ringline_flush(rig->queue, rig->device, 3), 0);
	assert_gives(ringline_submit(rig->queue), 1);
	assert_gives(ringline_poll(rig->queue, &completion, 1), 0);
	assert_gives(ringline_wait(rig->queue, &completion, 1, 1, 1000000), 0);
	assert_gives(ringline_queue_wakeup(rig->queue), 0);
	assert_gives(ringline_wait(rig->queue, &completion, 1, 1, -1), 0);
	do { /* A worker of the threads engine may be about to drop it, or not have begun. */
		cancelled = ringline_cancel(rig->queue, 3);
	} while (cancelled == -EALREADY);
	assert_gives(cancelled, 1);
	assert_gives(ringline_wait(rig->queue, &completion, 1, 1, -1), 1);
	assert_gives(completion.error, -ECANCELED);
	assert_true(completion.flags == RINGLINE_OUTCOME_UNKNOWN ||
		    (rig->engine == RINGLINE_ENGINE_THREADS && completion.flags == RINGLINE_NOT_SENT));
}

static void waits_refuse_what_makes_no_sense(void **state)
{
	const struct rig *rig = rig_of(state);
	ringline_queue *queue = rig->queue;
	ringline_completion completion;
	uint32_t taken = 99;

	assert_gives(ringline_poll(queue, NULL, 1), -EINVAL);
	assert_gives(ringline_poll(queue, &completion, 0), -EINVAL);
	assert_gives(ringline_wait(queue, NULL, 1, 0, 0), -EINVAL);
	assert_gives(ringline_wait(queue, &completion, 0, 0, 0), -EINVAL);
	assert_gives(ringline_wait(queue, &completion, 1, 2, 0), -EINVAL);
	assert_gives(ringline_wait(queue, &completion, 1, 1, -2), -EINVAL);
	assert_gives(ringline_submit_and_wait(queue, NULL, 1, 0, 0), -EINVAL);
	assert_gives(ringline_submit_and_wait(queue, &completion, 1, 2, 0), -EINVAL);
	assert_gives(ringline_exchange(queue, NULL, 1, &taken, &completion, 1, 0, 0), -EINVAL);
	assert_gives(ringline_exchange(queue, NULL, 0, NULL, &completion, 1, 0, 0), -EINVAL);
	assert_gives(ringline_exchange(queue, NULL, 0, &taken, NULL, 1, 0, 0), -EINVAL);
	assert_int_equal(taken, 99);
}

static void what_was_not_submitted_can_be_cancelled(void **state)
{
	const struct rig *rig = rig_of(state);
	ringline_completion completion;

	assert_gives(ringline_cancel(rig->queue, 4), -ENOENT);
	assert_gives(ringline_flush(rig->queue, rig->device, 4), 0);
	assert_gives(ringline_cancel(rig->queue, 4), 1);
	completion = finish(rig->queue);
	assert_int_equal(completion.user_data, 4);
	assert_gives(completion.error, -ECANCELED);
	assert_int_equal(completion.flags, RINGLINE_NOT_SENT);
	assert_gives(ringline_cancel(rig->queue, 4), -ENOENT);
}

/* remove_rig() destroys the queue and closes the device: whatever is in flight. */
static void a_queue_is_destroyed_with_commands_in_flight(void **state)
{
	const struct rig *rig = rig_of(state);

	assert_gives(ringline_write(rig->queue, rig->device, 0, 1, memory, BLOCK_SIZE, 0, 1), 0);
	assert_gives(ringline_submit(rig->queue), 1);
	assert_gives(ringline_flush(rig->queue, rig->device, 2), 0);
	assert_int_equal(in_flight(rig->queue), 2);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(a_queue_that_is_refused_says_why),
	RIG_TEST(information_tells_what_runs),
	RIG_TEST(devices_are_attached_once_and_within_limits),
	RIG_TEST(no_queue_is_no_harm),
	RIG_TEST(another_thread_may_only_wake_it_up),
	RIG_TEST(a_movable_queue_is_any_threads),
	RIG_TEST(its_descriptor_is_readable_when_there_is_something),
	RIG_TEST(a_wait_ends_when_it_is_woken_when_the_time_is_up_and_when_nothing_can_come),
	RIG_TEST(waits_refuse_what_makes_no_sense),
	RIG_TEST(what_was_not_submitted_can_be_cancelled),
	RIG_TEST(a_queue_is_destroyed_with_commands_in_flight),
};
TEST_GROUP(queue_uring, tests, with_uring, NULL);
TEST_GROUP(queue_threads, tests, with_threads, NULL);
