// SPDX-License-Identifier: MIT OR Apache-2.0
// Admin calls that are more than one command: what they must ask the device first, and what they do in parts.
#pragma once

#include "device/device.h"
#include "nvme/admin.h"

namespace ringline::device
{

/// See ringline_log_read(); *outcome is the last command's.
std::int32_t log_read(Device &device, const ringline_log_options &options, const nvme::AdminData &data,
		      Outcome *outcome);
/// See ringline_format().
std::int32_t format(Device &device, const ringline_format_options &options, Outcome *outcome);

} // namespace ringline::device
