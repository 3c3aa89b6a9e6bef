// SPDX-License-Identifier: MIT OR Apache-2.0
#include "sink.h"

#include "error.h"
#include "fd.h"
#include "interrupt.h"
#include "units.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <optional>
#include <random>
#include <string_view>
#include <utility>

namespace nvmectl
{
namespace
{

[[noreturn]] void cannot(const std::string &what, const std::string &name, int error)
{
	if (error == EINTR && interrupt::count() > 0) {
		throw Error(Exit::interrupted, fmt::format("interrupted while waiting to {} {}", what, name));
	}
	throw Error(Exit::open, fmt::format("cannot {} {}: {}", what, name, std::strerror(error)));
}

/// Whoever made the pipe may have made it non-blocking: then the wait is ours, and a signal must end it too.
void wait_for_room(int fd, bool stop_at_signal)
{
	std::array<struct pollfd, 2> entries = {{
		{fd, POLLOUT, 0},
		{stop_at_signal ? interrupt::fd() : -1, POLLIN, 0},
	}};
	(void)::poll(entries.data(), entries.size(), -1);
}

std::int32_t write_all(int fd, std::span<const std::byte> data, bool stop_at_signal)
{
	while (!data.empty()) {
		if (stop_at_signal && interrupt::count() > 0) {
			return -EINTR;
		}
		// Small enough that a signal is noticed soon when a reader is slow.
		const ssize_t put = ::write(fd, data.data(), std::min<std::size_t>(data.size(), 1u << 16));
		if (put > 0) {
			data = data.subspan(static_cast<std::size_t>(put));
		} else if (put < 0 && errno == EAGAIN) {
			wait_for_room(fd, stop_at_signal);
		} else if (put < 0 && errno != EINTR) {
			return -errno;
		}
	}
	return 0;
}

class StreamSink final : public Sink
{
public:
	StreamSink(Fd owned, int fd, std::string name) : owned_(std::move(owned)), fd_(fd), name_(std::move(name)) {}
	std::int32_t write(std::span<const std::byte> data) override { return write_all(fd_, data, true); }
	Commit commit() override { return {0, true}; }
	[[nodiscard]] bool stream() const override { return true; }
	[[nodiscard]] std::string name() const override { return name_; }

private:
	Fd owned_;
	int fd_;
	std::string name_;
};

std::string random_letters()
{
	std::random_device random;
	return fmt::format("{:08x}", random());
}

std::string folder_of(const std::string &path)
{
	const std::size_t slash = path.rfind('/');
	return slash == std::string::npos ? "." : slash == 0 ? "/" : path.substr(0, slash);
}

class FileSink : public Sink
{
public:
	/// target: an absolute path without symbolic links; its file need not exist.
	FileSink(const std::string &target, std::string name) : target_(target), name_(std::move(name))
	{
		const std::string folder = folder_of(target);
		temporary_ = fmt::format("{}/.{}.nvmectl-{}", folder == "/" ? "" : folder,
					 target.substr(target.rfind('/') + 1), random_letters());
		// A file without a name leaves nothing behind, however the process ends.
		fd_ = Fd(::open(folder.c_str(), O_TMPFILE | O_WRONLY | O_CLOEXEC, 0666));
		if (!fd_.valid() && (errno == EOPNOTSUPP || errno == EISDIR || errno == ENOENT || errno == EINVAL)) {
			fd_ = Fd(::open(temporary_.c_str(), O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0666));
			named_ = fd_.valid();
		}
		if (!fd_.valid()) {
			cannot("make a file in", folder, errno);
		}
		take_over_mode();
	}
	FileSink(const FileSink &) = delete;
	FileSink &operator=(const FileSink &) = delete;
	~FileSink() override
	{
		if (named_) {
			(void)::unlink(temporary_.c_str());
		}
	}

	void reserve(std::uint64_t bytes) const
	{
		if (bytes == 0 || bytes > INT64_MAX) {
			return;
		}
		const int result = ::fallocate(fd_.get(), 0, 0, static_cast<off_t>(bytes));
		const int error = result == 0 ? 0 : errno;
		if (error == ENOSPC || error == EDQUOT || error == EFBIG) {
			no_room(bytes, error);
		}
	}
	std::int32_t write(std::span<const std::byte> data) override { return write_all(fd_.get(), data, false); }
	Commit commit() override;
	[[nodiscard]] bool stream() const override { return false; }
	[[nodiscard]] std::string name() const override { return name_; }

protected:
	[[nodiscard]] int fd() const { return fd_.get(); }
	[[noreturn]] void no_room(std::uint64_t bytes, int error) const
	{
		throw Error(Exit::open,
			    fmt::format("cannot write {} to {}: {}", human_bytes(bytes), name_, std::strerror(error)),
			    "nothing was read, and the output is as it was");
	}

private:
	void take_over_mode() const
	{
		struct stat existing = {};
		if (::stat(target_.c_str(), &existing) == 0) {
			// Who cannot give files away keeps the file; that is no reason to fail.
			[[maybe_unused]] const int owned = ::fchown(fd_.get(), existing.st_uid, existing.st_gid);
			(void)::fchmod(fd_.get(), existing.st_mode & 07777);
		}
	}

