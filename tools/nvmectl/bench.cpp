// SPDX-License-Identifier: MIT OR Apache-2.0
#include "bench_plan.h"
#include "bench_report.h"
#include "bench_run.h"
#include "commands.h"
#include "idle.h"
#include "interrupt.h"
#include "io_setup.h"

#include <fmt/format.h>

namespace nvmectl
{

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
	return exit_of(result);
}

} // namespace nvmectl
