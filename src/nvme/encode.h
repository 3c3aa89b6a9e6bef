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
	std::uint32_t segment = 0; ///< Number, from 1, of the segment that is wrong; 0: it is not about one.
};

/// What validate() returns for a valid command with RINGLINE_VECTORED. Not 0, so that one test finds what is rare.
inline constexpr std::int32_t valid_vectored = 1;

namespace detail
{

/// Fields that this command does not use must be 0. Cold: called only when one of them is not.
template <class Report> std::int32_t name_field(const CommandRow &row, const ringline_command &command, Report &&report)
{
	const auto refuse = [&](std::size_t offset, std::uint64_t given) {
		return report(Violation{-EINVAL, RINGLINE_RULE_ARGUMENT, given, 0, static_cast<std::uint32_t>(offset)});
	};
	const bool vectored = (command.flags & RINGLINE_VECTORED) != 0 && row.length != LengthRule::none;
	const std::uint32_t known = row.flags | (vectored ? RINGLINE_VECTORED : 0U);
	if ((command.flags & ~known) != 0) {
		return refuse(offsetof(ringline_command, flags), command.flags & ~known);
	}
	if (command.action != 0) {
		return refuse(offsetof(ringline_command, action), command.action);
	}
	if (command.segments != 0 && !vectored) {
		return refuse(offsetof(ringline_command, segments), command.segments);
	}
	return refuse(offsetof(ringline_command, placement), command.placement);
}

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
	if (row.length == LengthRule::none) {
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

/// What the kernel takes as it is: dwords, and no gap inside. Everything else it copies, which a movable queue (the one
/// with an address mask) cannot have. Pages are the controller's: a PRP list has no room for an offset but in its
/// first.
template <class Report>
std::int32_t check_segment(const Geometry &geometry, const ringline_command &command, std::uint32_t number,
			   const ringline_segment &segment, Report &&report)
{
	const auto refuse = [&](std::int32_t error, std::uint32_t rule, std::uint64_t given, std::uint64_t wanted) {
		return report(Violation{error, rule, given, wanted, offsetof(ringline_command, address), number});
	};
	if (segment.address == 0 || segment.address > UINT64_MAX - segment.length) {
		return refuse(-EFAULT, RINGLINE_RULE_ARGUMENT, segment.address, 0);
	}
	if (segment.length == 0) {
		return refuse(-EINVAL, RINGLINE_RULE_ARGUMENT, 0, 1);
	}
	if (geometry.address_mask == 0) {
		return 0;
	}
	const std::uint64_t end = segment.address + segment.length;
	const std::uint64_t start_mask = number == 1 ? geometry.address_mask : geometry.page_mask;
	const std::uint64_t end_mask = number == command.segments ? geometry.address_mask : geometry.page_mask;
	if ((segment.address & start_mask) != 0) {
		return refuse(-EINVAL, RINGLINE_RULE_ALIGNMENT, segment.address, start_mask + 1);
	}
	return (end & end_mask) != 0 ? refuse(-EINVAL, RINGLINE_RULE_ALIGNMENT, end, end_mask + 1) : 0;
}

/// The segments one by one, and that they hold exactly the length.
template <class Report>
std::int32_t check_segments(const Geometry &geometry, const ringline_command &command, Report &&report)
{
	const auto *segments = reinterpret_cast<const ringline_segment *>(command.address);
	std::uint64_t sum = 0;
	for (std::uint32_t i = 0; i < command.segments; ++i) {
		if (const std::int32_t error = check_segment(geometry, command, i + 1, segments[i], report);
		    error < 0) {
			return error;
		}
		const bool fits = segments[i].length <= command.length - sum;
		sum = fits ? sum + segments[i].length : UINT64_MAX;
		if (!fits) {
			break;
		}
	}
	if (sum != command.length) {
		return report(Violation{-ENOBUFS, RINGLINE_RULE_LENGTH, sum, command.length,
					offsetof(ringline_command, segments)});
	}
	const std::uint64_t spanned = (segments[0].address & geometry.page_mask) + sum;
	if (spanned > geometry.max_segment_bytes) {
		return report(Violation{-EMSGSIZE, RINGLINE_RULE_SEGMENTS, spanned, geometry.max_segment_bytes,
					offsetof(ringline_command, length)});
	}
	return 0;
}

/// All of a vectored command: valid_vectored, or what report() returns.
template <class Report>
[[gnu::noinline]] std::int32_t check_vectored(const CommandRow &row, const Geometry &geometry,
					      const ringline_command &command, Report &&report)
{
	if (command.segments == 0 || command.segments > RINGLINE_SEGMENTS_MAX) {
		return report(Violation{-EINVAL, RINGLINE_RULE_ARGUMENT, command.segments, RINGLINE_SEGMENTS_MAX,
					offsetof(ringline_command, segments)});
	}
	std::int32_t error = check_range(row, geometry, command, report);
	if (error == 0) {
		// The rules of plain memory, for the array: its address takes the place of the data's.
		Geometry of_array = geometry;
		of_array.address_mask = alignof(ringline_segment) - 1;
		of_array.max_segment_bytes = UINT32_MAX;
		error = check_transfer(of_array, command, report);
	}
	if (error == 0) {
		error = check_segments(geometry, command, report);
	}
	return error == 0 ? valid_vectored : error;
}

} // namespace detail

/// 0, valid_vectored, or what report(violation) returns for the first rule that is broken. The data path reports
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
	const auto unknown_flags = static_cast<std::uint32_t>(command.flags & ~row->flags);
	if ((unknown_flags | command.action | command.segments | command.placement) != 0) [[unlikely]] {
		const bool vectored = unknown_flags == RINGLINE_VECTORED && row->length != LengthRule::none &&
				      (command.action | command.placement) == 0;
		return vectored ? detail::check_vectored(*row, geometry, command, report)
				: detail::name_field(*row, command, report);
	}
	if (const std::int32_t error = detail::check_range(*row, geometry, command, report); error < 0) [[unlikely]] {
		return error;
	}
	if (row->length == LengthRule::none) {
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
