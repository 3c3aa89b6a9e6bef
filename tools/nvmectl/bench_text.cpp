// SPDX-License-Identifier: MIT OR Apache-2.0
#include "bench_report.h"

#include "session.h"
#include "units.h"

#include <fmt/format.h>

namespace nvmectl
{
namespace
{

std::string heading()
{
	std::string line = fmt::format("{:<7}{:>10}{:>14}{:>10}{:>10}", "", "IOPS", "bandwidth", "min", "mean");
	for (const Percentile &one : percentiles) {
		line += fmt::format("{:>10}", one.name);
	}
	return line + fmt::format("{:>10}\n", "max");
}

std::string row(const BenchReport &report, std::size_t kind)
{
	const Histogram &latency = report.result.latencies.at(kind);
	const double rate = report.result.per_second(latency.count());
	const bool moves_data = kind != static_cast<std::size_t>(Kind::flush);
	const auto bandwidth = static_cast<std::uint64_t>(rate * report.plan.command_bytes());
	std::string line = fmt::format("{:<7}{:>10}{:>14}{:>10}{:>10}", kind_names.at(kind), human_count(rate),
				       moves_data ? human_bytes(bandwidth) + "/s" : "", human_time(latency.min()),
				       human_time(static_cast<std::uint64_t>(latency.mean())));
	for (const Percentile &one : percentiles) {
		line += fmt::format("{:>10}", human_time(latency.percentile(one.percent)));
	}
	return line + fmt::format("{:>10}\n", human_time(latency.max()));
}

std::string line_of(const char *name, const std::string &value)
{
	return fmt::format("{:<14}{}\n", name, value);
}

std::string duration(std::uint64_t nanoseconds)
{
	return nanoseconds % 1'000'000'000 == 0 ? fmt::format("{} s", nanoseconds / 1'000'000'000)
						: human_time(nanoseconds);
}

} // namespace

std::string describe_load(const BenchPlan &plan)
{
	std::string text = plan.pattern.random ? "random" : "sequential";
	text += plan.pattern.read_percent == 100 ? " reads"
		: plan.pattern.read_percent == 0 ? " writes"
						 : fmt::format(", {} % reads", plan.pattern.read_percent);
	text += fmt::format(", {}, {} in flight", human_bytes(plan.command_bytes()), plan.depth);
	text += plan.threads > 1 ? fmt::format(" in each of {} threads", plan.threads) : "";
	text += plan.time_ns ? ", " + duration(*plan.time_ns) : "";
	text += plan.commands ? ", " + count_of(*plan.commands, "command") : "";
	text += plan.rate != 0 ? fmt::format(", {} a second", plan.rate) : "";
	const std::string polling = describe_polling(plan.polling);
	return text + (polling.empty() ? "" : ", " + polling);
}

std::string describe_polling(const Polling &polling)
{
	if (polling.iopoll) {
		return "IOPOLL";
	}
	const std::string where = polling.sqpoll_cpu ? fmt::format(" on CPU {}", *polling.sqpoll_cpu) : "";
	return polling.sqpoll ? "SQPOLL" + where : "";
}

std::string describe_cpu(const BenchResult &result)
{
	const auto each = [&result](std::uint64_t ns) {
		return human_time(static_cast<std::uint64_t>(result.per_answered(static_cast<double>(ns))));
	};
	std::string text = fmt::format("{} a command ({} user, {} system)", each(result.cpu.total_ns()),
				       each(result.cpu.user_ns), each(result.cpu.system_ns));
	if (result.per_answered(static_cast<double>(result.other_cpu_ns)) >= 10) {
		const bool sqpoll = (result.queue.flags & RINGLINE_QUEUE_SQPOLL) != 0;
		text += fmt::format(", and {} in other threads{}", each(result.other_cpu_ns),
				    sqpoll ? ", SQPOLL's among them" : "");
	}
	return text;
}

std::string bench_text(const BenchReport &report)
{
	const BenchResult &result = report.result;
	std::string text = fmt::format("{} on {}\n{}", describe_load(report.plan), report.device.node, heading());
	for (std::size_t kind = 0; kind < kinds; ++kind) {
		text += result.latencies.at(kind).count() != 0 ? row(report, kind) : "";
	}
	text += line_of("done",
			fmt::format("{}, {} in {:.3f} s", count_of(result.commands(), "command"),
				    human_bytes(result.commands() * report.plan.command_bytes()), result.seconds));
	text += line_of("CPU", describe_cpu(result));
	text += line_of("system calls",
			fmt::format("{:.3f} a command", result.per_answered(static_cast<double>(result.enters))));
	text += line_of("engine", fmt::format("{}: {}", engine_name(result.queue.engine), engine_reason(result.queue)));
	for (const auto &[error, times] : result.errors) {
		text += line_of("error", fmt::format("{} x {}", times, error_label(error)));
	}
	if (result.missed != 0) {
		text += line_of("missed", fmt::format("{} due and not sent in time: the rate was not reached",
						      count_of(result.missed, "command")));
	}
	text += result.interrupted ? line_of("interrupted", "before it was done") : "";
	return text + line_of("repeat", report.repeat);
}

} // namespace nvmectl
