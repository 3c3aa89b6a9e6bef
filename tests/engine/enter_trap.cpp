// SPDX-License-Identifier: MIT OR Apache-2.0
#include "enter_trap.h"

#include <linux/filter.h>
#include <linux/io_uring.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstddef>

namespace
{

// A signal handler may not allocate.
constexpr std::size_t seen_most = 64;
thread_local EnterCall seen[seen_most];
thread_local std::size_t seen_count = 0;
constexpr std::uint32_t any = UINT32_MAX;
thread_local std::uint32_t most = any;

#if defined(__x86_64__)

// The kernel looks at the low half of this argument only, the filter at the high half: calls of ours pass.
constexpr std::uint64_t passes = std::uint64_t{1} << 32;

long enter(const greg_t *registers, std::uint32_t to_submit, std::uint64_t flags)
{
	const long result = ::syscall(SYS_io_uring_enter, registers[REG_RDI], to_submit | passes, registers[REG_RDX],
				      flags, registers[REG_R8], registers[REG_R9]);
	return result < 0 ? -errno : result;
}

// Runs where the call was made, on the thread's own ring: it may do what any code can, as the call is synchronous.
void handle(int /*signal*/, siginfo_t * /*info*/, void *context)
{
	const int saved = errno;
	greg_t *registers = static_cast<ucontext_t *>(context)->uc_mcontext.gregs;
	const auto to_submit = static_cast<std::uint32_t>(registers[REG_RSI]);
	const auto flags = static_cast<std::uint64_t>(registers[REG_R10]);
	if (seen_count < seen_most) {
		seen[seen_count++] = {to_submit, static_cast<std::uint32_t>(registers[REG_RDX]),
				      static_cast<std::uint32_t>(flags)};
	}
	if (to_submit > most) {
		const std::uint32_t taken = most;
		most = any;
		// A kernel that does not take all does not wait either.
		registers[REG_RAX] =
			taken != 0 ? enter(registers, taken, flags & ~std::uint64_t{IORING_ENTER_GETEVENTS}) : -EAGAIN;
	} else {
		registers[REG_RAX] = enter(registers, to_submit, flags);
	}
	errno = saved;
}

bool filter()
{
	constexpr std::uint32_t number = offsetof(seccomp_data, nr);
	constexpr std::uint32_t high_half = offsetof(seccomp_data, args[1]) + 4;
	sock_filter lines[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, number),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_io_uring_enter, 0, 3),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, high_half),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRAP),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	const sock_fprog program = {.len = std::size(lines), .filter = lines};
	return ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
	       ::syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) == 0;
}

#endif

} // namespace

bool EnterTrap::set()
{
#if defined(__x86_64__)
	struct sigaction action = {};
	action.sa_sigaction = handle;
	action.sa_flags = SA_SIGINFO;
	return ::sigaction(SIGSYS, &action, nullptr) == 0 && filter();
#else
	return false;
#endif
}

std::span<const EnterCall> EnterTrap::calls()
{
	return {seen, seen_count};
}

void EnterTrap::forget()
{
	seen_count = 0;
}

void EnterTrap::take_only(std::uint32_t entries)
{
	most = entries;
}
