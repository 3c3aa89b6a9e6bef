// SPDX-License-Identifier: MIT OR Apache-2.0
#include "capi/command.h"
#include "base/diagnosis.h"
#include "capi/shim.h"
#include "capi/with_device.h"
#include "core/queue_path.h"
#include "nvme/explain.h"
#include "nvme/raw.h"

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

// A command without a count of blocks.
std::int32_t push_uncounted(ringline_queue *queue, std::uint8_t opcode, ringline_device device, std::uint64_t lba,
			    const void *memory, std::uint32_t length, std::uint32_t flags, std::uint32_t action,
			    std::uint64_t user_data)
{
	if (queue == nullptr) {
		return -EINVAL;
	}
	ringline_command command = {};
	command.user_data = user_data;
	command.device = device;
	command.lba = lba;
	command.address = reinterpret_cast<std::uintptr_t>(memory);
	command.length = length;
	command.opcode = opcode;
	// No command knows all flags or so many actions: what does not fit its field is refused like any other.
	command.flags = static_cast<std::uint16_t>(flags <= UINT16_MAX ? flags : UINT16_MAX);
	command.action = static_cast<std::uint8_t>(action <= UINT8_MAX ? action : UINT8_MAX);
	const std::int32_t pushed = unwrap(queue)->push(words(&command), 1);
	return pushed < 0 ? pushed : 0;
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

int32_t ringline_compare(ringline_queue *queue, ringline_device device, uint64_t lba, uint32_t blocks,
			 const void *buffer, uint32_t length, uint32_t flags, uint64_t user_data)
{
	return push_transfer(queue, RINGLINE_NVME_COMPARE, device, lba, blocks, buffer, length, flags, user_data);
}

int32_t ringline_zone_append(ringline_queue *queue, ringline_device device, uint64_t zone, uint32_t blocks,
			     const void *buffer, uint32_t length, uint32_t flags, uint64_t user_data)
{
	return push_transfer(queue, RINGLINE_NVME_ZONE_APPEND, device, zone, blocks, buffer, length, flags, user_data);
}

int32_t ringline_write_zeroes(ringline_queue *queue, ringline_device device, uint64_t lba, uint32_t blocks,
			      uint32_t flags, uint64_t user_data)
{
	return push_transfer(queue, RINGLINE_NVME_WRITE_ZEROES, device, lba, blocks, nullptr, 0, flags, user_data);
}

int32_t ringline_verify(ringline_queue *queue, ringline_device device, uint64_t lba, uint32_t blocks, uint32_t flags,
			uint64_t user_data)
{
	return push_transfer(queue, RINGLINE_NVME_VERIFY, device, lba, blocks, nullptr, 0, flags, user_data);
}

int32_t ringline_write_uncorrectable(ringline_queue *queue, ringline_device device, uint64_t lba, uint32_t blocks,
				     uint64_t user_data)
{
	return push_transfer(queue, RINGLINE_NVME_WRITE_UNCORRECTABLE, device, lba, blocks, nullptr, 0, 0, user_data);
}

int32_t ringline_dataset_management(ringline_queue *queue, ringline_device device, const void *ranges, uint32_t length,
				    uint32_t action, uint64_t user_data)
{
	return push_uncounted(queue, RINGLINE_NVME_DATASET_MANAGEMENT, device, 0, ranges, length, 0, action, user_data);
}

int32_t ringline_copy(ringline_queue *queue, ringline_device device, uint64_t lba, const void *ranges, uint32_t length,
		      uint32_t format, uint32_t flags, uint64_t user_data)
{
	return push_uncounted(queue, RINGLINE_NVME_COPY, device, lba, ranges, length, flags, format, user_data);
}

int32_t ringline_zone_manage(ringline_queue *queue, ringline_device device, uint64_t zone, uint32_t action,
			     uint32_t flags, uint64_t user_data)
{
	return push_uncounted(queue, RINGLINE_NVME_ZONE_MANAGEMENT_SEND, device, zone, nullptr, 0, flags, action,
			      user_data);
}

int32_t ringline_zone_report(ringline_queue *queue, ringline_device device, uint64_t lba, void *buffer, uint32_t length,
			     uint32_t which, uint32_t flags, uint64_t user_data)
{
	return push_uncounted(queue, RINGLINE_NVME_ZONE_MANAGEMENT_RECEIVE, device, lba, buffer, length, flags, which,
			      user_data);
}

int32_t ringline_push_extended(ringline_queue *queue, const ringline_command_extended *commands, uint32_t count)
{
	return queue != nullptr && takes(commands, count) ? unwrap(queue)->push_extended(commands, count) : -EINVAL;
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
	return capi::with_facts(command->device, diagnosis, [&](const ringline_device_info &facts) {
		return nvme::explain(nvme::geometry_of(facts), *command, diagnosis);
	});
}

int32_t ringline_explain_raw(const ringline_raw_command *command, ringline_diagnosis *diagnosis)
{
	if (command == nullptr) {
		return -EINVAL;
	}
	return capi::with_device(command->device, diagnosis, [&](const device::Device &device) {
		return nvme::explain_raw(nvme::geometry_of(device.info()), *command,
					 device.harmless(command->command.opcode), diagnosis);
	});
}

int32_t ringline_encode(const ringline_command_extended *command, ringline_nvme_command *wire,
			ringline_diagnosis *diagnosis)
{
	if (command == nullptr) {
		return -EINVAL;
	}
	return capi::with_facts(command->base.device, diagnosis, [&](const ringline_device_info &facts) {
		const nvme::Geometry geometry = nvme::geometry_of(facts);
		const std::int32_t error = nvme::explain(geometry, *command, diagnosis);
		if (error == 0 && wire != nullptr) {
			const nvme::Tags tags = nvme::tags_of(*command);
			nvme::encode_special(geometry, command->base, &tags, wire);
		}
		return error;
	});
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
