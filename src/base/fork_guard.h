// SPDX-License-Identifier: MIT OR Apache-2.0
// What makes a forked child refuse what it inherited: one page that the kernel wipes in the child (MADV_WIPEONFORK), so
// that no call has to ask for the process id, and a lock that a thread held at the fork is free in the child.
#pragma once

#include <pthread.h>

#include <atomic>
#include <cstdint>

namespace ringline
{

struct ForkPage {
	std::atomic<std::uint32_t> epoch; ///< 0 until the process first uses the library, and again in a forked child.
	pthread_mutex_t lock;             ///< Of the process-wide handle table; all zero is the initial state.
	pthread_mutex_t images_lock;      ///< Of the images below; the other may be held, never the reverse.
	void *images; ///< Open images of simulated devices (device/simulated_shared.h): a child shares none of them.
};

/// The page, made at the first call; null when there is no memory or the kernel is older than 4.14.
ForkPage *fork_page();

} // namespace ringline
