// SPDX-License-Identifier: MIT OR Apache-2.0
/**
 * @file coroutine.hpp
 * @brief Commands that a C++20 coroutine awaits, and the loop that resumes it.
 */
#ifndef RINGLINE_CPP_COROUTINE_HPP
#define RINGLINE_CPP_COROUTINE_HPP

#include "queue.hpp"

#include <cassert>
#include <cerrno>
#include <coroutine>
#include <cstdint>
#include <exception>
#include <memory>
#include <new>
#include <utility>
#include <variant>

namespace ringline
{

/** @defgroup cpp_coroutines Coroutines
 * Coroutines are resumed inside run() and poll(), in the queue's owner thread; frames are destroyed there too.
 *  @{ */

class Operation;

namespace detail
{
/// Operations in the order in which they came. Each is in one list at most, and leaves it when its frame is destroyed.
class Operations
{
public:
	Operations() = default;
	Operations(const Operations &) = delete;
	Operations &operator=(const Operations &) = delete;
	[[nodiscard]] Operation *first() const noexcept { return first_; }
	inline void append(Operation &operation) noexcept;
	inline void remove(Operation &operation) noexcept;

private:
	Operation *first_ = nullptr;
	Operation *last_ = nullptr;
};

struct AsyncState {
	Queue queue;
	Operations waiting; ///< For room in the queue.
	Operations in_flight;
	Operations ready; ///< Completed and not yet resumed.
	bool running = false;

	explicit AsyncState(Queue &&owned) noexcept : queue(std::move(owned)) {}
};
} // namespace detail

/**
 * One command, pushed when it is awaited (at once, or when a full queue has room); gives Completed. A command that
 * could not be pushed completes too, with its errno, RINGLINE_NOT_SENT and its memory.
 *
 * If the coroutine is destroyed while it waits, the command is cancelled where the device does not have it yet, and the
 * queue holds the memory until the device has let go of it. If the queue is destroyed first, the coroutine is never
 * resumed.
 */
class [[nodiscard]] Operation
{
public:
	Operation(const Operation &) = delete;
	Operation &operator=(const Operation &) = delete;
	~Operation()
	{
		if (list_ != nullptr) {
			const bool in_flight = list_ == &state_->in_flight;
			list_->remove(*this);
			if (in_flight) {
				(void)state_->queue.forget(name());
			}
		}
	}

	[[nodiscard]] bool await_ready() const noexcept { return false; }
	bool await_suspend(std::coroutine_handle<> waiter) noexcept
	{
		waiter_ = waiter;
		// Those that came first are pushed first.
		const Pushed pushed = state_->waiting.first() != nullptr ? Pushed::full : push();
		if (pushed == Pushed::refused) {
			return false;
		}
		(pushed == Pushed::full ? state_->waiting : state_->in_flight).append(*this);
		return true;
	}
	Completed await_resume() noexcept { return std::move(completed_); }

private:
	friend class AsyncQueue;
	friend class detail::Operations;

	template <typename Command>
	Operation(detail::AsyncState *state, const Command &command, std::uint64_t user_data, ringline_device device,
		  Memory &&data, Memory &&metadata) noexcept
		: state_(state), command_(command)
	{
		completed_.user_data = user_data;
		completed_.device = device;
		completed_.memory = std::move(data);
		completed_.metadata = std::move(metadata);
	}
	Operation(detail::AsyncState *state, std::uint32_t opcode, ringline_device device, std::uint64_t lba,
		  std::uint32_t blocks, std::uint16_t flags, Memory &&memory) noexcept
		: state_(state), command_(std::in_place_type<ringline_command>)
	{
		auto &command = *std::get_if<ringline_command>(&command_);
		command.device = device;
		command.lba = lba;
		command.blocks = blocks;
		command.opcode = static_cast<std::uint8_t>(opcode);
		command.flags = flags;
		completed_.device = device;
		completed_.memory = std::move(memory);
	}
	/// What the queue knows it by.
	[[nodiscard]] std::uint64_t name() const noexcept { return reinterpret_cast<std::uintptr_t>(this); }
	enum class Pushed : std::uint8_t { in_flight, full, refused };
	/// If it is refused, completed_ says why.
	Pushed push() noexcept
	{
		const Result<void> pushed = std::visit(
			[this](auto &command) {
				return state_->queue.push_in_place(command, name(), std::move(completed_.memory),
								   std::move(completed_.metadata));
			},
			command_);
		if (pushed) {
			return Pushed::in_flight;
		}
		if (pushed.number() == -EAGAIN && state_->queue.in_flight() > 0) {
			return Pushed::full;
		}
		completed_.number = pushed.number();
		completed_.flags = RINGLINE_NOT_SENT;
		return Pushed::refused;
	}

