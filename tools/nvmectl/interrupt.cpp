// SPDX-License-Identifier: MIT OR Apache-2.0
#include "interrupt.h"

#include "error.h"

#include <csignal>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdint>

namespace nvmectl::interrupt
{
namespace
{

// A signal handler can only reach what is global.
std::atomic<int> signals = 0;
std::atomic<int> bell = -1;
std::atomic<ringline_queue *> woken_queue = nullptr;
static_assert(std::atomic<int>::is_always_lock_free && std::atomic<ringline_queue *>::is_always_lock_free);

void remember(int /*signal*/)
{
	const int saved = errno;
	signals.fetch_add(1);
	const std::uint64_t one = 1;
	[[maybe_unused]] const ssize_t written = ::write(bell.load(), &one, sizeof one);
	ringline_queue *const queue = woken_queue.load();
	if (queue != nullptr) {
		(void)ringline_queue_wakeup(queue);
	}
	errno = saved;
}

/// What the caller ignores, as nohup does with SIGHUP, stays ignored.
void catch_unless_ignored(int signal)
{
	struct sigaction before = {};
	if (::sigaction(signal, nullptr, &before) == 0 && before.sa_handler == SIG_IGN) {
		return;
	}
	struct sigaction action = {};
	action.sa_handler = remember; // without SA_RESTART: a read of a pipe must return
	(void)::sigemptyset(&action.sa_mask);
	(void)::sigaction(signal, &action, nullptr);
}

} // namespace

void install()
{
	if (bell.load() >= 0) {
		return;
	}
	bell.store(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
	if (bell.load() < 0) {
		throw Error(Exit::internal, "no eventfd can be made");
	}
	for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
		catch_unless_ignored(signal);
	}
	(void)std::signal(SIGPIPE, SIG_IGN);
	(void)std::signal(SIGXFSZ, SIG_IGN);
}

int count()
{
	return signals.load();
}

bool sleep_ns(std::uint64_t ns)
{
	constexpr std::uint64_t second = 1'000'000'000;
	constexpr std::uint64_t longest = UINT32_MAX; // seconds
	const struct timespec time = {static_cast<time_t>(std::min(ns / second, longest)),
				      static_cast<long>(ns % second)};
	pollfd signal = {bell.load(), POLLIN, 0};
	(void)::ppoll(&signal, 1, &time, nullptr);
	return signals.load() != 0;
}

int fd()
{
	return bell.load();
}

WakesQueue::WakesQueue(ringline_queue *queue)
{
	woken_queue.store(queue);
}

WakesQueue::~WakesQueue()
{
	woken_queue.store(nullptr);
}

} // namespace nvmectl::interrupt
