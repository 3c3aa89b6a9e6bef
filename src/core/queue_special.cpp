// SPDX-License-Identifier: MIT OR Apache-2.0
// Commands that are not ordinary (nvme/special.cpp), among them those whose memory is in pieces. They are pushed beside
// the data path of the others, so that those do not pay for them.
#include "core/queue.h"

#include "base/own_pages.h"

#include <cerrno>

namespace ringline::core
{

// Does any of its memory lie in an attached buffer: a segment, the array of them, or metadata?
bool Queue::touches_memory(const ringline_command &command) const
{
	const auto *segments = reinterpret_cast<const ringline_segment *>(command.address);
	const auto array_bytes = static_cast<std::uint32_t>(command.segments * sizeof(ringline_segment));
	bool touches = find_memory({command.address, array_bytes}) != no_memory;
	for (std::uint32_t i = 0; i < command.segments; ++i) {
		const Span piece = {segments[i].address, static_cast<std::uint32_t>(segments[i].length)};
		touches = touches || find_memory(piece) != no_memory;
	}
	return touches || find_memory({command.metadata_address, command.metadata_length}) != no_memory;
}

// What the command's device reads of metadata lands in pages of this process alone: 0, or -EFAULT. Only a ring needs
// this, and only where a kernel is behind it; Passthrough does it for its own calls.
std::int32_t Queue::ready_metadata(const Attachment &attachment, std::uint8_t opcode, const Span &metadata) const
{
	const bool by_ring = engine_ == RINGLINE_ENGINE_URING && !attachment.target.task;
	return metadata.length != 0 && by_ring && (opcode & 2) != 0 ? own_pages(metadata.address, metadata.length) : 0;
}

// A valid one. It holds every attached buffer while it is in flight, if it touches one: which ones it are is not worth
// remembering.
std::int32_t Queue::push_vectored(Attachment &attachment, const ringline_command &command, const nvme::Tags *tags)
{
	if (in_flight_ == depth_) {
		return -EAGAIN;
	}
	const std::uint32_t number = engine::slot_of(free_[in_flight_]);
	Slot &slot = slots_[number];
	const std::uint64_t tag = slot.tag(number);
	const bool pushed = with_engine([&](auto &engine) {
		ringline_nvme_command *wire = engine.push(attachment.target, tag, engine::not_fixed);
		if (wire == nullptr) {
			return false;
		}
		nvme::encode_special(attachment.geometry, command, tags, wire);
		engine.vector_last(attachment.target, tag, command.segments);
		return true;
	});
	if (!pushed) {
		return -EAGAIN;
	}
	const bool touches = touches_memory(command);
	slot.user_data = command.user_data;
	slot.word |= Slot::facts(attachment.target.file, touches ? straddles : no_memory, in_flight_mark);
	++in_flight_;
	++attachment.in_flight;
	straddling_ += touches ? 1 : 0;
	stamp(number);
	return 0;
}

// A valid one.
std::int32_t Queue::push_special(Attachment &attachment, const ringline_command &command, const nvme::Tags *tags)
{
	const Span metadata = {command.metadata_address, command.metadata_length};
	if (const std::int32_t error = ready_metadata(attachment, command.opcode, metadata); error < 0) {
		return error;
	}
	if ((command.flags & RINGLINE_VECTORED) != 0) {
		return push_vectored(attachment, command, tags);
	}
	ringline_nvme_command *wire = place(attachment, {command.address, command.length}, metadata, command.user_data);
	if (wire == nullptr) {
		return -EAGAIN;
	}
	nvme::encode_special(attachment.geometry, command, tags, wire);
	return 0;
}

std::int32_t Queue::push_one_extended(const ringline_command_extended &command)
{
	std::int32_t missing = 0;
	Attachment *attachment = find_proved(command.base.device, &missing);
	if (attachment == nullptr) {
		return missing;
	}
	const nvme::Tags tags = nvme::tags_of(command);
	const nvme::Violation violation = nvme::validate_extended(attachment->geometry, command);
	return violation.error < 0 ? violation.error : push_special(*attachment, command.base, &tags);
}

std::int32_t Queue::push_extended(const ringline_command_extended *commands, std::uint32_t count)
{
	if (const std::int32_t error = admit(); error < 0) {
		return error;
	}
	for (std::uint32_t done = 0; done < count; ++done) {
		if (const std::int32_t error = push_one_extended(commands[done]); error < 0) {
			return done != 0 ? static_cast<std::int32_t>(done) : error;
		}
	}
	return static_cast<std::int32_t>(count);
}

} // namespace ringline::core
