// SPDX-License-Identifier: MIT OR Apache-2.0
// Protection information of blocks: made and checked here, or by the device.
//
// Its tags are those that the kernel uses: the reference tag is the LBA with types 1 and 2 and 0 with type 3,
// application and storage tag are 0 and not compared.
#pragma once

#include "block_layout.h"

#include <ringline/ringline.h>

#include <cstddef>
#include <cstdint>
#include <string>

namespace nvmectl
{

/// Of the block with this LBA, in what the storage tag leaves of the bits for both.
std::uint64_t reference_tag(const ringline_device_info &info, std::uint64_t lba);

/// Bytes of the metadata that are protection information.
std::uint32_t protection_bytes(const ringline_device_info &info);

/// What the device can be asked to check: RINGLINE_CHECK_*.
std::uint32_t device_checks(const ringline_device_info &info);

/// Flags of a command without data on blocks that may have protection information.
std::uint32_t protection_flags(const ringline_device_info &info, std::uint8_t opcode);

/// Blocks as a command has them. metadata: null if it is inline.
struct BlockMemory {
	std::uint64_t lba = 0;
	std::uint32_t blocks = 0;
	std::byte *data = nullptr;
	std::byte *metadata = nullptr;
};

/// Makes the protection information of all of them.
void protect(const ringline_device_info &info, const BlockLayout &layout, const BlockMemory &memory);

/// The first block that is not what its protection information says.
struct Damage {
	std::uint64_t lba = 0;
	ringline_protection_error error = {};
};

/// Whether there is one.
bool find_damage(const ringline_device_info &info, const BlockLayout &layout, const BlockMemory &memory,
		 Damage *damage);

/// "LBA 7 is damaged: its guard is 1234h, that of its data 5678h".
std::string describe(const Damage &damage);

} // namespace nvmectl
