// SPDX-License-Identifier: MIT OR Apache-2.0
/**
 * @file queue.hpp
 * @brief The queue that holds the memory of its commands.
 */
#ifndef RINGLINE_CPP_QUEUE_HPP
#define RINGLINE_CPP_QUEUE_HPP

#include "borrowing_queue.hpp"
#include "commands.hpp"
#include "completed.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <new>
#include <utility>

namespace ringline
{

/** @addtogroup cpp_queues
 *  @{ */

/**
 * A queue that holds its commands' memory, and the buffers attached to it. The destructor waits until the device has
 * let go of all of it. In another thread than the owner's, or after fork, it cannot: then the queue and everything that
 * it holds are leaked.
 */
class Queue
{
public:
	static Result<Queue> create(const ringline_queue_options *options = nullptr,
				    ringline_diagnosis *diagnosis = nullptr) noexcept
	{
		Result<BorrowingQueue> queue = BorrowingQueue::create(options, diagnosis);
		if (!queue) {
			return Failure{queue.number()};
		}
		return hold(*std::move(queue));
	}
#if defined(__cpp_exceptions)
	/// @throws Error
	explicit Queue(const ringline_queue_options &options = default_options())
		: Queue(hold(BorrowingQueue(options)).value())
	{
	}
#endif
	Queue(Queue &&) noexcept = default;
	/// What was here before is closed, or leaked, as by the destructor.
	Queue &operator=(Queue &&other) noexcept
	{
		Queue(std::move(other)).swap(*this);
		return *this;
	}
	~Queue()
	{
		if (!close()) {
			(void)state_.release();
		}
	}

	/// Waits, and frees all that is held; completions not yet taken are dropped. If it cannot (-EPERM, -ECHILD)
	/// nothing has changed.
	Result<void> close() noexcept
	{
		if (state_ == nullptr) {
			return Result<void>();
		}
		const Result<void> closed = state_->queue.close();
		if (closed) {
			state_.reset();
		}
		return closed;
	}

	Result<void> attach(const Device &device) noexcept
	{
		return state_->queue.attach(device);
	}
	Result<void> detach(const Device &device) noexcept
	{
		return state_->queue.detach(device);
	}
	/// 1: pinned. The queue holds the buffer until it is detached. -ENOSPC: max_buffers of the options are.
	Count attach(const Buffer &buffer) noexcept
	{
		// Made first: what is attached must be held.
		std::unique_ptr<Attached> attached(new (std::nothrow) Attached);
		if (attached == nullptr) {
			return Failure{-ENOMEM};
		}
		const Count pinned = state_->queue.attach(buffer);
		if (pinned) {
			attached->buffer = buffer.shared_;
			attached->hold = *buffer.piece(0, 0);
			attached->next = std::move(state_->buffers);
			state_->buffers = std::move(attached);
		}
		return pinned;
	}
	Result<void> detach(const Buffer &buffer) noexcept
	{
		const Result<void> detached = state_->queue.detach(buffer);
		if (detached) {
			std::unique_ptr<Attached> *place = &state_->buffers;
			while (*place != nullptr && (*place)->buffer != buffer.shared_) {
				place = &(*place)->next;
			}
			if (*place != nullptr) {
				*place = std::exchange((*place)->next, nullptr);
			}
		}
		return detached;
	}
	[[nodiscard]] Result<ringline_queue_info> info() const noexcept
	{
		return state_->queue.info();
	}
	/// For event loops: ringline_queue_fd().
	Count fd() noexcept
	{
		return state_->queue.fd();
	}
	/// From any thread and signal handler.
	Result<void> wakeup() noexcept
	{
		return state_->queue.wakeup();
	}

