// SPDX-License-Identifier: MIT OR Apache-2.0
#include "core/transfer.h"

#include "base/clock.h"
#include "base/diagnosis.h"
#include "nvme/status.h"

#include <algorithm>
#include <cassert>
#include <cerrno>
#include <cstring>
#include <ctime>

namespace ringline::core
{

namespace
{

constexpr std::uint32_t halves_deep = 17; // from 65,536 blocks to one
constexpr std::uint32_t batch = 32;       // completions taken at once
constexpr std::int64_t millisecond = 1'000'000;
constexpr std::int64_t slice_ns = 20 * millisecond; // of a pause that a wake-up must be able to end
constexpr std::int64_t starved_ns = millisecond;
constexpr std::uint32_t starved_most = 10'000; // some ten seconds: then it is a failure like others

/// False: a signal came.
bool sleep_ns(std::int64_t ns)
{
	const timespec time = {.tv_sec = 0, .tv_nsec = static_cast<long>(ns)};
	return ::clock_nanosleep(CLOCK_MONOTONIC, 0, &time, nullptr) == 0;
}

bool succeeded(const ringline_completion &completion)
{
	return completion.error == 0 && (completion.status & RINGLINE_STATUS_CODE_MASK) == 0;
}

/// Nothing is wrong with such a command but when it came.
bool starved(const ringline_completion &completion)
{
	return (completion.flags & RINGLINE_NOT_SENT) != 0 &&
	       (completion.error == -EAGAIN || completion.error == -ENOMEM);
}

ringline_completion unsent(std::int32_t error)
{
	return {.user_data = 0, .result = 0, .device = {}, .error = error, .status = 0, .flags = RINGLINE_NOT_SENT};
}

} // namespace

std::int32_t Transfer::prepare(ringline_device device, const ringline_transfer_options &options,
			       ringline_diagnosis *diagnosis)
{
	ringline_queue_info info = {};
	ringline_device_info facts = {};
	std::int32_t error = queue_.examine(device, &info, &facts);
	if (error < 0) {
		return fail(diagnosis, {.error = error, .rule = RINGLINE_RULE_ARGUMENT, .given = device.value},
			    error == -EPERM ? "The queue belongs to another thread."
			    : error == -ENXIO
				    ? "The device is not attached to this queue."
				    : "The device cannot be used here: it was closed, has gone, or must be refreshed.");
	}
	if (info.in_flight != 0) {
		return fail(diagnosis, {.error = -EBUSY, .rule = RINGLINE_RULE_RESOURCE, .given = info.in_flight},
			    "%u commands are in flight on this queue: take their completions first.", info.in_flight);
	}
	error = plan_.make(device, facts, options, std::min(info.depth, room_.max), diagnosis);
	if (error < 0) {
		return error;
	}
	if (!pieces_.allocate(plan_.in_flight()) || !free_.allocate(plan_.in_flight()) ||
	    !again_.allocate(std::size_t{plan_.in_flight()} * halves_deep)) {
		return fail(diagnosis, {.error = -ENOMEM, .rule = RINGLINE_RULE_RESOURCE}, "Out of memory.");
	}
	for (std::uint32_t i = 0; i < plan_.in_flight(); ++i) {
		free_[i] = i;
	}
	next_ = options.lba;
	if (options.events_max != 0) {
		events_ = {reinterpret_cast<ringline_transfer_event *>(
				   static_cast<std::uintptr_t>(options.events_address)),
			   options.events_max};
	}
	return 0;
}

std::int32_t Transfer::run(ringline_device device, const ringline_transfer_options &options,
			   ringline_transfer_result *result, ringline_diagnosis *diagnosis)
{
	if (const std::int32_t error = prepare(device, options, diagnosis); error < 0) {
		return error;
	}
	done_.next_lba = plan_.end();
	for (;;) {
		fill();
		if (running_ != 0) {
			take();
		} else if (stopped_ || !more()) {
			break;
		} else {
			pause();
		}
	}
	report_lost();
	// What was cut and not done, and what was not cut.
	for (std::uint32_t i = 0; i < waiting_; ++i) {
		done_.next_lba = std::min(done_.next_lba, again_[i].lba);
	}
	done_.next_lba = std::min(done_.next_lba, next_);
	*result = done_;
	return static_cast<std::int32_t>(failures_);
}

void Transfer::fill()
{
	while (!stopped_ && running_ < plan_.in_flight()) {
		Piece piece = {};
		if (!next_piece(&piece) || !push(piece)) {
			return;
		}
	}
}

/// What is to be done again comes first, so that there is never much of it.
bool Transfer::next_piece(Piece *piece)
{
	const std::int64_t now = waiting_ != 0 ? now_ns() : 0;
	for (std::uint32_t i = waiting_; i != 0; --i) {
		if (again_[i - 1].not_before <= now) {
			*piece = again_[i - 1];
			again_[i - 1] = again_[--waiting_];
			return true;
		}
	}
	if (next_ == plan_.end() || !room_for(1) || waiting_ == again_.size()) {
		return false;
	}
	*piece = plan_.cut(next_);
	next_ += piece->blocks;
	return true;
}

/// False: it did not go.
bool Transfer::push(const Piece &piece)
{
	const std::uint32_t slot = free_[running_];
	const ringline_command_extended command = plan_.command(piece, slot);
	const std::int32_t pushed = queue_.push_extended(&command, 1);
	if (pushed == 1) {
		pieces_[slot] = piece;
		++pieces_[slot].attempts;
		pieces_[slot].number = static_cast<std::uint32_t>(done_.commands);
		++running_;
		++done_.commands;
		note(RINGLINE_TRANSFER_PUSHED, pieces_[slot], {});
		done_.retried += piece.attempts != 0 ? 1 : 0;
		return true;
	}
	if (pushed == -EAGAIN) {
		again_[waiting_++] = piece; // its place is free: it was either there or is in neither
		return false;
	}
	// The device went away or was formatted in between.
	report(piece, unsent(pushed));
	lost_ = pushed;
	stopped_ = true;
	return false;
}

std::int64_t Transfer::soonest() const
{
	std::int64_t first = INT64_MAX;
	for (std::uint32_t i = 0; i < waiting_; ++i) {
		first = std::min(first, again_[i].not_before);
	}
	return first;
}

void Transfer::take()
{
	ringline_completion completions[batch];
	const std::int64_t first = stopped_ || running_ == plan_.in_flight() ? INT64_MAX : soonest();
	const std::int64_t left = first == INT64_MAX ? -1 : std::max<std::int64_t>(first - now_ns(), 0);
	const std::int32_t taken = queue_.wait(completions, batch, 1, left, true);
	for (std::int32_t i = 0; i < taken; ++i) {
		settle(completions[i]);
	}
	if (taken == -EAGAIN || taken == -EBUSY) {
		(void)sleep_ns(starved_ns);
	} else if (taken == -EINTR || (taken == 0 && (left < 0 || now_ns() < first))) {
		stop();
	} else if (taken < 0) { // the ring is broken: what it has is still waited for
		stop();
		(void)sleep_ns(starved_ns);
	}
}

void Transfer::settle(const ringline_completion &completion)
{
	const auto slot = static_cast<std::uint32_t>(completion.user_data);
	Piece piece = pieces_[slot];
	pieces_[slot].blocks = 0; // not in flight
	free_[--running_] = slot;
	note(RINGLINE_TRANSFER_COMPLETED, piece, completion);
	if (succeeded(completion)) {
		done_.done_blocks += piece.blocks;
		return;
	}
	if (stopped_ && completion.error == -ECANCELED && (completion.flags & RINGLINE_NOT_SENT) != 0) {
		done_.next_lba = std::min(done_.next_lba, piece.lba); // taken back by stop()
		return;
	}
	if (!stopped_ && (try_again(&piece, completion) || narrow(piece, completion))) {
		return;
	}
	report(piece, completion);
}

bool Transfer::try_again(Piece *piece, const ringline_completion &completion)
{
	if (waiting_ == again_.size()) {
		return false;
	}
	if (starved(completion) && piece->starved < starved_most) {
		++piece->starved;
		--piece->attempts;
		piece->not_before = now_ns() + starved_ns;
		again_[waiting_++] = *piece;
		return true;
	}
	const ringline_status_info status = nvme::decode_status(completion.status);
	if (completion.error != 0 || status.retry == RINGLINE_RETRY_NEVER || !plan_.idempotent() ||
	    piece->attempts > plan_.retries()) {
		return false;
	}
	piece->not_before = now_ns() + plan_.retry_delay_ms(status.crd) * millisecond;
	again_[waiting_++] = *piece;
	return true;
}

bool Transfer::narrow(const Piece &piece, const ringline_completion &completion)
{
	if (!plan_.narrows() || completion.error != 0 || piece.blocks == 1 || !room_for(2) ||
	    again_.size() - waiting_ < 2) {
		return false;
	}
	const std::uint64_t half = piece.blocks / 2;
	again_[waiting_++] = {.lba = piece.lba + half, .blocks = piece.blocks - half};
	again_[waiting_++] = {.lba = piece.lba, .blocks = half};
	return true;
}

void Transfer::report(const Piece &piece, const ringline_completion &completion)
{
	assert(failures_ < room_.max);
	room_.first[failures_++] = {.lba = piece.lba,
				    .blocks = piece.blocks,
				    .result = completion.result,
				    .error = completion.error,
				    .status = completion.status,
				    .flags = completion.flags,
				    .attempts = piece.attempts,
				    .reserved0 = 0,
				    .reserved1 = 0};
	if (completion.error == -ENODEV) {
		lost_ = -ENODEV;
	}
	if (!plan_.goes_on() || lost_ != 0 || failures_ == room_.max) {
		stopped_ = true;
	}
}

/// Without the device, what waits to be done again never will be; there is room to say so, and then next_lba is exact.
void Transfer::report_lost()
{
	while (lost_ != 0 && waiting_ != 0) {
		report(again_[--waiting_], unsent(lost_));
	}
}

/// What there is no room for is only counted: a trace must not change what it traces.
void Transfer::note(std::uint32_t kind, const Piece &piece, const ringline_completion &completion)
{
	if (events_.empty()) {
		return;
	}
	if (done_.events < events_.size()) {
		events_[done_.events] = {.time_ns = static_cast<std::uint64_t>(now_ns()),
					 .lba = piece.lba,
					 .blocks = piece.blocks,
					 .result = completion.result,
					 .command = piece.number,
					 .kind = kind,
					 .error = completion.error,
					 .status = completion.status,
					 .flags = completion.flags,
					 .reserved0 = 0,
					 .reserved1 = 0};
	}
	++done_.events;
}

/// Interrupted: what the device does not have is taken back.
void Transfer::stop()
{
	done_.interrupted = 1;
	stopped_ = true;
	for (std::uint32_t slot = 0; slot < plan_.in_flight(); ++slot) {
		if (pieces_[slot].blocks != 0) {
			(void)queue_.cancel(slot);
		}
	}
}

/// Nothing runs, and what is to be done again has to wait. In slices, as nothing but time ends it.
void Transfer::pause()
{
	const std::int64_t left = soonest() - now_ns();
	if (left <= 0) {
		(void)queue_.submit(); // entries of cancelled commands are in the way
	} else if (!sleep_ns(std::min(left, slice_ns)) || queue_.woken()) {
		stop();
	}
}

} // namespace ringline::core
