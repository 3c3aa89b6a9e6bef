// SPDX-License-Identifier: MIT OR Apache-2.0
// The map of what could be read and what could not, as GNU ddrescue writes and reads it: positions and sizes in bytes
// of the device, "+" read, "-" bad, "?" not tried.
#pragma once

#include "extents.h"

#include <cstdint>
#include <string>

namespace nvmectl
{

struct RescueMap {
	Extent range; ///< What it is about.
	Extents done;
	Extents bad; ///< Where a block is in both, it was read after all.
};

/// Throws Error(Exit::refused) if the text is no map, or not one of whole blocks. name: of its file.
RescueMap parse_rescue_map(const std::string &text, const std::string &name, std::uint32_t block_size);

/// finished: nothing is left to be tried.
std::string rescue_map_text(const RescueMap &map, std::uint32_t block_size, bool finished);

/// What of the range is not done, in order.
Extents missing(const RescueMap &map);

} // namespace nvmectl
