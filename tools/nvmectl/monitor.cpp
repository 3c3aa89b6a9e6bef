// SPDX-License-Identifier: MIT OR Apache-2.0
#include "block_counters.h"
#include "busy.h"
#include "commands.h"
#include "health.h"
#include "interrupt.h"
#include "units.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

#include <array>
#include <chrono>
#include <ctime>

namespace nvmectl
{
namespace
{

using Clock = std::chrono::steady_clock;

struct Observation {
	Health health;
	std::optional<Load> load; ///< Nothing at the first look, and where the kernel counts nothing.
};

std::string local_time(const char *form)
{
	const std::time_t now = std::time(nullptr);
	std::tm parts = {};
	std::array<char, 32> text = {};
	(void)::localtime_r(&now, &parts);
	(void)std::strftime(text.data(), text.size(), form, &parts);
	return text.data();
}

/// One value of the health, for people and for programs.
struct Value {
	const char *name;
	Json json;
	std::string text;
};

std::vector<Value> values_of(const Health &health)
{
	const std::vector<std::string> warned = warning_names(health.critical_warning);
	const std::optional<std::int32_t> &celsius = health.temperature_celsius;
	return {{"critical_warnings", warned,
		 warned.empty() ? "no warnings" : fmt::format("WARNING {}", fmt::join(warned, ","))},
		{"temperature_celsius", celsius ? Json(*celsius) : Json(nullptr),
		 celsius ? fmt::format("{} C", *celsius) : "no temperature"},
		{"spare_percent", health.spare_percent, fmt::format("spare {} %", health.spare_percent)},
		{"spare_threshold_percent", health.spare_threshold_percent, ""},
		{"used_percent", health.used_percent, fmt::format("used {} %", health.used_percent)},
		{"media_errors", health.media_errors, count_of(health.media_errors, "media error")},
		{"error_log_entries", health.error_entries, fmt::format("{} logged", health.error_entries)}};
}

Json stream_json(const Stream &stream)
{
	return {{"iops", stream.iops},
		{"bytes_per_second", stream.bytes_per_second},
		{"latency_ms", stream.latency_ms ? Json(*stream.latency_ms) : Json(nullptr)}};
}

std::string stream_text(const char *name, const Stream &stream)
{
	return fmt::format("; {} {} IOPS {}/s{}", name, human_count(stream.iops),
			   human_bytes(static_cast<std::uint64_t>(stream.bytes_per_second)),
			   stream.latency_ms ? fmt::format(" {:.2f} ms", *stream.latency_ms) : "");
}

class Monitor
{
public:
	Monitor(const Device &device, const Options &options)
		: device_(device), options_(options), block_name_(sibling_of(device.info().node)),
		  redraws_(!options.json && ::isatty(STDOUT_FILENO) != 0)
	{
	}

	void look()
	{
		Observation now;
		now.health = read_health(device_);
		const std::optional<BlockCounters> counters = read_block_counters(block_name_);
		const Clock::time_point time = Clock::now();
		if (counters && counters_) {
			now.load = load_between(*counters_, *counters,
						std::chrono::duration<double>(time - counted_).count());
		}
		counters_ = counters;
		counted_ = time;
		options_.json ? print_json(now) : print_words(now);
		last_ = now.health;
	}

	/// The line that would be drawn over next stays.
	void end() const
	{
		if (redraws_ && last_) {
			print_text("\n");
		}
	}

private:
	/// Values that are not what they were at the last look.
	[[nodiscard]] std::vector<bool> changes(const std::vector<Value> &values) const
	{
		std::vector<bool> changed(values.size());
		if (last_) {
			const std::vector<Value> before = values_of(*last_);
			for (std::size_t i = 0; i < values.size(); ++i) {
				changed[i] = values[i].json != before[i].json;
			}
		}
		return changed;
	}

	void print_json(const Observation &now) const
	{
		const std::vector<Value> values = values_of(now.health);
		const std::vector<bool> changed = changes(values);
		Json json = document("monitor");
		json["time"] = local_time("%Y-%m-%dT%H:%M:%S%z");
		json["device"] = device_.info().node;
		json["serial"] = device_.info().serial;
		json["health"] = Json::object();
		json["changed"] = Json::array();
		for (std::size_t i = 0; i < values.size(); ++i) {
			json["health"][values[i].name] = values[i].json;
			if (changed[i]) {
				json["changed"].push_back(values[i].name);
			}
		}
		json["load"] = !now.load ? Json(nullptr)
					 : Json({{"read", stream_json(now.load->read)},
						 {"write", stream_json(now.load->write)},
						 {"in_flight", now.load->in_flight}});
		print_line(json);
	}

	void print_words(const Observation &now) const
	{
		const std::vector<Value> values = values_of(now.health);
		const std::vector<bool> changed = changes(values);
		std::string text = local_time("%H:%M:%S");
		bool any = false;
		for (std::size_t i = 0; i < values.size(); ++i) {
			any = any || changed[i];
			if (!values[i].text.empty()) {
				text += fmt::format("{} {}{}", i == 0 ? "" : ",", values[i].text,
						    changed[i] ? "*" : "");
			}
		}
		if (now.load) {
			text += stream_text("read", now.load->read) + stream_text("write", now.load->write) +
				fmt::format("; {} in flight", now.load->in_flight);
		}
		// A look at which the health changed leaves the one before it to be seen.
		print_text(!redraws_ ? text + "\n" : fmt::format("{}\r\033[K{}", any ? "\n" : "", text));
	}

	const Device &device_;
	const Options &options_;
	std::string block_name_; ///< Empty: the kernel counts nothing for it.
	bool redraws_;
	std::optional<Health> last_;
	std::optional<BlockCounters> counters_;
	Clock::time_point counted_;
};

} // namespace

Exit run_monitor(const Options &options, Warnings * /*warnings*/)
{
	constexpr std::uint64_t shortest_ns = 1'000'000;
	const std::uint64_t interval_ns = parse_duration_ns(options.stream.interval, "--interval");
	if (interval_ns < shortest_ns) {
		throw Error(Exit::usage, fmt::format("--interval {}: a millisecond at least", options.stream.interval));
	}
	const std::uint64_t count =
		options.stream.count.empty() ? UINT64_MAX : parse_number(options.stream.count, "--count");
	if (count == 0) {
		throw Error(Exit::usage, "--count 0: at least one look");
	}
	const Device device(options.device, RINGLINE_OPEN_READ_ONLY);
	if (device.info().kind == RINGLINE_DEVICE_NULL) {
		throw Error(Exit::unsupported, "null: has no health to watch");
	}
	interrupt::install();
	Monitor monitor(device, options);
	monitor.look();
	for (std::uint64_t i = 1; i < count && output_works() && !interrupt::sleep_ns(interval_ns); ++i) {
		monitor.look();
	}
	monitor.end();
	return Exit::done;
}

} // namespace nvmectl
