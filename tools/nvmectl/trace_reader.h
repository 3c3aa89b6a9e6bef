// SPDX-License-Identifier: MIT OR Apache-2.0
// A trace (nvmectl.trace/1) read back: every line is checked, and what is wrong is told with its number.
#pragma once

#include <ringline/ringline.h>

#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace nvmectl
{

/// How a command ended.
struct TraceEnd {
	bool known = false; ///< The trace has it.
	std::uint16_t status = 0;
	std::uint16_t flags = 0; ///< RINGLINE_OUTCOME_UNKNOWN, RINGLINE_NOT_SENT.
	std::int32_t error = 0;
};

struct TraceCommand {
	ringline_command_extended command = {}; ///< Its device and its memory are the reader's to set.
	std::vector<ringline_range> ranges;
	std::uint64_t number = 0;
	std::uint64_t line = 0;
	std::array<std::uint32_t, 16> dwords = {};
	TraceEnd end;
};

struct TraceEvent {
	std::uint32_t command = 0; ///< Index in commands.
	bool completion = false;
	std::uint64_t time_ns = 0;
};

/// What the device was.
struct TraceDevice {
	std::uint64_t block_size = 0;
	std::uint64_t metadata_size = 0;
	std::uint64_t zone_blocks = 0;
	std::uint64_t blocks = 0;
};

struct TraceRecord {
	std::string path;
	TraceDevice device;
	std::vector<TraceCommand> commands;
	std::vector<TraceEvent> events; ///< In the order of the lines.
	std::uint64_t lost = 0;         ///< Events that the trace says it lacks.
	bool cut = false;               ///< The last line is not whole and was left out.
};

/// Throws Error: unsupported for another version, else refused.
TraceRecord read_trace(const std::string &path);

/// Makes it one for this device. Throws Error if that is of another kind or smaller, or would not take one of the
/// commands.
void prove_trace(TraceRecord *record, ringline_device device, const ringline_device_info &info);

} // namespace nvmectl
