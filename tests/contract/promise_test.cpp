// SPDX-License-Identifier: MIT OR Apache-2.0
// Promises of the header that were once broken: one test for each, named after the right behaviour.
#include "fixture.h"

#include <sys/mman.h>

#include <pthread.h>

#include <chrono>
#include <csignal>
#include <thread>

namespace contract
{
namespace
{

class PromiseTest : public AttachedTest
{
protected:
	void drop_reads()
	{
		ringline_fault_rule rule = fault(RINGLINE_FAULT_DROP, RINGLINE_NVME_READ);
		ASSERT_GT(set_fault(rule), 0);
	}
	void slow_reads(std::uint64_t delay_ns)
	{
		ringline_fault_rule rule = fault(RINGLINE_FAULT_DELAY, RINGLINE_NVME_READ);
		rule.delay_ns = delay_ns;
		ASSERT_GT(set_fault(rule), 0);
	}
	/// Four reads that take 20 seconds each.
	void push_slow_reads(const Memory &memory)
	{
		slow_reads(20'000 * millisecond_ns);
		for (std::uint32_t i = 0; i < 4; ++i) {
			const std::span<const std::uint8_t> piece =
				memory.bytes().subspan(std::size_t{i} * block_size(), block_size());
			const ringline_command read = command(RINGLINE_NVME_READ, i, piece, i);
			ASSERT_EQ(ringline_push(queue(), &read, 1), 1);
		}
	}
};

RINGLINE_INSTANTIATE(PromiseTest, simulated_combinations);
RINGLINE_INSTANTIATE_POLLING(PromiseTest, simulated_sqpoll_combinations);

TEST_P(PromiseTest, a_wake_up_ends_a_wait_for_many)
{
	const Memory memory(std::size_t{4} * block_size());
	push_slow_reads(memory);
	std::thread helper([this] {
		std::this_thread::sleep_for(std::chrono::milliseconds(50));
		EXPECT_EQ(ringline_queue_wakeup(queue()), 0);
	});
	ringline_completion completions[4];
	const auto start = std::chrono::steady_clock::now();
	EXPECT_EQ(ringline_submit_and_wait(queue(), completions, 4, 4, -1), 0);
	EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(15)) << "the commands take 20";
	helper.join();
}

TEST_P(PromiseTest, a_second_wake_up_ends_a_wait_for_many_too)
{
	const Memory memory(std::size_t{4} * block_size());
	push_slow_reads(memory);
	ASSERT_EQ(ringline_submit(queue()), 4);
	ringline_completion completions[4];
	ASSERT_EQ(ringline_queue_wakeup(queue()), 0);
	EXPECT_EQ(ringline_wait(queue(), completions, 4, 2, -1), 0);
	// The bell of the first may not have been taken from the ring yet.
	std::thread helper([this] {
		std::this_thread::sleep_for(std::chrono::milliseconds(50));
		EXPECT_EQ(ringline_queue_wakeup(queue()), 0);
	});
	const auto start = std::chrono::steady_clock::now();
	EXPECT_EQ(ringline_wait(queue(), completions, 4, 2, -1), 0);
	EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(15)) << "the commands take 20";
	helper.join();
}

TEST_P(PromiseTest, a_wake_up_at_any_moment_ends_a_wait_for_many)
{
	const Memory memory(std::size_t{4} * block_size());
	push_slow_reads(memory);
	ringline_completion completions[4];
	const auto start = std::chrono::steady_clock::now();
	for (std::uint32_t i = 0; i < scaled(60); ++i) {
		std::thread helper([this, i] {
			std::this_thread::sleep_for(std::chrono::microseconds(i * 3));
			EXPECT_EQ(ringline_queue_wakeup(queue()), 0);
		});
		EXPECT_EQ(ringline_submit_and_wait(queue(), completions, 4, 3, -1), 0) << i;
		helper.join();
	}
	EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(15)) << "the commands take 20";
}

TEST_P(PromiseTest, a_signal_ends_a_wait_beside_a_slow_command)
{
	const Memory memory(std::size_t{4} * block_size());
	push_slow_reads(memory);
	ASSERT_EQ(ringline_flush(queue(), device(), 9), 0);
	struct sigaction action = {};
	struct sigaction before = {};
	action.sa_handler = [](int) {};
	ASSERT_EQ(::sigaction(SIGUSR1, &action, &before), 0);
	std::thread helper([target = ::pthread_self()] {
		// One signal alone, so long after the wait began that the flush is done.
		std::this_thread::sleep_for(std::chrono::milliseconds(500));
		EXPECT_EQ(::pthread_kill(target, SIGUSR1), 0);
	});
	ringline_completion completions[4];
	const auto start = std::chrono::steady_clock::now();
	const std::int32_t taken = ringline_submit_and_wait(queue(), completions, 4, 2, -1);
	EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(15)) << "the commands take 20";
	helper.join();
	EXPECT_EQ(::sigaction(SIGUSR1, &before, nullptr), 0);
	ASSERT_EQ(taken, 1);
	EXPECT_EQ(completions[0].user_data, 9U);
}

TEST_P(PromiseTest, a_wake_up_works_as_often_as_it_is_asked_for)
{
	const Memory memory(block_size());
	const Memory other(block_size());
	drop_reads();
	const ringline_command first = read(0, memory, 1);
	const ringline_command second = read(0, other, 1);
	ASSERT_EQ(ringline_push(queue(), &first, 1), 1);
	ASSERT_EQ(ringline_push(queue(), &second, 1), 1);
	ringline_completion completions[2];
	for (int i = 0; i < 20; ++i) {
		std::thread helper([this] { EXPECT_EQ(ringline_queue_wakeup(queue()), 0); });
		EXPECT_EQ(ringline_submit_and_wait(queue(), completions, 2, 2, -1), 0) << i;
		helper.join();
	}
}

TEST_P(PromiseTest, a_cancelled_command_ends_a_wait_that_also_submits)
{
	const Memory memory(block_size());
	slow_reads(20'000 * millisecond_ns);
	const Memory other(block_size());
	const ringline_command cancelled = read(0, memory, 1);
	const ringline_command slow = read(0, other, 2);
	ASSERT_EQ(ringline_push(queue(), &cancelled, 1), 1);
	ASSERT_EQ(ringline_push(queue(), &slow, 1), 1);
	ASSERT_EQ(ringline_cancel(queue(), 1), 1);
	ringline_completion completions[2];
	ASSERT_EQ(ringline_submit_and_wait(queue(), completions, 2, 1, 10'000 * millisecond_ns), 1);
	EXPECT_EQ(completions[0].user_data, 1U);
	EXPECT_EQ(completions[0].error, -ECANCELED);
}

TEST_P(PromiseTest, a_struct_size_beyond_a_page_is_not_believed)
{
	void *page = ::mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(page, MAP_FAILED);
	auto *info = static_cast<ringline_device_info *>(page);
	info->struct_size = 1U << 30;
	EXPECT_EQ(ringline_device_info_get(device(), info), -E2BIG);
	EXPECT_EQ(::munmap(page, 4096), 0);
}

TEST_P(PromiseTest, errno_is_kept)
{
	errno = 123;
	ringline_device ignored = {};
	EXPECT_EQ(ringline_device_open("/nowhere/to/be/found", nullptr, nullptr, &ignored), -ENOENT);
	EXPECT_EQ(errno, 123);
}

} // namespace
} // namespace contract
