// SPDX-License-Identifier: MIT OR Apache-2.0
/**
 * @file commands.hpp
 * @brief Commands as values, for Queue::push() and AsyncQueue::push(), which fill in the memory.
 */
#ifndef RINGLINE_CPP_COMMANDS_HPP
#define RINGLINE_CPP_COMMANDS_HPP

#include "borrowing_queue.hpp"
#include "memory.hpp"

#include <cassert>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <utility>

namespace ringline
{

/**
 * @defgroup cpp_commands Commands
 * What each is for, and which flags it knows, is said with the C function of its name.
 *  @{ */

enum class ZoneAction : std::uint8_t {
	close = RINGLINE_ZONE_CLOSE,
	finish = RINGLINE_ZONE_FINISH,
	open = RINGLINE_ZONE_OPEN,
	reset = RINGLINE_ZONE_RESET,
	offline = RINGLINE_ZONE_OFFLINE,
};

/// Which zones a report is of.
enum class Zones : std::uint8_t {
	all = RINGLINE_ZONES_ALL,
	empty = RINGLINE_ZONES_EMPTY,
	implicitly_open = RINGLINE_ZONES_IMPLICITLY_OPEN,
	explicitly_open = RINGLINE_ZONES_EXPLICITLY_OPEN,
	closed = RINGLINE_ZONES_CLOSED,
	full = RINGLINE_ZONES_FULL,
	read_only = RINGLINE_ZONES_READ_ONLY,
	offline = RINGLINE_ZONES_OFFLINE,
};

namespace detail
{
/// May the device not transfer more? What features of a vendor or of later versions have nobody knows but at most 4096
/// bytes.
inline bool feature_fits(const ringline_feature_options &options, std::uint32_t length) noexcept
{
	constexpr std::uint32_t largest = 4096;
	const bool known = options.fid <= 0x1b || options.fid == 0x1d || (options.fid >= 0x7d && options.fid <= 0x84);
	return known || length == largest || options.sel == RINGLINE_FEATURE_CAPABILITIES;
}
struct Place {
	std::uint64_t lba;
	std::uint32_t blocks;
};
inline ringline_command command_of(std::uint32_t opcode, const Device &device, Place place, std::uint32_t flags,
				   std::uint64_t user_data) noexcept
{
	ringline_command command{};
	command.user_data = user_data;
	command.device = device.get();
	command.lba = place.lba;
	command.blocks = place.blocks;
	command.opcode = static_cast<std::uint8_t>(opcode);
	// No command knows all flags: what does not fit is refused like any other that is unknown.
	command.flags = static_cast<std::uint16_t>(flags <= UINT16_MAX ? flags : UINT16_MAX);
	return command;
}
} // namespace detail

namespace command
{

/// With memory. @see ringline_read
inline ringline_command read(const Device &device, std::uint64_t lba, std::uint32_t blocks, std::uint64_t user_data = 0,
			     std::uint32_t flags = 0) noexcept
{
	return detail::command_of(RINGLINE_NVME_READ, device, {lba, blocks}, flags, user_data);
}
/// With memory. @see ringline_write
inline ringline_command write(const Device &device, std::uint64_t lba, std::uint32_t blocks,
			      std::uint64_t user_data = 0, std::uint32_t flags = 0) noexcept
{
	return detail::command_of(RINGLINE_NVME_WRITE, device, {lba, blocks}, flags, user_data);
}
/// With memory. A difference is the status RINGLINE_STATUS_COMPARE_FAILURE. @see ringline_compare
inline ringline_command compare(const Device &device, std::uint64_t lba, std::uint32_t blocks,
				std::uint64_t user_data = 0, std::uint32_t flags = 0) noexcept
{
	return detail::command_of(RINGLINE_NVME_COMPARE, device, {lba, blocks}, flags, user_data);
}
/// @see ringline_write_zeroes
inline ringline_command write_zeroes(const Device &device, std::uint64_t lba, std::uint32_t blocks,
				     std::uint64_t user_data = 0, std::uint32_t flags = 0) noexcept
{
	return detail::command_of(RINGLINE_NVME_WRITE_ZEROES, device, {lba, blocks}, flags, user_data);
}
/// @see ringline_verify
inline ringline_command verify(const Device &device, std::uint64_t lba, std::uint32_t blocks,
			       std::uint64_t user_data = 0, std::uint32_t flags = 0) noexcept
{
	return detail::command_of(RINGLINE_NVME_VERIFY, device, {lba, blocks}, flags, user_data);
}
/// @see ringline_write_uncorrectable
inline ringline_command write_uncorrectable(const Device &device, std::uint64_t lba, std::uint32_t blocks,
					    std::uint64_t user_data = 0) noexcept
{
	return detail::command_of(RINGLINE_NVME_WRITE_UNCORRECTABLE, device, {lba, blocks}, 0, user_data);
}
/// With what dataset_ranges() gives. @p action RINGLINE_DATASET_*. @see ringline_dataset_management
inline ringline_command dataset_management(const Device &device, std::uint32_t action,
					   std::uint64_t user_data = 0) noexcept
{
	ringline_command command = detail::command_of(RINGLINE_NVME_DATASET_MANAGEMENT, device, {0, 0}, 0, user_data);
	command.action = static_cast<std::uint8_t>(action <= UINT8_MAX ? action : UINT8_MAX);
	return command;
}
/// The blocks of dataset_ranges() are not needed any more.
inline ringline_command deallocate(const Device &device, std::uint64_t user_data = 0) noexcept
{
	return dataset_management(device, RINGLINE_DATASET_DEALLOCATE, user_data);
}
/// With what copy_ranges() gives, in the same format. @p lba of the destination. @see ringline_copy
inline ringline_command copy(const Device &device, std::uint64_t lba, std::uint8_t format = 0,
			     std::uint64_t user_data = 0, std::uint32_t flags = 0) noexcept
{
	ringline_command command = detail::command_of(RINGLINE_NVME_COPY, device, {lba, 0}, flags, user_data);
	command.action = format;
	return command;
}
/// With memory. Completed::result is where it went. @see ringline_zone_append
inline ringline_command zone_append(const Device &device, std::uint64_t zone, std::uint32_t blocks,
				    std::uint64_t user_data = 0, std::uint32_t flags = 0) noexcept
{
	return detail::command_of(RINGLINE_NVME_ZONE_APPEND, device, {zone, blocks}, flags, user_data);
}
/// @p flags RINGLINE_ALL_ZONES, or 0. @see ringline_zone_manage
inline ringline_command zone(const Device &device, std::uint64_t zone, ZoneAction action, std::uint64_t user_data = 0,
			     std::uint32_t flags = 0) noexcept
{
	ringline_command command =
		detail::command_of(RINGLINE_NVME_ZONE_MANAGEMENT_SEND, device, {zone, 0}, flags, user_data);
	command.action = static_cast<std::uint8_t>(action);
	return command;
}
/// With memory of ZoneReport::bytes_for() bytes, which a ZoneReport then reads. @see ringline_zone_report
inline ringline_command zone_report(const Device &device, std::uint64_t lba, Zones which = Zones::all,
				    std::uint64_t user_data = 0, std::uint32_t flags = 0) noexcept
{
	ringline_command command =
		detail::command_of(RINGLINE_NVME_ZONE_MANAGEMENT_RECEIVE, device, {lba, 0}, flags, user_data);
	command.action = static_cast<std::uint8_t>(which);
	return command;
}

} // namespace command

/// The memory of command::dataset_management(). 1 to 256 ranges; -EINVAL, -ERANGE.
inline Result<Memory> dataset_ranges(Span<const ringline_range> ranges) noexcept
{
	Result<Memory> memory = Memory::allocate(ranges.size() * RINGLINE_DATASET_RANGE_BYTES);
	if (!memory) {
		return memory;
	}
	const std::int32_t written = ringline_nvme_dataset_ranges(ranges.data(), ranges.count(), memory->data(),
								  static_cast<std::uint32_t>(memory->size()));
	return written < 0 ? Result<Memory>(Failure{written}) : std::move(memory);
}
/// The memory of command::copy() in that format. 1 to 256 ranges; -EINVAL, -ERANGE.
inline Result<Memory> copy_ranges(Span<const ringline_range> ranges, std::uint8_t format = 0) noexcept
{
	const std::size_t bytes = (format & 1) != 0 ? 40 : 32;
	Result<Memory> memory = Memory::allocate(ranges.size() * bytes);
	if (!memory) {
		return memory;
	}
	const std::int32_t written = ringline_nvme_copy_ranges(ranges.data(), ranges.count(), format, memory->data(),
							       static_cast<std::uint32_t>(memory->size()));
	return written < 0 ? Result<Memory>(Failure{written}) : std::move(memory);
}

/// One zone of a report.
struct Zone {
	std::uint64_t start = 0;
	std::uint64_t capacity = 0; ///< Blocks that can be written.
	std::uint64_t write_pointer = 0;
	std::uint8_t state =
		0; ///< 1 empty, 2 and 3 implicitly and explicitly open, 4 closed, 13 read-only, 14 full, 15 offline.
	std::uint8_t type = 0; ///< 2: sequential writes required.
	std::uint8_t attributes = 0;
};

/// Reads the memory of a command::zone_report() that has completed; it must outlive this.
class ZoneReport
{
public:
	/// Memory for so many zones.
	static constexpr std::size_t bytes_for(std::size_t zones) noexcept { return header_bytes + zones * zone_bytes; }
	explicit ZoneReport(const Memory &memory) noexcept : memory_(memory) {}

