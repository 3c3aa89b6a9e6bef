// SPDX-License-Identifier: MIT OR Apache-2.0
#include "ring_fixture.h"

#include <cerrno>

namespace
{

using ringline::engine::Uring;

using UringTest = RingFixture;

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
