// SPDX-License-Identifier: MIT OR Apache-2.0
#include "transfer.h"

#include "error.h"
#include "interrupt.h"
#include "units.h"

#include <fmt/format.h>
#include <poll.h>

#include <array>
#include <cerrno>
#include <cstdio>

namespace nvmectl
{
int badness(const CommandFailure &failure)
{
	return (failure.flags & RINGLINE_OUTCOME_UNKNOWN) != 0 ? 2 : failure.status != 0 ? 1 : 0;
}

Happened happened(const TransferResult &result, bool effect)
{
	Happened what;
	if (result.failure) {
		what.outcome_unknown = (result.failure->flags & RINGLINE_OUTCOME_UNKNOWN) != 0;
		what.status_error = result.failure->status != 0;
		what.transport_error = result.failure->error;
	}
	what.status_error = what.status_error || result.damage.has_value();
	what.miscompare = result.miscompare_lba.has_value();
	what.file_error = result.file_error != 0;
	what.input_short = result.input_short;
	what.device_full = result.device_full;
	what.interrupted = result.interrupted;
	what.effect = effect;
	return what;
}

Transfer::Transfer(const TransferSetup &setup) : setup_(setup), slots_(setup.plan.commands_in_flight)
{
	for (std::uint32_t i = 0; i < slots_.size(); ++i) {
		Slot &slot = slots_[i];
		slot.index = i;
		slot.data = setup_.queue->memory() + std::size_t{i} * setup_.copies * setup_.plan.slot_bytes;
		slot.metadata = slot.data + setup_.plan.metadata_offset;
		slot.read_back = setup_.copies > 1 ? slot.data + setup_.plan.slot_bytes : nullptr;
		slot.read_back_metadata = setup_.copies > 1 ? slot.metadata + setup_.plan.slot_bytes : nullptr;
		free_.push_back(static_cast<std::uint32_t>(slots_.size()) - 1 - i); // the first is taken first
	}
}

Transfer::Slot *Transfer::take_slot()
{
	if (free_.empty()) {
		return nullptr;
	}
	Slot *const slot = &slots_[free_.back()];
	free_.pop_back();
	slot->complete = false;
	return slot;
}

void Transfer::release(Slot &slot)
{
	free_.push_back(slot.index);
}

void Transfer::send(Slot &slot, std::uint8_t opcode, std::uint32_t flags)
{
	slot.opcode = opcode;
	const bool reads_back = opcode == RINGLINE_NVME_READ && slot.read_back != nullptr;
	ringline_command_extended command = {};
	ringline_command &base = command.base;
	base.user_data = slot.index;
	base.device = setup_.device->handle();
	base.opcode = opcode;
	base.flags = static_cast<std::uint16_t>(flags);
	base.lba = slot.lba;
	base.blocks = slot.blocks;
	if (opcode != RINGLINE_NVME_WRITE_ZEROES) {
		base.address = reinterpret_cast<std::uintptr_t>(reads_back ? slot.read_back : slot.data);
		base.length = slot.blocks * setup_.layout.step();
		base.metadata_length = slot.blocks * setup_.layout.apart();
		const std::byte *const metadata = reads_back ? slot.read_back_metadata : slot.metadata;
		base.metadata_address = base.metadata_length != 0 ? reinterpret_cast<std::uintptr_t>(metadata) : 0;
	}
	command.reference_tag = reference_tag(setup_.device->info(), slot.lba);
	const std::int32_t pushed = setup_.queue->push(command);
	if (pushed < 0) {
		CommandFailure failure{{slot.lba, slot.blocks}, opcode};
		failure.error = pushed;
		failure.flags = RINGLINE_NOT_SENT;
		fail(slot, failure);
		return;
	}
	slot.in_flight = true;
	++in_flight_;
}

void Transfer::take_completions(bool wait)
{
	std::array<ringline_completion, 64> completions;
	const bool can_wait = wait && in_flight_ > 0;
	const std::int64_t timeout_ns = !can_wait ? 0 : patience_ms() < 0 ? -1 : std::int64_t{patience_ms()} * 1000000;
	const std::int32_t taken = setup_.queue->take(completions, can_wait ? 1 : 0, timeout_ns);
	if (taken == -EAGAIN || taken == -EBUSY) {
		// The kernel is out of something that completions give back.
		(void)::poll(nullptr, 0, 1);
	} else if (taken < 0 && taken != -EINTR) {
		throw Error(Exit::internal, fmt::format("waiting on the queue: {} ({})", ringline_error_text(taken),
							ringline_error_name(taken)));
	}
	for (std::int32_t i = 0; i < taken; ++i) {
		finish(completions.at(static_cast<std::size_t>(i)));
	}
	setup_.progress->update(result_.done.blocks() * setup_.layout.block_size);
	notice_signals();
}

void Transfer::finish(const ringline_completion &completion)
{
	Slot &slot = slots_.at(completion.user_data);
	slot.in_flight = false;
	--in_flight_;
	const bool answered_well = (completion.status & RINGLINE_STATUS_CODE_MASK) == 0;
	const bool unknown = (completion.flags & RINGLINE_OUTCOME_UNKNOWN) != 0;
	if (completion.error == 0 && answered_well && !unknown) {
		on_success(slot);
		return;
	}
	if (stopping_ && completion.error == -ECANCELED && (completion.flags & RINGLINE_NOT_SENT) != 0) {
		release(slot); // taken back by stop(): neither done nor failed
		return;
	}
	CommandFailure failure{{slot.lba, slot.blocks}, slot.opcode, completion.status, completion.flags};
	failure.error = completion.error;
	fail(slot, failure);
}

void Transfer::fail(Slot &slot, const CommandFailure &failure)
{
	const bool unknown = (failure.flags & RINGLINE_OUTCOME_UNKNOWN) != 0;
	(unknown ? result_.unknown : result_.failed).add(slot.lba, slot.blocks);
	if (!result_.failure || badness(failure) > badness(*result_.failure)) {
		result_.failure = failure;
	}
	release(slot);
	stop();
}

void Transfer::stop()
{
	if (stopping_) {
		return;
	}
	stopping_ = true;
	for (const Slot &slot : slots_) {
		if (slot.in_flight) {
			// What the device has already cannot be taken back: then it is waited for.
			(void)ringline_cancel(setup_.queue->get(), slot.index);
		}
	}
}

void Transfer::notice_signals()
{
	const int signals = interrupt::count();
	if (signals == signals_seen_) {
		return;
	}
	const bool first = signals_seen_ == 0;
	signals_seen_ = signals;
	result_.interrupted = true;
	stop();
	if (setup_.notes && in_flight_ > 0) {
		setup_.progress->clear();
		const char *const text = first ? "nvmectl: interrupted: waiting for {} that the device has\n"
					       : "nvmectl: still waiting for {}: the device has them and goes on "
						 "using this memory, so stopping now is not safe\n";
		fmt::print(stderr, fmt::runtime(text), count_of(in_flight_, "command"));
	}
}

} // namespace nvmectl
