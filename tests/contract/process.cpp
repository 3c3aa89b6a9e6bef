// SPDX-License-Identifier: MIT OR Apache-2.0
#include "process.h"

#include <gtest/gtest.h>

#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cinttypes>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace contract
{
namespace
{

std::uint32_t entries(const char *folder)
{
	std::uint32_t count = 0;
	for (const auto &entry : std::filesystem::directory_iterator(folder)) {
		(void)entry;
		++count;
	}
	return count;
}

} // namespace

int run_in_child(const std::function<int()> &body)
{
	std::fflush(nullptr);
	const pid_t child = ::fork();
	if (child == 0) {
		::_exit(body());
	}
	int status = 0;
	while (::waitpid(child, &status, 0) < 0) {
		if (errno != EINTR) {
			return -1;
		}
	}
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

void Checks::expect_equal(std::int64_t actual, std::int64_t expected)
{
	if (actual != expected) {
		(void)std::fprintf(stderr, "check %d: %" PRId64 " instead of %" PRId64 "\n", number_ + 1, actual,
				   expected);
	}
	expect(actual == expected);
}

Folder::Folder()
{
	// In memory where that can be had: a flush of an image on a disk takes a millisecond, and there are thousands.
	const std::string base = ::access("/dev/shm", W_OK) == 0 ? "/dev/shm" : std::filesystem::temp_directory_path();
	std::string name = base + "/ringline-contract-XXXXXX";
	if (::mkdtemp(name.data()) == nullptr) {
		ADD_FAILURE() << "no temporary folder";
	}
	path_ = name;
}

Folder::~Folder()
{
	std::error_code ignored;
	std::filesystem::remove_all(path_, ignored);
}

// The iterator's own descriptor is in both counts that are compared.
std::uint32_t open_descriptors()
{
	return entries("/proc/self/fd");
}

std::uint32_t running_threads()
{
	return entries("/proc/self/task");
}

// No more than count: a thread that was joined stays visible for a moment, so the count itself can hold one of an
// earlier test.
bool threads_settle_at(std::uint32_t count)
{
	const std::int64_t deadline = now_ns() + 5'000'000'000;
	while (running_threads() > count && now_ns() < deadline) {
		(void)::usleep(1000);
	}
	return running_threads() <= count;
}

void write_file(const std::string &path, const std::string &text)
{
	std::ofstream(path) << text;
}

std::int64_t now_ns()
{
	return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now().time_since_epoch())
		.count();
}

} // namespace contract
