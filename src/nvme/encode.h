// SPDX-License-Identifier: MIT OR Apache-2.0
// Proving a command against a geometry, and writing it in wire form. Pure; the only place where both happen.
#pragma once

#include "nvme/command_table.h"
#include "nvme/geometry.h"

#include <cerrno>
#include <cstddef>
#include <cstdint>

namespace ringline::nvme
{

/// The first rule that a command breaks.
struct Violation {
	std::int32_t error = 0;
	std::uint32_t rule = RINGLINE_RULE_NONE;
	std::uint64_t given = 0;
	std::uint64_t wanted = 0;
	std::uint32_t offset = 0;  ///< Of the field in ringline_command.
	std::uint32_t segment = 0; ///< Number, from 1, of the segment or range that is wrong; 0: it is not about one.
};

/// What a ringline_command_extended has beside the command. hints: cdw13 bits 7:0.
struct Tags {
	std::uint64_t reference;
	std::uint64_t storage;
	std::uint16_t application;
	std::uint16_t application_mask;
	std::uint8_t hints;
};

/// What validate() returns for a valid command that encode_special() must encode. Not 0, so that one test finds what is
/// rare.
inline constexpr std::int32_t valid_special = 1;

/// The first rule that a command breaks which is not an ordinary one (command_table.h), or has flags, memory in pieces
/// or tags that make it special. Without tags: null.
Violation check_special(const CommandRow &row, const Geometry &geometry, const ringline_command &command,
			const Tags *tags);
/// The wire form of one that breaks none.
void encode_special(const Geometry &geometry, const ringline_command &command, const Tags *tags,
		    ringline_nvme_command *wire);

Tags tags_of(const ringline_command_extended &command);
/// All of a ringline_command_extended.
Violation validate_extended(const Geometry &geometry, const ringline_command_extended &command);

namespace detail
{

template <class Report> std::int32_t check_no_data(const ringline_command &command, Report &&report)
{
	const auto refuse = [&](std::size_t offset, std::uint64_t given) {
		return report(Violation{-EINVAL, RINGLINE_RULE_ARGUMENT, given, 0, static_cast<std::uint32_t>(offset)});
	};
	if (command.lba != 0) {
		return refuse(offsetof(ringline_command, lba), command.lba);
	}
	if (command.blocks != 0) {
		return refuse(offsetof(ringline_command, blocks), command.blocks);
	}
	if (command.address != 0) {
		return refuse(offsetof(ringline_command, address), command.address);
	}
	if (command.length != 0) {
		return refuse(offsetof(ringline_command, length), command.length);
	}
	if (command.metadata_address != 0) {
		return refuse(offsetof(ringline_command, metadata_address), command.metadata_address);
	}
	if (command.metadata_length != 0) {
		return refuse(offsetof(ringline_command, metadata_length), command.metadata_length);
	}
	return 0;
}

/// Separate metadata. Without it in the format none may be given: 6.1 hangs in the next format after refusing that
/// itself (vm.md). With it, all of it must be given: a device that finds no pointer transfers it to address 0.
template <class Report>
std::int32_t check_metadata(const Geometry &geometry, const ringline_command &command, Report &&report)
{
	const std::uint64_t needed = std::uint64_t{command.blocks} * geometry.metadata_bytes;
	if (command.metadata_length != needed) {
		return report(Violation{-ENOBUFS, RINGLINE_RULE_METADATA, command.metadata_length, needed,
					offsetof(ringline_command, metadata_length)});
	}
	if (needed == 0 && command.metadata_address != 0) {
		return report(Violation{-EINVAL, RINGLINE_RULE_METADATA, command.metadata_address, 0,
					offsetof(ringline_command, metadata_address)});
	}
	if (needed != 0 && command.metadata_address == 0) {
		return report(
			Violation{-EFAULT, RINGLINE_RULE_METADATA, 0, 0, offsetof(ringline_command, metadata_address)});
	}
	if (needed != 0 && (command.metadata_address & 3) != 0) {
		return report(Violation{-EINVAL, RINGLINE_RULE_ALIGNMENT, command.metadata_address, 4,
					offsetof(ringline_command, metadata_address)});
	}
	return 0;
}

/// What comes before the memory: may it write, and is there such a range?
template <class Report>
[[gnu::always_inline]] inline std::int32_t check_range(const CommandRow &row, const Geometry &geometry,
						       const ringline_command &command, Report &&report)
{
	if (row.changes_medium && geometry.read_only) [[unlikely]] {
		return report(Violation{-EROFS, RINGLINE_RULE_READ_ONLY, command.opcode, 0,
					offsetof(ringline_command, opcode)});
	}
	if (row.shape == Shape::nothing) {
		return 0;
	}
	if (command.blocks - 1 >= RINGLINE_NVME_BLOCKS_MAX) [[unlikely]] {
		return report(Violation{-EINVAL, RINGLINE_RULE_BLOCKS, command.blocks, RINGLINE_NVME_BLOCKS_MAX,
					offsetof(ringline_command, blocks)});
	}
	if (command.blocks > geometry.blocks || command.lba > geometry.blocks - command.blocks) [[unlikely]] {
		return report(Violation{-ERANGE, RINGLINE_RULE_BOUNDS, command.lba, geometry.blocks,
					offsetof(ringline_command, lba)});
	}
	return 0;
}

template <class Report>
std::int32_t check_transfer(const Geometry &geometry, const ringline_command &command, Report &&report)
{
	const std::uint64_t needed = std::uint64_t{command.blocks} * geometry.block_bytes;
	if (command.length != needed) [[unlikely]] {
		return report(Violation{-ENOBUFS, RINGLINE_RULE_LENGTH, command.length, needed,
					offsetof(ringline_command, length)});
	}
	if (command.length > geometry.max_transfer_bytes) [[unlikely]] {
		return report(Violation{-EMSGSIZE, geometry.max_transfer_rule, command.length,
					geometry.max_transfer_bytes, offsetof(ringline_command, length)});
	}
	const std::uint64_t spanned = (command.address & geometry.page_mask) + std::uint64_t{command.length};
	if (spanned > geometry.max_segment_bytes) [[unlikely]] {
		return report(Violation{-EMSGSIZE, RINGLINE_RULE_SEGMENTS, spanned, geometry.max_segment_bytes,
					offsetof(ringline_command, length)});
	}
	if (command.address == 0) [[unlikely]] {
		return report(Violation{-EFAULT, RINGLINE_RULE_ARGUMENT, 0, 0, offsetof(ringline_command, address)});
	}
	if ((command.address & geometry.address_mask) != 0) [[unlikely]] {
		return report(Violation{-EINVAL, RINGLINE_RULE_ALIGNMENT, command.address,
					std::uint64_t{geometry.address_mask} + 1, offsetof(ringline_command, address)});
	}
	if ((geometry.metadata_bytes | command.metadata_length | command.metadata_address) != 0) [[unlikely]] {
		return check_metadata(geometry, command, report);
	}
	return 0;
}

} // namespace detail

/// 0, valid_special, or what report(violation) returns for the first rule that is broken. The data path reports
/// nothing but the errno.
template <class Report>
[[gnu::always_inline]] inline std::int32_t validate(const Geometry &geometry, const ringline_command &command,
						    Report &&report)
{
	const CommandRow *row = find_command(command.opcode);
	if (row == nullptr) [[unlikely]] {
		return report(Violation{-EOPNOTSUPP, RINGLINE_RULE_OPCODE, command.opcode, 0,
					offsetof(ringline_command, opcode)});
	}
	const auto rare_flags = static_cast<std::uint32_t>(command.flags & ~(row->flags & forced));
	if (!row->ordinary() || (rare_flags | command.action | command.segments | command.placement) != 0)
		[[unlikely]] {
		const Violation violation = check_special(*row, geometry, command, nullptr);
		return violation.error == 0 ? valid_special : report(violation);
	}
	if (const std::int32_t error = detail::check_range(*row, geometry, command, report); error < 0) [[unlikely]] {
		return error;
	}
	if (row->shape == Shape::nothing) {
		return detail::check_no_data(command, report);
	}
	return detail::check_transfer(geometry, command, report);
}

/// Writes a valid command in wire form: every byte of *wire, once.
[[gnu::always_inline]] inline void encode(const ringline_command &command, std::uint32_t nsid,
					  ringline_nvme_command *wire)
{
	// Flush has no range, and its cdw12 must be 0: the subtraction happens only where there are blocks.
	const std::uint32_t zero_based = command.blocks - (command.blocks != 0 ? 1U : 0U);
	const std::uint32_t fua = (command.flags & RINGLINE_FUA) != 0 ? 1U << 30 : 0U;
	const std::uint32_t limited_retry = (command.flags & RINGLINE_LIMITED_RETRY) != 0 ? 1U << 31 : 0U;
	*wire = ringline_nvme_command{
		.opcode = command.opcode,
		.flags = 0,
		.reserved0 = 0,
		.nsid = nsid,
		.cdw2 = 0,
		.cdw3 = 0,
		.metadata = command.metadata_address,
		.address = command.address,
		.metadata_length = command.metadata_length,
		.data_length = command.length,
		.cdw10 = static_cast<std::uint32_t>(command.lba),
		.cdw11 = static_cast<std::uint32_t>(command.lba >> 32),
		.cdw12 = zero_based | fua | limited_retry,
		.cdw13 = 0,
		.cdw14 = 0,
		.cdw15 = 0,
		.timeout_ms = command.timeout_ms,
		.reserved1 = 0,
	};
}

} // namespace ringline::nvme
