// SPDX-License-Identifier: MIT OR Apache-2.0
#include "engine/uring.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cerrno>

namespace
{

using ringline::engine::Uring;

class UringTest : public testing::Test
{
protected:
	void SetUp() override
	{
		if (const std::int32_t error = Uring::probe(); error < 0) {
			GTEST_SKIP() << "no ring can be made here: " << strerrorname_np(-error);
		}
		ASSERT_EQ(waker_.create(), 0);
	}

	ringline::engine::Setup setup(std::uint32_t depth)
	{
		return {.depth = depth,
			.max_devices = 4,
			.max_buffers = 8,
			.workers = 0,
			.movable = false,
			.waker = &waker_};
	}

	ringline::Waker waker_;
	ringline::Array<ringline::engine::Task> tasks_;
};

TEST_F(UringTest, the_rings_of_256_commands_stay_below_56_kib)
{
	Uring ring;
	ASSERT_EQ(ring.create(setup(256), &tasks_), 0);
	EXPECT_LE(ring.memory_bytes(), 56U * 1024);
	ring.destroy();
}

TEST_F(UringTest, a_wait_for_nothing_ends_at_its_time)
{
	Uring ring;
	ASSERT_EQ(ring.create(setup(8), &tasks_), 0);
	ASSERT_EQ(ring.bind(), 0);
	EXPECT_EQ(ring.advance(false, 1, 1'000'000).error, -ETIME);
	ring.destroy();
}

TEST_F(UringTest, the_bell_ends_a_wait_again_and_again)
{
	Uring ring;
	ASSERT_EQ(ring.create(setup(8), &tasks_), 0);
	ASSERT_EQ(ring.bind(), 0);
	for (int i = 0; i < 1000; ++i) {
		waker_.ring();
		ASSERT_EQ(ring.advance(false, 1, 10'000'000'000).error, 0) << "ring number " << i;
		ring.reap([](const ringline::engine::Event &) { return true; });
	}
	ring.destroy();
}

// Has the ring place a bell for waits for so many, and take it from the kernel.
void stretch(Uring &ring, std::uint32_t reach)
{
	if (reach <= 2) {
		return; // the first bell has that
	}
	ASSERT_EQ(ring.advance(false, reach, 10'000'000'000).error, 0); // ended by the ring's own ringing
	ring.reap([](const ringline::engine::Event &) { return true; });
	(void)ring.advance(false, 0, -1);
	ring.reap([](const ringline::engine::Event &) { return true; });
}

// The core looks whether it was woken, and then waits: what comes in between must end the wait, without a time limit.
TEST_F(UringTest, a_bell_that_rang_and_fired_before_a_wait_for_many_ends_it)
{
	for (const std::uint32_t depth : {1U, 2U, 8U, 64U, 100U}) {
		Uring ring;
		ASSERT_EQ(ring.create(setup(depth), &tasks_), 0);
		ASSERT_EQ(ring.bind(), 0);
		const std::uint32_t many = std::min(depth, 64U);
		stretch(ring, many);
		waker_.ring();
		while (ring.visible().total < 2) {
			(void)ring.advance(false, 0, -1); // the timer has fired: it ends no wait that begins later
		}
		EXPECT_EQ(ring.advance(false, many, -1).error, 0);
		EXPECT_GE(ring.visible().total, many);
		EXPECT_EQ(ring.advance(false, many, -1).error, 0) << "not taken yet, it ends the next wait too";
		ring.reap([](const ringline::engine::Event &) { return true; });
		EXPECT_TRUE(ring.rang());
		ring.destroy();
	}
}

TEST_F(UringTest, a_wait_beyond_the_bells_reach_is_cut_into_slices)
{
	Uring ring;
	ASSERT_EQ(ring.create(setup(100), &tasks_), 0);
	ASSERT_EQ(ring.bind(), 0);
	stretch(ring, 65);
	const ringline::engine::Progress progress = ring.advance(false, 65, -1);
	EXPECT_EQ(progress.error, 0);
	EXPECT_FALSE(progress.interrupted);
	ring.destroy();
}

TEST_F(UringTest, binding_costs_the_caller_no_system_call_later)
{
	Uring ring;
	ASSERT_EQ(ring.create(setup(8), &tasks_), 0);
	ASSERT_EQ(ring.bind(), 0);
	EXPECT_EQ(ring.enters(), 1U);
	EXPECT_EQ(ring.pushed(), 0U);
	EXPECT_EQ(ring.running(), 0U);
	ring.destroy();
}

TEST_F(UringTest, a_vectored_command_is_one_word_and_the_number_of_its_segments_away_from_a_plain_one)
{
	Uring ring;
	ASSERT_EQ(ring.create(setup(8), &tasks_), 0);
	ASSERT_EQ(ring.bind(), 0);
	const ringline::engine::Target target = {.device = nullptr, .file = 3, .task = false};
	ringline_nvme_command command = {};
	command.address = 0x1000;
	command.data_length = 8192;
	const std::uint64_t *plain = ring.room().words;
	*ring.push(target, 16, ringline::engine::not_fixed) = command;
	const std::uint64_t *vectored = ring.room().words;
	*ring.push(target, 16, ringline::engine::not_fixed) = command;
	ring.vector_last(target, 16, 5);
	for (std::size_t word = 0; word < Uring::entry_words; ++word) {
		if (word == 1) {
			EXPECT_EQ(plain[word] & UINT32_MAX, 0xC0484E80U);
			EXPECT_EQ(vectored[word] & UINT32_MAX, 0xC0484E81U);
		} else if (word == 10) { // 48 bytes of the entry, and 32 of the command
			EXPECT_EQ(plain[word] >> 32, 8192U);
			EXPECT_EQ(vectored[word] >> 32, 5U);
		} else {
			EXPECT_EQ(plain[word], vectored[word]) << word;
		}
	}
	ring.destroy();
}

TEST(UringReasonTest, each_errno_of_a_refused_ring_has_its_reason)
{
	EXPECT_EQ(Uring::reason_of(-ENOSYS), RINGLINE_REASON_KERNEL_TOO_OLD);
	EXPECT_EQ(Uring::reason_of(-EINVAL), RINGLINE_REASON_KERNEL_TOO_OLD);
	EXPECT_EQ(Uring::reason_of(-ENOMEM), RINGLINE_REASON_NO_MEMORY);
	EXPECT_EQ(Uring::reason_of(-EACCES), RINGLINE_REASON_FORBIDDEN);
}

} // namespace
