// SPDX-License-Identifier: MIT OR Apache-2.0
// What commands on ranges of blocks have in common: is there such a range, and may it be read or written?
#pragma once

#include "device/simulated_blocks.h"
#include "device/simulated_commands.h"
#include "nvme/status.h"

#include <cstdint>

namespace ringline::device
{

inline Outcome answered(std::uint16_t status)
{
	return {.status = status};
}

inline bool failed(const Outcome &outcome)
{
	return outcome.error != 0 || outcome.status != 0;
}

inline std::uint16_t check_bounds(const Namespace &of, const BlockRange &range)
{
	const std::uint64_t blocks = of.geometry.blocks;
	return range.count > blocks || range.lba > blocks - range.count ? nvme::status_lba_out_of_range
									: std::uint16_t{0};
}

inline bool zoned(const Namespace &of)
{
	return of.geometry.zone_blocks != 0;
}

inline std::uint16_t check_zone_read(const Namespace &of, const BlockRange &range)
{
	return zoned(of) ? of.medium.zones.check_read(range.lba, range.count) : std::uint16_t{0};
}

/// Brackets what writes a range: zones are asked before, and told after. With FUA all of it, the write pointer too, is
/// on the medium then.
template <class Write> Outcome write_in_zone(const Namespace &of, const BlockRange &range, bool forced, Write &&write)
{
	if (zoned(of)) {
		if (const std::uint16_t status = of.medium.zones.begin_write(range.lba, range.count); status != 0) {
			return never(status);
		}
	}
	if (const Outcome outcome = write(); failed(outcome)) {
		return outcome;
	}
	const std::uint16_t status = zoned(of) ? of.medium.zones.end_write(range.lba, range.count) : std::uint16_t{0};
	const bool unsynced = status == 0 && forced && !sync_blocks(of);
	return answered(unsynced ? nvme::status_write_fault : status);
}

} // namespace ringline::device
