// SPDX-License-Identifier: MIT OR Apache-2.0
// Stands between a thread and io_uring_enter(2): sees each call, and lets the kernel take fewer entries than it is
// offered, or none, as it does when it is short of memory.
#pragma once

#include <cstdint>
#include <span>

struct EnterCall {
	std::uint32_t to_submit;
	std::uint32_t min;
	std::uint32_t flags;
};

/// From its making on for the rest of the calling thread's life: so for threads of a test's own. x86-64 only.
class EnterTrap
{
public:
	/// False: it cannot be set here (another architecture, no seccomp).
	static bool set();
	/// The calls since forget().
	static std::span<const EnterCall> calls();
	static void forget();
	/// The kernel takes only so many of the next submission of more than that; 0: it says -EAGAIN to the next that
	/// has any.
	static void take_only(std::uint32_t entries);
};
