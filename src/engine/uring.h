// SPDX-License-Identifier: MIT OR Apache-2.0
// The engine over io_uring. uring*.{h,cpp} are the only files that know io_uring: liburing sets the ring up and
// registers things; submission and completion are ours, because no function of liburing may stand between the system
// call and the caller.
#pragma once

#include "engine/engine.h"

#include <liburing.h>

#include <cstddef>

namespace ringline::engine
{

class Uring
{
public:
	/// Creates the ring, disabled until bind(). 0 or what the last attempt of the flag ladder gave.
	std::int32_t create(const Setup &setup, Array<Task> *tasks);
	/// Runs a no-op through a small throw-away SQE128|CQE32 ring: 0, or why that cannot be done here.
	static std::int32_t probe();
	/// RINGLINE_REASON_* behind an errno of probe() or create().
	static std::uint32_t reason_of(std::int32_t error);
	/// RINGLINE_TRAP_* of this kernel for commands that go through a ring.
	static std::uint32_t traps();

	std::int32_t bind();
	ringline_nvme_command *push(const Target &target, std::uint64_t tag, std::int32_t fixed);
	Progress advance(bool submit, std::uint32_t min, std::int64_t timeout_ns);
	bool withdraw(std::uint64_t tag);
	[[nodiscard]] bool decided(std::uint64_t /*tag*/) const { return true; } // tasks run at submission
	[[nodiscard]] bool hidden_work() const
	{
		return (IO_URING_READ_ONCE(*ring_.sq.kflags) & (IORING_SQ_TASKRUN | IORING_SQ_CQ_OVERFLOW)) != 0;
	}
	[[nodiscard]] std::uint32_t pushed() const { return tail_ - submitted_ - skipped_; }
	[[nodiscard]] std::uint32_t running() const { return running_; }
	[[nodiscard]] bool rang() const { return rang_; }
	[[nodiscard]] std::uint64_t enters() const { return enters_; }
	[[nodiscard]] std::uint64_t memory_bytes() const;
	std::int32_t attach(const Target &target);
	void detach(const Target &target);
	std::int32_t pin(std::uint32_t buffer, std::uint64_t address, std::uint64_t length);
	void unpin(std::uint32_t buffer);
	[[nodiscard]] std::int32_t fixed_index(std::uint32_t buffer, std::uint64_t offset, std::uint32_t length,
					       std::uint32_t segment_bytes) const;
	std::int32_t signal(std::int32_t eventfd);
	void destroy();

	[[nodiscard]] std::uint32_t setup_flags() const { return ring_.flags; }

	/// Calls take(event) for each completion that is visible until it returns false (that one is not consumed). The
	/// head is stored once.
	template <class Take> void reap(Take &&take);

private:
	static constexpr std::uint64_t wake_tag = UINT64_MAX;
	static constexpr std::uint64_t ignored_tag = UINT64_MAX - 1;
	static constexpr std::uint32_t pins_max = 64;

	struct Pin {
		std::uint32_t first; // slot of the registered table
		std::uint32_t count; // 0: not pinned
		std::uint64_t length;
	};

	// A 128-byte submission entry of URING_CMD, so that each word is written once and none is patched.
	struct Entry;
	Entry *entry(std::uint32_t position);
	std::int32_t map(int fd, io_uring_params *params);
	void place_waker();
	void cancel_timers();
	void trim();
	void run_tasks();
	[[nodiscard]] std::uint32_t free_slots(std::uint32_t count) const;
	void clear_slots(std::uint32_t first, std::uint32_t count);
	std::int32_t enter(std::uint32_t to_submit, std::uint32_t min, std::uint32_t flags, std::int64_t timeout_ns);
	std::uint32_t account();
	[[nodiscard]] bool timer_fired();
	void woken();
	[[nodiscard]] std::uint32_t ready() const
	{
		return io_uring_smp_load_acquire(ring_.cq.ktail) - *ring_.cq.khead;
	}

	io_uring ring_ = {};
	Array<Task> *tasks_ = nullptr;
	Waker *waker_ = nullptr;
	std::uint32_t tail_ = 0;      // where the next entry goes; the kernel's tail is stored at submission
	std::uint32_t executed_ = 0;  // tasks before this position have run
	std::uint32_t submitted_ = 0; // the kernel has taken everything before this position
	std::uint32_t skipped_ =
		0; // entries between submitted_ and tail_ that bring no event to the queue: withdrawn ones, the waker
	std::uint32_t task_entries_ = 0; // tasks between executed_ and tail_
	std::uint32_t running_ = 0;
	std::uint32_t timers_ = 0; // of running_: delayed tasks
	std::uint64_t enters_ = 0;
	std::uint32_t enter_flags_ = 0; // IORING_ENTER_REGISTERED_RING, if it is
	std::uint32_t slot_bytes_ = 0;  // registered buffers are cut into slots of so many bytes; 0: never
	std::uint32_t slots_ = 0;       // of the registered table
	Pin pins_[pins_max] = {};
	bool movable_ = false;
	bool rang_ = false; // reap() met the waker since the last advance()
	enum class Arm : std::uint8_t {
		absent,
		placed,
		armed
	} armed_ = Arm::absent; // the poll on the waker; placed: not submitted yet
};

template <class Take> void Uring::reap(Take &&take)
{
	std::uint32_t head = *ring_.cq.khead;
	const std::uint32_t tail = io_uring_smp_load_acquire(ring_.cq.ktail);
	const std::uint32_t mask = *ring_.cq.kring_mask;
	std::uint32_t events = 0;
	for (; head != tail; ++head) {
		// CQE32: entries are 32 bytes, two of the struct's own size apart.
		const io_uring_cqe &cqe = ring_.cq.cqes[std::size_t{head & mask} << 1];
		if (cqe.user_data >= ignored_tag) [[unlikely]] {
			if (cqe.user_data == wake_tag) {
				woken();
			}
			continue;
		}
		if (!take(Event{cqe.user_data, cqe.big_cqe[0], cqe.res})) {
			break;
		}
		if (timers_ != 0 && cqe.res == -ETIME) [[unlikely]] {
			--timers_; // no NVMe command ends with -ETIME
		}
		++events;
	}
	running_ -= events;
	io_uring_smp_store_release(ring_.cq.khead, head);
}

static_assert(Engine<Uring>);

} // namespace ringline::engine
