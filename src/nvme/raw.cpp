// SPDX-License-Identifier: MIT OR Apache-2.0
#include "nvme/raw.h"

#include "base/diagnosis.h"

#include <cerrno>
#include <cinttypes>
#include <cstddef>

namespace ringline::nvme
{

namespace
{

constexpr std::uint8_t opcode_asynchronous_event_request = 0x0c;
constexpr std::size_t in_command = offsetof(ringline_raw_command, command);

bool brings_data(std::uint8_t opcode)
{
	return (opcode & 3) == 2;
}

// What may be sent raw to a device that was opened read-only: data from the device, and the three commands that leave
// the medium alone.
bool leaves_medium_alone(std::uint8_t opcode)
{
	return brings_data(opcode) || opcode == RINGLINE_NVME_FLUSH || opcode == RINGLINE_NVME_COMPARE ||
	       opcode == RINGLINE_NVME_VERIFY;
}

Violation refusal(std::int32_t error, std::uint32_t rule, std::size_t offset, std::uint64_t given,
		  std::uint64_t wanted = 0)
{
	return {.error = error,
		.rule = rule,
		.given = given,
		.wanted = wanted,
		.offset = static_cast<std::uint32_t>(offset)};
}

/// What holds on either plane.
Violation check_memory(std::uint32_t metadata_bytes, std::uint32_t address_mask, const ringline_nvme_command &command)
{
	if (((command.address | command.data_length) & address_mask) != 0) {
		const bool address = (command.address & address_mask) != 0;
		return refusal(-EINVAL, RINGLINE_RULE_ALIGNMENT,
			       in_command + (address ? offsetof(ringline_nvme_command, address)
						     : offsetof(ringline_nvme_command, data_length)),
			       address ? command.address : command.data_length, std::uint64_t{address_mask} + 1);
	}
	// Linux 6.1 hangs in the next format after it has refused this itself (vm.md).
	if (metadata_bytes == 0 && (command.metadata | command.metadata_length) != 0) {
		return refusal(-EINVAL, RINGLINE_RULE_METADATA, in_command + offsetof(ringline_nvme_command, metadata),
			       command.metadata);
	}
	return {};
}

} // namespace

OpcodeSet harmless_commands(AdminEffects page)
{
	constexpr std::uint32_t supported = 1U << 0;
	// Changes blocks, capability, inventory or the controller; must run alone.
	constexpr std::uint32_t effects = 1U << 1 | 1U << 2 | 1U << 3 | 1U << 4 | 7U << 16;
	OpcodeSet set = always_harmless;
	for (std::size_t opcode = 0; opcode < page.size() / 4; ++opcode) {
		const std::size_t at = opcode * 4;
		const std::uint32_t entry = page[at] | std::uint32_t{page[at + 2]} << 16;
		if (brings_data(static_cast<std::uint8_t>(opcode)) && (entry & (supported | effects)) == supported) {
			set.add(static_cast<std::uint8_t>(opcode));
		}
	}
	return set;
}

Violation check_raw(const Geometry &geometry, const ringline_raw_command &raw, bool harmless)
{
	const ringline_nvme_command &command = raw.command;
	const bool admin = (raw.flags & RINGLINE_RAW_ADMIN) != 0;
	if ((raw.flags & ~RINGLINE_RAW_ADMIN) != 0) {
		return refusal(-EINVAL, RINGLINE_RULE_ARGUMENT, offsetof(ringline_raw_command, flags), raw.flags);
	}
	if (raw.reserved0 != 0) {
		return refusal(-EINVAL, RINGLINE_RULE_ARGUMENT, offsetof(ringline_raw_command, reserved0),
			       raw.reserved0);
	}
	if (!(admin ? geometry.takes_admin : geometry.takes_io)) {
		return refusal(-ENOTTY, RINGLINE_RULE_PLANE, offsetof(ringline_raw_command, flags), raw.flags,
			       admin ? 0 : RINGLINE_RAW_ADMIN);
	}
	const std::size_t opcode_at = in_command + offsetof(ringline_nvme_command, opcode);
	if (admin && !harmless) {
		return refusal(-EOPNOTSUPP, RINGLINE_RULE_EFFECTS, opcode_at, command.opcode);
	}
	const Violation memory = check_memory(admin ? 0 : geometry.metadata_bytes, geometry.address_mask, command);
	if (memory.error != 0) {
		return memory;
	}
	if (!admin && geometry.read_only && !leaves_medium_alone(command.opcode)) {
		return refusal(-EROFS, RINGLINE_RULE_READ_ONLY, opcode_at, command.opcode);
	}
	return {};
}

std::int32_t refuse_controller(ringline_diagnosis *diagnosis)
{
	return fail(
		diagnosis, {.error = -ENOTTY, .rule = RINGLINE_RULE_PLANE, .wanted = RINGLINE_RAW_ADMIN},
		"The device is a controller, which takes raw admin commands (RINGLINE_RAW_ADMIN) and no others: open "
		"the node of its namespace, such as /dev/ng0n1, for this one.");
}

std::int32_t explain_raw(const Geometry &geometry, const ringline_raw_command &raw, bool harmless,
			 ringline_diagnosis *diagnosis)
{
	const Violation v = check_raw(geometry, raw, harmless);
	const Failure failure = {
		.error = v.error, .rule = v.rule, .offset = v.offset, .given = v.given, .wanted = v.wanted};
	switch (v.rule) {
	case RINGLINE_RULE_NONE:
		return 0;
	case RINGLINE_RULE_PLANE:
		return geometry.takes_io ? fail(diagnosis, failure,
						"Admin commands can be pushed to a controller, such as /dev/nvme0, or "
						"a simulated "
						"device: open that, or call ringline_device_admin(), which takes this "
						"device too.")
					 : refuse_controller(diagnosis);
	case RINGLINE_RULE_EFFECTS:
		return raw.command.opcode == opcode_asynchronous_event_request
			       ? fail(diagnosis, failure,
				      "Asynchronous Event Request (0x0c) is the kernel's own, which always has one "
				      "waiting: "
				      "read the log page that an event would be about.")
			       : fail(diagnosis, failure,
				      "The admin command 0x%02" PRIx64 " is not known to be without effects, which the "
				      "kernel must see: call ringline_device_admin() for it, which waits.",
				      v.given);
	case RINGLINE_RULE_READ_ONLY:
		return fail(diagnosis, failure,
			    "The device was opened read-only, and opcode 0x%02" PRIx64 " may change the medium.",
			    v.given);
	case RINGLINE_RULE_METADATA:
		return fail(diagnosis, failure, "Metadata is given, and there is none that is separate.");
	case RINGLINE_RULE_ALIGNMENT:
		return fail(diagnosis, failure,
			    "The address or length 0x%" PRIx64 " is not a multiple of %" PRIu64 " bytes.", v.given,
			    v.wanted);
	default:
		return fail(diagnosis, failure, "The field %s has 0x%" PRIx64 ", which has no meaning.",
			    v.offset == offsetof(ringline_raw_command, flags) ? "flags" : "reserved0", v.given);
	}
}

} // namespace ringline::nvme
