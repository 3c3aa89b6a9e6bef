// SPDX-License-Identifier: MIT OR Apache-2.0
/**
 * @file borrowing_queue.hpp
 * @brief The C queue with an owner, and arrays in and out.
 */
#ifndef RINGLINE_CPP_BORROWING_QUEUE_HPP
#define RINGLINE_CPP_BORROWING_QUEUE_HPP

#include "error.hpp"
#include "memory.hpp"

#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <utility>

namespace ringline
{

/** @defgroup cpp_queues Queues
 *  @{ */

/// A view of an array, until std::span can be asked for. From (pointer, count), arrays and containers.
template <typename T> class Span
{
public:
	constexpr Span(T *data, std::size_t size) noexcept : data_(data), size_(size) {}
	template <typename Container,
		  typename Element = std::remove_pointer_t<decltype(std::declval<Container &>().data())>,
		  typename = std::enable_if_t<std::is_convertible_v<Element (*)[], T (*)[]>>>
	// NOLINTNEXTLINE(google-explicit-constructor,bugprone-forwarding-reference-overload)
	constexpr Span(Container &&container) noexcept : data_(container.data()), size_(container.size())
	{
	}
	template <std::size_t count>
	constexpr Span(T (&array)[count]) noexcept : data_(array), size_(count) // NOLINT(google-explicit-constructor)
	{
	}
	[[nodiscard]] constexpr T *data() const noexcept { return data_; }
	[[nodiscard]] constexpr std::size_t size() const noexcept { return size_; }
	/// As the C functions want it: what is longer than any queue is deep makes no difference.
	[[nodiscard]] constexpr std::uint32_t count() const noexcept
	{
		return size_ < limit ? static_cast<std::uint32_t>(size_) : limit;
	}

private:
	static constexpr std::uint32_t limit = 32768;

	T *data_;
	std::size_t size_;
};

/// What a transfer of any length did.
struct Transferred {
	ringline_transfer_result result{};
	std::uint32_t failures = 0; ///< Ranges that failed: the first of the array have them.
	bool complete = false;      ///< All of it is done.
};

/// No time limit for a wait.
inline constexpr std::int64_t forever = -1;

/**
 * A queue that holds no memory: *you* keep what commands name until their completions, as in C, and it costs what C
 * costs. The destructor waits for the device; in another thread than the owner's, or after fork, it cannot, and leaks
 * the queue: close() tells.
 */
class BorrowingQueue
{
public:
	static Result<BorrowingQueue> create(const ringline_queue_options *options = nullptr,
					     ringline_diagnosis *diagnosis = nullptr) noexcept
	{
		ringline_queue *queue = nullptr;
		const std::int32_t error = ringline_queue_create(options, diagnosis, &queue);
		if (error < 0) {
			return Failure{error};
		}
		return BorrowingQueue(queue);
	}
#if defined(__cpp_exceptions)
	/// @throws Error
	explicit BorrowingQueue(const ringline_queue_options &options)
	{
		ringline_diagnosis diagnosis{};
		diagnosis.struct_size = sizeof diagnosis;
		const std::int32_t error = ringline_queue_create(&options, &diagnosis, &queue_);
		if (error < 0) {
			throw Error(error, diagnosis);
		}
	}
#endif
	/// Takes over a queue.
	explicit BorrowingQueue(ringline_queue *queue) noexcept : queue_(queue) {}
	BorrowingQueue(BorrowingQueue &&other) noexcept : queue_(std::exchange(other.queue_, nullptr)) {}
	/// What was here before is destroyed.
	BorrowingQueue &operator=(BorrowingQueue &&other) noexcept
	{
		BorrowingQueue(std::move(other)).swap(*this);
		return *this;
	}
	~BorrowingQueue()
	{
		(void)close();
	}

