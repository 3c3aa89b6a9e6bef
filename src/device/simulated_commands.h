// SPDX-License-Identifier: MIT OR Apache-2.0
// What the I/O commands of a simulated namespace do: the NVM and zoned command sets, with the statuses that their
// specifications and QEMU's controller (the other implementation that there is to compare with) give.
//
// Where those two differ, the specification is followed: Dataset Management with a range out of bounds or above a limit
// does nothing and says so, which QEMU passes over in silence; Verify and Compare do not cross zones; and the guard of
// Write Zeroes with PRACT is that of zeros, also in 32 and 64 bits.
#pragma once

#include "device/device.h"
#include "device/simulated_faults.h"
#include "device/simulated_medium.h"

#include <ringline/ringline.h>

#include <cstdint>

namespace ringline::device
{

// Bits that several commands, or several files, know.
inline constexpr std::uint32_t fua_bit = 1U << 30;      ///< Of cdw12.
inline constexpr std::uint32_t all_zones_bit = 1U << 8; ///< Of cdw13: Zone Management Send.

Outcome run_command(const Namespace &of, const ringline_nvme_command &command, std::uint32_t segments);
/// Makes everything as it was when the image was created, as a format does. 0 or a status.
std::uint16_t erase_blocks(const Namespace &of);
/// The command as fault rules see it.
FaultTarget target_of(const ringline_nvme_command &command, bool admin);

// In simulated_range_commands.cpp. With the medium's lock held, as the next ones.
Outcome manage_dataset(const Namespace &of, const ringline_nvme_command &command);
Outcome copy_blocks(const Namespace &of, const ringline_nvme_command &command);
// In simulated_zone_commands.cpp.
Outcome manage_zones(const Namespace &of, const ringline_nvme_command &command);
Outcome report_zones(const Namespace &of, const ringline_nvme_command &command);

/// Of a command that can never succeed as it is.
inline Outcome never(std::uint16_t status)
{
	return {.status = static_cast<std::uint16_t>(status | RINGLINE_STATUS_DNR)};
}

inline std::uint64_t lba_of(const ringline_nvme_command &command)
{
	return std::uint64_t{command.cdw11} << 32 | command.cdw10;
}

} // namespace ringline::device
