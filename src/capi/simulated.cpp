// SPDX-License-Identifier: MIT OR Apache-2.0
// Simulated devices.
#include "base/errno_guard.h"
#include "base/struct_size.h"
#include "core/handle_table.h"
#include "device/device.h"

#include <ringline/ringline.h>

#include <cerrno>

using namespace ringline;

// The sizes of version 0.1, the first.
constexpr std::uint32_t sim_options_first_size = 24;
static_assert(sizeof(ringline_sim_options) == 104);
static_assert(sizeof(ringline_fault_rule) == 72);

int32_t ringline_sim_create(const char *path, const ringline_sim_options *options)
{
	const ErrnoGuard keep;
	ringline_sim_options taken;
	const int32_t error = take_options(&taken, options, sim_options_first_size);
	if (path == nullptr || error < 0) {
		return path == nullptr ? -EINVAL : error;
	}
	return device::create_image(path, taken);
}

int32_t ringline_sim_fault_set(ringline_device handle, const ringline_fault_rule *rule)
{
	const ErrnoGuard keep;
	ringline_fault_rule taken;
	if (const int32_t error = take_options(&taken, rule, sizeof taken); error < 0) {
		return error;
	}
	device::Device *device = nullptr;
	if (const int32_t error = core::lock_device(handle, &device); error < 0) {
		return error;
	}
	const int32_t number = device->set_fault(taken);
	device->release();
	return number;
}

int32_t ringline_sim_fault_clear(ringline_device handle, uint32_t rule)
{
	const ErrnoGuard keep;
	device::Device *device = nullptr;
	if (const int32_t error = core::lock_device(handle, &device); error < 0) {
		return error;
	}
	const int32_t acted = device->clear_fault(rule);
	device->release();
	return acted;
}
