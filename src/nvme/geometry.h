// SPDX-License-Identifier: MIT OR Apache-2.0
// The facts about a namespace that a command is proved against: a small copy of what Identify and sysfs said.
#pragma once

#include <ringline/ringline.h>

#include <cstdint>

namespace ringline::nvme
{

struct Geometry {
	std::uint64_t blocks; ///< Namespace size.
	std::uint32_t nsid;
	std::uint32_t block_bytes;        ///< What one block transfers: data, and metadata where it is inline.
	std::uint32_t metadata_bytes;     ///< Of one block, where it is separate; else 0.
	std::uint32_t max_transfer_bytes; ///< One command, data only, from a page-aligned address.
	std::uint32_t max_transfer_rule;  ///< RINGLINE_RULE_* behind it.
	std::uint32_t max_segment_bytes; ///< Offset in the first page + length must not be more; UINT32_MAX if unknown.
	std::uint32_t page_mask;         ///< Page size - 1.
	std::uint32_t address_mask;      ///< Bits of an address that must be 0.
	bool read_only;
};

Geometry geometry_of(const ringline_device_info &info);

/// Sets max_transfer_bytes and max_transfer_rule from the other members (facts: mdts, max_hw_sectors, max_segments,
/// 65,536 blocks).
void apply_limits(ringline_device_info *info);

} // namespace ringline::nvme
