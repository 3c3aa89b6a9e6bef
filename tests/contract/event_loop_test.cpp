// SPDX-License-Identifier: MIT OR Apache-2.0
// An event loop on the queue's descriptor: read eight bytes first, then poll until short. No wake-up is ever lost.
#include "fixture.h"

#include <fcntl.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <set>
#include <thread>

namespace contract
{
namespace
{

class EventLoopTest : public AttachedTest
{
protected:
	void SetUp() override
	{
		AttachedTest::SetUp();
		if (IsSkipped() || HasFatalFailure()) {
			return;
		}
		fd_ = ringline_queue_fd(queue());
		ASSERT_GE(fd_, 0);
		epoll_ = ::epoll_create1(EPOLL_CLOEXEC);
		epoll_event event = {};
		event.events = EPOLLIN;
		ASSERT_EQ(::epoll_ctl(epoll_, EPOLL_CTL_ADD, fd_, &event), 0);
	}

	void TearDown() override
	{
		if (epoll_ >= 0) {
			::close(epoll_);
		}
		AttachedTest::TearDown();
	}

	/// Is the descriptor readable within the time?
	[[nodiscard]] bool readable(int timeout_ms) const
	{
		epoll_event event = {};
		int n = -1;
		do {
			n = ::epoll_wait(epoll_, &event, 1, timeout_ms);
		} while (n < 0 && errno == EINTR);
		return n == 1;
	}

	/// Turns the loop until so many completions were taken. What came is counted by user_data.
	void loop(std::size_t count)
	{
		seen_.clear();
		while (seen_.size() < count) {
			ASSERT_TRUE(readable(10000)) << "a wake-up was lost after " << seen_.size() << " of " << count;
			std::uint64_t ignored = 0;
			(void)!::read(fd_, &ignored, sizeof ignored);
			ringline_completion completions[4] = {};
			std::int32_t n = 4;
			while (n == 4) {
				n = ringline_poll(queue(), completions, 4);
				ASSERT_GE(n, 0);
				for (std::int32_t i = 0; i < n; ++i) {
					seen_.insert(completions[i].user_data);
				}
			}
		}
		ASSERT_EQ(seen_.size(), count);
	}

	void rounds(std::uint32_t count)
	{
		constexpr std::uint32_t most = 9;
		const Memory memory(std::size_t{most} * block_size());
		for (std::uint32_t i = 0; i < count && !HasFatalFailure(); ++i) {
			const std::uint32_t batch = i % most + 1;
			for (std::uint32_t j = 0; j < batch; ++j) {
				const auto block = memory.bytes().subspan(std::size_t{j} * block_size(), block_size());
				const ringline_command one =
					j % 2 == 0 ? command(RINGLINE_NVME_READ, 0, block, j) : flush(j);
				ASSERT_EQ(ringline_push(queue(), &one, 1), 1);
			}
			ASSERT_EQ(ringline_submit(queue()), static_cast<std::int32_t>(batch));
			loop(batch);
		}
	}

