// SPDX-License-Identifier: MIT OR Apache-2.0
#include "base/struct_size.h"

#include <gtest/gtest.h>

namespace
{

// The same struct in three versions of the library.
struct Old {
	std::uint32_t struct_size;
	std::uint32_t first;
};
struct Now {
	std::uint32_t struct_size;
	std::uint32_t first;
	std::uint64_t second;
};
struct Later {
	std::uint32_t struct_size;
	std::uint32_t first;
	std::uint64_t second;
	std::uint64_t third;
};

template <class T> const Now *as_now(const T &value)
{
	return reinterpret_cast<const Now *>(&value);
}

TEST(StructSizeTest, a_smaller_struct_is_extended_with_zeros)
{
	const Old old = {sizeof old, 7};
	Now taken = {1, 1, 1};
	EXPECT_EQ(ringline::take_options(&taken, as_now(old), sizeof(Old)), 0);
	EXPECT_EQ(taken.first, 7U);
	EXPECT_EQ(taken.second, 0U);
}

TEST(StructSizeTest, a_larger_struct_is_taken_only_if_its_excess_is_zero)
{
	Later later = {sizeof later, 7, 8, 0};
	Now taken = {};
	EXPECT_EQ(ringline::take_options(&taken, as_now(later), sizeof(Old)), 0);
	EXPECT_EQ(taken.second, 8U);
	later.third = std::uint64_t{1} << 63;
	EXPECT_EQ(ringline::take_options(&taken, as_now(later), sizeof(Old)), -E2BIG);
}

TEST(StructSizeTest, a_struct_smaller_than_the_first_version_is_refused)
{
	const Now small = {sizeof(Old) - 1, 7, 8};
	Now taken = {};
	EXPECT_EQ(ringline::take_options(&taken, &small, sizeof(Old)), -EINVAL);
}

TEST(StructSizeTest, no_struct_means_all_defaults)
{
	Now taken = {1, 1, 1};
	EXPECT_EQ(ringline::take_options<Now>(&taken, nullptr, sizeof(Old)), 0);
	EXPECT_EQ(taken.first, 0U);
}

TEST(StructSizeTest, an_output_fills_the_smaller_of_the_two_and_touches_nothing_behind)
{
	Now out = {sizeof(Old), 0, 99};
	ringline::give_output(&out, Now{0, 7, 8});
	EXPECT_EQ(out.struct_size, sizeof(Old));
	EXPECT_EQ(out.first, 7U);
	EXPECT_EQ(out.second, 99U);
}

} // namespace
