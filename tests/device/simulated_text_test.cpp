// SPDX-License-Identifier: MIT OR Apache-2.0
// Numbers, times and lines of the files beside an image.
#include "device/simulated_text.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <string>

namespace ringline::device
{

namespace
{

constexpr std::uint64_t untouched = 12345;

std::uint64_t number(std::string_view text, std::uint64_t max = UINT64_MAX)
{
	std::uint64_t value = untouched;
	EXPECT_TRUE(parse_number(text, max, &value)) << text;
	return value;
}

TEST(SimulatedText, numbers_are_decimal_or_hexadecimal)
{
	EXPECT_EQ(number("0"), 0U);
	EXPECT_EQ(number("007"), 7U);
	EXPECT_EQ(number("18446744073709551615"), UINT64_MAX);
	EXPECT_EQ(number("0xffffffffffffffff"), UINT64_MAX);
	EXPECT_EQ(number("0X1aF"), 0x1afU);
	EXPECT_EQ(number("255", 255), 255U);
	EXPECT_EQ(number("0", 0), 0U);
	EXPECT_EQ(number("9", 9), 9U);
}

TEST(SimulatedText, what_is_not_wholly_a_number_is_refused)
{
	for (const std::string_view text :
	     {"", " ", "-1", "+1", "1 ", " 1", "0x", "x1", "1x", "0x1g", "1e3", "1.5", "ten", "1_000", "0b1",
	      "18446744073709551616", "99999999999999999999999999", "0x10000000000000000"}) {
		std::uint64_t value = untouched;
		EXPECT_FALSE(parse_number(text, UINT64_MAX, &value)) << text;
		EXPECT_EQ(value, untouched);
	}
}

TEST(SimulatedText, a_number_above_its_limit_is_refused)
{
	std::uint64_t value = 0;
	EXPECT_FALSE(parse_number("256", 255, &value));
	EXPECT_FALSE(parse_number("1", 0, &value));
	EXPECT_FALSE(parse_number("9", 8, &value));
	EXPECT_FALSE(parse_number("0x10", 15, &value));
}

TEST(SimulatedText, times_carry_their_unit)
{
	const std::pair<std::string_view, std::uint64_t> times[] = {
		{"0s", 0}, {"7ns", 7}, {"7us", 7'000}, {"7ms", 7'000'000}, {"7s", 7'000'000'000}};
	for (const auto &[text, expected] : times) {
		std::uint64_t value = untouched;
		EXPECT_TRUE(parse_time(text, UINT64_MAX, &value)) << text;
		EXPECT_EQ(value, expected) << text;
	}
}

TEST(SimulatedText, a_time_without_unit_or_too_long_is_refused)
{
	for (const std::string_view text : {"", "5", "ms", "s", "5m", "5h", "5 ms", "-5ms", "0x5ms", "1.5s", "5msms",
					    "18446744074s", "99999999999999999999s"}) {
		std::uint64_t value = untouched;
		EXPECT_FALSE(parse_time(text, UINT64_MAX, &value)) << text;
		EXPECT_EQ(value, untouched);
	}
	std::uint64_t value = 0;
	EXPECT_TRUE(parse_time("1s", 1'000'000'000, &value));
	EXPECT_FALSE(parse_time("2s", 1'999'999'999, &value));
}

TEST(SimulatedText, comments_and_blank_lines_are_skipped_and_lines_counted)
{
	TextLines lines("head 1\n\n# all\n \t \n a=1 b=2 # some\nc=3", "file", nullptr);
	ASSERT_EQ(lines.header("head 1"), 0);
	std::string_view line;
	std::string_view key;
	std::string_view value;
	ASSERT_EQ(lines.next(&line), 1);
	ASSERT_EQ(lines.pair(&line, &key, &value), 1);
	EXPECT_EQ(key, "a");
	EXPECT_EQ(value, "1");
	ASSERT_EQ(lines.pair(&line, &key, &value), 1);
	EXPECT_EQ(key, "b");
	EXPECT_EQ(value, "2");
	EXPECT_EQ(lines.pair(&line, &key, &value), 0);
	ASSERT_EQ(lines.next(&line), 1) << "the last line needs no end";
	EXPECT_EQ(line, "c=3");
	EXPECT_EQ(lines.next(&line), 0);
	EXPECT_EQ(lines.next(&line), 0);
}

TEST(SimulatedText, a_value_may_have_an_equals_sign)
{
	TextLines lines("head 1\na=b=c\n", "file", nullptr);
	ASSERT_EQ(lines.header("head 1"), 0);
	std::string_view line;
	std::string_view key;
	std::string_view value;
	ASSERT_EQ(lines.next(&line), 1);
	ASSERT_EQ(lines.pair(&line, &key, &value), 1);
	EXPECT_EQ(key, "a");
	EXPECT_EQ(value, "b=c");
}

} // namespace

} // namespace ringline::device
