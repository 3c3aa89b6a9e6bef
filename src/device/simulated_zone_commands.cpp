// SPDX-License-Identifier: MIT OR Apache-2.0
#include "device/simulated_blocks.h"
#include "device/simulated_commands.h"
#include "device/simulated_memory.h"
#include "nvme/little_endian.h"
#include "nvme/status.h"

#include <algorithm>
#include <cstring>

namespace ringline::device
{

namespace
{

// Of cdw13.
constexpr unsigned which_bit = 8; // Zone Management Receive
constexpr std::uint32_t partial = 1U << 16;

constexpr std::uint8_t action_report = 0;
constexpr std::uint64_t entry_bytes = 64; // also of the report's header
constexpr std::uint8_t sequential = 2;    // zone type
constexpr std::uint64_t no_write_pointer = UINT64_MAX;

// Offsets in a zone descriptor.
constexpr std::size_t zone_state = 1;
constexpr std::size_t zone_capacity = 8;
constexpr std::size_t zone_start = 16;
constexpr std::size_t zone_write_pointer = 24;

/// The zones that an action on all of them is for.
bool concerns(std::uint8_t action, ZoneState state)
{
	switch (action) {
	case RINGLINE_ZONE_OPEN:
		return state == ZoneState::closed;
	case RINGLINE_ZONE_CLOSE:
		return is_open(state);
	case RINGLINE_ZONE_FINISH:
		return is_open(state) || state == ZoneState::closed;
	case RINGLINE_ZONE_RESET:
		return is_open(state) || state == ZoneState::closed || state == ZoneState::full;
	default:
		return state == ZoneState::read_only;
	}
}

/// What a reset zone held is gone: its blocks are deallocated.
std::uint16_t reset(const Namespace &of, std::uint64_t number)
{
	Zones &zones = of.medium.zones;
	const bool was_empty = zones.zone(number).state == ZoneState::empty;
	const std::uint16_t status = zones.reset(number);
	if (status != 0 || was_empty) {
		return status;
	}
	return zero_blocks(of, {zones.start_of(number), zones.capacity()}, true);
}

std::uint16_t act(const Namespace &of, std::uint8_t action, std::uint64_t number)
{
	Zones &zones = of.medium.zones;
	switch (action) {
	case RINGLINE_ZONE_OPEN:
		return zones.open(number);
	case RINGLINE_ZONE_CLOSE:
		return zones.close(number);
	case RINGLINE_ZONE_FINISH:
		return zones.finish(number);
	case RINGLINE_ZONE_RESET:
		return reset(of, number);
	default:
		return zones.offline(number);
	}
}

/// RINGLINE_ZONES_* of a state.
std::uint8_t kind_of(ZoneState state)
{
	switch (state) {
	case ZoneState::empty:
		return RINGLINE_ZONES_EMPTY;
	case ZoneState::implicitly_open:
		return RINGLINE_ZONES_IMPLICITLY_OPEN;
	case ZoneState::explicitly_open:
		return RINGLINE_ZONES_EXPLICITLY_OPEN;
	case ZoneState::closed:
		return RINGLINE_ZONES_CLOSED;
	case ZoneState::full:
		return RINGLINE_ZONES_FULL;
	case ZoneState::read_only:
		return RINGLINE_ZONES_READ_ONLY;
	case ZoneState::offline:
		return RINGLINE_ZONES_OFFLINE;
	}
	return RINGLINE_ZONES_OFFLINE;
}

void describe(const Zones &zones, std::uint64_t number, std::uint8_t *entry)
{
	const ZoneState state = zones.zone(number).state;
	const bool none = state == ZoneState::full || state == ZoneState::read_only || state == ZoneState::offline;
	std::memset(entry, 0, entry_bytes);
	entry[0] = sequential;
	entry[zone_state] = static_cast<std::uint8_t>(static_cast<unsigned>(state) << 4);
	nvme::put_little_endian(entry + zone_capacity, zones.capacity());
	nvme::put_little_endian(entry + zone_start, zones.start_of(number));
	nvme::put_little_endian(entry + zone_write_pointer, none ? no_write_pointer : zones.write_pointer(number));
}

/// Which zones a report is of.
struct Wanted {
	std::uint64_t first;
	std::uint8_t which;
	[[nodiscard]] bool has(const Zones &zones, std::uint64_t number) const
	{
		return which == RINGLINE_ZONES_ALL || kind_of(zones.zone(number).state) == which;
	}
};

/// What the report's header says: all such zones, or so many as have room.
std::uint64_t count_zones(const Zones &zones, const Wanted &wanted, std::uint64_t most)
{
	std::uint64_t found = 0;
	for (std::uint64_t number = wanted.first; number < zones.count() && found < most; ++number) {
		found += wanted.has(zones, number) ? 1 : 0;
	}
	return found;
}

/// The rest of the memory gets zeros.
bool give_report(const Zones &zones, const Wanted &wanted, std::uint64_t count, std::uint64_t bytes, Cursor cursor)
{
	std::uint8_t entry[entry_bytes] = {};
	nvme::put_little_endian<std::uint64_t>(entry, count);
	bool given = cursor.give(entry, sizeof entry);
	std::uint64_t number = wanted.first;
	for (std::uint64_t left = bytes - entry_bytes; given && left != 0;) {
		while (number < zones.count() && !wanted.has(zones, number)) {
			++number;
		}
		const std::uint64_t piece = std::min(left, entry_bytes);
		std::memset(entry, 0, sizeof entry);
		if (piece == entry_bytes && number < zones.count()) {
			describe(zones, number++, entry);
		}
		given = cursor.give(entry, piece);
		left -= piece;
	}
	return given;
}

} // namespace

std::uint16_t erase_blocks(const Namespace &of)
{
	const MediumLock lock(of, true);
	for (std::uint64_t number = 0; number < of.medium.zones.count(); ++number) {
		if (concerns(RINGLINE_ZONE_RESET, of.medium.zones.zone(number).state)) {
			if (const std::uint16_t status = of.medium.zones.reset(number); status != 0) {
				return status;
			}
		}
	}
	return zero_blocks(of, {0, of.geometry.blocks}, true);
}

Outcome manage_zones(const Namespace &of, const ringline_nvme_command &command)
{
	Zones &zones = of.medium.zones;
	const auto action = static_cast<std::uint8_t>(command.cdw13);
	const std::uint64_t lba = lba_of(command);
	const bool all = (command.cdw13 & all_zones_bit) != 0;
	if (!all && lba >= of.geometry.blocks) {
		return never(nvme::status_lba_out_of_range);
	}
	if (action < RINGLINE_ZONE_CLOSE || action > RINGLINE_ZONE_OFFLINE ||
	    (!all && lba != zones.start_of(zones.number_of(lba)))) {
		return never(nvme::status_invalid_field);
	}
	const std::uint64_t first = all ? 0 : zones.number_of(lba);
	const std::uint64_t end = all ? zones.count() : first + 1;
	for (std::uint64_t number = first; number < end; ++number) {
		if (all && !concerns(action, zones.zone(number).state)) {
			continue;
		}
		const std::uint16_t status = act(of, action, number);
		if (status != 0) {
			return status == nvme::status_write_fault ? Outcome{.status = status} : never(status);
		}
	}
	return {};
}

Outcome report_zones(const Namespace &of, const ringline_nvme_command &command)
{
	const Zones &zones = of.medium.zones;
	const std::uint64_t lba = lba_of(command);
	const std::uint64_t bytes = (std::uint64_t{command.cdw12} + 1) * 4;
	const auto which = static_cast<std::uint8_t>(command.cdw13 >> which_bit);
	if (lba >= of.geometry.blocks) {
		return never(nvme::status_lba_out_of_range);
	}
	if (static_cast<std::uint8_t>(command.cdw13) != action_report || which > RINGLINE_ZONES_OFFLINE ||
	    bytes < entry_bytes || bytes > of.geometry.mdts_bytes) {
		return never(nvme::status_invalid_field);
	}
	const CallerMemory memory(command.address, command.data_length);
	if (!memory.holds(bytes)) {
		return bad_address(0);
	}
	const std::uint64_t room = bytes / entry_bytes - 1;
	const Wanted wanted = {.first = zones.number_of(lba), .which = which};
	const bool some = (command.cdw13 & partial) != 0;
	const std::uint64_t count = count_zones(zones, wanted, some ? room : UINT64_MAX);
	return give_report(zones, wanted, count, bytes, memory.cursor(bytes)) ? Outcome{} : bad_address(0);
}

} // namespace ringline::device
