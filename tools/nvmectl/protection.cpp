// SPDX-License-Identifier: MIT OR Apache-2.0
#include "protection.h"

#include "error.h"

#include <fmt/format.h>

#include <cerrno>

namespace nvmectl
{
namespace
{

/// Bits that the storage tag leaves.
unsigned reference_bits(const ringline_device_info &info)
{
	const unsigned both = info.guard_bits == 16 ? 32 : info.guard_bits == 32 ? 80 : 48;
	return both - info.storage_tag_bits;
}

bool has_reference_tag(const ringline_device_info &info)
{
	return (info.pi_type == 1 || info.pi_type == 2) && reference_bits(info) != 0;
}

ringline_protection protection_of(const ringline_device_info &info, const BlockLayout &layout,
				  const BlockMemory &memory)
{
	ringline_protection protection = {};
	protection.struct_size = sizeof protection;
	if (ringline_protection_of(&info, &protection) < 0 || layout.metadata_size != info.metadata_size) {
		throw Error(Exit::internal, fmt::format("{} has no protection information here", info.node));
	}
	protection.reference_tag = reference_tag(info, memory.lba);
	protection.flags = static_cast<std::uint16_t>(
		RINGLINE_PROTECTION_GUARD | (has_reference_tag(info) ? RINGLINE_PROTECTION_REFERENCE_TAG : 0U));
	return protection;
}

} // namespace

std::uint64_t reference_tag(const ringline_device_info &info, std::uint64_t lba)
{
	if (!has_reference_tag(info)) {
		return 0;
	}
	const unsigned bits = reference_bits(info);
	return bits >= 64 ? lba : lba & ((std::uint64_t{1} << bits) - 1);
}

std::uint32_t protection_bytes(const ringline_device_info &info)
{
	return info.pi_type == 0 ? 0 : info.guard_bits == 16 ? 8 : 16;
}

std::uint32_t device_checks(const ringline_device_info &info)
{
	return info.pi_type == 0 ? 0
				 : RINGLINE_CHECK_GUARD |
					   (has_reference_tag(info) ? std::uint32_t{RINGLINE_CHECK_REFERENCE_TAG} : 0U);
}

/// Where blocks have protection information, the device makes that of what it zeroes or copies, as of any other block
/// that is written here: else who checks, as the kernel does, could not read it. What is damaged is not copied, as
/// then it would look right, and fails to be verified.
std::uint32_t protection_flags(const ringline_device_info &info, std::uint8_t opcode)
{
	if (info.pi_type == 0) {
		return 0;
	}
	// With type 2 the reference tags may count from anything: only who has written here knows that they are LBAs.
	const std::uint32_t checks = info.pi_type == 2 ? std::uint32_t{RINGLINE_CHECK_GUARD} : device_checks(info);
	switch (opcode) {
	case RINGLINE_NVME_VERIFY:
		return checks;
	case RINGLINE_NVME_COPY:
		return RINGLINE_PROTECTION_ACTION | checks;
	default:
		return RINGLINE_PROTECTION_ACTION;
	}
}

void protect(const ringline_device_info &info, const BlockLayout &layout, const BlockMemory &memory)
{
	const ringline_protection protection = protection_of(info, layout, memory);
	const std::int32_t made = ringline_protection_generate(
		&protection, memory.blocks, memory.data, std::uint64_t{memory.blocks} * layout.step(), memory.metadata,
		std::uint64_t{memory.blocks} * layout.apart());
	if (made < 0) {
		throw Error(Exit::internal,
			    fmt::format("making protection information: {}", ringline_error_name(made)));
	}
}

bool find_damage(const ringline_device_info &info, const BlockLayout &layout, const BlockMemory &memory, Damage *damage)
{
	const ringline_protection protection = protection_of(info, layout, memory);
	ringline_protection_error error = {};
	error.struct_size = sizeof error;
	const std::int32_t found = ringline_protection_verify(
		&protection, memory.blocks, memory.data, std::uint64_t{memory.blocks} * layout.step(), memory.metadata,
		std::uint64_t{memory.blocks} * layout.apart(), &error);
	if (found == -EBADMSG) {
		*damage = {memory.lba + error.block, error};
	} else if (found < 0) {
		throw Error(Exit::internal,
			    fmt::format("checking protection information: {}", ringline_error_name(found)));
	}
	return found == -EBADMSG;
}

std::string describe(const Damage &damage)
{
	const ringline_protection_error &error = damage.error;
	if (error.check == RINGLINE_PROTECTION_GUARD) {
		return fmt::format("the protection information of LBA {} is wrong: its guard is {:X}h, but that of the "
				   "data is {:X}h",
				   damage.lba, error.given, error.wanted);
	}
	return fmt::format("the protection information of LBA {} is wrong: its reference tag is {:X}h, but should be "
			   "{:X}h",
			   damage.lba, error.given, error.wanted);
}

} // namespace nvmectl
