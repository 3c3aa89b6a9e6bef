// SPDX-License-Identifier: MIT OR Apache-2.0
// Setting a ring up, registering things with it, and taking it down.
#include "engine/uring.h"

#include "base/kernel_version.h"
#include "engine/traps.h"

#include <fcntl.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cstring>

#ifndef IORING_SETUP_NO_SQARRAY
#define IORING_SETUP_NO_SQARRAY (1U << 16) // Linux 6.6
#endif

namespace ringline::engine
{

namespace
{

constexpr std::uint32_t base_flags = IORING_SETUP_SQE128 | IORING_SETUP_CQE32 | IORING_SETUP_CQSIZE |
				     IORING_SETUP_R_DISABLED | IORING_SETUP_SUBMIT_ALL;

// From the best to what every kernel with SQE128 (5.19) has. DEFER_TASKRUN came with 6.1, SINGLE_ISSUER with 6.0;
// without them TASKRUN_FLAG needs COOP_TASKRUN. A movable ring has none of them: its completions must reach whichever
// thread waits.
constexpr std::uint32_t deferred = IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN | IORING_SETUP_TASKRUN_FLAG;
constexpr std::uint32_t cooperative = IORING_SETUP_COOP_TASKRUN | IORING_SETUP_TASKRUN_FLAG;
constexpr std::uint32_t bound_ladder[] = {
	base_flags | deferred | IORING_SETUP_NO_SQARRAY,
	base_flags | deferred,
	base_flags | cooperative | IORING_SETUP_SINGLE_ISSUER,
	base_flags | cooperative,
};
constexpr std::uint32_t movable_ladder[] = {base_flags | IORING_SETUP_NO_SQARRAY, base_flags};

// Linux 6.1 counts the pages from a transfer's address to the end of the registered buffer against the device's
// max_segments, and refuses what has as many (tried: 126 pages pass with 127 segments, 4 with 5). So there a buffer is
// registered in slots, as large as the largest devices that were seen take, and fixed_index() looks at how far the end
// of the slot is. 6.12 is the first kernel that was seen to count the transfer alone.
constexpr std::uint32_t page_bytes = 4096;
constexpr std::uint32_t old_slot_bytes = 126 * page_bytes;
constexpr std::uint32_t old_slots = 2048;
// Older ones know no IORING_URING_CMD_FIXED, and refuse commands that ask for it: buffers are then accounted for, and
// not pinned.
constexpr KernelVersion fixed_buffers_since = {6, 1, 0};

constexpr std::uint32_t ring_entries_max = 32768;

// Registered wait arguments (Linux 6.13), which the headers of older systems do not have.
constexpr unsigned register_region = 34;                // IORING_REGISTER_MEM_REGION
constexpr std::uint64_t region_for_waits = 1;           // IORING_MEM_REGION_REG_WAIT_ARG
constexpr std::uint32_t region_of_the_user = 1;         // IORING_MEM_REGION_TYPE_USER
constexpr std::uint32_t registered_wait_time = 1;       // IORING_REG_WAIT_TS
constexpr std::uint32_t enter_registered_wait = 1 << 6; // IORING_ENTER_EXT_ARG_REG

struct RegionDescription { // io_uring_region_desc
	std::uint64_t address;
	std::uint64_t bytes;
	std::uint32_t flags;
	std::uint32_t id = 0;
	std::uint64_t mmap_offset = 0;
	std::uint64_t reserved[4] = {};
};
static_assert(sizeof(RegionDescription) == 64);

struct RegionRegistration { // io_uring_mem_region_reg
	std::uint64_t description;
	std::uint64_t flags;
	std::uint64_t reserved[2] = {};
};
static_assert(sizeof(RegionRegistration) == 32);

struct RegisteredWait { // io_uring_reg_wait
	std::int64_t seconds;
	std::int64_t nanoseconds;
	std::uint32_t minimum_wait_us = 0;
	std::uint32_t flags;
	std::uint64_t signals = 0;
	std::uint32_t signals_bytes = 0;
	std::uint32_t reserved[7] = {};
};
static_assert(sizeof(RegisteredWait) == 64);

// A ring that polls has none of the others' flags either: the kernel's thread, or whoever polls, does their work.
std::int32_t setup_ring(std::uint32_t entries, std::uint32_t cq_entries, const Setup &setup, io_uring_params *params)
{
	std::int32_t result = -EINVAL;
	const bool plain = setup.movable || setup.sqpoll || setup.iopoll;
	const std::uint32_t *rung = plain ? movable_ladder : bound_ladder;
	const std::size_t rungs = plain ? std::size(movable_ladder) : std::size(bound_ladder);
	const std::uint32_t polling = (setup.iopoll ? IORING_SETUP_IOPOLL : 0U) |
				      (setup.sqpoll ? IORING_SETUP_SQPOLL : 0U) |
				      (setup.sqpoll_cpu >= 0 ? IORING_SETUP_SQ_AFF : 0U);
	for (std::size_t i = 0; i < rungs && result == -EINVAL; ++i) {
		*params = {};
		params->flags = rung[i] | polling;
		params->sq_thread_cpu = setup.sqpoll_cpu >= 0 ? static_cast<std::uint32_t>(setup.sqpoll_cpu) : 0;
		params->sq_thread_idle = setup.sqpoll_idle_ms;
		params->cq_entries = cq_entries;
		result = io_uring_setup(entries, params);
	}
	return result;
}

// kernel.io_uring_disabled (Linux 6.6): 1 refuses without CAP_SYS_ADMIN, 2 refuses everybody.
bool disabled_by_sysctl()
{
	const Fd file(::open("/proc/sys/kernel/io_uring_disabled", O_RDONLY | O_CLOEXEC));
	char value = '0';
	return file.valid() && ::read(file.get(), &value, 1) == 1 && value != '0';
}

} // namespace

std::int32_t Uring::map(int fd, io_uring_params *params)
{
	// liburing maps the rings; of its fields only the submission array is not there with NO_SQARRAY, and nothing of
	// ours touches it then.
	if (const std::int32_t error = io_uring_queue_mmap(fd, params, &ring_); error < 0) {
		return error;
	}
	ring_.flags = params->flags;
	ring_.ring_fd = fd;
	ring_.enter_ring_fd = fd;
	ring_.int_flags = 0;
	if ((params->flags & IORING_SETUP_NO_SQARRAY) == 0) {
		for (std::uint32_t i = 0; i < params->sq_entries; ++i) {
			ring_.sq.array[i] = i;
		}
	}
	sqes_ = reinterpret_cast<std::uint64_t *>(ring_.sq.sqes);
	sq_tail_ = ring_.sq.ktail;
	sq_mask_ = *ring_.sq.kring_mask;
	cq_head_ = ring_.cq.khead;
	cq_tail_ = ring_.cq.ktail;
	cq_mask_ = *ring_.cq.kring_mask;
	cqes_ = ring_.cq.cqes;
	set_slices();
	return 0;
}

// The ring is disabled still, which is when the kernel takes memory for wait arguments.
void Uring::set_slices()
{
	static constexpr __kernel_timespec slice = {slice_ns / 1'000'000'000, slice_ns % 1'000'000'000};
	slice_.plain.ts = reinterpret_cast<std::uintptr_t>(&slice);
	slice_.pointer = &slice_.plain;
	slice_.bytes = sizeof slice_.plain;
	slice_.flags = IORING_ENTER_EXT_ARG;
	// The kernel takes whole pages of memory, and reads there what a call names by its offset: the pages that these
	// arguments lie on happen to be the queue's and, perhaps, other memory of the program.
	const RegisteredWait wait = {
		.seconds = slice.tv_sec, .nanoseconds = slice.tv_nsec, .flags = registered_wait_time};
	// The very end of a region is out of its reach: array_index_nospec() makes that offset 0, and what lies there
	// is read instead (io_uring/io_uring.c, io_get_ext_arg_reg(), seen on 6.18). Arguments that would end with
	// their page are moved by a word, so that the region goes on behind them.
	static_assert(sizeof wait + sizeof *slice_.registered == sizeof slice_.registered);
	const bool at_end = (reinterpret_cast<std::uintptr_t>(slice_.registered) + sizeof wait) % page_bytes == 0;
	std::uint64_t *const place = slice_.registered + (at_end ? 1 : 0);
	std::memcpy(place, &wait, sizeof wait);
	const auto address = reinterpret_cast<std::uintptr_t>(place);
	const std::uintptr_t first = address / page_bytes * page_bytes;
	const std::uintptr_t end = (address + sizeof wait + page_bytes - 1) / page_bytes * page_bytes;
	RegionDescription region = {.address = first, .bytes = end - first, .flags = region_of_the_user};
	const RegionRegistration registration = {.description = reinterpret_cast<std::uintptr_t>(&region),
						 .flags = region_for_waits};
	if (io_uring_register(static_cast<unsigned>(ring_.ring_fd), register_region, &registration, 1) == 0) {
		slice_.pointer = reinterpret_cast<const void *>(address - first);
		slice_.bytes = sizeof wait;
		slice_.flags = IORING_ENTER_EXT_ARG | enter_registered_wait;
	}
}

std::int32_t Uring::create(const Setup &setup, Array<Task> *tasks)
{
	tasks_ = tasks;
	waker_ = setup.waker;
	movable_ = setup.movable;
	sqpoll_ = setup.sqpoll;
	iopoll_ = setup.iopoll;
	if (iopoll_ && (traps() & RINGLINE_TRAP_IOPOLL) != 0) {
		return -EOPNOTSUPP;
	}
	const std::uint32_t entries = std::max(std::bit_ceil(setup.depth), 4U);
	reach_max_ = movable_ ? reach_least : std::min(entries, reach_most);
	// Room for all that is in flight, and for what is left of an old bell beside a new one: so it never overflows.
	const std::uint32_t events = std::bit_ceil(entries + 2 * reach_max_);
	io_uring_params params = {};
	const std::int32_t fd = setup_ring(entries, std::min(events, 2 * ring_entries_max), setup, &params);
	if (fd < 0) {
		return fd;
	}
	if (const std::int32_t error = map(fd, &params); error < 0) {
		(void)::close(fd);
		return error;
	}
	const bool whole = (traps() & RINGLINE_TRAP_FIXED_PAGES) == 0;
	slot_bytes_ = whole ? 0 : old_slot_bytes;
	slots_ = whole ? setup.max_buffers : old_slots;
	if (kernel_version() < fixed_buffers_since) {
		slots_ = 0;
	}
	std::int32_t error = io_uring_register_files_sparse(&ring_, setup.max_devices);
	if (error == 0 && slots_ != 0 && io_uring_register_buffers_sparse(&ring_, slots_) < 0) {
		slots_ = 0; // memlock: buffers are then accounted for, and not pinned
	}
	if (error < 0) {
		io_uring_queue_exit(&ring_);
	}
	return error;
}

std::int32_t Uring::bind()
{
	// liburing 2.3's shared library does not export io_uring_enable_rings().
	const std::int32_t error =
		io_uring_register(static_cast<unsigned>(ring_.ring_fd), IORING_REGISTER_ENABLE_RINGS, nullptr, 0);
	if (error < 0) {
		return error;
	}
	if (!movable_ &&
	    io_uring_register_ring_fd(&ring_) == 1) { // 16 to a thread; without one the ring is a little slower
		enter_flags_ = IORING_ENTER_REGISTERED_RING;
	}
	if (iopoll_) {
		return 0;
	}
	// Arms the waker now, so that no batch of the caller's pays for it. Without memory it is armed later.
	const std::int32_t armed = advance(true, 0, -1).error;
	return armed == -EAGAIN ? 0 : armed;
}

std::int32_t Uring::attach(const Target &target)
{
	const int fd = target.device->fd();
	if (target.task) {
		return 0;
	}
	const std::int32_t result = io_uring_register_files_update(&ring_, target.file, &fd, 1);
	return result < 0 ? result : 0;
}

void Uring::detach(const Target &target)
{
	const int none = -1;
	if (!target.task) {
		(void)io_uring_register_files_update(&ring_, target.file, &none, 1);
	}
}

Pinned Uring::pin(std::uint32_t buffer, std::uint64_t address, std::uint64_t length, SharedPin &shared)
{
	const std::uint64_t step = slot_bytes_ != 0 ? slot_bytes_ : length;
	const auto count = static_cast<std::uint32_t>((length + step - 1) / step);
	const std::uint32_t first = slot_bytes_ != 0 ? free_slots(count) : buffer;
	if (first + count > slots_) {
		return Pinned::no;
	}
	if (count == 1 && shared.join(ring_.ring_fd, first, address, length)) {
		pins_[buffer] = {first, count, length};
		return Pinned::shared;
	}
	for (std::uint32_t i = 0; i < count; ++i) {
		const std::uint64_t offset = i * step;
		const iovec piece = {reinterpret_cast<void *>(address + offset), std::min(step, length - offset)};
		const __u64 tag = 0;
		if (io_uring_register_buffers_update_tag(&ring_, first + i, &piece, &tag, 1) != 1) {
			clear_slots(first, i);
			return Pinned::no;
		}
	}
	pins_[buffer] = {first, count, length};
	return Pinned::alone;
}

void Uring::unpin(std::uint32_t buffer)
{
	clear_slots(pins_[buffer].first, pins_[buffer].count);
	pins_[buffer] = {};
}

void Uring::clear_slots(std::uint32_t first, std::uint32_t count)
{
	for (std::uint32_t i = 0; i < count; ++i) {
		const iovec none = {};
		const __u64 tag = 0;
		(void)io_uring_register_buffers_update_tag(&ring_, first + i, &none, &tag, 1);
	}
}

// The first run of free slots; slots_ when there is none.
std::uint32_t Uring::free_slots(std::uint32_t count) const
{
	std::uint32_t first = 0;
	for (bool moved = true; moved;) {
		moved = false;
		for (const Pin &pin : pins_) {
			if (pin.count != 0 && first < pin.first + pin.count && pin.first < first + count) {
				first = pin.first + pin.count;
				moved = true;
			}
		}
	}
	return first + count <= slots_ ? first : slots_;
}

std::int32_t Uring::signal(std::int32_t eventfd)
{
	return io_uring_register_eventfd(&ring_, eventfd);
}

std::uint64_t Uring::memory_bytes() const
{
	const std::uint64_t completions = ring_.cq.ring_ptr != ring_.sq.ring_ptr ? ring_.cq.ring_sz : 0;
	return ring_.sq.ring_sz + completions + std::uint64_t{*ring_.sq.kring_entries} * sizeof(io_uring_sqe) * 2;
}

void Uring::destroy()
{
	tail_ = submitted_; // what was never submitted is let go of
	executed_ = tail_;
	armed_ = armed_ == Arm::placed ? Arm::absent : armed_;
	skipped_ = 0;
	task_entries_ = 0;
	reach_max_ = reach_least;
	if (running_ != 0 && !iopoll_) { // which has no timers, and takes no such entry
		await_room();
		cancel_timers();
	}
	// Closing a ring does not wait for the device (facts: reads landed in memory a second after): every completion
	// has to be seen.
	while (running_ != 0) {
		(void)advance(true, running_, -1);
		reap([](const Event &) { return true; });
	}
	io_uring_queue_exit(&ring_);
}

std::int32_t Uring::probe()
{
	io_uring ring = {};
	io_uring_params params = {};
	params.flags = IORING_SETUP_SQE128 | IORING_SETUP_CQE32;
	if (const std::int32_t error = io_uring_queue_init_params(2, &ring, &params); error < 0) {
		return error;
	}
	io_uring_prep_nop(io_uring_get_sqe(&ring));
	std::int32_t result = io_uring_submit_and_wait(&ring, 1);
	io_uring_cqe *cqe = nullptr;
	if (result >= 0) {
		result = io_uring_peek_cqe(&ring, &cqe);
	}
	if (result >= 0) {
		result = std::min(cqe->res, 0);
	}
	io_uring_queue_exit(&ring);
	return result;
}

std::uint32_t Uring::reason_of(std::int32_t error)
{
	switch (-error) {
	case ENOSYS: // a seccomp filter can say this too, and nothing tells the two apart
	case EINVAL:
	case EOPNOTSUPP:
		return RINGLINE_REASON_KERNEL_TOO_OLD;
	case ENOMEM:
		return RINGLINE_REASON_NO_MEMORY;
	default:
		return disabled_by_sysctl() ? RINGLINE_REASON_DISABLED : RINGLINE_REASON_FORBIDDEN;
	}
}

std::uint32_t Uring::traps()
{
	return traps_of(kernel_version());
}

} // namespace ringline::engine
