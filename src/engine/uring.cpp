// SPDX-License-Identifier: MIT OR Apache-2.0
// The data path of the io_uring engine.
#include "engine/uring.h"

#include "base/clock.h"
#include "base/errno_guard.h"

#include <linux/nvme_ioctl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/uio.h>

#include <algorithm>
#include <bit>
#include <cassert>
#include <cerrno>
#include <cstring>
#include <ctime>

namespace ringline::engine
{

static_assert(sizeof(ringline_nvme_command) == sizeof(nvme_uring_cmd));
static_assert(offsetof(ringline_nvme_command, address) == offsetof(nvme_uring_cmd, addr));
static_assert(offsetof(ringline_nvme_command, cdw10) == offsetof(nvme_uring_cmd, cdw10));
static_assert(offsetof(ringline_nvme_command, timeout_ms) == offsetof(nvme_uring_cmd, timeout_ms));
static_assert(sizeof(ringline_segment) == sizeof(iovec) || sizeof(void *) != 8);
static_assert(offsetof(ringline_segment, length) == offsetof(iovec, iov_len) || sizeof(void *) != 8);
static_assert(NVME_URING_CMD_IO_VEC == 0xC0484E81U, "_IOWR('N', 0x81, struct nvme_uring_cmd)");

static_assert(NVME_URING_CMD_ADMIN == 0xC0484E82U, "_IOWR('N', 0x82, struct nvme_uring_cmd)");

struct Uring::Entry {
	std::uint8_t opcode = 0;
	std::uint8_t flags = 0;
	std::uint16_t ioprio = 0;
	std::int32_t fd = 0;
	std::uint64_t offset = 0; // cmd_op for URING_CMD
	std::uint64_t address = 0;
	std::uint32_t length = 0;
	std::uint32_t operation_flags = 0; // uring_cmd_flags
	std::uint64_t tag = 0;
	std::uint16_t buffer_index = 0;
	std::uint16_t personality = 0;
	std::int32_t splice_fd = 0;
	ringline_nvme_command command = {};
	std::uint64_t padding = 0;
};

Uring::Entry *Uring::entry(std::uint32_t position)
{
	static_assert(NVME_URING_CMD_IO == command_operation, "_IOWR('N', 0x80, struct nvme_uring_cmd)");
	static_assert(sizeof(Entry) == 128);
	static_assert(offsetof(Entry, offset) == offsetof(io_uring_sqe, cmd_op));
	static_assert(offsetof(Entry, operation_flags) == offsetof(io_uring_sqe, rw_flags));
	static_assert(offsetof(Entry, tag) == offsetof(io_uring_sqe, user_data));
	static_assert(offsetof(Entry, buffer_index) == offsetof(io_uring_sqe, buf_index));
	static_assert(offsetof(Entry, command) == offsetof(io_uring_sqe, cmd));
	return reinterpret_cast<Entry *>(sqes_ + (position & sq_mask_) * entry_words);
}

std::int64_t Uring::shorter(std::int64_t timeout_ns, std::int64_t other_ns)
{
	return timeout_ns < 0 || other_ns < 0 ? std::max(timeout_ns, other_ns) : std::min(timeout_ns, other_ns);
}

std::int64_t Uring::coarse_now_ns()
{
	timespec now = {};
	(void)::clock_gettime(CLOCK_MONOTONIC_COARSE,
			      &now); // no system call, and a fifth of the price of the exact one
	return std::int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

Uring::Face Uring::face(std::uint32_t file, std::int32_t fixed)
{
	const Entry entry = {.opcode = IORING_OP_URING_CMD,
			     .flags = IOSQE_FIXED_FILE,
			     .fd = static_cast<std::int32_t>(file),
			     .offset = command_operation,
			     .operation_flags = fixed >= 0 ? IORING_URING_CMD_FIXED : 0U,
			     .buffer_index = static_cast<std::uint16_t>(fixed >= 0 ? fixed : 0)};
	std::uint64_t words[entry_words];
	std::memcpy(words, &entry, sizeof entry);
	return {.first = {words[0], words[1]}, .second = {words[2], words[3]}, .buffer = words[5]};
}

ringline_nvme_command *Uring::push(const Target &target, std::uint64_t tag, std::int32_t fixed)
{
	if (tail_ - submitted_ > sq_mask_) [[unlikely]] {
		return nullptr;
	}
	if (sqpoll_) [[unlikely]] {
		await_room();
	}
	Entry *at = entry(tail_);
	if (target.task) [[unlikely]] {
		*at = Entry{.opcode = IORING_OP_NOP, .tag = tag};
		if (task_entries_ == 0) {
			executed_ = tail_; // what is before it are no tasks
		}
		++tail_;
		soil();
		++task_entries_;
		Task &task = (*tasks_)[slot_of(tag)];
		task.device = target.device;
		task.segments = 0;
		task.admin = false;
		return &task.command;
	}
	at->opcode = IORING_OP_URING_CMD;
	at->flags = IOSQE_FIXED_FILE;
	at->ioprio = 0;
	at->fd = static_cast<std::int32_t>(target.file);
	at->offset = command_operation;
	at->address = 0;
	at->length = 0;
	at->operation_flags = fixed >= 0 ? IORING_URING_CMD_FIXED : 0;
	at->tag = tag;
	at->buffer_index = static_cast<std::uint16_t>(fixed >= 0 ? fixed : 0);
	at->personality = 0;
	at->splice_fd = 0;
	at->padding = 0;
	++tail_;
	soil();
	return &at->command;
}

// For the kernel, the length of a vectored command is the number of its segments.
void Uring::vector_last(const Target &target, std::uint64_t tag, std::uint32_t segments)
{
	if (target.task) {
		(*tasks_)[slot_of(tag)].segments = segments;
		return;
	}
	Entry *at = entry(tail_ - 1);
	at->offset = NVME_URING_CMD_IO_VEC;
	at->command.data_length = segments;
}

void Uring::admin_last(const Target &target, std::uint64_t tag)
{
	if (target.task) {
		(*tasks_)[slot_of(tag)].admin = true;
		return;
	}
	entry(tail_ - 1)->offset = NVME_URING_CMD_ADMIN;
}

// Carries out simulated commands in the order in which they were pushed, before the kernel gets the entries that
// complete them.
void Uring::run_tasks()
{
	const ErrnoGuard keep;
	for (; task_entries_ != 0; ++executed_) {
		Entry *at = entry(executed_);
		if (at->opcode != IORING_OP_NOP || at->tag >= ignored_tag) {
			continue;
		}
		--task_entries_;
		Task &task = (*tasks_)[slot_of(at->tag)];
		task.verdict = task.execute();
		if (task.verdict.delay_ns == 0) {
			continue;
		}
		++timers_;
		constexpr std::uint64_t second = 1'000'000'000;
		task.delay_seconds = static_cast<std::int64_t>(task.verdict.delay_ns / second);
		task.delay_nanoseconds = static_cast<std::int64_t>(task.verdict.delay_ns % second);
		*at = Entry{.opcode = IORING_OP_TIMEOUT,
			    .fd = -1,
			    .address = reinterpret_cast<std::uintptr_t>(&task.delay_seconds),
			    .length = 1,
			    .tag = at->tag};
	}
	executed_ = tail_;
}

std::int32_t Uring::enter(std::uint32_t to_submit, std::uint32_t min, std::uint32_t flags, std::int64_t timeout_ns)
{
	constexpr std::int64_t second = 1'000'000'000;
	__kernel_timespec limit = {};
	io_uring_getevents_arg argument = {};
	const void *pointer = nullptr;
	std::size_t bytes = 0;
	if (timeout_ns == slice_ns) {
		pointer = slice_.pointer;
		bytes = slice_.bytes;
		flags |= slice_.flags;
	} else if (timeout_ns > 0) {
		limit = {timeout_ns / second, timeout_ns % second};
		argument.ts = reinterpret_cast<std::uintptr_t>(&limit);
		pointer = &argument;
		bytes = sizeof argument;
		flags |= IORING_ENTER_EXT_ARG;
	}
	++enters_;
	return uring_enter(ring_.enter_ring_fd, to_submit, min, flags | enter_flags_, pointer, bytes);
}

// What the kernel took is told by its head of the submission queue alone: the return value hides it on some errors, and
// errors behind it.
std::uint32_t Uring::account()
{
	return account_to(io_uring_smp_load_acquire(ring_.sq.khead));
}

// Counts what is before this position as submitted.
std::uint32_t Uring::account_to(std::uint32_t head)
{
	std::uint32_t events = head - submitted_;
	if (skipped_ != 0) [[unlikely]] {
		for (std::uint32_t at = submitted_; at != head; ++at) {
			if (entry(at)->tag >= ignored_tag) {
				--skipped_;
				--events;
			}
		}
	}
	if (armed_ == Arm::placed && static_cast<std::int32_t>(head - bell_end_) >= 0) {
		armed_ = Arm::armed;
		rang_ = false; // so it is whenever the queue is straight
	}
	submitted_ = head;
	running_ += events;
	return events;
}

Progress Uring::advance(bool submit, std::uint32_t min, std::int64_t timeout_ns)
{
	if (sqpoll_ || iopoll_) [[unlikely]] {
		return sqpoll_ ? advance_sqpoll(submit, min, timeout_ns) : advance_iopoll(submit, min, timeout_ns);
	}
	// A full ring goes first where a wait needs the bell: else a queue that is always full would never have one.
	std::uint32_t submitted = 0;
	if (submit && min != 0 && armed_ == Arm::absent && free_entries() < reach_wanted_) [[unlikely]] {
		const Progress progress = advance_once(true, 0, -1);
		if (progress.error != 0) {
			return progress;
		}
		submitted = progress.submitted;
	}
	Progress progress = advance_once(submit, min, timeout_ns);
	progress.submitted += submitted;
	return progress;
}

Progress Uring::advance_once(bool submit, std::uint32_t min, std::int64_t timeout_ns)
{
	// The bell goes in with whatever is submitted next, or alone.
	const bool may_submit = submit || tail_ == submitted_;
	if (armed_ == Arm::absent && may_submit) {
		place_bell();
	}
	if (armed_ == Arm::armed && min > reach_ && stretch_bell(min)) {
		min = reach_; // which is what it brings now
	}
	const bool armed = armed_ == Arm::armed || (armed_ == Arm::placed && may_submit);
	rang_ = false;
	std::uint32_t to_submit = 0;
	if (may_submit && tail_ != submitted_) {
		run_tasks();
		io_uring_smp_store_release(sq_tail_, tail_);
		to_submit = tail_ - submitted_;
	}
	// Where the bell does not reach, its timer ends a wait only if it fires while the wait lasts: not in the
	// instant before the kernel begins to, nor when an earlier bell has not been taken yet. And a movable ring's
	// bell rings on the thread that placed it, which may be held up. Such waits are cut into slices.
	const bool sure = min == 0 || (armed && min <= reach_ && !movable_);
	const bool look = min != 0 || to_submit == 0;
	const Progress progress =
		call(to_submit, min, look ? IORING_ENTER_GETEVENTS : 0U, timeout_ns, sure ? timeout_ns : slice_ns);
	if (armed_ == Arm::placed) [[unlikely]] {
		take_back_bell();
		if (progress.error < 0 && tail_ == submitted_ && min != 0) {
			// Only the bell was refused: no reason not to wait for what is running.
			Progress rest = call(0, min, IORING_ENTER_GETEVENTS, timeout_ns, slice_ns);
			rest.submitted += progress.submitted;
			return rest;
		}
	}
	return progress;
}

// One system call, which waits for no longer than the second limit; reaching that one is not the end of the wait.
Progress Uring::call(std::uint32_t to_submit, std::uint32_t min, std::uint32_t flags, std::int64_t timeout_ns,
		     std::int64_t slice)
{
	const std::int64_t limit_ns = shorter(timeout_ns, slice);
	const bool sliced = limit_ns != timeout_ns;
	const std::int64_t began_ns = sliced ? coarse_now_ns() : 0;
	const std::int32_t result = enter(to_submit, min, flags, min != 0 ? limit_ns : -1);
	return conclude({.min = min, .sliced = sliced, .limit_ns = limit_ns, .began_ns = began_ns, .result = result});
}

Progress Uring::conclude(const Call &call)
{
	Progress progress;
	progress.submitted = tail_ != submitted_ ? account() : 0;
	progress.error = call.result < 0 ? call.result : 0;
	// -EINTR and -ETIME hide behind a count: fewer events than asked for, after everything was taken, tell.
	progress.interrupted = call.result >= 0 && tail_ == submitted_ && ready() < call.min && !timer_fired();
	continue_slices(call, &progress);
	return progress;
}

void Uring::continue_slices(const Call &call, Progress *progress)
{
	// The coarse clock of the beginning is never ahead, so no slice's end is taken for a signal; a signal in the
	// last tick of a slice can be taken for its end.
	const bool over = progress->error == -ETIME ||
			  (progress->interrupted && call.sliced && now_ns() - call.began_ns >= call.limit_ns);
	if (call.sliced && over) {
		progress->interrupted = false; // a slice of the wait is over, not the wait
		progress->error = 0;
	}
}

// A timer that fires ends every wait early, whatever the minimum (io_uring/io_uring.h, io_should_wake), and so looks
// like a signal; but it is there to be seen, at the latest when its deferred work has run.
bool Uring::timer_fired()
{
	if (hidden_work()) {
		(void)enter(0, 0, IORING_ENTER_GETEVENTS, -1);
	}
	const std::uint32_t tail = io_uring_smp_load_acquire(cq_tail_);
	for (std::uint32_t at = *cq_head_; at != tail; ++at) {
		if (cqes_[std::size_t{at & cq_mask_} << cqe_shift].res == -ETIME) {
			return true;
		}
	}
	return false;
}

bool Uring::withdraw(std::uint64_t tag)
{
	for (std::uint32_t at = submitted_; at != tail_; ++at) {
		Entry *found = entry(at);
		if (found->tag != tag) {
			continue;
		}
		if (found->opcode != IORING_OP_URING_CMD) {
			if (static_cast<std::int32_t>(at - executed_) < 0) {
				return false; // carried out already; the kernel was short of memory for its completion
			}
			--task_entries_;
		}
		// In place, so that the entries behind it keep their order; no event: the queue completes it itself.
		*found = Entry{.opcode = IORING_OP_NOP, .flags = IOSQE_CQE_SKIP_SUCCESS, .tag = ignored_tag};
		++skipped_;
		trim();
		soil();
		return true;
	}
	return false;
}

// Gives back the room of withdrawn entries that nothing follows, so that they cannot fill the ring of a queue that has
// nothing left to submit. The kernel looks at the tail only when it is asked to submit.
void Uring::trim()
{
	while (tail_ != submitted_ && entry(tail_ - 1)->tag == ignored_tag) {
		--tail_;
		--skipped_;
	}
	if (static_cast<std::int32_t>(executed_ - tail_) > 0) {
		executed_ = tail_;
	}
}

std::int32_t Uring::fixed_index(std::uint32_t buffer, std::uint64_t offset, std::uint32_t length,
				std::uint32_t segment_bytes) const
{
	const Pin &pin = pins_[buffer];
	if (pin.count == 0) {
		return not_fixed;
	}
	if (slot_bytes_ == 0) [[likely]] {
		return static_cast<std::int32_t>(pin.first);
	}
	// See the slots in uring_setup.cpp.
	constexpr std::uint64_t page = 4096;
	const std::uint64_t slot = offset / slot_bytes_;
	const std::uint64_t end = std::min((slot + 1) * slot_bytes_, pin.length);
	const bool whole = offset + length <= end;
	const bool near = end - offset / page * page < segment_bytes;
	return whole && near ? static_cast<std::int32_t>(pin.first + slot) : not_fixed;
}

// The bell: a poll on the waker, behind it a timer of no time, and behind that as many entries as make up the reach.
// The timer "fails", and with it all that is linked behind it. Each entry brings an event, which lies in the completion
// queue until it is taken. So a wait for no more than that ends whenever the bell rings, also in the instant before the
// kernel begins to wait, and no wait pays for it. A wait for more is ended by the timer: one that fires ends each that
// is under way, whatever the minimum (io_uring/io_uring.h, io_should_wake).
// That the poll is linked to something also makes it wake the waiting thread, which else Linux 6.7 and newer leave
// asleep until so many events are there as it waits for (io_req_local_work_add).
void Uring::place_bell()
{
	static constexpr __kernel_timespec no_time = {0, 0};
	if (free_entries() < reach_wanted_) {
		return;
	}
	reach_ = reach_wanted_;
	*entry(tail_++) = Entry{.opcode = IORING_OP_POLL_ADD,
				.flags = IOSQE_IO_LINK,
				.fd = waker_->fd(),
				.operation_flags = POLLIN,
				.tag = wake_tag};
	*entry(tail_++) = Entry{.opcode = IORING_OP_TIMEOUT,
				.flags = static_cast<std::uint8_t>(reach_ > 2 ? IOSQE_IO_LINK : 0),
				.fd = -1,
				.address = reinterpret_cast<std::uintptr_t>(&no_time),
				.length = 1,
				.tag = bell_tag};
	for (std::uint32_t i = 2; i < reach_; ++i) {
		// Fails by itself too, as there is no such timer.
		*entry(tail_++) = Entry{.opcode = IORING_OP_TIMEOUT_REMOVE,
					.flags = static_cast<std::uint8_t>(i + 1 < reach_ ? IOSQE_IO_LINK : 0),
					.fd = -1,
					.address = ignored_tag,
					.tag = bell_tag};
	}
	soil();
	skipped_ += reach_;
	bell_end_ = tail_;
	armed_ = Arm::placed;
}

// The kernel was short of memory, and did not take all of the bell: what it has rings as far as it reaches, and the
// rest must not fill the ring.
void Uring::take_back_bell()
{
	const std::uint32_t first = bell_end_ - reach_;
	const bool some = static_cast<std::int32_t>(submitted_ - first) > 0;
	const std::uint32_t end = some ? submitted_ : first;
	skipped_ -= tail_ - end;
	tail_ = end;
	bell_end_ = end;
	soil();
	reach_ = some ? end - first : reach_;
	armed_ = some ? Arm::armed : Arm::absent;
}

// Rings the bell, so that it is placed again with a longer reach: only for a program that waits for so many. False if
// it has the longest.
bool Uring::stretch_bell(std::uint32_t min)
{
	const std::uint32_t wanted = std::min(std::bit_ceil(min), reach_max_);
	if (wanted <= reach_) {
		return false;
	}
	reach_wanted_ = std::max(reach_wanted_, wanted);
	waker_->ring();
	return true;
}

// Ends timers of simulated commands, so that the ring can be waited empty. A command that the device has is not
// cancelable and runs on.
void Uring::cancel_timers()
{
	*entry(tail_) = Entry{.opcode = IORING_OP_ASYNC_CANCEL,
			      .operation_flags = IORING_ASYNC_CANCEL_ALL | IORING_ASYNC_CANCEL_ANY,
			      .tag = ignored_tag};
	++tail_;
	soil();
	++skipped_;
}

void Uring::woken()
{
	waker_->silence();
	rang_ = true;
	armed_ = Arm::absent; // the next advance() places it again
}

} // namespace ringline::engine
