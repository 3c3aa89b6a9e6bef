// SPDX-License-Identifier: MIT OR Apache-2.0
// The straight way through a queue: runs of plain commands to one device of the kernel's through the ring, and the
// successes that come back. What is here is inlined into the entry points of src/capi, for two reasons: after a system
// call each return is mispredicted, so there should be one; and the counts of a whole run are kept in registers.
// Whatever is not straight is left to the general way (queue.cpp), before anything is changed.
#pragma once

#include "core/queue.h"

#include <algorithm>
#include <cassert>
#include <cstdint>

namespace ringline::core
{

/// Writes one entry and one slot. Pure: what the entry has in common with the last ones is there already.
[[gnu::always_inline]] inline void Queue::place_plain(const nvme::CommandWords &command,
						      const nvme::PlainTransfer &transfer, const Recent &recent,
						      bool pure, std::uint64_t *entry, std::uint32_t offset,
						      Slot *slots)
{
	Slot &slot = slot_at(slots, offset);
	const std::uint64_t word = slot.word; // its low half is 0
	std::uint64_t *wire = engine::Uring::write_tag(entry, word + offset);
	if (!pure) {
		engine::Uring::write_face(entry, recent.face);
		nvme::encode_constants(wire);
	}
	nvme::encode_plain(transfer, recent.limits.nsid_word, wire);
	slot.user_data = command.user_data;
	slot.word = word + recent.facts;
}

[[gnu::always_inline]] inline void Queue::count_pushed(std::uint32_t count)
{
	uring_.take(count);
	in_flight_ += count;
	recent_.attachment->in_flight += count;
	if (recent_.memory != nullptr) {
		recent_.memory->in_flight += count;
	}
}

/// A run of one, without what only pays for more.
[[gnu::always_inline]] inline std::uint32_t Queue::push_single(const nvme::CommandWords &command)
{
	const Recent &recent = recent_;
	nvme::PlainTransfer transfer;
	if (command.device != recent.attachment->handle.value || in_flight_ == depth_ ||
	    !nvme::is_plain(command, recent.limits, &transfer) ||
	    (recent.memory != nullptr && !recent.memory->holds(transfer))) [[unlikely]] {
		return 0;
	}
	place_plain(command, transfer, recent, uring_.pure(), uring_.room().words, free_[in_flight_], slots_.begin());
	count_pushed(1);
	return 1;
}

/// Whether the facts of where the last command went are still what they were, and the ring has room for a full queue.
[[gnu::always_inline]] inline bool Queue::may_be_plain() const
{
	const Attachment *attachment = recent_.attachment;
	return attachment != nullptr && attachment->target.device->state() == attachment->state && uring_.roomy();
}

/// Pushes as many as are plain and go where the last one went; how many that were.
[[gnu::always_inline]] inline std::uint32_t Queue::push_plain(const nvme::CommandWords *commands, std::uint32_t count)
{
	const Attachment *attachment = recent_.attachment;
	if (attachment == nullptr || attachment->target.device->state() != attachment->state || !uring_.roomy())
		[[unlikely]] {
		return 0;
	}
	return count == 1 ? push_single(*commands) : push_run(commands, count);
}

[[gnu::always_inline]] inline std::int32_t Queue::push(const nvme::CommandWords *commands, std::uint32_t count)
{
	std::uint32_t done = 0;
	if (admitted()) [[likely]] {
		done = push_plain(commands, count);
	}
	return done == count ? static_cast<std::int32_t>(done) : push_rest(commands, done, count);
}

/// A completion in two halves that are written as words.
struct [[gnu::may_alias]] CompletionWords {
	std::uint64_t user_data;
	std::uint64_t result;
	std::uint64_t device;
	std::uint64_t outcome; ///< error, status, flags.
};
static_assert(sizeof(CompletionWords) == sizeof(ringline_completion));
static_assert(offsetof(CompletionWords, device) == offsetof(ringline_completion, device));
static_assert(offsetof(CompletionWords, outcome) == offsetof(ringline_completion, error));

/// push() of one command that is in registers: it goes to memory only if it has to take the general way.
[[gnu::always_inline]] inline std::int32_t Queue::push_value(const nvme::CommandWords &command)
{
	if (admitted() && may_be_plain() && push_single(command) != 0) [[likely]] {
		return 0;
	}
	const nvme::CommandWords copy = command;
	const std::int32_t pushed = push_rest(&copy, 0, 1);
	return pushed < 0 ? pushed : 0;
}

/// Delivers successes that lie in a row, as long as they are of the device and the buffer that was pushed to last. How
/// many these were; *rest is true if more was visible that the caller has room for.
[[gnu::always_inline]] inline std::uint32_t Queue::reap_straight(const engine::Uring::Visible &visible,
								 ringline_completion *completions, std::uint32_t max,
								 bool *rest)
{
	const std::uint32_t most = std::min(visible.total, max);
	const io_uring_cqe *cqe = visible.first;
	const io_uring_cqe *const end = cqe + (std::size_t{std::min(visible.count, most)} << engine::Uring::cqe_shift);
	auto *out = reinterpret_cast<CompletionWords *>(completions);
	Slot *slots = slots_.begin();
	std::uint32_t *free = free_.begin() + in_flight_;
	const std::uint64_t device = recent_.attachment->handle.value;
	const auto facts = static_cast<std::uint32_t>(recent_.facts);
	const std::uint64_t freed = Slot::generation_step - facts;
	for (; cqe != end; cqe += std::size_t{1} << engine::Uring::cqe_shift) {
		if (cqe->res != 0) [[unlikely]] {
			break; // before its tag is believed: it may be the bell's, whose slot does not exist
		}
		assert(cqe->user_data < engine::Uring::ignored_tag);
		const auto offset = static_cast<std::uint32_t>(cqe->user_data);
		Slot &slot = slot_at(slots, offset);
		const std::uint64_t word = slot.word;
		if (static_cast<std::uint32_t>(word) != facts) [[unlikely]] {
			break;
		}
		assert(slot.tag(0) + offset == cqe->user_data);
		out->user_data = slot.user_data;
		out->result = cqe->big_cqe[0];
		out->device = device;
		out->outcome = 0;
		++out;
		slot.word = word + freed;
		*--free = offset;
	}
	const auto taken = static_cast<std::uint32_t>(out - reinterpret_cast<const CompletionWords *>(completions));
	recent_.attachment->in_flight -= taken;
	if (recent_.memory != nullptr) {
		recent_.memory->in_flight -= taken;
	}
	in_flight_ -= taken;
	uring_.consume(taken);
	*rest = taken != most;
	return taken;
}

[[gnu::always_inline]] inline std::int32_t Queue::submit_and_wait(ringline_completion *completions, std::uint32_t max,
								  std::uint32_t min, std::int64_t timeout_ns)
{
	if (!admitted() || !straight_ || waker_.woken() || seen_closings_ != closings() || timeout_ns >= 0)
		[[unlikely]] {
		return wait(completions, max, min, timeout_ns, true);
	}
	const std::uint32_t to_submit = uring_.pushed_straight();
	if (to_submit == 0) [[unlikely]] {
		return wait(completions, max, min, timeout_ns, true);
	}
	// All that is in flight is at the kernel or goes there now.
	const std::uint32_t want = std::min(min, in_flight_);
	engine::Uring::Slice slice;
	if (want > uring_.reach()) [[unlikely]] {
		if (uring_.may_reach_further()) {
			return wait(completions, max, min, timeout_ns, true);
		}
		slice = uring_.slice();
	}
	engine::Uring::Visible visible;
	const std::int32_t result = uring_.submit_straight(to_submit, want, slice, &visible);
	if (static_cast<std::uint32_t>(result) != to_submit || visible.total < want) [[unlikely]] {
		return wait_on({.completions = completions, .max = max, .min = min},
			       engine::Uring::call_of(want, slice, result));
	}
	uring_.took_straight(to_submit);
	bool rest = false;
	const std::uint32_t taken = reap_straight(visible, completions, max, &rest);
	if (rest) [[unlikely]] { // what was wanted may be among it
		return wait_rest({.completions = completions, .max = max, .min = min, .taken = taken});
	}
	return static_cast<std::int32_t>(taken);
}

} // namespace ringline::core
