// SPDX-License-Identifier: MIT OR Apache-2.0
// The blocks that Write Uncorrectable has made unreadable: a bit for each in "PATH.uncorrectable", a sparse file that
// appears with the first of them, so that they stay unreadable whoever opens the image next.
#pragma once

#include "base/fd.h"
#include "device/simulated_file.h"

#include <pthread.h>

#include <atomic>
#include <climits>
#include <cstdint>

namespace ringline::device
{

class Uncorrectable
{
public:
	Uncorrectable() = default;
	Uncorrectable(const Uncorrectable &) = delete;
	Uncorrectable &operator=(const Uncorrectable &) = delete;

	/// Takes the file, if there is one, or where to make it. 0 or a negative errno.
	std::int32_t open(const char *path, bool writable);
	/// Is one of the blocks unreadable? Also when the file cannot be read.
	[[nodiscard]] bool touches(std::uint64_t lba, std::uint64_t blocks);
	/// False: it could not be written down.
	[[nodiscard]] bool set(std::uint64_t lba, std::uint64_t blocks);
	[[nodiscard]] bool clear(std::uint64_t lba, std::uint64_t blocks);
	[[nodiscard]] bool sync() const;

private:
	bool make();
	bool change(std::uint64_t lba, std::uint64_t blocks, bool on);
	[[nodiscard]] bool contains(std::uint64_t lba, std::uint64_t blocks) const;

	pthread_mutex_t lock_ = PTHREAD_MUTEX_INITIALIZER; // of changes
	Fd fd_;
	std::atomic<bool> any_{false}; ///< There is a file. Read without the lock.
	char path_[PATH_MAX + 16] = {};
};

} // namespace ringline::device