	/// Pushes Read into all of @p memory, which is moved only if it was pushed. @p flags 0 or
	/// RINGLINE_LIMITED_RETRY.
	Pushed read(const Device &device, std::uint64_t lba, std::uint32_t blocks, Memory &&memory,
		    std::uint64_t user_data = 0, std::uint16_t flags = 0) noexcept
	{
		return push_by(
			user_data, std::move(memory), Memory(),
			[&](std::uint64_t slot) {
				return ringline_read(state_->queue.get(), device.get(), lba, blocks, memory.data(),
						     length_of(memory), flags, slot);
			},
			[&] { return command_of(RINGLINE_NVME_READ, device, lba, blocks, memory, flags); });
	}
	/// Pushes Write of all of @p memory; @p flags also takes RINGLINE_FUA.
	Pushed write(const Device &device, std::uint64_t lba, std::uint32_t blocks, Memory &&memory,
		     std::uint64_t user_data = 0, std::uint16_t flags = 0) noexcept
	{
		return push_by(
			user_data, std::move(memory), Memory(),
			[&](std::uint64_t slot) {
				return ringline_write(state_->queue.get(), device.get(), lba, blocks, memory.data(),
						      length_of(memory), flags, slot);
			},
			[&] { return command_of(RINGLINE_NVME_WRITE, device, lba, blocks, memory, flags); });
	}
	/// Pushes Flush. It covers only writes whose completions were taken before it was submitted.
	Pushed flush(const Device &device, std::uint64_t user_data = 0) noexcept
	{
		return push_by(
			user_data, Memory(), Memory(),
			[&](std::uint64_t slot) { return ringline_flush(state_->queue.get(), device.get(), slot); },
			[&] { return command_of(RINGLINE_NVME_FLUSH, device, 0, 0, Memory(), 0); });
	}
	/**
	 * Pushes any command; its addresses and lengths are those of @p data and @p metadata, which are moved only if
	 * it was pushed. Vectored ones are refused (-EINVAL): nothing would hold their segments. @see push_errors in
	 * ringline.h; also -EAGAIN if no slot is free.
	 */
	Pushed push(ringline_command command, Memory &&data = Memory(), Memory &&metadata = Memory()) noexcept
	{
		return push_in_place(command, command.user_data, std::move(data), std::move(metadata));
	}
	/// The same with the tags of protection information and access hints.
	Pushed push(ringline_command_extended command, Memory &&data = Memory(), Memory &&metadata = Memory()) noexcept
	{
		return push_in_place(command, command.base.user_data, std::move(data), std::move(metadata));
	}
	/// An admin command, to a controller or simulated device. @p data must have as many bytes as it transfers:
	/// -ENOBUFS.
	Pushed push(const AdminCommand &command, Memory &&data = Memory()) noexcept
	{
		ringline_raw_command raw = command.raw();
		return push_in_place(raw, raw.user_data, std::move(data), Memory());
	}
	/**
	 * Does a range of any length with as many commands as it takes, and waits. The memory is only lent; the
	 * addresses and lengths of @p options are those of @p data and @p metadata. Nothing may be in flight.
	 * @param[out] failures Ranges that failed; room for one at least. @see ringline_transfer
	 */
	Result<Transferred> transfer(const Device &device, ringline_transfer_options options, Memory &data,
				     Memory &metadata, Span<ringline_transfer_failure> failures,
				     ringline_diagnosis *diagnosis = nullptr) noexcept
	{
		return state_->queue.transfer(device, options, data, metadata, failures, diagnosis);
	}

	/// Pushed and not yet taken; what was forgotten counts. For the owner alone.
	[[nodiscard]] std::uint32_t in_flight() const noexcept
	{
		return state_->in_flight;
	}
	Count submit() noexcept
	{
		return state_->queue.submit();
	}
	/// Takes completions that are there.
	Count poll(Span<Completed> out) noexcept
	{
		return take(out, [this](Span<ringline_completion> room) { return state_->queue.poll(room); });
	}
	/**
	 * Takes completions, waiting for at least @p min. At most 64 in one call; fewer than @p min also when commands
	 * that were forgotten are among them. @see ringline_wait
	 */
	Count wait(Span<Completed> out, std::uint32_t min = 1, std::int64_t timeout_ns = forever) noexcept
	{
		return take(out, [this, min, timeout_ns](Span<ringline_completion> room) {
			return state_->queue.wait(room, std::min(min, room.count()), timeout_ns);
		});
	}
	/// submit() and wait() in one system call.
	Count submit_and_wait(Span<Completed> out, std::uint32_t min = 1, std::int64_t timeout_ns = forever) noexcept
	{
		return take(out, [this, min, timeout_ns](Span<ringline_completion> room) {
			return state_->queue.submit_and_wait(room, std::min(min, room.count()), timeout_ns);
		});
	}
	/// submit_and_wait() for one. -ENOENT: nothing is in flight. -ETIME: none until the time was up, or until
	/// wakeup(). -EINTR, with no time limit: wakeup(), or a command that was forgotten has completed.
	Result<Completed> next(std::int64_t timeout_ns = forever) noexcept
	{
		Completed completed[1];
		const Count taken = submit_and_wait(completed, 1, timeout_ns);
		if (!taken) {
			return Failure{taken.number()};
		}
		if (*taken == 0) {
			return Failure{in_flight() == 0 ? -ENOENT : timeout_ns < 0 ? -EINTR : -ETIME};
		}
		return std::move(completed[0]);
	}
	/// Cancels what the device does not have yet, of all commands with this user_data; each still completes. @see
	/// ringline_cancel
	Count cancel(std::uint64_t user_data) noexcept
	{
		return for_each_with(user_data, [](Slot &) {});
	}
	/// The same, and none of them is told of any more: their memory is freed when they complete. Never fails where
	/// cancel() is permitted.
	Count forget(std::uint64_t user_data) noexcept
	{
		const Count cancelled = for_each_with(user_data, [](Slot &slot) { slot.use = Use::forgotten; });
		return !cancelled && (cancelled.number() == -EALREADY || cancelled.number() == -ENOENT) ? Count(0)
													: cancelled;
	}
	void swap(Queue &other) noexcept
	{
		state_.swap(other.state_);
	}

private:
	friend class AsyncQueue;
	friend class Operation;
	enum class Use : std::uint8_t { none, held, forgotten };
	struct Slot {
		Memory memory;
		Memory metadata;
		std::uint64_t user_data = 0;
		std::uint32_t next = 0;
		Use use = Use::none;
	};
	/// A list, so that how many there can be is for the library alone to say.
	struct Attached {
		const Buffer::Shared *buffer = nullptr;
		Memory hold; ///< An empty piece.
		std::unique_ptr<Attached> next;
	};
	/// Behind a pointer, so that moving the queue moves nothing that is in use, and so that it can be leaked as a
	/// whole.
	struct State {
		BorrowingQueue queue;
		std::unique_ptr<Slot[]> slots;
		std::uint32_t depth = 0;
		std::atomic<std::uint32_t> free{0}; ///< First of the list of free slots; depth: none.
		std::uint32_t in_flight = 0;
		std::unique_ptr<Attached> buffers;

