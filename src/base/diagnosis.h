// SPDX-License-Identifier: MIT OR Apache-2.0
// Filling the caller's ringline_diagnosis.
#pragma once

#include <ringline/ringline.h>

#include <cstdint>

namespace ringline
{

/// What failed, before it is copied into the caller's struct. All members have defaults, so name only those that
/// matter.
struct Failure {
	std::int32_t error = 0; ///< Negative errno.
	std::uint32_t rule = RINGLINE_RULE_NONE;
	std::uint32_t offset = 0;
	std::uint64_t given = 0;
	std::uint64_t wanted = 0;
};

/// Writes *diagnosis (may be null) with a printf-style sentence, and returns failure.error, so that callers can "return
/// fail(...)". The sentence is cut to the room there is. Honours diagnosis->struct_size by convention 6; one that
/// breaks it is left alone.
[[gnu::format(printf, 3, 4)]] std::int32_t fail(ringline_diagnosis *diagnosis, const Failure &failure,
						const char *format, ...);

} // namespace ringline
