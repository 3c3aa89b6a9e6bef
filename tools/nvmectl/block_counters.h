// SPDX-License-Identifier: MIT OR Apache-2.0
// What the kernel counts for a block device: its load.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace nvmectl
{

/// /sys/class/block/NAME/stat: since the machine was started.
struct BlockCounters {
	std::uint64_t reads = 0;
	std::uint64_t read_sectors = 0; ///< Of 512 bytes, whatever the block size.
	std::uint64_t read_ms = 0;
	std::uint64_t writes = 0;
	std::uint64_t write_sectors = 0;
	std::uint64_t write_ms = 0;
	std::uint64_t in_flight = 0;
};

/// Nothing if it is not such a text.
std::optional<BlockCounters> parse_block_counters(const std::string &text);
/// block_name: "nvme0n1"; empty: nothing.
std::optional<BlockCounters> read_block_counters(const std::string &block_name);

struct Stream {
	double iops = 0;
	double bytes_per_second = 0;
	std::optional<double> latency_ms; ///< On average; nothing if nothing was done.
};

struct Load {
	Stream read;
	Stream write;
	std::uint64_t in_flight = 0;
};

/// Between two looks.
Load load_between(const BlockCounters &before, const BlockCounters &after, double seconds);

} // namespace nvmectl
