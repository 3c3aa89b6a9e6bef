// SPDX-License-Identifier: MIT OR Apache-2.0
#include "block_counters.h"

#include <fstream>
#include <sstream>

namespace nvmectl
{
namespace
{

constexpr double sector_bytes = 512;

Stream stream_between(std::uint64_t commands, std::uint64_t sectors, std::uint64_t ms, double seconds)
{
	Stream stream;
	if (seconds > 0) {
		stream.iops = static_cast<double>(commands) / seconds;
		stream.bytes_per_second = static_cast<double>(sectors) * sector_bytes / seconds;
	}
	if (commands != 0) {
		stream.latency_ms = static_cast<double>(ms) / static_cast<double>(commands);
	}
	return stream;
}

} // namespace

std::optional<BlockCounters> parse_block_counters(const std::string &text)
{
	std::istringstream words(text);
	BlockCounters counters;
	std::uint64_t merged = 0;
	words >> counters.reads >> merged >> counters.read_sectors >> counters.read_ms >> counters.writes >> merged >>
		counters.write_sectors >> counters.write_ms >> counters.in_flight;
	return words ? std::optional(counters) : std::nullopt;
}

std::optional<BlockCounters> read_block_counters(const std::string &block_name)
{
	if (block_name.empty()) {
		return std::nullopt;
	}
	std::ifstream file("/sys/class/block/" + block_name + "/stat");
	std::ostringstream text;
	text << file.rdbuf();
	return parse_block_counters(text.str());
}

Load load_between(const BlockCounters &before, const BlockCounters &after, double seconds)
{
	return {stream_between(after.reads - before.reads, after.read_sectors - before.read_sectors,
			       after.read_ms - before.read_ms, seconds),
		stream_between(after.writes - before.writes, after.write_sectors - before.write_sectors,
			       after.write_ms - before.write_ms, seconds),
		after.in_flight};
}

} // namespace nvmectl
