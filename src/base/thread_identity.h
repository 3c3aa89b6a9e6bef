// SPDX-License-Identifier: MIT OR Apache-2.0
// Who is calling: a number for each thread that is never used again, unlike thread pointers and thread ids.
#pragma once

#include <atomic>
#include <cstdint>

namespace ringline
{

// initial-exec: one load from the thread's own block, and no lazy allocation, so that it is safe in a signal handler.
[[gnu::tls_model("initial-exec")]] inline constinit thread_local std::uint64_t thread_identity_value = 0;
inline constinit std::atomic<std::uint64_t> thread_identities{0};

inline std::uint64_t thread_identity()
{
	if (thread_identity_value == 0) [[unlikely]] {
		thread_identity_value = thread_identities.fetch_add(1, std::memory_order_relaxed) + 1;
	}
	return thread_identity_value;
}

} // namespace ringline
