// SPDX-License-Identifier: MIT OR Apache-2.0
// What the commands on zones have in common: which zone is meant, one command sent, and what the device says of its
// zones.
#pragma once

#include "data_queue.h"
#include "options.h"

#include <cstdint>
#include <string>
#include <vector>

namespace nvmectl
{

/// Memory that a queue needs for a report.
inline constexpr std::uint32_t zone_report_bytes = 64U << 10;

/// One zone of a report (zoned namespace command set specification, "Zone Descriptor").
struct ZoneFacts {
	std::uint64_t lba;
	std::uint64_t capacity;
	std::uint64_t write_pointer; ///< Of a zone that can be written.
	std::uint8_t state;
	std::uint8_t attributes;
};

/// "empty", "full".
std::string zone_state_name(std::uint8_t state);
/// Whether blocks can be written to it, unless limits of the device are in the way.
bool zone_is_writable(const ZoneFacts &zone);

/// Throws unless the device has zones.
void require_zoned(const ringline_device_info &info);
/// The first block of the zone that is meant.
std::uint64_t zone_of(const Options &options, const ringline_device_info &info);

/// Throws Error if that is negative: what ringline_encode() says is wrong with the command.
void refuse_zone_command(std::int32_t pushed, const ringline_command_extended &command,
			 const ringline_device_info &info);
/// Sends one command and waits. Throws Error unless it succeeded. effect: of those before it.
std::uint64_t send_zone_command(const DataQueue &queue, const ringline_command_extended &command,
				const Options &options, const ringline_device_info &info, bool effect);

/// Zones from the one with this block on, at most so many. which: RINGLINE_ZONES_*.
std::vector<ZoneFacts> read_zones(const DataQueue &queue, const Device &device, const Options &options,
				  std::uint64_t lba, std::uint32_t which, std::uint64_t limit);

} // namespace nvmectl
