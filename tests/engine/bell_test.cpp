// SPDX-License-Identifier: MIT OR Apache-2.0
// The bell: how another thread ends a wait in the kernel, for however many events that is.
#include "enter_trap.h"
#include "ring_fixture.h"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <new>
#include <thread>

namespace
{

using ringline::engine::Progress;
using ringline::engine::Uring;

constexpr std::int64_t long_ns = 10'000'000'000;

class BellTest : public RingFixture
{
protected:
	void make(Uring &ring, std::uint32_t depth, bool movable = false)
	{
		ASSERT_EQ(ring.create(setup(depth, movable), &tasks_), 0);
		ASSERT_EQ(ring.bind(), 0);
	}
	static void take_all(Uring &ring)
	{
		ring.reap([](const ringline::engine::Event &) { return true; });
	}
	/// Has the ring place a bell for waits for so many.
	static void stretch(Uring &ring, std::uint32_t reach)
	{
		if (reach > ring.reach()) {
			ASSERT_EQ(ring.advance(false, reach, long_ns).error, 0); // ended by the ring's own ringing
			take_all(ring);
			(void)ring.advance(false, 0, -1);
			take_all(ring);
		}
	}
	/// On a thread of its own, behind an EnterTrap.
	template <class Run> static void trapped(Run &&run)
	{
		bool set = false;
		std::thread([&] {
			set = EnterTrap::set();
			if (set) {
				run();
			}
		}).join();
		if (!set) {
			GTEST_SKIP() << "system calls cannot be watched here";
		}
	}
};

TEST_F(BellTest, it_ends_a_wait_again_and_again)
{
	Uring ring;
	make(ring, 8);
	for (int i = 0; i < 1000; ++i) {
		waker_.ring();
		ASSERT_EQ(ring.advance(false, 1, long_ns).error, 0) << "ring number " << i;
		take_all(ring);
	}
	ring.destroy();
}

// The core looks whether it was woken, and then waits: what comes in between must end the wait, without a time limit.
TEST_F(BellTest, one_that_rang_and_fired_before_a_wait_for_many_ends_it)
{
	for (const std::uint32_t depth : {1U, 2U, 3U, 8U, 64U, 100U}) {
		Uring ring;
		make(ring, depth);
		const std::uint32_t many = std::min(depth, 64U);
		stretch(ring, many);
		waker_.ring();
		while (ring.visible().total < 2) {
			(void)ring.advance(false, 0, -1); // the timer has fired: it ends no wait that begins later
		}
		EXPECT_EQ(ring.advance(false, many, -1).error, 0);
		EXPECT_GE(ring.visible().total, many);
		EXPECT_EQ(ring.advance(false, many, -1).error, 0) << "not taken yet, it ends the next wait too";
		take_all(ring);
		EXPECT_TRUE(ring.rang());
		ring.destroy();
	}
}

TEST_F(BellTest, a_wait_beyond_its_reach_is_cut_into_slices)
{
	Uring ring;
	make(ring, 100);
	stretch(ring, 65);
	const Progress progress = ring.advance(false, 65, -1);
	EXPECT_EQ(progress.error, 0);
	EXPECT_FALSE(progress.interrupted);
	ring.destroy();
}

// The bell rings on the thread that placed it, which may be one that cannot run just now.
TEST_F(BellTest, every_wait_of_a_movable_ring_is_cut_into_slices)
{
	Uring ring;
	make(ring, 8, true);
	for (const std::uint32_t min : {1U, 2U, 8U}) {
		const Progress progress = ring.advance(false, min, -1);
		EXPECT_EQ(progress.error, 0);
		EXPECT_FALSE(progress.interrupted);
	}
	ring.destroy();
}

// The arguments of a slice are read where they lie, which the kernel gets wrong at the very end of what it was given.
TEST_F(BellTest, a_slice_is_the_same_wherever_the_ring_lies)
{
	constexpr std::size_t page_bytes = 4096;
	constexpr std::size_t bytes = (sizeof(Uring) / page_bytes + 3) * page_bytes;
	const std::unique_ptr<void, decltype(&std::free)> memory(std::aligned_alloc(page_bytes, bytes), &std::free);
	ASSERT_NE(memory, nullptr);
	std::memset(memory.get(), 0xA5, bytes); // arguments that no kernel takes
	for (std::size_t at = 0; at < page_bytes; at += alignof(Uring)) {
		auto *const ring = new (static_cast<std::byte *>(memory.get()) + at) Uring;
		make(*ring, 4, true);
		waker_.ring();
		EXPECT_EQ(ring->advance(false, 1, long_ns).error, 0) << "at byte " << at << " of a page";
		take_all(*ring);
		ring->destroy();
		ring->~Uring();
	}
}

TEST_F(BellTest, a_wait_within_its_reach_has_no_time_limit)
{
	trapped([&] {
		Uring ring;
		make(ring, 8);
		EnterTrap::forget();
		ASSERT_EQ(ring.advance(false, 8, long_ns).error, 0);
		ASSERT_EQ(EnterTrap::calls().size(), 1U);
		EXPECT_EQ(EnterTrap::calls()[0].min, 2U) << "what the bell that is stretched brings, and no more";
		take_all(ring);
		(void)ring.advance(false, 0, -1);
		take_all(ring);
		waker_.ring();
		EnterTrap::forget();
		EXPECT_EQ(ring.advance(false, 8, -1).error, 0);
		ASSERT_EQ(EnterTrap::calls().size(), 1U);
		EXPECT_EQ(EnterTrap::calls()[0].min, 8U);
		EXPECT_EQ(EnterTrap::calls()[0].flags & IORING_ENTER_EXT_ARG, 0U);
		ring.destroy();
	});
}

// The bell then is all that the ring has room for, and would fill it.
TEST_F(BellTest, a_kernel_that_refuses_it_leaves_the_ring_to_commands)
{
	trapped([&] {
		const ringline::engine::Target target = {.device = nullptr, .file = 3, .task = false};
		for (const std::uint32_t depth : {4U, 8U, 64U}) {
			Uring ring;
			make(ring, depth);
			ASSERT_EQ(ring.advance(false, depth, long_ns).error, 0); // rings for a longer reach
			take_all(ring);
			EnterTrap::take_only(0);
			EXPECT_EQ(ring.advance(false, 0, -1).error, -EAGAIN);
			for (std::uint32_t i = 0; i < depth; ++i) {
				ringline_nvme_command *command = ring.push(target, i << 4, ringline::engine::not_fixed);
				ASSERT_NE(command, nullptr) << i << " of " << depth;
				*command = {};
			}
			EXPECT_EQ(ring.pushed(), depth);
			EXPECT_EQ(ring.advance(true, depth, long_ns).error, 0);
			take_all(ring); // no file: each has failed
			EXPECT_EQ(ring.running(), 0U);
			ring.destroy();
		}
	});
}

TEST_F(BellTest, a_wait_goes_on_without_one_that_was_refused)
{
	trapped([&] {
		Uring ring;
		make(ring, 8);
		waker_.ring();
		ASSERT_EQ(ring.advance(false, 1, long_ns).error, 0);
		take_all(ring);
		EnterTrap::take_only(0);
		EnterTrap::forget();
		const Progress progress = ring.advance(false, 1, -1); // a slice
		EXPECT_EQ(progress.error, 0);
		EXPECT_FALSE(progress.interrupted);
		EXPECT_EQ(EnterTrap::calls().size(), 2U);
		ring.destroy();
	});
}

TEST_F(BellTest, one_that_was_taken_in_part_is_not_believed_to_reach_further)
{
	trapped([&] {
		for (std::uint32_t taken = 1; taken < 8; ++taken) {
			Uring ring;
			make(ring, 8);
			ASSERT_EQ(ring.advance(false, 8, long_ns).error, 0); // rings for a longer reach
			take_all(ring);
			EnterTrap::take_only(taken);
			(void)ring.advance(false, 0, -1);
			EXPECT_EQ(ring.reach(), taken);
			waker_.ring();
			while (ring.visible().total < std::min(taken, 2U)) {
				(void)ring.advance(false, 0,
						   -1); // the timer has fired: it ends no wait that begins later
			}
			EXPECT_EQ(ring.advance(false, taken, -1).error, 0); // without a time limit, and so it ends
			EXPECT_GE(ring.visible().total, taken);
			take_all(ring);
			(void)ring.advance(false, 0, -1);
			EXPECT_EQ(ring.reach(), 8U) << "placed anew, as a whole";
			ring.destroy();
		}
	});
}

TEST_F(BellTest, the_completion_queue_holds_what_is_left_of_one_beside_the_next)
{
	const ringline::engine::Target target = {.device = nullptr, .file = 3, .task = false};
	for (const std::uint32_t depth : {4U, 8U, 64U, 128U}) {
		Uring ring;
		make(ring, depth);
		const std::uint32_t reach = std::min(depth, 64U);
		stretch(ring, reach);
		waker_.ring();
		while (!ring.rang()) {
			(void)ring.advance(false, 1, -1);
			take_all(ring); // the poll's event; the others may come later
		}
		for (std::uint32_t i = 0; i < depth; ++i) {
			*ring.push(target, i << 4, ringline::engine::not_fixed) = {};
		}
		(void)ring.advance(true, 0, -1); // there is no room for a bell
		waker_.ring();
		while (ring.visible().total < depth + reach) {
			(void)ring.advance(false, 0, -1);
		}
		EXPECT_FALSE(ring.hidden_work()) << "it has overflowed at depth " << depth;
		take_all(ring);
		ring.destroy();
	}
}

} // namespace
