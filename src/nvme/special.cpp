// SPDX-License-Identifier: MIT OR Apache-2.0
// Commands that are not ordinary: other shapes than a transfer, memory in pieces, protection information, directives.
// They are proved beside the data path of the others, so that those do not pay for them; special_encode.cpp encodes
// them.
#include "nvme/encode.h"
#include "nvme/protection.h"
#include "nvme/ranges.h"

#include <algorithm>

namespace ringline::nvme
{

namespace
{

constexpr std::uint32_t report_header_bytes = 64; // Zone Management Receive
constexpr std::uint32_t status_header_bytes = 16; // I/O Management Receive

using detail::check_range;

/// One command under proof.
struct Case {
	const CommandRow &row;
	const Geometry &geometry;
	const ringline_command &command;
	const Tags *tags;

	[[nodiscard]] bool has(std::uint32_t flag) const { return (command.flags & flag) != 0; }
};

Violation argument(std::size_t offset, std::uint64_t given, std::uint64_t wanted = 0)
{
	return {-EINVAL, RINGLINE_RULE_ARGUMENT, given, wanted, static_cast<std::uint32_t>(offset)};
}

/// What a template of encode.h reports, as a value.
template <class Check> Violation violation_of(Check &&check)
{
	Violation found;
	(void)check([&found](const Violation &violation) {
		found = violation;
		return violation.error;
	});
	return found;
}

// Fields

Violation check_fields(const Case &c)
{
	const bool may_be_vectored = c.row.shape == Shape::transfer;
	const std::uint32_t known = c.row.flags | (may_be_vectored ? RINGLINE_VECTORED : 0U);
	if ((c.command.flags & ~known) != 0) {
		return argument(offsetof(ringline_command, flags), c.command.flags & ~known);
	}
	if (c.command.action < c.row.first_action || c.command.action > c.row.last_action) {
		return argument(offsetof(ringline_command, action), c.command.action, c.row.last_action);
	}
	if (c.command.segments != 0 && !c.has(RINGLINE_VECTORED)) {
		return argument(offsetof(ringline_command, segments), c.command.segments);
	}
	if ((c.command.placement != 0 && !c.has(directive_flags))) {
		return argument(offsetof(ringline_command, placement), c.command.placement);
	}
	if (c.has(RINGLINE_STREAM) && c.has(RINGLINE_PLACEMENT)) {
		return argument(offsetof(ringline_command, flags), RINGLINE_STREAM | RINGLINE_PLACEMENT);
	}
	const bool has_hints = c.command.opcode == RINGLINE_NVME_READ || c.command.opcode == RINGLINE_NVME_WRITE;
	if (c.tags != nullptr && c.tags->hints != 0 && !has_hints) {
		return argument(offsetof(ringline_command_extended, access_hints), c.tags->hints);
	}
	return {};
}

/// Does the device have what the command needs?
Violation check_ability(const Case &c)
{
	const std::uint32_t needed = c.row.needed | (c.has(RINGLINE_PLACEMENT) ? RINGLINE_CAN_PLACEMENT : 0U) |
				     (c.has(RINGLINE_STREAM) ? RINGLINE_CAN_STREAMS : 0U);
	const std::uint32_t missing = needed & ~c.geometry.commands;
	if (missing != 0) {
		const bool directive = (missing & c.row.needed) == 0;
		return {-EOPNOTSUPP, RINGLINE_RULE_OPCODE, c.command.opcode, missing,
			static_cast<std::uint32_t>(directive ? offsetof(ringline_command, flags)
							     : offsetof(ringline_command, opcode))};
	}
	if (c.row.shape == Shape::sources && (c.geometry.limits.copy_formats >> c.command.action & 1) == 0) {
		return {-EOPNOTSUPP, RINGLINE_RULE_COMMAND_LIMIT, c.command.action, c.geometry.limits.copy_formats,
			offsetof(ringline_command, action)};
	}
	return {};
}

// Protection information

Violation refuse_protection(std::size_t offset, std::uint64_t given, std::uint64_t wanted)
{
	return {-EINVAL, RINGLINE_RULE_PROTECTION, given, wanted, static_cast<std::uint32_t>(offset)};
}

Violation check_tags(const Case &c)
{
	const Protection &protection = c.geometry.protection;
	const Tags &tags = *c.tags;
	if (tags.reference != low_bits(tags.reference, protection.reference_bits)) {
		return refuse_protection(offsetof(ringline_command_extended, reference_tag), tags.reference,
					 protection.reference_bits);
	}
	if (tags.storage != low_bits(tags.storage, protection.storage_tag_bits)) {
		return refuse_protection(offsetof(ringline_command_extended, storage_tag), tags.storage,
					 protection.storage_tag_bits);
	}
	const std::uint64_t of_lba = low_bits(c.command.lba, protection.reference_bits);
	if (protection.type == 1 && c.has(RINGLINE_CHECK_REFERENCE_TAG) && tags.reference != of_lba) {
		return refuse_protection(offsetof(ringline_command_extended, reference_tag), tags.reference, of_lba);
	}
	return {};
}

Violation check_protection(const Case &c)
{
	const Protection &protection = c.geometry.protection;
	const auto flags = static_cast<std::uint16_t>(c.command.flags & (protection_flags | RINGLINE_REMAP));
	constexpr std::size_t offset = offsetof(ringline_command, flags);
	if (protection.type == 0) {
		const bool tagged = c.tags != nullptr && (c.tags->reference != 0 || c.tags->storage != 0 ||
							  c.tags->application != 0 || c.tags->application_mask != 0);
		return flags != 0 || tagged ? refuse_protection(offset, flags, 0) : Violation{};
	}
	if (protection.type == 3 && (flags & (RINGLINE_CHECK_REFERENCE_TAG | RINGLINE_REMAP)) != 0) {
		return refuse_protection(offset, flags & (RINGLINE_CHECK_REFERENCE_TAG | RINGLINE_REMAP), 3);
	}
	constexpr std::uint16_t only_with_tags = RINGLINE_CHECK_APPLICATION_TAG | RINGLINE_CHECK_STORAGE_TAG;
	if (c.tags == nullptr && (flags & only_with_tags) != 0) {
		return refuse_protection(offset, flags & only_with_tags, 0);
	}
	// A copy names the source's tags in its ranges, which have no place for one.
	if (c.row.shape == Shape::sources && (flags & RINGLINE_CHECK_STORAGE_TAG) != 0) {
		return refuse_protection(offset, RINGLINE_CHECK_STORAGE_TAG, 0);
	}
	return c.tags != nullptr ? check_tags(c) : Violation{};
}

/// With PRACT, metadata that is nothing but protection information stays in the device.
Geometry transferred(const Case &c)
{
	Geometry geometry = c.geometry;
	if (c.has(RINGLINE_PROTECTION_ACTION) && geometry.metadata_size == geometry.protection.bytes) {
		geometry.metadata_bytes = 0;
		geometry.block_bytes -= geometry.metadata_inline ? geometry.metadata_size : 0;
	}
	return geometry;
}

// Memory in pieces

/// What the kernel takes as it is: dwords, and no gap inside. Everything else it copies, which a movable queue (the one
/// with an address mask) cannot have. Pages are the controller's: a PRP list has no room for an offset but in its
/// first.
Violation check_segment(const Geometry &geometry, const ringline_command &command, std::uint32_t number,
			const ringline_segment &segment)
{
	const auto refuse = [&](std::int32_t error, std::uint32_t rule, std::uint64_t given, std::uint64_t wanted) {
		return Violation{error, rule, given, wanted, offsetof(ringline_command, address), number};
	};
	if (segment.address == 0 || segment.address > UINT64_MAX - segment.length) {
		return refuse(-EFAULT, RINGLINE_RULE_ARGUMENT, segment.address, 0);
	}
	if (segment.length == 0) {
		return refuse(-EINVAL, RINGLINE_RULE_ARGUMENT, 0, 1);
	}
	if (geometry.address_mask == 0) {
		return {};
	}
	const std::uint64_t end = segment.address + segment.length;
	const std::uint64_t start_mask = number == 1 ? geometry.address_mask : geometry.page_mask;
	const std::uint64_t end_mask = number == command.segments ? geometry.address_mask : geometry.page_mask;
	if ((segment.address & start_mask) != 0) {
		return refuse(-EINVAL, RINGLINE_RULE_ALIGNMENT, segment.address, start_mask + 1);
	}
	return (end & end_mask) != 0 ? refuse(-EINVAL, RINGLINE_RULE_ALIGNMENT, end, end_mask + 1) : Violation{};
}

/// The segments one by one, and that they hold exactly the length.
Violation check_segments(const Geometry &geometry, const ringline_command &command)
{
	const auto *segments = reinterpret_cast<const ringline_segment *>(command.address);
	std::uint64_t sum = 0;
	for (std::uint32_t i = 0; i < command.segments; ++i) {
		if (const Violation wrong = check_segment(geometry, command, i + 1, segments[i]); wrong.error < 0) {
			return wrong;
		}
		const bool fits = segments[i].length <= command.length - sum;
		sum = fits ? sum + segments[i].length : UINT64_MAX;
		if (!fits) {
			break;
		}
	}
	if (sum != command.length) {
		return {-ENOBUFS, RINGLINE_RULE_LENGTH, sum, command.length, offsetof(ringline_command, segments)};
	}
	const std::uint64_t spanned = (segments[0].address & geometry.page_mask) + sum;
	if (spanned > geometry.max_segment_bytes) {
		return {-EMSGSIZE, RINGLINE_RULE_SEGMENTS, spanned, geometry.max_segment_bytes,
			offsetof(ringline_command, length)};
	}
	return {};
}

// Transfers and ranges

Violation check_transfer(const Case &c)
{
	const Geometry geometry = transferred(c);
	if (!c.has(RINGLINE_VECTORED)) {
		return violation_of([&](auto report) { return detail::check_transfer(geometry, c.command, report); });
	}
	if (c.command.segments == 0 || c.command.segments > RINGLINE_SEGMENTS_MAX) {
		return argument(offsetof(ringline_command, segments), c.command.segments, RINGLINE_SEGMENTS_MAX);
	}
	// The rules of plain memory, for the array: its address takes the place of the data's.
	Geometry of_array = geometry;
	of_array.address_mask = alignof(ringline_segment) - 1;
	of_array.max_segment_bytes = UINT32_MAX;
	const Violation wrong =
		violation_of([&](auto report) { return detail::check_transfer(of_array, c.command, report); });
	return wrong.error < 0 ? wrong : check_segments(geometry, c.command);
}

/// Memory that must not be given.
Violation check_no_memory(const Case &c)
{
	ringline_command rest = c.command;
	rest.lba = 0;
	rest.blocks = 0;
	return violation_of([&](auto report) { return detail::check_no_data(rest, report); });
}

std::uint32_t block_limit(const Case &c)
{
	switch (c.command.opcode) {
	case RINGLINE_NVME_VERIFY:
		return c.geometry.limits.verify_blocks;
	case RINGLINE_NVME_WRITE_ZEROES:
		return c.geometry.limits.write_zeroes_blocks;
	default:
		return c.geometry.limits.write_uncorrectable_blocks;
	}
}

Violation over_limit(std::size_t offset, std::uint64_t given, std::uint64_t wanted, std::uint32_t number = 0)
{
	return {-EMSGSIZE, RINGLINE_RULE_COMMAND_LIMIT, given, wanted, static_cast<std::uint32_t>(offset), number};
}

Violation check_zone_start(const Case &c)
{
	const std::uint64_t zone_blocks = c.geometry.limits.zone_blocks;
	if (c.command.lba >= c.geometry.blocks) {
		return {-ERANGE, RINGLINE_RULE_BOUNDS, c.command.lba, c.geometry.blocks,
			offsetof(ringline_command, lba)};
	}
	if (zone_blocks == 0 || c.command.lba % zone_blocks != 0) {
		return {-EINVAL, RINGLINE_RULE_ZONE, c.command.lba, zone_blocks, offsetof(ringline_command, lba)};
	}
	return {};
}

Violation check_range_and_data(const Case &c)
{
	const Violation wrong =
		violation_of([&](auto report) { return check_range(c.row, c.geometry, c.command, report); });
	if (wrong.error < 0) {
		return wrong;
	}
	if (c.row.shape == Shape::range) {
		return c.command.blocks > block_limit(c)
			       ? over_limit(offsetof(ringline_command, blocks), c.command.blocks, block_limit(c))
			       : check_no_memory(c);
	}
	if (c.command.opcode == RINGLINE_NVME_ZONE_APPEND) {
		if (const Violation zone = check_zone_start(c); zone.error < 0) {
			return zone;
		}
		if (c.command.length > c.geometry.limits.append_bytes) {
			return over_limit(offsetof(ringline_command, length), c.command.length,
					  c.geometry.limits.append_bytes);
		}
	}
	return check_transfer(c);
}

// Commands with data of their own

/// The memory of a command whose data are not blocks: granules, and at least so many bytes.
Violation check_memory(const Case &c, std::uint32_t granule, std::uint32_t least)
{
	const ringline_command &command = c.command;
	if (command.blocks != 0) {
		return argument(offsetof(ringline_command, blocks), command.blocks);
	}
	if ((command.metadata_address | command.metadata_length) != 0) {
		return command.metadata_address != 0
			       ? argument(offsetof(ringline_command, metadata_address), command.metadata_address)
			       : argument(offsetof(ringline_command, metadata_length), command.metadata_length);
	}
	if (command.length < least || command.length % granule != 0) {
		const std::uint32_t wanted = std::max(command.length - command.length % granule, least);
		return {-ENOBUFS, RINGLINE_RULE_LENGTH, command.length, wanted, offsetof(ringline_command, length)};
	}
	// Placement identifiers have two bytes each, so the kernel may copy their list, on a movable queue too: what
	// goes to the device is copied when it is submitted, and nothing is there to be lost.
	Geometry bytes = c.geometry;
	bytes.block_bytes = 1; // the rules of memory, with bytes for blocks
	bytes.metadata_bytes = 0;
	bytes.address_mask |= 3;
	ringline_command counted = command;
	counted.blocks = command.length;
	return violation_of([&](auto report) { return detail::check_transfer(bytes, counted, report); });
}

Violation out_of_bounds(std::uint64_t lba, std::uint64_t blocks, std::uint32_t number)
{
	return {-ERANGE, RINGLINE_RULE_BOUNDS, lba, blocks, offsetof(ringline_command, address), number};
}

/// Dataset Management. Its limits are proved because a device may ignore what exceeds them.
Violation check_dataset(const Case &c)
{
	const CommandLimits &limits = c.geometry.limits;
	if (c.command.lba != 0) {
		return argument(offsetof(ringline_command, lba), c.command.lba);
	}
	const std::uint32_t count = c.command.length / RINGLINE_DATASET_RANGE_BYTES;
	if (count > limits.dataset_ranges) {
		return over_limit(offsetof(ringline_command, length), count, limits.dataset_ranges);
	}
	if (const Violation wrong = check_memory(c, RINGLINE_DATASET_RANGE_BYTES, RINGLINE_DATASET_RANGE_BYTES);
	    wrong.error < 0) {
		return wrong;
	}
	std::uint64_t sum = 0;
	for (std::uint32_t i = 0; i < count; ++i) {
		const Range range = read_dataset_range(c.command.address, i);
		if (range.blocks > c.geometry.blocks || range.lba > c.geometry.blocks - range.blocks) {
			return out_of_bounds(range.lba, c.geometry.blocks, i + 1);
		}
		if (range.blocks > limits.dataset_range_blocks) {
			return over_limit(offsetof(ringline_command, address), range.blocks,
					  limits.dataset_range_blocks, i + 1);
		}
		sum += range.blocks;
	}
	return sum > limits.dataset_blocks ? over_limit(offsetof(ringline_command, address), sum, limits.dataset_blocks)
					   : Violation{};
}

Violation check_copy(const Case &c)
{
	const CommandLimits &limits = c.geometry.limits;
	const std::uint32_t entry_bytes = copy_range_bytes(c.command.action);
	const std::uint32_t count = c.command.length / entry_bytes;
	if (count > limits.copy_ranges) {
		return over_limit(offsetof(ringline_command, length), count, limits.copy_ranges);
	}
	if (const Violation wrong = check_memory(c, entry_bytes, entry_bytes); wrong.error < 0) {
		return wrong;
	}
	std::uint64_t sum = 0;
	for (std::uint32_t i = 0; i < count; ++i) {
		const Range range = read_copy_range(c.command.address, c.command.action, i);
		const bool here = c.command.action < 2 || range.nsid == c.geometry.nsid;
		if (here && (range.blocks > c.geometry.blocks || range.lba > c.geometry.blocks - range.blocks)) {
			return out_of_bounds(range.lba, c.geometry.blocks, i + 1);
		}
		if (range.blocks > limits.copy_range_blocks) {
			return over_limit(offsetof(ringline_command, address), range.blocks, limits.copy_range_blocks,
					  i + 1);
		}
		sum += range.blocks;
	}
	if (sum > c.geometry.blocks || c.command.lba > c.geometry.blocks - sum) {
		return {-ERANGE, RINGLINE_RULE_BOUNDS, c.command.lba, c.geometry.blocks,
			offsetof(ringline_command, lba)};
	}
	return sum > limits.copy_blocks ? over_limit(offsetof(ringline_command, address), sum, limits.copy_blocks)
					: Violation{};
}

Violation check_zone(const Case &c)
{
	if (c.command.blocks != 0) {
		return argument(offsetof(ringline_command, blocks), c.command.blocks);
	}
	if (c.has(RINGLINE_ALL_ZONES) && c.command.lba != 0) {
		return argument(offsetof(ringline_command, lba), c.command.lba);
	}
	const Violation wrong = check_zone_start(c);
	return wrong.error < 0 ? wrong : check_no_memory(c);
}

Violation check_zones(const Case &c)
{
	if (c.command.lba >= c.geometry.blocks) {
		return {-ERANGE, RINGLINE_RULE_BOUNDS, c.command.lba, c.geometry.blocks,
			offsetof(ringline_command, lba)};
	}
	return check_memory(c, dword_bytes, report_header_bytes);
}

Violation check_handles(const Case &c, std::uint32_t granule, std::uint32_t least)
{
	constexpr std::uint32_t count_most = 65536; // zero-based in 16 bits
	if (c.command.lba != 0) {
		return argument(offsetof(ringline_command, lba), c.command.lba);
	}
	if (c.row.shape == Shape::identifiers && c.command.length / granule > count_most) {
		return over_limit(offsetof(ringline_command, length), c.command.length / granule, count_most);
	}
	return check_memory(c, granule, least);
}

Violation check_shape(const Case &c)
{
	if (c.row.changes_medium && c.geometry.read_only) {
		return {-EROFS, RINGLINE_RULE_READ_ONLY, c.command.opcode, 0, offsetof(ringline_command, opcode)};
	}
	switch (c.row.shape) {
	case Shape::nothing:
		return violation_of([&](auto report) { return detail::check_no_data(c.command, report); });
	case Shape::transfer:
	case Shape::range:
		return check_range_and_data(c);
	case Shape::ranges:
		return check_dataset(c);
	case Shape::sources:
		return check_copy(c);
	case Shape::zone:
		return check_zone(c);
	case Shape::zones:
		return check_zones(c);
	case Shape::handles:
		return check_handles(c, dword_bytes, status_header_bytes);
	case Shape::identifiers:
		return check_handles(c, identifier_bytes, identifier_bytes);
	}
	return {};
}

} // namespace

Violation check_special(const CommandRow &row, const Geometry &geometry, const ringline_command &command,
			const Tags *tags)
{
	const Case c = {.row = row, .geometry = geometry, .command = command, .tags = tags};
	for (Violation (*const check)(const Case &) : {check_fields, check_ability, check_protection, check_shape}) {
		if (const Violation wrong = check(c); wrong.error < 0) {
			return wrong;
		}
	}
	return {};
}

Tags tags_of(const ringline_command_extended &command)
{
	return {.reference = command.reference_tag,
		.storage = command.storage_tag,
		.application = command.application_tag,
		.application_mask = command.application_mask,
		.hints = command.access_hints};
}

Violation validate_extended(const Geometry &geometry, const ringline_command_extended &command)
{
	constexpr std::size_t offset_bytes = offsetof(ringline_command_extended, reserved0);
	constexpr std::size_t offset_words = offsetof(ringline_command_extended, reserved1);
	for (const std::uint8_t reserved : command.reserved0) {
		if (reserved != 0) {
			return argument(offset_bytes, reserved);
		}
	}
	for (const std::uint64_t reserved : command.reserved1) {
		if (reserved != 0) {
			return argument(offset_words, reserved);
		}
	}
	const CommandRow *row = find_command(command.base.opcode);
	if (row == nullptr) {
		return {-EOPNOTSUPP, RINGLINE_RULE_OPCODE, command.base.opcode, 0, offsetof(ringline_command, opcode)};
	}
	const Tags tags = tags_of(command);
	return check_special(*row, geometry, command.base, &tags);
}

} // namespace ringline::nvme
