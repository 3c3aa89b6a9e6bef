// SPDX-License-Identifier: MIT OR Apache-2.0
// The wire form of commands that are not ordinary; special.cpp proves them.
#include "nvme/encode.h"
#include "nvme/protection.h"
#include "nvme/ranges.h"

namespace ringline::nvme
{

namespace
{

// Bits of cdw12.
constexpr unsigned bit_limited_retry = 31;
constexpr unsigned bit_fua = 30;
constexpr unsigned bit_protection = 26; // four: PRACT, guard, application tag, reference tag
constexpr unsigned bit_deallocate = 25; // of Write Zeroes
constexpr unsigned bit_remap = 25;      // of Zone Append
constexpr unsigned bit_storage_check = 24;
constexpr unsigned bit_directive = 20;
constexpr unsigned bit_protection_read = 12; // of Copy
constexpr unsigned bit_format = 8;           // of Copy
constexpr std::uint32_t directive_stream = 1;
constexpr std::uint32_t directive_placement = 2;
// Bits of cdw13.
constexpr unsigned bit_specific = 16;
constexpr unsigned bit_all_zones = 8;
constexpr unsigned bit_which = 8;
constexpr unsigned bit_partial = 16;

std::uint32_t bit(const ringline_command &command, std::uint32_t flag, unsigned position)
{
	return (command.flags & flag) != 0 ? 1U << position : 0U;
}

/// PRACT and PRCHK: four bits, PRACT the highest.
std::uint32_t protection_bits(const ringline_command &command)
{
	return bit(command, RINGLINE_PROTECTION_ACTION, 3) | bit(command, RINGLINE_CHECK_GUARD, 2) |
	       bit(command, RINGLINE_CHECK_APPLICATION_TAG, 1) | bit(command, RINGLINE_CHECK_REFERENCE_TAG, 0);
}

std::uint32_t control_bits(const ringline_command &command)
{
	const std::uint32_t directive = (command.flags & RINGLINE_STREAM) != 0      ? directive_stream
					: (command.flags & RINGLINE_PLACEMENT) != 0 ? directive_placement
										    : 0;
	return bit(command, RINGLINE_LIMITED_RETRY, bit_limited_retry) | bit(command, RINGLINE_FUA, bit_fua) |
	       protection_bits(command) << bit_protection | bit(command, RINGLINE_DEALLOCATE, bit_deallocate) |
	       bit(command, RINGLINE_REMAP, bit_remap) | bit(command, RINGLINE_CHECK_STORAGE_TAG, bit_storage_check) |
	       directive << bit_directive;
}

/// Storage and reference tag share a space of 32, 48 or 80 bits, the storage tag above: cdw14 has its lowest 32 bits,
/// cdw3 the next, cdw2 what is left (NVM command set specification, "Logical Block Storage Tag and Logical Block
/// Reference Tag").
void encode_tags(const Geometry &geometry, const ringline_command &command, const Tags *tags,
		 ringline_nvme_command *wire)
{
	const Protection &protection = geometry.protection;
	if (protection.type == 0) {
		return;
	}
	const std::uint64_t of_lba = protection.type == 3 ? 0 : low_bits(command.lba, protection.reference_bits);
	__extension__ using Space = unsigned __int128;
	const Space space = tags != nullptr
				    ? static_cast<Space>(tags->storage) << protection.reference_bits | tags->reference
				    : static_cast<Space>(of_lba);
	wire->cdw14 = static_cast<std::uint32_t>(space);
	wire->cdw3 = static_cast<std::uint32_t>(space >> 32);
	wire->cdw2 = static_cast<std::uint32_t>(space >> 64);
	if (tags != nullptr) {
		wire->cdw15 = std::uint32_t{tags->application_mask} << 16 | tags->application;
	}
}

} // namespace

void encode_special(const Geometry &geometry, const ringline_command &command, const Tags *tags,
		    ringline_nvme_command *wire)
{
	const Shape shape = find_command(command.opcode)->shape;
	encode(command, geometry.nsid, wire);
	wire->cdw12 = 0;
	const std::uint32_t dwords = command.length / dword_bytes;
	switch (shape) {
	case Shape::nothing:
		break;
	case Shape::transfer:
	case Shape::range:
		wire->cdw12 = (command.blocks - 1) | control_bits(command);
		wire->cdw13 = std::uint32_t{command.placement} << bit_specific | (tags != nullptr ? tags->hints : 0U);
		encode_tags(geometry, command, tags, wire);
		break;
	case Shape::ranges:
		wire->cdw10 = command.length / RINGLINE_DATASET_RANGE_BYTES - 1;
		wire->cdw11 = command.action;
		break;
	case Shape::sources:
		wire->cdw12 = (command.length / copy_range_bytes(command.action) - 1) |
			      std::uint32_t{command.action} << bit_format |
			      protection_bits(command) << bit_protection_read | control_bits(command);
		wire->cdw13 = std::uint32_t{command.placement} << bit_specific;
		encode_tags(geometry, command, tags, wire);
		break;
	case Shape::zone:
		wire->cdw13 = command.action | bit(command, RINGLINE_ALL_ZONES, bit_all_zones);
		break;
	case Shape::zones:
		wire->cdw12 = dwords - 1;
		wire->cdw13 = std::uint32_t{command.action} << bit_which | bit(command, RINGLINE_PARTIAL, bit_partial);
		break;
	case Shape::handles:
		wire->cdw10 = command.action;
		wire->cdw11 = dwords - 1;
		break;
	case Shape::identifiers:
		wire->cdw10 = command.action | (command.length / identifier_bytes - 1) << 16;
		break;
	}
}

} // namespace ringline::nvme