	std::string target_;
	std::string name_;
	std::string temporary_;
	Fd fd_;
	bool named_ = false;
};

Commit FileSink::commit()
{
	if (::fsync(fd_.get()) != 0) {
		return {-errno, false};
	}
	if (!named_) {
		// Only rename(2) replaces a file in one step, and it needs a name to start from.
		const std::string self = fmt::format("/proc/self/fd/{}", fd_.get());
		if (::linkat(AT_FDCWD, self.c_str(), AT_FDCWD, temporary_.c_str(), AT_SYMLINK_FOLLOW) != 0) {
			return {-errno, false};
		}
		named_ = true;
	}
	if (::rename(temporary_.c_str(), target_.c_str()) != 0) {
		return {-errno, false};
	}
	named_ = false;
	return {sync_folder_of(target_), true};
}

bool is_zeros(std::span<const std::byte> data)
{
	// Each byte is compared with the next, by a function that is fast everywhere.
	return data.front() == std::byte{0} && std::memcmp(data.data(), data.data() + 1, data.size() - 1) == 0;
}

/// The file is new, so that what is not written to reads as zeros: all else is only where that is worth a hole.
class SparseFileSink final : public FileSink
{
public:
	SparseFileSink(const std::string &target, const std::string &name, std::uint64_t bytes) : FileSink(target, name)
	{
		if (::ftruncate(fd(), static_cast<off_t>(std::min<std::uint64_t>(bytes, INT64_MAX))) != 0) {
			no_room(bytes, errno);
		}
	}
	std::int32_t write(std::span<const std::byte> data) override
	{
		while (!data.empty()) {
			const std::size_t zeros = run_of(data, true);
			holes_ += zeros;
			at_ += zeros;
			const std::size_t others = run_of(data.subspan(zeros), false);
			if (others != 0 && ::lseek(fd(), static_cast<off_t>(at_), SEEK_SET) < 0) {
				return -errno;
			}
			const std::int32_t error = FileSink::write(data.subspan(zeros, others));
			if (error < 0) {
				return error;
			}
			at_ += others;
			data = data.subspan(zeros + others);
		}
		return 0;
	}
	[[nodiscard]] std::uint64_t hole_bytes() const override { return holes_; }

private:
	/// What file systems leave out is pages.
	static constexpr std::size_t page = 4096;

	/// Bytes at the beginning that lie in pages of the file which are all zeros, or in pages that are not.
	[[nodiscard]] std::size_t run_of(std::span<const std::byte> data, bool zeros) const
	{
		std::size_t run = 0;
		while (run < data.size()) {
			const std::size_t to_page_end = page - (at_ + run) % page;
			const auto piece = data.subspan(run, std::min(to_page_end, data.size() - run));
			if (is_zeros(piece) != zeros) {
				break;
			}
			run += piece.size();
		}
		return run;
	}

