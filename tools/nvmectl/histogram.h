// SPDX-License-Identifier: MIT OR Apache-2.0
// Latencies in buckets that grow with the value: each power of two is cut into 128, so that what a bucket stands for is
// known to within 1/128 (0.8 %) of the value, from one nanosecond to the 584 years that 64 bits hold.
#pragma once

#include <array>
#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

namespace nvmectl
{

namespace buckets
{

inline constexpr unsigned bits = 7;
inline constexpr std::uint64_t per_octave = std::uint64_t{1} << bits;
inline constexpr std::size_t count = (64 - bits + 1) * per_octave;

/// Values below 128 have a bucket each; the 128 buckets of a later octave are 2, 4, 8 ... wide.
[[nodiscard]] constexpr std::size_t index_of(std::uint64_t value)
{
	const unsigned shift = value < per_octave ? 0u : static_cast<unsigned>(std::bit_width(value)) - bits - 1;
	return static_cast<std::size_t>((value >> shift) + shift * per_octave);
}

/// The largest value of a bucket.
[[nodiscard]] constexpr std::uint64_t highest_of(std::size_t index)
{
	const std::size_t octave = index / per_octave;
	const unsigned shift = octave < 2 ? 0u : static_cast<unsigned>(octave) - 1;
	const std::uint64_t first = (index - shift * per_octave) << shift;
	return first + ((std::uint64_t{1} << shift) - 1);
}

static_assert(index_of(std::numeric_limits<std::uint64_t>::max()) == count - 1);
static_assert(highest_of(count - 1) == std::numeric_limits<std::uint64_t>::max());

} // namespace buckets

/// What was recorded, as a value: to merge, to subtract, to ask.
class Histogram
{
public:
	Histogram() : counts_(buckets::count) {}

	void record(std::uint64_t value);
	void merge(const Histogram &other);
	/// What was recorded since an earlier state of the same histogram. Smallest and largest are then those of
	/// buckets.
	[[nodiscard]] Histogram since(const Histogram &earlier) const;

	[[nodiscard]] std::uint64_t count() const { return count_; }
	/// Exact, as are the largest and the mean. 0 if nothing was recorded.
	[[nodiscard]] std::uint64_t min() const { return count_ == 0 ? 0 : min_; }
	[[nodiscard]] std::uint64_t max() const { return max_; }
	[[nodiscard]] double mean() const;
	/// The value that `percent` of all values do not exceed; never less than that, and at most 1/128 more.
	[[nodiscard]] std::uint64_t percentile(double percent) const;
	[[nodiscard]] const std::vector<std::uint64_t> &counts() const { return counts_; }

private:
	friend class LiveHistogram;

	std::vector<std::uint64_t> counts_;
	std::uint64_t count_ = 0;
	std::uint64_t sum_ = 0;
	std::uint64_t min_ = std::numeric_limits<std::uint64_t>::max();
	std::uint64_t max_ = 0;
};

/// One that a single thread records into while others look: no lock, and no instruction that locks the bus.
class LiveHistogram
{
public:
	void record(std::uint64_t value)
	{
		increase(counts_[buckets::index_of(value)], 1);
		increase(sum_, value);
		if (value < min_.load(std::memory_order_relaxed)) {
			min_.store(value, std::memory_order_relaxed);
		}
		if (value > max_.load(std::memory_order_relaxed)) {
			max_.store(value, std::memory_order_relaxed);
		}
	}
	/// While it is being recorded into, what is added may lack the newest values, and its mean be off by them.
	void add_to(Histogram *histogram) const;

private:
	static void increase(std::atomic<std::uint64_t> &counter, std::uint64_t by)
	{
		counter.store(counter.load(std::memory_order_relaxed) + by, std::memory_order_relaxed);
	}

	std::array<std::atomic<std::uint64_t>, buckets::count> counts_ = {};
	std::atomic<std::uint64_t> sum_ = 0;
	std::atomic<std::uint64_t> min_ = std::numeric_limits<std::uint64_t>::max();
	std::atomic<std::uint64_t> max_ = 0;
};

} // namespace nvmectl
