// SPDX-License-Identifier: MIT OR Apache-2.0
#include "block_layout.h"

#include <cstring>

namespace nvmectl
{

void put_together(const BlockLayout &layout, std::uint32_t blocks, std::byte *memory, const std::byte *metadata)
{
	if (layout.step() == layout.block_size) {
		return;
	}
	// From the last one on: no block may be overwritten before it was moved.
	for (std::size_t i = blocks; i-- > 0;) {
		std::byte *const block = memory + i * layout.step();
		std::memmove(block, memory + i * layout.block_size, layout.block_size);
		std::memcpy(block + layout.block_size, metadata + i * layout.metadata_size, layout.metadata_size);
	}
}

void take_apart(const BlockLayout &layout, std::uint32_t blocks, std::byte *memory, std::byte *metadata)
{
	if (layout.step() == layout.block_size) {
		return;
	}
	for (std::size_t i = 0; i < blocks; ++i) {
		const std::byte *const block = memory + i * layout.step();
		std::memcpy(metadata + i * layout.metadata_size, block + layout.block_size, layout.metadata_size);
		std::memmove(memory + i * layout.block_size, block, layout.block_size);
	}
}

} // namespace nvmectl
