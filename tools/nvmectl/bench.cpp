// SPDX-License-Identifier: MIT OR Apache-2.0
#include "bench_plan.h"
#include "bench_report.h"
#include "bench_run.h"
#include "commands.h"
#include "idle.h"
#include "interrupt.h"
#include "io_setup.h"
#include "sink.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <cstring>
#include <memory>
#include <span>

namespace nvmectl
{
namespace
{

/// Before the run, so that a page that cannot be written is known when nothing is lost. Null if none is wanted.
std::unique_ptr<Sink> open_report(const Options &options)
{
	const std::string &path = options.bench.report;
	if (path.empty()) {
		return nullptr;
	}
	if (path == "-") {
		throw Error(Exit::usage, "--report -: the page cannot go to standard output, where the results go",
			    "--report FILE.html");
	}
	refuse_image(path, options.device);
	return open_sink(path, 0);
}

void write_report(const std::string &html, Sink *page)
{
	const std::int32_t written = page->write(std::as_bytes(std::span(html)));
	if (written < 0) {
		throw Error(Exit::open, fmt::format("cannot write {}: {}", page->name(), std::strerror(-written)));
	}
	commit(page);
}

} // namespace

Exit run_bench(const Options &options, Warnings *warnings)
{
	const Device device(options.device, options.bench.destructive ? 0 : RINGLINE_OPEN_READ_ONLY);
	const ringline_device_info &info = device.info();
	require_plain_namespace(info);
	const BenchPlan plan = make_bench_plan(options, info);
	warn_about_null(info, warnings);
	BusyCheck busy;
	if (plan.writes()) {
		busy = require_idle(info, options.allow_busy, warnings);
	}
	const std::unique_ptr<Sink> page = open_report(options);
	interrupt::install();
	warn_about_plan(plan, info, warnings);
	TerminalLine line(!options.quiet && !options.json && !options.no_progress);
	const BenchResult result = run_bench_threads(plan, device, &line, !options.json);
	const BenchReport report = {
		plan, result, info, this_machine(), options.engine, repeat_command(plan, options), warnings->texts()};
	if (options.json) {
		print_document(bench_json(report));
	} else if (!options.quiet) {
		print_text(bench_text(report));
	}
	if (page != nullptr) {
		write_report(bench_html(report), page.get());
	}
	return exit_of(result);
}

} // namespace nvmectl
