// SPDX-License-Identifier: MIT OR Apache-2.0
// What is written, flushed and read back is the same, by every way to push a command and with every kind of memory.
#include "fixture.h"

#include <algorithm>
#include <random>

namespace contract
{
namespace
{

class TransferTest : public AttachedTest
{
protected:
	/// Writes the pattern of a seed, flushes, and reads it back into other memory.
	void round_trip(std::uint64_t lba, std::span<std::uint8_t> source, std::span<std::uint8_t> target,
			std::uint64_t seed)
	{
		fill_pattern(source, seed);
		EXPECT_TRUE(succeeded(run(queue(), command(RINGLINE_NVME_WRITE, lba, source, 1))));
		EXPECT_TRUE(succeeded(run(queue(), flush(2))));
		EXPECT_EQ(differing_bytes(source, seed), 0U) << "a write changed its memory";
		fill_pattern(target, ~seed);
		EXPECT_TRUE(succeeded(run(queue(), command(RINGLINE_NVME_READ, lba, target, 3))));
		expect_kept(target, seed);
	}

	/// The device that stores nothing proves only that the commands work.
	void expect_kept(std::span<const std::uint8_t> bytes, std::uint64_t seed) const
	{
		if (stores()) {
			EXPECT_EQ(differing_bytes(bytes, seed), 0U);
		}
	}

