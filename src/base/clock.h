// SPDX-License-Identifier: MIT OR Apache-2.0
// The clock that waits and deadlines are measured by.
#pragma once

#include <cstdint>
#include <ctime>

namespace ringline
{

/// CLOCK_MONOTONIC.
inline std::int64_t now_ns()
{
	timespec now = {};
	(void)::clock_gettime(CLOCK_MONOTONIC, &now);
	return std::int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

} // namespace ringline
