// SPDX-License-Identifier: MIT OR Apache-2.0
// The zones of a simulated device: their states and write pointers (Zoned Namespace command set specification, "Zone
// State Machine"), kept in "PATH.zones".
//
// The file has a record of 16 bytes for each zone, little-endian: 8 bytes with the blocks that were written, 1 with the
// state as a zone descriptor says it (0: empty), 7 of zeros; so that a file of zeros is that of empty zones. A record
// is written, in one piece, after the blocks that it counts: when only the process dies, a write pointer is never in
// front of the data, and at most the last write is forgotten. When the machine does, what was not flushed is lost, as
// with any volatile cache: a flush makes the blocks durable first and the records after them.
//
// All calls with the medium's lock held: exclusively, unless const.
#pragma once

#include "base/memory.h"
#include "device/simulated_geometry.h"

#include <cstdint>

namespace ringline::device
{

/// As in zone descriptors, bits 7:4 of ZS.
enum class ZoneState : std::uint8_t {
	empty = 0x1,
	implicitly_open = 0x2,
	explicitly_open = 0x3,
	closed = 0x4,
	read_only = 0xd,
	full = 0xe,
	offline = 0xf,
};

constexpr bool is_open(ZoneState state)
{
	return state == ZoneState::implicitly_open || state == ZoneState::explicitly_open;
}

struct Zone {
	std::uint64_t written;   ///< Blocks; what is behind them is where the write pointer is.
	std::uint64_t opened_at; ///< Of an implicitly open one: when, by the count of such openings.
	ZoneState state;
};

class Zones
{
public:
	/// Reads them from their file. Open ones are closed then, or empty, as after a controller's reset. False, with
	/// errno (0: the file is no such file).
	[[nodiscard]] bool load(int fd, const ImageGeometry &geometry);
	void forget() { (void)zones_.allocate(0); }

	[[nodiscard]] std::uint64_t count() const { return zones_.size(); }
	[[nodiscard]] const Zone &zone(std::uint64_t number) const { return at(number); }
	[[nodiscard]] std::uint64_t number_of(std::uint64_t lba) const
	{
		return blocks_ != 0 ? lba / blocks_ : UINT64_MAX;
	}
	[[nodiscard]] std::uint64_t start_of(std::uint64_t number) const { return number * blocks_; }
	[[nodiscard]] std::uint64_t capacity() const { return capacity_; }
	/// Where the next write to this zone goes.
	[[nodiscard]] std::uint64_t write_pointer(std::uint64_t number) const
	{
		return start_of(number) + zones_[number].written;
	}

	// Each gives 0 or an NVMe status.
	[[nodiscard]] std::uint16_t check_read(std::uint64_t lba, std::uint64_t blocks) const;
	/// Can the zone be written at all?
	[[nodiscard]] std::uint16_t check_state(std::uint64_t number) const;
	/// May these blocks be written? Opens their zone.
	[[nodiscard]] std::uint16_t begin_write(std::uint64_t lba, std::uint64_t blocks);
	/// They have been.
	[[nodiscard]] std::uint16_t end_write(std::uint64_t lba, std::uint64_t blocks);
	[[nodiscard]] std::uint16_t open(std::uint64_t number);
	[[nodiscard]] std::uint16_t close(std::uint64_t number);
	[[nodiscard]] std::uint16_t finish(std::uint64_t number);
	[[nodiscard]] std::uint16_t reset(std::uint64_t number);
	[[nodiscard]] std::uint16_t offline(std::uint64_t number);

private:
	[[nodiscard]] std::uint16_t open(std::uint64_t number, ZoneState state);
	[[nodiscard]] std::uint16_t find_room(ZoneState from);
	void close_oldest();
	[[nodiscard]] std::uint16_t become(std::uint64_t number, ZoneState state);
	[[nodiscard]] bool save(std::uint64_t number) const;
	void count_in(ZoneState state, int by);

	/// Another handle may have found that the image has other zones now, or none: what a command of before means by
	/// a number that there is not is offline, and nothing can be done to it.
	[[nodiscard]] const Zone &at(std::uint64_t number) const
	{
		return number < zones_.size() ? zones_[number] : nowhere_;
	}
	[[nodiscard]] Zone &at(std::uint64_t number) { return number < zones_.size() ? zones_[number] : nowhere_; }

	Zone nowhere_ = {.written = 0, .opened_at = 0, .state = ZoneState::offline};

	Array<Zone> zones_;
	int fd_ = -1;
	std::uint64_t blocks_ = 0;
	std::uint64_t capacity_ = 0;
	std::uint32_t max_open_ = 0;   ///< 0: no limit.
	std::uint32_t max_active_ = 0; ///< 0: no limit.
	std::uint32_t open_ = 0;
	std::uint32_t active_ = 0;
	std::uint64_t openings_ = 0; ///< Implicit ones.
};

} // namespace ringline::device