	/// Zones of which the device told, which may be more than the memory has room for.
	[[nodiscard]] std::uint64_t reported() const noexcept { return memory_.size() < header_bytes ? 0 : number(0); }
	/// Zones in the memory.
	[[nodiscard]] std::size_t size() const noexcept
	{
		const std::size_t room =
			memory_.size() < header_bytes ? 0 : (memory_.size() - header_bytes) / zone_bytes;
		return reported() < room ? static_cast<std::size_t>(reported()) : room;
	}
	[[nodiscard]] Zone operator[](std::size_t index) const noexcept
	{
		assert(index < size());
		const std::size_t at = bytes_for(index);
		const auto byte = [&](std::size_t offset) {
			return std::to_integer<unsigned>(memory_.data()[at + offset]);
		};
		Zone zone;
		zone.type = static_cast<std::uint8_t>(byte(0) & 0xf);
		zone.state = static_cast<std::uint8_t>(byte(1) >> 4);
		zone.attributes = static_cast<std::uint8_t>(byte(2));
		zone.capacity = number(at + 8);
		zone.start = number(at + 16);
		zone.write_pointer = number(at + 24);
		return zone;
	}

private:
	static constexpr std::size_t header_bytes = 64;
	static constexpr std::size_t zone_bytes = 64;
	[[nodiscard]] std::uint64_t number(std::size_t at) const noexcept
	{
		std::uint64_t value = 0;
		for (std::size_t i = 8; i-- > 0;) {
			value = value << 8 | std::to_integer<std::uint64_t>(memory_.data()[at + i]);
		}
		return value;
	}

