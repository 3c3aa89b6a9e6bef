// SPDX-License-Identifier: MIT OR Apache-2.0
#include "base/kernel_version.h"

#include <gtest/gtest.h>

namespace
{

using ringline::KernelVersion;
using ringline::parse_kernel_version;

TEST(KernelVersionTest, the_release_field_is_the_version)
{
	EXPECT_EQ(parse_kernel_version("6.18.44-fc", "#1 SMP"), (KernelVersion{6, 18, 44}));
	EXPECT_EQ(parse_kernel_version("5.19.0", ""), (KernelVersion{5, 19, 0}));
}

TEST(KernelVersionTest, debian_tells_the_patch_level_in_the_version_field)
{
	EXPECT_EQ(parse_kernel_version("6.1.0-56-cloud-amd64", "#1 SMP PREEMPT_DYNAMIC Debian 6.1.192-2 (2026-10-01)"),
		  (KernelVersion{6, 1, 192}));
}

TEST(KernelVersionTest, a_version_field_of_another_series_is_not_believed)
{
	EXPECT_EQ(parse_kernel_version("6.12.3", "#1 Debian 6.1.192-2"), (KernelVersion{6, 12, 3}));
}

TEST(KernelVersionTest, nonsense_is_the_oldest_version)
{
	EXPECT_EQ(parse_kernel_version("", ""), KernelVersion{});
	EXPECT_EQ(parse_kernel_version("mainline", "Debian "), KernelVersion{});
}

TEST(KernelVersionTest, versions_compare_number_by_number)
{
	EXPECT_LT((KernelVersion{6, 1, 192}), (KernelVersion{6, 11, 10}));
	EXPECT_LT((KernelVersion{5, 19, 17}), (KernelVersion{6, 0, 0}));
	EXPECT_GE(ringline::kernel_version(), (KernelVersion{4, 14, 0}));
}

} // namespace
