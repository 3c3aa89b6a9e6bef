// SPDX-License-Identifier: MIT OR Apache-2.0
#include "device/simulated_shared.h"

#include "base/locked.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cassert>
#include <cerrno>
#include <cstdlib>
#include <utility>

namespace ringline::device
{

namespace
{

// Two bytes of the image are locked (open file description locks; data and locks do not meet). Byte 0 is the lock
// proper. Byte 1 is held only while byte 0 changes hands: shared by those who take it, exclusively by a process that
// exchanges its shared lock for an exclusive one on another description, so that nobody gets in between.
constexpr off_t lock_byte = 0;
constexpr off_t gate_byte = 1;

std::int32_t set_lock(int fd, short type, off_t byte)
{
	struct flock lock = {};
	lock.l_type = type;
	lock.l_whence = SEEK_SET;
	lock.l_start = byte;
	lock.l_len = 1;
	if (::fcntl(fd, F_OFD_SETLK, &lock) == 0) {
		return 0;
	}
	return errno == EAGAIN || errno == EACCES ? -EBUSY : -errno;
}

std::int32_t take_lock(int fd, bool writable)
{
	if (const std::int32_t error = set_lock(fd, F_RDLCK, gate_byte); error < 0) {
		return error;
	}
	const std::int32_t error = set_lock(fd, writable ? F_WRLCK : F_RDLCK, lock_byte);
	(void)set_lock(fd, F_UNLCK, gate_byte);
	return error;
}

/// From a shared lock on one description to an exclusive one on another, or everything as it was.
std::int32_t exchange_lock(int shared, int exclusive)
{
	if (const std::int32_t error = set_lock(exclusive, F_WRLCK, gate_byte); error < 0) {
		return error;
	}
	(void)set_lock(shared, F_UNLCK, lock_byte);
	const std::int32_t error = set_lock(exclusive, F_WRLCK, lock_byte);
	if (error < 0) {
		(void)set_lock(shared, F_RDLCK, lock_byte);
	}
	(void)set_lock(exclusive, F_UNLCK, gate_byte);
	return error;
}

// The descriptors of images in this process, each plus one, outside the page that fork() wipes: what a child inherited
// is still there. More than fit are not remembered.
constinit std::atomic<int> descriptors[4096] = {};

void remember(int fd)
{
	for (std::atomic<int> &slot : descriptors) {
		int free = 0;
		if (slot.load(std::memory_order_relaxed) == 0 && slot.compare_exchange_strong(free, fd + 1)) {
			return;
		}
	}
}

void forget(int fd)
{
	for (std::atomic<int> &slot : descriptors) {
		int ours = fd + 1;
		if (slot.load(std::memory_order_relaxed) == ours && slot.compare_exchange_strong(ours, 0)) {
			return;
		}
	}
}

/// Whether this descriptor is of the inode, and no description but its own holds a lock on it.
bool holds_lock(int fd, const struct stat &inode)
{
	struct stat facts = {};
	struct flock lock = {};
	lock.l_type = F_WRLCK;
	lock.l_whence = SEEK_SET;
	lock.l_start = lock_byte;
	lock.l_len = 1;
	return ::fstat(fd, &facts) == 0 && facts.st_dev == inode.st_dev && facts.st_ino == inode.st_ino &&
	       ::fcntl(fd, F_OFD_GETLK, &lock) == 0 && lock.l_type == F_UNLCK;
}

/// A forked child inherits descriptors, and with them its parent's lock: even when the parent is gone, the child's own
/// open would meet it. Closes them, which unlocks nothing for a parent that lives. Only for an inode that is locked
/// though no open of this process is known.
bool close_inherited(const struct stat &inode)
{
	bool closed = false;
	for (std::atomic<int> &slot : descriptors) {
		const int fd = slot.load(std::memory_order_relaxed) - 1;
		// The child may have closed it, and opened something else by that number: only what holds the lock is
		// meant.
		if (fd >= 0 && holds_lock(fd, inode)) {
			slot.store(0, std::memory_order_relaxed);
			(void)::close(fd);
			closed = true;
		}
	}
	return closed;
}

} // namespace

SharedImage::~SharedImage()
{
	std::free(static_cast<void *>(wakers_));
}

SharedImage *SharedImage::find(const ForkPage &page, const struct stat &facts)
{
	SharedImage *image = static_cast<SharedImage *>(page.images);
	while (image != nullptr && (image->device_ != facts.st_dev || image->inode_ != facts.st_ino)) {
		image = image->next_;
	}
	return image;
}

std::int32_t SharedImage::start(int fd, const struct stat &facts, std::span<const ringline_fault_rule> rules,
				bool writable)
{
	device_ = facts.st_dev;
	inode_ = facts.st_ino;
	std::int32_t error = take_lock(fd, writable);
	if (error == -EBUSY && close_inherited(facts)) {
		error = take_lock(fd, writable);
	}
	if (error < 0) {
		return error;
	}
	lock_holder_ = Fd(::fcntl(fd, F_DUPFD_CLOEXEC, 0));
	if (!lock_holder_.valid()) {
		return -errno;
	}
	remember(lock_holder_.get());
	for (const ringline_fault_rule &rule : rules) {
		[[maybe_unused]] const std::int32_t number = faults_.set(rule);
		assert(number > 0); // the parser has checked it, and takes no more than there is room for
	}
	rules_.store(faults_.size(), std::memory_order_release);
	return 0;
}

std::int32_t SharedImage::allow_writing(int fd)
{
	if (writers_ != 0) {
		return 0;
	}
	Fd holder(::fcntl(fd, F_DUPFD_CLOEXEC, 0));
	if (!holder.valid()) {
		return -errno;
	}
	const std::int32_t error = exchange_lock(lock_holder_.get(), fd);
	if (error == 0) {
		forget(lock_holder_.get());
		lock_holder_ = std::move(holder);
		remember(lock_holder_.get());
	}
	return error;
}

std::int32_t SharedImage::join(int fd, std::span<const ringline_fault_rule> rules, ImageOpen *open, SharedImage **image)
{
	struct stat facts = {};
	if (::fstat(fd, &facts) != 0) {
		return -errno;
	}
	ForkPage *page = fork_page();
	if (page == nullptr) {
		return -ENOMEM;
	}
	const Locked list(&page->images_lock);
	SharedImage *found = find(*page, facts);
	if (found != nullptr) {
		const std::int32_t error = found->gone_.load(std::memory_order_acquire) ? -ENODEV
					   : open->writable                             ? found->allow_writing(fd)
											: 0;
		if (error < 0) {
			return error;
		}
	} else {
		found = new (std::nothrow_t{}) SharedImage;
		if (found == nullptr) {
			return -ENOMEM;
		}
		if (const std::int32_t error = found->start(fd, facts, rules, open->writable); error < 0) {
			delete found;
			return error; // NOLINT(clang-analyzer-unix.Malloc): it does not know our operator delete
		}
		found->next_ = static_cast<SharedImage *>(page->images);
		page->images = found;
	}
	remember(fd);
	found->writers_ += open->writable ? 1 : 0;
	const Locked state(&found->lock_);
	open->next = found->opens_;
	found->opens_ = open;
	*image = found;
	return 0;
}

void SharedImage::leave(ImageOpen *open, Fd *fd)
{
	ForkPage *page = fork_page();
	assert(page != nullptr); // join() made it
	const Locked list(&page->images_lock);
	// While the list is locked: a new open that did not find this object would meet its lock.
	forget(fd->get());
	fd->reset();
	if (open->writable && --writers_ == 0) {
		(void)set_lock(lock_holder_.get(), F_RDLCK, lock_byte);
	}
	pthread_mutex_lock(&lock_);
	ImageOpen **link = &opens_;
	while (*link != open) {
		link = &(*link)->next;
	}
	*link = open->next;
	const bool last = opens_ == nullptr;
	pthread_mutex_unlock(&lock_);
	if (last) {
		// A forked child may still have the description, and would keep the lock alive with it.
		(void)set_lock(lock_holder_.get(), F_UNLCK, lock_byte);
		forget(lock_holder_.get());
		take_off_list(page);
		delete this;
	}
}

void SharedImage::take_off_list(ForkPage *page)
{
	if (page->images == this) {
		page->images = next_;
		return;
	}
	SharedImage *before = static_cast<SharedImage *>(page->images);
	while (before->next_ != this) {
		before = before->next_;
	}
	before->next_ = next_;
}

std::int32_t SharedImage::set_fault(const ringline_fault_rule &rule)
{
	const Locked state(&lock_);
	const std::int32_t number = faults_.set(rule);
	rules_.store(faults_.size(), std::memory_order_release);
	return number;
}

std::int32_t SharedImage::clear_fault(std::uint32_t rule)
{
	const Locked state(&lock_);
	const std::int32_t acted = faults_.clear(rule);
	rules_.store(faults_.size(), std::memory_order_release);
	if (acted >= 0) {
		ring_all();
	}
	return acted;
}

bool SharedImage::holds(std::uint32_t rule)
{
	const Locked state(&lock_);
	return faults_.has(rule);
}

bool SharedImage::match(const FaultTarget &target, FaultMatch *match)
{
	if (rules_.load(std::memory_order_acquire) == 0) {
		return false;
	}
	const Locked state(&lock_);
	if (!faults_.match(target, match)) {
		return false;
	}
	if (match->rule.action == RINGLINE_FAULT_VANISH) {
		vanish();
	}
	return true;
}

void SharedImage::vanish()
{
	gone_.store(true, std::memory_order_release);
	for (const ImageOpen *open = opens_; open != nullptr; open = open->next) {
		open->device->set_state(Device::gone);
	}
	ring_all();
}

void SharedImage::ring_all() const
{
	// With the lock held, so that remove_waker() returns only when the waker is rung no more.
	std::for_each(wakers_, wakers_ + wakers_size_, [](Waker *waker) { waker->ring(); });
}

std::int32_t SharedImage::add_waker(Waker *waker)
{
	const Locked state(&lock_);
	if (wakers_size_ == wakers_room_) {
		const std::size_t room = std::max<std::size_t>(4, wakers_room_ * 2);
		void *grown = std::realloc(static_cast<void *>(wakers_), room * sizeof(void *));
		if (grown == nullptr) {
			return -ENOMEM;
		}
		wakers_ = static_cast<Waker **>(grown);
		wakers_room_ = room;
	}
	wakers_[wakers_size_++] = waker;
	return 0;
}

void SharedImage::remove_waker(Waker *waker)
{
	const Locked state(&lock_);
	Waker **end = wakers_ + wakers_size_;
	// A queue may have attached several opens of the inode: one entry for each goes.
	Waker **found = std::find(wakers_, end, waker);
	assert(found != end);
	*found = *(end - 1);
	--wakers_size_;
}

} // namespace ringline::device
