// SPDX-License-Identifier: MIT OR Apache-2.0
/**
 * @file memory.hpp
 * @brief Owners of devices, memory and buffers.
 */
#ifndef RINGLINE_CPP_MEMORY_HPP
#define RINGLINE_CPP_MEMORY_HPP

#include "error.hpp"

#include <atomic>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <new>
#include <type_traits>
#include <utility>

namespace ringline
{

/** @defgroup cpp_memory Devices and memory
 *  @{ */

/// An open device; closes it. Commands in flight finish all the same.
class Device
{
public:
	/// A device, or why not; *diagnosis is written only then. @see ringline_device_open
	static Result<Device> open(const char *path, const ringline_device_options *options = nullptr,
				   ringline_diagnosis *diagnosis = nullptr) noexcept
	{
		ringline_device device{};
		const std::int32_t error = ringline_device_open(path, options, diagnosis, &device);
		if (error < 0) {
			return Failure{error};
		}
		return Device(device);
	}
#if defined(__cpp_exceptions)
	/// @throws Error
	explicit Device(const char *path, const ringline_device_options *options = nullptr)
	{
		ringline_diagnosis diagnosis{};
		diagnosis.struct_size = sizeof diagnosis;
		const std::int32_t error = ringline_device_open(path, options, &diagnosis, &device_);
		if (error < 0) {
			throw Error(error, diagnosis);
		}
	}
#endif
	/// Takes over a handle.
	explicit Device(ringline_device device) noexcept : device_(device) {}
	Device(Device &&other) noexcept : device_(std::exchange(other.device_, ringline_device{})) {}
	Device &operator=(Device &&other) noexcept
	{
		Device(std::move(other)).swap(*this);
		return *this;
	}
	~Device()
	{
		(void)close();
	}

	Result<void> close() noexcept
	{
		const ringline_device device = std::exchange(device_, ringline_device{});
		return Result<void>(device.value == 0 ? 0 : ringline_device_close(device));
	}
	[[nodiscard]] ringline_device get() const noexcept
	{
		return device_;
	}
	[[nodiscard]] Result<ringline_device_info> info() const noexcept
	{
		ringline_device_info info{};
		info.struct_size = sizeof info;
		const std::int32_t error = ringline_device_info_get(device_, &info);
		if (error < 0) {
			return Failure{error};
		}
		return info;
	}
	Result<void> refresh() noexcept
	{
		return Result<void>(ringline_device_refresh(device_));
	}
	void swap(Device &other) noexcept
	{
		std::swap(device_, other.device_);
	}

private:
	ringline_device device_{};
};

/**
 * Bytes, and how to free them: what goes into a queue with a command and comes back with its completion. Movable only;
 * empty by default.
 *
 * What allocate() and of() give is ordinary private memory: do not fork() while reads into it are in flight (convention
 * 10 of ringline.h). Pieces of a Buffer are safe there.
 */
class Memory
{
public:
	using Release = void (*)(void *context, void *data, std::size_t size);

	Memory() noexcept = default;
	/// Takes over memory that @p release frees; @p release must not throw, and may run wherever the Memory ends.
	Memory(void *data, std::size_t size, Release release, void *context) noexcept
		: data_(data), size_(size), release_(release), context_(context)
	{
	}
	/// Zeros, aligned to 4 KiB, so that no kernel needs to copy. -ENOMEM; -EINVAL for 0 bytes.
	static Result<Memory> allocate(std::size_t size) noexcept
	{
		if (size == 0) {
			return Failure{-EINVAL};
		}
		void *data = ::operator new (size, std::align_val_t{alignment}, std::nothrow);
		if (data == nullptr) {
			return Failure{-ENOMEM};
		}
		std::memset(data, 0, size);
		return Memory(
			data, size,
			[](void *, void *bytes, std::size_t) {
				::operator delete (bytes, std::align_val_t{alignment});
			},
			nullptr);
	}
	/// Takes over a container of plain values, such as a std::vector or a std::string, that is movable without
	/// throwing.
	template <typename Container> static Result<Memory> of(Container &&container) noexcept
	{
		using Held = std::remove_reference_t<Container>;
		static_assert(!std::is_lvalue_reference_v<Container>, "move the container in: the queue is to hold it");
		static_assert(std::is_nothrow_move_constructible_v<Held>, "moving the container may throw");
		static_assert(std::is_trivially_copyable_v<typename Held::value_type>,
			      "a device reads and writes plain bytes");
		auto *held = new (std::nothrow) Held(std::forward<Container>(container));
		if (held == nullptr) {
			return Failure{-ENOMEM};
		}
		return Memory(
			held->data(), held->size() * sizeof(typename Held::value_type),
			[](void *context, void *, std::size_t) { delete static_cast<Held *>(context); }, held);
	}
	Memory(Memory &&other) noexcept
		: data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)),
		  release_(std::exchange(other.release_, nullptr)), context_(other.context_)
	{
	}
	Memory &operator=(Memory &&other) noexcept
	{
		if (this != &other) {
			let_go();
			data_ = std::exchange(other.data_, nullptr);
			size_ = std::exchange(other.size_, 0);
			release_ = std::exchange(other.release_, nullptr);
			context_ = other.context_;
		}
		return *this;
	}
	~Memory() { let_go(); }

	[[nodiscard]] std::byte *data() noexcept { return static_cast<std::byte *>(data_); }
	[[nodiscard]] const std::byte *data() const noexcept { return static_cast<const std::byte *>(data_); }
	[[nodiscard]] std::size_t size() const noexcept { return size_; }
	[[nodiscard]] bool empty() const noexcept { return size_ == 0; }
	[[nodiscard]] std::byte *begin() noexcept { return data(); }
	[[nodiscard]] std::byte *end() noexcept { return data() + size_; }
	[[nodiscard]] const std::byte *begin() const noexcept { return data(); }
	[[nodiscard]] const std::byte *end() const noexcept { return data() + size_; }