	int fd_ = -1;
	std::multiset<std::uint64_t> seen_;

private:
	int epoll_ = -1;
};

RINGLINE_INSTANTIATE(EventLoopTest, every_combination);
RINGLINE_INSTANTIATE_POLLING(EventLoopTest, sqpoll_combinations);

TEST_P(EventLoopTest, fact_15_a_thousand_rounds_lose_no_wake_up)
{
	rounds(scaled(1000));
}

TEST_P(EventLoopTest, the_descriptor_is_always_the_same_and_does_not_block)
{
	EXPECT_EQ(ringline_queue_fd(queue()), fd_);
	rounds(2);
	EXPECT_EQ(ringline_queue_fd(queue()), fd_);
	const int flags = ::fcntl(fd_, F_GETFL);
	EXPECT_NE(flags & O_NONBLOCK, 0);
	EXPECT_NE(::fcntl(fd_, F_GETFD) & FD_CLOEXEC, 0) << "inherited by a program that knows nothing of it";
}

TEST_P(EventLoopTest, a_descriptor_asked_for_with_commands_in_flight_still_wakes)
{
	for (std::uint32_t i = 0; i < scaled(50); ++i) {
		Queue other = make_queue();
		ASSERT_EQ(ringline_queue_attach(other, device()), 0);
		ASSERT_EQ(ringline_flush(other, device(), 1), 0);
		ASSERT_EQ(ringline_submit(other), 1);
		const int fd = ringline_queue_fd(other);
		ASSERT_GE(fd, 0);
		const int epoll = ::epoll_create1(EPOLL_CLOEXEC);
		epoll_event event = {};
		event.events = EPOLLIN;
		ASSERT_EQ(::epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event), 0);
		EXPECT_EQ(::epoll_wait(epoll, &event, 1, 10000), 1) << "lost: it completed before the fd was there";
		::close(epoll);
		EXPECT_EQ(collect(other, 1).size(), 1U);
	}
}

TEST_P(EventLoopTest, a_cancelled_command_wakes_the_loop)
{
	for (std::uint32_t i = 0; i < scaled(50) && !HasFatalFailure(); ++i) {
		ASSERT_EQ(ringline_flush(queue(), device(), 7), 0);
		ASSERT_EQ(ringline_cancel(queue(), 7), 1);
		ASSERT_GE(ringline_submit(queue()), 0);
		loop(1);
		EXPECT_EQ(seen_.count(7), 1U);
	}
	rounds(3);
}

TEST_P(EventLoopTest, waits_and_the_loop_can_be_mixed)
{
	for (std::uint32_t i = 0; i < scaled(100) && !HasFatalFailure(); ++i) {
		EXPECT_TRUE(succeeded(run(queue(), flush(1))));
		rounds(1);
	}
}

TEST_P(EventLoopTest, two_queues_have_two_descriptors)
{
	const Queue other = make_queue();
	const int fd = ringline_queue_fd(other);
	EXPECT_GE(fd, 0);
	EXPECT_NE(fd, fd_);
}

/// With faults that hold commands back.
class DelayedEventLoopTest : public EventLoopTest
{
};

RINGLINE_INSTANTIATE(DelayedEventLoopTest, simulated_combinations);

TEST_P(DelayedEventLoopTest, delayed_commands_wake_the_loop)
{
	ringline_fault_rule rule = fault(RINGLINE_FAULT_DELAY, RINGLINE_NVME_READ);
	rule.delay_ns = 300'000;
	ASSERT_GT(set_fault(rule), 0);
	rounds(scaled(300));
}

TEST_P(DelayedEventLoopTest, reordered_commands_wake_the_loop)
{
	ringline_fault_rule rule = fault(RINGLINE_FAULT_REORDER, RINGLINE_NVME_READ);
	rule.hold = 2;
	ASSERT_GT(set_fault(rule), 0);
	rounds(scaled(300));
}

TEST_P(DelayedEventLoopTest, cancelling_a_dropped_command_wakes_the_loop)
{
	const std::uint32_t rule = drop_reads();
	const Memory memory(block_size());
	for (std::uint32_t i = 0; i < scaled(100) && !HasFatalFailure(); ++i) {
		const ringline_command held = read(0, memory, 5);
		ASSERT_EQ(ringline_push(queue(), &held, 1), 1);
		ASSERT_EQ(ringline_submit(queue()), 1);
		// While a worker of the threads engine is about to drop it, it is with the device.
		std::int32_t n = -EALREADY;
		for (const std::int64_t deadline = now_ns() + patience_ns; n == -EALREADY && now_ns() < deadline;) {
			n = ringline_cancel(queue(), 5);
		}
		ASSERT_EQ(n, 1);
		loop(1);
	}
	EXPECT_GE(ringline_sim_fault_clear(device(), rule), 0);
}

TEST_P(DelayedEventLoopTest, clearing_a_drop_from_another_thread_wakes_the_loop)
{
	const Memory memory(block_size());
	for (std::uint32_t i = 0; i < scaled(50) && !HasFatalFailure(); ++i) {
		const std::uint32_t rule = drop_reads();
		const ringline_command held = read(0, memory, 5);
		ASSERT_EQ(ringline_push(queue(), &held, 1), 1);
		ASSERT_EQ(ringline_submit(queue()), 1);
		std::thread helper([this, rule] { EXPECT_GE(ringline_sim_fault_clear(device(), rule), 0); });
		loop(1);
		helper.join();
	}
}

} // namespace
} // namespace contract
