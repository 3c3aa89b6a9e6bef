// SPDX-License-Identifier: MIT OR Apache-2.0
// The refusal to write to a device that is in use, the same for every command that writes.
#pragma once

#include "busy.h"
#include "report.h"

#include <ringline/ringline.h>

namespace nvmectl
{

/// Throws Error(Exit::refused) if the device is in use, or if that cannot be found out, unless allow_busy: then these
/// are warnings. The claim in the result keeps others from mounting the device while it is written. Devices that only
/// this process knows are never in use.
BusyCheck require_idle(const ringline_device_info &info, bool allow_busy, Warnings *warnings);

} // namespace nvmectl
