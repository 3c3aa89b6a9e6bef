// SPDX-License-Identifier: MIT OR Apache-2.0
// GoogleTest hosts tables of cmocka tests: a group is a test suite, each of its tests a test, so that filters, reports,
// repetition and CTest's discovery work as for any other.
#include "host.h"

#include <gtest/gtest.h>

#include <cstring>

namespace
{

class HostedTest : public testing::Test
{
public:
	HostedTest(std::size_t group, std::size_t test) : group_(group), test_(test) {}

	// GoogleTest calls these around each suite, which is known by its name alone.
	static void SetUpTestSuite()
	{
		group_set_up = {};
		hosted_set_up(current_group(), &group_set_up);
	}
	static void TearDownTestSuite()
	{
		hosted_outcome outcome;
		hosted_tear_down(current_group(), &outcome);
		report(outcome, current_group());
	}

	void TestBody() override
	{
		// GoogleTest would skip the tests of a suite whose set-up failed, which CTest takes for a skip and
		// nothing more.
		if (group_set_up.verdict != HOSTED_PASSED) {
			report(group_set_up, group_);
			return;
		}
		hosted_outcome outcome;
		hosted_run(group_, test_, &outcome);
		report(outcome, group_);
	}

private:
	static std::size_t current_group()
	{
		const char *name = testing::UnitTest::GetInstance()->current_test_suite()->name();
		std::size_t group = 0;
		while (std::strcmp(hosted_group_name(group), name) != 0) {
			++group;
		}
		return group;
	}

	static void report(const hosted_outcome &outcome, std::size_t group)
	{
		if (outcome.verdict == HOSTED_SKIPPED) {
			GTEST_SKIP() << outcome.text;
		}
		if (outcome.verdict == HOSTED_FAILED) {
			const bool placed = outcome.file[0] != '\0';
			ADD_FAILURE_AT(placed ? outcome.file : hosted_group_file(group),
				       placed ? outcome.line : hosted_group_line(group))
				<< outcome.text;
		}
	}

	static hosted_outcome group_set_up;
	std::size_t group_;
	std::size_t test_;
};

hosted_outcome HostedTest::group_set_up;

} // namespace

int main(int argc, char **argv)
{
	testing::InitGoogleTest(&argc, argv);
	for (std::size_t group = 0; group < hosted_groups(); ++group) {
		for (std::size_t test = 0; test < hosted_tests(group); ++test) {
			testing::RegisterTest(hosted_group_name(group), hosted_test_name(group, test), nullptr, nullptr,
					      hosted_group_file(group), hosted_group_line(group),
					      // The return type is the fixture that all tests of a suite share.
					      [group, test]() -> HostedTest * { return new HostedTest(group, test); });
		}
	}
	return RUN_ALL_TESTS();
}
