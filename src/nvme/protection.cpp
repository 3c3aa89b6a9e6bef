// SPDX-License-Identifier: MIT OR Apache-2.0
#include "nvme/protection.h"

#include "nvme/guard.h"
#include "nvme/status.h"

#include <bit>
#include <cerrno>
#include <cstring>

namespace ringline::nvme
{

namespace
{

constexpr std::uint32_t block_size_least = 512;
constexpr std::uint32_t metadata_size_most = 65535;
constexpr std::uint16_t unchecked_application_tag = 0xffff;

/// So many ones.
constexpr std::uint64_t ones(unsigned bits)
{
	return low_bits(~std::uint64_t{0}, bits);
}

/// The parts that a format has and its type checks.
std::uint16_t parts_of(const ringline_protection &protection, unsigned reference_tag_bits)
{
	unsigned parts = RINGLINE_PROTECTION_GUARD | RINGLINE_PROTECTION_APPLICATION_TAG;
	if (protection.pi_type != 3 && reference_tag_bits != 0) {
		parts |= RINGLINE_PROTECTION_REFERENCE_TAG;
	}
	if (protection.storage_tag_bits != 0) {
		parts |= RINGLINE_PROTECTION_STORAGE_TAG;
	}
	return static_cast<std::uint16_t>(parts);
}

bool is_valid(const ringline_protection &protection)
{
	const GuardFormat *const format = find_guard_format(protection.guard_bits);
	if (format == nullptr || protection.storage_tag_bits < format->storage_tag_least ||
	    protection.storage_tag_bits > format->storage_tag_most) {
		return false;
	}
	const auto parts = parts_of(protection, format->tags_bits - protection.storage_tag_bits);
	return std::has_single_bit(protection.block_size) && protection.block_size >= block_size_least &&
	       protection.metadata_size >= format->pi_bytes && protection.metadata_size <= metadata_size_most &&
	       protection.metadata_inline <= 1 && protection.pi_type >= 1 && protection.pi_type <= 3 &&
	       protection.pi_first <= 1 && protection.reserved0 == 0 && (protection.flags & ~parts) == 0 &&
	       (protection.storage_tag & ~ones(protection.storage_tag_bits)) == 0;
}

/// What a PI field says.
struct Field {
	std::uint64_t guard;
	std::uint64_t reference_tag;
	std::uint64_t storage_tag;
	std::uint16_t application_tag;
};

/// A word whose bytes in memory are those of the value, highest first; and back.
std::uint64_t big_endian(std::uint64_t value)
{
	return std::endian::native == std::endian::little ? __builtin_bswap64(value) : value;
}

template <unsigned count> std::uint64_t get(const std::uint8_t *bytes)
{
	std::uint64_t word = 0;
	std::memcpy(reinterpret_cast<std::uint8_t *>(&word) + sizeof word - count, bytes, count);
	return big_endian(word);
}

template <unsigned count> void put(std::uint64_t value, std::uint8_t *bytes)
{
	const std::uint64_t word = big_endian(value);
	std::memcpy(bytes, reinterpret_cast<const std::uint8_t *>(&word) + sizeof word - count, count);
}

/// A command's blocks with this guard.
template <class Guard> class Blocks
{
public:
	explicit Blocks(const ringline_protection &protection)
		: protection_(protection), inline_(protection.metadata_inline != 0),
		  pi_offset_(protection.pi_first != 0 ? 0 : protection.metadata_size - pi_bytes),
		  reference_tag_bits_(8 * tags_bytes - protection.storage_tag_bits)
	{
	}

	[[nodiscard]] const std::uint8_t *data_of(std::uint32_t block, const std::uint8_t *data) const
	{
		const std::uint64_t between = inline_ ? protection_.metadata_size : 0;
		return data + block * (protection_.block_size + between);
	}

	/// Where a block's metadata is; of inline metadata `first` is that of the first block.
	template <class Byte> Byte *metadata_of(std::uint32_t block, Byte *first) const
	{
		const std::uint64_t between = inline_ ? protection_.block_size : 0;
		return first + block * (protection_.metadata_size + between);
	}

	[[nodiscard]] std::uint32_t pi_offset() const { return pi_offset_; }

	/// A block that is not checked. Without a reference tag its bits are all ones.
	[[nodiscard]] bool is_unchecked(const Field &field) const
	{
		return field.application_tag == unchecked_application_tag &&
		       (protection_.pi_type != 3 || field.reference_tag == ones(reference_tag_bits_));
	}

	/// What is checked of each block.
	[[nodiscard]] std::uint16_t parts() const
	{
		return protection_.flags != 0 ? protection_.flags : parts_of(protection_, reference_tag_bits_);
	}

	/// Of the data and what the guard covers of the metadata.
	[[nodiscard]] std::uint64_t guard(const std::uint8_t *data, const std::uint8_t *metadata) const
	{
		const std::size_t block = protection_.block_size;
		if (inline_) {
			return guard_behind<Guard>(0, data, block + pi_offset_);
		}
		const auto of_data = guard_behind<Guard>(0, data, block);
		return pi_offset_ == 0 ? of_data : guard_behind<Guard>(of_data, metadata, pi_offset_);
	}

	[[nodiscard]] std::uint64_t reference_tag(std::uint32_t block) const
	{
		const std::uint64_t count = protection_.pi_type == 3 ? 0 : block;
		return (protection_.reference_tag + count) & ones(reference_tag_bits_);
	}

	[[nodiscard]] Field read(const std::uint8_t *pi) const
	{
		const std::uint8_t *const tags = pi + guard_bytes + application_tag_bytes;
		const std::uint64_t low = get<low_bytes>(tags + top_bytes);
		std::uint64_t storage_tag = reference_tag_bits_ == 64 ? 0 : low >> reference_tag_bits_;
		if constexpr (top_bytes != 0) {
			const std::uint64_t top = get<top_bytes>(tags);
			storage_tag |= top << (64 - reference_tag_bits_);
		}
		return {.guard = get<guard_bytes>(pi),
			.reference_tag = low & ones(reference_tag_bits_),
			.storage_tag = storage_tag,
			.application_tag = static_cast<std::uint16_t>(get<application_tag_bytes>(pi + guard_bytes))};
	}

	void write(const Field &field, std::uint8_t *pi) const
	{
		std::uint8_t *const tags = pi + guard_bytes + application_tag_bytes;
		put<guard_bytes>(field.guard, pi);
		put<application_tag_bytes>(field.application_tag, pi + guard_bytes);
		if constexpr (top_bytes != 0) {
			put<top_bytes>(field.storage_tag >> (64 - reference_tag_bits_), tags);
		}
		const std::uint64_t storage_tag =
			reference_tag_bits_ == 64 ? 0 : field.storage_tag << reference_tag_bits_;
		put<low_bytes>(field.reference_tag | storage_tag, tags + top_bytes);
	}

private:
	static constexpr unsigned guard_bytes = width_of<Guard> / 8;
	static constexpr unsigned application_tag_bytes = 2;
	static constexpr unsigned pi_bytes = guard_bytes == 2 ? 8 : 16;
	static constexpr unsigned tags_bytes = pi_bytes - guard_bytes - application_tag_bytes;
	// The reference tag ends the tags and has at most 64 bits: of ten bytes the first two are storage tag alone.
	static constexpr unsigned low_bytes = tags_bytes < 8 ? tags_bytes : 8;
	static constexpr unsigned top_bytes = tags_bytes - low_bytes;

	const ringline_protection &protection_;
	bool inline_;
	std::uint32_t pi_offset_;
	unsigned reference_tag_bits_;
};

template <class Guard>
void generate(const ringline_protection &protection, std::uint32_t count, const std::uint8_t *data,
	      std::uint8_t *metadata)
{
	const Blocks<Guard> blocks(protection);
	for (std::uint32_t block = 0; block < count; ++block) {
		std::uint8_t *const own = blocks.metadata_of(block, metadata);
		blocks.write({.guard = blocks.guard(blocks.data_of(block, data), own),
			      .reference_tag = blocks.reference_tag(block),
			      .storage_tag = protection.storage_tag,
			      .application_tag = protection.application_tag},
			     own + blocks.pi_offset());
	}
}

/// One comparison.
struct Check {
	std::uint16_t part;
	std::uint16_t status;
	std::uint64_t given;
	std::uint64_t wanted;
};

template <class Guard>
std::int32_t verify(const ringline_protection &protection, std::uint32_t count, const std::uint8_t *data,
		    const std::uint8_t *metadata, ringline_protection_error *error)
{
	const Blocks<Guard> blocks(protection);
	const std::uint16_t parts = blocks.parts();
	const std::uint16_t mask = protection.application_mask;
	for (std::uint32_t block = 0; block < count; ++block) {
		const std::uint8_t *const own = blocks.metadata_of(block, metadata);
		const Field field = blocks.read(own + blocks.pi_offset());
		if (blocks.is_unchecked(field)) {
			continue;
		}
		const bool guarded = (parts & RINGLINE_PROTECTION_GUARD) != 0;
		const Check checks[] = {
			{RINGLINE_PROTECTION_GUARD, status_guard, field.guard,
			 guarded ? blocks.guard(blocks.data_of(block, data), own) : 0},
			{RINGLINE_PROTECTION_APPLICATION_TAG, status_application_tag,
			 std::uint64_t{field.application_tag} & mask, std::uint64_t{protection.application_tag} & mask},
			{RINGLINE_PROTECTION_REFERENCE_TAG, status_reference_tag, field.reference_tag,
			 blocks.reference_tag(block)},
			{RINGLINE_PROTECTION_STORAGE_TAG, status_storage_tag, field.storage_tag,
			 protection.storage_tag},
		};
		for (const Check &check : checks) {
			if ((parts & check.part) != 0 && check.given != check.wanted) {
				*error = {.struct_size = sizeof *error,
					  .block = block,
					  .check = check.part,
					  .status = check.status,
					  .reserved0 = {},
					  .given = check.given,
					  .wanted = check.wanted};
				return -EBADMSG;
			}
		}
	}
	return 0;
}

} // namespace

ringline_protection protection_of(const ringline_device_info &info)
{
	ringline_protection protection = {};
	protection.struct_size = sizeof protection;
	protection.block_size = info.block_size;
	protection.metadata_size = info.metadata_size;
	protection.metadata_inline = info.metadata_inline;
	protection.pi_type = info.pi_type;
	protection.pi_first = info.pi_first;
	protection.guard_bits = info.guard_bits;
	protection.storage_tag_bits = info.storage_tag_bits;
	return protection;
}

std::int32_t check_protection(const ringline_protection &protection, const ProtectedBlocks &blocks)
{
	if (!is_valid(protection) || blocks.count == 0) {
		return -EINVAL;
	}
	const bool is_inline = protection.metadata_inline != 0;
	if (blocks.has_metadata == is_inline) {
		return -EINVAL;
	}
	const std::uint64_t count = blocks.count;
	const std::uint64_t of_data = count * protection.block_size;
	const std::uint64_t of_metadata = count * protection.metadata_size;
	const bool fits = is_inline ? blocks.data_length == of_data + of_metadata && blocks.metadata_length == 0
				    : blocks.data_length == of_data && blocks.metadata_length == of_metadata;
	return fits ? 0 : -ENOBUFS;
}

void generate_protection(const ringline_protection &protection, std::uint32_t blocks, std::uint8_t *data,
			 std::uint8_t *metadata)
{
	std::uint8_t *const first = protection.metadata_inline != 0 ? data + protection.block_size : metadata;
	switch (protection.guard_bits) {
	case width_of<Guard16>:
		return generate<Guard16>(protection, blocks, data, first);
	case width_of<Guard32>:
		return generate<Guard32>(protection, blocks, data, first);
	default:
		return generate<Guard64>(protection, blocks, data, first);
	}
}

std::int32_t verify_protection(const ringline_protection &protection, std::uint32_t blocks, const std::uint8_t *data,
			       const std::uint8_t *metadata, ringline_protection_error *error)
{
	const std::uint8_t *const first = protection.metadata_inline != 0 ? data + protection.block_size : metadata;
	switch (protection.guard_bits) {
	case width_of<Guard16>:
		return verify<Guard16>(protection, blocks, data, first, error);
	case width_of<Guard32>:
		return verify<Guard32>(protection, blocks, data, first, error);
	default:
		return verify<Guard64>(protection, blocks, data, first, error);
	}
}

} // namespace ringline::nvme
