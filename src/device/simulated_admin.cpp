// SPDX-License-Identifier: MIT OR Apache-2.0
#include "device/simulated_admin.h"

#include "device/simulated_commands.h"
#include "device/simulated_memory.h"
#include "nvme/command_table.h"
#include "nvme/status.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <span>

namespace ringline::device
{

namespace
{

constexpr std::uint16_t status_invalid_log_page = 0x109;
constexpr std::uint16_t status_feature_not_changeable = 0x10e;

constexpr std::size_t log_max = 4096; // of the pages below, that of effects is the longest
using LogPage = std::span<std::uint8_t, log_max>;

/// Bytes that a Get Log Page asks for.
std::uint64_t log_length(const ringline_nvme_command &command)
{
	const std::uint64_t dwords = (command.cdw10 >> 16 | std::uint64_t{command.cdw11 & 0xffff} << 16) + 1;
	return dwords * 4;
}

/// A simulated device wears out nothing, and has no thermometer: what is not said stays zero.
std::size_t smart(LogPage page)
{
	constexpr std::size_t available_spare = 3;
	constexpr std::size_t spare_threshold = 4;
	page[available_spare] = 100;
	page[spare_threshold] = 10;
	return 512;
}

std::size_t firmware(LogPage page, const ringline_device_info &info)
{
	constexpr std::size_t slot_1 = 8;
	constexpr std::size_t revision_bytes = 8;
	page[0] = 1; // slot 1 is active
	std::memset(&page[slot_1], ' ', revision_bytes);
	std::memcpy(&page[slot_1], info.firmware, ::strnlen(info.firmware, revision_bytes));
	return 512;
}

std::size_t effects(LogPage page, const ringline_device_info &info)
{
	constexpr std::size_t io = 1024;
	constexpr std::uint8_t supported = 1;
	constexpr std::uint8_t changes_blocks = 2;
	constexpr std::uint8_t changes_namespace = 4;
	constexpr std::uint8_t alone_in_namespace = 1; // of the third byte
	for (const unsigned opcode : {RINGLINE_NVME_GET_LOG_PAGE, RINGLINE_NVME_IDENTIFY, RINGLINE_NVME_SET_FEATURES,
				      RINGLINE_NVME_GET_FEATURES, RINGLINE_NVME_FORMAT}) {
		page[std::size_t{opcode} * 4] = supported;
	}
	page[std::size_t{RINGLINE_NVME_FORMAT} * 4] = supported | changes_blocks | changes_namespace;
	page[std::size_t{RINGLINE_NVME_FORMAT} * 4 + 2] = alone_in_namespace;
	for (const nvme::CommandRow &row : nvme::command_table) {
		if ((row.needed & ~info.commands) == 0) {
			const bool changes = row.changes_medium && row.opcode != RINGLINE_NVME_FLUSH;
			page[io + std::size_t{row.opcode} * 4] = supported | (changes ? changes_blocks : 0);
		}
	}
	return 4096;
}

/// Fills the page; its length, or 0 if there is no such page.
std::size_t fill_log(std::uint8_t lid, LogPage page, const ringline_device_info &info)
{
	constexpr std::size_t error_entry = 64; // one, which says that there was no error
	switch (lid) {
	case 0x01:
		return error_entry;
	case 0x02:
		return smart(page);
	case 0x03:
		return firmware(page, info);
	case 0x04: // changed namespaces: none
		return log_max;
	case 0x05:
		return effects(page, info);
	default:
		return 0;
	}
}

Outcome get_log_page(const ringline_nvme_command &command, const ringline_device_info &info)
{
	alignas(std::uint64_t) std::uint8_t page[log_max] = {};
	const std::size_t length = fill_log(static_cast<std::uint8_t>(command.cdw10), page, info);
	const std::uint64_t offset = command.cdw12 | std::uint64_t{command.cdw13} << 32;
	if (length == 0) {
		return never(status_invalid_log_page);
	}
	if (offset > length || offset % 4 != 0) {
		return never(nvme::status_invalid_field);
	}
	const CallerMemory memory(command.address, command.data_length);
	Cursor to = memory.cursor(log_length(command));
	bool given = to.give(page + offset, std::min(to.left(), length - static_cast<std::size_t>(offset)));
	std::memset(page, 0, sizeof page); // what lies behind a page is zeros
	while (given && to.left() != 0) {
		given = to.give(page, std::min(to.left(), sizeof page));
	}
	return given ? Outcome{} : bad_address(0); // the kernel knows before it sends anything
}

/// Each has one value that cannot be changed.
bool feature_value(std::uint8_t fid, std::uint32_t *value)
{
	switch (fid) {
	case 0x06: // the volatile write cache is enabled
		*value = 1;
		return true;
	case 0x07: // a queue of each kind, zero-based
		*value = 0;
		return true;
	default:
		return false;
	}
}

Outcome get_features(const ringline_nvme_command &command)
{
	std::uint32_t value = 0;
	if (!feature_value(static_cast<std::uint8_t>(command.cdw10), &value)) {
		return never(nvme::status_invalid_field);
	}
	const std::uint32_t select = command.cdw10 >> 8 & 7;
	return {.result = select == RINGLINE_FEATURE_CAPABILITIES ? 0 : value};
}

Outcome set_features(const ringline_nvme_command &command)
{
	std::uint32_t value = 0;
	if (!feature_value(static_cast<std::uint8_t>(command.cdw10), &value)) {
		return never(nvme::status_invalid_field);
	}
	return value == command.cdw11 ? Outcome{} : never(status_feature_not_changeable);
}

/// Only the format in use can be chosen, as the image's geometry has no other.
Outcome format(const ringline_nvme_command &command, const SimulatedNamespace &simulated)
{
	constexpr std::uint32_t metadata_and_protection = 0x1f0;
	const ringline_device_info &info = *simulated.info;
	const std::uint32_t in_use = std::uint32_t{info.metadata_inline} << 4 | std::uint32_t{info.pi_type} << 5 |
				     std::uint32_t{info.pi_first} << 8;
	const std::uint32_t index = (command.cdw10 & 0xf) | (command.cdw10 >> 12 & 3) << 4;
	const std::uint32_t erase = command.cdw10 >> 9 & 7;
	if (command.nsid != the_nsid && command.nsid != RINGLINE_NSID_ALL) {
		return never(nvme::status_invalid_namespace);
	}
	if (index != info.lba_format || (command.cdw10 & metadata_and_protection) != in_use) {
		return never(nvme::status_invalid_format);
	}
	if (erase > RINGLINE_ERASE_USER_DATA) {
		return never(nvme::status_invalid_field);
	}
	return {.status = erase_blocks(*simulated.blocks)};
}

} // namespace

std::int32_t check_simulated_admin(const ringline_nvme_command &command)
{
	if (command.opcode != RINGLINE_NVME_GET_LOG_PAGE) {
		return 0; // no other moves data here
	}
	const bool has_room = log_length(command) <= command.data_length;
	return command.address != 0 && command.address <= UINTPTR_MAX && has_room ? 0 : -EINVAL;
}

Outcome run_simulated_admin(const ringline_nvme_command &command, const SimulatedNamespace &simulated)
{
	switch (command.opcode) {
	case RINGLINE_NVME_GET_LOG_PAGE:
		return get_log_page(command, *simulated.info);
	case RINGLINE_NVME_GET_FEATURES:
		return get_features(command);
	case RINGLINE_NVME_SET_FEATURES:
		return set_features(command);
	case RINGLINE_NVME_FORMAT:
		return format(command, simulated);
	default:
		return never(nvme::status_invalid_opcode);
	}
}

} // namespace ringline::device
