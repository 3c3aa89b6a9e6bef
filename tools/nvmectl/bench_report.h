// SPDX-License-Identifier: MIT OR Apache-2.0
// The results of a benchmark as lines for people, as a document, and as a page with plots.
#pragma once

#include "bench_plan.h"
#include "bench_result.h"
#include "machine.h"
#include "report.h"

#include <ringline/ringline.h>

#include <string>
#include <vector>

namespace nvmectl
{

/// All that there is to tell.
struct BenchReport {
	const BenchPlan &plan;
	const BenchResult &result;
	const ringline_device_info &device;
	Machine machine;
	std::string engine; ///< As it was asked for.
	std::string repeat; ///< The command line.
	std::vector<std::string> warnings;
};

std::string bench_text(const BenchReport &report);
Json bench_json(const BenchReport &report);
std::string bench_html(const BenchReport &report);

/// "random, 70 % reads, 4 KiB, 32 in flight in each of 2 threads, 10 s, 5000 a second, SQPOLL".
std::string describe_load(const BenchPlan &plan);
/// "IOPOLL", "SQPOLL", "SQPOLL on CPU 3"; empty if nothing polls.
std::string describe_polling(const Polling &polling);
/// "1.2 us a command (0.4 us user, 0.8 us system), and 3.1 us in other threads".
std::string describe_cpu(const BenchResult &result);

} // namespace nvmectl