		State(BorrowingQueue &&owned, std::unique_ptr<Slot[]> made, std::uint32_t count) noexcept
			: queue(std::move(owned)), slots(std::move(made)), depth(count)
		{
		}
	};
	static constexpr std::uint32_t taken_at_once = 64;

	explicit Queue(std::unique_ptr<State> state) noexcept : state_(std::move(state)) {}
	static ringline_queue_options default_options() noexcept
	{
		ringline_queue_options options{};
		options.struct_size = sizeof options;
		return options;
	}
	static Result<Queue> hold(BorrowingQueue &&queue) noexcept
	{
		Result<ringline_queue_info> info = queue.info();
		if (!info) {
			return Failure{info.number()};
		}
		std::unique_ptr<Slot[]> slots(new (std::nothrow) Slot[info->depth]);
		if (slots == nullptr) {
			return Failure{-ENOMEM};
		}
		for (std::uint32_t index = 0; index < info->depth; ++index) {
			slots[index].next = index + 1;
		}
		std::unique_ptr<State> state(new (std::nothrow) State(std::move(queue), std::move(slots), info->depth));
		if (state == nullptr) {
			return Failure{-ENOMEM};
		}
		return Queue(std::move(state));
	}
	/// Memory too long for any command is as long as can be said: that is refused as well.
	static std::uint32_t length_of(const Memory &memory) noexcept
	{
		constexpr std::size_t limit = std::numeric_limits<std::uint32_t>::max();
		return static_cast<std::uint32_t>(std::min(memory.size(), limit));
	}
	/// Writes the addresses, lengths and user_data of @p command: not copied, as it was just written in pieces.
	Pushed push_in_place(ringline_command &command, std::uint64_t user_data, Memory &&data,
			     Memory &&metadata) noexcept
	{
		if ((command.flags & RINGLINE_VECTORED) != 0) {
			return {-EINVAL, ringline_command{}};
		}
		name(command, data, metadata);
		return push_by(
			user_data, std::move(data), std::move(metadata),
			[&](std::uint64_t slot) {
				command.user_data = slot;
				return ringline_push(state_->queue.get(), &command, 1);
			},
			[&] { return command; });
	}
	Pushed push_in_place(ringline_command_extended &command, std::uint64_t user_data, Memory &&data,
			     Memory &&metadata) noexcept
	{
		if ((command.base.flags & RINGLINE_VECTORED) != 0) {
			return {-EINVAL, ringline_command{}};
		}
		name(command.base, data, metadata);
		return push_by(
			user_data, std::move(data), std::move(metadata),
			[&](std::uint64_t slot) {
				command.base.user_data = slot;
				return ringline_push_extended(state_->queue.get(), &command, 1);
			},
			[&] { return command; });
	}
	/// Of an AdminCommand, whose length was proved.
	Pushed push_in_place(ringline_raw_command &command, std::uint64_t user_data, Memory &&data,
			     Memory && /*metadata*/) noexcept
	{
		if (data.size() != command.command.data_length) {
			return {-ENOBUFS, command};
		}
		command.command.address = reinterpret_cast<std::uintptr_t>(data.data());
		return push_by(
			user_data, std::move(data), Memory(),
			[&](std::uint64_t slot) {
				command.user_data = slot;
				return ringline_push_raw(state_->queue.get(), &command, 1);
			},
			[&] { return command; });
	}
	static void name(ringline_command &command, const Memory &data, const Memory &metadata) noexcept
	{
		command.address = reinterpret_cast<std::uintptr_t>(data.data());
		command.length = length_of(data);
		command.metadata_address = reinterpret_cast<std::uintptr_t>(metadata.data());
		command.metadata_length = length_of(metadata);
	}
	/// What read(), write() and flush() push, for those that are refused.
	static ringline_command command_of(std::uint32_t opcode, const Device &device, std::uint64_t lba,
					   std::uint32_t blocks, const Memory &memory, std::uint16_t flags) noexcept
	{
		ringline_command command{};
		command.device = device.get();
		command.lba = lba;
		command.blocks = blocks;
		command.address = reinterpret_cast<std::uintptr_t>(memory.data());
		command.length = length_of(memory);
		command.opcode = static_cast<std::uint8_t>(opcode);
		command.flags = flags;
		return command;
	}
	/// Pushes by @p pusher, which is given what the library is to know the command by: its slot. If it did, the
	/// memory moves there, and if not, @p refused gives the command.
	template <typename Pusher, typename Refused>
	Pushed push_by(std::uint64_t user_data, Memory &&data, Memory &&metadata, Pusher pusher,
		       Refused refused) noexcept
	{
		State &state = *state_;
		// Another thread gets its -EPERM from the library: until then nothing is written, and this is read as
		// one word.
		const std::uint32_t index = state.free.load(std::memory_order_relaxed);
		if (index == state.depth) {
			return {-EAGAIN, refused()};
		}
		const std::int32_t pushed = pusher(index);
		if (pushed < 0) {
			return {pushed, refused()};
		}
		Slot &slot = state.slots[index];
		state.free.store(slot.next, std::memory_order_relaxed);
		slot.memory = std::move(data);
		if (!metadata.empty()) {
			slot.metadata = std::move(metadata);
		}
		slot.user_data = user_data;
		slot.use = Use::held;
		++state.in_flight;
		return {};
	}

