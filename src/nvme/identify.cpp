// SPDX-License-Identifier: MIT OR Apache-2.0
#include "nvme/identify_layout.h"

#include "nvme/little_endian.h"
#include "nvme/protection.h"

#include <algorithm>
#include <bit>
#include <cassert>
#include <cstring>

namespace ringline::nvme
{
namespace
{

static_assert(name_space::lbaf + formats_most * 4 <= identify_bytes && nvm_elbaf + formats_most * 4 <= identify_bytes);
static_assert(sizeof(ringline_device_info::serial) > controller::serial_bytes);
static_assert(sizeof(ringline_device_info::model) > controller::model_bytes);
static_assert(sizeof(ringline_device_info::firmware) > controller::firmware_bytes);

template <class T> T get(IdentifyPage page, std::size_t offset)
{
	assert(offset + sizeof(T) <= identify_bytes);
	return get_little_endian<T>(&page[offset]);
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

std::uint32_t mdts_bytes(std::uint8_t mdts, std::uint32_t page_bytes)
{
	if (mdts == 0 || mdts >= 32) {
		return 0;
	}
	const std::uint64_t bytes = std::uint64_t{page_bytes} << mdts;
	return bytes <= UINT32_MAX ? static_cast<std::uint32_t>(bytes) : 0;
}

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
		const std::uint32_t bytes = mdts_bytes(page[offset], page_bytes);
		return bytes != 0 && info->block_size != 0 ? std::max(bytes / info->block_size, 1U) : 0U;
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

} // namespace ringline::nvme
