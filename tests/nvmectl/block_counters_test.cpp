// SPDX-License-Identifier: MIT OR Apache-2.0
#include "block_counters.h"

#include <gtest/gtest.h>

namespace nvmectl
{
namespace
{

TEST(block_counters, the_kernels_line_is_read_by_position)
{
	const auto counters = parse_block_counters("     100        2     800       50      10        0      160"
						   "      30        3     1234     5678        0        0        0\n");
	ASSERT_TRUE(counters);
	EXPECT_EQ(counters->reads, 100u);
	EXPECT_EQ(counters->read_sectors, 800u);
	EXPECT_EQ(counters->read_ms, 50u);
	EXPECT_EQ(counters->writes, 10u);
	EXPECT_EQ(counters->write_sectors, 160u);
	EXPECT_EQ(counters->write_ms, 30u);
	EXPECT_EQ(counters->in_flight, 3u);
	EXPECT_FALSE(parse_block_counters(""));
	EXPECT_FALSE(parse_block_counters("1 2 3 4 5 6 7 8"));
	EXPECT_FALSE(parse_block_counters("1 2 three 4 5 6 7 8 9"));
	EXPECT_FALSE(read_block_counters("")) << "no such device";
	EXPECT_FALSE(read_block_counters("nvme99n99"));
}

TEST(block_counters, a_load_is_the_difference_in_sectors_of_512_bytes)
{
	const BlockCounters before = {100, 800, 50, 10, 160, 30, 3};
	const BlockCounters after = {300, 2400, 150, 10, 160, 30, 5};
	const Load load = load_between(before, after, 2);
	EXPECT_DOUBLE_EQ(load.read.iops, 100);
	EXPECT_DOUBLE_EQ(load.read.bytes_per_second, 800 * 512);
	ASSERT_TRUE(load.read.latency_ms);
	EXPECT_DOUBLE_EQ(*load.read.latency_ms, 0.5);
	EXPECT_DOUBLE_EQ(load.write.iops, 0);
	EXPECT_FALSE(load.write.latency_ms) << "nothing was written";
	EXPECT_EQ(load.in_flight, 5u);
}

} // namespace
} // namespace nvmectl
