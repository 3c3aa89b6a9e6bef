// SPDX-License-Identifier: MIT OR Apache-2.0
// The table of commands that have a checked form. A command is one row here: from it come its validation and its
// encoding (encode.h, special.cpp), what devices must say to have it, and a test that demands golden bytes for it.
#pragma once

#include <ringline/ringline.h>

#include <cstdint>
#include <span>

namespace ringline::nvme
{

/// Opcode bits 1:0 (NVMe base specification, "Opcode").
enum class Direction : std::uint8_t { none = 0, to_device = 1, from_device = 2 };

/// What a command names, and so how many bytes move.
enum class Shape : std::uint8_t {
	nothing,    ///< No data, and no block range either.
	transfer,   ///< A block range, and its data: blocks times what a block transfers.
	range,      ///< A block range without data.
	ranges,     ///< An array of ranges of Dataset Management.
	sources,    ///< A destination, and an array of source ranges of Copy.
	zone,       ///< A zone, and what to do with it.
	zones,      ///< The first of many zones; data of any length, from the device.
	handles,    ///< Data of any length, from the device.
	identifiers ///< Placement identifiers of 16 bits each.
};

inline constexpr std::uint32_t dword_bytes = 4;      ///< Data of zones and handles are counted in them (NUMD).
inline constexpr std::uint32_t identifier_bytes = 2; ///< Of Shape::identifiers.

inline constexpr std::uint16_t protection_checks = RINGLINE_CHECK_GUARD | RINGLINE_CHECK_APPLICATION_TAG |
						   RINGLINE_CHECK_REFERENCE_TAG | RINGLINE_CHECK_STORAGE_TAG;
inline constexpr std::uint16_t protection_flags = protection_checks | RINGLINE_PROTECTION_ACTION;
inline constexpr std::uint16_t directive_flags = RINGLINE_PLACEMENT | RINGLINE_STREAM;
inline constexpr std::uint16_t forced = RINGLINE_FUA | RINGLINE_LIMITED_RETRY;

struct CommandRow {
	const char *name; ///< As in the specification, lower case.
	const char *help; ///< One line.
	std::uint8_t opcode;
	Shape shape;
	bool changes_medium; ///< Refused on a device that was opened read-only.
	std::uint16_t
		flags; ///< RINGLINE_* command flags that it knows, beside RINGLINE_VECTORED: all transfers know that.
	std::uint32_t needed;      ///< RINGLINE_CAN_* that the device must have; 0: every device has the command.
	std::uint8_t first_action; ///< Actions that it knows.
	std::uint8_t last_action;

	[[nodiscard]] constexpr Direction direction() const { return static_cast<Direction>(opcode & 3); }
	/// Read, Write and Flush as most are: validate() and encode() know these without a look at the rest.
	[[nodiscard]] constexpr bool ordinary() const
	{
		return needed == 0 && (shape == Shape::nothing || shape == Shape::transfer);
	}
};

inline constexpr CommandRow command_table[] = {
	{"flush", "makes completed writes durable", RINGLINE_NVME_FLUSH, Shape::nothing, false, 0, 0, 0, 0},
	{"write", "writes blocks", RINGLINE_NVME_WRITE, Shape::transfer, true,
	 forced | protection_flags | directive_flags, 0, 0, 0},
	{"read", "reads blocks", RINGLINE_NVME_READ, Shape::transfer, false, forced | protection_flags, 0, 0, 0},
	{"write uncorrectable", "makes reads of blocks fail until they are written again",
	 RINGLINE_NVME_WRITE_UNCORRECTABLE, Shape::range, true, 0, RINGLINE_CAN_WRITE_UNCORRECTABLE, 0, 0},
	{"compare", "compares blocks with memory", RINGLINE_NVME_COMPARE, Shape::transfer, false,
	 forced | protection_flags, RINGLINE_CAN_COMPARE, 0, 0},
	{"write zeroes", "makes blocks read as zeros", RINGLINE_NVME_WRITE_ZEROES, Shape::range, true,
	 forced | protection_flags | RINGLINE_DEALLOCATE, RINGLINE_CAN_WRITE_ZEROES, 0, 0},
	{"dataset management", "deallocates ranges, or says how they will be used", RINGLINE_NVME_DATASET_MANAGEMENT,
	 Shape::ranges, true, 0, RINGLINE_CAN_DATASET_MANAGEMENT, RINGLINE_DATASET_READ,
	 RINGLINE_DATASET_READ | RINGLINE_DATASET_WRITE | RINGLINE_DATASET_DEALLOCATE},
	{"verify", "checks blocks without transferring them", RINGLINE_NVME_VERIFY, Shape::range, false,
	 forced | protection_checks, RINGLINE_CAN_VERIFY, 0, 0},
	{"io management receive", "tells the state of placement handles", RINGLINE_NVME_IO_MANAGEMENT_RECEIVE,
	 Shape::handles, false, 0, RINGLINE_CAN_PLACEMENT, 1, 1},
	{"copy", "copies blocks within the device", RINGLINE_NVME_COPY, Shape::sources, true,
	 forced | protection_flags | directive_flags, RINGLINE_CAN_COPY, 0, 3},
	{"io management send", "gives placement handles fresh reclaim units", RINGLINE_NVME_IO_MANAGEMENT_SEND,
	 Shape::identifiers, true, 0, RINGLINE_CAN_PLACEMENT, 1, 1},
	{"zone management send", "opens, closes, finishes or resets zones", RINGLINE_NVME_ZONE_MANAGEMENT_SEND,
	 Shape::zone, true, RINGLINE_ALL_ZONES, RINGLINE_CAN_ZONES, RINGLINE_ZONE_CLOSE, RINGLINE_ZONE_OFFLINE},
	{"zone management receive", "reports zones", RINGLINE_NVME_ZONE_MANAGEMENT_RECEIVE, Shape::zones, false,
	 RINGLINE_PARTIAL, RINGLINE_CAN_ZONES, RINGLINE_ZONES_ALL, RINGLINE_ZONES_OFFLINE},
	{"zone append", "writes where the zone's write pointer is", RINGLINE_NVME_ZONE_APPEND, Shape::transfer, true,
	 forced | protection_flags | directive_flags | RINGLINE_REMAP, RINGLINE_CAN_ZONES, 0, 0},
};

/// Row number + 1 for each opcode; 0: no checked form. One load on the data path, whatever the number of rows.
struct CommandIndex {
	std::uint8_t row[256];
};

constexpr CommandIndex index_commands()
{
	CommandIndex index = {};
	for (std::uint8_t i = 0; const CommandRow &row : command_table) {
		index.row[row.opcode] = ++i;
	}
	return index;
}

inline constexpr CommandIndex command_index = index_commands();

/// Null: no checked form.
constexpr const CommandRow *find_command(std::uint8_t opcode)
{
	const std::uint8_t row = command_index.row[opcode];
	return row != 0 ? &command_table[row - 1] : nullptr;
}

} // namespace ringline::nvme
