// SPDX-License-Identifier: MIT OR Apache-2.0
#include "capi/command.h"
#include "base/diagnosis.h"
#include "capi/shim.h"
#include "core/queue_path.h"
#include "nvme/explain.h"

#include <cerrno>
#include <cstdint>

using namespace ringline;
using capi::gives;
using capi::takes;
using capi::unwrap;
using capi::words;

namespace
{

// A transfer as its eight words, without the detour over memory that a ringline_command would be.
[[gnu::always_inline]] inline std::int32_t push_transfer(ringline_queue *queue, std::uint8_t opcode,
							 ringline_device device, std::uint64_t lba,
							 std::uint32_t blocks, const void *buffer, std::uint32_t length,
							 std::uint32_t flags, std::uint64_t user_data)
{
	if (queue == nullptr) {
		return -EINVAL;
	}
	// No command knows all flags: what does not fit the field is refused like any other that is unknown.
	flags = flags <= UINT16_MAX ? flags : UINT16_MAX;
	const nvme::CommandWords command = {.user_data = user_data,
					    .device = device.value,
					    .lba = lba,
					    .address = reinterpret_cast<std::uintptr_t>(buffer),
					    .metadata_address = 0,
					    .lengths = nvme::word_of(length, 0),
					    .counts = nvme::word_of(blocks, 0),
					    .operation = nvme::operation_of(opcode, flags)};
	return unwrap(queue)->push_value(command);
}

} // namespace

extern "C" {

int32_t ringline_read(ringline_queue *queue, ringline_device device, uint64_t lba, uint32_t blocks, void *buffer,
		      uint32_t length, uint32_t flags, uint64_t user_data)
{
	return push_transfer(queue, RINGLINE_NVME_READ, device, lba, blocks, buffer, length, flags, user_data);
}

int32_t ringline_write(ringline_queue *queue, ringline_device device, uint64_t lba, uint32_t blocks, const void *buffer,
		       uint32_t length, uint32_t flags, uint64_t user_data)
{
	return push_transfer(queue, RINGLINE_NVME_WRITE, device, lba, blocks, buffer, length, flags, user_data);
}

int32_t ringline_flush(ringline_queue *queue, ringline_device device, uint64_t user_data)
{
	return push_transfer(queue, RINGLINE_NVME_FLUSH, device, 0, 0, nullptr, 0, 0, user_data);
}

int32_t ringline_push(ringline_queue *queue, const ringline_command *commands, uint32_t count)
{
	return queue != nullptr && takes(commands, count) ? unwrap(queue)->push(words(commands), count) : -EINVAL;
}

int32_t ringline_push_raw(ringline_queue *queue, const ringline_raw_command *commands, uint32_t count)
{
	return queue != nullptr && takes(commands, count) ? unwrap(queue)->push_raw(commands, count) : -EINVAL;
}

int32_t ringline_explain(const ringline_command *command, ringline_diagnosis *diagnosis)
{
	if (command == nullptr) {
		return -EINVAL;
	}
	device::Device *device = nullptr;
	const std::int32_t error = core::lock_device(command->device, &device);
	if (error < 0) {
		const char *why =
			error == -ESTALE ? "The device was closed." : "The handle was never that of a device.";
		return fail(diagnosis, {.error = error, .rule = RINGLINE_RULE_ARGUMENT, .given = command->device.value},
			    "%s",
			    error == -ECHILD ? "The device was opened before the fork; the child has to open it itself."
					     : why);
	}
	const std::uint32_t state = device->state();
	const nvme::Geometry geometry = nvme::geometry_of(device->info());
	device->release();
	if ((state & device::Device::gone) != 0) {
		return fail(diagnosis, {.error = -ENODEV}, "The device is gone.");
	}
	if ((state & device::Device::geometry_unknown) != 0) {
		return fail(diagnosis, {.error = -ESTALE},
			    "The device was formatted: ringline_device_refresh() reads its geometry again.");
	}
	return nvme::explain(geometry, *command, diagnosis);
}

int32_t ringline_submit(ringline_queue *queue)
{
	return queue != nullptr ? unwrap(queue)->submit() : -EINVAL;
}

int32_t ringline_poll(ringline_queue *queue, ringline_completion *completions, uint32_t max)
{
	return queue != nullptr && gives(completions, max, 0, 0) ? unwrap(queue)->poll(completions, max) : -EINVAL;
}

int32_t ringline_wait(ringline_queue *queue, ringline_completion *completions, uint32_t max, uint32_t min,
		      int64_t timeout_ns)
{
	return queue != nullptr && gives(completions, max, min, timeout_ns)
		       ? unwrap(queue)->wait(completions, max, min, timeout_ns, false)
		       : -EINVAL;
}

} // extern "C"
