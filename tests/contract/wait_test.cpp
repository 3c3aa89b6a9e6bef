// SPDX-License-Identifier: MIT OR Apache-2.0
// How waits end: enough completions, nothing left to come, time, a wake-up, a signal. No bound here is tight.
#include "fixture.h"

#include <csignal>
#include <pthread.h>
#include <unistd.h>

#include <atomic>
#include <thread>

namespace contract
{
namespace
{

class WaitTest : public AttachedTest
{
protected:
	static constexpr std::uint32_t room = 16;

	/// Each call that waits.
	template <class F> void with_each_wait(F &&check)
	{
		check("wait", [this](std::uint32_t max, std::uint32_t min, std::int64_t timeout) {
			return ringline_wait(queue(), completions_, max, min, timeout);
		});
		check("submit_and_wait", [this](std::uint32_t max, std::uint32_t min, std::int64_t timeout) {
			return ringline_submit_and_wait(queue(), completions_, max, min, timeout);
		});
		check("exchange", [this](std::uint32_t max, std::uint32_t min, std::int64_t timeout) {
			std::uint32_t taken = 0;
			return ringline_exchange(queue(), nullptr, 0, &taken, completions_, max, min, timeout);
		});
	}

	ringline_completion completions_[room] = {};
};

RINGLINE_INSTANTIATE(WaitTest, every_combination);
RINGLINE_INSTANTIATE_POLLING(WaitTest, sqpoll_combinations);

TEST_P(WaitTest, nothing_in_flight_returns_0_at_once)
{
	with_each_wait([](const char *name, auto wait) {
		EXPECT_EQ(wait(1U, 1U, -1), 0) << name;
		EXPECT_EQ(wait(8U, 8U, patience_ns), 0) << name;
		EXPECT_EQ(wait(1U, 0U, -1), 0) << name;
		EXPECT_EQ(wait(1U, 1U, 0), 0) << name;
	});
}

TEST_P(WaitTest, a_minimum_above_what_is_in_flight_is_clamped)
{
	with_each_wait([this](const char *name, auto wait) {
		for (std::uint64_t i = 0; i < 3; ++i) {
			ASSERT_EQ(ringline_flush(queue(), device(), i), 0);
		}
		ASSERT_EQ(ringline_submit(queue()), 3);
		EXPECT_EQ(wait(room, room, -1), 3) << name;
	});
}

TEST_P(WaitTest, a_minimum_of_0_takes_what_is_there)
{
	with_each_wait([this](const char *name, auto wait) {
		ASSERT_EQ(ringline_flush(queue(), device(), 1), 0);
		ASSERT_EQ(ringline_submit(queue()), 1);
		const std::int64_t deadline = now_ns() + patience_ns;
		std::int32_t n = 0;
		while (n == 0 && now_ns() < deadline) {
			n = wait(room, 0U, -1);
		}
		EXPECT_EQ(n, 1) << name;
	});
}

TEST_P(WaitTest, a_time_out_of_0_takes_what_is_there)
{
	with_each_wait([this](const char *name, auto wait) {
		ASSERT_EQ(ringline_flush(queue(), device(), 1), 0);
		ASSERT_EQ(ringline_submit(queue()), 1);
		const std::int64_t deadline = now_ns() + patience_ns;
		std::int32_t n = 0;
		while (n == 0 && now_ns() < deadline) {
			n = wait(room, 1U, 0);
		}
		EXPECT_EQ(n, 1) << name;
	});
}

TEST_P(WaitTest, more_than_the_minimum_is_taken_when_it_is_there)
{
	for (std::uint64_t i = 0; i < 8; ++i) {
		ASSERT_EQ(ringline_flush(queue(), device(), i), 0);
	}
	std::int32_t n = ringline_submit_and_wait(queue(), completions_, room, 1, patience_ns);
	ASSERT_GE(n, 1);
	if (n < 8) {
		EXPECT_EQ(collect(queue(), 8U - static_cast<std::uint32_t>(n)).size(),
			  8U - static_cast<std::size_t>(n));
	}
	EXPECT_EQ(in_flight(), 0U);
}

TEST_P(WaitTest, senseless_arguments_are_refused)
{
	with_each_wait([](const char *name, auto wait) {
		EXPECT_EQ(wait(0U, 0U, 0), -EINVAL) << name << ": room for none";
		EXPECT_EQ(wait(1U, 2U, 0), -EINVAL) << name << ": minimum above the room";
		EXPECT_EQ(wait(1U, 1U, -2), -EINVAL) << name << ": negative time";
	});
	EXPECT_EQ(ringline_wait(queue(), nullptr, 1, 1, 0), -EINVAL);
	EXPECT_EQ(ringline_submit_and_wait(queue(), nullptr, 1, 1, 0), -EINVAL);
	EXPECT_EQ(ringline_poll(queue(), nullptr, 1), -EINVAL);
	EXPECT_EQ(ringline_poll(queue(), completions_, 0), -EINVAL);
	std::uint32_t taken = 99;
	EXPECT_EQ(ringline_exchange(queue(), nullptr, 1, &taken, completions_, 1, 0, 0), -EINVAL);
	EXPECT_EQ(ringline_exchange(queue(), nullptr, 0, nullptr, completions_, 1, 0, 0), -EINVAL);
	EXPECT_EQ(ringline_exchange(queue(), nullptr, 0, &taken, nullptr, 1, 0, 0), -EINVAL);
	EXPECT_EQ(taken, 99U);
}

TEST_P(WaitTest, a_refused_wait_submits_nothing)
{
	ASSERT_EQ(ringline_flush(queue(), device(), 1), 0);
	EXPECT_EQ(ringline_submit_and_wait(queue(), completions_, 1, 2, 0), -EINVAL);
	EXPECT_EQ(owned_queue().info().not_submitted, 1U);
	EXPECT_EQ(collect(queue(), 1).size(), 1U);
}

TEST_P(WaitTest, an_early_wake_up_does_not_lose_completions)
{
	for (std::uint32_t i = 0; i < scaled(500); ++i) {
		ASSERT_EQ(ringline_queue_wakeup(queue()), 0);
		ASSERT_EQ(ringline_flush(queue(), device(), i), 0);
		std::int32_t n = ringline_submit_and_wait(queue(), completions_, room, 1, patience_ns);
		if (n == 0) {
			n = ringline_submit_and_wait(queue(), completions_, room, 1, patience_ns);
		}
		ASSERT_EQ(n, 1);
		ASSERT_EQ(completions_[0].user_data, i);
	}
}

TEST_P(WaitTest, wake_ups_from_a_busy_thread_never_break_a_batch)
{
	std::atomic<bool> stop{false};
	ringline_queue *shared = queue();
	std::thread waker([&stop, shared] {
		while (!stop.load()) {
			(void)ringline_queue_wakeup(shared);
			std::this_thread::yield();
		}
	});
	for (std::uint32_t i = 0; i < scaled(500); ++i) {
		for (std::uint64_t j = 0; j < 4; ++j) {
			EXPECT_EQ(ringline_flush(queue(), device(), j), 0);
		}
		std::int32_t have = 0;
		const std::int64_t deadline = now_ns() + patience_ns;
		while (have < 4 && now_ns() < deadline) {
			const std::int32_t n = ringline_submit_and_wait(queue(), completions_, room, 4, patience_ns);
			EXPECT_GE(n, 0);
			have += n;
		}
		EXPECT_EQ(have, 4);
	}
	stop.store(true);
	waker.join();
}

/// With a command that never ends by itself, so that a wait has something to wait for.
class HeldWaitTest : public WaitTest
{
protected:
	void SetUp() override
	{
		WaitTest::SetUp();
		if (IsSkipped() || HasFatalFailure()) {
			return;
		}
		memory_.emplace(block_size());
		rule_ = drop_reads();
		const ringline_command held = read(0, *memory_, 1);
		ASSERT_EQ(ringline_push(queue(), &held, 1), 1);
		ASSERT_EQ(ringline_submit(queue()), 1);
	}

