// SPDX-License-Identifier: MIT OR Apache-2.0
// ringline/nvme.h through the shared library: what the shim adds to the functions that it calls.
#include <ringline/nvme.h>

#include <gtest/gtest.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace
{

TEST(NvmeCapi, builders_refuse_null)
{
	EXPECT_EQ(ringline_nvme_read(nullptr, 1, 0, 1, 0, 512), -EINVAL);
	EXPECT_EQ(ringline_nvme_write(nullptr, 1, 0, 1, 0, 512), -EINVAL);
	EXPECT_EQ(ringline_nvme_flush(nullptr, 1), -EINVAL);
}

TEST(NvmeCapi, arguments_of_the_builders_arrive_in_their_places)
{
	ringline_nvme_command read = {};
	ASSERT_EQ(ringline_nvme_read(&read, 7, 0x500000003, 9, 0x1234, 4608), 0);
	EXPECT_EQ(read.opcode, RINGLINE_NVME_READ);
	EXPECT_EQ(read.nsid, 7U);
	EXPECT_EQ(read.cdw10, 3U);
	EXPECT_EQ(read.cdw11, 5U);
	EXPECT_EQ(read.cdw12, 8U);
	EXPECT_EQ(read.address, 0x1234U);
	EXPECT_EQ(read.data_length, 4608U);
	ringline_nvme_command write = {};
	ASSERT_EQ(ringline_nvme_write(&write, 7, 0x500000003, 9, 0x1234, 4608), 0);
	EXPECT_EQ(write.opcode, RINGLINE_NVME_WRITE);
	write.opcode = read.opcode;
	EXPECT_EQ(std::memcmp(&read, &write, sizeof read), 0);
	ringline_nvme_command flush = {};
	ASSERT_EQ(ringline_nvme_flush(&flush, 7), 0);
	EXPECT_EQ(flush.opcode, RINGLINE_NVME_FLUSH);
	EXPECT_EQ(flush.nsid, 7U);
}

TEST(NvmeCapi, serialise_refuses_null_and_writes_nothing)
{
	std::array<std::uint8_t, RINGLINE_NVME_SERIALISED_BYTES> bytes;
	bytes.fill(0x5a);
	const auto before = bytes;
	const ringline_nvme_command command = {};
	EXPECT_EQ(ringline_nvme_serialise(nullptr, bytes.data()), -EINVAL);
	EXPECT_EQ(ringline_nvme_serialise(&command, nullptr), -EINVAL);
	EXPECT_EQ(bytes, before);
}

TEST(NvmeCapi, serialise_takes_any_alignment_and_writes_80_bytes)
{
	std::array<std::uint8_t, RINGLINE_NVME_SERIALISED_BYTES + 2> bytes;
	bytes.fill(0x5a);
	ringline_nvme_command command = {};
	command.reserved1 = UINT32_MAX;
	ASSERT_EQ(ringline_nvme_serialise(&command, bytes.data() + 1), 0);
	EXPECT_EQ(bytes.front(), 0x5a);
	EXPECT_EQ(bytes[1 + 71], 0xff);
	EXPECT_EQ(bytes[1 + 72], 0);
	EXPECT_EQ(bytes[1 + 79], 0);
	EXPECT_EQ(bytes.back(), 0x5a);
}

TEST(StatusDecode, refuses_null_and_structs_that_are_too_small)
{
	EXPECT_EQ(ringline_status_decode(0, nullptr), -EINVAL);
	for (const std::uint32_t size : {0U, 4U, 15U}) {
		ringline_status_info info;
		std::memset(&info, 0x5a, sizeof info);
		info.struct_size = size;
		const ringline_status_info before = info;
		EXPECT_EQ(ringline_status_decode(0x281, &info), -EINVAL) << size;
		EXPECT_EQ(std::memcmp(&info, &before, sizeof info), 0) << size;
	}
}

struct Later { // a caller that was built with a later version
	ringline_status_info info;
	std::uint32_t member;
	std::uint32_t reserved;
};

TEST(StatusDecode, fills_what_it_knows_of_a_larger_struct)
{
	Later later = {};
	later.info.struct_size = sizeof later;
	ASSERT_EQ(ringline_status_decode(0x281, &later.info), 0);
	EXPECT_EQ(later.info.struct_size, sizeof later);
	EXPECT_EQ(later.info.sct, 2);
	EXPECT_EQ(later.info.sc, 0x81);
	EXPECT_EQ(later.member, 0U);
}

TEST(StatusDecode, refuses_a_member_that_it_does_not_know)
{
	Later later = {};
	later.info.struct_size = sizeof later;
	later.member = 1;
	const Later before = later;
	EXPECT_EQ(ringline_status_decode(0x281, &later.info), -E2BIG);
	EXPECT_EQ(std::memcmp(&later, &before, sizeof later), 0);
}

TEST(StatusDecode, works_for_every_word)
{
	for (std::uint32_t word = 0; word <= UINT16_MAX; ++word) {
		const auto status = static_cast<std::uint16_t>(word);
		ringline_status_info info = {};
		info.struct_size = sizeof info;
		ASSERT_EQ(ringline_status_decode(status, &info), 0) << word;
		ASSERT_EQ(info.status, status);
		const std::uint32_t again = std::uint32_t{info.sc} | std::uint32_t{info.sct} << 8 |
					    std::uint32_t{info.crd} << 11 | std::uint32_t{info.more} << 13 |
					    std::uint32_t{info.dnr} << 14;
		ASSERT_EQ(again, word & 0x7fff);
		ASSERT_STREQ(ringline_status_name(status, -1),
			     ringline_status_name(word & RINGLINE_STATUS_CODE_MASK, -1));
		ASSERT_STREQ(ringline_status_text(status, -1),
			     ringline_status_text(word & RINGLINE_STATUS_CODE_MASK, -1));
	}
}

TEST(StatusDecode, names_come_through_the_shim_with_the_opcode)
{
	EXPECT_STREQ(ringline_status_name(0x4281, 2), "unrecovered-read-error");
	EXPECT_STREQ(ringline_status_name(0x180, 1), "conflicting-attributes");
	EXPECT_STREQ(ringline_status_name(0x180, 0x7f), "incompatible-format");
	EXPECT_STRNE(ringline_status_text(0x180, 1), ringline_status_text(0x180, 0x7f));
}

} // namespace
