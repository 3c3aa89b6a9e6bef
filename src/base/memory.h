// SPDX-License-Identifier: MIT OR Apache-2.0
// Allocation without exceptions and without a C++ runtime: null when there is no memory.
// Only set-up allocates; nothing here is called for a command.
#pragma once

#include <cstddef>
#include <cstdlib>
#include <new>
#include <utility>

namespace ringline
{

/// For "new (nothrow) T": std::nothrow itself is an object of libstdc++.
inline constexpr std::nothrow_t nothrow{};

/// Base of classes with a virtual destructor: the deleting destructor must not name ::operator delete, which lives in
/// libstdc++.
struct Allocated {
	static void *operator new(std::size_t size, const std::nothrow_t & /*tag*/) noexcept
	{
		return std::calloc(1, size);
	}
	// NOLINTNEXTLINE(misc-new-delete-overloads): a plain new would have to throw
	static void operator delete(void *memory) noexcept { std::free(memory); }
	static void operator delete(void *memory, const std::nothrow_t & /*tag*/) noexcept { std::free(memory); }
};

/// An owned, zero-filled array of trivial elements that is sized once.
template <class T> class Array
{
public:
	Array() = default;
	Array(const Array &) = delete;
	Array &operator=(const Array &) = delete;
	~Array() { std::free(data_); }

	[[nodiscard]] bool allocate(std::size_t count)
	{
		std::free(data_);
		data_ = static_cast<T *>(std::calloc(count, sizeof(T)));
		size_ = data_ != nullptr ? count : 0;
		return data_ != nullptr;
	}
	T &operator[](std::size_t index) { return data_[index]; }
	const T &operator[](std::size_t index) const { return data_[index]; }
	[[nodiscard]] std::size_t size() const { return size_; }
	[[nodiscard]] bool empty() const { return size_ == 0; }
	[[nodiscard]] std::size_t bytes() const { return size_ * sizeof(T); }
	T *begin() { return data_; }
	T *end() { return data_ + size_; }
	const T *begin() const { return data_; }
	const T *end() const { return data_ + size_; }

private:
	T *data_ = nullptr;
	std::size_t size_ = 0;
};

/// Runs a function at the end of the scope.
template <class F> class Finally
{
public:
	explicit Finally(F run) : run_(std::move(run)) {}
	Finally(const Finally &) = delete;
	Finally &operator=(const Finally &) = delete;
	~Finally() { run_(); }

private:
	F run_;
};

} // namespace ringline
