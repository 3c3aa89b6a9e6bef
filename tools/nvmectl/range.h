// SPDX-License-Identifier: MIT OR Apache-2.0
// Which blocks are meant, and into which commands they are cut. Counts are one-based everywhere.
#pragma once

#include "block_layout.h"
#include "extents.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace nvmectl
{

struct Geometry {
	std::uint64_t blocks = 0;
	std::uint32_t block_size = 0;
};

/// The options as they were typed.
struct RangeOptions {
	std::optional<std::string> lba;
	std::optional<std::string> blocks;
	std::optional<std::string> offset;
	std::optional<std::string> length;
	bool all = false; ///< From the start to the last block of the device.
};

struct RangeRequest {
	std::uint64_t lba = 0;
	std::optional<std::uint64_t> blocks; ///< Not said: for the caller to decide.
};

/// Where a range begins and, if it was said, how long it is; inside the device, or Error(Exit::usage).
RangeRequest resolve_range(const RangeOptions &options, const Geometry &geometry);

/// Refuses what is not wholly inside the device.
void check_bounds(const Extent &range, const Geometry &geometry);

/// How a transfer uses the queue.
struct Plan {
	std::uint32_t blocks_per_command = 0;
	std::uint32_t commands_in_flight = 0;
	std::uint32_t slot_bytes = 0;      ///< Memory of one command in flight: whole pages.
	std::uint32_t metadata_offset = 0; ///< In it, where the metadata begins: that of all blocks.
};

struct PlanLimits {
	std::uint32_t max_transfer_bytes = 0; ///< Of one command, as the library tells it.
	BlockLayout layout;
	std::uint32_t depth = 0;
	std::uint32_t copies = 1;     ///< 2 when each slot also holds what is read back.
	std::uint64_t memory_max = 0; ///< Commands become smaller before the memory becomes more.
};

/// blocks: of the whole transfer, or nothing if that is not known yet.
Plan make_plan(const PlanLimits &limits, std::optional<std::uint64_t> blocks);

/// Blocks that follow one another, and the commands that they get.
struct CommandPart {
	Extent range;
	std::uint8_t opcode = 0;
	std::uint16_t flags = 0; ///< RINGLINE_FUA and so on.
	std::uint32_t blocks_per_command = 0;
};

/// The whole, with holes of it as parts that get the other's commands.
std::vector<CommandPart> put_into(const CommandPart &whole, const Extents &holes, const CommandPart &other);

/// Commands that follow one another without a gap.
struct CommandGroup {
	std::uint64_t lba = 0;
	std::uint32_t blocks = 0; ///< Of each.
	std::uint64_t count = 0;
};

/// The commands of a range: all of one length, and a shorter last one if it does not come out even.
std::vector<CommandGroup> split(const Extent &range, std::uint32_t blocks_per_command);

} // namespace nvmectl
