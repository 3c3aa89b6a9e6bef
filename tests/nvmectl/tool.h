// SPDX-License-Identifier: MIT OR Apache-2.0
// Running the nvmectl that was built, as a user's shell would, and looking at what it leaves behind.
#pragma once

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <sys/resource.h>
#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace nvmectl_test
{

using Json = nlohmann::json;
using Words = std::vector<std::string>;

/// What a finished process left.
struct Ended {
	int exit = -1; ///< 128 + signal if one killed it.
	std::string out;
	std::string err;

	/// Standard error as nvmectl.error/1; a failed expectation if it is not.
	[[nodiscard]] Json error() const;
	/// Standard output as a document of the schema.
	[[nodiscard]] Json document(const std::string &schema) const;
};

struct Start {
	std::string input;        ///< Standard input, through a pipe; empty: /dev/null, unless input_fd says otherwise.
	int input_fd = -1;        ///< Given to the child and closed here.
	int output_fd = -1;       ///< The same for standard output.
	int error_fd = -1;        ///< The same for standard error.
	int closed_fd = -1;       ///< A standard stream that it does not have.
	rlim_t file_limit = 0;    ///< RLIMIT_FSIZE; 0: none.
	rlim_t open_files = 0;    ///< RLIMIT_NOFILE; 0: as here.
	rlim_t locked_memory = 0; ///< RLIMIT_MEMLOCK, which only binds who is not root; 0: as here.
	uid_t user = 0;           ///< Who runs it, for tests that root runs; 0: whoever runs the test.
	int ignored_signal = 0;   ///< As nohup does it.
	std::string preload = {}; ///< LD_PRELOAD.
};

/// A running nvmectl.
class Tool
{
public:
	explicit Tool(const Words &arguments, Start start = {});
	Tool(const Tool &) = delete;
	Tool &operator=(const Tool &) = delete;
	~Tool();

	void signal(int number) const;
	/// Whether it has a handler for this signal by now.
	[[nodiscard]] bool catches(int number) const;
	/// Waits; a test that hangs kills it after a minute.
	Ended wait();

private:
	pid_t pid_ = -1;
	std::string input_;
	int input_fd_ = -1;
	std::string out_path_;
	std::string err_path_;
};

Ended nvmectl(const Words &arguments, Start start = {});

/// A folder of its own, removed with the test.
class Folder
{
public:
	Folder();
	Folder(const Folder &) = delete;
	Folder &operator=(const Folder &) = delete;
	~Folder();
	[[nodiscard]] std::string path(const std::string &name) const { return path_ + "/" + name; }
	/// The names in it, sorted.
	[[nodiscard]] Words names() const;

private:
	std::string path_;
};

/// Bytes without a block of zeros, different for each seed.
std::string noise(std::size_t bytes, std::uint64_t seed = 1);
/// Tells where they differ instead of showing them.
testing::AssertionResult same(const std::string &actual, const std::string &expected);
bool all_zeros(const std::string &bytes);
std::string read_file(const std::string &path);
void write_file(const std::string &path, const std::string &bytes);
/// Asks again until it holds, for up to 20 seconds.
bool comes_true(const std::function<bool()> &holds);

inline bool contains(const std::string &text, const std::string &part)
{
	return text.find(part) != std::string::npos;
}

/// A test on a simulated device, run with each engine.
class on_simulated : public testing::TestWithParam<const char *>
{
protected:
	static constexpr std::uint64_t block = 512;
	/// Commands carry 128 blocks, so that few bytes make many commands.
	static constexpr std::uint64_t command_blocks = 128;

	void create(const std::string &size = "16MiB");
	/// Lines after the heading of the rules file.
	void faults(const std::string &lines) const;
	/// Runs with the engine of the test.
	[[nodiscard]] Ended run(Words arguments, Start start = {}) const;
	[[nodiscard]] Words with_engine(Words arguments) const;
	[[nodiscard]] std::string image_bytes(std::uint64_t offset, std::uint64_t length) const;
	/// How many blocks from the first on hold what the bytes say.
	[[nodiscard]] std::uint64_t blocks_equal_to(const std::string &bytes) const;
	[[nodiscard]] bool image_is_untouched() const;

	Folder folder;
	std::string image = folder.path("disk.img");
	std::string device = "sim:" + image;
};

/// Names the instances of a suite that takes an engine.
/// The engine is the library's, whose own tests run both under the sanitizers; there the tool, which takes ten times as
/// long to start, runs with one.
inline auto each_engine()
{
#ifdef NVMECTL_SANITIZED
	return testing::Values("uring");
#else
	return testing::Values("uring", "threads");
#endif
}

inline std::string engine_of(const testing::TestParamInfo<const char *> &instance)
{
	return instance.param;
}

/// Whether this is the virtual machine, where whole devices may be overwritten.
bool in_the_machine();

/// Another program's exit code; what it prints is dropped.
int shell(const std::string &command);

} // namespace nvmectl_test
