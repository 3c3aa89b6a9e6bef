// SPDX-License-Identifier: MIT OR Apache-2.0
#include "nvme/identify.h"

#include "nvme/protection.h"

#include <algorithm>
#include <bit>
#include <cassert>
#include <cstring>

namespace ringline::nvme
{
namespace
{

// Offsets are those of the specification, so that a line can be checked against its tables.
namespace controller
{
constexpr std::size_t serial = 4;
constexpr std::size_t serial_bytes = 20;
constexpr std::size_t model = 24;
constexpr std::size_t model_bytes = 40;
constexpr std::size_t firmware = 64;
constexpr std::size_t firmware_bytes = 8;
constexpr std::size_t mdts = 77;
constexpr std::size_t version = 80;
constexpr std::size_t ctratt = 96;
constexpr std::size_t type = 111;
constexpr std::size_t crdt = 128; // three of 16 bits
constexpr std::size_t oacs = 256;
constexpr std::size_t frmw = 260;
constexpr std::size_t lpa = 261;
constexpr std::size_t sqes = 512;
constexpr std::size_t cqes = 513;
constexpr std::size_t namespaces = 516;
constexpr std::size_t oncs = 520;
constexpr std::size_t fna = 524;
constexpr std::size_t vwc = 525;
constexpr std::size_t ocfs = 534;

constexpr std::uint32_t ctratt_placement = 1U << 19; // FDPS
constexpr std::uint32_t oacs_directives = 1U << 5;
/// Bits of ONCS, and what they mean here.
struct Ability {
	std::uint16_t oncs;
	std::uint32_t command;
};
constexpr Ability abilities[] = {
	{1U << 0, RINGLINE_CAN_COMPARE},
	{1U << 1, RINGLINE_CAN_WRITE_UNCORRECTABLE},
	{1U << 2, RINGLINE_CAN_DATASET_MANAGEMENT},
	{1U << 3, RINGLINE_CAN_WRITE_ZEROES},
	{1U << 7, RINGLINE_CAN_VERIFY},
	{1U << 8, RINGLINE_CAN_COPY},
};
constexpr std::uint32_t version_2_0 = 0x00020000;
constexpr std::uint8_t type_io = 1;
constexpr std::uint16_t oacs_format = 2;
constexpr std::uint8_t frmw_one_fixed_slot = 3;
constexpr std::uint8_t lpa_effects_and_extended = 6;
constexpr std::uint8_t entry_sizes_sq = 0x66; // 64 bytes, both least and most
constexpr std::uint8_t entry_sizes_cq = 0x44; // 16 bytes
constexpr std::uint32_t crdt_unit_ms = 100;
} // namespace controller

namespace name_space
{
constexpr std::size_t nsze = 0;
constexpr std::size_t ncap = 8;
constexpr std::size_t nuse = 16;
constexpr std::size_t nlbaf = 25;
constexpr std::size_t flbas = 26;
constexpr std::size_t mc = 27;
constexpr std::size_t dpc = 28;
constexpr std::size_t dps = 29;
constexpr std::size_t mssrl = 74;
constexpr std::size_t mcl = 76;
constexpr std::size_t msrc = 80;
constexpr std::size_t endgid = 102;
constexpr std::size_t nguid = 104;
constexpr std::size_t eui64 = 120;
constexpr std::size_t lbaf = 128; // 64 of 4 bytes

constexpr std::uint8_t flbas_inline = 0x10;
constexpr std::uint8_t dps_first = 0x08;
constexpr unsigned lbads_least = 9; // 512 bytes
constexpr unsigned lbads_most = 16; // 64 KiB
} // namespace name_space

namespace descriptor
{
constexpr std::size_t header_bytes = 4;
constexpr std::uint8_t eui64 = 1;
constexpr std::uint8_t nguid = 2;
constexpr std::uint8_t uuid = 3;
constexpr std::uint8_t csi = 4;
} // namespace descriptor

namespace zoned
{
constexpr std::size_t mar = 4;
constexpr std::size_t mor = 8;
constexpr std::size_t lbafe = 2816; // 64 of 16 bytes; the first 8 are ZSZE
constexpr std::size_t lbafe_bytes = 16;
constexpr std::size_t zasl = 0; // of the controller
} // namespace zoned

namespace nvm_controller
{
constexpr std::size_t vsl = 0;
constexpr std::size_t wzsl = 1;
constexpr std::size_t wusl = 2;
constexpr std::size_t dmrl = 3;
constexpr std::size_t dmrsl = 4;
constexpr std::size_t dmsl = 8;
} // namespace nvm_controller

constexpr std::size_t nvm_elbaf = 12; // 64 of 4 bytes
constexpr std::size_t formats_most = 64;

static_assert(name_space::lbaf + formats_most * 4 <= identify_bytes && nvm_elbaf + formats_most * 4 <= identify_bytes);
static_assert(sizeof(ringline_device_info::serial) > controller::serial_bytes);
static_assert(sizeof(ringline_device_info::model) > controller::model_bytes);
static_assert(sizeof(ringline_device_info::firmware) > controller::firmware_bytes);

// Both tables of formats have entries of 4 bytes.
constexpr std::size_t format_entry(std::size_t table, std::uint8_t index)
{
	return table + std::size_t{4} * index;
}

// Only assertions need it. std::has_single_bit() calls into libgcc where the target has no instruction for it.
[[maybe_unused]] constexpr bool is_power_of_two(std::uint32_t value)
{
	return value != 0 && (value & (value - 1)) == 0;
}

template <class T> T get(IdentifyPage page, std::size_t offset)
{
	assert(offset + sizeof(T) <= identify_bytes);
	T value = 0;
	for (std::size_t i = 0; i < sizeof(T); ++i) {
		value = static_cast<T>(value | static_cast<T>(page[offset + i]) << (8 * i));
	}
	return value;
}

template <class T> void put(MutableIdentifyPage page, std::size_t offset, T value)
{
	assert(offset + sizeof(T) <= identify_bytes);
	for (std::size_t i = 0; i < sizeof(T); ++i) {
		page[offset + i] = static_cast<std::uint8_t>(value >> (8 * i));
	}
}

// Devices pad with blanks, some with NULs. What is left may still be anything, and will be printed to terminals.
template <std::size_t count>
void get_text(IdentifyPage page, std::size_t offset, std::size_t bytes, char (&text)[count])
{
	const auto is_padding = [](std::uint8_t byte) { return byte == ' ' || byte == '\0'; };
	auto field = page.subspan(offset, bytes);
	while (!field.empty() && is_padding(field.back())) {
		field = field.first(field.size() - 1);
	}
	while (!field.empty() && is_padding(field.front())) {
		field = field.subspan(1);
	}
	assert(field.size() < count);
	std::memset(text, 0, count);
	std::ranges::transform(field, text, [](std::uint8_t byte) {
		return byte >= 0x20 && byte <= 0x7e ? static_cast<char>(byte) : '?';
	});
}

void put_text(MutableIdentifyPage page, std::size_t offset, std::size_t bytes, const char *text)
{
	const std::size_t length = ::strnlen(text, bytes);
	std::memset(&page[offset], ' ', bytes);
	std::memcpy(&page[offset], text, length);
}

template <std::size_t count> bool is_set(const std::uint8_t (&identifier)[count])
{
	return std::ranges::any_of(identifier, [](std::uint8_t byte) { return byte != 0; });
}

std::uint32_t mdts_bytes(std::uint8_t mdts, std::uint32_t page_bytes)
{
	if (mdts == 0 || mdts >= 32) {
		return 0;
	}
	const std::uint64_t bytes = std::uint64_t{page_bytes} << mdts;
	return bytes <= UINT32_MAX ? static_cast<std::uint32_t>(bytes) : 0;
}

std::uint8_t mdts_of(std::uint32_t bytes)
{
	if (bytes == 0) {
		return 0;
	}
	const std::uint32_t pages = std::max<std::uint32_t>(bytes / smallest_page_bytes, 2); // 2^0 would mean no limit
	return static_cast<std::uint8_t>(std::bit_width(pages) - 1);
}

std::uint16_t crdt_of(std::uint32_t milliseconds)
{
	const std::uint64_t units =
		(std::uint64_t{milliseconds} + controller::crdt_unit_ms - 1) / controller::crdt_unit_ms;
	return static_cast<std::uint16_t>(std::min<std::uint64_t>(units, UINT16_MAX));
}

struct Descriptor {
	std::uint8_t type;
	std::span<const std::uint8_t> identifier;
};

// False: the descriptor has an impossible length.
bool take_descriptor(const Descriptor &from, ringline_device_info *info)
{
	const auto copy = [&](auto &to) {
		if (from.identifier.size() != sizeof to) {
			return false;
		}
		std::memcpy(&to, from.identifier.data(), sizeof to);
		return true;
	};
	switch (from.type) {
	case descriptor::eui64:
		return copy(info->eui64);
	case descriptor::nguid:
		return copy(info->nguid);
	case descriptor::uuid:
		return copy(info->uuid);
	case descriptor::csi:
		return copy(info->command_set);
	default: // of a later specification
		return true;
	}
}

// Where the next descriptor goes.
std::size_t put_descriptor(MutableIdentifyPage page, std::size_t offset, const Descriptor &descriptor)
{
	page[offset] = descriptor.type;
	page[offset + 1] = static_cast<std::uint8_t>(descriptor.identifier.size());
	std::ranges::copy(descriptor.identifier, &page[offset + descriptor::header_bytes]);
	return offset + descriptor::header_bytes + descriptor.identifier.size();
}

} // namespace

void decode_controller(IdentifyPage page, std::uint32_t page_bytes, ringline_device_info *info)
{
	assert(is_power_of_two(page_bytes));
	get_text(page, controller::serial, controller::serial_bytes, info->serial);
	get_text(page, controller::model, controller::model_bytes, info->model);
	get_text(page, controller::firmware, controller::firmware_bytes, info->firmware);
	info->mdts_bytes = mdts_bytes(page[controller::mdts], page_bytes);
	for (std::size_t i = 0; i < std::size(info->retry_delay_ms); ++i) {
		info->retry_delay_ms[i] = get<std::uint16_t>(page, controller::crdt + 2 * i) * controller::crdt_unit_ms;
	}
	info->volatile_cache = page[controller::vwc] & 1;
	const auto oncs = get<std::uint16_t>(page, controller::oncs);
	info->commands = 0;
	for (const auto &[bit, command] : controller::abilities) {
		info->commands |= (oncs & bit) != 0 ? command : 0;
	}
	if ((get<std::uint32_t>(page, controller::ctratt) & controller::ctratt_placement) != 0) {
		info->commands |= RINGLINE_CAN_PLACEMENT;
	}
	if ((get<std::uint16_t>(page, controller::oacs) & controller::oacs_directives) != 0) {
		info->commands |= RINGLINE_CAN_STREAMS;
	}
	// A controller with Copy takes format 0 whatever it says: OCFS came with format 1.
	info->copy_formats = (info->commands & RINGLINE_CAN_COPY) != 0
				     ? static_cast<std::uint16_t>(get<std::uint16_t>(page, controller::ocfs) | 1U)
				     : std::uint16_t{0};
	info->format_attributes = page[controller::fna];
}

bool decode_namespace(IdentifyPage page, ringline_device_info *info)
{
	const std::uint8_t flbas = page[name_space::flbas];
	const auto index = static_cast<std::uint8_t>((flbas & 0x0f) | (flbas >> 5 & 3) << 4);
	const std::size_t format = format_entry(name_space::lbaf, index);
	const unsigned lbads = page[format + 2];
	const auto blocks = get<std::uint64_t>(page, name_space::nsze);
	if (lbads < name_space::lbads_least || lbads > name_space::lbads_most) {
		return false;
	}
	if (blocks == 0 || blocks > static_cast<std::uint64_t>(INT64_MAX) >> lbads) {
		return false;
	}
	info->blocks = blocks;
	info->capacity_blocks = get<std::uint64_t>(page, name_space::ncap);
	info->lba_format = index;
	info->block_size = 1U << lbads;
	info->metadata_size = get<std::uint16_t>(page, format);
	info->metadata_inline = info->metadata_size != 0 && (flbas & name_space::flbas_inline) != 0 ? 1 : 0;

	const std::uint8_t dps = page[name_space::dps];
	const GuardFormat &least = guard_formats[0]; // what the namespace has is in another page: decode_nvm()
	const auto type = static_cast<std::uint8_t>(dps & 7);
	const bool protection = type >= 1 && type <= 3 && info->metadata_size >= least.pi_bytes;
	info->pi_type = protection ? type : std::uint8_t{0};
	info->pi_first = protection && (dps & name_space::dps_first) != 0 ? 1 : 0;
	info->guard_bits = protection ? least.bits : std::uint8_t{0};
	info->storage_tag_bits = 0;
	if ((info->commands & RINGLINE_CAN_COPY) != 0) {
		info->copy_max_range_blocks = get<std::uint16_t>(page, name_space::mssrl);
		info->copy_max_blocks = get<std::uint32_t>(page, name_space::mcl);
		info->copy_max_ranges = std::uint32_t{page[name_space::msrc]} + 1;
	}
	info->endurance_group = get<std::uint16_t>(page, name_space::endgid);
	std::memcpy(info->nguid, &page[name_space::nguid], sizeof info->nguid);
	std::memcpy(info->eui64, &page[name_space::eui64], sizeof info->eui64);
	return true;
}

void decode_descriptors(IdentifyPage page, ringline_device_info *info)
{
	std::size_t offset = 0;
	while (offset + descriptor::header_bytes <= identify_bytes) {
		const std::uint8_t type = page[offset];
		const std::size_t length = page[offset + 1];
		offset += descriptor::header_bytes;
		if (type == 0 || length == 0 || length > identify_bytes - offset) {
			return;
		}
		if (!take_descriptor({.type = type, .identifier = page.subspan(offset, length)}, info)) {
			return;
		}
		offset += length;
	}
}

void decode_nvm(IdentifyPage page, ringline_device_info *info)
{
	if (info->pi_type == 0 || info->lba_format >= formats_most) {
		return;
	}
	const auto elbaf = get<std::uint32_t>(page, format_entry(nvm_elbaf, info->lba_format));
	const std::uint32_t pif = elbaf >> 7 & 3;
	const auto storage_tag = static_cast<std::uint8_t>(elbaf & 0x7f);
	if (pif >= std::size(guard_formats)) {
		return;
	}
	const GuardFormat &guard = guard_formats[pif];
	if (storage_tag < guard.storage_tag_least || storage_tag > guard.storage_tag_most ||
	    info->metadata_size < guard.pi_bytes) {
		return;
	}
	info->guard_bits = guard.bits;
	info->storage_tag_bits = storage_tag;
}

void decode_zoned(IdentifyPage page, ringline_device_info *info)
{
	// Zero-based, and FFFFFFFFh for no limit: both come out as they should.
	info->zone_max_active = get<std::uint32_t>(page, zoned::mar) + 1;
	info->zone_max_open = get<std::uint32_t>(page, zoned::mor) + 1;
	info->zone_blocks = get<std::uint64_t>(page, zoned::lbafe + zoned::lbafe_bytes * info->lba_format);
}

void decode_nvm_controller(IdentifyPage page, std::uint32_t page_bytes, ringline_device_info *info)
{
	// 0: no limit, as MDTS.
	const auto blocks = [&](std::size_t offset) {
		return info->block_size != 0 ? mdts_bytes(page[offset], page_bytes) / info->block_size : 0;
	};
	info->verify_max_blocks = blocks(nvm_controller::vsl);
	info->write_zeroes_max_blocks = blocks(nvm_controller::wzsl);
	info->write_uncorrectable_max_blocks = blocks(nvm_controller::wusl);
	info->dataset_max_ranges = page[nvm_controller::dmrl];
	info->dataset_max_range_blocks = get<std::uint32_t>(page, nvm_controller::dmrsl);
	info->dataset_max_blocks = get<std::uint64_t>(page, nvm_controller::dmsl);
}

void decode_zoned_controller(IdentifyPage page, std::uint32_t page_bytes, ringline_device_info *info)
{
	info->append_max_bytes = mdts_bytes(page[zoned::zasl], page_bytes);
}

void encode_controller(const ringline_device_info &info, MutableIdentifyPage page)
{
	std::ranges::fill(page, std::uint8_t{0});
	put_text(page, controller::serial, controller::serial_bytes, info.serial);
	put_text(page, controller::model, controller::model_bytes, info.model);
	put_text(page, controller::firmware, controller::firmware_bytes, info.firmware);
	page[controller::mdts] = mdts_of(info.mdts_bytes);
	put(page, controller::version, controller::version_2_0);
	page[controller::type] = controller::type_io;
	for (std::size_t i = 0; i < std::size(info.retry_delay_ms); ++i) {
		put(page, controller::crdt + 2 * i, crdt_of(info.retry_delay_ms[i]));
	}
	put(page, controller::oacs, controller::oacs_format);
	page[controller::frmw] = controller::frmw_one_fixed_slot;
	page[controller::lpa] = controller::lpa_effects_and_extended;
	page[controller::sqes] = controller::entry_sizes_sq;
	page[controller::cqes] = controller::entry_sizes_cq;
	put(page, controller::namespaces, info.nsid);
	page[controller::vwc] = info.volatile_cache != 0 ? 1 : 0;
}

void encode_namespace(const ringline_device_info &info, MutableIdentifyPage page)
{
	assert(is_power_of_two(info.block_size) && info.block_size >= 1U << name_space::lbads_least &&
	       info.block_size <= 1U << name_space::lbads_most);
	assert(info.metadata_size <= UINT16_MAX && info.lba_format < formats_most && info.pi_type <= 3);
	std::ranges::fill(page, std::uint8_t{0});
	put(page, name_space::nsze, info.blocks);
	put(page, name_space::ncap, info.capacity_blocks);
	put(page, name_space::nuse, info.capacity_blocks);

	// The formats before the one in use stay zero, which means that they are not available.
	const std::size_t format = format_entry(name_space::lbaf, info.lba_format);
	page[name_space::nlbaf] = info.lba_format; // zero-based
	page[name_space::flbas] = static_cast<std::uint8_t>((info.lba_format & 0x0f) | (info.lba_format >> 4 & 3) << 5 |
							    (info.metadata_inline != 0 ? name_space::flbas_inline : 0));
	put(page, format, static_cast<std::uint16_t>(info.metadata_size));
	page[format + 2] = static_cast<std::uint8_t>(std::countr_zero(info.block_size));
	if (info.metadata_size != 0) {
		page[name_space::mc] = info.metadata_inline != 0 ? 1 : 2;
	}
	if (info.pi_type != 0) {
		page[name_space::dpc] =
			static_cast<std::uint8_t>(1 << (info.pi_type - 1) | (info.pi_first != 0 ? 8 : 16));
		page[name_space::dps] =
			static_cast<std::uint8_t>(info.pi_type | (info.pi_first != 0 ? name_space::dps_first : 0));
	}
	std::memcpy(&page[name_space::nguid], info.nguid, sizeof info.nguid);
	std::memcpy(&page[name_space::eui64], info.eui64, sizeof info.eui64);
}

void encode_descriptors(const ringline_device_info &info, MutableIdentifyPage page)
{
	std::ranges::fill(page, std::uint8_t{0});
	std::size_t offset = 0;
	if (is_set(info.eui64)) {
		offset = put_descriptor(page, offset, {.type = descriptor::eui64, .identifier = info.eui64});
	}
	if (is_set(info.nguid)) {
		offset = put_descriptor(page, offset, {.type = descriptor::nguid, .identifier = info.nguid});
	}
	if (is_set(info.uuid)) {
		offset = put_descriptor(page, offset, {.type = descriptor::uuid, .identifier = info.uuid});
	}
	put_descriptor(page, offset, {.type = descriptor::csi, .identifier = {&info.command_set, 1}});
}

} // namespace ringline::nvme
