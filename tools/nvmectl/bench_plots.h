// SPDX-License-Identifier: MIT OR Apache-2.0
// The plots of a benchmark's page.
#pragma once

#include "bench_report.h"
#include "svg_plot.h"

namespace nvmectl
{

Plot throughput_plot(const BenchReport &report);
Plot latency_plot(const BenchReport &report);
Plot percentile_plot(const BenchReport &report);
Plot histogram_plot(const BenchReport &report);

/// With the letter that a terminal might not have.
std::string with_micro(std::string text);
/// As human_time(), for a page.
std::string page_time(double nanoseconds);

} // namespace nvmectl
