// SPDX-License-Identifier: MIT OR Apache-2.0
// What a benchmark is going to do: its options, judged against the device.
#pragma once

#include "bench_pattern.h"
#include "extents.h"
#include "options.h"
#include "report.h"
#include "session.h"

#include <ringline/ringline.h>

#include <cstdint>
#include <optional>
#include <string>

namespace nvmectl
{

struct BenchPlan {
	Extent range;
	std::uint32_t block_bytes = 0; ///< Of one block of the device.
	std::uint32_t blocks_per_command = 0;
	PatternSetup pattern;    ///< Of all threads together.
	std::uint32_t depth = 0; ///< Of each thread.
	std::uint32_t batch = 0;
	std::uint32_t threads = 0;
	std::uint32_t engine = 0;
	Polling polling;
	bool registered = true;
	bool fua = false;
	bool stop_on_error = false;
	std::uint64_t flush_every = 0; ///< Writes of one thread between two flushes; 0: none.
	std::uint64_t rate = 0;        ///< Commands a second, of all threads; 0: as fast as it goes.
	std::uint64_t ramp_ns = 0;
	std::optional<std::uint64_t> time_ns;  ///< At least one of these two.
	std::optional<std::uint64_t> commands; ///< Of all threads.

	[[nodiscard]] bool writes() const { return pattern.read_percent < 100; }
	/// Of a command's data in memory: a mixed run must not write what it has just read.
	[[nodiscard]] std::uint32_t copies() const { return writes() && pattern.read_percent > 0 ? 2 : 1; }
	[[nodiscard]] std::uint32_t command_bytes() const { return block_bytes * blocks_per_command; }
	/// How many of the commands are a thread's.
	[[nodiscard]] std::optional<std::uint64_t> commands_of_thread(std::uint32_t thread) const;
};

/// Throws Error for what makes no sense, or would write without leave.
BenchPlan make_bench_plan(const Options &options, const ringline_device_info &info);

/// What the user should know before it begins.
void warn_about_plan(const BenchPlan &plan, const ringline_device_info &info, Warnings *warnings);

/// The command line that does the same again, with everything that was left to nvmectl said.
std::string repeat_command(const BenchPlan &plan, const Options &options);

} // namespace nvmectl