	/// Lets the held command go on, and takes it.
	void finish()
	{
		EXPECT_GE(ringline_sim_fault_clear(device(), rule_), 0);
		const ringline_completion completion = collect_one(queue());
		EXPECT_TRUE(succeeded(completion));
		EXPECT_EQ(completion.user_data, 1U);
	}

	[[nodiscard]] std::uint32_t rule() const { return rule_; }

private:
	std::optional<Memory> memory_;
	std::uint32_t rule_ = 0;
};

RINGLINE_INSTANTIATE(HeldWaitTest, simulated_combinations);
RINGLINE_INSTANTIATE_POLLING(HeldWaitTest, simulated_sqpoll_combinations);

TEST_P(HeldWaitTest, a_wait_ends_when_the_time_is_up)
{
	with_each_wait([](const char *name, auto wait) {
		const std::int64_t start = now_ns();
		EXPECT_EQ(wait(1U, 1U, 20 * millisecond_ns), 0) << name;
		EXPECT_GE(now_ns() - start, 15 * millisecond_ns) << name << " gave up too early";
	});
	finish();
}

TEST_P(HeldWaitTest, a_time_out_gives_what_has_come)
{
	ASSERT_EQ(ringline_flush(queue(), device(), 2), 0);
	EXPECT_EQ(ringline_submit_and_wait(queue(), completions_, room, 2, 200 * millisecond_ns), 1);
	EXPECT_EQ(completions_[0].user_data, 2U);
	finish();
}

TEST_P(HeldWaitTest, a_huge_time_out_is_no_overflow)
{
	std::thread waker([this] {
		::usleep(20000);
		EXPECT_EQ(ringline_queue_wakeup(queue()), 0);
	});
	EXPECT_EQ(ringline_wait(queue(), completions_, 1, 1, INT64_MAX), 0);
	waker.join();
	finish();
}

TEST_P(HeldWaitTest, a_wake_up_from_another_thread_ends_an_endless_wait)
{
	for (std::uint32_t i = 0; i < scaled(100); ++i) {
		std::thread waker([this, i] {
			::usleep(i * 50); // before, at and after the moment when the wait begins
			EXPECT_EQ(ringline_queue_wakeup(queue()), 0);
		});
		EXPECT_EQ(ringline_wait(queue(), completions_, 1, 1, -1), 0);
		waker.join();
	}
	finish();
}

TEST_P(HeldWaitTest, a_wake_up_before_the_wait_ends_the_next_one)
{
	with_each_wait([this](const char *name, auto wait) {
		ASSERT_EQ(ringline_queue_wakeup(queue()), 0);
		EXPECT_EQ(wait(1U, 1U, -1), 0) << name;
		EXPECT_EQ(wait(1U, 1U, 5 * millisecond_ns), 0) << name;
	});
	finish();
}

TEST_P(HeldWaitTest, a_used_wake_up_does_not_end_the_wait_after_it)
{
	ASSERT_EQ(ringline_queue_wakeup(queue()), 0);
	EXPECT_EQ(ringline_wait(queue(), completions_, 1, 1, -1), 0);
	const std::int64_t start = now_ns();
	EXPECT_EQ(ringline_wait(queue(), completions_, 1, 1, 50 * millisecond_ns), 0);
	EXPECT_GE(now_ns() - start, 40 * millisecond_ns);
	finish();
}

ringline_queue *handler_queue = nullptr;
std::atomic<int> handled{0};

void wake_handler(int /*signal*/)
{
	(void)ringline_queue_wakeup(handler_queue);
	handled.fetch_add(1);
}

void counting_handler(int /*signal*/)
{
	handled.fetch_add(1);
}

/// Installs a handler without SA_RESTART, and sends the signal to this thread until stopped.
class Signals
{
public:
	Signals(void (*handler)(int), int flags = 0)
	{
		handled.store(0);
		struct sigaction action = {};
		action.sa_handler = handler;
		action.sa_flags = flags;
		(void)::sigaction(SIGUSR1, &action, &before_);
		const pthread_t target = ::pthread_self();
		sender_ = std::thread([this, target] {
			while (!stop_.load()) {
				::usleep(5000);
				(void)::pthread_kill(target, SIGUSR1);
			}
		});
	}
	Signals(const Signals &) = delete;
	Signals &operator=(const Signals &) = delete;
	~Signals()
	{
		stop_.store(true);
		sender_.join();
		(void)::sigaction(SIGUSR1, &before_, nullptr);
	}

private:
	struct sigaction before_ = {};
	std::atomic<bool> stop_{false};
	std::thread sender_;
};

TEST_P(HeldWaitTest, a_wake_up_from_a_signal_handler_ends_an_endless_wait)
{
	handler_queue = queue();
	{
		const Signals signals(wake_handler, SA_RESTART);
		for (int i = 0; i < 5; ++i) {
			const std::int32_t n = ringline_wait(queue(), completions_, 1, 1, -1);
			EXPECT_TRUE(n == 0 || n == -EINTR) << n;
		}
		EXPECT_GT(handled.load(), 0);
	}
	// What the last signals left behind ends one more wait at most.
	(void)ringline_wait(queue(), completions_, 1, 1, 10 * millisecond_ns);
	finish();
}

TEST_P(HeldWaitTest, a_signal_ends_a_wait_that_has_nothing)
{
	with_each_wait([](const char *name, auto wait) {
		const Signals signals(counting_handler);
		EXPECT_EQ(wait(1U, 1U, patience_ns), -EINTR) << name;
		EXPECT_GT(handled.load(), 0) << name;
	});
	finish();
}

TEST_P(HeldWaitTest, a_signal_does_not_lose_what_was_taken)
{
	const Signals signals(counting_handler);
	ASSERT_EQ(ringline_flush(queue(), device(), 2), 0);
	const std::int64_t deadline = now_ns() + patience_ns;
	std::int32_t n = -EINTR;
	// Where another thread takes what is submitted, a signal may come when only that has happened.
	const bool later = GetParam().queue_flags != 0;
	while ((n == -EINTR || (n == 0 && later)) && now_ns() < deadline) {
		n = ringline_submit_and_wait(queue(), completions_, room, 2, patience_ns);
	}
	EXPECT_EQ(n, 1);
	EXPECT_EQ(completions_[0].user_data, 2U);
	EXPECT_EQ(in_flight(), 1U);
	EXPECT_GE(ringline_sim_fault_clear(device(), rule()), 0);
	n = -EINTR;
	while (n == -EINTR && now_ns() < deadline) {
		n = ringline_wait(queue(), completions_, room, 1, patience_ns);
	}
	EXPECT_EQ(n, 1);
}

TEST_P(HeldWaitTest, a_completion_that_comes_during_the_wait_ends_it)
{
	std::thread helper([this] {
		::usleep(10000);
		EXPECT_GE(ringline_sim_fault_clear(device(), rule()), 0);
	});
	EXPECT_EQ(ringline_wait(queue(), completions_, 1, 1, patience_ns), 1);
	helper.join();
	EXPECT_EQ(in_flight(), 0U);
}

} // namespace
} // namespace contract
