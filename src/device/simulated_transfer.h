// SPDX-License-Identifier: MIT OR Apache-2.0
// Commands that transfer blocks: Read, Write, Compare, and the writing half of Zone Append.
#pragma once

#include "device/simulated_blocks.h"
#include "device/simulated_memory.h"
#include "device/simulated_protection.h"

#include <ringline/ringline.h>

#include <cstdint>

namespace ringline::device
{

/// One transfer, after its limits were checked.
struct Transfer {
	BlockRange range;
	const CallerMemory &data;
	const CallerMemory &metadata; ///< Not used where it is inline or stripped.
	CommandProtection protection;
	bool forced; ///< FUA.
};

/// Bytes that a transfer of so many blocks has in the caller's memory.
std::uint64_t data_bytes(const ImageGeometry &geometry, const CommandProtection &protection, std::uint64_t blocks);
std::uint64_t metadata_bytes(const ImageGeometry &geometry, const CommandProtection &protection, std::uint64_t blocks);

Outcome read_transfer(const Namespace &of, const Transfer &transfer);
/// FUA is left to the caller, who may have more to make durable.
Outcome write_transfer(const Namespace &of, const Transfer &transfer);
Outcome compare_transfer(const Namespace &of, const Transfer &transfer);

} // namespace ringline::device
