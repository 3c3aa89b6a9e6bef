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

template <class T> void put(MutableIdentifyPage page, std::size_t offset, T value)
{
	assert(offset + sizeof(T) <= identify_bytes);
	put_little_endian(&page[offset], value);
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

// Where the next descriptor goes.
std::size_t put_descriptor(MutableIdentifyPage page, std::size_t offset, const Descriptor &descriptor)
{
	page[offset] = descriptor.type;
	page[offset + 1] = static_cast<std::uint8_t>(descriptor.identifier.size());
	std::ranges::copy(descriptor.identifier, &page[offset + descriptor::header_bytes]);
	return offset + descriptor::header_bytes + descriptor.identifier.size();
}

} // namespace

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
	std::uint32_t oncs = 0;
	for (const auto &[bit, command] : controller::abilities) {
		oncs |= (info.commands & command) != 0 ? bit : 0U;
	}
	put(page, controller::oncs, static_cast<std::uint16_t>(oncs));
	put(page, controller::ocfs, info.copy_formats);
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
	page[name_space::dlfeat] = name_space::dlfeat_zeros;
	if ((info.commands & RINGLINE_CAN_WRITE_ZEROES) != 0) {
		page[name_space::dlfeat] |= name_space::dlfeat_write_zeroes;
	}
	if ((info.commands & RINGLINE_CAN_COPY) != 0) {
		put(page, name_space::mssrl, static_cast<std::uint16_t>(info.copy_max_range_blocks));
		put(page, name_space::mcl, info.copy_max_blocks);
		page[name_space::msrc] = static_cast<std::uint8_t>(info.copy_max_ranges - 1); // zero-based
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

void encode_nvm(const ringline_device_info &info, MutableIdentifyPage page)
{
	std::ranges::fill(page, std::uint8_t{0});
	if (info.pi_type == 0) {
		return;
	}
	const auto *format = std::ranges::find(guard_formats, info.guard_bits, &GuardFormat::bits);
	const auto pif = static_cast<std::uint32_t>(format - std::begin(guard_formats));
	put(page, format_entry(nvm_elbaf, info.lba_format), pif << 7 | info.storage_tag_bits);
}

void encode_zoned(const ringline_device_info &info, MutableIdentifyPage page)
{
	std::ranges::fill(page, std::uint8_t{0});
	// Zero-based, and FFFFFFFFh for no limit.
	put(page, zoned::mar, info.zone_max_active - 1);
	put(page, zoned::mor, info.zone_max_open - 1);
	put(page, zoned::lbafe + zoned::lbafe_bytes * info.lba_format, info.zone_blocks);
}

void encode_nvm_controller(const ringline_device_info &info, MutableIdentifyPage page)
{
	std::ranges::fill(page, std::uint8_t{0});
	const auto limit = [&](std::uint64_t blocks) {
		const bool none = blocks == 0 || blocks >= RINGLINE_NVME_BLOCKS_MAX;
		return none ? std::uint8_t{0} : mdts_of(static_cast<std::uint32_t>(blocks * info.block_size));
	};
	page[nvm_controller::vsl] = limit(info.verify_max_blocks);
	page[nvm_controller::wzsl] = limit(info.write_zeroes_max_blocks);
	page[nvm_controller::wusl] = limit(info.write_uncorrectable_max_blocks);
	const bool any_ranges = info.dataset_max_ranges >= RINGLINE_DATASET_RANGES_MAX;
	page[nvm_controller::dmrl] = any_ranges ? std::uint8_t{0} : static_cast<std::uint8_t>(info.dataset_max_ranges);
	put(page, nvm_controller::dmrsl, info.dataset_max_range_blocks);
	put(page, nvm_controller::dmsl, info.dataset_max_blocks);
}

void encode_zoned_controller(const ringline_device_info &info, MutableIdentifyPage page)
{
	std::ranges::fill(page, std::uint8_t{0});
	const bool as_mdts = info.append_max_bytes >= info.max_transfer_bytes;
	page[zoned::zasl] = as_mdts ? std::uint8_t{0} : mdts_of(info.append_max_bytes);
}

} // namespace ringline::nvme
