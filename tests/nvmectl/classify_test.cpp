// SPDX-License-Identifier: MIT OR Apache-2.0
#include "classify.h"

#include <gtest/gtest.h>

#include <cerrno>

namespace
{

using namespace nvmectl;

Happened everything()
{
	Happened all;
	all.outcome_unknown = all.status_error = all.miscompare = all.file_error = true;
	all.input_short = all.device_full = all.interrupted = all.effect = true;
	all.transport_error = -EIO;
	return all;
}

TEST(classify, nothing_wrong_is_done)
{
	EXPECT_EQ(classify({}), Exit::done);
}

TEST(classify, the_order_is_unknown_then_status_then_miscompare_then_partly_done_then_interrupted)
{
	Happened what = everything();
	EXPECT_EQ(classify(what), Exit::unknown);
	what.outcome_unknown = false;
	EXPECT_EQ(classify(what), Exit::status);
	what.status_error = false;
	EXPECT_EQ(classify(what), Exit::miscompare);
	what.miscompare = false;
	EXPECT_EQ(classify(what), Exit::partial);
	what.transport_error = 0;
	EXPECT_EQ(classify(what), Exit::partial);
	what.file_error = false;
	EXPECT_EQ(classify(what), Exit::interrupted);
	what.interrupted = false;
	EXPECT_EQ(classify(what), Exit::partial);
}

TEST(classify, a_short_input_without_effect_is_a_refusal_and_with_effect_partly_done)
{
	Happened what;
	what.input_short = true;
	EXPECT_EQ(classify(what), Exit::refused);
	what.effect = true;
	EXPECT_EQ(classify(what), Exit::partial);
}

TEST(classify, a_command_that_was_not_sent_is_never_partly_done_when_nothing_was)
{
	Happened what;
	what.transport_error = -ENODEV;
	EXPECT_EQ(classify(what), Exit::open);
	what.transport_error = -EOPNOTSUPP;
	EXPECT_EQ(classify(what), Exit::unsupported);
	what.transport_error = -EINVAL;
	EXPECT_EQ(classify(what), Exit::internal);
	what.effect = true;
	EXPECT_EQ(classify(what), Exit::partial);
}

TEST(classify, each_exit_code_has_its_row_and_its_number_never_changes)
{
	EXPECT_EQ(static_cast<int>(Exit::done), 0);
	EXPECT_EQ(static_cast<int>(Exit::internal), 1);
	EXPECT_EQ(static_cast<int>(Exit::usage), 2);
	EXPECT_EQ(static_cast<int>(Exit::open), 3);
	EXPECT_EQ(static_cast<int>(Exit::refused), 4);
	EXPECT_EQ(static_cast<int>(Exit::status), 5);
	EXPECT_EQ(static_cast<int>(Exit::miscompare), 6);
	EXPECT_EQ(static_cast<int>(Exit::unknown), 7);
	EXPECT_EQ(static_cast<int>(Exit::partial), 8);
	EXPECT_EQ(static_cast<int>(Exit::unsupported), 9);
	EXPECT_EQ(static_cast<int>(Exit::interrupted), 130);
	EXPECT_EQ(exit_name(Exit::miscompare), "miscompare");
	EXPECT_NE(exit_help().find("130  stopped by a signal"), std::string::npos);
}

} // namespace
