// SPDX-License-Identifier: MIT OR Apache-2.0
// What a raw command is refused for: little, as nothing is proved about it.
#pragma once

#include "nvme/encode.h"
#include "nvme/geometry.h"

#include <ringline/ringline.h>

#include <cstddef>
#include <cstdint>
#include <span>

namespace ringline::nvme
{

/// A bit for each opcode.
struct OpcodeSet {
	static constexpr std::size_t size = 4;
	std::uint64_t words[size];

	[[nodiscard]] constexpr bool has(std::uint8_t opcode) const
	{
		return (words[opcode >> 6] >> (opcode & 63) & 1) != 0;
	}
	constexpr void add(std::uint8_t opcode) { words[opcode >> 6] |= std::uint64_t{1} << (opcode & 63); }
};

/// The admin commands without effects that every device has: Identify, Get Log Page, Get Features.
inline constexpr OpcodeSet always_harmless = {{std::uint64_t{1} << RINGLINE_NVME_IDENTIFY |
					       std::uint64_t{1} << RINGLINE_NVME_GET_LOG_PAGE |
					       std::uint64_t{1} << RINGLINE_NVME_GET_FEATURES}};

/// The log page 05h begins with four bytes for each admin opcode.
inline constexpr std::size_t admin_effects_bytes = 1024;
using AdminEffects = std::span<const std::uint8_t, admin_effects_bytes>;
/// Those, and whatever else brings data of which the device says that it has no effects.
OpcodeSet harmless_commands(AdminEffects page);

/// The first rule that a raw command breaks. harmless: its opcode, as an admin command, is in that set of its device.
Violation check_raw(const Geometry &geometry, const ringline_raw_command &raw, bool harmless);

/// 0, or the errno that pushing it would give; then *diagnosis (may be null) says why.
std::int32_t explain_raw(const Geometry &geometry, const ringline_raw_command &raw, bool harmless,
			 ringline_diagnosis *diagnosis);
/// Says that a controller takes no commands but admin ones.
std::int32_t refuse_controller(ringline_diagnosis *diagnosis);

} // namespace ringline::nvme
