// SPDX-License-Identifier: MIT OR Apache-2.0
// The engine over io_uring. uring*.{h,cpp} are the only files that know io_uring: liburing sets the ring up and
// registers things; submission and completion are ours, because no function of liburing may stand between the system
// call and the caller.
#pragma once

#include "engine/engine.h"
#include "engine/uring_enter.h"
#include "nvme/plain.h"

#include <liburing.h>

#include <algorithm>
#include <cstddef>
#include <cstring>

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
	void vector_last(const Target &target, std::uint64_t tag, std::uint32_t segments);
	void admin_last(const Target &target, std::uint64_t tag);
	Progress advance(bool submit, std::uint32_t min, std::int64_t timeout_ns);
	bool withdraw(std::uint64_t tag);
	[[nodiscard]] bool decided(std::uint64_t /*tag*/) const { return true; } // tasks run at submission
	[[nodiscard]] bool hidden_work() const
	{
		// A device that is polled shows nothing until somebody looks.
		return (IO_URING_READ_ONCE(*ring_.sq.kflags) & (IORING_SQ_TASKRUN | IORING_SQ_CQ_OVERFLOW)) != 0 ||
		       (iopoll_ && running_ != 0);
	}
	[[nodiscard]] std::uint32_t pushed() const { return tail_ - submitted_ - skipped_; }
	[[nodiscard]] std::uint32_t running() const { return running_; }
	[[nodiscard]] bool rang() const { return rang_; }
	[[nodiscard]] std::uint64_t enters() const { return enters_; }
	[[nodiscard]] std::uint64_t memory_bytes() const;
	std::int32_t attach(const Target &target);
	void detach(const Target &target);
	Pinned pin(std::uint32_t buffer, std::uint64_t address, std::uint64_t length, SharedPin &shared);
	void unpin(std::uint32_t buffer);
	[[nodiscard]] std::int32_t fixed_index(std::uint32_t buffer, std::uint64_t offset, std::uint32_t length,
					       std::uint32_t segment_bytes) const;
	std::int32_t signal(std::int32_t eventfd);
	void destroy();

	[[nodiscard]] std::uint32_t setup_flags() const { return ring_.flags; }

	// The straight way, for a queue on which nothing is going on but commands of the kernel's own devices
	// (core/queue_path.h). What it does is what push(), advance() and reap() do, for a run of commands at once.

	/// Tags from here on are of entries of the ring's own, none of which completes with 0.
	static constexpr std::uint64_t ignored_tag = UINT64_MAX - 2;
	static constexpr std::size_t entry_words = 16;
	/// What the entries of one device's commands have in common.
	struct Face {
		std::uint64_t first[2];  ///< opcode, flags, ioprio, fd; cmd_op
		std::uint64_t second[2]; ///< 0; length, uring_cmd_flags
		std::uint64_t buffer;    ///< buf_index
	};
	static Face face(std::uint32_t file, std::int32_t fixed);
	/// True if pinned buffers need not be cut: fixed_index() is the same for all of one.
	[[nodiscard]] bool pins_whole() const { return slot_bytes_ == 0; }
	/// Free entries that lie in a row.
	struct Room {
		std::uint64_t *words;
		std::uint32_t entries;
	};
	[[nodiscard]] Room room() const
	{
		const std::uint32_t at = tail_ & sq_mask_;
		return {sqes_ + at * entry_words, sq_mask_ + 1 - at};
	}
	/// Writes all of an entry but the tag and the command.
	[[gnu::always_inline]] static void write_face(std::uint64_t *entry, const Face &face)
	{
		std::memcpy(entry, face.first, sizeof face.first); // one instruction each
		std::memcpy(entry + 2, face.second, sizeof face.second);
		entry[5] = face.buffer;
	}
	/// Writes the tag, and says where the command goes: nine words, and one of padding.
	[[gnu::always_inline]] static std::uint64_t *write_tag(std::uint64_t *entry, std::uint64_t tag)
	{
		entry[4] = tag;
		return entry + 6;
	}
	/// True if room() holds what plain commands with the face of the last ones left there: the kernel changes
	/// nothing.
	[[nodiscard]] bool pure() const { return tail_ - soiled_ > sq_mask_; }
	/// What is written from here on has little in common with what was.
	void soil() { soiled_ = tail_; }
	/// True if room() has as many as the queue's depth leaves: no entry is wasted on what was withdrawn.
	[[nodiscard]] bool roomy() const { return skipped_ == 0; }
	/// Takes the first entries of room() for pushed.
	void take(std::uint32_t entries) { tail_ += entries; }
	/// True if what is between the last submission and the tail is commands alone, and any wait can be woken.
	[[nodiscard]] bool straight() const
	{
		return (skipped_ | task_entries_ | static_cast<std::uint32_t>(armed_)) == 0;
	}
	/// How long a wait lasts at most where a wake-up could be missed; then the queue looks, and waits on.
	static constexpr std::int64_t slice_ns = 50'000'000;
	/// One system call.
	struct Call {
		std::uint32_t min;
		bool sliced;           ///< The caller's limit is later than this call's.
		std::int64_t limit_ns; ///< Of this call; only where it is sliced.
		std::int64_t began_ns;
		std::int32_t result;
	};
	/// pushed(), where nothing was withdrawn.
	[[nodiscard]] std::uint32_t pushed_straight() const { return tail_ - submitted_; }
	/// Completions that are visible, and lie in a row.
	struct Visible {
		const io_uring_cqe *first;
		std::uint32_t count;
		std::uint32_t total; ///< Of those that do not lie in the row, too.
	};
	[[nodiscard]] Visible visible() const
	{
		const std::uint32_t head = *cq_head_;
		const std::uint32_t at = head & cq_mask_;
		const std::uint32_t count = io_uring_smp_load_acquire(cq_tail_) - head;
		return {cqes_ + (std::size_t{at} << cqe_shift), std::min(count, cq_mask_ + 1 - at), count};
	}
	/// So many events a bell that rings brings: it ends any wait for up to as many.
	[[nodiscard]] std::uint32_t reach() const { return reach_; }
	/// True if a wait for more than reach() should go the general way, which stretches it.
	[[nodiscard]] bool may_reach_further() const { return reach_ < reach_max_; }
	/// The arguments of a wait; none: without a limit.
	struct Slice {
		const void *pointer = nullptr;
		std::size_t bytes = 0;
		std::uint32_t flags = 0;
		std::int64_t began_ns = 0;
	};
	static std::int64_t coarse_now_ns();
	/// Those of a wait beyond reach(): see advance_once().
	[[nodiscard]] Slice slice() const
	{
		return {.pointer = slice_.pointer,
			.bytes = slice_.bytes,
			.flags = slice_.flags,
			.began_ns = coarse_now_ns()};
	}
	/// advance(true, min, -1) on a straight queue, as far as the system call, with no return behind it. If the
	/// result is to_submit, and the minimum is visible, took_straight() is all that is left to do; else
	/// conclude(call_of()) tells what happened.
	std::int32_t submit_straight(std::uint32_t to_submit, std::uint32_t min, const Slice &slice, Visible *visible);
	void took_straight(std::uint32_t to_submit)
	{
		submitted_ = tail_;
		running_ += to_submit;
	}
	static Call call_of(std::uint32_t min, const Slice &slice, std::int32_t result)
	{
		return {.min = min,
			.sliced = slice.bytes != 0,
			.limit_ns = slice_ns,
			.began_ns = slice.began_ns,
			.result = result};
	}
	Progress conclude(const Call &call);
	/// CQE32: entries are 32 bytes, two of the struct's own size apart.
	static constexpr std::uint32_t cqe_shift = 1;
	/// Gives the first of visible() back to the kernel: all of them commands that succeeded.
	void consume(std::uint32_t count)
	{
		running_ -= count;
		io_uring_smp_store_release(cq_head_, *cq_head_ + count);
	}

	/// Calls take(event) for each completion that is visible until it returns false (that one is not consumed). The
	/// head is stored once.
	template <class Take> void reap(Take &&take);

