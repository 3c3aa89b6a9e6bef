// SPDX-License-Identifier: MIT OR Apache-2.0
// Batches in which the plain commands that a queue takes in one go are mixed with what ends such a run: another device,
// another buffer, a flush, a refusal, the end of the ring, a cancelled command.
#include "fixture.h"

#include <cerrno>
#include <random>
#include <set>

namespace contract
{
namespace
{

class StraightTest : public AttachedTest
{
protected:
	static constexpr std::uint32_t depth = 24;

	[[nodiscard]] ringline_queue_options queue_options() const override
	{
		ringline_queue_options options = {};
		options.depth = depth;
		return options;
	}
	/// Takes all that is in flight, and checks that each user_data in [0, count) came once, of the device that
	/// of() names.
	template <class Of> void expect_each_once(std::uint32_t count, Of &&of)
	{
		std::set<std::uint64_t> seen;
		for (const ringline_completion &done : collect(queue(), count)) {
			EXPECT_TRUE(succeeded(done));
			EXPECT_TRUE(seen.insert(done.user_data).second) << done.user_data << " came twice";
			EXPECT_EQ(done.device.value, of(done.user_data).value);
		}
		EXPECT_EQ(seen.size(), count);
		EXPECT_EQ(in_flight(), 0U);
	}
};

TEST_P(StraightTest, completions_name_their_own_device_when_two_take_turns)
{
	const Device other = open();
	ASSERT_EQ(ringline_queue_attach(queue(), other), 0);
	const Memory memory(block_size());
	std::mt19937_64 random(7);
	for (int round = 0; round < 200; ++round) {
		const auto count = static_cast<std::uint32_t>(1 + random() % depth);
		const std::uint64_t turns = random();
		std::vector<ringline_command> batch;
		const auto of = [&](std::uint64_t number) {
			return (turns >> number & 1) != 0 ? ringline_device(other) : device();
		};
		for (std::uint32_t i = 0; i < count; ++i) {
			batch.push_back(i % 5 == 4 ? flush(i) : write(i, memory, i));
			batch.back().device = of(i);
		}
		ASSERT_EQ(ringline_push(queue(), batch.data(), count), static_cast<std::int32_t>(count));
		expect_each_once(count, of);
	}
}

TEST_P(StraightTest, an_array_ends_before_the_command_that_is_refused)
{
	const Memory memory(block_size());
	for (std::uint32_t bad = 0; bad < 8; ++bad) {
		std::vector<ringline_command> batch;
		for (std::uint32_t i = 0; i < 8; ++i) {
			batch.push_back(write(i, memory, i));
		}
		batch[bad].lba = facts().blocks;
		const std::int32_t taken = ringline_push(queue(), batch.data(), 8);
		EXPECT_EQ(taken, bad == 0 ? -ERANGE : static_cast<std::int32_t>(bad));
		EXPECT_EQ(in_flight(), bad);
		EXPECT_EQ(ringline_push(queue(), &batch[bad], 1), -ERANGE);
		expect_each_once(bad, [&](std::uint64_t) { return device(); });
	}
}

TEST_P(StraightTest, an_array_of_raw_commands_ends_before_the_one_that_is_refused)
{
	const Buffer buffer = make_buffer(std::size_t{2} * block_size());
	const Memory outside(block_size());
	for (const bool attached : {false, true}) {
		if (attached) {
			ASSERT_GE(ringline_queue_attach_buffer(queue(), buffer), 0);
		}
		for (std::uint32_t bad = 0; bad < 8; ++bad) {
			std::vector<ringline_raw_command> batch(8);
			for (std::uint32_t i = 0; i < 8; ++i) {
				batch[i].user_data = i;
				batch[i].device = device();
				const std::uint8_t *memory = i == 5 ? outside.bytes().data() : buffer.bytes().data();
				ASSERT_EQ(ringline_nvme_write(&batch[i].command, facts().nsid, i, 1,
							      reinterpret_cast<std::uintptr_t>(memory), block_size()),
					  0);
			}
			batch[bad].reserved0 = 1;
			const std::int32_t taken = ringline_push_raw(queue(), batch.data(), 8);
			EXPECT_EQ(taken, bad == 0 ? -EINVAL : static_cast<std::int32_t>(bad));
			EXPECT_EQ(in_flight(), bad);
			if (attached && bad != 0) {
				EXPECT_EQ(ringline_queue_detach_buffer(queue(), buffer), -EBUSY);
			}
			expect_each_once(bad, [&](std::uint64_t) { return device(); });
		}
	}
	EXPECT_EQ(ringline_queue_detach_buffer(queue(), buffer), 0);
}

TEST_P(StraightTest, an_array_ends_where_the_queue_is_full)
{
	const Memory memory(block_size());
	const std::vector<ringline_command> batch(depth + 5, write(0, memory));
	for (int round = 0; round < 5; ++round) {
		EXPECT_EQ(ringline_push(queue(), batch.data(), depth + 5), static_cast<std::int32_t>(depth));
		EXPECT_EQ(ringline_push(queue(), batch.data(), 1), -EAGAIN);
		EXPECT_EQ(collect(queue(), depth).size(), depth);
	}
}

TEST_P(StraightTest, a_buffer_is_busy_until_the_last_command_in_it_is_delivered)
{
	const Buffer buffers[] = {make_buffer(std::uint64_t{depth} * block_size()),
				  make_buffer(std::uint64_t{depth} * block_size())};
	const Memory outside(block_size());
	for (const Buffer &buffer : buffers) {
		ASSERT_GE(ringline_queue_attach_buffer(queue(), buffer), 0);
	}
	std::mt19937_64 random(8);
	for (int round = 0; round < 100; ++round) {
		std::vector<ringline_command> batch;
		std::uint32_t used[2] = {};
		for (std::uint32_t i = 0; i < depth; ++i) {
			const std::size_t which = random() % 8;
			if (which == 0) {
				batch.push_back(write(i, outside, i));
				continue;
			}
			const auto bytes =
				buffers[which % 2].bytes().subspan(std::size_t{i} * block_size(), block_size());
			batch.push_back(command(RINGLINE_NVME_WRITE, i, bytes, i));
			++used[which % 2];
		}
		ASSERT_EQ(ringline_push(queue(), batch.data(), depth), static_cast<std::int32_t>(depth));
		for (std::size_t which = 0; which < 2; ++which) {
			if (used[which] != 0) {
				EXPECT_EQ(ringline_queue_detach_buffer(queue(), buffers[which]), -EBUSY);
			}
		}
		expect_each_once(depth, [&](std::uint64_t) { return device(); });
	}
	for (const Buffer &buffer : buffers) {
		EXPECT_EQ(ringline_queue_detach_buffer(queue(), buffer), 0);
	}
}

TEST_P(StraightTest, a_cancelled_command_in_a_batch_does_not_disturb_the_others)
{
	const Memory memory(block_size());
	for (std::uint64_t cancelled = 0; cancelled < 6; ++cancelled) {
		std::vector<ringline_command> batch;
		for (std::uint32_t i = 0; i < 6; ++i) {
			batch.push_back(write(i, memory, i));
		}
		ASSERT_EQ(ringline_push(queue(), batch.data(), 6), 6);
		ASSERT_EQ(ringline_cancel(queue(), cancelled), 1);
		ASSERT_EQ(ringline_push(queue(), batch.data(), 6), 6);
		std::uint32_t gone = 0;
		const std::vector<ringline_completion> done = collect(queue(), 12);
		for (const ringline_completion &completion : done) {
			gone += completion.error == -ECANCELED ? 1 : 0;
		}
		EXPECT_EQ(done.size(), 12U);
		EXPECT_EQ(gone, 1U);
		EXPECT_EQ(in_flight(), 0U);
	}
}

TEST_P(StraightTest, a_device_that_is_closed_between_batches_takes_no_more)
{
	const Memory memory(block_size());
	Device other = open();
	ASSERT_EQ(ringline_queue_attach(queue(), other), 0);
	ringline_command command = write(0, memory);
	command.device = other;
	for (int i = 0; i < 3; ++i) {
		ASSERT_EQ(ringline_push(queue(), &command, 1), 0 + 1);
		EXPECT_TRUE(succeeded(collect_one(queue())));
	}
	ASSERT_EQ(other.close(), 0);
	EXPECT_EQ(ringline_push(queue(), &command, 1), -ESTALE);
	EXPECT_EQ(ringline_write(queue(), command.device, 0, 1, memory.bytes().data(), block_size(), 0, 0), -ESTALE);
}

TEST_P(StraightTest, a_wake_up_between_batches_does_no_harm)
{
	const Memory memory(block_size());
	const ringline_command command = write(0, memory);
	ringline_completion done[8] = {};
	for (int round = 0; round < 50; ++round) {
		ASSERT_EQ(ringline_push(queue(), &command, 1), 1);
		collect_one(queue());
		ASSERT_EQ(ringline_queue_wakeup(queue()), 0);
		std::uint32_t taken = 0;
		for (int i = 0; i < 4; ++i) {
			ASSERT_EQ(ringline_push(queue(), &command, 1), 1);
			const std::int32_t more = ringline_submit_and_wait(queue(), done, 8, 0, -1);
			ASSERT_GE(more, 0);
			taken += static_cast<std::uint32_t>(more);
		}
		EXPECT_EQ(collect(queue(), 4 - taken).size(), 4 - taken);
		EXPECT_EQ(in_flight(), 0U);
	}
}

TEST_P(StraightTest, a_completion_of_another_device_does_not_hide_what_is_behind_it)
{
	if (GetParam().kind != Kind::null || GetParam().engine != RINGLINE_ENGINE_URING) {
		GTEST_SKIP() << "only null: through a ring has surely completed when it is submitted";
	}
	const Device other = open();
	ASSERT_EQ(ringline_queue_attach(queue(), other), 0);
	const Memory memory(block_size());
	const ringline_command command = write(0, memory);
	ASSERT_EQ(ringline_push(queue(), &command, 1), 1);
	collect_one(queue());
	ringline_command first = command;
	first.device = other;
	ASSERT_EQ(ringline_push(queue(), &first, 1), 1);
	ASSERT_EQ(ringline_push(queue(), &command, 1), 1);
	ringline_completion done[8] = {};
	EXPECT_EQ(ringline_submit_and_wait(queue(), done, 8, 0, -1), 2);
}

RINGLINE_INSTANTIATE(StraightTest, every_combination);

} // namespace
} // namespace contract
