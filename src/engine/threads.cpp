// SPDX-License-Identifier: MIT OR Apache-2.0
#include "engine/threads.h"
#include "base/clock.h"
#include "base/errno_guard.h"

#include <poll.h>

#include <algorithm>
#include <cassert>
#include <cerrno>
#include <csignal>
#include <ctime>

namespace ringline::engine
{

namespace
{

constexpr std::uint64_t second_ns = 1'000'000'000;

timespec to_timespec(std::uint64_t ns)
{
	return {static_cast<time_t>(ns / second_ns), static_cast<long>(ns % second_ns)};
}

} // namespace

bool TagQueue::contains(std::uint64_t tag) const
{
	for (std::uint32_t i = 0; i < count_; ++i) {
		if (tags_[(first_ + i) % tags_.size()] == tag) {
			return true;
		}
	}
	return false;
}

bool TagQueue::remove(std::uint64_t tag)
{
	for (std::uint32_t i = 0; i < count_; ++i) {
		if (tags_[(first_ + i) % tags_.size()] != tag) {
			continue;
		}
		for (; i + 1 < count_; ++i) {
			tags_[(first_ + i) % tags_.size()] = tags_[(first_ + i + 1) % tags_.size()];
		}
		--count_;
		return true;
	}
	return false;
}

std::int32_t Threads::create(const Setup &setup, Array<Task> *tasks)
{
	tasks_ = tasks;
	waker_ = setup.waker;
	const bool allocated = pushed_.allocate(setup.depth) && waiting_.allocate(setup.depth) &&
			       done_.allocate(setup.depth) && timers_.allocate(setup.depth) &&
			       workers_.allocate(std::min(setup.workers, setup.depth));
	if (!allocated) {
		return -ENOMEM;
	}
	// The signals of the program are for its own threads.
	sigset_t all;
	sigset_t before;
	(void)::sigfillset(&all);
	(void)::pthread_sigmask(SIG_SETMASK, &all, &before);
	std::int32_t error = 0;
	std::size_t started = 0;
	for (; started < workers_.size() && error == 0; ++started) {
		error = -::pthread_create(&workers_[started], nullptr, work, this);
	}
	(void)::pthread_sigmask(SIG_SETMASK, &before, nullptr);
	if (error != 0) {
		join(started - 1);
	}
	return error;
}

void *Threads::work(void *self)
{
	static_cast<Threads *>(self)->serve();
	return nullptr;
}

// What every worker does until the end: timers that are due, then the oldest command.
void Threads::serve()
{
	pthread_mutex_lock(&lock_);
	while (!stop_) {
		std::uint64_t next_due_ns = 0;
		if (serve_timers(&next_due_ns)) {
			continue;
		}
		if (waiting_.count() != 0) {
			const std::uint64_t tag = waiting_.first();
			waiting_.drop_first();
			pthread_mutex_unlock(&lock_);
			run(tag);
			pthread_mutex_lock(&lock_);
		} else if (next_due_ns != 0) {
			const timespec until = to_timespec(next_due_ns);
			(void)::pthread_cond_clockwait(&work_there_, &lock_, CLOCK_MONOTONIC, &until);
		} else {
			pthread_cond_wait(&work_there_, &lock_);
		}
	}
	pthread_mutex_unlock(&lock_);
}

// Without the lock.
void Threads::run(std::uint64_t tag)
{
	Task &task = (*tasks_)[slot_of(tag)];
	task.verdict = task.execute();
	pthread_mutex_lock(&lock_);
	if (task.verdict.delay_ns != 0) {
		const auto now = static_cast<std::uint64_t>(now_ns());
		timers_[timer_count_++] = {tag, now + std::min(task.verdict.delay_ns, UINT64_MAX - now)};
		pthread_cond_signal(&work_there_); // an idle worker may sleep too long for it
		pthread_mutex_unlock(&lock_);
		return;
	}
	finish(tag);
	pthread_mutex_unlock(&lock_);
}

// Under the lock. True when one was due; else *next_due_ns says when the next will be, or 0.
bool Threads::serve_timers(std::uint64_t *next_due_ns)
{
	std::uint64_t next = 0;
	const std::uint64_t now = timer_count_ != 0 ? static_cast<std::uint64_t>(now_ns()) : 0;
	for (std::uint32_t i = 0; i < timer_count_; ++i) {
		const Timer timer = timers_[i];
		if (timer.due_ns <= now) {
			timers_[i] = timers_[--timer_count_];
			finish(timer.tag);
			return true;
		}
		next = next == 0 ? timer.due_ns : std::min(next, timer.due_ns);
	}
	*next_due_ns = next;
	return false;
}

// Under the lock, so that destroy() cannot pull the waker away in between.
void Threads::finish(std::uint64_t tag)
{
	done_.add(tag);
	waker_->ring();
}

ringline_nvme_command *Threads::push(const Target &target, std::uint64_t tag, std::int32_t /*fixed*/)
{
	pushed_.add(tag);
	Task &task = (*tasks_)[slot_of(tag)];
	task.device = target.device;
	task.segments = 0;
	task.admin = false;
	return &task.command;
}

void Threads::vector_last(const Target & /*target*/, std::uint64_t tag, std::uint32_t segments)
{
	(*tasks_)[slot_of(tag)].segments = segments;
}

void Threads::admin_last(const Target & /*target*/, std::uint64_t tag)
{
	(*tasks_)[slot_of(tag)].admin = true;
}

Progress Threads::advance(bool submit, std::uint32_t min, std::int64_t timeout_ns)
{
	const ErrnoGuard keep;
	Progress progress;
	++enters_;
	pthread_mutex_lock(&lock_);
	for (; submit && pushed_.count() != 0; pushed_.drop_first()) {
		waiting_.add(pushed_.first());
		++progress.submitted;
	}
	running_ += progress.submitted;
	if (progress.submitted == 1) {
		pthread_cond_signal(&work_there_);
	} else if (progress.submitted > 1) {
		pthread_cond_broadcast(&work_there_);
	}
	const bool enough = done_.count() >= min;
	pthread_mutex_unlock(&lock_);
	if (min == 0 || enough) {
		return progress;
	}
	// The bell rings for each completion and for the waker; the caller looks, and comes back if it was not enough.
	pollfd bell = {waker_->fd(), POLLIN, 0};
	const timespec limit = to_timespec(timeout_ns >= 0 ? static_cast<std::uint64_t>(timeout_ns) : 0);
	const int result = ::ppoll(&bell, 1, timeout_ns >= 0 ? &limit : nullptr, nullptr);
	if (result > 0) {
		waker_->silence();
	} else {
		progress.error = result == 0 ? -ETIME : -errno;
	}
	return progress;
}

bool Threads::withdraw(std::uint64_t tag)
{
	if (pushed_.remove(tag)) {
		return true;
	}
	pthread_mutex_lock(&lock_);
	const bool found = waiting_.remove(tag);
	pthread_mutex_unlock(&lock_);
	running_ -= found ? 1 : 0;
	return found;
}

bool Threads::decided(std::uint64_t tag)
{
	pthread_mutex_lock(&lock_);
	const bool found = done_.contains(tag);
	pthread_mutex_unlock(&lock_);
	return found;
}

std::uint64_t Threads::memory_bytes() const
{
	return pushed_.bytes() + waiting_.bytes() + done_.bytes() + timers_.bytes() + workers_.bytes();
}

// Commands that no worker has begun are let go of; a command that has begun is waited for.
void Threads::join(std::size_t count)
{
	pthread_mutex_lock(&lock_);
	stop_ = true;
	pthread_cond_broadcast(&work_there_);
	pthread_mutex_unlock(&lock_);
	for (std::size_t i = 0; i < count; ++i) {
		(void)::pthread_join(workers_[i], nullptr);
	}
}

void Threads::destroy()
{
	join(workers_.size());
}

} // namespace ringline::engine
