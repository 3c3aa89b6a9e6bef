// SPDX-License-Identifier: MIT OR Apache-2.0
// Ranges in wire form, byte by byte, and what is refused about them.
#include "nvme/ranges.h"

#include <gtest/gtest.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace
{

using namespace ringline;

ringline_range source()
{
	ringline_range range = {};
	range.lba = 0x1122334455667788;
	range.reference_tag = 0x99aabbcc;
	range.blocks = 0x1235;
	range.application_tag = 0xddee;
	range.application_mask = 0xff01;
	return range;
}

TEST(Ranges, a_dataset_range_has_attributes_blocks_and_lba)
{
	ringline_range range = {};
	range.lba = 0x1122334455667788;
	range.blocks = 0x99aabbcc;
	range.attributes = 0x01020304;
	std::array<std::uint8_t, 17> bytes;
	bytes.fill(0xee);
	ASSERT_EQ(nvme::write_dataset_ranges(&range, 1, bytes.data(), sizeof bytes), 16);
	const std::array<std::uint8_t, 17> expected = {0x04, 0x03, 0x02, 0x01, 0xcc, 0xbb, 0xaa, 0x99, 0x88,
						       0x77, 0x66, 0x55, 0x44, 0x33, 0x22, 0x11, 0xee};
	EXPECT_EQ(bytes, expected);
	const nvme::Range back = nvme::read_dataset_range(reinterpret_cast<std::uintptr_t>(bytes.data()), 0);
	EXPECT_EQ(back.lba, range.lba);
	EXPECT_EQ(back.blocks, range.blocks);
}

TEST(Ranges, a_source_of_format_0_has_32_bytes)
{
	const ringline_range range = source();
	std::array<std::uint8_t, 32> bytes;
	bytes.fill(0xee);
	ASSERT_EQ(nvme::write_copy_ranges(&range, 1, 0, bytes.data(), sizeof bytes), 32);
	const std::array<std::uint8_t, 32> expected = {
		0,    0,    0,    0,    0,    0,    0,    0,    // reserved
		0x88, 0x77, 0x66, 0x55, 0x44, 0x33, 0x22, 0x11, // SLBA
		0x34, 0x12, 0,    0,    0,    0,    0,    0,    // NLB, zero-based
		0xcc, 0xbb, 0xaa, 0x99,                         // EILBRT
		0xee, 0xdd, 0x01, 0xff,                         // ELBAT, ELBATM
	};
	EXPECT_EQ(bytes, expected);
}

TEST(Ranges, a_source_of_format_3_has_40_bytes_a_namespace_and_its_tag_the_other_way_round)
{
	ringline_range range = source();
	range.nsid = 0x01020304;
	range.reference_tag = 0x0123456789abcdef;
	std::array<std::uint8_t, 40> bytes;
	bytes.fill(0xee);
	ASSERT_EQ(nvme::write_copy_ranges(&range, 1, 3, bytes.data(), sizeof bytes), 40);
	const std::array<std::uint8_t, 40> expected = {
		0x04, 0x03, 0x02, 0x01, 0,    0,    0,    0,                // SNSID
		0x88, 0x77, 0x66, 0x55, 0x44, 0x33, 0x22, 0x11,             // SLBA
		0x34, 0x12, 0,    0,    0,    0,    0,    0,    0,    0,    // NLB
		0,    0,    0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef, // ELBT
		0xee, 0xdd, 0x01, 0xff,                                     // ELBAT, ELBATM
	};
	EXPECT_EQ(bytes, expected);
	const nvme::Range back = nvme::read_copy_range(reinterpret_cast<std::uintptr_t>(bytes.data()), 3, 0);
	EXPECT_EQ(back.lba, range.lba);
	EXPECT_EQ(back.blocks, range.blocks);
	EXPECT_EQ(back.nsid, range.nsid);
}

TEST(Ranges, what_is_wrong_is_refused_and_nothing_is_written)
{
	std::array<std::uint8_t, 64> bytes = {};
	ringline_range good = source();
	const auto copy = [&](const ringline_range &range, std::uint32_t count, std::uint32_t format,
			      std::uint32_t length) {
		const ringline_range two[] = {range, range};
		return nvme::write_copy_ranges(two, count, format, bytes.data(), length);
	};
	EXPECT_EQ(copy(good, 0, 0, 64), -EINVAL);
	EXPECT_EQ(copy(good, 257, 0, 64), -EINVAL);
	EXPECT_EQ(copy(good, 1, 4, 64), -EINVAL);
	EXPECT_EQ(copy(good, 2, 0, 63), -ENOBUFS);
	EXPECT_EQ(copy(good, 1, 1, 39), -ENOBUFS);
	ringline_range wrong = good;
	wrong.nsid = 1;
	EXPECT_EQ(copy(wrong, 1, 0, 64), -EINVAL) << "format 0 names no namespace";
	wrong = good;
	wrong.attributes = 1;
	EXPECT_EQ(copy(wrong, 1, 0, 64), -EINVAL);
	wrong = good;
	wrong.reference_tag = std::uint64_t{1} << 32;
	EXPECT_EQ(copy(wrong, 1, 2, 64), -ERANGE);
	EXPECT_GT(copy(wrong, 1, 1, 64), 0);
	bytes.fill(0);
	for (const std::uint32_t blocks : {0U, 65537U}) {
		wrong = good;
		wrong.blocks = blocks;
		EXPECT_EQ(copy(wrong, 1, 0, 64), -ERANGE);
	}
	EXPECT_EQ(nvme::write_copy_ranges(nullptr, 1, 0, bytes.data(), 64), -EINVAL);
	EXPECT_EQ(nvme::write_copy_ranges(&good, 1, 0, nullptr, 64), -EINVAL);
	EXPECT_EQ(nvme::write_dataset_ranges(&good, 1, bytes.data(), 64), -EINVAL) << "tags";
	good = {};
	EXPECT_EQ(nvme::write_dataset_ranges(&good, 0, bytes.data(), 64), -EINVAL);
	EXPECT_EQ(nvme::write_dataset_ranges(&good, 257, bytes.data(), 64), -EINVAL);
	EXPECT_EQ(nvme::write_dataset_ranges(&good, 1, bytes.data(), 15), -ENOBUFS);
	EXPECT_EQ(nvme::write_dataset_ranges(nullptr, 1, bytes.data(), 64), -EINVAL);
	EXPECT_EQ(bytes, (std::array<std::uint8_t, 64>{}));
}

} // namespace
