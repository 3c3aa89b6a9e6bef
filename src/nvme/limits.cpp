// SPDX-License-Identifier: MIT OR Apache-2.0
#include "nvme/geometry.h"
#include "nvme/plain.h"
#include "nvme/protection.h"

#include <algorithm>
#include <cstdint>

namespace ringline::nvme
{

namespace
{

std::uint32_t bytes_of_a_block(const ringline_device_info &info)
{
	return info.block_size + (info.metadata_inline != 0 ? info.metadata_size : 0);
}

/// A limit of 0 is none.
template <class T> T or_none(T limit)
{
	return limit != 0 ? limit : static_cast<T>(-1);
}

std::uint32_t command_blocks(std::uint64_t limit)
{
	return static_cast<std::uint32_t>(std::min<std::uint64_t>(or_none(limit), RINGLINE_NVME_BLOCKS_MAX));
}

Protection protection_facts(const ringline_device_info &info)
{
	const GuardFormat *format = find_guard_format(info.guard_bits);
	if (info.pi_type == 0 || format == nullptr) {
		return {};
	}
	return {.type = info.pi_type,
		.bytes = format->pi_bytes,
		.reference_bits = static_cast<std::uint8_t>(format->tags_bits -
							    std::min(format->tags_bits, info.storage_tag_bits)),
		.storage_tag_bits = info.storage_tag_bits};
}

CommandLimits limits_of(const ringline_device_info &info)
{
	return {.zone_blocks = info.zone_blocks,
		.dataset_blocks = or_none(info.dataset_max_blocks),
		.dataset_ranges = std::min(or_none(info.dataset_max_ranges), RINGLINE_DATASET_RANGES_MAX),
		.dataset_range_blocks = or_none(info.dataset_max_range_blocks),
		.copy_blocks = or_none(info.copy_max_blocks),
		.copy_ranges = std::min(or_none(info.copy_max_ranges), RINGLINE_COPY_RANGES_MAX),
		.copy_range_blocks = or_none(info.copy_max_range_blocks),
		.copy_formats = info.copy_formats,
		.verify_blocks = command_blocks(info.verify_max_blocks),
		.write_zeroes_blocks = command_blocks(info.write_zeroes_max_blocks),
		.write_uncorrectable_blocks = command_blocks(info.write_uncorrectable_max_blocks),
		.append_bytes = or_none(info.append_max_bytes)};
}

} // namespace

void apply_limits(ringline_device_info *info)
{
	struct Limit {
		std::uint64_t bytes;
		std::uint32_t rule;
	};
	const std::uint64_t page = info->page_size != 0 ? info->page_size : 4096;
	const std::uint64_t block = std::max(bytes_of_a_block(*info), 1U);
	const Limit limits[] = {
		{RINGLINE_NVME_BLOCKS_MAX * block, RINGLINE_RULE_BLOCKS},
		{info->mdts_bytes, RINGLINE_RULE_MDTS},
		{info->max_hw_bytes, RINGLINE_RULE_MAX_HW_SECTORS},
		{info->max_segments * page, RINGLINE_RULE_SEGMENTS},
	};
	Limit least = {UINT32_MAX, RINGLINE_RULE_NONE}; // a length is 32 bits
	for (const Limit &limit : limits) {
		if (limit.bytes != 0 && limit.bytes < least.bytes) {
			least = limit;
		}
	}
	info->max_transfer_bytes = static_cast<std::uint32_t>(least.bytes - least.bytes % block);
	info->max_transfer_rule = least.rule;
	info->verify_max_blocks = command_blocks(info->verify_max_blocks);
	info->write_zeroes_max_blocks = command_blocks(info->write_zeroes_max_blocks);
	info->write_uncorrectable_max_blocks = command_blocks(info->write_uncorrectable_max_blocks);
	info->dataset_max_ranges = std::min(or_none(info->dataset_max_ranges), RINGLINE_DATASET_RANGES_MAX);
	if (info->zone_blocks != 0) {
		info->commands |= RINGLINE_CAN_ZONES;
		info->append_max_bytes = std::min(or_none(info->append_max_bytes), info->max_transfer_bytes);
	}
}

Geometry geometry_of(const ringline_device_info &info)
{
	const std::uint32_t page = info.page_size != 0 ? info.page_size : 4096;
	const std::uint64_t segment_bytes = std::uint64_t{info.max_segments} * page;
	return {
		.blocks = info.blocks,
		.nsid = info.nsid,
		.block_bytes = bytes_of_a_block(info),
		.metadata_bytes = info.metadata_inline != 0 ? 0 : info.metadata_size,
		.max_transfer_bytes = info.max_transfer_bytes,
		.max_transfer_rule = info.max_transfer_rule,
		.max_segment_bytes = segment_bytes == 0 || segment_bytes > UINT32_MAX
					     ? UINT32_MAX
					     : static_cast<std::uint32_t>(segment_bytes),
		.page_mask = page - 1,
		.address_mask = 0,
		.takes_io = info.kind != RINGLINE_DEVICE_CONTROLLER,
		.takes_admin = info.kind == RINGLINE_DEVICE_CONTROLLER || info.kind == RINGLINE_DEVICE_SIMULATED,
		.read_only = (info.flags & RINGLINE_OPEN_READ_ONLY) != 0,
		.metadata_inline = info.metadata_inline != 0,
		.metadata_size = info.metadata_size,
		.commands = info.commands,
		.protection = protection_facts(info),
		.limits = limits_of(info),
	};
}

PlainLimits plain_limits(const Geometry &geometry)
{
	if (!words_are_plain || geometry.metadata_bytes != 0 || geometry.block_bytes == 0) {
		return {};
	}
	const std::uint64_t segments =
		geometry.max_segment_bytes > geometry.page_mask ? geometry.max_segment_bytes - geometry.page_mask : 0;
	const std::uint64_t blocks_max = std::min({std::uint64_t{RINGLINE_NVME_BLOCKS_MAX}, geometry.blocks,
						   geometry.max_transfer_bytes / std::uint64_t{geometry.block_bytes},
						   segments / geometry.block_bytes});
	const std::uint64_t first = geometry.read_only ? RINGLINE_NVME_READ : RINGLINE_NVME_WRITE;
	return {
		.lba_end = geometry.blocks - blocks_max + (blocks_max != 0 ? 1 : 0),
		.blocks_max = blocks_max,
		.block_bytes = geometry.block_bytes,
		.address_mask = geometry.address_mask,
		.operation_first = first,
		.operation_span = RINGLINE_NVME_READ - first,
		.nsid_word = std::uint64_t{geometry.nsid} << 32,
		.raw = !geometry.read_only,
	};
}

} // namespace ringline::nvme
