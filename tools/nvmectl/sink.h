// SPDX-License-Identifier: MIT OR Apache-2.0
// Where the data of a read goes. A file appears whole or not at all; a stream gets its bytes in order.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

namespace nvmectl
{

/// What became of a commit.
struct Commit {
	std::int32_t error = 0; ///< 0 or a negative errno.
	/// The output is complete under its name, whatever error came after that.
	bool replaced = false;
};

class Sink
{
public:
	Sink() = default;
	Sink(const Sink &) = delete;
	Sink &operator=(const Sink &) = delete;
	virtual ~Sink() = default;

	/// All of it: 0 or a negative errno. -EINTR after a signal.
	virtual std::int32_t write(std::span<const std::byte> data) = 0;
	/// Makes what was written the result. Without it a file is left as it was.
	virtual Commit commit() = 0;
	/// Whether bytes reach their reader at once.
	[[nodiscard]] virtual bool stream() const = 0;
	/// Bytes of zeros that were left out as holes.
	[[nodiscard]] virtual std::uint64_t hole_bytes() const { return 0; }
	[[nodiscard]] virtual std::string name() const = 0;
};

/// A path, or "-" for standard output. bytes: how much will come, so that a full disk is known before the device is
/// read.
std::unique_ptr<Sink> open_sink(const std::string &path, std::uint64_t bytes);

/// A file of exactly so many bytes, with holes where there are zeros only. Throws Error if it cannot have holes.
std::unique_ptr<Sink> open_sparse_sink(const std::string &path, std::uint64_t bytes);

/// Commits, and throws Error if that fails.
void commit(Sink *sink);

/// Makes the name of a file last, by syncing the folder that it is in: 0 or a negative errno.
std::int32_t sync_folder_of(const std::string &path);

/// Whether the path names the same file as the other one.
bool same_file(const std::string &path, const std::string &other);

/// The same, or the same place where a file would be made.
bool same_place(const std::string &path, const std::string &other);

/// Whether a standard stream was redirected from or to that file, or is the same pipe. Devices, such as /dev/null, take
/// what comes from several.
bool is_redirected(int stream, const std::string &path);

/// Whether writing there would damage a simulated device: its image, and the files that belong to that.
bool part_of_image(const std::string &path, const std::string &device);

/// Throws Error if part_of_image().
void refuse_image(const std::string &path, const std::string &device);

} // namespace nvmectl
