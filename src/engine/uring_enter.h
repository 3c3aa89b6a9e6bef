// SPDX-License-Identifier: MIT OR Apache-2.0
// io_uring_enter(2) without a function in between: after a system call the first return is mispredicted, so there
// should be none.
#pragma once

#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>

namespace ringline::engine
{

/// As the kernel gives it: a count or a negative errno; errno is left alone.
[[gnu::always_inline]] inline std::int32_t uring_enter(int fd, std::uint32_t to_submit, std::uint32_t min,
						       std::uint32_t flags, const void *argument, std::size_t bytes)
{
#if defined(__x86_64__)
	long result = __NR_io_uring_enter;
	register long r10 __asm__("r10") = static_cast<long>(flags);
	register const void *r8 __asm__("r8") = argument;
	register std::size_t r9 __asm__("r9") = bytes;
	__asm__ volatile("syscall"
			 : "+a"(result)
			 : "D"(static_cast<long>(fd)), "S"(static_cast<unsigned long>(to_submit)),
			   "d"(static_cast<unsigned long>(min)), "r"(r10), "r"(r8), "r"(r9)
			 : "rcx", "r11", "memory");
	return static_cast<std::int32_t>(result);
#else
	const int saved = errno;
	const long result = ::syscall(__NR_io_uring_enter, fd, to_submit, min, flags, argument, bytes);
	const int error = errno;
	errno = saved;
	return static_cast<std::int32_t>(result < 0 ? -error : result);
#endif
}

} // namespace ringline::engine
