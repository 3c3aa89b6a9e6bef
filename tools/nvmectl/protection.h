// SPDX-License-Identifier: MIT OR Apache-2.0
// Protection information of blocks.
#pragma once

#include <ringline/ringline.h>

#include <cstdint>

namespace nvmectl
{

/// Flags of a command without data on blocks that may have protection information.
std::uint32_t protection_flags(const ringline_device_info &info, std::uint8_t opcode);

} // namespace nvmectl
