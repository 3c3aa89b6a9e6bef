// SPDX-License-Identifier: MIT OR Apache-2.0
// Runs the threads of a benchmark and looks after them: signals, the line on the terminal, a look at the counts once a
// second.
#pragma once

#include "bench_plan.h"
#include "bench_result.h"
#include "session.h"
#include "terminal_line.h"

namespace nvmectl
{

/// Throws Error if a thread has no queue, or the library fails. notes: say on standard error what is waited for.
BenchResult run_bench_threads(const BenchPlan &plan, const Device &device, TerminalLine *line, bool notes);

} // namespace nvmectl
