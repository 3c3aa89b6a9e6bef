// SPDX-License-Identifier: MIT OR Apache-2.0
// What all opens of one image share: its state is that of the inode, whatever it is called.
#pragma once

#include "base/fd.h"
#include "base/fork_guard.h"
#include "base/memory.h"
#include "base/waker.h"
#include "device/device.h"
#include "device/simulated_faults.h"
#include "device/simulated_medium.h"

#include <ringline/ringline.h>

#include <pthread.h>
#include <sys/stat.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>

namespace ringline::device
{

/// What one open tells the others of its inode.
struct ImageOpen {
	Device *device = nullptr;
	ImageOpen *next = nullptr;
	bool writable = false;
};

/// What all opens of one inode in this process share: fault rules, whether it has vanished, and the lock that keeps
/// other processes away (shared among those that only read, exclusive for one that writes). All such objects are in a
/// list on the page that fork() wipes: a child shares none, so that its open meets its parent's lock.
class SharedImage : public Allocated
{
public:
	/// Joins the others, or is the first, who sets the rules. -EBUSY (another process is in the way), -ENODEV (it
	/// has vanished), -ENOMEM, or what the lock or fstat(2) gave.
	static std::int32_t join(int fd, std::span<const ringline_fault_rule> rules, ImageOpen *open,
				 SharedImage **image);
	/// Undoes join(), and closes the descriptor. The last one frees the object.
	void leave(ImageOpen *open, Fd *fd);

	std::int32_t set_fault(const ringline_fault_rule &rule);
	std::int32_t clear_fault(std::uint32_t rule);
	bool holds(std::uint32_t rule);
	/// The rule that acts on this command, if any. Vanishing has happened when this returns.
	bool match(const FaultTarget &target, FaultMatch *match);

	std::int32_t add_waker(Waker *waker);
	void remove_waker(Waker *waker);
	/// What commands keep beside the data. It has locks of its own.
	Medium &medium() { return medium_; }

private:
	~SharedImage();
	static SharedImage *find(const ForkPage &page, const struct stat &facts);
	void take_off_list(ForkPage *page);
	std::int32_t start(int fd, const struct stat &facts, std::span<const ringline_fault_rule> rules, bool writable);
	std::int32_t allow_writing(int fd);
	void vanish();
	void ring_all() const;

	// Guarded by the list's lock.
	SharedImage *next_ = nullptr;
	dev_t device_ = 0;
	ino_t inode_ = 0;
	Fd lock_holder_; ///< Shares its open file description, and so the lock, with the open that took the lock.
	std::uint32_t writers_ = 0;

	/// Of what follows. Taken with the list's lock held, never the other way round.
	pthread_mutex_t lock_ = PTHREAD_MUTEX_INITIALIZER;
	ImageOpen *opens_ = nullptr;
	std::atomic<bool> gone_{false}; ///< Read without the lock.
	FaultTable faults_;
	std::atomic<std::uint32_t> rules_{0}; ///< faults_.size(), so that commands need no lock when there are none.
	Waker **wakers_ = nullptr;
	std::size_t wakers_size_ = 0;
	std::size_t wakers_room_ = 0;
	Medium medium_;
};

} // namespace ringline::device
