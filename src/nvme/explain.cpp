// SPDX-License-Identifier: MIT OR Apache-2.0
#include "nvme/explain.h"

#include "base/diagnosis.h"
#include "nvme/encode.h"

#include <cinttypes>

namespace ringline::nvme
{

namespace
{

const char *name_of_field(std::uint32_t offset)
{
	switch (offset) {
	case offsetof(ringline_command, lba):
		return "lba";
	case offsetof(ringline_command, address):
		return "address";
	case offsetof(ringline_command, metadata_address):
		return "metadata_address";
	case offsetof(ringline_command, length):
		return "length";
	case offsetof(ringline_command, metadata_length):
		return "metadata_length";
	case offsetof(ringline_command, blocks):
		return "blocks";
	case offsetof(ringline_command, action):
		return "action";
	case offsetof(ringline_command, flags):
		return "flags";
	case offsetof(ringline_command, segments):
		return "segments";
	case offsetof(ringline_command, placement):
		return "placement";
	case offsetof(ringline_command_extended, reference_tag):
		return "reference_tag";
	case offsetof(ringline_command_extended, storage_tag):
		return "storage_tag";
	case offsetof(ringline_command_extended, access_hints):
		return "access_hints";
	case offsetof(ringline_command_extended, reserved0):
		return "reserved0";
	case offsetof(ringline_command_extended, reserved1):
		return "reserved1";
	default:
		return "opcode";
	}
}

const char *name_of_limit(std::uint32_t rule)
{
	switch (rule) {
	case RINGLINE_RULE_MDTS:
		return "the controller's MDTS";
	case RINGLINE_RULE_MAX_HW_SECTORS:
		return "the kernel's max_hw_sectors_kb";
	case RINGLINE_RULE_SEGMENTS:
		return "the device's max_segments";
	case RINGLINE_RULE_BLOCKS:
		return "65,536 blocks";
	default:
		return "a limit of the device";
	}
}

const char *blocks_word(std::uint64_t count)
{
	return count == 1 ? "block" : "blocks";
}

std::int32_t describe_segments(const Violation &v, const Failure &failure, const ringline_command &command,
			       ringline_diagnosis *diagnosis)
{
	if (v.rule == RINGLINE_RULE_LENGTH) {
		return v.given == UINT64_MAX
			       ? fail(diagnosis, failure,
				      "The segments hold more than the %" PRIu64 " bytes of the length.", v.wanted)
			       : fail(diagnosis, failure,
				      "The segments hold %" PRIu64 " bytes, the length says %" PRIu64 ".", v.given,
				      v.wanted);
	}
	if (v.rule == RINGLINE_RULE_ALIGNMENT) {
		return fail(diagnosis, failure,
			    "Segment %" PRIu32 " begins or ends at 0x%" PRIx64 ", which is not a multiple of %" PRIu64
			    ": the kernel would copy the transfer, which a movable queue cannot have.",
			    v.segment, v.given, v.wanted);
	}
	if (v.segment == 0) {
		const bool vectored = (command.flags & RINGLINE_VECTORED) != 0;
		return fail(diagnosis, failure,
			    vectored ? "%" PRIu64 " segments; a vectored command has 1 to %" PRIu64 "."
				     : "%" PRIu64 " segments, without RINGLINE_VECTORED; it must be 0 then.",
			    v.given, v.wanted);
	}
	return fail(diagnosis, failure,
		    v.error == -EFAULT ? "The address of segment %" PRIu32
					 " is 0, or its length reaches past the end of memory."
				       : "The length of segment %" PRIu32 " is 0.",
		    v.segment);
}

/// Dataset Management and Copy: what is wrong with one of their ranges.
std::int32_t describe_range(const Violation &v, const Failure &failure, ringline_diagnosis *diagnosis)
{
	if (v.rule == RINGLINE_RULE_BOUNDS) {
		return fail(diagnosis, failure,
			    "Range %" PRIu32 ", from LBA %" PRIu64
			    " on, would reach past the end: the namespace has %" PRIu64 " %s.",
			    v.segment, v.given, v.wanted, blocks_word(v.wanted));
	}
	return fail(diagnosis, failure,
		    "Range %" PRIu32 " has %" PRIu64 " blocks; the device takes %" PRIu64 " in one range.", v.segment,
		    v.given, v.wanted);
}

std::int32_t describe_opcode(const Violation &v, const Failure &failure, ringline_diagnosis *diagnosis)
{
	if (v.wanted == 0) {
		return fail(diagnosis, failure,
			    "Opcode 0x%02" PRIx64 " has no checked form; ringline_push_raw() takes any.", v.given);
	}
	if (v.offset == offsetof(ringline_command, flags)) {
		return fail(diagnosis, failure, "The device does not have %s.",
			    (v.wanted & RINGLINE_CAN_PLACEMENT) != 0 ? "flexible data placement" : "streams");
	}
	return fail(diagnosis, failure, "The device does not have the command %s (opcode 0x%02" PRIx64 ").",
		    find_command(static_cast<std::uint8_t>(v.given))->name, v.given);
}

std::int32_t describe_command_limit(const Violation &v, const Failure &failure, const ringline_command &command,
				    ringline_diagnosis *diagnosis)
{
	const char *const name = find_command(command.opcode)->name;
	switch (v.offset) {
	case offsetof(ringline_command, action):
		return fail(diagnosis, failure,
			    "The device does not take ranges in format %" PRIu64
			    " (it takes those whose bits are set in 0x%" PRIx64 ").",
			    v.given, v.wanted);
	case offsetof(ringline_command, blocks):
		return fail(diagnosis, failure, "%" PRIu64 " blocks in one %s; the device takes %" PRIu64 ".", v.given,
			    name, v.wanted);
	case offsetof(ringline_command, address):
		return fail(diagnosis, failure,
			    "The ranges of one %s have %" PRIu64 " blocks together; the device takes %" PRIu64 ".",
			    name, v.given, v.wanted);
	default:
		return fail(diagnosis, failure,
			    command.opcode == RINGLINE_NVME_ZONE_APPEND
				    ? "%" PRIu64 " bytes in one %s; the device takes %" PRIu64 "."
				    : "%" PRIu64 " ranges in one %s; the device takes %" PRIu64 ".",
			    v.given, name, v.wanted);
	}
}

std::int32_t describe_protection(const Violation &v, const Failure &failure, ringline_diagnosis *diagnosis)
{
	if (v.offset == offsetof(ringline_command_extended, storage_tag) ||
	    v.offset == offsetof(ringline_command_extended, reference_tag)) {
		const bool bits = v.wanted <= 64 && v.given >> (v.wanted & 63) != 0;
		return fail(diagnosis, failure,
			    bits ? "The %s is 0x%" PRIx64 "; this format has %" PRIu64 " bits for it."
				 : "The %s is 0x%" PRIx64
				   "; with protection type 1 it must be that of the LBA, 0x%" PRIx64 ".",
			    name_of_field(v.offset), v.given, v.wanted);
	}
	if (v.wanted == 3) {
		return fail(diagnosis, failure,
			    "Protection type 3 has no reference tags that a device could check (flags 0x%" PRIx64 ").",
			    v.given);
	}
	return fail(diagnosis, failure,
		    v.given == 0 ? "Tags are given, and the namespace is not formatted with protection information."
				 : "The flags 0x%" PRIx64
				   " need what this command or format does not have: protection information, or "
				   "a tag to compare with (ringline_command_extended).",
		    v.given);
}

/// Where the length is not that of blocks.
std::int32_t describe_length(const Violation &v, const Failure &failure, ringline_diagnosis *diagnosis)
{
	return fail(diagnosis, failure,
		    "The length is %" PRIu64 " bytes, which this command cannot have; %" PRIu64 " would do.", v.given,
		    v.wanted);
}

/// Where blocks are past the end.
std::int32_t describe_bounds(const Violation &v, const Failure &failure, const ringline_command &command,
			     ringline_diagnosis *diagnosis)
{
	if (command.blocks == 0) {
		return fail(diagnosis, failure,
			    "LBA %" PRIu64 " is past the end, or what is copied there would reach past it: the "
			    "namespace has %" PRIu64 " %s.",
			    v.given, v.wanted, blocks_word(v.wanted));
	}
	return fail(diagnosis, failure,
		    "%" PRIu32 " %s from LBA %" PRIu64 " on would reach past the end: the namespace has %" PRIu64
		    " %s.",
		    command.blocks, blocks_word(command.blocks), v.given, v.wanted, blocks_word(v.wanted));
}

/// Where the metadata is not that of the format.
std::int32_t describe_metadata(const Violation &v, const Failure &failure, const ringline_command &command,
			       ringline_diagnosis *diagnosis)
{
	if (v.error == -ENOBUFS) {
		return fail(diagnosis, failure,
			    "The metadata length is %" PRIu64 " bytes; it must be exactly %" PRIu64 " for %" PRIu32
			    " %s of this format.",
			    v.given, v.wanted, command.blocks, blocks_word(command.blocks));
	}
	return fail(diagnosis, failure,
		    v.error == -EFAULT ? "The metadata address is 0, but this format has separate metadata."
				       : "A metadata address is given, but this format has no separate metadata.");
}

/// Where a zone is meant and there is none.
std::int32_t describe_zone(const Violation &v, const Failure &failure, ringline_diagnosis *diagnosis)
{
	return v.wanted == 0 ? fail(diagnosis, failure, "The namespace is not zoned.")
			     : fail(diagnosis, failure,
				    "LBA %" PRIu64 " is not the first of a zone; zones begin every %" PRIu64 " blocks.",
				    v.given, v.wanted);
}

std::int32_t describe(const Violation &v, const ringline_command &command, ringline_diagnosis *diagnosis)
{
	const Failure failure = {
		.error = v.error, .rule = v.rule, .offset = v.offset, .given = v.given, .wanted = v.wanted};
	const CommandRow *row = find_command(command.opcode);
	if (v.segment != 0 && row->shape != Shape::transfer) {
		return describe_range(v, failure, diagnosis);
	}
	if (v.segment != 0 || v.offset == offsetof(ringline_command, segments)) {
		return describe_segments(v, failure, command, diagnosis);
	}
	switch (v.rule) {
	case RINGLINE_RULE_OPCODE:
		return describe_opcode(v, failure, diagnosis);
	case RINGLINE_RULE_COMMAND_LIMIT:
		return describe_command_limit(v, failure, command, diagnosis);
	case RINGLINE_RULE_PROTECTION:
		return describe_protection(v, failure, diagnosis);
	case RINGLINE_RULE_ZONE:
		return describe_zone(v, failure, diagnosis);
	case RINGLINE_RULE_READ_ONLY:
		return fail(diagnosis, failure,
			    "The device was opened read-only, and opcode 0x%02" PRIx64 " changes the medium.", v.given);
	case RINGLINE_RULE_BLOCKS:
		if (v.error == -EINVAL) {
			return fail(diagnosis, failure, "%" PRIu64 " blocks; one command takes 1 to %" PRIu64 ".",
				    v.given, v.wanted);
		}
		break;
	case RINGLINE_RULE_BOUNDS:
		return describe_bounds(v, failure, command, diagnosis);
	case RINGLINE_RULE_LENGTH:
		if (row->shape != Shape::transfer) {
			return describe_length(v, failure, diagnosis);
		}
		return fail(diagnosis, failure,
			    "The length is %" PRIu64 " bytes; it must be exactly %" PRIu64 " for %" PRIu32 " %s.",
			    v.given, v.wanted, command.blocks, blocks_word(command.blocks));
	case RINGLINE_RULE_METADATA:
		return describe_metadata(v, failure, command, diagnosis);
	case RINGLINE_RULE_ALIGNMENT:
		return fail(diagnosis, failure, "The %s 0x%" PRIx64 " is not a multiple of %" PRIu64 " bytes.",
			    name_of_field(v.offset), v.given, v.wanted);
	case RINGLINE_RULE_ARGUMENT:
		if (v.error == -EFAULT) {
			return fail(diagnosis, failure,
				    "The address is 0, and the command transfers %" PRIu32 " bytes.", command.length);
		}
		return fail(diagnosis, failure,
			    "The field %s has 0x%" PRIx64 ", which has no meaning for opcode 0x%02x.",
			    name_of_field(v.offset), v.given, command.opcode);
	default:
		break;
	}
	return fail(diagnosis, failure, "%" PRIu64 " bytes in one command; %s allows %" PRIu64 ".%s", v.given,
		    name_of_limit(v.rule), v.wanted,
		    v.rule == RINGLINE_RULE_SEGMENTS ? " The bytes before the address in its page count too." : "");
}

} // namespace

std::int32_t explain(const Geometry &geometry, const ringline_command &command, ringline_diagnosis *diagnosis)
{
	const std::int32_t result =
		validate(geometry, command, [&](const Violation &v) { return describe(v, command, diagnosis); });
	return result < 0 ? result : 0;
}

std::int32_t explain(const Geometry &geometry, const ringline_command_extended &command, ringline_diagnosis *diagnosis)
{
	const Violation violation = validate_extended(geometry, command);
	return violation.error < 0 ? describe(violation, command.base, diagnosis) : 0;
}

} // namespace ringline::nvme
