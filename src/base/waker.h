// SPDX-License-Identifier: MIT OR Apache-2.0
// How another thread reaches a queue's owner: an eventfd that every wait of the queue also waits on.
#pragma once

#include "base/fd.h"

#include <sys/eventfd.h>

#include <atomic>
#include <cerrno>
#include <cstdint>

namespace ringline
{

class Waker
{
public:
	[[nodiscard]] std::int32_t create()
	{
		bell_ = Fd(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
		return bell_.valid() ? 0 : -errno;
	}
	[[nodiscard]] int fd() const { return bell_.get(); }

	/// Makes an eventfd readable.
	static void raise(int eventfd)
	{
		const std::uint64_t one = 1;
		// EAGAIN means that it is readable already.
		[[maybe_unused]] const ssize_t written = ::write(eventfd, &one, sizeof one);
	}
	/// The user's wake-up: the running wait, or else the next one, returns. Any thread; async-signal-safe, and
	/// errno is kept.
	void wake()
	{
		woken_.store(true, std::memory_order_release);
		ring();
	}
	/// The library's own: the owner looks again and goes on waiting. Any thread; async-signal-safe, and errno is
	/// kept.
	void ring()
	{
		const int saved = errno;
		raise(bell_.get());
		if (const int echo = echo_.load(std::memory_order_acquire); echo >= 0) {
			raise(echo);
		}
		errno = saved;
	}
	/// Also signals this eventfd at every ring from now on; -1: no longer.
	void echo(int eventfd) { echo_.store(eventfd, std::memory_order_release); }
	/// Owner: was there a wake() since the last call?
	[[nodiscard]] bool take()
	{
		return woken_.load(std::memory_order_relaxed) && woken_.exchange(false, std::memory_order_acquire);
	}
	/// Owner: would take() say so?
	[[nodiscard]] bool woken() const { return woken_.load(std::memory_order_relaxed); }
	/// Owner: makes the bell silent until it is rung again.
	void silence()
	{
		const int saved = errno;
		std::uint64_t count = 0;
		[[maybe_unused]] const ssize_t taken = ::read(bell_.get(), &count, sizeof count);
		errno = saved;
	}

private:
	Fd bell_;
	std::atomic<bool> woken_{false};
	std::atomic<int> echo_{-1};
};

} // namespace ringline