	/// Waits and destroys; if it cannot (-EPERM, -ECHILD) the queue stays here.
	Result<void> close() noexcept
	{
		const std::int32_t error = ringline_queue_destroy(queue_);
		if (error == 0) {
			queue_ = nullptr;
		}
		return Result<void>(error);
	}
	[[nodiscard]] ringline_queue *get() const noexcept
	{
		return queue_;
	}
	[[nodiscard]] Result<ringline_queue_info> info() const noexcept
	{
		ringline_queue_info info{};
		info.struct_size = sizeof info;
		const std::int32_t error = ringline_queue_info_get(queue_, &info);
		if (error < 0) {
			return Failure{error};
		}
		return info;
	}
	Result<void> attach(const Device &device) noexcept
	{
		return Result<void>(ringline_queue_attach(queue_, device.get()));
	}
	Result<void> detach(const Device &device) noexcept
	{
		return Result<void>(ringline_queue_detach(queue_, device.get()));
	}
	/// 1: pinned. The queue holds nothing: detach it before the Buffer ends, or its memory is never freed.
	Count attach(const Buffer &buffer) noexcept
	{
		return Count(ringline_queue_attach_buffer(queue_, buffer.get()));
	}
	Result<void> detach(const Buffer &buffer) noexcept
	{
		return Result<void>(ringline_queue_detach_buffer(queue_, buffer.get()));
	}
	/// For event loops: ringline_queue_fd().
	Count fd() noexcept
	{
		return Count(ringline_queue_fd(queue_));
	}
	/// From any thread and signal handler.
	Result<void> wakeup() noexcept
	{
		return Result<void>(ringline_queue_wakeup(queue_));
	}

	Count push(Span<const ringline_command> commands) noexcept
	{
		return Count(ringline_push(queue_, commands.data(), commands.count()));
	}
	Count push_extended(Span<const ringline_command_extended> commands) noexcept
	{
		return Count(ringline_push_extended(queue_, commands.data(), commands.count()));
	}
	/// Unchecked: a wrong data_length lets the device overwrite memory.
	Count push_raw(Span<const ringline_raw_command> commands) noexcept
	{
		return Count(ringline_push_raw(queue_, commands.data(), commands.count()));
	}
	Count submit() noexcept
	{
		return Count(ringline_submit(queue_));
	}
	Count poll(Span<ringline_completion> completions) noexcept
	{
		return Count(ringline_poll(queue_, completions.data(), completions.count()));
	}
	Count wait(Span<ringline_completion> completions, std::uint32_t min = 1,
		   std::int64_t timeout_ns = forever) noexcept
	{
		return Count(ringline_wait(queue_, completions.data(), completions.count(), min, timeout_ns));
	}
	Count submit_and_wait(Span<ringline_completion> completions, std::uint32_t min = 1,
			      std::int64_t timeout_ns = forever) noexcept
	{
		return Count(
			ringline_submit_and_wait(queue_, completions.data(), completions.count(), min, timeout_ns));
	}
	/// @param[out] taken How many were pushed. @see ringline_exchange
	Count exchange(Span<const ringline_command> commands, std::uint32_t &taken,
		       Span<ringline_completion> completions, std::uint32_t min = 1,
		       std::int64_t timeout_ns = forever) noexcept
	{
		return Count(ringline_exchange(queue_, commands.data(), commands.count(), &taken, completions.data(),
					       completions.count(), min, timeout_ns));
	}
	/// @see Queue::transfer
	Result<Transferred> transfer(const Device &device, ringline_transfer_options options, Memory &data,
				     Memory &metadata, Span<ringline_transfer_failure> failures,
				     ringline_diagnosis *diagnosis = nullptr) noexcept
	{
		options.address = reinterpret_cast<std::uintptr_t>(data.data());
		options.length = data.size();
		options.metadata_address = reinterpret_cast<std::uintptr_t>(metadata.data());
		options.metadata_length = metadata.size();
		Transferred done;
		done.result.struct_size = sizeof done.result;
		const std::int32_t failed = ringline_transfer(queue_, device.get(), &options, failures.data(),
							      failures.count(), &done.result, diagnosis);
		if (failed < 0) {
			return Failure{failed};
		}
		done.failures = static_cast<std::uint32_t>(failed);
		done.complete = failed == 0 && done.result.next_lba == options.lba + options.blocks;
		return done;
	}
	Count cancel(std::uint64_t user_data) noexcept
	{
		return Count(ringline_cancel(queue_, user_data));
	}
	void swap(BorrowingQueue &other) noexcept
	{
		std::swap(queue_, other.queue_);
	}

private:
	ringline_queue *queue_ = nullptr;
};

/** @} */

} // namespace ringline
#endif