	void round_trip_blocks(std::uint64_t lba, std::uint32_t blocks, std::uint64_t seed)
	{
		const Memory source(std::size_t{blocks} * block_size());
		const Memory target(std::size_t{blocks} * block_size());
		round_trip(lba, source.bytes(), target.bytes(), seed);
	}
};

RINGLINE_INSTANTIATE(TransferTest, every_combination);
RINGLINE_INSTANTIATE_POLLING(TransferTest, polling_combinations);

TEST_P(TransferTest, the_first_block_is_kept)
{
	round_trip_blocks(0, 1, 11);
}

TEST_P(TransferTest, the_last_block_is_kept)
{
	round_trip_blocks(facts().blocks - 1, 1, 12);
}

TEST_P(TransferTest, the_longest_transfer_is_kept)
{
	ASSERT_GE(max_blocks(), 1U);
	round_trip_blocks(0, max_blocks(), 13);
	round_trip_blocks(facts().blocks - max_blocks(), max_blocks(), 14);
}

TEST_P(TransferTest, every_length_is_kept)
{
	for (std::uint32_t blocks = 1; blocks <= max_blocks() && blocks <= 1024; blocks = blocks * 2 + 1) {
		SCOPED_TRACE(blocks);
		round_trip_blocks(5, blocks, blocks);
	}
}

TEST_P(TransferTest, neighbouring_blocks_are_left_alone)
{
	if (!stores()) {
		GTEST_SKIP() << "stores nothing";
	}
	round_trip_blocks(8, 3, 21);
	const Memory middle(block_size());
	round_trip(9, middle.bytes(), middle.bytes(), 22);
	const Memory all(std::size_t{3} * block_size());
	ASSERT_TRUE(succeeded(run(queue(), read(8, all))));
	const Memory expected(all.size());
	fill_pattern(expected.bytes(), 21);
	fill_pattern(expected.bytes().subspan(block_size(), block_size()), 22);
	EXPECT_TRUE(std::ranges::equal(all.bytes(), expected.bytes()));
}

TEST_P(TransferTest, random_places_and_lengths_are_kept)
{
	std::mt19937_64 random(20240501);
	const std::uint32_t longest = std::min(max_blocks(), 64U);
	for (std::uint32_t i = 0; i < scaled(60); ++i) {
		const std::uint32_t blocks = static_cast<std::uint32_t>(random() % longest) + 1;
		round_trip_blocks(random() % (facts().blocks - blocks + 1), blocks, random());
	}
}

TEST_P(TransferTest, sixty_five_thousand_five_hundred_and_thirty_six_blocks_are_one_command)
{
	if (max_blocks() < RINGLINE_NVME_BLOCKS_MAX || facts().blocks < RINGLINE_NVME_BLOCKS_MAX) {
		GTEST_SKIP() << "one command of this device carries " << max_blocks() << " blocks";
	}
	const Memory memory(std::size_t{RINGLINE_NVME_BLOCKS_MAX} * block_size());
	const ringline_command command = write(0, memory, 7);
	ASSERT_EQ(command.blocks, 65536U);
	const ringline_completion completion = run(queue(), command);
	EXPECT_TRUE(succeeded(completion));
	EXPECT_EQ(completion.user_data, 7U);
}

TEST_P(TransferTest, memory_at_any_block_of_a_page_is_kept)
{
	if (block_size() >= 4096) {
		GTEST_SKIP() << "a block is a page";
	}
	const Memory memory(4096 + std::size_t{2} * block_size());
	for (std::size_t offset = 0; offset < 4096; offset += block_size()) {
		const auto bytes = memory.bytes().subspan(offset, std::size_t{2} * block_size());
		round_trip(3, bytes, bytes, offset);
	}
}

TEST_P(TransferTest, library_memory_is_kept_and_is_page_aligned)
{
	const std::uint64_t length = std::uint64_t{std::min(max_blocks(), 32U)} * block_size();
	const Buffer buffer = make_buffer(2 * length);
	EXPECT_EQ(buffer.info().address % 4096, 0U);
	ASSERT_GE(buffer.info().length, 2 * length);
	ASSERT_GE(ringline_queue_attach_buffer(queue(), buffer), 0);
	round_trip(1, buffer.bytes().subspan(0, length), buffer.bytes().subspan(length, length), 31);
	EXPECT_EQ(ringline_queue_detach_buffer(queue(), buffer), 0);
}

TEST_P(TransferTest, adopted_memory_is_kept)
{
	const std::size_t length = std::size_t{std::min(max_blocks(), 32U)} * block_size();
	const Memory memory(2 * ((length + 4095) / 4096 * 4096));
	const Buffer buffer = make_buffer(memory.size(), &memory);
	EXPECT_EQ(buffer.info().address, memory.address());
	ASSERT_GE(ringline_queue_attach_buffer(queue(), buffer), 0);
	round_trip(1, memory.bytes().subspan(0, length), memory.bytes().subspan(memory.size() / 2, length), 32);
	EXPECT_EQ(ringline_queue_detach_buffer(queue(), buffer), 0);
}

TEST_P(TransferTest, every_depth_from_1_to_256_keeps_all_data)
{
	const std::uint32_t blocks = std::min(max_blocks(), 4U);
	const std::size_t length = std::size_t{blocks} * block_size();
	for (const std::uint32_t depth : {1U, 2U, 3U, 17U, 64U, 256U}) {
		SCOPED_TRACE(depth);
		ringline_queue_options options = {};
		options.depth = depth;
		replace_queue(options);
		EXPECT_EQ(owned_queue().info().depth, depth);
		const Memory memory(depth * length);
		fill_pattern(memory.bytes(), depth);
		for (const std::uint32_t opcode : {RINGLINE_NVME_WRITE, RINGLINE_NVME_READ}) {
			for (std::uint32_t i = 0; i < depth; ++i) {
				const ringline_command part = command(opcode, std::uint64_t{i} * blocks,
								      memory.bytes().subspan(i * length, length), i);
				ASSERT_EQ(ringline_push(queue(), &part, 1), 1);
			}
			for (const ringline_completion &completion : collect(queue(), depth)) {
				EXPECT_TRUE(succeeded(completion));
			}
			if (opcode == RINGLINE_NVME_WRITE) {
				memory.fill(0);
			}
		}
		expect_kept(memory.bytes(), depth);
	}
}

TEST_P(TransferTest, the_array_call_takes_many_commands)
{
	constexpr std::uint32_t count = 32;
	const Memory memory(std::size_t{count} * block_size());
	fill_pattern(memory.bytes(), 41);
	std::vector<ringline_command> commands;
	for (std::uint32_t i = 0; i < count; ++i) {
		commands.push_back(command(RINGLINE_NVME_WRITE, i,
					   memory.bytes().subspan(std::size_t{i} * block_size(), block_size()), i));
	}
	ASSERT_EQ(ringline_push(queue(), commands.data(), count), static_cast<std::int32_t>(count));
	// The array is the caller's again: what it says now must not matter.
	std::fill(commands.begin(), commands.end(), ringline_command{});
	EXPECT_EQ(collect(queue(), count).size(), count);
	const Memory back(memory.size());
	ASSERT_TRUE(succeeded(run(queue(), read(0, back))));
	expect_kept(back.bytes(), 41);
}

TEST_P(TransferTest, the_typed_calls_write_flush_and_read)
{
	const Memory memory(std::size_t{2} * block_size());
	fill_pattern(memory.bytes(), 51);
	ASSERT_EQ(ringline_write(queue(), device(), 4, 2, memory.data(), memory.size(), RINGLINE_FUA, 100), 0);
	ringline_completion completion = collect_one(queue());
	EXPECT_TRUE(succeeded(completion));
	EXPECT_EQ(completion.user_data, 100U);
	ASSERT_EQ(ringline_flush(queue(), device(), 101), 0);
	EXPECT_EQ(collect_one(queue()).user_data, 101U);
	const Memory back(memory.size());
	ASSERT_EQ(ringline_read(queue(), device(), 4, 2, back.data(), back.size(), RINGLINE_LIMITED_RETRY, 102), 0);
	completion = collect_one(queue());
	EXPECT_TRUE(succeeded(completion));
	EXPECT_EQ(completion.user_data, 102U);
	EXPECT_EQ(completion.device.value, device().value);
	expect_kept(back.bytes(), 51);
}

TEST_P(TransferTest, the_raw_call_writes_flushes_and_reads)
{
	const Memory memory(block_size());
	const Memory back(block_size());
	fill_pattern(memory.bytes(), 61);
	ringline_raw_command raw = {};
	raw.device = device();
	raw.user_data = 1;
	ASSERT_EQ(ringline_nvme_write(&raw.command, facts().nsid, 6, 1, memory.address(), memory.size()), 0);
	ASSERT_EQ(ringline_push_raw(queue(), &raw, 1), 1);
	EXPECT_TRUE(succeeded(collect_one(queue())));
	ASSERT_EQ(ringline_nvme_flush(&raw.command, facts().nsid), 0);
	ASSERT_EQ(ringline_push_raw(queue(), &raw, 1), 1);
	EXPECT_TRUE(succeeded(collect_one(queue())));
	ASSERT_EQ(ringline_nvme_read(&raw.command, facts().nsid, 6, 1, back.address(), back.size()), 0);
	ASSERT_EQ(ringline_push_raw(queue(), &raw, 1), 1);
	EXPECT_TRUE(succeeded(collect_one(queue())));
	expect_kept(back.bytes(), 61);
}

TEST_P(TransferTest, exchange_pushes_submits_and_waits)
{
	const Memory memory(block_size());
	fill_pattern(memory.bytes(), 71);
	const ringline_command commands[] = {write(2, memory, 1), flush(2)};
	ringline_completion completions[4] = {};
	std::uint32_t taken = 99;
	ASSERT_EQ(ringline_exchange(queue(), commands, 2, &taken, completions, 4, 2, patience_ns), 2);
	EXPECT_EQ(taken, 2U);
	EXPECT_TRUE(succeeded(completions[0]));
	EXPECT_TRUE(succeeded(completions[1]));
	EXPECT_EQ(completions[0].user_data + completions[1].user_data, 3U);
	taken = 99;
	EXPECT_EQ(ringline_exchange(queue(), nullptr, 0, &taken, completions, 4, 4, patience_ns), 0);
	EXPECT_EQ(taken, 0U);
}

TEST_P(TransferTest, submit_then_wait_is_the_fused_call_in_two)
{
	const Memory memory(block_size());
	const ringline_command command = write(2, memory, 5);
	ASSERT_EQ(ringline_push(queue(), &command, 1), 1);
	EXPECT_EQ(ringline_submit(queue()), 1);
	EXPECT_EQ(ringline_submit(queue()), 0) << "nothing was pushed since";
	ringline_completion completion = {};
	ASSERT_EQ(ringline_wait(queue(), &completion, 1, 1, patience_ns), 1);
	EXPECT_TRUE(succeeded(completion));
	EXPECT_EQ(completion.user_data, 5U);
}

TEST_P(TransferTest, fua_and_limited_retry_reach_a_write)
{
	const Memory memory(block_size());
	ringline_command command = write(1, memory);
	command.flags = RINGLINE_FUA | RINGLINE_LIMITED_RETRY;
	EXPECT_TRUE(succeeded(run(queue(), command)));
}

TEST_P(TransferTest, a_block_range_shorter_than_the_memory_around_it_touches_nothing_else)
{
	const Memory memory(std::size_t{8} * block_size());
	memory.fill(0x5A);
	const auto middle = memory.bytes().subspan(std::size_t{3} * block_size(), block_size());
	ASSERT_TRUE(succeeded(run(queue(), command(RINGLINE_NVME_READ, 0, middle))));
	const auto is_untouched = [](std::uint8_t b) { return b == 0x5A; };
	EXPECT_TRUE(std::ranges::all_of(memory.bytes().first(std::size_t{3} * block_size()), is_untouched));
	EXPECT_TRUE(std::ranges::all_of(memory.bytes().last(std::size_t{4} * block_size()), is_untouched));
}

} // namespace
} // namespace contract
