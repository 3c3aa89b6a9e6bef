// SPDX-License-Identifier: MIT OR Apache-2.0
// Rings that poll: for submissions by a thread of the kernel (SQPOLL), or for completions by whoever waits (IOPOLL).
#include "engine/uring.h"

#include <sched.h>

#include <algorithm>
#include <cerrno>

namespace ringline::engine
{

// The kernel's thread may be behind what was published.
std::uint32_t Uring::free_entries() const
{
	const std::uint32_t taken = sqpoll_ ? io_uring_smp_load_acquire(ring_.sq.khead) : submitted_;
	return sq_mask_ + 1 - (tail_ - taken);
}

// The ring is as large as the depth, so there is room as soon as the kernel's thread has taken what was published:
// rarely not yet, when entries of the library's own are among that.
void Uring::await_room()
{
	while (free_entries() == 0 && tail_ - submitted_ <= sq_mask_) {
		(void)enter(0, 0, IORING_ENTER_SQ_WAIT | IORING_ENTER_SQ_WAKEUP, -1);
		(void)::sched_yield(); // to that thread: for the kernel, entries that are not published leave room
	}
}

// What is published counts as submitted: nobody can take it back.
Progress Uring::advance_sqpoll(bool submit, std::uint32_t min, std::int64_t timeout_ns)
{
	const bool may_submit = submit || tail_ == submitted_;
	if (armed_ == Arm::absent && may_submit) {
		place_bell();
	}
	rang_ = false;
	std::uint32_t submitted = 0;
	if (may_submit && tail_ != submitted_) {
		run_tasks();
		submitted = account_to(tail_);
		__atomic_store_n(sq_tail_, tail_, __ATOMIC_SEQ_CST);
	}
	// The thread sets the flag before it looks at the tail for the last time: so the tail must be there before the
	// flag is read. (A fence would do too, but ThreadSanitizer knows none.)
	const bool asleep = (__atomic_load_n(ring_.sq.kflags, __ATOMIC_SEQ_CST) & IORING_SQ_NEED_WAKEUP) != 0;
	const bool behind = free_entries() != sq_mask_ + 1 - (tail_ - submitted_);
	const std::uint32_t wake = asleep && behind ? IORING_ENTER_SQ_WAKEUP : 0;
	Progress progress;
	progress.submitted = submitted;
	if (min != 0 && ready() < min) {
		// See advance_once(). The bell is not stretched: commands go without calls here, and waits are few.
		const bool sure = armed_ == Arm::armed && min <= reach_;
		Call call = {.min = min, .sliced = false, .limit_ns = timeout_ns, .began_ns = 0, .result = 0};
		if (!sure) {
			call.limit_ns = shorter(timeout_ns, slice_ns);
			call.sliced = call.limit_ns != timeout_ns;
			call.began_ns = coarse_now_ns();
		}
		progress.error = std::min(enter(0, min, IORING_ENTER_GETEVENTS | wake, call.limit_ns), 0);
		progress.interrupted = progress.error == 0 && ready() < min && !more_to_come();
		continue_slices(call, &progress);
	} else if (wake != 0) {
		progress.error = std::min(enter(0, 0, wake, -1), 0);
	}
	return progress;
}

// A wait ended with fewer events than asked for. A timer or the bell ends it before the kernel's thread has shown their
// events; a signal, or the time, would have been told if there were no events at all.
bool Uring::more_to_come()
{
	constexpr std::int64_t patience_ns = 20'000'000;
	const std::uint32_t before = ready();
	if (before != 0 && !timer_fired()) {
		(void)enter(0, before + 1, IORING_ENTER_GETEVENTS, patience_ns);
		return ready() != before;
	}
	return true;
}

// Such a ring has neither a bell nor timers, and a wait in the kernel knows no limit of time: one that has a limit
// looks once, and the caller comes back until the time is up. The kernel also ends a wait early when there is anything
// in the completion queue, or when another thread wants the CPU: no reason to think of a signal.
Progress Uring::advance_iopoll(bool submit, std::uint32_t min, std::int64_t timeout_ns)
{
	const std::uint32_t to_submit = submit ? tail_ - submitted_ : 0;
	if (to_submit != 0) {
		io_uring_smp_store_release(sq_tail_, tail_);
	}
	const bool look = min != 0 || to_submit == 0;
	const std::int32_t result = enter(to_submit, timeout_ns < 0 ? min : 0, look ? IORING_ENTER_GETEVENTS : 0U, -1);
	Progress progress;
	progress.submitted = to_submit != 0 ? account() : 0;
	progress.error = result < 0 ? result : 0;
	return progress;
}

} // namespace ringline::engine