	detail::AsyncState *state_;
	std::variant<ringline_command, ringline_command_extended, ringline_raw_command> command_;
	Completed completed_; ///< Its memory is here until it is pushed, and again from the completion.
	std::coroutine_handle<> waiter_;
	detail::Operations *list_ = nullptr;
	Operation *next_ = nullptr;
	Operation *previous_ = nullptr;
};

inline void detail::Operations::append(Operation &operation) noexcept
{
	operation.list_ = this;
	operation.next_ = nullptr;
	operation.previous_ = last_;
	(last_ == nullptr ? first_ : last_->next_) = &operation;
	last_ = &operation;
}

inline void detail::Operations::remove(Operation &operation) noexcept
{
	(operation.previous_ == nullptr ? first_ : operation.previous_->next_) = operation.next_;
	(operation.next_ == nullptr ? last_ : operation.next_->previous_) = operation.previous_;
	operation.list_ = nullptr;
}

/// A queue whose commands are awaited. It must not be destroyed by a coroutine that it resumes.
class AsyncQueue
{
public:
	/// Takes over a queue with nothing in flight (else -EBUSY, and the queue is not moved).
	static Result<AsyncQueue> create(Queue &&queue) noexcept
	{
		if (queue.in_flight() > 0) {
			return Failure{-EBUSY};
		}
		std::unique_ptr<detail::AsyncState> state(new (std::nothrow) detail::AsyncState(std::move(queue)));
		if (state == nullptr) {
			return Failure{-ENOMEM};
		}
		return AsyncQueue(std::move(state));
	}
#if defined(__cpp_exceptions)
	/// @throws std::system_error
	explicit AsyncQueue(Queue &&queue = Queue()) : AsyncQueue(create(std::move(queue)).value()) {}
#endif
	AsyncQueue(AsyncQueue &&) noexcept = default;
	AsyncQueue &operator=(AsyncQueue &&other) noexcept
	{
		AsyncQueue(std::move(other)).state_.swap(state_);
		return *this;
	}
	~AsyncQueue()
	{
		if (state_ == nullptr) {
			return;
		}
		assert(!state_->running);
		for (detail::Operations *list : {&state_->waiting, &state_->in_flight, &state_->ready}) {
			while (list->first() != nullptr) {
				list->remove(*list->first());
			}
		}
	}

	/// For attaching, info() and fd().
	[[nodiscard]] Queue &queue() noexcept
	{
		return state_->queue;
	}

	/// @see Queue::read
	Operation read(const Device &device, std::uint64_t lba, std::uint32_t blocks, Memory memory,
		       std::uint16_t flags = 0) noexcept
	{
		return {state_.get(), RINGLINE_NVME_READ, device.get(), lba, blocks, flags, std::move(memory)};
	}
	/// @see Queue::write
	Operation write(const Device &device, std::uint64_t lba, std::uint32_t blocks, Memory memory,
			std::uint16_t flags = 0) noexcept
	{
		return {state_.get(), RINGLINE_NVME_WRITE, device.get(), lba, blocks, flags, std::move(memory)};
	}
	/// @see Queue::flush
	Operation flush(const Device &device) noexcept
	{
		return {state_.get(), RINGLINE_NVME_FLUSH, device.get(), 0, 0, 0, Memory()};
	}
	/// Any command. @see Queue::push
	Operation push(const ringline_command &command, Memory data = Memory(), Memory metadata = Memory()) noexcept
	{
		return {state_.get(), command, command.user_data, command.device, std::move(data), std::move(metadata)};
	}
	/// The same with the tags of protection information and access hints.
	Operation push(const ringline_command_extended &command, Memory data = Memory(),
		       Memory metadata = Memory()) noexcept
	{
		return {state_.get(),        command,         command.base.user_data,
			command.base.device, std::move(data), std::move(metadata)};
	}
	/// An admin command. @see Queue::push
	Operation push(const AdminCommand &command, Memory data = Memory()) noexcept
	{
		const ringline_raw_command &raw = command.raw();
		return {state_.get(), raw, raw.user_data, raw.device, std::move(data), Memory()};
	}

