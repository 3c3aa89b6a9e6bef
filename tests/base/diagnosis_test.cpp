// SPDX-License-Identifier: MIT OR Apache-2.0
#include "base/diagnosis.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <cstring>
#include <string>

namespace
{

TEST(DiagnosisTest, a_failure_gives_back_its_errno_also_to_nobody)
{
	EXPECT_EQ(ringline::fail(nullptr, {.error = -EIO}, "%d", 1), -EIO);
}

TEST(DiagnosisTest, the_numbers_and_the_sentence_arrive)
{
	ringline_diagnosis diagnosis = {};
	diagnosis.struct_size = sizeof diagnosis;
	(void)ringline::fail(&diagnosis,
			     {.error = -ERANGE, .rule = RINGLINE_RULE_BOUNDS, .offset = 16, .given = 9, .wanted = 8},
			     "block %d of %d", 9, 8);
	EXPECT_EQ(diagnosis.struct_size, sizeof diagnosis);
	EXPECT_EQ(diagnosis.error, -ERANGE);
	EXPECT_EQ(diagnosis.rule, RINGLINE_RULE_BOUNDS);
	EXPECT_EQ(diagnosis.offset, 16U);
	EXPECT_EQ(diagnosis.given, 9U);
	EXPECT_EQ(diagnosis.wanted, 8U);
	EXPECT_STREQ(diagnosis.text, "block 9 of 8");
}

TEST(DiagnosisTest, a_sentence_that_is_too_long_is_cut_and_ends)
{
	ringline_diagnosis diagnosis = {};
	diagnosis.struct_size = sizeof diagnosis;
	(void)ringline::fail(&diagnosis, {.error = -EIO}, "%s", std::string(1000, 'x').c_str());
	EXPECT_EQ(std::strlen(diagnosis.text), sizeof diagnosis.text - 1);
}

TEST(DiagnosisTest, a_struct_that_breaks_the_size_rule_is_left_alone)
{
	ringline_diagnosis diagnosis = {};
	diagnosis.error = 5;
	EXPECT_EQ(ringline::fail(&diagnosis, {.error = -EIO}, "text"), -EIO);
	EXPECT_EQ(diagnosis.error, 5);
	EXPECT_STREQ(diagnosis.text, "");
}

} // namespace
