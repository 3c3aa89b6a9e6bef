// SPDX-License-Identifier: MIT OR Apache-2.0
#include "range.h"

#include "error.h"
#include "units.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

namespace nvmectl
{
namespace
{

constexpr std::uint32_t page_bytes = 4096;
constexpr std::uint32_t blocks_of_one_command_max = 65536;

void exclude(bool one, bool other, std::string_view names)
{
	if (one && other) {
		throw Error(Exit::usage, fmt::format("{} cannot be given together", names));
	}
}

/// Bytes to blocks; bytes that are not whole blocks are refused with the sizes that would do.
std::uint64_t whole_blocks(std::uint64_t bytes, std::uint32_t block_size, std::string_view option)
{
	if (bytes % block_size == 0) {
		return bytes / block_size;
	}
	const std::uint64_t below = bytes - bytes % block_size;
	std::string nearest;
	if (below == 0 && option == "--length") {
		nearest = fmt::format("{} is the smallest", block_size);
	} else if (below > std::numeric_limits<std::uint64_t>::max() - block_size) {
		nearest = fmt::format("{} is the nearest", below);
	} else {
		nearest = fmt::format("{} and {} are the nearest", below, below + block_size);
	}
	throw Error(Exit::usage,
		    fmt::format("{} {}: not a multiple of the block size of {} bytes", option, bytes, block_size),
		    nearest + " that can be used")
		.with_rule("block-multiple");
}

std::uint64_t resolve_start(const RangeOptions &options, const Geometry &geometry)
{
	if (options.lba) {
		return parse_number(*options.lba, "--lba");
	}
	if (options.offset) {
		return whole_blocks(parse_bytes(*options.offset, "--offset"), geometry.block_size, "--offset");
	}
	return 0;
}

std::optional<std::uint64_t> resolve_count(const RangeOptions &options, const Geometry &geometry)
{
	std::optional<std::uint64_t> blocks;
	if (options.blocks) {
		blocks = parse_number(*options.blocks, "--blocks");
	} else if (options.length) {
		blocks = whole_blocks(parse_bytes(*options.length, "--length"), geometry.block_size, "--length");
	}
	if (blocks == std::uint64_t{0}) {
		throw Error(Exit::usage, "a transfer of 0 blocks was asked for",
			    "counts are one-based: 1 is one block");
	}
	return blocks;
}

} // namespace

RangeRequest resolve_range(const RangeOptions &options, const Geometry &geometry)
{
	exclude(options.lba.has_value(), options.offset.has_value(), "--lba and --offset");
	exclude(options.blocks.has_value(), options.length.has_value(), "--blocks and --length");
	exclude(options.all, options.blocks.has_value() || options.length.has_value(), "--all and a length");
	RangeRequest request{resolve_start(options, geometry), resolve_count(options, geometry)};
	check_bounds({request.lba, request.blocks.value_or(1)}, geometry);
	if (options.all) {
		request.blocks = geometry.blocks - request.lba;
	}
	return request;
}

void check_bounds(const Extent &range, const Geometry &geometry)
{
	// In this order nothing can overflow.
	if (range.blocks <= geometry.blocks && range.lba <= geometry.blocks - range.blocks) {
		return;
	}
	if (range.lba >= geometry.blocks) {
		throw Error(Exit::usage, fmt::format("LBA {} is past the end of the device, whose last block is LBA {}",
						     range.lba, geometry.blocks - 1))
			.with_rule("bounds");
	}
	const std::uint64_t room = geometry.blocks - range.lba;
	throw Error(Exit::usage,
		    fmt::format("{} from LBA {} go past the end of the device, whose last block is LBA {}",
				count_of(range.blocks, "block"), range.lba, geometry.blocks - 1),
		    fmt::format("from there {} ({} bytes) can be used", count_of(room, "block"),
				room * geometry.block_size))
		.with_rule("bounds");
}

Plan make_plan(const PlanLimits &limits, std::optional<std::uint64_t> blocks)
{
	const BlockLayout &layout = limits.layout;
	const std::uint64_t memory = limits.memory_max / limits.depth / limits.copies / page_bytes * page_bytes;
	std::uint64_t transfer = limits.max_transfer_bytes / layout.step();
	transfer = std::min(transfer, memory / (layout.step() + layout.metadata_size));
	transfer = std::max<std::uint64_t>(transfer, 1);
	transfer = std::min<std::uint64_t>(transfer, blocks_of_one_command_max);
	transfer = std::min(transfer, blocks.value_or(transfer));
	Plan plan;
	plan.blocks_per_command = static_cast<std::uint32_t>(transfer);
	const std::uint64_t commands =
		blocks ? (*blocks + transfer - 1) / transfer : std::numeric_limits<std::uint64_t>::max();
	plan.commands_in_flight = static_cast<std::uint32_t>(std::min<std::uint64_t>(limits.depth, commands));
	const auto pages = [](std::uint64_t bytes) {
		return static_cast<std::uint32_t>((bytes + page_bytes - 1) / page_bytes * page_bytes);
	};
	plan.metadata_offset = pages(transfer * layout.step());
	plan.slot_bytes = plan.metadata_offset + pages(transfer * layout.metadata_size);
	return plan;
}

std::vector<CommandPart> put_into(const CommandPart &whole, const Extents &holes, const CommandPart &other)
{
	std::vector<CommandPart> parts;
	const auto add = [&parts](CommandPart part, const Extent &range) {
		part.range = range;
		if (range.blocks != 0) {
			parts.push_back(part);
		}
	};
	std::uint64_t lba = whole.range.lba;
	for (const Extent &hole : holes.ranges()) {
		add(whole, {lba, hole.lba - lba});
		add(other, hole);
		lba = hole.lba + hole.blocks;
	}
	add(whole, {lba, whole.range.lba + whole.range.blocks - lba});
	return parts;
}

std::vector<CommandGroup> split(const Extent &range, std::uint32_t blocks_per_command)
{
	std::vector<CommandGroup> groups;
	const std::uint64_t whole = range.blocks / blocks_per_command;
	const auto rest = static_cast<std::uint32_t>(range.blocks % blocks_per_command);
	if (whole != 0) {
		groups.push_back({range.lba, blocks_per_command, whole});
	}
	if (rest != 0) {
		groups.push_back({range.lba + whole * blocks_per_command, rest, 1});
	}
	return groups;
}

} // namespace nvmectl
