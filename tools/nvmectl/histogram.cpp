// SPDX-License-Identifier: MIT OR Apache-2.0
#include "histogram.h"

#include <algorithm>
#include <cmath>

namespace nvmectl
{

void Histogram::record(std::uint64_t value)
{
	++counts_[buckets::index_of(value)];
	++count_;
	sum_ += value;
	min_ = std::min(min_, value);
	max_ = std::max(max_, value);
}

void Histogram::merge(const Histogram &other)
{
	for (std::size_t i = 0; i < counts_.size(); ++i) {
		counts_[i] += other.counts_[i];
	}
	count_ += other.count_;
	sum_ += other.sum_;
	min_ = std::min(min_, other.min_);
	max_ = std::max(max_, other.max_);
}

Histogram Histogram::since(const Histogram &earlier) const
{
	Histogram difference;
	for (std::size_t i = 0; i < counts_.size(); ++i) {
		const std::uint64_t added = counts_[i] - earlier.counts_[i];
		if (added != 0) {
			const std::uint64_t highest = std::min(buckets::highest_of(i), max_);
			difference.counts_[i] = added;
			difference.count_ += added;
			difference.min_ = std::min(difference.min_, highest);
			difference.max_ = highest;
		}
	}
	difference.sum_ = sum_ - earlier.sum_;
	return difference;
}

double Histogram::mean() const
{
	return count_ == 0 ? 0 : static_cast<double>(sum_) / static_cast<double>(count_);
}

std::uint64_t Histogram::percentile(double percent) const
{
	if (count_ == 0) {
		return 0;
	}
	const double wanted = std::ceil(percent / 100 * static_cast<double>(count_));
	const std::uint64_t rank =
		std::clamp<std::uint64_t>(static_cast<std::uint64_t>(std::max(wanted, 1.0)), 1, count_);
	std::uint64_t seen = 0;
	for (std::size_t i = 0; i < counts_.size(); ++i) {
		seen += counts_[i];
		if (seen >= rank) {
			return std::min(buckets::highest_of(i), max_); // no value of the last bucket is larger
		}
	}
	return max_;
}

void LiveHistogram::add_to(Histogram *histogram) const
{
	for (std::size_t i = 0; i < counts_.size(); ++i) {
		const std::uint64_t here = counts_[i].load(std::memory_order_relaxed);
		histogram->counts_[i] += here;
		histogram->count_ += here;
	}
	histogram->sum_ += sum_.load(std::memory_order_relaxed);
	histogram->min_ = std::min(histogram->min_, min_.load(std::memory_order_relaxed));
	histogram->max_ = std::max(histogram->max_, max_.load(std::memory_order_relaxed));
}

} // namespace nvmectl
