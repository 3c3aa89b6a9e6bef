// SPDX-License-Identifier: MIT OR Apache-2.0
// Child processes, temporary folders and what the process holds.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

namespace contract
{

/// Runs the body in a forked child, which leaves by _exit with what it returns. Its exit code; 128 + signal if it was
/// killed. The body must not use GoogleTest's assertions: their results stay in the child.
int run_in_child(const std::function<int()> &body);

/// Can a forked child start threads? Not under ThreadSanitizer, which stops it, nor reliably under AddressSanitizer,
/// whose allocator may be locked by a worker at the moment of the fork.
#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
inline constexpr bool child_may_start_threads = false;
#else
inline constexpr bool child_may_start_threads = true;
#endif

/// Inside a child: the exit code that says which check failed. 0 would be success, so numbers start at 1.
class Checks
{
public:
	/// Counts one check. The first that fails is remembered.
	void expect(bool holds)
	{
		++number_;
		if (!holds && failed_ == 0) {
			failed_ = number_;
		}
	}
	void expect_equal(std::int64_t actual, std::int64_t expected);
	[[nodiscard]] int exit_code() const { return failed_; }

private:
	int number_ = 0;
	int failed_ = 0;
};

/// A folder of its own for a test, removed with all that is in it.
class Folder
{
public:
	Folder();
	Folder(const Folder &) = delete;
	Folder &operator=(const Folder &) = delete;
	~Folder();
	[[nodiscard]] std::string path(const std::string &name) const { return path_ + "/" + name; }

private:
	std::string path_;
};

/// Open descriptors of this process.
std::uint32_t open_descriptors();
/// Threads of this process.
std::uint32_t running_threads();
/// Is it so many, or soon? A thread that was joined is listed for a moment longer.
bool threads_settle_at(std::uint32_t count);
void write_file(const std::string &path, const std::string &text);
/// Nanoseconds of a clock that only goes forwards.
std::int64_t now_ns();

} // namespace contract