	std::uint64_t at_ = 0;
	std::uint64_t holes_ = 0;
};

std::optional<std::string> resolved(const std::string &path)
{
	char *const absolute = ::realpath(path.c_str(), nullptr);
	if (absolute == nullptr) {
		return std::nullopt;
	}
	std::string result = absolute;
	std::free(absolute);
	return result;
}

/// The absolute path of a file that is there, or that is to be made in a directory that is there.
std::string resolve_target(const std::string &path)
{
	if (std::optional<std::string> existing = resolved(path)) {
		return *existing;
	}
	const int error = errno;
	struct stat status = {};
	if (error != ENOENT || ::lstat(path.c_str(), &status) == 0) {
		cannot("write", path, error); // a dangling symbolic link is not followed into the unknown
	}
	const std::size_t slash = path.rfind('/');
	const std::string directory = slash == std::string::npos ? "." : path.substr(0, slash + 1);
	const std::string base = slash == std::string::npos ? path : path.substr(slash + 1);
	const std::optional<std::string> absolute = resolved(directory);
	if (!absolute || base.empty()) {
		cannot("write", path, base.empty() ? EISDIR : errno);
	}
	return (*absolute == "/" ? "" : *absolute) + "/" + base;
}

std::unique_ptr<Sink> open_standard_output()
{
	if (::isatty(STDOUT_FILENO) != 0) {
		throw Error(Exit::refused, "standard output is a terminal: data is not written there",
			    "give a file with -o FILE, or send the output through a pipe");
	}
	return std::make_unique<StreamSink>(Fd(), STDOUT_FILENO, "standard output");
}

} // namespace

std::unique_ptr<Sink> open_sink(const std::string &path, std::uint64_t bytes)
{
	if (path == "-") {
		return open_standard_output();
	}
	struct stat status = {};
	const bool exists = ::stat(path.c_str(), &status) == 0;
	if (exists && S_ISDIR(status.st_mode)) {
		cannot("write", path, EISDIR);
	}
	if (exists && S_ISBLK(status.st_mode)) {
		throw Error(Exit::refused,
			    fmt::format("{} is a block device: it cannot appear whole or not at all", path),
			    "send the data through a pipe to a program that writes devices, such as nvmectl write");
	}
	if (exists && !S_ISREG(status.st_mode)) {
		// A FIFO, /dev/null: there is nothing to replace.
		Fd fd(::open(path.c_str(), O_WRONLY | O_CLOEXEC | O_NOCTTY));
		if (!fd.valid()) {
			cannot("write", path, errno);
		}
		if (::isatty(fd.get()) != 0) {
			throw Error(Exit::refused, fmt::format("{} is a terminal: data is not written there", path));
		}
		const int number = fd.get();
		return std::make_unique<StreamSink>(std::move(fd), number, path);
	}
	auto sink = std::make_unique<FileSink>(resolve_target(path), path);
	sink->reserve(bytes);
	return sink;
}

std::unique_ptr<Sink> open_sparse_sink(const std::string &path, std::uint64_t bytes)
{
	struct stat status = {};
	if (path == "-" || (::stat(path.c_str(), &status) == 0 && !S_ISREG(status.st_mode))) {
		throw Error(Exit::refused,
			    fmt::format("{} is no regular file, which can have holes",
					path == "-" ? "standard output" : path),
			    "name a file with -o FILE, or leave out --sparse");
	}
	return std::make_unique<SparseFileSink>(resolve_target(path), path, bytes);
}

void commit(Sink *sink)
{
	const Commit commit = sink->commit();
	if (commit.error != 0 && commit.replaced) {
		throw Error(Exit::partial,
			    fmt::format("{} is complete, but its directory could not be synced: {}; after a power cut "
					"what was there before may be back",
					sink->name(), std::strerror(-commit.error)));
	}
	if (commit.error != 0) {
		throw Error(Exit::open, fmt::format("cannot write {}: {}; it was not touched", sink->name(),
						    std::strerror(-commit.error)));
	}
}

std::int32_t sync_folder_of(const std::string &path)
{
	// A folder that cannot be opened for it, or whose file system cannot do it, is as safe as it gets.
	const Fd folder(::open(folder_of(path).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
	return !folder.valid() || ::fsync(folder.get()) == 0 || errno == EINVAL ? 0 : -errno;
}

bool same_file(const std::string &path, const std::string &other)
{
	struct stat one = {};
	struct stat two = {};
	return ::stat(path.c_str(), &one) == 0 && ::stat(other.c_str(), &two) == 0 && one.st_dev == two.st_dev &&
	       one.st_ino == two.st_ino;
}

bool same_place(const std::string &path, const std::string &other)
{
	std::error_code unknown;
	const auto whole = [&](const std::string &name) { return std::filesystem::weakly_canonical(name, unknown); };
	return same_file(path, other) || (whole(path) == whole(other) && !unknown);
}

bool is_redirected(int stream, const std::string &path)
{
	struct stat file = {};
	struct stat ours = {};
	return ::stat(path.c_str(), &file) == 0 && ::fstat(stream, &ours) == 0 && !S_ISCHR(file.st_mode) &&
	       file.st_dev == ours.st_dev && file.st_ino == ours.st_ino;
}

bool part_of_image(const std::string &path, const std::string &device)
{
	constexpr std::string_view simulated = "sim:";
	if (!device.starts_with(simulated) || path.empty() || path == "-") {
		return false;
	}
	const auto suffixes = {"", ".ringline", ".faults", ".metadata", ".zones", ".uncorrectable"};
	return std::ranges::any_of(suffixes, [&](const char *suffix) {
		return same_place(path, device.substr(simulated.size()) + suffix);
	});
}

void refuse_image(const std::string &path, const std::string &device)
{
	if (part_of_image(path, device)) {
		throw Error(
			Exit::refused,
			fmt::format("{} is the image of {}, or a file that belongs to it: the output would replace it",
				    path, device));
	}
}

} // namespace nvmectl
