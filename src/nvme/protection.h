// SPDX-License-Identifier: MIT OR Apache-2.0
// Protection information of blocks in memory: NVM Command Set specification, "End-to-end Data Protection".
#pragma once

#include <ringline/ringline.h>

#include <cstdint>

namespace ringline::nvme
{

/// What follows from the size of a guard. In the order of NVMe's protection information format (PIF).
struct GuardFormat {
	std::uint8_t bits;
	std::uint8_t storage_tag_least; ///< Bits.
	std::uint8_t storage_tag_most;
	std::uint8_t tags_bits; ///< Of storage and reference tag together.
	std::uint8_t pi_bytes;
};
inline constexpr GuardFormat guard_formats[] = {{16, 0, 32, 32, 8}, {32, 16, 64, 80, 16}, {64, 0, 48, 48, 16}};
/// Null: there is no guard of so many bits.
constexpr const GuardFormat *find_guard_format(std::uint8_t bits)
{
	for (const GuardFormat &format : guard_formats) {
		if (format.bits == bits) {
			return &format;
		}
	}
	return nullptr;
}

/// The low bits of a value: what a reference tag of so many bits has of an LBA.
constexpr std::uint64_t low_bits(std::uint64_t value, unsigned bits)
{
	return bits >= 64 ? value : value & ((std::uint64_t{1} << bits) - 1);
}

/// See ringline_protection_of().
ringline_protection protection_of(const ringline_device_info &info);

/// The caller's memory.
struct ProtectedBlocks {
	std::uint32_t count;
	std::uint64_t data_length;
	std::uint64_t metadata_length;
	bool has_metadata; ///< There is memory for it alone.
};

/// What is wrong with the arguments of ringline_protection_generate() and ringline_protection_verify(), as an errno.
std::int32_t check_protection(const ringline_protection &protection, const ProtectedBlocks &blocks);

/// Checked by check_protection().
void generate_protection(const ringline_protection &protection, std::uint32_t blocks, std::uint8_t *data,
			 std::uint8_t *metadata);
/// Checked by check_protection(). 0 or -EBADMSG, and then what is wrong.
std::int32_t verify_protection(const ringline_protection &protection, std::uint32_t blocks, const std::uint8_t *data,
			       const std::uint8_t *metadata, ringline_protection_error *error);

} // namespace ringline::nvme
