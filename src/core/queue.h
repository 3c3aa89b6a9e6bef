// SPDX-License-Identifier: MIT OR Apache-2.0
// A queue: who may call, which commands are in flight, and how their completions get back to the caller.
#pragma once

#include "base/fd.h"
#include "base/memory.h"
#include "base/thread_identity.h"
#include "base/waker.h"
#include "core/buffer.h"
#include "core/handle_table.h"
#include "engine/threads.h"
#include "engine/uring.h"
#include "nvme/encode.h"
#include "nvme/geometry.h"
#include "nvme/plain.h"

#include <ringline/ringline.h>

#include <atomic>
#include <cstdint>

namespace ringline::core
{

class Queue : public Allocated
{
public:
	static std::int32_t create(const ringline_queue_options &given, ringline_diagnosis *diagnosis, Queue **queue);
	/// Frees the queue; negative: nothing was freed.
	std::int32_t destroy();

	// The rest is the public interface, function by function; see ringline.h. Each checks who calls.
	std::int32_t info(ringline_queue_info *info) const;
	std::int32_t attach(ringline_device handle);
	std::int32_t detach(ringline_device handle);
	std::int32_t attach_buffer(ringline_buffer handle);
	std::int32_t detach_buffer(ringline_buffer handle);
	std::int32_t fd();
	std::int32_t wakeup();
	std::int32_t cancel(std::uint64_t user_data);
	std::int32_t overdue(std::uint64_t older_than_ns, std::uint64_t *user_data, std::uint32_t max);
	std::int32_t push(const nvme::CommandWords *commands, std::uint32_t count);
	std::int32_t push_value(const nvme::CommandWords &command);
	std::int32_t push_raw(const ringline_raw_command *commands, std::uint32_t count);
	std::int32_t push_extended(const ringline_command_extended *commands, std::uint32_t count);
	/// For what runs on top of a queue: info(), and the facts about an attached device that commands are proved
	/// against.
	std::int32_t examine(ringline_device handle, ringline_queue_info *info, ringline_device_info *facts);
	/// Was there a wakeup() that no wait has met yet?
	[[nodiscard]] bool woken() const { return waker_.woken(); }
	std::int32_t submit();
	std::int32_t poll(ringline_completion *completions, std::uint32_t max);
	/// ringline_wait() and, with submit, the general way of ringline_submit_and_wait().
	std::int32_t wait(ringline_completion *completions, std::uint32_t max, std::uint32_t min,
			  std::int64_t timeout_ns, bool submit);
	std::int32_t submit_and_wait(ringline_completion *completions, std::uint32_t max, std::uint32_t min,
				     std::int64_t timeout_ns);

private:
	/// One command in flight, in two words, so that a push and a completion cost two stores each. The second word
	/// is generation << 32 | attachment << 16 | memory << 8 | marks; its low half is 0 while the slot is free.
	struct Slot {
		std::uint64_t user_data;
		std::uint64_t word;

		static constexpr std::uint64_t generation_step = std::uint64_t{1} << 32;

		static constexpr std::uint32_t facts(std::uint32_t attachment, std::uint8_t memory, std::uint8_t marks)
		{
			return attachment << 16 | std::uint32_t{memory} << 8 | marks;
		}
		/// Number of the attachment.
		[[nodiscard]] std::uint16_t attachment() const { return static_cast<std::uint16_t>(word >> 16); }
		/// Number of the attached buffer, or no_memory or straddles.
		[[nodiscard]] std::uint8_t memory() const { return static_cast<std::uint8_t>(word >> 8); }
		[[nodiscard]] bool is(std::uint8_t mark) const { return (word & mark) != 0; }
		/// The tag of the command in this slot, which has that number.
		[[nodiscard]] std::uint64_t tag(std::uint32_t number) const
		{
			return (word & ~(generation_step - 1)) | number << engine::slot_shift;
		}
	};
	static_assert(sizeof(Slot) == std::size_t{1} << engine::slot_shift);
	static constexpr std::uint8_t in_flight_mark = 1;
	static constexpr std::uint8_t settled = 2; // it is in ready_, and cannot be cancelled again
	static constexpr std::uint8_t metadata_in_memory =
		4; // its metadata touches attached memory; counted in straddling_
	static constexpr std::uint8_t no_memory = 0xff;
	static constexpr std::uint8_t straddles = 0xfe; // touches attached memory, but does not lie in one buffer

	struct Attachment;
	struct Memory;
	/// Where a command went: plain commands that follow it there go the straight way.
	struct Recent {
		Attachment *attachment = nullptr; // null: none
		Memory *memory = nullptr;         // in which their data must lie; null: no buffer is attached
		std::uint64_t facts = 0;          // of their slots
		nvme::PlainLimits limits = {};    // of the geometry; blocks_max within the memory, too
		engine::Uring::Face face = {};    // of their entries
	};

