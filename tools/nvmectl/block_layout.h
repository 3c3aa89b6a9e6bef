// SPDX-License-Identifier: MIT OR Apache-2.0
// What commands move of each block, and how that lies in memory. Files always have plain data, and metadata apart.
#pragma once

#include <cstddef>
#include <cstdint>

namespace nvmectl
{

struct BlockLayout {
	std::uint32_t block_size = 0;
	std::uint32_t metadata_size = 0; ///< That is moved with the data of a block; 0: none is.
	bool metadata_inline = false;    ///< It follows the data of its block, and is not apart.

	/// From block to block of what a command has as its data.
	[[nodiscard]] std::uint32_t step() const { return block_size + (metadata_inline ? metadata_size : 0); }
	/// Of each block, the metadata that a command has apart from its data.
	[[nodiscard]] std::uint32_t apart() const { return metadata_inline ? 0 : metadata_size; }
};

/// Makes what a command has as its data of plain blocks, which the memory begins with, and of their metadata.
void put_together(const BlockLayout &layout, std::uint32_t blocks, std::byte *memory, const std::byte *metadata);

/// The other way round.
void take_apart(const BlockLayout &layout, std::uint32_t blocks, std::byte *memory, std::byte *metadata);

} // namespace nvmectl
