// SPDX-License-Identifier: MIT OR Apache-2.0
// Memory that is pinned once, however many rings have it registered.
#pragma once

#include "base/fd.h"

#include <pthread.h>

#include <atomic>
#include <cstdint>

namespace ringline::engine
{

/// Belongs to a buffer; a ring that attaches it leaves it before the buffer is freed. Any thread.
class SharedPin
{
public:
	/// Puts the memory into place `slot` of a ring's table of registered buffers. False: this kernel cannot share
	/// it, and the ring has to register it for itself.
	bool join(int ring, std::uint32_t slot, std::uint64_t address, std::uint64_t length);
	/// A ring that joined has taken it out of its table. With the last one the memory is unpinned.
	void leave();
	/// How many rings have it.
	[[nodiscard]] std::uint32_t rings() const { return rings_.load(std::memory_order_relaxed); }

private:
	std::int32_t hold(std::uint64_t address, std::uint64_t length);

	pthread_mutex_t lock_ = PTHREAD_MUTEX_INITIALIZER; // to change both below
	Fd holder_; // a ring that is never entered, and has nothing but this memory registered
	std::atomic<std::uint32_t> rings_{0}; // beside the holder
};

} // namespace ringline::engine
