// SPDX-License-Identifier: MIT OR Apache-2.0
#include "error.h"
#include "range.h"

#include <gtest/gtest.h>

#include <limits>

namespace
{

using namespace nvmectl;

constexpr Geometry geometry = {1000, 512};

/// "exit: message / hint" of what is thrown.
template <class F> std::string refusal(F run)
{
	try {
		run();
	} catch (const Error &error) {
		return std::to_string(static_cast<int>(error.exit())) + ": " + error.what() + " / " + error.hint();
	}
	return "";
}

std::string refusal_of(const RangeOptions &options)
{
	return refusal([&] { (void)resolve_range(options, geometry); });
}

TEST(range, blocks_and_bytes_name_the_same_range)
{
	RangeOptions by_blocks;
	by_blocks.lba = "8";
	by_blocks.blocks = "16";
	RangeOptions by_bytes;
	by_bytes.offset = "4KiB";
	by_bytes.length = "8k";
	for (const RangeOptions &options : {by_blocks, by_bytes}) {
		const RangeRequest request = resolve_range(options, geometry);
		EXPECT_EQ(request.lba, 8u);
		EXPECT_EQ(request.blocks, 16u);
	}
}

TEST(range, a_count_of_one_is_one_block)
{
	RangeOptions options;
	options.blocks = "1";
	EXPECT_EQ(resolve_range(options, geometry).blocks, 1u);
}

TEST(range, a_count_of_zero_is_refused_and_says_that_counts_are_one_based)
{
	RangeOptions options;
	options.blocks = "0";
	EXPECT_NE(refusal_of(options).find("one-based"), std::string::npos);
	RangeOptions length;
	length.length = "0";
	EXPECT_EQ(refusal_of(length).substr(0, 2), "2:");
}

TEST(range, all_goes_to_the_last_block)
{
	RangeOptions options;
	options.lba = "990";
	options.all = true;
	EXPECT_EQ(resolve_range(options, geometry).blocks, 10u);
}

TEST(range, a_length_that_is_not_whole_blocks_is_refused_with_the_nearest_that_are)
{
	RangeOptions options;
	options.length = "1000";
	const std::string text = refusal_of(options);
	EXPECT_EQ(text.substr(0, 2), "2:");
	EXPECT_NE(text.find("512 and 1024"), std::string::npos) << text;
	options.length = "100";
	EXPECT_NE(refusal_of(options).find("512 is the smallest"), std::string::npos);
	RangeOptions offset;
	offset.offset = "100";
	EXPECT_NE(refusal_of(offset).find("0 and 512"), std::string::npos);
	offset.offset = "18446744073709551615";
	EXPECT_NE(refusal_of(offset).find("18446744073709551104 is the nearest"), std::string::npos);
}

TEST(range, the_last_block_is_inside_and_the_next_is_not)
{
	EXPECT_NO_THROW(check_bounds({999, 1}, geometry));
	EXPECT_NO_THROW(check_bounds({0, 1000}, geometry));
	EXPECT_EQ(refusal([] { check_bounds({1000, 1}, geometry); }).substr(0, 2), "2:");
	EXPECT_EQ(refusal([] { check_bounds({999, 2}, geometry); }).substr(0, 2), "2:");
	EXPECT_EQ(refusal([] { check_bounds({0, 1001}, geometry); }).substr(0, 2), "2:");
}

TEST(range, a_range_whose_end_overflows_is_past_the_end)
{
	constexpr std::uint64_t top = std::numeric_limits<std::uint64_t>::max();
	EXPECT_THROW(check_bounds({top, 1}, geometry), Error);
	EXPECT_THROW(check_bounds({1, top}, geometry), Error);
	EXPECT_THROW(check_bounds({top - 1, 2}, geometry), Error);
	EXPECT_THROW(check_bounds({2, top - 1}, geometry), Error);
}

TEST(range, what_is_past_the_end_is_told_with_the_room_there_is)
{
	EXPECT_NE(refusal([] { check_bounds({990, 11}, geometry); }).find("10 blocks (5120 bytes)"), std::string::npos);
	EXPECT_NE(refusal([] { check_bounds({2000, 1}, geometry); }).find("last block is LBA 999"), std::string::npos);
}

TEST(range, two_ways_to_say_one_thing_are_refused)
{
	RangeOptions start;
	start.lba = "0";
	start.offset = "0";
	EXPECT_EQ(refusal_of(start).substr(0, 2), "2:");
	RangeOptions count;
	count.blocks = "1";
	count.length = "512";
	EXPECT_EQ(refusal_of(count).substr(0, 2), "2:");
	RangeOptions all;
	all.all = true;
	all.blocks = "1";
	EXPECT_EQ(refusal_of(all).substr(0, 2), "2:");
}

TEST(split, commands_cover_the_range_without_a_gap_and_a_shorter_one_comes_last)
{
	const std::vector<CommandGroup> groups = split({5, 70000}, 256);
	ASSERT_EQ(groups.size(), 2u);
	EXPECT_EQ(groups[0].lba, 5u);
	EXPECT_EQ(groups[0].blocks, 256u);
	EXPECT_EQ(groups[0].count, 273u);
	EXPECT_EQ(groups[1].lba, 5u + 273u * 256u);
	EXPECT_EQ(groups[1].blocks, 70000u - 273u * 256u);
	EXPECT_EQ(groups[1].count, 1u);
}

TEST(split, a_range_that_comes_out_even_has_no_short_command)
{
	const std::vector<CommandGroup> groups = split({0, 512}, 256);
	ASSERT_EQ(groups.size(), 1u);
	EXPECT_EQ(groups[0].count, 2u);
	EXPECT_EQ(split({0, 3}, 256).front().blocks, 3u);
	EXPECT_TRUE(split({0, 0}, 256).empty());
}

PlanLimits limits(std::uint32_t max_transfer, std::uint32_t block_size, std::uint32_t depth)
{
	PlanLimits of;
	of.max_transfer_bytes = max_transfer;
	of.layout.block_size = block_size;
	of.depth = depth;
	of.memory_max = 256ull << 20;
	return of;
}

TEST(plan, commands_are_as_long_as_the_device_takes)
{
	const Plan plan = make_plan(limits(127 * 4096, 512, 32), 1u << 20);
	EXPECT_EQ(plan.blocks_per_command, 127u * 8u);
	EXPECT_EQ(plan.commands_in_flight, 32u);
	EXPECT_EQ(plan.slot_bytes, 127u * 4096u);
}

TEST(plan, no_command_has_more_than_65536_blocks)
{
	EXPECT_EQ(make_plan(limits(1u << 30, 512, 1), std::nullopt).blocks_per_command, 65536u);
}

TEST(plan, a_short_transfer_takes_no_more_memory_than_it_needs)
{
	const Plan plan = make_plan(limits(1u << 20, 512, 32), 3);
	EXPECT_EQ(plan.blocks_per_command, 3u);
	EXPECT_EQ(plan.commands_in_flight, 1u);
	EXPECT_EQ(plan.slot_bytes, 4096u);
}

TEST(plan, memory_has_a_limit_and_commands_become_smaller_for_it)
{
	PlanLimits many = limits(8u << 20, 4096, 1024);
	many.copies = 2;
	const Plan plan = make_plan(many, std::nullopt);
	EXPECT_EQ(plan.commands_in_flight, 1024u);
	EXPECT_EQ(plan.slot_bytes, 128u << 10);
	EXPECT_EQ(plan.blocks_per_command, 32u);
}

TEST(extents, ranges_that_touch_become_one)
{
	Extents extents;
	extents.add(10, 5);
	extents.add(20, 5);
	extents.add(0, 2);
	EXPECT_EQ(extents.ranges(), (std::vector<Extent>{{0, 2}, {10, 5}, {20, 5}}));
	extents.add(15, 5);
	EXPECT_EQ(extents.ranges(), (std::vector<Extent>{{0, 2}, {10, 15}}));
	extents.add(2, 8);
	EXPECT_EQ(extents.ranges(), (std::vector<Extent>{{0, 25}}));
	EXPECT_EQ(extents.blocks(), 25u);
}

TEST(extents, ranges_that_overlap_become_one)
{
	Extents extents;
	extents.add(10, 10);
	extents.add(15, 10);
	extents.add(5, 30);
	extents.add(7, 0);
	EXPECT_EQ(extents.ranges(), (std::vector<Extent>{{5, 30}}));
}

TEST(extents, the_contiguous_part_ends_at_the_first_gap)
{
	Extents extents;
	extents.add(0, 8);
	extents.add(16, 8);
	EXPECT_EQ(extents.contiguous_from(0), 8u);
	EXPECT_EQ(extents.contiguous_from(3), 5u);
	EXPECT_EQ(extents.contiguous_from(8), 0u);
	EXPECT_EQ(Extents().contiguous_from(0), 0u);
}

TEST(extents, a_description_names_first_and_last_block)
{
	EXPECT_EQ(describe({{0, 100}, {200, 1}}), "LBA 0 to 99 (100 blocks), LBA 200 (1 block)");
	EXPECT_EQ(describe({}), "none");
	std::vector<Extent> many;
	for (std::uint64_t i = 0; i < 20; ++i) {
		many.push_back({i * 2, 1});
	}
	EXPECT_NE(describe(many).find("and 4 more ranges"), std::string::npos);
}

} // namespace
