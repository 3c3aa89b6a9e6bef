// SPDX-License-Identifier: MIT OR Apache-2.0
#include "device/simulated_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace ringline::device
{

namespace
{

/// What file systems without such a mode (and those of other kernels) get instead.
bool write_zeros(int fd, FileRange range)
{
	static constexpr char zeros[4096] = {};
	while (range.length != 0) {
		const std::uint64_t piece = std::min<std::uint64_t>(range.length, sizeof zeros);
		if (!write_file(fd, zeros, {range.offset, piece})) {
			return false;
		}
		range.offset += piece;
		range.length -= piece;
	}
	return true;
}

bool allocate(int fd, int mode, FileRange range)
{
	int result = 0;
	do {
		result = ::fallocate(fd, mode | FALLOC_FL_KEEP_SIZE, static_cast<off_t>(range.offset),
				     static_cast<off_t>(range.length));
	} while (result != 0 && errno == EINTR);
	return result == 0 || (errno == EOPNOTSUPP && write_zeros(fd, range));
}

} // namespace

bool read_file(int fd, void *memory, FileRange range)
{
	auto *bytes = static_cast<std::byte *>(memory);
	std::uint64_t done = 0;
	while (done < range.length) {
		const ssize_t got =
			::pread(fd, bytes + done, range.length - done, static_cast<off_t>(range.offset + done));
		if (got > 0) {
			done += static_cast<std::uint64_t>(got);
		} else if (got == 0 || errno != EINTR) {
			errno = got == 0 ? 0 : errno;
			return false;
		}
	}
	return true;
}

bool write_file(int fd, const void *memory, FileRange range)
{
	const auto *bytes = static_cast<const std::byte *>(memory);
	std::uint64_t done = 0;
	while (done < range.length) {
		const ssize_t put =
			::pwrite(fd, bytes + done, range.length - done, static_cast<off_t>(range.offset + done));
		if (put > 0) {
			done += static_cast<std::uint64_t>(put);
		} else if (put == 0 || errno != EINTR) {
			errno = put == 0 ? 0 : errno;
			return false;
		}
	}
	return true;
}

bool zero_file(int fd, FileRange range)
{
	return allocate(fd, FALLOC_FL_ZERO_RANGE, range);
}

bool punch_file(int fd, FileRange range)
{
	return allocate(fd, FALLOC_FL_PUNCH_HOLE, range);
}

bool file_reaches(int fd, std::uint64_t end)
{
	struct stat facts = {};
	return ::fstat(fd, &facts) == 0 && static_cast<std::uint64_t>(facts.st_size) >= end;
}

} // namespace ringline::device
