// SPDX-License-Identifier: MIT OR Apache-2.0
// One of the commands that ringline_transfer() cuts a range into, as it would be pushed: for dry runs and traces.
#pragma once

#include "extents.h"

#include <ringline/ringline.h>

#include <cstdint>
#include <vector>

namespace nvmectl
{

/// A page-aligned address for commands that are proved and never sent: nothing is there.
inline constexpr std::uint64_t provable_memory = 1ull << 30;

/// A command with the ranges that it has as its data, if it has some.
struct CutCommand {
	ringline_command_extended command = {}; ///< Its memory is a page-aligned address where nothing is.
	std::vector<ringline_range> ranges;     ///< Of Copy and Dataset Management.
};

/// The command for these blocks. info: of the options' device.
CutCommand cut_command(ringline_device device, const ringline_device_info &info,
		       const ringline_transfer_options &options, const Extent &part);

/// The ranges in the command's form, as its data; none for other commands. Sets its address and length.
std::vector<std::uint8_t> put_ranges(const std::vector<ringline_range> &ranges, ringline_command *command);

} // namespace nvmectl
