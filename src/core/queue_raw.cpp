// SPDX-License-Identifier: MIT OR Apache-2.0
// Commands in wire form.
#include "core/queue_path.h"

#include "nvme/raw.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <iterator>

namespace ringline::core
{

std::int32_t Queue::push_one_raw(const ringline_raw_command &raw)
{
	Attachment *attachment = find(raw.device);
	if (attachment == nullptr) {
		return explain_missing(raw.device);
	}
	const std::uint32_t state = attachment->target.device->state();
	if (state != attachment->state) {
		// Geometry that is not known, or a controller's, refuses what is proved against it; a raw command is
		// not.
		const std::int32_t error = renew(*attachment);
		if (error < 0 && (state & (device::Device::closed | device::Device::gone)) != 0) {
			return error;
		}
	}
	const ringline_nvme_command &command = raw.command;
	const nvme::Violation violation =
		nvme::check_raw(attachment->geometry, raw, attachment->target.device->harmless(command.opcode));
	if (violation.error < 0) {
		return violation.error;
	}
	const Span metadata = {command.metadata, command.metadata_length};
	if (const std::int32_t error = ready_metadata(*attachment, command.opcode, metadata); error < 0) {
		return error;
	}
	ringline_nvme_command *wire =
		place(*attachment, {command.address, command.data_length}, metadata, raw.user_data);
	if (wire == nullptr) {
		return -EAGAIN;
	}
	*wire = command;
	if ((raw.flags & RINGLINE_RAW_ADMIN) != 0) {
		const std::uint32_t number = engine::slot_of(free_[in_flight_ - 1]); // which place() has taken
		with_engine([&](auto &engine) { engine.admin_last(attachment->target, slots_[number].tag(number)); });
	}
	return 0;
}

// A run of plain ones: see push_run_in().
template <bool in_buffer> std::uint32_t Queue::push_raw_run(const nvme::RawWords *commands, std::uint32_t count)
{
	const auto [words, entries] = uring_.room();
	count = std::min({count, depth_ - in_flight_, entries});
	const std::uint64_t device = recent_.attachment->handle.value;
	const std::uint32_t *free = free_.begin() + in_flight_;
	const std::uint32_t *const end = free + count;
	for (std::uint64_t *entry = words; free != end; ++free, ++commands, entry += engine::Uring::entry_words) {
		if (commands->device != device || !nvme::is_plain(*commands, recent_.limits) ||
		    (in_buffer && (commands->bytes() == 0 ||
				   !recent_.memory->holds(commands->address(), commands->bytes())))) [[unlikely]] {
			break;
		}
		Slot &slot = slot_at(slots_.begin(), *free);
		std::uint64_t *wire = engine::Uring::write_tag(entry, slot.word + *free);
		engine::Uring::write_face(entry, recent_.face);
		std::memcpy(wire, commands->command, sizeof commands->command);
		wire[std::size(commands->command)] = 0;
		slot.user_data = commands->user_data;
		slot.word += recent_.facts;
	}
	const auto done = static_cast<std::uint32_t>(free - free_.begin()) - in_flight_;
	count_pushed(done);
	uring_.soil();
	return done;
}

std::int32_t Queue::push_raw(const ringline_raw_command *commands, std::uint32_t count)
{
	if (const std::int32_t error = admit(); error < 0) {
		return error;
	}
	std::uint32_t done = 0;
	while (done < count) {
		const auto *words = reinterpret_cast<const nvme::RawWords *>(commands + done);
		std::uint32_t more = 0;
		if (may_be_plain()) {
			more = memory_count_ == 0 ? push_raw_run<false>(words, count - done)
						  : push_raw_run<true>(words, count - done);
		}
		done += more;
		if (more != 0 || recall(commands[done].device)) {
			continue;
		}
		if (const std::int32_t error = push_one_raw(commands[done]); error < 0) {
			return done != 0 ? static_cast<std::int32_t>(done) : error;
		}
		++done;
	}
	return static_cast<std::int32_t>(count);
}

} // namespace ringline::core