private:
	static constexpr std::uint32_t command_operation = 0xC0484E80U; // NVME_URING_CMD_IO
	static constexpr std::uint64_t bell_tag = UINT64_MAX - 1;       // all of the bell but the poll
	static constexpr std::uint64_t wake_tag = UINT64_MAX;           // its poll
	static constexpr std::uint32_t reach_least = 2;                 // the poll's and the timer's
	static constexpr std::uint32_t reach_most = 64; // beyond it, a slice costs nothing beside what it waits for
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
	void set_slices();
	static std::int64_t shorter(std::int64_t timeout_ns, std::int64_t other_ns);
	void place_bell();
	void take_back_bell();
	Progress call(std::uint32_t to_submit, std::uint32_t min, std::uint32_t flags, std::int64_t timeout_ns,
		      std::int64_t slice);
	bool stretch_bell(std::uint32_t min);
	Progress advance_once(bool submit, std::uint32_t min, std::int64_t timeout_ns);
	void cancel_timers();
	void trim();
	void run_tasks();
	[[nodiscard]] std::uint32_t free_slots(std::uint32_t count) const;
	void clear_slots(std::uint32_t first, std::uint32_t count);
	std::int32_t enter(std::uint32_t to_submit, std::uint32_t min, std::uint32_t flags, std::int64_t timeout_ns);
	std::uint32_t account();
	static void continue_slices(const Call &call, Progress *progress);
	std::uint32_t account_to(std::uint32_t head);
	// Rings that poll: uring_poll.cpp.
	[[nodiscard]] std::uint32_t free_entries() const;
	Progress advance_sqpoll(bool submit, std::uint32_t min, std::int64_t timeout_ns);
	Progress advance_iopoll(bool submit, std::uint32_t min, std::int64_t timeout_ns);
	void await_room();
	bool more_to_come();
	[[nodiscard]] bool timer_fired();
	void woken();
	[[nodiscard]] std::uint32_t ready() const { return io_uring_smp_load_acquire(cq_tail_) - *cq_head_; }

	// Arguments of a wait of one slice: made once, and given by registered memory where the kernel can
	// (Linux 6.13), which saves it two copies from the user's.
	struct SliceArguments {
		const void *pointer = nullptr;
		std::size_t bytes = 0;
		std::uint32_t flags = 0;
		io_uring_getevents_arg plain = {};
		std::uint64_t registered[9] = {}; // io_uring_reg_wait, and room to move it by a word
	};

	// What every call reads, beside each other; ring_ has the same behind pointers.
	std::uint64_t *sqes_ = nullptr;
	unsigned *sq_tail_ = nullptr;
	unsigned *cq_head_ = nullptr;
	unsigned *cq_tail_ = nullptr;
	const io_uring_cqe *cqes_ = nullptr;
	std::uint32_t sq_mask_ = 0;
	std::uint32_t cq_mask_ = 0;
	SliceArguments slice_;
	io_uring ring_ = {};
	Array<Task> *tasks_ = nullptr;
	Waker *waker_ = nullptr;
	std::uint32_t tail_ = 0;      // where the next entry goes; the kernel's tail is stored at submission
	std::uint32_t soiled_ = 0;    // entries from here on are plain commands with one face
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
	bool sqpoll_ = false; // submitted_ is what was published then, and the kernel may be behind it
	bool iopoll_ = false;
	bool rang_ = false; // reap() met the waker since the last advance()
	enum class Arm : std::uint32_t {
		armed, // 0, so that straight() is one test
		placed,
		absent
	} armed_ = Arm::absent; // the bell; placed: not all of it is submitted yet
	std::uint32_t reach_ = reach_least;
	std::uint32_t reach_wanted_ = reach_least; // of the next bell
	std::uint32_t reach_max_ = reach_least;
	std::uint32_t bell_end_ = 0; // behind the entries of the bell that was placed last
};

[[gnu::always_inline]] inline std::int32_t Uring::submit_straight(std::uint32_t to_submit, std::uint32_t min,
								  const Slice &slice, Visible *visible)
{
	io_uring_smp_store_release(sq_tail_, tail_);
	++enters_;
	const std::int32_t result =
		uring_enter(ring_.enter_ring_fd, to_submit, min, enter_flags_ | IORING_ENTER_GETEVENTS | slice.flags,
			    slice.pointer, slice.bytes);
	*visible = this->visible();
	return result;
}

template <class Take> void Uring::reap(Take &&take)
{
	std::uint32_t head = *cq_head_;
	const std::uint32_t tail = io_uring_smp_load_acquire(cq_tail_);
	const std::uint32_t mask = cq_mask_;
	std::uint32_t events = 0;
	for (; head != tail; ++head) {
		// CQE32: entries are 32 bytes, two of the struct's own size apart.
		const io_uring_cqe &cqe = cqes_[std::size_t{head & mask} << cqe_shift];
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
	io_uring_smp_store_release(cq_head_, head);
}

static_assert(Engine<Uring>);

} // namespace ringline::engine
