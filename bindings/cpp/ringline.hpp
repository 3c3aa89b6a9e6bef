// SPDX-License-Identifier: MIT OR Apache-2.0
/**
 * @file ringline.hpp
 * @brief ringline for C++17 and later: owners for what ringline.h hands out, and memory that cannot be freed too early.
 *
 * Header-only, on <ringline/ringline.h> and the standard library alone; the manual of what is called is there.
 * Conventions:
 *  1. Nothing throws but constructors that open or create, and Result::value(); without exceptions those are not there,
 * and all else is the same. Allocation is nothrow and gives -ENOMEM.
 *  2. A Queue *holds the memory of its commands*: it is moved in with the command and moved out with its completion,
 * and when a command is not taken it was not moved. Whatever is dropped, cancelled or forgotten, memory is freed only
 * when the device has let go of it. Where that cannot be known (the destructor runs in another thread than the owner,
 * or after fork) it is leaked, on purpose.
 *  3. A BorrowingQueue holds nothing and costs nothing: arrays of the C structs go in and out, and the memory that they
 * name is the caller's to keep. Use it when you know why.
 *  4. Threads are as in C: convention 9 of ringline.h.
 */
#ifndef RINGLINE_HPP
#define RINGLINE_HPP

#include <ringline/ringline.h>

#include "cpp/admin.hpp"
#include "cpp/borrowing_queue.hpp"
#include "cpp/commands.hpp"
#include "cpp/completed.hpp"
#include "cpp/error.hpp"
#include "cpp/memory.hpp"
#include "cpp/queue.hpp"
#if defined(__cpp_impl_coroutine)
#include "cpp/coroutine.hpp"
#endif

#endif
