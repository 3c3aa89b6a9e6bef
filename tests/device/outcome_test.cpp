// SPDX-License-Identifier: MIT OR Apache-2.0
#include "device/outcome.h"

#include <gtest/gtest.h>

#include <cerrno>

namespace ringline::device
{
namespace
{

TEST(OutcomeTest, a_success_keeps_its_result)
{
	const Outcome outcome = outcome_of(0, 7);
	EXPECT_EQ(outcome.result, 7U);
	EXPECT_EQ(outcome.status, 0U);
	EXPECT_EQ(outcome.error, 0);
}

TEST(OutcomeTest, more_and_do_not_retry_make_no_failure_of_a_success)
{
	for (const int status : {0x2000, 0x4000, 0x6000, 0x0800}) {
		const Outcome outcome = outcome_of(status, 7);
		EXPECT_EQ(outcome.result, 7U) << status;
		EXPECT_EQ(outcome.status, 0U) << status;
		EXPECT_EQ(outcome.error, 0) << status;
	}
}

TEST(OutcomeTest, fact_2_a_failure_has_its_whole_status_and_no_result)
{
	const Outcome outcome = outcome_of(0x4281, 7);
	EXPECT_EQ(outcome.result, 0U);
	EXPECT_EQ(outcome.status, 0x4281U);
	EXPECT_EQ(outcome.error, 0);
}

TEST(OutcomeTest, fact_7_an_errno_says_whether_the_command_was_sent)
{
	EXPECT_EQ(outcome_of(-EINVAL, 7).flags, RINGLINE_NOT_SENT);
	EXPECT_EQ(outcome_of(-EINTR, 7).flags, RINGLINE_OUTCOME_UNKNOWN);
	EXPECT_EQ(outcome_of(-EIO, 7).result, 0U);
}

} // namespace
} // namespace ringline::device
