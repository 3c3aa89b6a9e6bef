// SPDX-License-Identifier: MIT OR Apache-2.0
#include "device/device.h"
#include "base/diagnosis.h"
#include "base/errno_guard.h"
#include "base/struct_size.h"
#include "capi/shim.h"
#include "capi/with_device.h"
#include "core/handle_table.h"

#include <ringline/ringline.h>

#include <cerrno>

using namespace ringline;

namespace
{

// The size of the struct in its first form: what the oldest caller can have. It stays when the struct grows.
constexpr std::uint32_t device_info_minimum = offsetof(ringline_device_info, commands);

} // namespace

extern "C" {

int32_t ringline_device_open(const char *path, const ringline_device_options *options, ringline_diagnosis *diagnosis,
			     ringline_device *device)
{
	const ErrnoGuard keep;
	if (path == nullptr || device == nullptr) {
		return capi::fail_null(diagnosis, path == nullptr ? "The path" : "Where to put the device");
	}
	ringline_device_options taken = {};
	std::int32_t error = capi::take_options(&taken, options, sizeof(ringline_device_options), diagnosis);
	if (error < 0) {
		return error;
	}
	device::Device *opened = nullptr;
	error = device::open(path, taken, diagnosis, &opened);
	if (error == 0) {
		error = core::add_device(opened, device);
		if (error < 0) {
			opened->release();
			(void)fail(diagnosis,
				   {.error = error, .rule = RINGLINE_RULE_RESOURCE, .wanted = core::devices_max},
				   "No room for another open device: %u can be open at once.",
				   static_cast<unsigned>(core::devices_max));
		}
	}
	return error;
}

int32_t ringline_device_close(ringline_device device)
{
	const ErrnoGuard keep;
	return core::close_device(device);
}

int32_t ringline_device_info_get(ringline_device device, ringline_device_info *info)
{
	if (const std::int32_t error = check_output(info, device_info_minimum); error < 0) {
		return error;
	}
	return capi::with_device(device, [&](device::Device &opened) {
		give_output(info, opened.info());
		return 0;
	});
}

int32_t ringline_device_refresh(ringline_device device)
{
	const ErrnoGuard keep;
	return capi::with_device(device, [](device::Device &opened) { return opened.refresh(); });
}

int32_t ringline_device_list(ringline_device_entry *entries, uint32_t max)
{
	const ErrnoGuard keep;
	return entries != nullptr || max == 0 ? device::list("/sys", "/dev", entries, max) : -EINVAL;
}

int32_t ringline_device_admin(ringline_device device, const ringline_nvme_command *command,
			      ringline_completion *completion)
{
	const ErrnoGuard keep;
	if (command == nullptr || completion == nullptr) {
		return -EINVAL;
	}
	return capi::with_outcome(device, completion, [&](device::Device &opened, device::Outcome *outcome) {
		return opened.admin(*command, outcome);
	});
}

} // extern "C"
