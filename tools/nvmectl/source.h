// SPDX-License-Identifier: MIT OR Apache-2.0
// Where the data of a write comes from. A file is measured before anything is written; a stream cannot be.
#pragma once

#include "extents.h"
#include "fd.h"

#include <sys/stat.h>
#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

namespace nvmectl
{

class Source
{
public:
	/// A path, or "-" for standard input.
	explicit Source(const std::string &path);

	[[nodiscard]] const std::string &name() const { return name_; }
	/// Bytes from here to the end, of a regular file or a block device; nothing for a stream.
	[[nodiscard]] std::optional<std::uint64_t> size() const { return size_; }
	[[nodiscard]] bool stream() const { return !size_.has_value(); }
	/// For poll(2).
	[[nodiscard]] int descriptor() const { return fd_; }
	/// Whether read() would return at once. Files always do.
	[[nodiscard]] bool ready() const;
	/// Waits until it would. False: a signal came first.
	[[nodiscard]] bool wait() const;
	/// What is there now, up to the whole of the space: bytes, 0 at the end, or a negative errno. -EINTR after a
	/// signal.
	ssize_t read(std::span<std::byte> space);
	/// The same, and waits for all of it: less only at the end.
	ssize_t read_all(std::span<std::byte> space);
	/// Leaves out bytes of a file, or goes back.
	void skip(std::int64_t bytes) const;
	/// Which of the blocks that are read next are holes of a regular file, and nothing else; range: what they are
	/// called. Where the file system tells of none there are none.
	[[nodiscard]] Extents holes(const Extent &range, std::uint32_t block_size) const;
	/// Whether a stream certainly has more, without taking it.
	[[nodiscard]] bool more() const;
	/// What fstat(2) says.
	[[nodiscard]] const struct stat &facts() const { return facts_; }
	/// Whether this is the file at the path.
	[[nodiscard]] bool same_file(const std::string &path) const;

private:
	Fd owned_;
	int fd_ = -1;
	std::string name_;
	struct stat facts_ = {};
	std::optional<std::uint64_t> size_;
};

} // namespace nvmectl
