// SPDX-License-Identifier: MIT OR Apache-2.0
// Whole reads and writes of the files that a simulated device is made of. False: not all of it was done, and errno says
// why (0: the file ended).
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>

namespace ringline::device
{

struct FileRange {
	std::uint64_t offset;
	std::uint64_t length;
};

[[nodiscard]] bool read_file(int fd, void *memory, FileRange range);
[[nodiscard]] bool write_file(int fd, const void *memory, FileRange range);
/// Makes a range zeros, without a hole where the file system knows the difference.
[[nodiscard]] bool zero_file(int fd, FileRange range);
/// Makes a hole of a range, which reads as zeros.
[[nodiscard]] bool punch_file(int fd, FileRange range);
/// Is the file so long? One that another program has shrunk must not grow again: what a write would add is not the
/// device's.
[[nodiscard]] bool file_reaches(int fd, std::uint64_t end);

} // namespace ringline::device
