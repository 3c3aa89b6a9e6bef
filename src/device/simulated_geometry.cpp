// SPDX-License-Identifier: MIT OR Apache-2.0
#include "device/simulated_geometry.h"

#include "device/device.h"
#include "device/simulated_text.h"
#include "nvme/geometry.h"
#include "nvme/identify.h"
#include "nvme/protection.h"

#include <algorithm>
#include <bit>
#include <cassert>
#include <cstddef>
#include <cstdio>
#include <cstring>

namespace ringline::device
{

namespace
{

constexpr std::uint32_t default_block_size = 512;
constexpr std::uint32_t default_mdts_bytes = 1U << 20;
constexpr std::uint32_t least_limit_bytes = 8192; // Identify says 2^n pages, and 2^0 means no limit
constexpr std::uint32_t metadata_most = 4096;
constexpr std::uint32_t copy_limit = 128; // ranges, and blocks in one and in all of them
constexpr std::uint16_t copy_formats = 1U << 0 | 1U << 1;

/// A key of the file, and the member that it is. With a flag: 0 or 1, a bit of the member.
struct Key {
	std::string_view name;
	std::size_t offset;
	std::size_t bytes;
	std::uint32_t flag;
};

#define RINGLINE_KEY(name, member)                                                                                     \
	{                                                                                                              \
		name, offsetof(ImageGeometry, member), sizeof(ImageGeometry::member), 0                                \
	}
#define RINGLINE_KEY_FLAG(name, bit)                                                                                   \
	{                                                                                                              \
		name, offsetof(ImageGeometry, flags), sizeof(ImageGeometry::flags), bit                                \
	}
// The first is needed, and the first three are always written.
constexpr Key keys[] = {
	RINGLINE_KEY("block_size", block_size),
	RINGLINE_KEY("blocks", blocks),
	RINGLINE_KEY("mdts_bytes", mdts_bytes),
	RINGLINE_KEY("metadata_size", metadata_size),
	RINGLINE_KEY_FLAG("inline", RINGLINE_SIM_METADATA_INLINE),
	RINGLINE_KEY("pi", pi_type),
	RINGLINE_KEY_FLAG("pi_first", RINGLINE_SIM_PI_FIRST),
	RINGLINE_KEY("guard", guard_bits),
	RINGLINE_KEY("storage_tag", storage_tag_bits),
	RINGLINE_KEY("zone_blocks", zone_blocks),
	RINGLINE_KEY("zone_capacity_blocks", zone_capacity_blocks),
	RINGLINE_KEY("zone_max_open", zone_max_open),
	RINGLINE_KEY("zone_max_active", zone_max_active),
	RINGLINE_KEY("append_max_bytes", append_max_bytes),
	RINGLINE_KEY("verify_max_blocks", verify_max_blocks),
	RINGLINE_KEY("write_zeroes_max_blocks", write_zeroes_max_blocks),
	RINGLINE_KEY("write_uncorrectable_max_blocks", write_uncorrectable_max_blocks),
	RINGLINE_KEY("copy_max_ranges", copy_max_ranges),
	RINGLINE_KEY("copy_max_range_blocks", copy_max_range_blocks),
	RINGLINE_KEY("copy_max_blocks", copy_max_blocks),
	RINGLINE_KEY("dataset_max_ranges", dataset_max_ranges),
	RINGLINE_KEY("dataset_max_blocks", dataset_max_blocks),
	RINGLINE_KEY("dataset_max_range_blocks", dataset_max_range_blocks),
};
#undef RINGLINE_KEY
#undef RINGLINE_KEY_FLAG
constexpr std::size_t always_written = 3;
constexpr std::uint64_t blocks_bit = 1U << 1;
static_assert(std::size(keys) <= 64, "TakenKeys has a bit for each");

std::uint64_t get(const ImageGeometry &geometry, const Key &key)
{
	const auto *from = reinterpret_cast<const unsigned char *>(&geometry) + key.offset;
	std::uint64_t value = 0;
	switch (key.bytes) {
	case 1:
		return *from;
	case 4: {
		std::uint32_t word = 0;
		std::memcpy(&word, from, sizeof word);
		return key.flag == 0 ? word : (word & key.flag) != 0 ? 1 : 0;
	}
	default:
		std::memcpy(&value, from, sizeof value);
		return value;
	}
}

std::uint64_t most(const Key &key)
{
	return key.flag != 0 ? 1 : key.bytes == 8 ? INT64_MAX : (std::uint64_t{1} << (8 * key.bytes)) - 1;
}

void put(ImageGeometry *geometry, const Key &key, std::uint64_t value)
{
	auto *to = reinterpret_cast<unsigned char *>(geometry) + key.offset;
	if (key.flag != 0) {
		geometry->flags |= value != 0 ? key.flag : 0;
	} else if (key.bytes == 1) {
		*to = static_cast<std::uint8_t>(value);
	} else if (key.bytes == 4) {
		const auto word = static_cast<std::uint32_t>(value);
		std::memcpy(to, &word, sizeof word);
	} else {
		std::memcpy(to, &value, sizeof value);
	}
}

/// `seen` has a bit for each key, in the order of the table.
std::int32_t take_keys(const TextLines &lines, std::string_view line, std::uint64_t *seen, ImageGeometry *geometry)
{
	std::string_view name;
	std::string_view value;
	std::int32_t taken = 0;
	while ((taken = lines.pair(&line, &name, &value)) > 0) {
		const int name_length = static_cast<int>(std::min<std::size_t>(name.size(), 40));
		const int value_length = static_cast<int>(std::min<std::size_t>(value.size(), 40));
		const Key *key = std::find_if(std::begin(keys), std::end(keys),
					      [name](const Key &known) { return known.name == name; });
		if (key == std::end(keys)) {
			return lines.refuse("the key '%.*s' is unknown.", name_length, name.data());
		}
		const std::uint64_t bit = std::uint64_t{1} << (key - keys);
		if ((*seen & bit) != 0) {
			return lines.refuse("the key '%.*s' is there twice.", name_length, name.data());
		}
		std::uint64_t number = 0;
		if (!parse_number(value, most(*key), &number)) {
			return lines.refuse("'%.*s' is no value for the key '%.*s'.", value_length, value.data(),
					    name_length, name.data());
		}
		put(geometry, *key, number);
		*seen |= bit;
	}
	return taken;
}

/// A limit that Identify says as a power of two of pages.
bool is_limit(std::uint64_t bytes)
{
	return std::has_single_bit(bytes) && bytes >= least_limit_bytes && bytes <= std::uint64_t{1} << 31;
}

bool is_limit_of_blocks(std::uint32_t blocks, const ImageGeometry &geometry)
{
	return blocks == 0 ||
	       (blocks <= RINGLINE_NVME_BLOCKS_MAX && is_limit(std::uint64_t{blocks} * geometry.block_size));
}

const char *protection_mistake(const ImageGeometry &geometry)
{
	if (geometry.pi_type == 0) {
		const bool none = (geometry.flags & RINGLINE_SIM_PI_FIRST) == 0 && geometry.guard_bits == 0 &&
				  geometry.storage_tag_bits == 0;
		return none ? nullptr : "pi_first, guard and storage_tag need pi";
	}
	if (geometry.pi_type > 3) {
		return "pi must be 1, 2 or 3";
	}
	for (const nvme::GuardFormat &format : nvme::guard_formats) {
		if (format.bits != geometry.guard_bits) {
			continue;
		}
		if (geometry.metadata_size < format.pi_bytes) {
			return "metadata_size must be at least 8 with pi, and 16 with a guard of 32 or 64 bits";
		}
		if (format.bits != 16 && geometry.block_size != 4096) {
			return "a guard of 32 or 64 bits needs blocks of 4096 bytes";
		}
		const bool fits = geometry.storage_tag_bits >= format.storage_tag_least &&
				  geometry.storage_tag_bits <= format.storage_tag_most;
		return fits ? nullptr : "storage_tag must be 0 to 32, with guard 32 16 to 64, with guard 64 0 to 48";
	}
	return "guard must be 16, 32 or 64";
}

const char *zones_mistake(const ImageGeometry &geometry)
{
	if (geometry.zone_blocks == 0) {
		const bool none = geometry.zone_capacity_blocks == 0 && geometry.zone_max_open == 0 &&
				  geometry.zone_max_active == 0 && geometry.append_max_bytes == 0;
		return none ? nullptr : "limits of zones need zone_blocks";
	}
	if (geometry.zone_capacity_blocks == 0 || geometry.zone_capacity_blocks > geometry.zone_blocks) {
		return "zone_capacity_blocks must be 1 to zone_blocks";
	}
	if (geometry.blocks % geometry.zone_blocks != 0 || geometry.blocks / geometry.zone_blocks > zones_max) {
		return "blocks must be a multiple of zone_blocks, and there may be 1,048,576 zones";
	}
	if (geometry.zone_max_active != 0 && geometry.zone_max_open > geometry.zone_max_active) {
		return "zone_max_open must not be more than zone_max_active";
	}
	if (geometry.append_max_bytes != 0 && !is_limit(geometry.append_max_bytes)) {
		return "append_max_bytes must be a power of two from 8192 to 2^31";
	}
	return nullptr;
}

const char *limits_mistake(const ImageGeometry &geometry)
{
	if (!is_limit_of_blocks(geometry.verify_max_blocks, geometry) ||
	    !is_limit_of_blocks(geometry.write_zeroes_max_blocks, geometry) ||
	    !is_limit_of_blocks(geometry.write_uncorrectable_max_blocks, geometry)) {
		return "verify_max_blocks, write_zeroes_max_blocks and write_uncorrectable_max_blocks must be powers "
		       "of two of at least 8192 bytes";
	}
	if (geometry.copy_max_ranges > RINGLINE_COPY_RANGES_MAX || geometry.copy_max_range_blocks > UINT16_MAX) {
		return "copy_max_ranges must be 1 to 256, copy_max_range_blocks 1 to 65535";
	}
	return geometry.dataset_max_ranges > UINT8_MAX ? "dataset_max_ranges must be 1 to 255" : nullptr;
}

} // namespace

ImageGeometry with_defaults(const ringline_sim_options &options)
{
	ImageGeometry geometry = options;
	const auto fill = [](auto *member, std::uint64_t value) {
		*member = *member != 0 ? *member : static_cast<std::remove_pointer_t<decltype(member)>>(value);
	};
	fill(&geometry.block_size, default_block_size);
	fill(&geometry.mdts_bytes, default_mdts_bytes);
	fill(&geometry.zone_capacity_blocks, geometry.zone_blocks);
	fill(&geometry.copy_max_ranges, copy_limit);
	fill(&geometry.copy_max_range_blocks, copy_limit);
	fill(&geometry.copy_max_blocks, copy_limit);
	fill(&geometry.guard_bits, geometry.pi_type != 0 ? 16 : 0);
	return geometry;
}

const char *geometry_mistake(const ImageGeometry &geometry)
{
	constexpr std::uint32_t known = RINGLINE_SIM_METADATA_INLINE | RINGLINE_SIM_PI_FIRST;
	if ((geometry.flags & ~known) != 0 || geometry.reserved0 != 0 || geometry.reserved1 != 0) {
		return "a flag is unknown, or a reserved member is not 0";
	}
	if (geometry.block_size != 512 && geometry.block_size != 4096) {
		return "block_size must be there, and be 512 or 4096";
	}
	if (geometry.blocks > INT64_MAX / (geometry.block_size + std::uint64_t{geometry.metadata_size})) {
		return "blocks must be at least 1, and the image less than 2^63 bytes";
	}
	if (!is_limit(geometry.mdts_bytes)) {
		return "mdts_bytes must be a power of two from 8192 to 2^31";
	}
	if (geometry.metadata_size % 4 != 0 || geometry.metadata_size > metadata_most) {
		return "metadata_size must be a multiple of 4 up to 4096";
	}
	if ((geometry.flags & RINGLINE_SIM_METADATA_INLINE) != 0 && geometry.metadata_size == 0) {
		return "inline needs a metadata_size";
	}
	for (const auto mistake_of : {protection_mistake, zones_mistake, limits_mistake}) {
		if (const char *mistake = mistake_of(geometry); mistake != nullptr) {
			return mistake;
		}
	}
	return nullptr;
}

std::size_t write_geometry_text(const ImageGeometry &geometry, std::span<char, geometry_text_max> text)
{
	const ImageGeometry ordinary = with_defaults({});
	int length = std::snprintf(text.data(), text.size(), "ringline-image 1\n");
	for (const Key &key : keys) {
		const std::uint64_t value = get(geometry, key);
		if (static_cast<std::size_t>(&key - keys) >= always_written && value == get(ordinary, key)) {
			continue;
		}
		length += std::snprintf(text.data() + length, text.size() - static_cast<std::size_t>(length),
					"%.*s=%llu\n", static_cast<int>(key.name.size()), key.name.data(),
					static_cast<unsigned long long>(value));
		assert(length > 0 && static_cast<std::size_t>(length) < text.size());
	}
	return static_cast<std::size_t>(length);
}

std::int32_t parse_geometry(std::string_view text, const char *name, ringline_diagnosis *diagnosis,
			    ImageGeometry *geometry)
{
	TextLines lines(text, name, diagnosis);
	ImageGeometry read = {};
	read.struct_size = sizeof read;
	std::uint64_t seen = 0;
	std::int32_t taken = lines.header("ringline-image 1");
	std::string_view line;
	while (taken >= 0 && (taken = lines.next(&line)) > 0) {
		taken = take_keys(lines, line, &seen, &read);
	}
	if (taken < 0) {
		return taken;
	}
	const bool sized = read.block_size != 0;
	const bool counted = (seen & blocks_bit) == 0 || read.blocks != 0;
	const bool limited = (seen & 1U << 2) == 0 || read.mdts_bytes != 0;
	read = with_defaults(read);
	read.block_size = sized ? read.block_size : 0;
	read.mdts_bytes = limited ? read.mdts_bytes : 0;
	if (const char *mistake = geometry_mistake(read); mistake != nullptr) {
		return lines.refuse("%s.", mistake);
	}
	if (!counted) {
		return lines.refuse("blocks must be at least 1, and the image less than 2^63 bytes.");
	}
	*geometry = read;
	return 0;
}

void describe_geometry(const ImageGeometry &geometry, ringline_device_info *info)
{
	info->kind = RINGLINE_DEVICE_SIMULATED;
	info->nsid = the_nsid;
	info->blocks = geometry.blocks;
	info->capacity_blocks = geometry.blocks;
	info->block_size = geometry.block_size;
	info->metadata_size = geometry.metadata_size;
	info->metadata_inline = (geometry.flags & RINGLINE_SIM_METADATA_INLINE) != 0 ? 1 : 0;
	info->pi_type = geometry.pi_type;
	info->pi_first = (geometry.flags & RINGLINE_SIM_PI_FIRST) != 0 ? 1 : 0;
	info->guard_bits = geometry.guard_bits;
	info->storage_tag_bits = geometry.storage_tag_bits;
	info->mdts_bytes = geometry.mdts_bytes;
	info->page_size = 4096;
	info->volatile_cache = 1;
	info->commands = RINGLINE_CAN_COMPARE | RINGLINE_CAN_WRITE_UNCORRECTABLE | RINGLINE_CAN_DATASET_MANAGEMENT |
			 RINGLINE_CAN_WRITE_ZEROES | RINGLINE_CAN_VERIFY | RINGLINE_CAN_COPY;
	if (geometry.zone_blocks != 0) {
		info->command_set = nvme::csi_zoned;
		info->commands |= RINGLINE_CAN_ZONES;
		info->capacity_blocks = geometry.blocks / geometry.zone_blocks * geometry.zone_capacity_blocks;
	}
	info->zone_blocks = geometry.zone_blocks;
	info->zone_max_open = geometry.zone_max_open;
	info->zone_max_active = geometry.zone_max_active;
	info->append_max_bytes = geometry.append_max_bytes;
	info->verify_max_blocks = geometry.verify_max_blocks;
	info->write_zeroes_max_blocks = geometry.write_zeroes_max_blocks;
	info->write_uncorrectable_max_blocks = geometry.write_uncorrectable_max_blocks;
	info->copy_max_ranges = geometry.copy_max_ranges;
	info->copy_max_range_blocks = geometry.copy_max_range_blocks;
	info->copy_max_blocks = geometry.copy_max_blocks;
	info->copy_formats = copy_formats;
	info->dataset_max_ranges = geometry.dataset_max_ranges;
	info->dataset_max_range_blocks = geometry.dataset_max_range_blocks;
	info->dataset_max_blocks = geometry.dataset_max_blocks;
	nvme::apply_limits(info);
}

} // namespace ringline::device
