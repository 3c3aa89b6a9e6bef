// SPDX-License-Identifier: MIT OR Apache-2.0
#include "source.h"

#include "error.h"
#include "interrupt.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/fs.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

namespace nvmectl
{
namespace
{

std::uint64_t position_of(int fd)
{
	const off_t at = ::lseek(fd, 0, SEEK_CUR);
	return at < 0 ? 0 : static_cast<std::uint64_t>(at);
}

/// From the file's position to its end; nothing if that cannot be known before it was read.
std::optional<std::uint64_t> measure(int fd, const struct stat &status)
{
	std::uint64_t bytes = 0;
	if (S_ISREG(status.st_mode)) {
		bytes = static_cast<std::uint64_t>(status.st_size);
		// Files of /proc and /sys say 0 and have contents: those can only be read to their end.
		if (bytes == 0) {
			return std::nullopt;
		}
	} else if (!S_ISBLK(status.st_mode) || ::ioctl(fd, BLKGETSIZE64, &bytes) != 0) {
		return std::nullopt;
	}
	return bytes - std::min(bytes, position_of(fd));
}

} // namespace

Source::Source(const std::string &path) : name_(path == "-" ? "standard input" : path)
{
	if (path == "-") {
		fd_ = STDIN_FILENO;
	} else {
		owned_ = Fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
		fd_ = owned_.get();
	}
	if (fd_ < 0 || ::fstat(fd_, &facts_) != 0) {
		throw Error(Exit::open, fmt::format("cannot open {}: {}", name_, std::strerror(errno)));
	}
	if (S_ISDIR(facts_.st_mode)) {
		throw Error(Exit::open, fmt::format("cannot read {}: it is a directory", name_));
	}
	if (::isatty(fd_) != 0) {
		throw Error(Exit::refused,
			    fmt::format("{} is a terminal: nothing typed there is written to a device", name_),
			    "give a file with -f FILE, or send the data through a pipe");
	}
	size_ = measure(fd_, facts_);
}

bool Source::ready() const
{
	if (!stream()) {
		return true;
	}
	struct pollfd entry = {fd_, POLLIN, 0};
	return ::poll(&entry, 1, 0) > 0;
}

bool Source::wait() const
{
	std::array<struct pollfd, 2> entries = {{
		{fd_, POLLIN, 0},
		{interrupt::fd(), POLLIN, 0},
	}};
	while (interrupt::count() == 0) {
		if (!stream() || entries[0].revents != 0) {
			return true;
		}
		(void)::poll(entries.data(), entries.size(), -1);
	}
	return false;
}

ssize_t Source::read(std::span<std::byte> space)
{
	const ssize_t got = ::read(fd_, space.data(), space.size());
	return got < 0 ? -errno : got;
}

ssize_t Source::read_all(std::span<std::byte> space)
{
	std::size_t have = 0;
	while (have < space.size()) {
		const ssize_t got = read(space.subspan(have));
		if (got <= 0) {
			return got < 0 ? got : static_cast<ssize_t>(have);
		}
		have += static_cast<std::size_t>(got);
	}
	return static_cast<ssize_t>(have);
}

void Source::skip(std::int64_t bytes) const
{
	(void)::lseek(fd_, bytes, SEEK_CUR);
}

Extents Source::holes(const Extent &range, std::uint32_t block_size) const
{
	Extents found;
	if (!S_ISREG(facts_.st_mode)) {
		return found;
	}
	const std::uint64_t begin = position_of(fd_);
	const std::uint64_t end = begin + std::min(size_.value_or(0), range.blocks * block_size);
	for (std::uint64_t at = begin; at < end;) {
		const off_t hole = ::lseek(fd_, static_cast<off_t>(at), SEEK_HOLE);
		if (hole < 0 || static_cast<std::uint64_t>(hole) >= end) {
			break;
		}
		const off_t data = ::lseek(fd_, hole, SEEK_DATA);
		if (data < 0 && errno != ENXIO) {
			break;
		}
		at = data < 0 ? end : std::min(end, static_cast<std::uint64_t>(data));
		// Only whole blocks: what is around them in a block is data, or not of this range.
		const std::uint64_t first = (static_cast<std::uint64_t>(hole) - begin + block_size - 1) / block_size;
		const std::uint64_t behind = (at - begin) / block_size;
		if (first < behind) {
			found.add(range.lba + first, behind - first);
		}
	}
	(void)::lseek(fd_, static_cast<off_t>(begin), SEEK_SET);
	return found;
}

bool Source::more() const
{
	int waiting = 0;
	return stream() && ::ioctl(fd_, FIONREAD, &waiting) == 0 && waiting > 0;
}

bool Source::same_file(const std::string &path) const
{
	struct stat other = {};
	return ::stat(path.c_str(), &other) == 0 && facts_.st_dev == other.st_dev && facts_.st_ino == other.st_ino;
}

} // namespace nvmectl