	/// Takes completions from @p source, at most @p room, and hands those that are to be told of to @p sink, with
	/// the slot that holds their memory. How many those were.
	template <typename Source, typename Sink> Count take_each(std::size_t room, Source source, Sink sink) noexcept
	{
		std::array<ringline_completion, taken_at_once> raw; // NOLINT: filled by the library
		const Count taken = source(Span<ringline_completion>(raw.data(), std::min(room, raw.size())));
		if (!taken) {
			return taken;
		}
		std::int32_t told = 0;
		for (std::uint32_t index = 0; index < *taken; ++index) {
			Slot &slot = state_->slots[raw[index].user_data];
			if (slot.use == Use::held) {
				sink(raw[index], slot);
				++told;
			}
			free_slot(slot);
		}
		return Count(told);
	}
	template <typename Source> Count take(Span<Completed> out, Source source) noexcept
	{
		Completed *next = out.data();
		return take_each(out.size(), source,
				 [&next](const ringline_completion &raw, Slot &slot) { give(raw, slot, *next++); });
	}
	static void give(const ringline_completion &raw, Slot &slot, Completed &out) noexcept
	{
		out.user_data = slot.user_data;
		out.result = raw.result;
		out.device = raw.device;
		out.number = raw.error;
		out.status = Status(raw.status);
		out.flags = raw.flags;
		out.memory = std::move(slot.memory);
		out.metadata = std::move(slot.metadata);
	}
	/// What was forgotten is freed last: to free it is the user's function, which may push.
	void free_slot(Slot &slot) noexcept
	{
		const Memory memory = std::move(slot.memory);
		const Memory metadata = std::move(slot.metadata);
		slot.use = Use::none;
		--state_->in_flight;
		slot.next = state_->free.load(std::memory_order_relaxed);
		state_->free.store(static_cast<std::uint32_t>(&slot - state_->slots.get()), std::memory_order_relaxed);
	}
	/// Cancels each held command with this user_data. Linear in the depth: a cold path.
	template <typename Action> Count for_each_with(std::uint64_t user_data, Action action) noexcept
	{
		// Slots are the owner's: everyone else is turned away before one is looked at.
		const Result<ringline_queue_info> permitted = info();
		if (!permitted) {
			return Failure{permitted.number()};
		}
		std::int32_t cancelled = 0;
		std::int32_t error = -ENOENT;
		for (std::uint32_t index = 0; index < state_->depth; ++index) {
			Slot &slot = state_->slots[index];
			if (slot.use != Use::held || slot.user_data != user_data) {
				continue;
			}
			const Count one = state_->queue.cancel(index);
			cancelled += one ? static_cast<std::int32_t>(*one) : 0;
			error = one ? error : one.number();
			action(slot);
		}
		return Count(cancelled > 0 ? cancelled : error);
	}

	std::unique_ptr<State> state_;
};

/** @} */

} // namespace ringline
#endif
