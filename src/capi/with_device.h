// SPDX-License-Identifier: MIT OR Apache-2.0
// Running something on the device behind a handle, and admin commands above all.
#pragma once

#include "base/diagnosis.h"
#include "core/handle_table.h"
#include "device/device.h"
#include "nvme/raw.h"

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

/// The same, unless the device is gone. The diagnosis says why run() was not called.
template <class F> std::int32_t with_device(ringline_device handle, ringline_diagnosis *diagnosis, F &&run)
{
	bool found = false;
	const std::int32_t error = with_device(handle, [&](const device::Device &device) {
		found = true;
		return (device.state() & device::Device::gone) != 0
			       ? fail(diagnosis, {.error = -ENODEV}, "The device is gone.")
			       : run(device);
	});
	if (found) {
		return error;
	}
	const char *why = error == -ESTALE ? "The device was closed." : "The handle was never that of a device.";
	return fail(diagnosis, {.error = error, .rule = RINGLINE_RULE_ARGUMENT, .given = handle.value}, "%s",
		    error == -ECHILD ? "The device was opened before the fork; the child has to open it itself." : why);
}

/// What run(facts) returns for a device with blocks, whose geometry is known. The diagnosis says why run() was not
/// called.
template <class F> std::int32_t with_facts(ringline_device handle, ringline_diagnosis *diagnosis, F &&run)
{
	return with_device(handle, diagnosis, [&](const device::Device &device) {
		const std::uint32_t state = device.state();
		const ringline_device_info facts = device.info();
		if ((state & device::Device::geometry_unknown) != 0) {
			return fail(diagnosis, {.error = -ESTALE},
				    "The device was formatted: ringline_device_refresh() reads its geometry again.");
		}
		return facts.kind == RINGLINE_DEVICE_CONTROLLER ? nvme::refuse_controller(diagnosis) : run(facts);
	});
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
