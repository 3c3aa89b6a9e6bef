// SPDX-License-Identifier: MIT OR Apache-2.0
#include "nvme/ranges.h"

#include "nvme/little_endian.h"

#include <cerrno>
#include <cstring>

namespace ringline::nvme
{

namespace
{

constexpr std::uint32_t reference_bits_short = 32; // of formats 0 and 2

// Offsets in a source range.
constexpr std::uint32_t source_nsid = 0;
constexpr std::uint32_t source_lba = 8;
constexpr std::uint32_t source_blocks = 16; // zero-based
constexpr std::uint32_t short_reference = 24;
constexpr std::uint32_t short_application = 28;
constexpr std::uint32_t short_mask = 30;
constexpr std::uint32_t long_reference = 26; // ten bytes, the highest first
constexpr std::uint32_t long_reference_bytes = 10;
constexpr std::uint32_t long_application = 36;
constexpr std::uint32_t long_mask = 38;

const std::uint8_t *entry_at(std::uint64_t address, std::uint32_t bytes, std::uint32_t index)
{
	return reinterpret_cast<const std::uint8_t *>(static_cast<std::uintptr_t>(address)) +
	       std::size_t{bytes} * index;
}

std::int32_t check_source(const ringline_range &range, std::uint32_t format)
{
	if (range.attributes != 0 || (format < 2 && range.nsid != 0)) {
		return -EINVAL;
	}
	const bool fits = (format & 1) != 0 || range.reference_tag >> reference_bits_short == 0;
	const bool counted = range.blocks >= 1 && range.blocks <= RINGLINE_NVME_BLOCKS_MAX;
	return fits && counted ? 0 : -ERANGE;
}

void write_source(const ringline_range &range, std::uint32_t format, std::uint8_t *entry)
{
	std::memset(entry, 0, copy_range_bytes(format));
	put_little_endian(entry + source_nsid, range.nsid);
	put_little_endian(entry + source_lba, range.lba);
	put_little_endian(entry + source_blocks, static_cast<std::uint16_t>(range.blocks - 1));
	if ((format & 1) == 0) {
		put_little_endian(entry + short_reference, static_cast<std::uint32_t>(range.reference_tag));
		put_little_endian(entry + short_application, range.application_tag);
		put_little_endian(entry + short_mask, range.application_mask);
		return;
	}
	for (std::uint32_t i = 0; i < sizeof range.reference_tag; ++i) {
		entry[long_reference + long_reference_bytes - 1 - i] =
			static_cast<std::uint8_t>(range.reference_tag >> (8 * i));
	}
	put_little_endian(entry + long_application, range.application_tag);
	put_little_endian(entry + long_mask, range.application_mask);
}

} // namespace

Range read_dataset_range(std::uint64_t address, std::uint32_t index)
{
	const std::uint8_t *entry = entry_at(address, RINGLINE_DATASET_RANGE_BYTES, index);
	return {.lba = get_little_endian<std::uint64_t>(entry + 8),
		.blocks = get_little_endian<std::uint32_t>(entry + 4),
		.nsid = 0};
}

Range read_copy_range(std::uint64_t address, std::uint32_t format, std::uint32_t index)
{
	const std::uint8_t *entry = entry_at(address, copy_range_bytes(format), index);
	return {.lba = get_little_endian<std::uint64_t>(entry + source_lba),
		.blocks = std::uint64_t{get_little_endian<std::uint16_t>(entry + source_blocks)} + 1,
		.nsid = get_little_endian<std::uint32_t>(entry + source_nsid)};
}

void read_copy_tags(std::uint64_t address, std::uint32_t format, std::uint32_t index, ringline_protection *layout)
{
	const std::uint8_t *entry = entry_at(address, copy_range_bytes(format), index);
	if ((format & 1) == 0) {
		const auto space = get_little_endian<std::uint32_t>(entry + short_reference);
		const unsigned reference_bits = reference_bits_short - layout->storage_tag_bits;
		layout->reference_tag =
			reference_bits >= reference_bits_short ? space : space & ((1U << reference_bits) - 1);
		layout->storage_tag = reference_bits >= reference_bits_short ? 0 : space >> reference_bits;
		layout->application_tag = get_little_endian<std::uint16_t>(entry + short_application);
		layout->application_mask = get_little_endian<std::uint16_t>(entry + short_mask);
		return;
	}
	// Ten bytes, the highest first, of which a 64-bit guard's tags are the last six.
	__extension__ using Space = unsigned __int128;
	Space space = 0;
	for (std::uint32_t i = 0; i < long_reference_bytes; ++i) {
		space = space << 8 | entry[long_reference + i];
	}
	const unsigned tags_bits = layout->guard_bits == 64 ? 48 : 80;
	const unsigned reference_bits = tags_bits - layout->storage_tag_bits;
	const auto ones = [](unsigned bits) { return bits == 0 ? 0 : ~std::uint64_t{0} >> (64 - bits); };
	layout->reference_tag = static_cast<std::uint64_t>(space) & ones(reference_bits);
	layout->storage_tag = static_cast<std::uint64_t>(space >> reference_bits) & ones(layout->storage_tag_bits);
	layout->application_tag = get_little_endian<std::uint16_t>(entry + long_application);
	layout->application_mask = get_little_endian<std::uint16_t>(entry + long_mask);
}

std::int32_t write_dataset_ranges(const ringline_range *ranges, std::uint32_t count, void *data, std::uint32_t length)
{
	if (ranges == nullptr || data == nullptr || count == 0 || count > RINGLINE_DATASET_RANGES_MAX) {
		return -EINVAL;
	}
	for (std::uint32_t i = 0; i < count; ++i) {
		const ringline_range &range = ranges[i];
		if (range.reference_tag != 0 || range.application_tag != 0 || range.application_mask != 0 ||
		    range.nsid != 0) {
			return -EINVAL;
		}
	}
	if (length / RINGLINE_DATASET_RANGE_BYTES < count) {
		return -ENOBUFS;
	}
	auto *entry = static_cast<std::uint8_t *>(data);
	for (std::uint32_t i = 0; i < count; ++i, entry += RINGLINE_DATASET_RANGE_BYTES) {
		put_little_endian(entry, ranges[i].attributes);
		put_little_endian(entry + 4, ranges[i].blocks);
		put_little_endian(entry + 8, ranges[i].lba);
	}
	return static_cast<std::int32_t>(count * RINGLINE_DATASET_RANGE_BYTES);
}

std::int32_t write_copy_ranges(const ringline_range *ranges, std::uint32_t count, std::uint32_t format, void *data,
			       std::uint32_t length)
{
	if (ranges == nullptr || data == nullptr || count == 0 || count > RINGLINE_COPY_RANGES_MAX || format > 3) {
		return -EINVAL;
	}
	for (std::uint32_t i = 0; i < count; ++i) {
		if (const std::int32_t error = check_source(ranges[i], format); error < 0) {
			return error;
		}
	}
	const std::uint32_t entry_bytes = copy_range_bytes(format);
	if (length / entry_bytes < count) {
		return -ENOBUFS;
	}
	auto *entry = static_cast<std::uint8_t *>(data);
	for (std::uint32_t i = 0; i < count; ++i, entry += entry_bytes) {
		write_source(ranges[i], format, entry);
	}
	return static_cast<std::int32_t>(count * entry_bytes);
}

} // namespace ringline::nvme
