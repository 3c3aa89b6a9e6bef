// SPDX-License-Identifier: MIT OR Apache-2.0
// What a benchmark found: the threads' counts put together, and the figures that are computed from them.
#pragma once

#include "bench_plan.h"
#include "bench_worker.h"
#include "exit_code.h"
#include "histogram.h"

#include <ringline/ringline.h>

#include <array>
#include <cstdint>
#include <ctime>
#include <string>
#include <vector>

namespace nvmectl
{

/// About a second of the run.
struct BenchSecond {
	double at_s = 0;    ///< Its end, after the ramp.
	double seconds = 0; ///< How long it was.
	std::uint64_t reads = 0;
	std::uint64_t writes = 0;
	/// Of reads and writes together.
	std::uint64_t p50_ns = 0;
	std::uint64_t p99_ns = 0;
	std::uint64_t max_ns = 0;
};

struct BenchResult {
	std::array<Histogram, kinds> latencies;
	std::vector<BenchSecond> series;
	BenchErrors errors;
	double seconds = 0; ///< From the end of the ramp until the last command was complete.
	std::uint64_t missed = 0;
	std::uint64_t enters = 0;
	CpuTime cpu; ///< Of the threads that send.
	/// Of all others but the supervisor: workers of the threads engine, threads of the kernel. Together, because
	/// the kernel guesses by its clock tick which part was whose when it adds up a process.
	std::uint64_t other_cpu_ns = 0;
	ringline_queue_info queue = {};
	bool pinned = false;
	bool interrupted = false;
	std::time_t started = 0;

	[[nodiscard]] const Histogram &of(Kind kind) const { return latencies.at(static_cast<std::size_t>(kind)); }
	/// Commands that moved data and succeeded.
	[[nodiscard]] std::uint64_t commands() const { return of(Kind::read).count() + of(Kind::write).count(); }
	[[nodiscard]] std::uint64_t error_count() const;
	/// All that were answered, flushes and errors too: what processor time and system calls are divided by.
	[[nodiscard]] std::uint64_t answered() const;
	[[nodiscard]] double per_second(std::uint64_t count) const;
	[[nodiscard]] double per_answered(double amount) const;
};

/// Reads and writes together.
Histogram data_latencies(const BenchResult &result);

/// The percentiles that are shown, with the names of their JSON members.
struct Percentile {
	double percent;
	const char *name;   ///< "p99.9"
	const char *member; ///< "p99_9"
};
inline constexpr std::array<Percentile, 5> percentiles = {{
	{50, "p50", "p50"},
	{90, "p90", "p90"},
	{99, "p99", "p99"},
	{99.9, "p99.9", "p99_9"},
	{99.99, "p99.99", "p99_99"},
}};

inline constexpr std::array<const char *, kinds> kind_names = {"read", "write", "flush"};

/// "read: unrecovered-read-error (2/81h)", "write: ENODEV, not sent".
std::string error_label(const BenchError &error);

Exit exit_of(const BenchResult &result);

} // namespace nvmectl
