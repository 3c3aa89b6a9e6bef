// SPDX-License-Identifier: MIT OR Apache-2.0
#include "cut_command.h"

#include "protection.h"

#include <algorithm>

namespace nvmectl
{
namespace
{

/// Where the blocks of one Copy come from: ranges as long as the device takes them.
std::vector<ringline_range> copy_sources(const ringline_device_info &info, std::uint64_t source, std::uint64_t blocks)
{
	const std::uint64_t most =
		info.copy_max_range_blocks != 0 ? info.copy_max_range_blocks : RINGLINE_NVME_BLOCKS_MAX;
	std::vector<ringline_range> sources;
	for (std::uint64_t at = 0; at < blocks; at += most) {
		ringline_range range = {};
		range.lba = source + at;
		range.blocks = static_cast<std::uint32_t>(std::min(most, blocks - at));
		range.reference_tag = reference_tag(info, range.lba);
		sources.push_back(range);
	}
	return sources;
}

} // namespace

CutCommand cut_command(ringline_device device, const ringline_device_info &info,
		       const ringline_transfer_options &options, const Extent &part)
{
	CutCommand made;
	ringline_command &base = made.command.base;
	base.device = device;
	base.opcode = static_cast<std::uint8_t>(options.opcode);
	base.flags = static_cast<std::uint16_t>(options.command_flags);
	base.lba = part.lba;
	base.blocks = static_cast<std::uint32_t>(part.blocks);
	if (options.length != 0) {
		base.address = provable_memory;
		base.length = static_cast<std::uint32_t>(part.blocks * (options.length / options.blocks));
		base.metadata_length =
			static_cast<std::uint32_t>(part.blocks * (options.metadata_length / options.blocks));
		base.metadata_address = base.metadata_length != 0 ? provable_memory : 0;
	}
	if (options.opcode == RINGLINE_NVME_COPY) {
		made.ranges = copy_sources(info, options.source + (part.lba - options.lba), part.blocks);
		base.blocks = 0;
		base.action = info.guard_bits > 16 && (info.copy_formats & 2) != 0 ? 1 : 0; // longer tags
	} else if (options.opcode == RINGLINE_NVME_DATASET_MANAGEMENT) {
		ringline_range range = {};
		range.lba = part.lba;
		range.blocks = base.blocks;
		made.ranges = {range};
		base.lba = 0;
		base.blocks = 0;
		base.action = static_cast<std::uint8_t>(options.action);
	}
	made.command.reference_tag = reference_tag(info, part.lba);
	return made;
}

std::vector<std::uint8_t> put_ranges(const std::vector<ringline_range> &ranges, ringline_command *command)
{
	constexpr std::size_t longest = 40;
	std::vector<std::uint8_t> bytes(longest * ranges.size());
	if (ranges.empty()) {
		return bytes;
	}
	const auto count = static_cast<std::uint32_t>(ranges.size());
	const auto room = static_cast<std::uint32_t>(bytes.size());
	const std::int32_t length =
		command->opcode == RINGLINE_NVME_COPY
			? ringline_nvme_copy_ranges(ranges.data(), count, command->action, bytes.data(), room)
			: ringline_nvme_dataset_ranges(ranges.data(), count, bytes.data(), room);
	bytes.resize(static_cast<std::size_t>(std::max(length, 0)));
	command->address = reinterpret_cast<std::uintptr_t>(bytes.data());
	command->length = static_cast<std::uint32_t>(bytes.size());
	return bytes;
}

} // namespace nvmectl
