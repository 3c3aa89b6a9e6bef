// SPDX-License-Identifier: MIT OR Apache-2.0
// The bytes in this file are written by hand from the specification: bytes 0 to 71 are struct nvme_uring_cmd
// (linux/nvme_ioctl.h), little-endian, the rest of the command area is zero.
#include "nvme/command.h"
#include "nvme/command_table.h"

#include <gtest/gtest.h>

#include <array>
#include <bit>
#include <cerrno>
#include <cstring>
#include <map>

namespace
{

using namespace ringline;

using Bytes = std::array<std::uint8_t, RINGLINE_NVME_SERIALISED_BYTES>;

Bytes serialised(const ringline_nvme_command &command)
{
	Bytes bytes;
	bytes.fill(0xee); // so that a byte that is not written shows
	nvme::serialise(command, bytes);
	return bytes;
}

class Golden : public testing::Test
{
protected:
	void SetUp() override
	{
		if constexpr (std::endian::native != std::endian::little) {
			GTEST_SKIP() << "the kernel takes host byte order, these bytes are little-endian";
		}
	}
};

TEST_F(Golden, a_read_has_the_bytes_of_the_specification)
{
	ringline_nvme_command command;
	ASSERT_EQ(nvme::build_read({.lba = 0x1122334455667788,
				    .address = 0x00007fabcdef0123,
				    .nsid = 0x0a0b0c0d,
				    .blocks = 0x1235,
				    .length = 0x00246a00},
				   &command),
		  0);
	const Bytes expected = {
		0x02, 0x00, 0x00, 0x00,                         // opcode, flags, reserved
		0x0d, 0x0c, 0x0b, 0x0a,                         // nsid
		0x00, 0x00, 0x00, 0x00,                         // cdw2
		0x00, 0x00, 0x00, 0x00,                         // cdw3
		0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, // metadata
		0x23, 0x01, 0xef, 0xcd, 0xab, 0x7f, 0x00, 0x00, // address
		0x00, 0x00, 0x00, 0x00,                         // metadata length
		0x00, 0x6a, 0x24, 0x00,                         // data length
		0x88, 0x77, 0x66, 0x55,                         // cdw10: starting LBA, low half
		0x44, 0x33, 0x22, 0x11,                         // cdw11: starting LBA, high half
		0x34, 0x12, 0x00, 0x00,                         // cdw12: number of blocks, zero-based
		0x00, 0x00, 0x00, 0x00,                         // cdw13
		0x00, 0x00, 0x00, 0x00,                         // cdw14
		0x00, 0x00, 0x00, 0x00,                         // cdw15
		0x00, 0x00, 0x00, 0x00,                         // time-out
		0x00, 0x00, 0x00, 0x00,                         // reserved
		0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, // the rest of the command area
	};
	EXPECT_EQ(serialised(command), expected);
}

TEST_F(Golden, fact_16_a_write_of_65536_blocks_has_ffff_in_cdw12)
{
	ringline_nvme_command command;
	ASSERT_EQ(nvme::build_write({.lba = 1,
				     .address = 0x1000,
				     .nsid = 1,
				     .blocks = RINGLINE_NVME_BLOCKS_MAX,
				     .length = 0x02000000},
				    &command),
		  0);
	const Bytes expected = {
		0x01, 0x00, 0x00, 0x00,                         // opcode, flags, reserved
		0x01, 0x00, 0x00, 0x00,                         // nsid
		0x00, 0x00, 0x00, 0x00,                         // cdw2
		0x00, 0x00, 0x00, 0x00,                         // cdw3
		0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, // metadata
		0x00, 0x10, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, // address
		0x00, 0x00, 0x00, 0x00,                         // metadata length
		0x00, 0x00, 0x00, 0x02,                         // data length
		0x01, 0x00, 0x00, 0x00,                         // cdw10
		0x00, 0x00, 0x00, 0x00,                         // cdw11
		0xff, 0xff, 0x00, 0x00, // cdw12: 65,536 blocks, and no control bit of the upper half
		0x00, 0x00, 0x00, 0x00, // cdw13
		0x00, 0x00, 0x00, 0x00, // cdw14
		0x00, 0x00, 0x00, 0x00, // cdw15
		0x00, 0x00, 0x00, 0x00, // time-out
		0x00, 0x00, 0x00, 0x00, // reserved
		0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, // the rest of the command area
	};
	EXPECT_EQ(serialised(command), expected);
}

TEST_F(Golden, a_flush_of_every_namespace_is_all_zero_but_the_nsid)
{
	ringline_nvme_command command;
	ASSERT_EQ(nvme::build_flush(0xffffffff, &command), 0);
	Bytes expected = {};
	expected[4] = expected[5] = expected[6] = expected[7] = 0xff;
	EXPECT_EQ(serialised(command), expected);
}

TEST_F(Golden, every_word_of_a_command_is_serialised_in_its_place)
{
	ringline_nvme_command command = {};
	command.opcode = 0x01;
	command.flags = 0x02;
	command.reserved0 = 0x0403;
	command.nsid = 0x08070605;
	command.cdw2 = 0x0c0b0a09;
	command.cdw3 = 0x100f0e0d;
	command.metadata = 0x1817161514131211;
	command.address = 0x201f1e1d1c1b1a19;
	command.metadata_length = 0x24232221;
	command.data_length = 0x28272625;
	command.cdw10 = 0x2c2b2a29;
	command.cdw11 = 0x302f2e2d;
	command.cdw12 = 0x34333231;
	command.cdw13 = 0x38373635;
	command.cdw14 = 0x3c3b3a39;
	command.cdw15 = 0x403f3e3d;
	command.timeout_ms = 0x44434241;
	command.reserved1 = 0x48474645;
	const Bytes bytes = serialised(command);
	for (std::size_t i = 0; i < bytes.size(); ++i) {
		EXPECT_EQ(bytes[i], i < 72 ? i + 1 : 0) << "byte " << i;
	}
}

TEST(Builder, one_block_is_zero_in_cdw12)
{
	ringline_nvme_command command;
	ASSERT_EQ(nvme::build_read({.lba = 0, .address = 0, .nsid = 1, .blocks = 1, .length = 512}, &command), 0);
	EXPECT_EQ(command.cdw12, 0U);
	EXPECT_EQ(command.data_length, 512U);
}

TEST(Builder, nothing_stale_is_left_in_a_command_that_is_used_again)
{
	ringline_nvme_command command;
	std::memset(&command, 0xff, sizeof command);
	ASSERT_EQ(nvme::build_read({.lba = 0, .address = 0, .nsid = 1, .blocks = 1, .length = 0}, &command), 0);
	ringline_nvme_command expected = {};
	expected.opcode = RINGLINE_NVME_READ;
	expected.nsid = 1;
	EXPECT_EQ(std::memcmp(&command, &expected, sizeof command), 0);
}

struct Refused {
	const char *name;
	nvme::Transfer transfer;
};

class Refusal : public testing::TestWithParam<Refused>
{
};

TEST_P(Refusal, writes_nothing)
{
	ringline_nvme_command command;
	std::memset(&command, 0xa5, sizeof command);
	const ringline_nvme_command before = command;
	EXPECT_EQ(nvme::build_read(GetParam().transfer, &command), -EINVAL);
	EXPECT_EQ(nvme::build_write(GetParam().transfer, &command), -EINVAL);
	EXPECT_EQ(std::memcmp(&command, &before, sizeof command), 0);
}

INSTANTIATE_TEST_SUITE_P(
	Builder, Refusal,
	testing::Values(Refused{"no_blocks", {.lba = 0, .address = 1, .nsid = 1, .blocks = 0, .length = 0}},
			Refused{"blocks_65537", {.lba = 0, .address = 1, .nsid = 1, .blocks = 65537, .length = 512}},
			Refused{"all_blocks", {.lba = 0, .address = 1, .nsid = 1, .blocks = UINT32_MAX, .length = 512}},
			Refused{"nsid_0", {.lba = 0, .address = 1, .nsid = 0, .blocks = 1, .length = 512}},
			Refused{"nsid_of_all",
				{.lba = 0, .address = 1, .nsid = 0xffffffff, .blocks = 1, .length = 512}}),
	[](const testing::TestParamInfo<Refused> &refused) { return refused.param.name; });

TEST(Builder, a_flush_without_a_namespace_is_refused_and_writes_nothing)
{
	ringline_nvme_command command;
	std::memset(&command, 0xa5, sizeof command);
	const ringline_nvme_command before = command;
	EXPECT_EQ(nvme::build_flush(0, &command), -EINVAL);
	EXPECT_EQ(std::memcmp(&command, &before, sizeof command), 0);
}

TEST(CommandTable, fact_18_opcodes_are_those_of_the_specification_and_tell_the_direction)
{
	using nvme::Direction;
	const std::map<int, Direction> specified = {
		{0x00, Direction::none},        {0x01, Direction::to_device}, {0x02, Direction::from_device},
		{0x04, Direction::none},        {0x05, Direction::to_device}, {0x08, Direction::none},
		{0x09, Direction::to_device},   {0x0c, Direction::none},      {0x12, Direction::from_device},
		{0x19, Direction::to_device},   {0x1d, Direction::to_device}, {0x79, Direction::to_device},
		{0x7a, Direction::from_device}, {0x7d, Direction::to_device},
	};
	for (const nvme::CommandRow &row : nvme::command_table) {
		ASSERT_TRUE(specified.contains(row.opcode)) << row.name;
		EXPECT_EQ(row.direction(), specified.at(row.opcode)) << row.name;
	}
	EXPECT_EQ(std::size(nvme::command_table), specified.size());
	// That the names have these numbers, one by one: flush, write, read, write uncorrectable, compare, write
	// zeroes, dataset management, verify, copy, zone management send and receive, zone append.
	const int named[] = {RINGLINE_NVME_FLUSH,
			     RINGLINE_NVME_WRITE,
			     RINGLINE_NVME_READ,
			     RINGLINE_NVME_WRITE_UNCORRECTABLE,
			     RINGLINE_NVME_COMPARE,
			     RINGLINE_NVME_WRITE_ZEROES,
			     RINGLINE_NVME_DATASET_MANAGEMENT,
			     RINGLINE_NVME_VERIFY,
			     RINGLINE_NVME_COPY,
			     RINGLINE_NVME_ZONE_MANAGEMENT_SEND,
			     RINGLINE_NVME_ZONE_MANAGEMENT_RECEIVE,
			     RINGLINE_NVME_ZONE_APPEND};
	const int numbers[] = {0x00, 0x01, 0x02, 0x04, 0x05, 0x08, 0x09, 0x0c, 0x19, 0x79, 0x7a, 0x7d};
	for (std::size_t i = 0; i < std::size(named); ++i) {
		EXPECT_EQ(named[i], numbers[i]);
	}
}

} // namespace
