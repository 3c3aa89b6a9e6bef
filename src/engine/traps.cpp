// SPDX-License-Identifier: MIT OR Apache-2.0
#include "engine/traps.h"

#include <ringline/ringline.h>

namespace ringline::engine
{

namespace
{

// Facts 14: whoever polled a queue of the device also completed what rings of other threads had there, in his own
// context, and 6.1 dies of it (tried: two threads are enough). Fixed by 9ce6c9875f3e in 6.16, and in the stable kernels
// of June 2025 but not in 6.1.
bool polls_safely(const KernelVersion &kernel)
{
	const auto in_series = [&](const KernelVersion &first) {
		return kernel >= first && kernel < KernelVersion{first.major, first.minor + 1, 0};
	};
	return kernel >= KernelVersion{6, 15, 4} || in_series({6, 12, 36}) || in_series({6, 6, 97});
}

// Facts 4: errors of the block layer before submission were dropped (liburing #1273, #1386); fixed for good by
// 5eed4fb274cd in 6.12 and in 6.11 stable of November 2024. Older stable kernels may have the fix or not, and their
// version does not tell.
constexpr KernelVersion writes_kept_since = {6, 11, 10};

// Tried on 6.1, and not on 6.12: the request that is refused keeps a reference, for which the next freeze of the queue
// waits for ever.
constexpr KernelVersion refuses_cleanly_since = {6, 12, 0};

// 6.1 counts the pages from the address to the end of the registered buffer against the device's max_segments; 6.12 is
// the first kernel that was seen to count the transfer alone.
constexpr KernelVersion whole_buffers_since = {6, 12, 0};

// Base/own_pages.h. 6.1 copies metadata (tried); which kernel was the first to map it, and whether one has mended it,
// is not known here.
constexpr KernelVersion metadata_copied_before = {6, 2, 0};

} // namespace

std::uint32_t traps_of(const KernelVersion &kernel)
{
	std::uint32_t traps = polls_safely(kernel) ? 0U : RINGLINE_TRAP_IOPOLL;
	traps |= kernel < writes_kept_since ? RINGLINE_TRAP_WRITE_LOST : 0U;
	traps |= kernel < refuses_cleanly_since ? RINGLINE_TRAP_FORMAT_HANG : 0U;
	traps |= kernel < whole_buffers_since ? RINGLINE_TRAP_FIXED_PAGES : 0U;
	traps |= kernel < metadata_copied_before ? 0U : RINGLINE_TRAP_METADATA_PAGES;
	return traps;
}

} // namespace ringline::engine
