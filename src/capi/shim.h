// SPDX-License-Identifier: MIT OR Apache-2.0
// What the shims share: the one place where the opaque queue is a core::Queue.
#pragma once

#include "base/diagnosis.h"
#include "base/struct_size.h"
#include "core/handle_table.h"
#include "core/queue.h"
#include "device/device.h"

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

/// Runs something on what is known of a device, or says why that is nothing.
template <class F> std::int32_t with_facts(ringline_device handle, ringline_diagnosis *diagnosis, F &&run)
{
	device::Device *device = nullptr;
	const std::int32_t error = core::lock_device(handle, &device);
	if (error < 0) {
		const char *why =
			error == -ESTALE ? "The device was closed." : "The handle was never that of a device.";
		return fail(diagnosis, {.error = error, .rule = RINGLINE_RULE_ARGUMENT, .given = handle.value}, "%s",
			    error == -ECHILD ? "The device was opened before the fork; the child has to open it itself."
					     : why);
	}
	const std::uint32_t state = device->state();
	const ringline_device_info facts = device->info();
	device->release();
	if ((state & device::Device::gone) != 0) {
		return fail(diagnosis, {.error = -ENODEV}, "The device is gone.");
	}
	if ((state & device::Device::geometry_unknown) != 0) {
		return fail(diagnosis, {.error = -ESTALE},
			    "The device was formatted: ringline_device_refresh() reads its geometry again.");
	}
	return run(facts);
}

} // namespace ringline::capi
