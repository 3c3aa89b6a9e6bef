// SPDX-License-Identifier: MIT OR Apache-2.0
#include "bench_report.h"

#include "session.h"
#include "status_code.h"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace nvmectl
{
namespace
{

Json latency_json(const Histogram &latency)
{
	Json json = {{"min", latency.min()}, {"mean", latency.mean()}};
	for (const Percentile &one : percentiles) {
		json[one.member] = latency.percentile(one.percent);
	}
	json["max"] = latency.max();
	return json;
}

/// Pairs of the largest latency of a bucket and how many it holds; empty ones are left out.
Json histogram_json(const Histogram &latency)
{
	Json array = Json::array();
	for (std::size_t i = 0; i < latency.counts().size(); ++i) {
		if (latency.counts()[i] != 0) {
			array.push_back({buckets::highest_of(i), latency.counts()[i]});
		}
	}
	return array;
}

Json kind_json(const BenchReport &report, std::size_t kind)
{
	const Histogram &latency = report.result.latencies.at(kind);
	Json json = {{"commands", latency.count()}, {"iops", report.result.per_second(latency.count())}};
	if (kind != static_cast<std::size_t>(Kind::flush)) {
		const std::uint64_t bytes = latency.count() * report.plan.command_bytes();
		json["bytes"] = bytes;
		json["bytes_per_second"] = report.result.per_second(bytes);
	}
	json["latency_ns"] = latency_json(latency);
	json["histogram_ns"] = histogram_json(latency);
	return json;
}

Json device_json(const ringline_device_info &info)
{
	return {{"node", info.node},
		{"kind", kind_name(info.kind)},
		{"model", info.model},
		{"serial", info.serial},
		{"firmware", info.firmware},
		{"nsid", info.nsid},
		{"blocks", info.blocks},
		{"block_size", info.block_size},
		{"lba_format", info.lba_format},
		{"max_transfer_bytes", info.max_transfer_bytes},
		{"volatile_cache", info.volatile_cache != 0}};
}

template <typename Value> Json value_or_null(const std::optional<Value> &value)
{
	return value ? Json(*value) : Json(nullptr);
}

Json polling_json(const Polling &polling)
{
	return {{"iopoll", polling.iopoll},
		{"sqpoll", polling.sqpoll},
		{"sqpoll_cpu", value_or_null(polling.sqpoll_cpu)}};
}

Json load_json(const BenchReport &report)
{
	const BenchPlan &plan = report.plan;
	return {{"pattern", plan.pattern.random ? "random" : "sequential"},
		{"read_percent", plan.pattern.read_percent},
		{"command_bytes", plan.command_bytes()},
		{"lba", plan.range.lba},
		{"blocks", plan.range.blocks},
		{"depth", plan.depth},
		{"batch", plan.batch},
		{"threads", plan.threads},
		{"time_ns", value_or_null(plan.time_ns)},
		{"count", value_or_null(plan.commands)},
		{"ramp_ns", plan.ramp_ns},
		{"rate", plan.rate == 0 ? Json(nullptr) : Json(plan.rate)},
		{"seed", plan.pattern.seed},
		{"engine", report.engine},
		{"polling", polling_json(plan.polling)},
		{"buffers", plan.registered ? "registered" : "plain"},
		{"flush_every", plan.flush_every == 0 ? Json(nullptr) : Json(plan.flush_every)},
		{"fua", plan.fua},
		{"stop_on_error", plan.stop_on_error},
		{"destructive", plan.writes()}};
}

Json errors_json(const BenchErrors &errors)
{
	Json array = Json::array();
	for (const auto &[error, times] : errors) {
		Json one = {{"opcode", opcode_name(error.opcode)}, {"count", times}};
		if (error.status != 0) {
			one["status"] = error.status;
			one["status_code"] = status_notation(error.status);
			one["name"] = ringline_status_name(error.status, error.opcode);
			one["text"] = ringline_status_text(error.status, error.opcode);
		} else {
			one["name"] = ringline_error_name(error.error);
			one["text"] = ringline_error_text(error.error);
		}
		one["outcome_unknown"] = (error.flags & RINGLINE_OUTCOME_UNKNOWN) != 0;
		one["not_sent"] = (error.flags & RINGLINE_NOT_SENT) != 0;
		array.push_back(one);
	}
	return array;
}

Json series_json(const std::vector<BenchSecond> &series)
{
	Json array = Json::array();
	for (const BenchSecond &second : series) {
		array.push_back({{"at_s", second.at_s},
				 {"seconds", second.seconds},
				 {"reads", second.reads},
				 {"writes", second.writes},
				 {"p50_ns", second.p50_ns},
				 {"p99_ns", second.p99_ns},
				 {"max_ns", second.max_ns}});
	}
	return array;
}

Json cpu_json(const BenchResult &result)
{
	const auto each = [&result](std::uint64_t ns) { return result.per_answered(static_cast<double>(ns)); };
	return {{"user_ns", result.cpu.user_ns},
		{"system_ns", result.cpu.system_ns},
		{"other_threads_ns", result.other_cpu_ns},
		{"user_ns_per_command", each(result.cpu.user_ns)},
		{"system_ns_per_command", each(result.cpu.system_ns)},
		{"other_threads_ns_per_command", each(result.other_cpu_ns)}};
}

} // namespace

Json bench_json(const BenchReport &report)
{
	const BenchResult &result = report.result;
	Json json = document("bench");
	json["exit"] = static_cast<int>(exit_of(result));
	json["code"] = exit_name(exit_of(result));
	json["interrupted"] = result.interrupted;
	json["started"] = fmt::format("{:%FT%TZ}", fmt::gmtime(result.started));
	json["seconds"] = result.seconds;
	json["commands"] = result.commands();
	json["iops"] = result.per_second(result.commands());
	json["bytes"] = result.commands() * report.plan.command_bytes();
	json["bytes_per_second"] = result.per_second(result.commands() * report.plan.command_bytes());
	for (std::size_t kind = 0; kind < kinds; ++kind) {
		json[kind_names.at(kind)] =
			result.latencies.at(kind).count() == 0 ? Json(nullptr) : kind_json(report, kind);
	}
	json["cpu"] = cpu_json(result);
	json["system_calls"] = result.enters;
	json["system_calls_per_command"] = result.per_answered(static_cast<double>(result.enters));
	json["errors"] = errors_json(result.errors);
	json["error_count"] = result.error_count();
	json["missed"] = result.missed;
	json["series"] = series_json(result.series);
	json["load"] = load_json(report);
	json["device"] = device_json(report.device);
	json["engine"] = engine_name(result.queue.engine);
	json["engine_reason"] = engine_reason(result.queue);
	json["pinned_memory"] = result.pinned;
	json["traps"] = trap_names(result.queue.traps);
	json["kernel"] = report.machine.kernel;
	json["processor"] = report.machine.processor;
	json["processors"] = report.machine.processors;
	json["command_line"] = report.repeat;
	json["warnings"] = report.warnings;
	return json;
}

} // namespace nvmectl
