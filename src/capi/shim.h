// SPDX-License-Identifier: MIT OR Apache-2.0
// What the shims share: the one place where the opaque queue is a core::Queue.
#pragma once

#include "core/queue.h"

#include <ringline/ringline.h>

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

} // namespace ringline::capi
