// SPDX-License-Identifier: MIT OR Apache-2.0
// The table of commands that have a checked form. A command is one row here: from it come its validation and its
// encoding (encode.h), and a test that demands golden bytes for it.
#pragma once

#include <ringline/ringline.h>

#include <cstdint>
#include <span>

namespace ringline::nvme
{

/// Opcode bits 1:0 (NVMe base specification, "Opcode").
enum class Direction : std::uint8_t { none = 0, to_device = 1, from_device = 2 };

/// How many bytes move.
enum class LengthRule : std::uint8_t {
	none,   ///< No data, and no block range either.
	blocks, ///< Blocks times what a block transfers.
};

struct CommandRow {
	const char *name; ///< As in the specification, lower case.
	const char *help; ///< One line.
	std::uint8_t opcode;
	LengthRule length;
	bool changes_medium; ///< Refused on a device that was opened read-only.
	std::uint16_t
		flags; ///< RINGLINE_* command flags that it knows, beside RINGLINE_VECTORED: all with data know that.

	[[nodiscard]] constexpr Direction direction() const { return static_cast<Direction>(opcode & 3); }
};

inline constexpr CommandRow command_table[] = {
	{"flush", "makes completed writes durable", RINGLINE_NVME_FLUSH, LengthRule::none, false, 0},
	{"write", "writes blocks", RINGLINE_NVME_WRITE, LengthRule::blocks, true,
	 RINGLINE_FUA | RINGLINE_LIMITED_RETRY},
	{"read", "reads blocks", RINGLINE_NVME_READ, LengthRule::blocks, false, RINGLINE_LIMITED_RETRY},
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