	struct Attachment {
		ringline_device handle; // 0: free
		std::uint32_t state;    // Device::state() that geometry belongs to
		std::uint32_t in_flight;
		engine::Target target;
		nvme::PlainLimits plain; // of geometry
		Recent recent;           // its last command; nothing: none, or buffers have changed since
		nvme::Geometry geometry;
	};

	struct Memory {
		Buffer *buffer; // null: free
		std::uint64_t start;
		std::uint64_t length;
		ringline_buffer handle;
		std::uint32_t in_flight;
		engine::Pinned pinned;

		/// Does a transfer lie in it?
		[[nodiscard]] bool holds(std::uint64_t address, std::uint64_t bytes) const
		{
			const std::uint64_t offset = address - start; // wraps to something large below the start
			return offset < length && bytes <= length - offset;
		}
		/// The same of one that is not longer than it.
		[[nodiscard]] bool holds(const nvme::PlainTransfer &transfer) const
		{
			return transfer.address - start <= length - transfer.bytes;
		}
	};

	/// Memory of a command.
	struct Span {
		std::uint64_t address;
		std::uint32_t length;
	};

	/// What is delivered next, whatever the engine brings. 4 bytes, as there is one for each slot.
	enum class End : std::uint8_t { not_sent, lost, verdict };
	struct Ready {
		std::uint16_t slot;
		End end;
	};

	struct Hold {
		std::uint32_t slot;
		std::uint32_t remaining; // with Disposition::reorder: completions still to pass
	};

	Queue() = default;
	~Queue() = default;

	// The two engines, without indirect calls.
	template <class F> decltype(auto) with_engine(F &&run)
	{
		return engine_ == RINGLINE_ENGINE_URING ? run(uring_) : run(threads_);
	}
	template <class F> decltype(auto) with_engine(F &&run) const
	{
		return engine_ == RINGLINE_ENGINE_URING ? run(uring_) : run(threads_);
	}

	// Creation.
	std::int32_t allocate(const ringline_queue_options &options);
	std::int32_t choose_engine(const ringline_queue_options &options, ringline_diagnosis *diagnosis);
	engine::Setup setup_of(const ringline_queue_options &options);
	std::int32_t start_threads(const engine::Setup &setup, ringline_diagnosis *diagnosis);
	std::int32_t refuse_uring(std::int32_t error, const engine::Setup &setup, ringline_diagnosis *diagnosis);
	bool takes_another_cpu(engine::Setup setup);
	std::int32_t create_uring(const engine::Setup &setup, bool probe_first);

	// Who calls.
	[[nodiscard]] bool inherited() const { return fork_word_->load(std::memory_order_relaxed) != epoch_; }
	[[nodiscard]] bool foreign() const;
	[[nodiscard]] bool admitted() const
	{
		return owner_.load(std::memory_order_relaxed) == thread_identity_value && !inherited();
	}
	std::int32_t admit();
	std::int32_t admit_first();

	// Pushing.
	Attachment *find(ringline_device device);
	std::int32_t explain_missing(ringline_device handle);
	std::int32_t renew(Attachment &attachment);
	Attachment *find_proved(ringline_device device, std::int32_t *error);
	std::int32_t push_one(const ringline_command &command);
	std::int32_t push_one_extended(const ringline_command_extended &command);
	std::int32_t push_special(Attachment &attachment, const ringline_command &command, const nvme::Tags *tags);
	std::int32_t push_vectored(Attachment &attachment, const ringline_command &command, const nvme::Tags *tags);
	[[nodiscard]] bool touches_memory(const ringline_command &command) const;
	std::int32_t push_one_raw(const ringline_raw_command &raw);
	template <bool in_buffer> std::uint32_t push_raw_run(const nvme::RawWords *commands, std::uint32_t count);
	std::int32_t push_rest(const nvme::CommandWords *commands, std::uint32_t done, std::uint32_t count);
	void remember(Attachment *attachment, std::uint8_t memory, std::int32_t fixed);
	bool recall(ringline_device device);
	[[nodiscard]] bool may_be_plain() const;
	std::uint32_t push_plain(const nvme::CommandWords *commands, std::uint32_t count);
	std::uint32_t push_single(const nvme::CommandWords &command);
	std::uint32_t push_run(const nvme::CommandWords *commands, std::uint32_t count);
	template <bool in_buffer, bool pure>
	std::uint32_t push_run_in(const nvme::CommandWords *commands, std::uint32_t count);
	static void place_plain(const nvme::CommandWords &command, const nvme::PlainTransfer &transfer,
				const Recent &recent, bool pure, std::uint64_t *entry, std::uint32_t offset,
				Slot *slots);
	static Slot &slot_at(Slot *slots, std::uint32_t offset)
	{
		return *reinterpret_cast<Slot *>(reinterpret_cast<char *>(slots) + offset);
	}
	void count_pushed(std::uint32_t count);
	ringline_nvme_command *place(Attachment &attachment, const Span &data, const Span &metadata,
				     std::uint64_t user_data);
	[[nodiscard]] std::uint8_t find_memory(const Span &span) const;
	[[nodiscard]] std::int32_t ready_metadata(const Attachment &attachment, std::uint8_t opcode,
						  const Span &metadata) const;
	void stamp(std::uint32_t number);

