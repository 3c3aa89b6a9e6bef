// SPDX-License-Identifier: MIT OR Apache-2.0
// The admin commands of a simulated device besides Identify: logs that agree with it, features, format.
#pragma once

#include "device/device.h"
#include "device/simulated_medium.h"

#include <ringline/ringline.h>

#include <cstdint>

namespace ringline::device
{

/// What the commands are about.
struct SimulatedNamespace {
	const ringline_device_info *info;
	const Namespace *blocks;
};

/// Can its data be moved as the command says? Else -EINVAL: what a real device would write past the caller's memory.
std::int32_t check_simulated_admin(const ringline_nvme_command &command);
/// Runs a command for which that was 0.
Outcome run_simulated_admin(const ringline_nvme_command &command, const SimulatedNamespace &simulated);

} // namespace ringline::device
