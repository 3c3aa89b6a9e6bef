// SPDX-License-Identifier: MIT OR Apache-2.0
#include "device/simulated_zones.h"

#include "device/simulated_file.h"
#include "nvme/little_endian.h"
#include "nvme/status.h"

#include <algorithm>
#include <cerrno>

namespace ringline::device
{

namespace
{

constexpr std::size_t state_offset = 8; // in a record

bool is_active(ZoneState state)
{
	return is_open(state) || state == ZoneState::closed;
}

/// What a record says of a zone. False: nothing that there can be.
bool decode(const std::uint8_t *record, std::uint64_t capacity, Zone *zone)
{
	*zone = {};
	zone->written = nvme::get_little_endian<std::uint64_t>(record);
	zone->state = record[state_offset] == 0 ? ZoneState::empty : static_cast<ZoneState>(record[state_offset]);
	if (is_open(zone->state)) {
		zone->state = zone->written == 0 ? ZoneState::empty : ZoneState::closed;
	}
	switch (zone->state) {
	case ZoneState::empty:
		return zone->written == 0;
	case ZoneState::closed:
	case ZoneState::read_only:
	case ZoneState::full:
	case ZoneState::offline:
		return zone->written <= capacity;
	default:
		return false;
	}
}

} // namespace

bool Zones::load(int fd, const ImageGeometry &geometry)
{
	constexpr std::uint64_t records = 256; // at once
	fd_ = fd;
	blocks_ = geometry.zone_blocks;
	capacity_ = geometry.zone_capacity_blocks;
	max_open_ = geometry.zone_max_open;
	max_active_ = geometry.zone_max_active;
	open_ = 0;
	active_ = 0;
	const std::uint64_t count = geometry.blocks / geometry.zone_blocks;
	if (!zones_.allocate(count)) {
		errno = ENOMEM;
		return false;
	}
	std::uint8_t piece[records * zone_record_bytes];
	for (std::uint64_t first = 0; first < count; first += records) {
		const std::uint64_t some = std::min(records, count - first);
		if (!read_file(fd, piece, {first * zone_record_bytes, some * zone_record_bytes})) {
			return false;
		}
		for (std::uint64_t i = 0; i < some; ++i) {
			if (!decode(piece + i * zone_record_bytes, capacity_, &zones_[first + i])) {
				errno = 0;
				return false;
			}
			count_in(zones_[first + i].state, 1);
		}
	}
	return true;
}

void Zones::count_in(ZoneState state, int by)
{
	open_ += is_open(state) ? static_cast<std::uint32_t>(by) : 0;
	active_ += is_active(state) ? static_cast<std::uint32_t>(by) : 0;
}

bool Zones::save(std::uint64_t number) const
{
	std::uint8_t record[zone_record_bytes] = {};
	const Zone &zone = at(number);
	nvme::put_little_endian(record, zone.written);
	record[state_offset] = static_cast<std::uint8_t>(zone.state);
	return write_file(fd_, record, {number * zone_record_bytes, zone_record_bytes});
}

std::uint16_t Zones::become(std::uint64_t number, ZoneState state)
{
	count_in(at(number).state, -1);
	at(number).state = state;
	count_in(state, 1);
	return save(number) ? 0 : nvme::status_write_fault;
}

std::uint16_t Zones::check_read(std::uint64_t lba, std::uint64_t blocks) const
{
	const std::uint64_t number = number_of(lba);
	if (at(number).state == ZoneState::offline) {
		return nvme::status_zone_offline;
	}
	// The namespace says that reads do not cross zones (OZCS).
	return lba + blocks > start_of(number + 1) ? nvme::status_zone_boundary : std::uint16_t{0};
}

/// When all that may be open are, the one that was implicitly opened first makes room.
void Zones::close_oldest()
{
	std::uint64_t oldest = zones_.size();
	for (std::uint64_t i = 0; i < zones_.size(); ++i) {
		const bool older = oldest == zones_.size() || zones_[i].opened_at < zones_[oldest].opened_at;
		if (zones_[i].state == ZoneState::implicitly_open && older) {
			oldest = i;
		}
	}
	if (oldest != zones_.size()) {
		(void)become(oldest, ZoneState::closed); // loading takes an open zone for a closed one anyway
	}
}

/// For one more open zone, which is active already if it was closed.
std::uint16_t Zones::find_room(ZoneState from)
{
	if (max_open_ != 0 && open_ >= max_open_) {
		close_oldest();
	}
	if (!is_active(from) && max_active_ != 0 && active_ >= max_active_) {
		return nvme::status_too_many_active_zones;
	}
	return max_open_ != 0 && open_ >= max_open_ ? nvme::status_too_many_open_zones : std::uint16_t{0};
}

std::uint16_t Zones::open(std::uint64_t number, ZoneState state)
{
	Zone &zone = at(number);
	if (zone.state == state || (is_open(zone.state) && state == ZoneState::implicitly_open)) {
		return 0;
	}
	if (!is_open(zone.state)) {
		if (zone.state != ZoneState::empty && zone.state != ZoneState::closed) {
			return nvme::status_zone_transition;
		}
		if (const std::uint16_t status = find_room(zone.state); status != 0) {
			return status;
		}
		zone.opened_at = ++openings_;
	}
	return become(number, state);
}

std::uint16_t Zones::check_state(std::uint64_t number) const
{
	switch (at(number).state) {
	case ZoneState::full:
		return nvme::status_zone_full;
	case ZoneState::read_only:
		return nvme::status_zone_read_only;
	case ZoneState::offline:
		return nvme::status_zone_offline;
	default:
		return 0;
	}
}

std::uint16_t Zones::begin_write(std::uint64_t lba, std::uint64_t blocks)
{
	const std::uint64_t number = number_of(lba);
	if (const std::uint16_t status = check_state(number); status != 0) {
		return status;
	}
	if (lba != write_pointer(number)) {
		return nvme::status_zone_invalid_write;
	}
	if (lba + blocks > start_of(number) + capacity_) {
		return nvme::status_zone_boundary;
	}
	return open(number, ZoneState::implicitly_open);
}

std::uint16_t Zones::end_write(std::uint64_t lba, std::uint64_t blocks)
{
	const std::uint64_t number = number_of(lba);
	at(number).written += blocks;
	return become(number, at(number).written == capacity_ ? ZoneState::full : at(number).state);
}

std::uint16_t Zones::open(std::uint64_t number)
{
	return open(number, ZoneState::explicitly_open);
}

std::uint16_t Zones::close(std::uint64_t number)
{
	const ZoneState state = at(number).state;
	if (state == ZoneState::closed) {
		return 0;
	}
	return is_open(state) ? become(number, ZoneState::closed) : nvme::status_zone_transition;
}

std::uint16_t Zones::finish(std::uint64_t number)
{
	const ZoneState state = at(number).state;
	if (state == ZoneState::full) {
		return 0;
	}
	return is_active(state) || state == ZoneState::empty ? become(number, ZoneState::full)
							     : nvme::status_zone_transition;
}

std::uint16_t Zones::reset(std::uint64_t number)
{
	const ZoneState state = at(number).state;
	if (state == ZoneState::empty) {
		return 0;
	}
	if (!is_active(state) && state != ZoneState::full) {
		return nvme::status_zone_transition;
	}
	at(number).written = 0;
	return become(number, ZoneState::empty);
}

std::uint16_t Zones::offline(std::uint64_t number)
{
	const ZoneState state = at(number).state;
	if (state == ZoneState::offline) {
		return 0;
	}
	return state == ZoneState::read_only ? become(number, ZoneState::offline) : nvme::status_zone_transition;
}

} // namespace ringline::device
