// SPDX-License-Identifier: MIT OR Apache-2.0
// What the entry points that take arrays check about them.
#pragma once

#include "nvme/plain.h"

#include <ringline/ringline.h>

#include <cstdint>

namespace ringline::capi
{

inline constexpr std::uint32_t count_max = 32768;

inline bool takes(const void *array, std::uint32_t count)
{
	return count <= count_max && (array != nullptr || count == 0);
}

inline bool gives(const ringline_completion *completions, std::uint32_t max, std::uint32_t min, std::int64_t timeout_ns)
{
	return completions != nullptr && max != 0 && max <= INT32_MAX && min <= max && timeout_ns >= -1;
}

inline const nvme::CommandWords *words(const ringline_command *commands)
{
	return reinterpret_cast<const nvme::CommandWords *>(commands);
}

} // namespace ringline::capi
