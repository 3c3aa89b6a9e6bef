// SPDX-License-Identifier: MIT OR Apache-2.0
// What the shims share: the one place where the opaque queue is a core::Queue.
#pragma once

#include "base/diagnosis.h"
#include "base/struct_size.h"
#include "core/queue.h"

#include <ringline/ringline.h>

#include <cerrno>
#include <cstdint>

namespace ringline::capi
{

inline core::Queue *unwrap(ringline_queue *queue)
{
	return reinterpret_cast<core::Queue *>(queue);
}

inline const core::Queue *unwrap(const ringline_queue *queue)
{
	return reinterpret_cast<const core::Queue *>(queue);
}

inline ringline_queue *wrap(core::Queue *queue)
{
	return reinterpret_cast<ringline_queue *>(queue);
}

/// take_options(), with words for a struct_size that it refuses.
template <class T>
std::int32_t take_options(T *options, const T *from, std::uint32_t minimum, ringline_diagnosis *diagnosis)
{
	const std::int32_t error = ringline::take_options(options, from, minimum);
	if (error == 0) {
		return 0;
	}
	return fail(diagnosis,
		    {.error = error,
		     .rule = RINGLINE_RULE_ARGUMENT,
		     .offset = 0, // struct_size is the first member of each
		     .given = from->struct_size,
		     .wanted = sizeof(T)},
		    error == -E2BIG
			    ? "The options have struct_size %u, and something set beyond the %zu bytes that this "
			      "version knows."
			    : "The options have struct_size %u: set it to sizeof (%zu), and zero the rest.",
		    from->struct_size, sizeof(T));
}

/// A pointer that must not be null is.
inline std::int32_t fail_null(ringline_diagnosis *diagnosis, const char *what)
{
	return fail(diagnosis, {.error = -EINVAL, .rule = RINGLINE_RULE_ARGUMENT}, "%s is NULL.", what);
}

} // namespace ringline::capi
