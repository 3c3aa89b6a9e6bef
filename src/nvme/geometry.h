// SPDX-License-Identifier: MIT OR Apache-2.0
// The facts about a namespace that a command is proved against: a small copy of what Identify and sysfs said.
#pragma once

#include <ringline/ringline.h>

#include <cstdint>

namespace ringline::nvme
{

/// Protection information of a format. All 0: none.
struct Protection {
	std::uint8_t type;           ///< 1 to 3.
	std::uint8_t bytes;          ///< Of a block's metadata: 8 or 16.
	std::uint8_t reference_bits; ///< Of the reference tag; what is left of the space is the storage tag's.
	std::uint8_t storage_tag_bits;
};

/// What commands other than Read and Write keep to. A limit that there is not is the greatest value of its type.
struct CommandLimits {
	std::uint64_t zone_blocks; ///< 0: not zoned.
	std::uint64_t dataset_blocks;
	std::uint32_t dataset_ranges;
	std::uint32_t dataset_range_blocks;
	std::uint32_t copy_blocks;
	std::uint32_t copy_ranges;
	std::uint32_t copy_range_blocks;
	std::uint32_t copy_formats;
	std::uint32_t verify_blocks;
	std::uint32_t write_zeroes_blocks;
	std::uint32_t write_uncorrectable_blocks;
	std::uint32_t append_bytes;
};

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
	bool takes_io;                   ///< False for a controller.
	bool takes_admin;                ///< Admin commands can be pushed to it.
	bool read_only;
	bool metadata_inline;
	std::uint32_t metadata_size; ///< Of one block, wherever it is.
	std::uint32_t commands;      ///< RINGLINE_CAN_*.
	Protection protection;
	CommandLimits limits;
};

Geometry geometry_of(const ringline_device_info &info);

/// Sets max_transfer_bytes and max_transfer_rule from the other members (facts: mdts, max_hw_sectors, max_segments,
/// 65,536 blocks), and gives limits that the device did not tell the value that stands for none.
void apply_limits(ringline_device_info *info);

} // namespace ringline::nvme
