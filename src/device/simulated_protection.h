// SPDX-License-Identifier: MIT OR Apache-2.0
// Protection information as a command asks for it: PRINFO and the tags.
#pragma once

#include "device/simulated_blocks.h"

#include <ringline/ringline.h>

#include <cstdint>

namespace ringline::device
{

struct CommandProtection {
	ringline_protection layout; ///< Metadata apart from the data; with the tags of the command's first block.
	std::uint16_t checks;       ///< RINGLINE_PROTECTION_*.
	bool action;                ///< PRACT.

	/// Does the device add or take away all of the metadata?
	[[nodiscard]] bool strips(const ImageGeometry &geometry) const
	{
		return action && geometry.metadata_size == protection_bytes(geometry);
	}
};

/// What PRINFO is at in cdw12 (for reads of a Copy at another place), and the tags of the command. Without protection
/// information in the format all of it is ignored.
inline constexpr unsigned prinfo_bit = 26;
inline constexpr unsigned prinfo_read_bit = 12; // of Copy
CommandProtection protection_of(const ImageGeometry &geometry, const ringline_nvme_command &command,
				unsigned prinfo = prinfo_bit);

/// 0, or the status of a command that asks for what its type does not have.
std::uint16_t check_request(const CommandProtection &protection, std::uint64_t lba);
/// Checks blocks that begin `block` behind the first of the command. 0 or a status.
std::uint16_t verify_piece(const CommandProtection &protection, std::uint64_t block, std::uint64_t count,
			   const Piece &piece);
void generate_piece(const CommandProtection &protection, std::uint64_t block, std::uint64_t count, Piece *piece);

} // namespace ringline::device
