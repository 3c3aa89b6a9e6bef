// SPDX-License-Identifier: MIT OR Apache-2.0
#include "bench_page.h"
#include "bench_plots.h"
#include "bench_report.h"
#include "session.h"
#include "units.h"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cctype>
#include <map>
#include <string_view>

namespace nvmectl
{
namespace
{

/// Each {{name}} replaced by its value, which is not looked into.
std::string filled(std::string_view page, const std::map<std::string_view, std::string> &values)
{
	std::string text;
	while (true) {
		const std::size_t open = page.find("{{");
		text += page.substr(0, open);
		if (open == std::string_view::npos) {
			return text;
		}
		const std::size_t close = page.find("}}", open);
		text += values.at(page.substr(open + 2, close - open - 2));
		page.remove_prefix(close + 2);
	}
}

std::string tile(const std::string &name, const std::string &value, const std::string &more)
{
	return fmt::format("<div class=\"tile\"><span>{}</span><strong>{}</strong><small>{}</small></div>\n", name,
			   value, more);
}

std::string tiles(const BenchReport &report)
{
	const BenchResult &result = report.result;
	const Histogram both = data_latencies(result);
	const double rate = result.per_second(result.commands());
	const auto bandwidth = static_cast<std::uint64_t>(rate * report.plan.command_bytes());
	const double cpu_ns = result.per_answered(static_cast<double>(result.cpu.total_ns() + result.other_cpu_ns));
	const auto percentile = [&both](double percent) {
		return page_time(static_cast<double>(both.percentile(percent)));
	};
	return tile("IOPS", human_count(rate), count_of(result.commands(), "command")) +
	       tile("Bandwidth", human_bytes(bandwidth) + "/s",
		    human_bytes(result.commands() * report.plan.command_bytes()) + " in all") +
	       tile("Latency p50", percentile(50), "mean " + page_time(both.mean())) +
	       tile("Latency p99", percentile(99), "p99.9 " + percentile(99.9)) +
	       tile("Latency p99.99", percentile(99.99), "max " + page_time(static_cast<double>(both.max()))) +
	       tile("CPU a command", page_time(cpu_ns),
		    fmt::format("{:.3f} system calls", result.per_answered(static_cast<double>(result.enters))));
}

std::string key(const char *style, const char *name)
{
	return fmt::format("<span class=\"key {}\">{}</span>", style, name);
}

std::string kind_keys(const BenchReport &report)
{
	return (report.plan.pattern.read_percent != 0 ? key("read", "reads") : "") +
	       (report.plan.writes() ? key("write", "writes") : "");
}

/// What the reader must know before the figures.
std::string trouble(const BenchReport &report)
{
	const BenchResult &result = report.result;
	std::string items;
	const auto add = [&items](const std::string &text) {
		items += fmt::format("<li>{}</li>\n", html_escaped(text));
	};
	if (result.interrupted) {
		add("The run was interrupted: these are the figures of what was done.");
	}
	for (const auto &[error, times] : result.errors) {
		add(fmt::format("{} ended with {}", count_of(times, "command"), error_label(error)));
	}
	if (result.missed != 0) {
		add(fmt::format("The rate was not reached: {} due and not sent in time.",
				count_of(result.missed, "command")));
	}
	return items.empty() ? "" : fmt::format("<section class=\"card bad\"><ul>\n{}</ul></section>", items);
}

std::string result_heads()
{
	std::string text;
	for (const char *name : {"commands", "IOPS", "bandwidth", "min", "mean"}) {
		text += fmt::format("<th>{}</th>", name);
	}
	for (const Percentile &one : percentiles) {
		text += fmt::format("<th>{}</th>", one.name);
	}
	return text + "<th>max</th>";
}

std::string results(const BenchReport &report)
{
	std::string text;
	for (std::size_t kind = 0; kind < kinds; ++kind) {
		const Histogram &latency = report.result.latencies.at(kind);
		if (latency.count() == 0) {
			continue;
		}
		const double rate = report.result.per_second(latency.count());
		const auto bandwidth = static_cast<std::uint64_t>(rate * report.plan.command_bytes());
		const bool moves_data = kind != static_cast<std::size_t>(Kind::flush);
		text += fmt::format("<tr><th>{}</th><td>{}</td><td>{}</td><td>{}</td>", kind_names.at(kind),
				    latency.count(), human_count(rate),
				    moves_data ? human_bytes(bandwidth) + "/s" : "");
		text += fmt::format("<td>{}</td><td>{}</td>", page_time(static_cast<double>(latency.min())),
				    page_time(latency.mean()));
		for (const Percentile &one : percentiles) {
			text += fmt::format("<td>{}</td>",
					    page_time(static_cast<double>(latency.percentile(one.percent))));
		}
		text += fmt::format("<td>{}</td></tr>\n", page_time(static_cast<double>(latency.max())));
	}
	return text;
}

std::string fact(const char *name, const std::string &value)
{
	return value.empty() ? "" : fmt::format("<tr><th>{}</th><td>{}</td></tr>\n", name, html_escaped(value));
}

std::string load_facts(const BenchReport &report)
{
	const BenchPlan &plan = report.plan;
	const BenchResult &result = report.result;
	std::string text = fact("Pattern", fmt::format("{}, {} % reads", plan.pattern.random ? "random" : "sequential",
						       plan.pattern.read_percent));
	text += fact("Block size", fmt::format("{} ({})", human_bytes(plan.command_bytes()),
					       count_of(plan.blocks_per_command, "block")));
	text += fact("Range", fmt::format("LBA {} to {} ({})", plan.range.lba, plan.range.lba + plan.range.blocks - 1,
					  human_bytes(plan.range.blocks * plan.block_bytes)));
	text += fact("In flight",
		     fmt::format("{}{}", plan.depth,
				 plan.threads == 1 ? "" : fmt::format(" in each of {} threads", plan.threads)));
	text += fact("Batch", plan.batch == 1 ? "completions are taken as they come"
					      : fmt::format("{} completions or more are taken at a time", plan.batch));
	text += fact("Rate", plan.rate == 0 ? "as fast as it goes" : fmt::format("{} commands a second", plan.rate));
	text += fact("Warm-up", plan.ramp_ns == 0 ? "none" : page_time(static_cast<double>(plan.ramp_ns)));
	text += fact("Measured for", fmt::format("{:.3f} s", result.seconds));
	text += fact("Buffers",
		     plan.registered ? (result.pinned ? "registered and pinned" : "registered, not pinned") : "plain");
	text += fact("Polling", describe_polling(plan.polling));
	text += fact("Writes", !plan.writes()          ? ""
			       : plan.fua              ? "with FUA"
			       : plan.flush_every != 0 ? fmt::format("a flush after each {}", plan.flush_every)
						       : "into the cache, if there is one");
	return text + fact("CPU", with_micro(describe_cpu(result))) +
	       fact("Seed", fmt::format("{}", plan.pattern.seed));
}

std::string machine_facts(const BenchReport &report)
{
	const ringline_device_info &info = report.device;
	const ringline_queue_info &queue = report.result.queue;
	std::string text = fact("Device", fmt::format("{} ({})", info.node, kind_name(info.kind)));
	text += fact("Model", info.model) + fact("Serial", info.serial) + fact("Firmware", info.firmware);
	text += fact("Size", fmt::format("{} ({} blocks)", human_bytes(info.blocks * info.block_size), info.blocks));
	text += fact("LBA format", fmt::format("{} bytes (format {})", info.block_size, info.lba_format));
	text += fact("Volatile cache", info.volatile_cache != 0 ? "yes" : "no");
	text += fact("Engine", fmt::format("{}: {}", engine_name(queue.engine), engine_reason(queue)));
	text += fact("Traps", fmt::format("{}", fmt::join(trap_names(queue.traps), ", ")));
	text += fact("Kernel", report.machine.kernel);
	return text +
	       fact("Processor", fmt::format("{} x {}", report.machine.processors,
					     report.machine.processor.empty() ? "unknown" : report.machine.processor));
}

std::string notes(const BenchReport &report)
{
	std::string text;
	const auto add = [&text](const std::string &note) { text += fmt::format("<li>{}</li>\n", html_escaped(note)); };
	add(report.plan.rate != 0
		    ? "Latency is counted from when a command was due by the rate until the program had its "
		      "completion, so a "
		      "stall shows in all commands that it delayed."
		    : "Latency is counted from when a command's batch was begun until the program had its completion.");
	add("Percentiles are at most 0.8 % above the truth and never below it; minimum, mean and maximum are exact. "
	    "Commands "
	    "that failed are not in them.");
	for (const std::string &warning : report.warnings) {
		add("Warning: " + warning);
	}
	return text;
}

} // namespace

std::string bench_html(const BenchReport &report)
{
	const std::string when = fmt::format("{:%F %T} UTC", fmt::gmtime(report.result.started));
	std::string load = html_escaped(describe_load(report.plan));
	load.front() = static_cast<char>(std::toupper(load.front()));
	const std::string node = html_escaped(report.device.node);
	const std::string model = html_escaped(report.device.model);
	const std::string version =
		fmt::format("nvmectl {}.{}.{}", RINGLINE_VERSION_MAJOR, RINGLINE_VERSION_MINOR, RINGLINE_VERSION_PATCH);
	const bool any = report.result.commands() != 0;
	const std::string nothing = "<p>No command succeeded.</p>";
	return filled(bench_page,
		      {{"generator", version},
		       {"title", fmt::format("{}: {}", node, load)},
		       {"tool", version + " bench"},
		       {"heading", load},
		       {"subheading", fmt::format("{}{}, {}", node, model.empty() ? "" : " · " + model, when)},
		       {"trouble", trouble(report)},
		       {"tiles", tiles(report)},
		       {"kind_keys", kind_keys(report)},
		       {"throughput", any ? svg(throughput_plot(report)) : nothing},
		       {"percentiles", any ? svg(percentile_plot(report)) : nothing},
		       {"latency", any ? svg(latency_plot(report)) : nothing},
		       {"histogram", any ? svg(histogram_plot(report)) : nothing},
		       {"result_heads", result_heads()},
		       {"results", results(report)},
		       {"load", load_facts(report)},
		       {"machine", machine_facts(report)},
		       {"repeat", html_escaped(report.repeat)},
		       {"notes", notes(report)}});
}

} // namespace nvmectl
