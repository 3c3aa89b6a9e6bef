// SPDX-License-Identifier: MIT OR Apache-2.0
// Which commands a benchmark sends, and when they are due.
#include "bench_pace.h"
#include "bench_pattern.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <set>
#include <vector>

namespace
{

using namespace nvmectl;

std::vector<std::uint64_t> places_of(const PatternSetup &setup, std::size_t count)
{
	Pattern pattern(setup);
	std::vector<std::uint64_t> places(count);
	for (std::uint64_t &place : places) {
		place = pattern.next().place;
	}
	return places;
}

TEST(bench_pattern, sequential_goes_through_its_part_and_begins_again)
{
	EXPECT_EQ(places_of({false, 100, 10, 3, 0}, 7), (std::vector<std::uint64_t>{10, 11, 12, 10, 11, 12, 10}));
}

TEST(bench_pattern, sequential_threads_share_the_range_out_without_a_gap)
{
	for (const std::uint32_t threads : {1u, 2u, 3u, 7u}) {
		std::uint64_t next = 5;
		for (std::uint32_t i = 0; i < threads; ++i) {
			const PatternSetup mine = pattern_of_thread({false, 100, 5, 100, 0}, i, threads);
			EXPECT_EQ(mine.first, next);
			next = mine.first + mine.places;
		}
		EXPECT_EQ(next, 105u);
	}
}

TEST(bench_pattern, random_stays_inside_and_reaches_every_place)
{
	const std::vector<std::uint64_t> places = places_of({true, 100, 5, 10, 1}, 1000);
	const std::set<std::uint64_t> reached(places.begin(), places.end());
	EXPECT_EQ(reached.size(), 10u);
	EXPECT_EQ(*reached.begin(), 5u);
	EXPECT_EQ(*reached.rbegin(), 14u);
}

TEST(bench_pattern, the_seed_decides_over_everything_and_threads_differ)
{
	const PatternSetup whole = {true, 50, 0, 1000000, 42};
	EXPECT_EQ(places_of(pattern_of_thread(whole, 1, 2), 50), places_of(pattern_of_thread(whole, 1, 2), 50));
	EXPECT_NE(places_of(pattern_of_thread(whole, 0, 2), 50), places_of(pattern_of_thread(whole, 1, 2), 50));
	PatternSetup other = whole;
	other.seed = 43;
	EXPECT_NE(places_of(pattern_of_thread(whole, 0, 2), 50), places_of(pattern_of_thread(other, 0, 2), 50));
}

TEST(bench_pattern, the_mix_has_the_share_of_reads_that_was_asked_for)
{
	for (const std::uint32_t percent : {0u, 1u, 70u, 99u, 100u}) {
		Pattern pattern({true, percent, 0, 1000, 7});
		std::uint32_t reads = 0;
		for (int i = 0; i < 100000; ++i) {
			reads += pattern.next().read ? 1 : 0;
		}
		// The seed is fixed, so this is no matter of luck. Five standard deviations are 800.
		EXPECT_NEAR(reads, percent * 1000, percent % 100 == 0 ? 0 : 800);
	}
}

TEST(bench_pace, threads_take_turns_at_the_rate_of_all)
{
	const Pace first(1000, 0, 2);
	const Pace second(1000, 1, 2);
	EXPECT_EQ(first.due_ns(0), 0u);
	EXPECT_EQ(second.due_ns(0), 1000000u);
	EXPECT_EQ(first.due_ns(1), 2000000u);
	EXPECT_EQ(second.due_ns(500), 1001000000u);
	EXPECT_FALSE(Pace(0, 0, 1).limited());
}

TEST(bench_pace, what_was_due_before_a_time_is_what_has_an_earlier_time)
{
	for (const std::uint64_t rate : {1u, 3u, 1000u, 333333u, 100000000u}) {
		for (const std::uint32_t threads : {1u, 3u}) {
			const Pace pace(rate, threads - 1, threads);
			for (const std::uint64_t time :
			     {0ull, 1ull, 999ull, 1000000ull, 1234567891ull, 3600000000000ull}) {
				const std::uint64_t before = pace.due_before(time);
				EXPECT_GE(pace.due_ns(before), time);
				EXPECT_TRUE(before == 0 || pace.due_ns(before - 1) < time);
			}
		}
	}
}

TEST(bench_pace, does_not_drift_in_a_month)
{
	const Pace pace(3, 0, 1);
	const std::uint64_t month_s = 30ull * 24 * 3600;
	EXPECT_EQ(pace.due_ns(3 * month_s), month_s * 1000000000);
}

} // namespace
