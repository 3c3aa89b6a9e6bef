// SPDX-License-Identifier: MIT OR Apache-2.0
// Compiles what templates and macros hide. The headers come one by one, so that each is first once for its own
// includes.
#include <ringline/cpp/error.hpp>
// One after the other in the order of what they need.
#include <ringline/cpp/memory.hpp>

#include <ringline/cpp/borrowing_queue.hpp>

#include <ringline/cpp/completed.hpp>

#include <ringline/cpp/commands.hpp>

#include <ringline/cpp/queue.hpp>

#include <ringline/cpp/admin.hpp>

#include <ringline/ringline.hpp>

#include <type_traits>
#include <vector>

namespace
{

template <typename T>
constexpr bool owner = std::is_nothrow_move_constructible_v<T> &&std::is_nothrow_move_assignable_v<T> &&
		       !std::is_copy_constructible_v<T> && !std::is_copy_assignable_v<T>;

static_assert(owner<ringline::Device> && owner<ringline::Memory> && owner<ringline::Buffer>);
static_assert(owner<ringline::BorrowingQueue> && owner<ringline::Queue> && owner<ringline::Completed>);
static_assert(sizeof(ringline::Count) == sizeof(std::int32_t));
// A vector that is not moved in would still be the caller's to free.
static_assert(std::is_constructible_v<ringline::Span<const ringline_command>, const std::vector<ringline_command> &>);
static_assert(!std::is_constructible_v<ringline::Span<ringline_completion>, const std::vector<ringline_completion> &>);
#if defined(__cpp_impl_coroutine)
static_assert(owner<ringline::AsyncQueue> && !std::is_move_constructible_v<ringline::Operation>);
#endif

} // namespace

bool bindings_cpp_compile(ringline::Queue &queue, const ringline::Device &device);
bool bindings_cpp_compile(ringline::Queue &queue, const ringline::Device &device)
{
	ringline::Result<ringline::Memory> memory = ringline::Memory::of(std::string("bytes"));
#if defined(__cpp_exceptions)
	memory = ringline::Memory::of(std::vector<char>(512)).value();
#endif
	return memory && queue.read(device, 0, 1, *std::move(memory)) && queue.next();
}
