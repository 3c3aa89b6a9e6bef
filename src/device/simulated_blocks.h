// SPDX-License-Identifier: MIT OR Apache-2.0
// Whole blocks of a simulated namespace, with their metadata, a piece at a time. Every call gives 0 or an NVMe status.
#pragma once

#include "device/simulated_medium.h"

#include <cstddef>
#include <cstdint>

namespace ringline::device
{

struct BlockRange {
	std::uint64_t lba;
	std::uint64_t count;
};

/// As many blocks as are handled at once, in memory of our own.
struct Piece {
	static constexpr std::size_t bytes = 16384;
	std::uint8_t data[bytes];
	std::uint8_t metadata[bytes];
	/// Blocks that have room.
	static std::uint64_t blocks(const ImageGeometry &geometry);
};

/// The part of a range that begins `done` blocks behind its start, and fits a piece.
BlockRange next_piece(const Namespace &of, const BlockRange &range, std::uint64_t done);

[[nodiscard]] std::uint16_t read_blocks(const Namespace &of, const BlockRange &range, Piece *piece);
/// Replaces blocks; they are readable again.
[[nodiscard]] std::uint16_t write_blocks(const Namespace &of, const BlockRange &range, const Piece &piece);
/// Makes blocks zeros, without protection that is checked; a hole where `deallocate` says so.
[[nodiscard]] std::uint16_t zero_blocks(const Namespace &of, const BlockRange &range, bool deallocate);
/// Is one of them unreadable?
[[nodiscard]] std::uint16_t check_readable(const Namespace &of, const BlockRange &range);
/// Blocks have been written by other ways than write_blocks().
[[nodiscard]] std::uint16_t make_readable(const Namespace &of, const BlockRange &range);
/// Is the image still as long as it was?
[[nodiscard]] std::uint16_t check_room(const Namespace &of, const BlockRange &range);
/// Everything onto the medium, data before what counts them. False, with errno.
[[nodiscard]] bool sync_blocks(const Namespace &of);

} // namespace ringline::device
