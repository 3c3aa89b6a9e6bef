// SPDX-License-Identifier: MIT OR Apache-2.0
#include "bench_plots.h"

#include "units.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cmath>

namespace nvmectl
{
namespace
{

constexpr unsigned whole_width = 1080;
constexpr std::size_t steps_max = 400; // more cannot be told apart

std::string count_label(double count)
{
	return count >= 1e6   ? fmt::format("{:g} M", count / 1e6)
	       : count >= 1e3 ? fmt::format("{:g} k", count / 1e3)
			      : fmt::format("{:g}", count);
}

/// "1 s", not "1.00 s".
std::string time_label(double nanoseconds)
{
	static constexpr std::array<const char *, 4> units = {"ns", "µs", "ms", "s"};
	std::size_t index = 0;
	while (index + 1 < units.size() && nanoseconds >= 999.5) {
		nanoseconds /= 1000;
		++index;
	}
	return fmt::format("{:g} {}", nanoseconds, units.at(index));
}

std::string seconds_label(double seconds)
{
	return fmt::format("{:g} s", seconds);
}

/// Seconds of a long run are put together, the worst of their latencies kept.
std::vector<BenchSecond> thinned(const std::vector<BenchSecond> &series)
{
	const std::size_t together = (series.size() + steps_max - 1) / steps_max;
	std::vector<BenchSecond> thin;
	for (std::size_t i = 0; i < series.size(); ++i) {
		const BenchSecond &one = series[i];
		if (i % together == 0) {
			thin.push_back(one);
			continue;
		}
		BenchSecond &sum = thin.back();
		sum.at_s = one.at_s;
		sum.seconds += one.seconds;
		sum.reads += one.reads;
		sum.writes += one.writes;
		sum.p50_ns = std::max(sum.p50_ns, one.p50_ns);
		sum.p99_ns = std::max(sum.p99_ns, one.p99_ns);
		sum.max_ns = std::max(sum.max_ns, one.max_ns);
	}
	// What is left over at the end of a run by amount is too short to have a rate.
	if (thin.size() > 1 && thin.back().seconds < thin.front().seconds / 4) {
		thin.pop_back();
	}
	return thin;
}

Axis time_axis(const std::vector<BenchSecond> &series)
{
	const double end = series.empty() ? 1 : series.back().at_s;
	Axis axis = linear_axis(std::max(end, 0.001), seconds_label);
	axis.high = std::max(end, 0.001);
	while (axis.ticks.size() > 1 && axis.ticks.back().value > axis.high * 1.001) {
		axis.ticks.pop_back();
	}
	return axis;
}

/// 0 has no logarithm.
double level_of(std::uint64_t nanoseconds)
{
	return std::max<double>(static_cast<double>(nanoseconds), 1);
}

/// From the smallest to the largest latency of all.
Axis latency_axis(const Histogram &latency)
{
	return logarithmic_axis(level_of(latency.min()), level_of(latency.max()), time_label, 2.5);
}

/// How far to the right a share of the commands is: each nine takes the same room.
double nines(double share)
{
	return -std::log10(1 - share);
}

Axis percentile_axis(std::uint64_t commands)
{
	Axis axis;
	axis.high = std::clamp(std::log10(static_cast<double>(std::max<std::uint64_t>(commands, 10))), 1.0, 7.0);
	for (const char *percent : {"50", "90", "99", "99.9", "99.99", "99.999", "99.9999"}) {
		const double at = nines(std::stod(percent) / 100);
		if (at <= axis.high * 1.001) {
			axis.ticks.push_back({at, fmt::format("p{}", percent)});
		}
	}
	return axis;
}

Curve percentile_curve(const Histogram &latency, const Axis &axis, const char *style)
{
	Curve curve;
	curve.style = style;
	const auto all = static_cast<double>(latency.count());
	const double least = axis.high / static_cast<double>(steps_max);
	std::uint64_t seen = 0;
	double from = 0;
	for (std::size_t i = 0; i < latency.counts().size() && seen < latency.count(); ++i) {
		seen += latency.counts()[i];
		const bool last = seen == latency.count();
		const double to = last ? axis.high : std::min(nines(static_cast<double>(seen) / all), axis.high);
		if (latency.counts()[i] != 0 && (to - from >= least || last)) {
			const std::uint64_t value = std::min(buckets::highest_of(i), latency.max());
			curve.steps.push_back({from, to, level_of(value), ""});
			from = to;
		}
	}
	return curve;
}

/// How many buckets each bar stands for, so that there are at most so many bars.
std::size_t buckets_of_bar(const Histogram &latency)
{
	constexpr std::size_t bars_max = 120;
	const std::size_t span = buckets::index_of(latency.max()) - buckets::index_of(latency.min()) + 1;
	std::size_t together = 1;
	while (span / together > bars_max) {
		together *= 2;
	}
	return together;
}

Curve histogram_curve(const Histogram &latency, std::size_t together, const char *style)
{
	Curve curve;
	curve.style = style;
	curve.shape = Shape::area;
	for (std::size_t first = 0; first < latency.counts().size(); first += together) {
		std::uint64_t count = 0;
		for (std::size_t i = first; i < first + together; ++i) {
			count += latency.counts()[i];
		}
		if (count != 0) {
			const double low = first == 0 ? 0 : static_cast<double>(buckets::highest_of(first - 1)) + 1;
			const double high = static_cast<double>(buckets::highest_of(first + together - 1)) + 1;
			curve.steps.push_back({std::max(low, 1.0), high, static_cast<double>(count),
					       fmt::format("{} up to {}", count_of(count, style), page_time(high))});
		}
	}
	return curve;
}

/// Close around the data: latencies often lie within less than a decade.
Axis histogram_axis(const Histogram &latency, std::size_t together)
{
	const std::size_t first = buckets::index_of(latency.min()) / together * together;
	const std::size_t last = buckets::index_of(latency.max()) / together * together + together - 1;
	Axis axis = logarithmic_axis(level_of(latency.min()), level_of(latency.max()), time_label, 4.5);
	axis.low = std::max(1.0, first == 0 ? 1.0 : static_cast<double>(buckets::highest_of(first - 1)));
	axis.high = std::max(static_cast<double>(buckets::highest_of(last)) + 1, axis.low * 1.01);
	const auto outside = [&axis](const Tick &tick) { return tick.value < axis.low || tick.value > axis.high; };
	axis.ticks.erase(std::remove_if(axis.ticks.begin(), axis.ticks.end(), outside), axis.ticks.end());
	if (axis.ticks.size() < 2) {
		const double middle = std::sqrt(axis.low * axis.high);
		axis.ticks = {{axis.low, page_time(axis.low)},
			      {middle, page_time(middle)},
			      {axis.high, page_time(axis.high)}};
	}
	return axis;
}

} // namespace

std::string with_micro(std::string text)
{
	for (std::size_t at = text.find(" us"); at != std::string::npos; at = text.find(" us", at)) {
		const bool word = at + 3 < text.size() && std::isalpha(static_cast<unsigned char>(text[at + 3])) != 0;
		text.replace(at, 3, word ? " us" : " µs");
		at += 3;
	}
	return text;
}

std::string page_time(double nanoseconds)
{
	return with_micro(human_time(static_cast<std::uint64_t>(nanoseconds)));
}

Plot throughput_plot(const BenchReport &report)
{
	const std::vector<BenchSecond> series = thinned(report.result.series);
	Plot plot;
	plot.description = "Commands a second over the time of the run";
	plot.width = whole_width;
	plot.height = 250;
	plot.x = time_axis(series);
	Curve reads{"read", Shape::line, {}};
	Curve writes{"write", Shape::line, {}};
	double highest = 1;
	for (const BenchSecond &one : series) {
		const double from = one.at_s - one.seconds;
		const double read_rate = static_cast<double>(one.reads) / one.seconds;
		const double write_rate = static_cast<double>(one.writes) / one.seconds;
		highest = std::max({highest, read_rate, write_rate});
		const std::string note =
			fmt::format("{:.1f} to {:.1f} s: {} reads, {} writes", from, one.at_s, one.reads, one.writes);
		reads.steps.push_back({from, one.at_s, read_rate, note});
		writes.steps.push_back({from, one.at_s, write_rate, report.plan.writes() ? note : ""});
	}
	plot.y = linear_axis(highest, count_label);
	for (const Tick &tick : plot.y.ticks) {
		const double bytes = tick.value * report.plan.command_bytes();
		plot.right.push_back(human_bytes(static_cast<std::uint64_t>(bytes)) + "/s");
	}
	if (report.plan.pattern.read_percent != 0) {
		plot.curves.push_back(reads);
	}
	if (report.plan.writes()) {
		plot.curves.push_back(writes);
	}
	return plot;
}

Plot latency_plot(const BenchReport &report)
{
	const std::vector<BenchSecond> series = thinned(report.result.series);
	Plot plot;
	plot.description = "Median, 99th percentile and maximum of the latency of each second";
	plot.x = time_axis(series);
	Curve p50{"p50", Shape::line, {}};
	Curve p99{"p99", Shape::line, {}};
	Curve max{"max", Shape::line, {}};
	double low = 1e18;
	double high = 1;
	for (const BenchSecond &one : series) {
		if (one.reads + one.writes == 0) {
			continue;
		}
		const double from = one.at_s - one.seconds;
		low = std::min(low, level_of(one.p50_ns));
		high = std::max(high, level_of(one.max_ns));
		p50.steps.push_back({from, one.at_s, level_of(one.p50_ns), ""});
		p99.steps.push_back({from, one.at_s, level_of(one.p99_ns), ""});
		const auto time = [](std::uint64_t ns) { return page_time(static_cast<double>(ns)); };
		max.steps.push_back({from, one.at_s, level_of(one.max_ns),
				     fmt::format("{:.1f} to {:.1f} s: p50 {}, p99 {}, max {}", from, one.at_s,
						 time(one.p50_ns), time(one.p99_ns), time(one.max_ns))});
	}
	plot.y = logarithmic_axis(std::min(low, high), high, time_label, 2.5);
	plot.curves = {p50, p99, max};
	return plot;
}

Plot percentile_plot(const BenchReport &report)
{
	const Histogram both = data_latencies(report.result);
	Plot plot;
	plot.description = "Latency by percentile, each nine taking the same room";
	plot.x = percentile_axis(both.count());
	plot.y = latency_axis(both);
	for (const Kind kind : {Kind::read, Kind::write}) {
		const Histogram &latency = report.result.of(kind);
		if (latency.count() != 0) {
			plot.curves.push_back(
				percentile_curve(latency, plot.x, kind_names.at(static_cast<std::size_t>(kind))));
		}
	}
	return plot;
}

Plot histogram_plot(const BenchReport &report)
{
	const Histogram both = data_latencies(report.result);
	const std::size_t together = buckets_of_bar(both);
	Plot plot;
	plot.description = "How many commands had which latency, both on logarithmic scales";
	plot.width = whole_width;
	plot.height = 250;
	plot.x = histogram_axis(both, together);
	double highest = 1;
	for (const Kind kind : {Kind::read, Kind::write}) {
		const Histogram &latency = report.result.of(kind);
		if (latency.count() != 0) {
			plot.curves.push_back(
				histogram_curve(latency, together, kind_names.at(static_cast<std::size_t>(kind))));
			for (const Curve::Step &step : plot.curves.back().steps) {
				highest = std::max(highest, step.level);
			}
		}
	}
	plot.y = logarithmic_axis(1, highest, count_label, 1.5);
	plot.y.low = 0.5; // so that one command is seen
	return plot;
}

} // namespace nvmectl
