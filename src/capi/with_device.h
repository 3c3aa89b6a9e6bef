// SPDX-License-Identifier: MIT OR Apache-2.0
// Running something on the device behind a handle, and admin commands above all.
#pragma once

#include "core/handle_table.h"
#include "device/device.h"

#include <ringline/ringline.h>

#include <cstdint>

namespace ringline::capi
{

/// What run(device) returns, or why the handle is none.
template <class F> std::int32_t with_device(ringline_device handle, F &&run)
{
	device::Device *device = nullptr;
	const std::int32_t error = core::lock_device(handle, &device);
	if (error < 0) {
		return error;
	}
	const std::int32_t result = run(*device);
	device->release();
	return result;
}

/// What run(device, &outcome) returns; *completion is written unless that is negative. A format in it makes all
/// geometry unknown: which namespaces it reached is the device's affair.
template <class F> std::int32_t with_outcome(ringline_device handle, ringline_completion *completion, F &&run)
{
	return with_device(handle, [&](device::Device &opened) {
		device::Outcome outcome;
		const std::uint32_t formats = opened.formats();
		const std::int32_t result = run(opened, &outcome);
		if (opened.formats() != formats) {
			core::forget_all_geometry();
		}
		if (result >= 0) {
			*completion = {.user_data = 0,
				       .result = outcome.result,
				       .device = handle,
				       .error = outcome.error,
				       .status = outcome.status,
				       .flags = outcome.flags};
		}
		return result;
	});
}

} // namespace ringline::capi
