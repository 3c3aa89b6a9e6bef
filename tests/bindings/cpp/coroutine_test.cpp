// SPDX-License-Identifier: MIT OR Apache-2.0
// Coroutines get their completions, and one that ends early leaves its memory with the queue. C++20.
#include "fixture.h"

#include <algorithm>
#include <array>
#include <optional>
#include <poll.h>
#include <stdexcept>
#include <vector>

namespace
{

using ringline::AsyncQueue;
using ringline::Completed;
using ringline::Device;
using ringline::Memory;
using ringline::Task;

class CppCoroutine : public binding::BindingTest
{
protected:
	static AsyncQueue make_async(const Device &device, std::uint32_t depth = 0)
	{
		return *AsyncQueue::create(make_queue(device, depth));
	}
};

Task read_one(AsyncQueue &queue, const Device &device, std::uint64_t lba, Memory memory,
	      std::vector<Completed> &results)
{
	results.push_back(co_await queue.read(device, lba, 1, std::move(memory)));
}

Task round_trip(AsyncQueue &queue, const Device &device, Memory memory, bool &done)
{
	Completed written = co_await queue.write(device, 3, 1, std::move(memory));
	EXPECT_TRUE(written.ok());
	EXPECT_TRUE((co_await queue.flush(device)).ok());
	std::fill(written.memory.begin(), written.memory.end(), std::byte{0});
	const Completed read = co_await queue.read(device, 3, 1, std::move(written.memory));
	EXPECT_TRUE(binding::holds_only(read.memory, 0x77));
	done = true;
}

TEST_P(CppCoroutine, a_coroutine_writes_flushes_and_reads_back)
{
	const Device device = open();
	AsyncQueue queue = make_async(device);
	bool done = false;
	const Task task = round_trip(queue, device, ledger.memory(binding::block, 0x77), done);
	EXPECT_FALSE(task.done());
	EXPECT_TRUE(queue.run());
	EXPECT_TRUE(task.done());
	EXPECT_TRUE(done);
	EXPECT_EQ(ledger.held(), 0);
}

TEST_P(CppCoroutine, more_coroutines_than_the_queue_is_deep_all_finish_in_order)
{
	const Device device = open();
	AsyncQueue queue = make_async(device, 2);
	std::vector<Completed> results;
	std::vector<Task> tasks;
	for (std::uint64_t lba = 0; lba < 20; ++lba) {
		tasks.push_back(read_one(queue, device, lba, ledger.memory(binding::block), results));
	}
	EXPECT_EQ(queue.queue().in_flight(), 2U);
	EXPECT_TRUE(queue.run());
	EXPECT_EQ(results.size(), 20U);
	for (const Completed &completed : results) {
		EXPECT_TRUE(completed.ok());
	}
	EXPECT_EQ(ledger.held(), 20);
}

TEST_P(CppCoroutine, a_command_that_is_refused_completes_with_its_errno_and_its_memory)
{
	const Device device = open();
	AsyncQueue queue = make_async(device);
	std::vector<Completed> results;
	const Task task = read_one(queue, device, 1024, ledger.memory(binding::block), results);
	ASSERT_TRUE(task.done());
	EXPECT_EQ(results[0].error(), std::errc::result_out_of_range);
	EXPECT_TRUE(results[0].not_sent());
	EXPECT_EQ(results[0].memory.size(), binding::block);
}

Task read_and_write_with(AsyncQueue &queue, const Device &device, std::uint16_t flags,
			 std::array<std::int32_t, 2> &numbers)
{
	Completed read = co_await queue.read(device, 0, 1, *Memory::allocate(binding::block), flags);
	numbers[0] = read.number;
	numbers[1] = (co_await queue.write(device, 0, 1, std::move(read.memory), flags)).number;
}

TEST_P(CppCoroutine, flags_reach_the_library)
{
	const Device device = open();
	AsyncQueue queue = make_async(device);
	std::array<std::int32_t, 2> numbers{};
	const Task task = read_and_write_with(queue, device, 0x4000, numbers);
	EXPECT_TRUE(task.done());
	EXPECT_EQ(numbers[0], -EINVAL);
	EXPECT_EQ(numbers[1], -EINVAL);
}

TEST_P(CppCoroutine, a_status_and_an_errno_arrive)
{
	const Device device = open();
	ringline_fault_rule rule = fault(RINGLINE_FAULT_STATUS, RINGLINE_NVME_READ);
	rule.status = 0x281;
	rule.lba = 1;
	rule.blocks = 1;
	set(device, rule);
	rule = fault(RINGLINE_FAULT_VANISH, RINGLINE_NVME_READ);
	rule.lba = 2;
	rule.blocks = 1;
	set(device, rule);
	AsyncQueue queue = make_async(device);
	std::vector<Completed> results;
	{
		const Task task = read_one(queue, device, 1, ledger.memory(binding::block), results);
		EXPECT_TRUE(queue.run());
		const Task other = read_one(queue, device, 2, ledger.memory(binding::block), results);
		EXPECT_TRUE(queue.run());
	}
	ASSERT_EQ(results.size(), 2U);
	EXPECT_EQ(results[0].status.code(), 0x281);
	EXPECT_TRUE(results[1].outcome_unknown());
}

TEST_P(CppCoroutine, a_frame_that_is_destroyed_leaves_its_memory_with_the_queue)
{
	const Device device = open();
	AsyncQueue queue = make_async(device);
	delay(device, RINGLINE_NVME_READ, 20 * binding::millisecond_ns);
	set(device, fault(RINGLINE_FAULT_DROP, RINGLINE_NVME_WRITE));
	std::vector<Completed> results;
	bool done = false;
	{
		const Task delayed = read_one(queue, device, 0, ledger.memory(binding::block), results);
		const Task dropped = round_trip(queue, device, ledger.memory(binding::block), done);
		ASSERT_TRUE(queue.poll());
		EXPECT_FALSE(delayed.done() || dropped.done());
	}
	EXPECT_EQ(ledger.held(), 2);
	EXPECT_TRUE(queue.run()); // ends, because what can be cancelled was
	EXPECT_EQ(ledger.held(), 0);
	EXPECT_TRUE(results.empty());
	EXPECT_FALSE(done);
}

TEST_P(CppCoroutine, a_frame_that_waits_for_room_can_be_destroyed)
{
	const Device device = open();
	AsyncQueue queue = make_async(device, 1);
	std::vector<Completed> results;
	const Task first = read_one(queue, device, 0, ledger.memory(binding::block), results);
	std::optional<Task> second(read_one(queue, device, 1, ledger.memory(binding::block), results));
	const Task third = read_one(queue, device, 2, ledger.memory(binding::block), results);
	second.reset();
	EXPECT_EQ(ledger.held(), 2);
	EXPECT_TRUE(queue.run());
	EXPECT_EQ(results.size(), 2U);
	EXPECT_TRUE(third.done());
}

TEST_P(CppCoroutine, a_queue_that_ends_first_leaves_the_coroutines_unresumed)
{
	const Device device = open();
	delay(device, RINGLINE_NVME_READ, 10 * binding::millisecond_ns);
	std::vector<Completed> results;
	std::vector<Task> tasks;
	{
		AsyncQueue queue = make_async(device, 1);
		tasks.push_back(read_one(queue, device, 0, ledger.memory(binding::block), results));
		tasks.push_back(read_one(queue, device, 1, ledger.memory(binding::block), results));
		ASSERT_TRUE(queue.poll());
	}
	EXPECT_EQ(ledger.held(), 1); // of the one that waited for room: it is in its frame
	EXPECT_FALSE(tasks[0].done() || tasks[1].done());
	tasks.clear();
	EXPECT_EQ(ledger.held(), 0);
	EXPECT_TRUE(results.empty());
}

Task destroy_other(AsyncQueue &queue, const Device &device, std::uint64_t lba, Memory memory,
		   std::optional<Task> &other, std::uint32_t &resumed)
{
	(void)co_await queue.read(device, lba, 1, std::move(memory));
	++resumed;
	other.reset();
}

TEST_P(CppCoroutine, of_two_that_complete_together_the_first_may_destroy_the_other)
{
	const Device device = open();
	AsyncQueue queue = make_async(device);
	std::array<std::optional<Task>, 2> tasks;
	std::uint32_t resumed = 0;
	tasks[0].emplace(destroy_other(queue, device, 0, ledger.memory(binding::block), tasks[1], resumed));
	tasks[1].emplace(destroy_other(queue, device, 1, ledger.memory(binding::block), tasks[0], resumed));
	ASSERT_TRUE(queue.queue().submit());
	usleep(20'000); // so that both are there at the first look, whatever the engine
	EXPECT_TRUE(queue.run());
	EXPECT_EQ(resumed, 1U);
	EXPECT_EQ(ledger.held(), 0);
}

Task run_inside(AsyncQueue &queue, const Device &device, Memory memory, std::uint32_t &resumed)
{
	(void)co_await queue.read(device, 0, 1, std::move(memory));
	EXPECT_TRUE(queue.run());
	++resumed;
}

TEST_P(CppCoroutine, a_coroutine_may_run_the_queue_itself)
{
	const Device device = open();
	AsyncQueue queue = make_async(device);
	std::uint32_t resumed = 0;
	const Task first = run_inside(queue, device, ledger.memory(binding::block), resumed);
	const Task second = run_inside(queue, device, ledger.memory(binding::block), resumed);
	EXPECT_TRUE(queue.run());
	EXPECT_TRUE(first.done() && second.done());
	EXPECT_EQ(resumed, 2U);
}

TEST_P(CppCoroutine, an_event_loop_polls_when_the_descriptor_is_readable)
{
	const Device device = open();
	delay(device, RINGLINE_NVME_READ, 5 * binding::millisecond_ns);
	AsyncQueue queue = make_async(device);
	const ringline::Count fd = queue.queue().fd();
	ASSERT_TRUE(fd);
	std::vector<Completed> results;
	const Task task = read_one(queue, device, 0, ledger.memory(binding::block), results);
	ASSERT_TRUE(queue.poll());
	while (!task.done()) {
		pollfd ready{static_cast<int>(*fd), POLLIN, 0};
		ASSERT_EQ(poll(&ready, 1, 30'000), 1);
		std::uint64_t count = 0;
		ASSERT_EQ(read(ready.fd, &count, sizeof count), 8);
		while (*queue.poll() > 0) {
		}
	}
	EXPECT_TRUE(results[0].ok());
}

TEST_P(CppCoroutine, a_queue_with_commands_of_its_own_is_not_taken_over)
{
	const Device device = open();
	ringline::Queue queue = make_queue(device);
	ASSERT_TRUE(queue.flush(device));
	EXPECT_EQ(AsyncQueue::create(std::move(queue)).number(), -EBUSY);
	EXPECT_TRUE(queue.next()->ok());
}

#if defined(__cpp_exceptions)
Task throw_after(AsyncQueue &queue, const Device &device)
{
	(co_await queue.flush(device)).value();
	throw std::runtime_error("thrown in a coroutine");
}

TEST_P(CppCoroutine, what_a_coroutine_throws_is_kept_for_its_task)
{
	const Device device = open();
	AsyncQueue queue = make_async(device);
	const Task task = throw_after(queue, device);
	EXPECT_TRUE(queue.run());
	EXPECT_THROW(task.rethrow(), std::runtime_error);
}
#endif

RINGLINE_BINDING_INSTANTIATE(CppCoroutine);

} // namespace
