// SPDX-License-Identifier: MIT OR Apache-2.0
// Completions that do not come straight from the engine: cancelled commands, and what fault rules of simulated devices
// hold back.
#include "core/queue.h"

#include "base/clock.h"
#include "base/errno_guard.h"

#include <algorithm>
#include <cassert>
#include <cerrno>

namespace ringline::core
{

namespace
{

constexpr device::Outcome not_sent = {.error = -ECANCELED, .flags = RINGLINE_NOT_SENT};
// The host cannot know what became of a command whose answer was lost.
constexpr device::Outcome lost = {.error = -ECANCELED, .flags = RINGLINE_OUTCOME_UNKNOWN};

} // namespace

void Queue::make_ready(std::uint32_t slot, End end)
{
	assert(ready_count_ < ready_.size());
	slots_[slot].word |= settled;
	ready_[(ready_first_ + ready_count_++) % ready_.size()] = {static_cast<std::uint16_t>(slot), end};
}

std::uint32_t Queue::take_ready(ringline_completion *completions, std::uint32_t max)
{
	std::uint32_t taken = 0;
	while (ready_count_ != 0 && taken < max) {
		const Ready ready = ready_[ready_first_];
		ready_first_ = static_cast<std::uint32_t>((ready_first_ + 1) % ready_.size());
		--ready_count_;
		const device::Outcome &outcome = ready.end == End::not_sent ? not_sent
						 : ready.end == End::lost   ? lost
									    : tasks_[ready.slot].verdict.outcome;
		deliver(&completions[taken++], ready.slot, outcome);
	}
	return taken;
}

void Queue::hold(std::uint32_t slot)
{
	assert(hold_count_ < holds_.size());
	holds_[hold_count_++] = {slot, tasks_[slot].verdict.hold};
}

// A completion of this device was delivered: what waits behind it comes one nearer.
void Queue::count_passing(std::uint16_t attachment)
{
	for (std::uint32_t i = 0; i < hold_count_; ++i) {
		Hold &hold = holds_[i];
		if (slots_[hold.slot].attachment() == attachment && hold.remaining != 0) {
			--hold.remaining;
		}
	}
}

// True: it is in ready_ now.
bool Queue::let_go(const Hold &hold)
{
	engine::Task &task = tasks_[hold.slot];
	const bool alone = with_engine([](auto &engine) { return engine.running() == 0; });
	const bool free = task.verdict.disposition == device::Disposition::reorder
				  ? hold.remaining == 0 || alone
				  : !task.device->holds(task.verdict.rule);
	if (!free) {
		return false;
	}
	if (!task.verdict.executed) {
		task.verdict.outcome = task.device->perform(task.command, task.segments);
	}
	make_ready(hold.slot, End::verdict);
	return true;
}

// True if something was let go.
bool Queue::settle_holds()
{
	const ErrnoGuard keep;
	const std::uint32_t before = hold_count_;
	std::uint32_t kept = 0;
	for (std::uint32_t i = 0; i < before; ++i) {
		const Hold hold = holds_[i];
		if (!let_go(hold)) {
			holds_[kept++] = hold;
		}
	}
	hold_count_ = kept;
	return kept != before;
}

// True: it will complete as cancelled.
bool Queue::cancel_slot(std::uint32_t number)
{
	const Slot &slot = slots_[number];
	const std::uint64_t tag = slot.tag(number);
	if (with_engine([&](auto &engine) { return engine.withdraw(tag); })) {
		make_ready(number, End::not_sent);
		return true;
	}
	for (std::uint32_t i = 0; i < hold_count_; ++i) {
		if (holds_[i].slot != number || tasks_[number].verdict.disposition != device::Disposition::drop) {
			continue;
		}
		std::copy(holds_.begin() + i + 1, holds_.begin() + hold_count_, holds_.begin() + i);
		--hold_count_;
		make_ready(number, End::lost);
		return true;
	}
	// Its event may still be on the way from the engine.
	const bool task = attachments_[slot.attachment()].target.task;
	if (task && with_engine([&](auto &engine) { return engine.decided(tag); })) {
		device::Verdict &verdict = tasks_[number].verdict;
		if (verdict.disposition == device::Disposition::drop) {
			verdict = {.outcome = lost};
			return true;
		}
	}
	return false;
}

std::int32_t Queue::overdue(std::uint64_t older_than_ns, std::uint64_t *user_data, std::uint32_t max)
{
	if (const std::int32_t error = admit(); error < 0) {
		return error;
	}
	if (pushed_at_.empty()) {
		return -EOPNOTSUPP;
	}
	const std::int64_t now = now_ns();
	std::uint32_t count = 0;
	for (std::uint32_t i = 0; i < depth_; ++i) {
		const Slot &slot = slots_[i];
		const bool waits = slot.is(in_flight_mark) && !slot.is(settled);
		if (waits && static_cast<std::uint64_t>(now - pushed_at_[i]) >= older_than_ns) {
			if (count < max) {
				user_data[count] = slot.user_data;
			}
			++count;
		}
	}
	return static_cast<std::int32_t>(count);
}

std::int32_t Queue::cancel(std::uint64_t user_data)
{
	if (const std::int32_t error = admit(); error < 0) {
		return error;
	}
	straight_ = false; // withdrawn entries stay in the ring
	std::int32_t found = 0;
	std::int32_t cancelled = 0;
	for (std::uint32_t i = 0; i < depth_; ++i) {
		const Slot &slot = slots_[i];
		if (!slot.is(in_flight_mark) || slot.user_data != user_data) {
			continue;
		}
		++found;
		cancelled += !slot.is(settled) && cancel_slot(i) ? 1 : 0;
	}
	if (cancelled != 0 && signal_.valid()) {
		Waker::raise(signal_.get());
	}
	if (found == 0) {
		return -ENOENT;
	}
	return cancelled != 0 ? cancelled : -EALREADY;
}

} // namespace ringline::core
