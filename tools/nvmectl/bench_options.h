// SPDX-License-Identifier: MIT OR Apache-2.0
// The options of bench as they were typed; bench_plan.h judges them. The range, --depth, --engine, --fua and
// --allow-busy are those of the other commands (options.h).
#pragma once

#include <optional>
#include <string>

namespace nvmectl
{

struct BenchOptions {
	std::string pattern = "random";
	std::optional<std::string> reads;
	std::string block_size = "4KiB";
	std::string batch = "1";
	std::string threads = "1";
	std::optional<std::string> time;
	std::optional<std::string> count;
	std::optional<std::string> size;
	std::string ramp = "0";
	std::optional<std::string> rate;
	std::optional<std::string> seed;
	std::string buffers = "registered";
	bool iopoll = false;
	bool sqpoll = false;
	std::optional<std::string> sqpoll_cpu;
	std::optional<std::string> flush_every;
	bool destructive = false;
	bool stop_on_error = false;
	std::string report;
};

} // namespace nvmectl
