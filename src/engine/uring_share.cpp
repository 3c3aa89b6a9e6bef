// SPDX-License-Identifier: MIT OR Apache-2.0
#include "engine/uring_share.h"

#include "base/kernel_version.h"

#include <liburing.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

namespace ringline::engine
{

namespace
{

// Linux 6.13 clones single entries, but up to here it lost what the table had behind the place of the new one
// (525916ce4966; in 6.18 stable of January 2026).
constexpr KernelVersion clones_since = {6, 18, 3};

// What linux/io_uring.h of Debian 12 does not have yet: struct io_uring_clone_buffers and its two numbers.
struct Clone {
	std::uint32_t source;
	std::uint32_t flags;
	std::uint32_t source_offset;
	std::uint32_t target_offset;
	std::uint32_t count;
	std::uint32_t padding[3];
};
static_assert(sizeof(Clone) == 32);
constexpr unsigned register_clone_buffers = 30;
constexpr std::uint32_t clone_into_table = 2; // IORING_REGISTER_DST_REPLACE

class Lock
{
public:
	explicit Lock(pthread_mutex_t *mutex) : mutex_(mutex) { pthread_mutex_lock(mutex_); }
	~Lock() { pthread_mutex_unlock(mutex_); }
	Lock(const Lock &) = delete;
	Lock &operator=(const Lock &) = delete;

private:
	pthread_mutex_t *mutex_;
};

} // namespace

// The source of the clones cannot be the first queue's ring: a ring that is bound to another thread refuses to be one
// (-EEXIST), and it may be closed before the others. A holder of one entry that nobody maps costs a fifth of what a
// ring does.
std::int32_t SharedPin::hold(std::uint64_t address, std::uint64_t length)
{
	if (holder_.valid()) {
		return 0;
	}
	io_uring_params params = {};
	Fd made(io_uring_setup(1, &params)); // close-on-exec by itself
	if (!made.valid()) {
		return -EMFILE;
	}
	const iovec memory = {reinterpret_cast<void *>(address), length};
	const std::int32_t error =
		io_uring_register(static_cast<unsigned>(made.get()), IORING_REGISTER_BUFFERS, &memory, 1);
	if (error < 0) {
		return error;
	}
	holder_ = std::move(made);
	return 0;
}

bool SharedPin::join(int ring, std::uint32_t slot, std::uint64_t address, std::uint64_t length)
{
	if (kernel_version() < clones_since) {
		return false;
	}
	const Lock lock(&lock_);
	if (hold(address, length) < 0) {
		return false;
	}
	Clone clone = {};
	clone.source = static_cast<std::uint32_t>(holder_.get());
	clone.flags = clone_into_table;
	clone.target_offset = slot;
	clone.count = 1;
	if (io_uring_register(static_cast<unsigned>(ring), register_clone_buffers, &clone, 1) < 0) {
		if (rings() == 0) {
			holder_ = Fd();
		}
		return false;
	}
	++rings_;
	return true;
}

void SharedPin::leave()
{
	const Lock lock(&lock_);
	if (--rings_ == 0) {
		holder_ = Fd();
	}
}

} // namespace ringline::engine
