// SPDX-License-Identifier: MIT OR Apache-2.0
// Facts 4 and 14, and what hangs 6.1: known from the version of the kernel alone.
#include "engine/traps.h"

#include <ringline/ringline.h>

#include <gtest/gtest.h>

namespace
{

using ringline::KernelVersion;
using ringline::engine::traps_of;

bool has(std::uint32_t trap, const KernelVersion &kernel)
{
	return (traps_of(kernel) & trap) != 0;
}

TEST(Traps, fact_4_writes_may_be_lost_before_6_11_10)
{
	for (const KernelVersion &kernel : {KernelVersion{5, 19, 0}, {6, 1, 192}, {6, 6, 97}, {6, 11, 9}}) {
		EXPECT_TRUE(has(RINGLINE_TRAP_WRITE_LOST, kernel)) << kernel.minor << '.' << kernel.patch;
	}
	for (const KernelVersion &kernel : {KernelVersion{6, 11, 10}, {6, 12, 0}, {6, 18, 0}, {7, 0, 0}}) {
		EXPECT_FALSE(has(RINGLINE_TRAP_WRITE_LOST, kernel)) << kernel.minor << '.' << kernel.patch;
	}
}

TEST(Traps, fact_14_polling_is_safe_only_where_it_was_mended)
{
	for (const KernelVersion &kernel :
	     {KernelVersion{6, 1, 192}, {6, 6, 96}, {6, 7, 0}, {6, 12, 35}, {6, 13, 99}, {6, 15, 3}}) {
		EXPECT_TRUE(has(RINGLINE_TRAP_IOPOLL, kernel)) << kernel.minor << '.' << kernel.patch;
	}
	for (const KernelVersion &kernel :
	     {KernelVersion{6, 6, 97}, {6, 12, 36}, {6, 15, 4}, {6, 16, 0}, {6, 18, 0}, {7, 0, 0}}) {
		EXPECT_FALSE(has(RINGLINE_TRAP_IOPOLL, kernel)) << kernel.minor << '.' << kernel.patch;
	}
}

TEST(Traps, old_kernels_hang_in_a_format_and_count_pages_of_whole_buffers)
{
	for (const std::uint32_t trap : {RINGLINE_TRAP_FORMAT_HANG, RINGLINE_TRAP_FIXED_PAGES}) {
		EXPECT_TRUE(has(trap, {6, 1, 192}));
		EXPECT_TRUE(has(trap, {6, 11, 10}));
		EXPECT_FALSE(has(trap, {6, 12, 0}));
	}
	EXPECT_FALSE(has(RINGLINE_TRAP_METADATA_PAGES, {6, 1, 192}));
	EXPECT_EQ(traps_of({6, 18, 0}), RINGLINE_TRAP_METADATA_PAGES);
}

} // namespace
