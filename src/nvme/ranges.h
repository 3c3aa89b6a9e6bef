// SPDX-License-Identifier: MIT OR Apache-2.0
// Arrays of ranges in wire form: Dataset Management's (16 bytes each) and Copy's (32 or 40). Little-endian, but for the
// reference tags of the longer ones (NVM command set specification, "Copy Descriptor").
#pragma once

#include <ringline/ringline.h>

#include <cstdint>

namespace ringline::nvme
{

struct Range {
	std::uint64_t lba;
	std::uint64_t blocks;
	std::uint32_t nsid; ///< Of a Copy in formats 2 and 3.
};

/// Bytes of one source range.
constexpr std::uint32_t copy_range_bytes(std::uint32_t format)
{
	return (format & 1) == 0 ? 32 : 40;
}

/// Entry number `index` of an array at an address.
Range read_dataset_range(std::uint64_t address, std::uint32_t index);
Range read_copy_range(std::uint64_t address, std::uint32_t format, std::uint32_t index);

/// What a source range says of its protection information: reference, storage and application tag, and the mask. The
/// sizes of the tags are those of the layout.
void read_copy_tags(std::uint64_t address, std::uint32_t format, std::uint32_t index, ringline_protection *layout);

/// ringline_nvme_dataset_ranges() and ringline_nvme_copy_ranges().
std::int32_t write_dataset_ranges(const ringline_range *ranges, std::uint32_t count, void *data, std::uint32_t length);
std::int32_t write_copy_ranges(const ringline_range *ranges, std::uint32_t count, std::uint32_t format, void *data,
			       std::uint32_t length);

} // namespace ringline::nvme