	/// Submits, waits and resumes until nothing is in flight, or ringline_queue_wakeup().
	Result<void> run() noexcept
	{
		while (state_->queue.in_flight() > 0) {
			const std::uint32_t before = state_->queue.in_flight();
			const Count resumed = step(1, forever);
			if (!resumed) {
				return Failure{resumed.number()};
			}
			if (*resumed == 0 && state_->queue.in_flight() == before) {
				break;
			}
		}
		return Result<void>();
	}
	/// Submits, and resumes what has completed: for event loops, until it gives 0. How many were resumed.
	Count poll() noexcept
	{
		return step(0, 0);
	}

private:
	explicit AsyncQueue(std::unique_ptr<detail::AsyncState> state) noexcept : state_(std::move(state)) {}

	Count step(std::uint32_t min, std::int64_t timeout_ns) noexcept
	{
		detail::AsyncState &state = *state_;
		// All are noted before the first is resumed: it may destroy the others.
		const Count taken = state.queue.take_each(
			Queue::taken_at_once,
			[&](Span<ringline_completion> room) {
				return state.queue.state_->queue.submit_and_wait(room, min, timeout_ns);
			},
			[&](const ringline_completion &raw, Queue::Slot &slot) {
				auto *operation =
					reinterpret_cast<Operation *>(static_cast<std::uintptr_t>(slot.user_data));
				slot.user_data = operation->completed_.user_data;
				Queue::give(raw, slot, operation->completed_);
				state.in_flight.remove(*operation);
				state.ready.append(*operation);
			});
		if (!taken) {
			return taken;
		}
		push_waiting();
		resume_ready();
		return taken;
	}
	void push_waiting() noexcept
	{
		while (Operation *operation = state_->waiting.first()) {
			const Operation::Pushed pushed = operation->push();
			if (pushed == Operation::Pushed::full) {
				return;
			}
			state_->waiting.remove(*operation);
			(pushed == Operation::Pushed::in_flight ? state_->in_flight : state_->ready).append(*operation);
		}
	}
	void resume_ready() noexcept
	{
		const bool nested = std::exchange(state_->running, true);
		while (Operation *operation = state_->ready.first()) {
			state_->ready.remove(*operation);
			operation->waiter_.resume();
		}
		state_->running = nested;
	}

	std::unique_ptr<detail::AsyncState> state_;
};

/**
 * The least of a coroutine's return types: it starts at once, and the Task owns the frame. Awaiting works in any other
 * type as well.
 */
class [[nodiscard]] Task
{
public:
	struct promise_type { // NOLINT(readability-identifier-naming): the language's name
		std::exception_ptr exception;

		Task get_return_object() noexcept
		{
			return Task(std::coroutine_handle<promise_type>::from_promise(*this));
		}
		std::suspend_never initial_suspend() noexcept { return {}; }
		std::suspend_always final_suspend() noexcept { return {}; }
		void return_void() noexcept {}
		void unhandled_exception() noexcept { exception = std::current_exception(); }
	};

	Task(Task &&other) noexcept : frame_(std::exchange(other.frame_, nullptr)) {}
	Task &operator=(Task &&other) noexcept
	{
		std::swap(frame_, other.frame_);
		return *this;
	}
	~Task()
	{
		if (frame_) {
			frame_.destroy();
		}
	}
	[[nodiscard]] bool done() const noexcept { return frame_.done(); }
#if defined(__cpp_exceptions)
	/// Throws what the coroutine threw, once it is done.
	void rethrow() const
	{
		if (frame_.promise().exception != nullptr) {
			std::rethrow_exception(frame_.promise().exception);
		}
	}
#endif

private:
	explicit Task(std::coroutine_handle<promise_type> frame) noexcept : frame_(frame) {}

	std::coroutine_handle<promise_type> frame_;
};

/** @} */

} // namespace ringline
#endif
