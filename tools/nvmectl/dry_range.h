// SPDX-License-Identifier: MIT OR Apache-2.0
// --dry-run of what is cut into many commands of one kind.
#pragma once

#include "extents.h"
#include "options.h"
#include "report.h"
#include "session.h"

#include <cstdint>

namespace nvmectl
{

struct DryRange {
	std::uint64_t count = 0;   ///< Commands.
	std::uint64_t longest = 0; ///< Blocks of one.
	Extent first;
	Extent last;
	ringline_nvme_command first_command = {};
	ringline_nvme_command last_command = {};
};

/// How many commands there are, and the first and the last of them with their dwords.
void show_dry_range(const char *command, std::uint8_t opcode, const Device &device, const Options &options,
		    const DryRange &shown, std::uint32_t in_flight, const Warnings &warnings);

} // namespace nvmectl