	// Completing.
	/// A wait under way.
	struct Wait {
		ringline_completion *completions;
		std::uint32_t max;
		std::uint32_t min;
		std::uint32_t taken = 0;
		std::uint32_t submitted = 0;
		std::int32_t error = 0;
	};
	[[nodiscard]] bool is_straight() const
	{
		return (ready_count_ | hold_count_ | crooked_) == 0 && uring_.straight() &&
		       recent_.attachment != nullptr;
	}
	void forget_recent();
	std::uint32_t reap_straight(const engine::Uring::Visible &visible, ringline_completion *completions,
				    std::uint32_t max, bool *rest);
	std::int32_t wait_on(Wait wait, const engine::Uring::Call &call);
	std::int32_t wait_rest(Wait wait);
	std::int32_t wait_general(Wait &wait, std::int64_t timeout_ns, bool submit);
	bool absorb(Wait &wait, const engine::Progress &progress);
	std::int32_t finish(const Wait &wait);
	std::uint32_t reap(ringline_completion *completions, std::uint32_t max);
	std::uint32_t reap_engine(ringline_completion *completions, std::uint32_t max);
	void deliver(ringline_completion *completion, std::uint32_t number, const device::Outcome &outcome);
	std::uint32_t take_ready(ringline_completion *completions, std::uint32_t max);
	void make_ready(std::uint32_t slot, End end);
	void hold(std::uint32_t slot);
	bool settle_holds();
	bool let_go(const Hold &hold);
	void count_passing(std::uint16_t attachment);
	bool cancel_slot(std::uint32_t number);

	// Attachments.
	std::int32_t make_tasks();
	[[nodiscard]] bool drives(const device::Device &device) const;
	void drop(Attachment &attachment);
	static void let_go_of(const Memory &memory);
	void sweep();

	// Read by every call.
	const std::atomic<std::uint32_t> *fork_word_ = nullptr;
	std::uint32_t epoch_ = 0;
	std::uint32_t engine_ = RINGLINE_ENGINE_THREADS;
	static constexpr std::uint64_t nobody = UINT64_MAX;
	std::atomic<std::uint64_t> owner_{nobody}; // thread_identity(); nobody: none yet, or movable
	// No event can come but those of commands that the kernel drives, and the bell's. Whatever could change that
	// clears it; is_straight() is looked at again at the end of each general call.
	bool straight_ = false;
	Recent recent_;
	std::uint32_t depth_ = 0;
	std::uint32_t in_flight_ = 0;
	std::uint32_t memory_count_ = 0;
	std::uint32_t hold_count_ = 0;
	std::uint32_t ready_count_ = 0;
	std::uint32_t crooked_ = 1; // 0: the engine is the ring, and nothing runs in software
	std::uint32_t ready_first_ = 0;
	bool movable_ = false;
	Array<Slot> slots_;
	Array<std::uint32_t> free_;     // slots not in flight are free_[in_flight_] and on, as in the low half of a tag
	Array<std::uint16_t> by_index_; // number of the attachment + 1 for each index of the handle table
	Array<Attachment> attachments_;
	Array<Memory> memories_;
	Array<engine::Task> tasks_;     // empty until something runs in software
	Array<Ready> ready_;            // a ring
	Array<std::int64_t> pushed_at_; // CLOCK_MONOTONIC of each slot in flight; empty without timestamps
	Array<Hold> holds_;             // empty until a simulated device is attached
	std::uint32_t straddling_ = 0;  // commands in flight that touch attached memory without lying in it
	std::uint32_t seen_closings_ = 0;
	std::uint32_t flags_ = 0;
	std::uint32_t engine_reason_ = RINGLINE_REASON_ASKED;
	std::int32_t engine_error_ = 0;
	Waker waker_;
	Fd signal_; // for event loops; made when first asked for
	engine::Uring uring_;
	engine::Threads threads_;
};

} // namespace ringline::core
