// SPDX-License-Identifier: MIT OR Apache-2.0
// The one place where an errno of the kernel becomes the outcome of a command, for both engines.
#pragma once

#include "device/device.h"

#include <cstdint>

namespace ringline::device
{

/// Flags for a negative errno that the kernel gave as the outcome of a command.
std::uint16_t flags_of_error(std::int32_t error);

/// status: 0 success; positive NVMe status; negative errno (uring_cmd's cqe->res, and the return of the 64-bit ioctls).
inline Outcome outcome_of(std::int32_t status, std::uint64_t result)
{
	if (status == 0) [[likely]] {
		return {.result = result};
	}
	if (status > 0 && (status & RINGLINE_STATUS_CODE_MASK) == 0) {
		return {.result = result}; // a success with More or DNR set is one
	}
	if (status > 0) {
		// The result dwords can hold anything on failure (facts: big_cqe[0] may be non-zero).
		return {.status = static_cast<std::uint16_t>(status & 0x7fff)};
	}
	return {.error = status, .flags = flags_of_error(status)};
}

} // namespace ringline::device
