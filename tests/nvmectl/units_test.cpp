// SPDX-License-Identifier: MIT OR Apache-2.0
#include "error.h"
#include "units.h"

#include <gtest/gtest.h>

#include <string>

namespace
{

using namespace nvmectl;

std::string refusal(const std::string &text)
{
	try {
		(void)parse_bytes(text, "--length");
	} catch (const Error &error) {
		EXPECT_EQ(error.exit(), Exit::usage);
		return error.what();
	}
	return "";
}

TEST(units, binary_units_are_powers_of_1024)
{
	EXPECT_EQ(parse_bytes("4096", "x"), 4096u);
	EXPECT_EQ(parse_bytes("4096B", "x"), 4096u);
	EXPECT_EQ(parse_bytes("4k", "x"), 4096u);
	EXPECT_EQ(parse_bytes("4K", "x"), 4096u);
	EXPECT_EQ(parse_bytes("4KiB", "x"), 4096u);
	EXPECT_EQ(parse_bytes("64MiB", "x"), 64u << 20);
	EXPECT_EQ(parse_bytes("64 M", "x"), 64u << 20);
	EXPECT_EQ(parse_bytes("3GiB", "x"), 3ull << 30);
	EXPECT_EQ(parse_bytes("2T", "x"), 2ull << 40);
	EXPECT_EQ(parse_bytes("0x1000", "x"), 4096u);
}

TEST(units, decimal_units_are_powers_of_1000)
{
	EXPECT_EQ(parse_bytes("1kB", "x"), 1000u);
	EXPECT_EQ(parse_bytes("2MB", "x"), 2000000u);
	EXPECT_EQ(parse_bytes("3GB", "x"), 3000000000u);
}

TEST(units, what_is_not_a_size_is_refused_with_the_option_named)
{
	for (const char *text : {"", "k", "12x", "1.5GiB", "-1", "+1", " 1", "0x", "1 KiBs", "twelve"}) {
		EXPECT_NE(refusal(text).find("--length"), std::string::npos) << text;
	}
}

TEST(units, a_size_that_overflows_is_refused)
{
	EXPECT_EQ(parse_bytes("16777215T", "x"), 16777215ull << 40);
	EXPECT_NE(refusal("16777216T").find("64 bits"), std::string::npos);
	EXPECT_NE(refusal("18446744073709551616").find("64 bits"), std::string::npos);
}

TEST(units, counts_have_decimal_units)
{
	EXPECT_EQ(parse_count("50000", "x"), 50000u);
	EXPECT_EQ(parse_count("50k", "x"), 50000u);
	EXPECT_EQ(parse_count("50K", "x"), 50000u);
	EXPECT_EQ(parse_count("2M", "x"), 2000000u);
	EXPECT_EQ(parse_count("1G", "x"), 1000000000u);
	for (const char *text : {"", "k", "50KiB", "50kB", "1.5k", "-1"}) {
		EXPECT_THROW((void)parse_count(text, "--rate"), Error) << text;
	}
}

TEST(units, numbers_take_no_unit)
{
	EXPECT_EQ(parse_number("18446744073709551615", "--lba"), UINT64_MAX);
	EXPECT_EQ(parse_number("0xff", "--lba"), 255u);
	EXPECT_THROW(parse_number("1k", "--lba"), Error);
	EXPECT_THROW(parse_number("-1", "--lba"), Error);
	EXPECT_THROW(parse_number("", "--lba"), Error);
}

TEST(units, times_are_seconds_unless_a_unit_says_otherwise)
{
	EXPECT_EQ(parse_duration_ns("10", "x"), 10000000000u);
	EXPECT_EQ(parse_duration_ns("10s", "x"), 10000000000u);
	EXPECT_EQ(parse_duration_ns("500ms", "x"), 500000000u);
	EXPECT_EQ(parse_duration_ns("7us", "x"), 7000u);
	EXPECT_EQ(parse_duration_ns("2m", "x"), 120000000000u);
	EXPECT_EQ(parse_duration_ns("1h", "x"), 3600000000000u);
	for (const char *text : {"", "s", "1.5s", "-1s", "10 sec", "99999999999h"}) {
		EXPECT_THROW(parse_duration_ns(text, "--time"), Error) << text;
	}
}

TEST(units, times_and_counts_are_shown_with_three_digits)
{
	EXPECT_EQ(human_time(0), "0 ns");
	EXPECT_EQ(human_time(999), "999 ns");
	EXPECT_EQ(human_time(1000), "1.00 us");
	EXPECT_EQ(human_time(12345), "12.3 us");
	EXPECT_EQ(human_time(999499), "999 us");
	EXPECT_EQ(human_time(999501), "1.00 ms");
	EXPECT_EQ(human_time(20000000000), "20.0 s");
	EXPECT_EQ(human_time(2000000000000), "2000 s");
	EXPECT_EQ(human_count(0), "0.00");
	EXPECT_EQ(human_count(12), "12.0");
	EXPECT_EQ(human_count(12345), "12.3 k");
	EXPECT_EQ(human_count(999600), "1.00 M");
}

TEST(units, sizes_are_shown_in_the_largest_unit_that_fits)
{
	EXPECT_EQ(human_bytes(0), "0 B");
	EXPECT_EQ(human_bytes(1023), "1023 B");
	EXPECT_EQ(human_bytes(1024), "1 KiB");
	EXPECT_EQ(human_bytes(1536), "1.5 KiB");
	EXPECT_EQ(human_bytes(64u << 20), "64 MiB");
	EXPECT_EQ(human_bytes(UINT64_MAX), "16.0 EiB");
}

} // namespace
