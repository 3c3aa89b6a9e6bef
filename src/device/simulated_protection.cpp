// SPDX-License-Identifier: MIT OR Apache-2.0
#include "device/simulated_protection.h"

#include "nvme/protection.h"
#include "nvme/status.h"

namespace ringline::device
{

namespace
{

constexpr std::uint32_t prinfo_action = 1U << 3;
constexpr std::uint32_t prinfo_checks = 7;             // guard, application tag, reference tag
constexpr std::uint32_t storage_check = 1U << 24;      // of cdw12
constexpr std::uint32_t storage_check_read = 1U << 25; // ... and of a Copy's reads
static_assert(RINGLINE_PROTECTION_REFERENCE_TAG == 1 && RINGLINE_PROTECTION_APPLICATION_TAG == 2 &&
	      RINGLINE_PROTECTION_GUARD == 4);

unsigned reference_bits(const ringline_protection &layout)
{
	const nvme::GuardFormat *format = nvme::find_guard_format(layout.guard_bits);
	return format != nullptr ? format->tags_bits - layout.storage_tag_bits : 0U;
}

/// The inverse of what nvme/special_encode.cpp writes: one number of up to 80 bits, the storage tag above the reference
/// tag.
void take_tags(const ringline_nvme_command &command, ringline_protection *layout)
{
	__extension__ using Space = unsigned __int128;
	const Space space = Space{command.cdw2} << 64 | Space{command.cdw3} << 32 | command.cdw14;
	const unsigned bits = reference_bits(*layout);
	layout->reference_tag = nvme::low_bits(static_cast<std::uint64_t>(space), bits);
	layout->storage_tag = nvme::low_bits(static_cast<std::uint64_t>(space >> bits), layout->storage_tag_bits);
	layout->application_tag = static_cast<std::uint16_t>(command.cdw15);
	layout->application_mask = static_cast<std::uint16_t>(command.cdw15 >> 16);
}

ringline_protection behind(const CommandProtection &protection, std::uint64_t block)
{
	ringline_protection layout = protection.layout;
	layout.reference_tag += layout.pi_type == 3 ? 0 : block;
	layout.flags = protection.checks;
	return layout;
}

} // namespace

CommandProtection protection_of(const ImageGeometry &geometry, const ringline_nvme_command &command, unsigned prinfo)
{
	CommandProtection made = {};
	if (geometry.pi_type == 0) {
		return made;
	}
	made.layout.struct_size = sizeof made.layout;
	made.layout.block_size = geometry.block_size;
	made.layout.metadata_size = geometry.metadata_size;
	made.layout.pi_type = geometry.pi_type;
	made.layout.pi_first = (geometry.flags & RINGLINE_SIM_PI_FIRST) != 0 ? 1 : 0;
	made.layout.guard_bits = geometry.guard_bits;
	made.layout.storage_tag_bits = geometry.storage_tag_bits;
	take_tags(command, &made.layout);
	made.action = (command.cdw12 >> prinfo & prinfo_action) != 0;
	made.checks = static_cast<std::uint16_t>(command.cdw12 >> prinfo & prinfo_checks);
	if (reference_bits(made.layout) == 0) {
		made.checks &= static_cast<std::uint16_t>(~RINGLINE_PROTECTION_REFERENCE_TAG);
	}
	const std::uint32_t checks_storage = prinfo == prinfo_read_bit ? storage_check_read : storage_check;
	if (geometry.storage_tag_bits != 0 && (command.cdw12 & checks_storage) != 0) {
		made.checks |= RINGLINE_PROTECTION_STORAGE_TAG;
	}
	return made;
}

std::uint16_t check_request(const CommandProtection &protection, std::uint64_t lba)
{
	if ((protection.checks & RINGLINE_PROTECTION_REFERENCE_TAG) == 0) {
		return 0;
	}
	const ringline_protection &layout = protection.layout;
	const bool wrong = layout.pi_type == 3 ||
			   (layout.pi_type == 1 && layout.reference_tag != nvme::low_bits(lba, reference_bits(layout)));
	return wrong ? nvme::status_invalid_protection : std::uint16_t{0};
}

std::uint16_t verify_piece(const CommandProtection &protection, std::uint64_t block, std::uint64_t count,
			   const Piece &piece)
{
	if (protection.checks == 0) {
		return 0; // the verifier takes that for all checks
	}
	ringline_protection_error error = {};
	const std::int32_t result = nvme::verify_protection(
		behind(protection, block), static_cast<std::uint32_t>(count), piece.data, piece.metadata, &error);
	return result == 0 ? std::uint16_t{0} : error.status;
}

void generate_piece(const CommandProtection &protection, std::uint64_t block, std::uint64_t count, Piece *piece)
{
	nvme::generate_protection(behind(protection, block), static_cast<std::uint32_t>(count), piece->data,
				  piece->metadata);
}

} // namespace ringline::device