private:
	void let_go() noexcept
	{
		if (release_ != nullptr) {
			release_(context_, data_, size_);
		}
	}

	static constexpr std::size_t alignment = 4096;

	void *data_ = nullptr;
	std::size_t size_ = 0;
	Release release_ = nullptr;
	void *context_ = nullptr;
};

/**
 * Memory that the library made, pinned once by each queue that it is attached to. Freed when the Buffer, all pieces of
 * it, and all queues that it is attached to are gone.
 */
class Buffer
{
public:
	static Result<Buffer> create(std::size_t length) noexcept
	{
		std::unique_ptr<Shared> shared(new (std::nothrow) Shared);
		if (shared == nullptr) {
			return Failure{-ENOMEM};
		}
		ringline_buffer_options options{};
		options.struct_size = sizeof options;
		options.length = length;
		ringline_buffer_info info{};
		info.struct_size = sizeof info;
		std::int32_t error = ringline_buffer_create(&options, &shared->buffer);
		if (error < 0 || (error = ringline_buffer_info_get(shared->buffer, &info)) < 0) {
			return Failure{error};
		}
		shared->data = reinterpret_cast<std::byte *>(static_cast<std::uintptr_t>(info.address));
		shared->length = static_cast<std::size_t>(info.length);
		return Buffer(shared.release());
	}
	Buffer(Buffer &&other) noexcept : shared_(std::exchange(other.shared_, nullptr)) {}
	Buffer &operator=(Buffer &&other) noexcept
	{
		std::swap(shared_, other.shared_);
		return *this;
	}
	~Buffer() { release(shared_); }

	[[nodiscard]] ringline_buffer get() const noexcept
	{
		return shared_ == nullptr ? ringline_buffer{} : shared_->buffer;
	}
	[[nodiscard]] std::size_t size() const noexcept { return shared_ == nullptr ? 0 : shared_->length; }
	/// A part of it, for a command. Parts may overlap: what two commands do to the same bytes is the caller's
	/// affair. -ERANGE.
	[[nodiscard]] Result<Memory> piece(std::size_t offset, std::size_t length) const noexcept
	{
		if (length > size() || offset > size() - length) {
			return Failure{-ERANGE};
		}
		return Memory(
			shared_->data + offset, length,
			[](void *context, void *, std::size_t) { release(static_cast<Shared *>(context)); },
			hold(shared_));
	}

private:
	friend class Queue;
	struct Shared {
		ringline_buffer buffer{};
		std::byte *data = nullptr;
		std::size_t length = 0;
		std::atomic<std::uint32_t> holders{1};
	};
	explicit Buffer(Shared *shared) noexcept : shared_(shared) {}
	static Shared *hold(Shared *shared) noexcept
	{
		shared->holders.fetch_add(1, std::memory_order_relaxed);
		return shared;
	}
	static void release(Shared *shared) noexcept
	{
		if (shared != nullptr && shared->holders.fetch_sub(1, std::memory_order_acq_rel) == 1) {
			// Refused only where it must not be freed: attached by hand to a BorrowingQueue, or after fork.
			(void)ringline_buffer_free(shared->buffer);
			delete shared;
		}
	}

	Shared *shared_;
};

/** @} */

} // namespace ringline
#endif
