// SPDX-License-Identifier: MIT OR Apache-2.0
#include "error.h"
#include "rescue_map.h"

#include <gtest/gtest.h>

namespace
{

using namespace nvmectl;

RescueMap parse(const std::string &text)
{
	return parse_rescue_map(text, "a.map", 512);
}

/// The message of the refusal, or an empty text.
std::string refusal_of(const std::string &text)
{
	try {
		(void)parse(text);
	} catch (const Error &error) {
		EXPECT_EQ(error.exit(), Exit::refused);
		return error.what();
	}
	return "";
}

TEST(rescue_map, what_ddrescue_wrote_is_read)
{
	const RescueMap map = parse("# Mapfile. Created by GNU ddrescue version 1.27\n"
				    "# Command line: ddrescue /dev/sda out a.map\n"
				    "# current_pos  current_status  current_pass\n"
				    "0x00000C00     *               1\n"
				    "#      pos        size  status\n"
				    "0x00000000  0x00000400  +\n"
				    "0x00000400  0x00000200  - # a comment\n"
				    "0x00000600  0x00000200  /\n"
				    "2048        02000       *\n"
				    "0x00000C00  0x00000400  ?\n");
	EXPECT_EQ(map.range, (Extent{0, 8}));
	EXPECT_EQ(map.done.ranges(), (std::vector<Extent>{{0, 2}}));
	EXPECT_EQ(map.bad.ranges(), (std::vector<Extent>{{2, 4}})) << "not trimmed and not scraped is not read";
	EXPECT_EQ(missing(map).ranges(), (std::vector<Extent>{{2, 6}}));
}

TEST(rescue_map, what_is_written_is_read_back)
{
	RescueMap map;
	map.range = {100, 50};
	map.done.add(100, 10);
	map.done.add(120, 5);
	map.bad.add(110, 1);
	const std::string text = rescue_map_text(map, 512, false);
	EXPECT_NE(text.find("0x0000dc00     ?               1\n"), std::string::npos) << text;
	EXPECT_NE(text.find("0x0000dc00  0x00000200  -\n"), std::string::npos) << text;
	const RescueMap back = parse(text);
	EXPECT_EQ(back.range, map.range);
	EXPECT_EQ(back.done.ranges(), map.done.ranges());
	EXPECT_EQ(back.bad.ranges(), map.bad.ranges());
}

TEST(rescue_map, a_bad_block_that_was_read_later_is_done)
{
	RescueMap map;
	map.range = {0, 10};
	map.bad.add(3, 3);
	map.done.add(0, 5);
	EXPECT_EQ(parse(rescue_map_text(map, 512, true)).bad.ranges(), (std::vector<Extent>{{5, 1}}));
	EXPECT_EQ(missing(map).ranges(), (std::vector<Extent>{{5, 5}}));
	map.done.add(5, 5);
	const std::string text = rescue_map_text(map, 512, true);
	EXPECT_NE(text.find("\n0x00001400     +"), std::string::npos) << text;
	EXPECT_NE(text.find("\n0x00000000  0x00001400  +\n"), std::string::npos) << "neighbours are one: " << text;
	EXPECT_TRUE(missing(map).empty());
}

TEST(rescue_map, what_is_no_map_is_refused_with_its_line)
{
	EXPECT_NE(refusal_of("").find("without a list"), std::string::npos);
	EXPECT_NE(refusal_of("0 + 1\n").find("without a list"), std::string::npos);
	EXPECT_NE(refusal_of("what is this\n").find("line 1"), std::string::npos);
	EXPECT_NE(refusal_of("0 + 1\n0 512 x\n").find("line 2"), std::string::npos);
	EXPECT_NE(refusal_of("0 + 1\n0 -512 +\n").find("line 2"), std::string::npos);
	EXPECT_NE(refusal_of("0 + 1\n0 100 +\n").find("whole blocks of 512"), std::string::npos);
	EXPECT_NE(refusal_of("0 + 1\n0 512 +\n1024 512 +\n").find("line 3"), std::string::npos) << "a gap";
	EXPECT_NE(refusal_of("0 + 1\n0 1024 +\n512 512 +\n").find("line 3"), std::string::npos) << "an overlap";
	EXPECT_NE(refusal_of("0 + 1\n0 0 +\n"), "");
	EXPECT_NE(refusal_of("0 + 1\n0xfffffffffffffe00 0x400 +\n"), "") << "past all numbers";
	EXPECT_NE(refusal_of("0 + 1\n99999999999999999999 512 +\n"), "");
}

} // namespace