	const Memory &memory_;
};

/**
 * An admin command without effects for Queue::push(), made by these functions alone, so that what it transfers is
 * known. The device is a controller or a simulated one.
 */
class AdminCommand
{
public:
	/// With RINGLINE_IDENTIFY_BYTES of memory. @see ringline_nvme_identify
	static Result<AdminCommand> identify(const Device &device, ringline_identify_options options,
					     std::uint64_t user_data = 0) noexcept
	{
		options.struct_size = sizeof options;
		AdminCommand made(device, user_data);
		return made.built(ringline_nvme_identify(&made.raw_.command, &options, 0));
	}
	/// With @p length bytes of memory. @see ringline_nvme_log_read
	static Result<AdminCommand> log_read(const Device &device, ringline_log_options options, std::uint32_t length,
					     std::uint64_t user_data = 0) noexcept
	{
		options.struct_size = sizeof options;
		AdminCommand made(device, user_data);
		return made.built(ringline_nvme_log_read(&made.raw_.command, &options, 0, length));
	}
	/// With @p length bytes of memory, or none. A vendor's feature, or one that is newer than this library, wants
	/// 4096 bytes (-ENOBUFS). @see ringline_nvme_feature_get
	static Result<AdminCommand> feature_get(const Device &device, ringline_feature_options options,
						std::uint32_t length = 0, std::uint64_t user_data = 0) noexcept
	{
		options.struct_size = sizeof options;
		if (!detail::feature_fits(options, length)) {
			return Failure{-ENOBUFS};
		}
		AdminCommand made(device, user_data);
		// Push fills the address in; that there will be one is all that is looked at here.
		const std::uint64_t address = length != 0 ? 1 : 0;
		return made.built(ringline_nvme_feature_get(&made.raw_.command, &options, address, length));
	}
	/// Without its address.
	[[nodiscard]] const ringline_raw_command &raw() const noexcept { return raw_; }

private:
	AdminCommand(const Device &device, std::uint64_t user_data) noexcept
	{
		raw_.user_data = user_data;
		raw_.device = device.get();
		raw_.flags = RINGLINE_RAW_ADMIN;
	}
	Result<AdminCommand> built(std::int32_t error) noexcept
	{
		if (error < 0) {
			return Failure{error};
		}
		return std::move(*this);
	}

	ringline_raw_command raw_{};
};

/** @} */

} // namespace ringline
#endif
