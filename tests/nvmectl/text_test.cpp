// SPDX-License-Identifier: MIT OR Apache-2.0
// Status codes, device names and the progress line.
#include "device_name.h"
#include "error.h"
#include "progress.h"
#include "status_code.h"

#include <gtest/gtest.h>

namespace
{

using namespace nvmectl;

TEST(status_code, all_notations_give_the_same_word)
{
	for (const char *text : {"641", "0x281", "281h", "281H", "2/81h", "2/0x81", "2/81"}) {
		EXPECT_EQ(parse_status(text), 0x281) << text;
	}
	EXPECT_EQ(parse_status("0x4281"), 0x4281);
	EXPECT_EQ(parse_status("0"), 0);
	EXPECT_EQ(parse_status("7/FFh"), 0x7ff);
}

TEST(status_code, what_is_not_a_status_is_refused)
{
	for (const char *text :
	     {"", "/", "8/00h", "2/100h", "2/", "/81h", "xyz", "0x8000", "65536", "-1", "22/81h", "2/8g"}) {
		EXPECT_THROW(parse_status(text), Error) << text;
	}
}

TEST(status_code, opcodes_go_by_name_or_number)
{
	EXPECT_EQ(parse_opcode("read"), 2);
	EXPECT_EQ(parse_opcode("write"), 1);
	EXPECT_EQ(parse_opcode("flush"), 0);
	EXPECT_EQ(parse_opcode("0x19"), 0x19);
	EXPECT_THROW(parse_opcode("256"), Error);
	EXPECT_EQ(parse_opcode("write-zeroes"), 8);
	EXPECT_THROW(parse_opcode("format"), Error);
	EXPECT_EQ(opcode_name(2), "read");
	EXPECT_EQ(opcode_name(0x19), "copy");
	EXPECT_EQ(opcode_name(0x7f), "opcode 0x7f");
}

TEST(status_code, notation_leaves_out_the_bits_that_are_not_the_code)
{
	EXPECT_EQ(status_notation(0x4281), "2/81h");
	EXPECT_EQ(status_notation(0x0002), "0/02h");
}

TEST(device_name, short_names_mean_the_nodes_in_dev)
{
	EXPECT_EQ(resolve_device("ng0n1"), "/dev/ng0n1");
	EXPECT_EQ(resolve_device("nvme12n3"), "/dev/nvme12n3");
	EXPECT_EQ(resolve_device("/dev/ng0n1"), "/dev/ng0n1");
	EXPECT_EQ(resolve_device("sim:ng0n1"), "sim:ng0n1");
	EXPECT_EQ(resolve_device("null:"), "null:");
	EXPECT_EQ(resolve_device("nginx"), "nginx");
	EXPECT_EQ(resolve_device("./ng0n1"), "./ng0n1");
}

TEST(device_name, the_sibling_is_the_block_device_of_the_same_namespace)
{
	EXPECT_EQ(block_sibling("/dev/ng0n1"), "nvme0n1");
	EXPECT_EQ(block_sibling("ng12n34"), "nvme12n34");
	EXPECT_EQ(block_sibling("/dev/nvme0n1"), "nvme0n1");
	EXPECT_EQ(block_sibling("/dev/nvme0n1p1"), "");
	EXPECT_EQ(block_sibling("/dev/nvme0"), "");
	EXPECT_EQ(block_sibling("/dev/sda"), "");
	EXPECT_EQ(block_sibling(""), "");
}

TEST(progress, the_line_tells_part_rate_and_time_left)
{
	EXPECT_EQ(progress_line(16u << 20, 64u << 20, 2.0), " 25 %, 16 MiB of 64 MiB, 8 MiB/s, 0:06 left");
	EXPECT_EQ(progress_line(16u << 20, std::nullopt, 2.0), "16 MiB, 8 MiB/s, 0:02");
	EXPECT_EQ(progress_line(0, 1u << 20, 0.0), "  0 %, 0 B of 1 MiB, 0 B/s, unknown left");
	EXPECT_NE(progress_line(1, 3601, 1.0).find("1:00:00 left"), std::string::npos);
}

} // namespace
