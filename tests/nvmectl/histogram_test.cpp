// SPDX-License-Identifier: MIT OR Apache-2.0
#include "histogram.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <memory>
#include <random>
#include <vector>

namespace
{

using namespace nvmectl;

constexpr std::uint64_t largest = std::numeric_limits<std::uint64_t>::max();
constexpr double percents[] = {0, 1, 25, 50, 75, 90, 99, 99.9, 99.99, 99.999, 100};

/// Never below the truth, and above it by at most 1/128.
void expect_near(std::uint64_t told, std::uint64_t truth)
{
	EXPECT_GE(told, truth);
	EXPECT_LE(told - truth, truth / 128);
}

/// Latencies from nanoseconds to minutes, as many in each octave.
std::vector<std::uint64_t> latencies(std::size_t count, unsigned seed)
{
	std::mt19937_64 random(seed);
	std::vector<std::uint64_t> values(count);
	for (std::uint64_t &value : values) {
		value = random() >> (24 + random() % 40);
	}
	return values;
}

Histogram histogram_of(const std::vector<std::uint64_t> &values)
{
	Histogram histogram;
	for (const std::uint64_t value : values) {
		histogram.record(value);
	}
	return histogram;
}

void expect_percentiles_of(const Histogram &histogram, std::vector<std::uint64_t> values)
{
	std::sort(values.begin(), values.end());
	for (const double percent : percents) {
		const double wanted = std::ceil(percent / 100 * static_cast<double>(values.size()));
		const std::size_t rank = std::max<std::size_t>(static_cast<std::size_t>(wanted), 1);
		SCOPED_TRACE(percent);
		expect_near(histogram.percentile(percent), values[rank - 1]);
	}
}

TEST(histogram, every_bucket_begins_where_the_one_before_it_ends)
{
	std::uint64_t first = 0;
	for (std::size_t i = 0; i < buckets::count; ++i) {
		const std::uint64_t highest = buckets::highest_of(i);
		ASSERT_EQ(buckets::index_of(first), i);
		ASSERT_EQ(buckets::index_of(highest), i);
		first = highest + 1;
	}
	EXPECT_EQ(first, 0u) << "the last one ends with the largest value";
}

// The first value of a bucket is the one that its highest value exaggerates most, so this is all values.
TEST(histogram, no_value_is_exaggerated_by_more_than_1_in_128)
{
	std::uint64_t first = 0;
	for (std::size_t i = 0; i < buckets::count; ++i) {
		expect_near(buckets::highest_of(i), first);
		first = buckets::highest_of(i) + 1;
	}
}

TEST(histogram, percentiles_agree_with_a_sorted_array)
{
	for (const std::size_t count : {1u, 2u, 3u, 100u, 99999u}) {
		SCOPED_TRACE(count);
		const std::vector<std::uint64_t> values = latencies(count, 1);
		expect_percentiles_of(histogram_of(values), values);
	}
}

TEST(histogram, minimum_maximum_and_mean_are_exact)
{
	const Histogram histogram = histogram_of({1000003, 5, 77777});
	EXPECT_EQ(histogram.count(), 3u);
	EXPECT_EQ(histogram.min(), 5u);
	EXPECT_EQ(histogram.max(), 1000003u);
	EXPECT_DOUBLE_EQ(histogram.mean(), (1000003 + 5 + 77777) / 3.0);
	EXPECT_EQ(histogram.percentile(100), 1000003u);
}

TEST(histogram, the_largest_value_has_a_bucket)
{
	const Histogram histogram = histogram_of({largest, 0});
	EXPECT_EQ(histogram.percentile(100), largest);
	EXPECT_EQ(histogram.percentile(50), 0u);
}

TEST(histogram, of_nothing_is_all_zeros)
{
	const Histogram histogram;
	EXPECT_EQ(histogram.count(), 0u);
	EXPECT_EQ(histogram.min(), 0u);
	EXPECT_EQ(histogram.max(), 0u);
	EXPECT_EQ(histogram.percentile(99), 0u);
	EXPECT_EQ(histogram.mean(), 0.0);
}

TEST(histogram, merging_is_recording_both)
{
	std::vector<std::uint64_t> all = latencies(5000, 2);
	const std::vector<std::uint64_t> more = latencies(700, 3);
	Histogram merged = histogram_of(all);
	merged.merge(histogram_of(more));
	merged.merge(Histogram());
	all.insert(all.end(), more.begin(), more.end());
	EXPECT_EQ(merged.counts(), histogram_of(all).counts());
	EXPECT_EQ(merged.min(), *std::min_element(all.begin(), all.end()));
	EXPECT_EQ(merged.max(), *std::max_element(all.begin(), all.end()));
	expect_percentiles_of(merged, all);
}

TEST(histogram, the_difference_of_two_states_is_what_came_between)
{
	const Histogram before = histogram_of(latencies(5000, 4));
	const std::vector<std::uint64_t> more = latencies(700, 5);
	Histogram after = before;
	after.merge(histogram_of(more));
	const Histogram between = after.since(before);
	EXPECT_EQ(between.counts(), histogram_of(more).counts());
	EXPECT_DOUBLE_EQ(between.mean(), histogram_of(more).mean());
	expect_near(between.max(), histogram_of(more).max());
	expect_percentiles_of(between, more);
}

TEST(histogram, a_live_one_tells_what_was_recorded)
{
	const auto live = std::make_unique<LiveHistogram>();
	const std::vector<std::uint64_t> values = latencies(3000, 6);
	for (const std::uint64_t value : values) {
		live->record(value);
	}
	Histogram seen;
	live->add_to(&seen);
	EXPECT_EQ(seen.counts(), histogram_of(values).counts());
	EXPECT_EQ(seen.min(), histogram_of(values).min());
	EXPECT_EQ(seen.max(), histogram_of(values).max());
	EXPECT_DOUBLE_EQ(seen.mean(), histogram_of(values).mean());
}

} // namespace
