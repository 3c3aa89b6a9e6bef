// SPDX-License-Identifier: MIT OR Apache-2.0
#include "tool.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <thread>
#include <utility>

namespace nvmectl_test
{
namespace
{

namespace fs = std::filesystem;

/// In the tree that this test was built in, wherever that was carried to.
std::string tool_path()
{
	const char *const asked = std::getenv("NVMECTL");
	if (asked != nullptr) {
		return asked;
	}
	return (fs::read_symlink("/proc/self/exe").parent_path() / NVMECTL_RELATIVE_PATH).lexically_normal();
}

std::string temporary_file()
{
	std::string name = (fs::temp_directory_path() / "nvmectl-output-XXXXXX").string();
	const int fd = ::mkstemp(name.data());
	EXPECT_GE(fd, 0);
	(void)::close(fd);
	return name;
}

void put_at(int fd, int number)
{
	if (fd < 0 || ::dup2(fd, number) < 0) {
		::_exit(99);
	}
}

[[noreturn]] void become(const Words &arguments, const Start &start, const std::string &out, const std::string &err)
{
	put_at(start.input_fd >= 0 ? start.input_fd : ::open("/dev/null", O_RDONLY), 0);
	put_at(start.output_fd >= 0 ? start.output_fd : ::open(out.c_str(), O_WRONLY | O_TRUNC), 1);
	put_at(start.error_fd >= 0 ? start.error_fd : ::open(err.c_str(), O_WRONLY | O_TRUNC), 2);
	if (start.closed_fd >= 0) {
		(void)::close(start.closed_fd);
	}
	for (int fd = 3; fd < 64; ++fd) {
		(void)::close(fd); // a test's end of a pipe must not stay open in here
	}
	if (start.file_limit != 0) {
		const struct rlimit limit = {start.file_limit, start.file_limit};
		(void)::setrlimit(RLIMIT_FSIZE, &limit);
	}
	if (start.locked_memory != 0) {
		const struct rlimit limit = {start.locked_memory, start.locked_memory};
		(void)::setrlimit(RLIMIT_MEMLOCK, &limit);
	}
	// A shell's background jobs ignore SIGINT, and so would what they start.
	for (const int number : {SIGPIPE, SIGINT, SIGTERM, SIGHUP}) {
		(void)std::signal(number, number == start.ignored_signal ? SIG_IGN : SIG_DFL);
	}
	if (!start.preload.empty()) {
		(void)::setenv("LD_PRELOAD", start.preload.c_str(), 1);
	}
	const std::string path = tool_path();
	if (start.open_files != 0) {
		const struct rlimit limit = {start.open_files, start.open_files};
		(void)::setrlimit(RLIMIT_NOFILE, &limit);
	}
	if (start.user != 0 && ::setresuid(start.user, start.user, start.user) != 0) {
		::_exit(97);
	}
	std::vector<char *> argv = {const_cast<char *>("nvmectl")};
	for (const std::string &word : arguments) {
		argv.push_back(const_cast<char *>(word.c_str()));
	}
	argv.push_back(nullptr);
	(void)::execv(path.c_str(), argv.data());
	::_exit(98);
}

} // namespace

Json Ended::error() const
{
	const Json json = Json::parse(err, nullptr, false);
	EXPECT_FALSE(json.is_discarded()) << "standard error is not JSON: " << err;
	if (json.is_discarded()) {
		return Json::object();
	}
	EXPECT_EQ(json.value("schema", ""), "nvmectl.error/1") << err;
	EXPECT_EQ(json.value("exit", -1), exit) << err;
	return json;
}

Json Ended::document(const std::string &schema) const
{
	const Json json = Json::parse(out, nullptr, false);
	EXPECT_FALSE(json.is_discarded()) << "standard output is not JSON: " << out << "; " << err;
	if (json.is_discarded()) {
		return Json::object();
	}
	EXPECT_EQ(json.value("schema", ""), schema);
	return json;
}

Tool::Tool(const Words &arguments, Start start)
	: input_(std::move(start.input)), out_path_(temporary_file()), err_path_(temporary_file())
{
	if (!input_.empty()) {
		int ends[2] = {-1, -1};
		EXPECT_EQ(::pipe2(ends, O_CLOEXEC), 0);
		start.input_fd = ends[0];
		input_fd_ = ends[1];
	}
	pid_ = ::fork();
	EXPECT_GE(pid_, 0);
	if (pid_ == 0) {
		become(arguments, start, out_path_, err_path_);
	}
	for (const int given : {start.input_fd, start.output_fd, start.error_fd}) {
		if (given >= 0) {
			(void)::close(given);
		}
	}
}

Tool::~Tool()
{
	if (pid_ > 0) {
		(void)::kill(pid_, SIGKILL);
		(void)::waitpid(pid_, nullptr, 0);
	}
	if (input_fd_ >= 0) {
		(void)::close(input_fd_);
	}
	fs::remove(out_path_);
	fs::remove(err_path_);
}

void Tool::signal(int number) const
{
	EXPECT_EQ(::kill(pid_, number), 0);
}

bool Tool::catches(int number) const
{
	std::ifstream status("/proc/" + std::to_string(pid_) + "/status");
	for (std::string line; std::getline(status, line);) {
		if (line.starts_with("SigCgt:")) {
			return (std::stoull(line.substr(7), nullptr, 16) >> (number - 1) & 1) != 0;
		}
	}
	return false;
}

Ended Tool::wait()
{
	(void)std::signal(SIGPIPE, SIG_IGN);
	std::size_t sent = 0;
	while (sent < input_.size()) {
		const ssize_t put = ::write(input_fd_, input_.data() + sent, input_.size() - sent);
		if (put < 0) {
			break; // it does not want more
		}
		sent += static_cast<std::size_t>(put);
	}
	if (input_fd_ >= 0) {
		(void)::close(std::exchange(input_fd_, -1));
	}
	int status = 0;
	pid_t ended = 0;
	for (int i = 0; i < 60000 && ended == 0; ++i) {
		ended = ::waitpid(pid_, &status, WNOHANG);
		if (ended == 0) {
			std::this_thread::sleep_for(std::chrono::milliseconds(1));
		}
	}
	EXPECT_EQ(ended, pid_) << "it hangs";
	if (ended != pid_) {
		(void)::kill(pid_, SIGKILL);
		(void)::waitpid(pid_, &status, 0);
	}
	pid_ = -1;
	return {WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status), read_file(out_path_),
		read_file(err_path_)};
}

Ended nvmectl(const Words &arguments, Start start)
{
	return Tool(arguments, std::move(start)).wait();
}

Folder::Folder()
{
	std::string name = (fs::temp_directory_path() / "nvmectl-test-XXXXXX").string();
	path_ = ::mkdtemp(name.data()) != nullptr ? name : "";
	EXPECT_FALSE(path_.empty());
}

Folder::~Folder()
{
	std::error_code error;
	fs::remove_all(path_, error);
}

Words Folder::names() const
{
	Words names;
	for (const fs::directory_entry &entry : fs::directory_iterator(path_)) {
		names.push_back(entry.path().filename());
	}
	std::sort(names.begin(), names.end());
	return names;
}

std::string noise(std::size_t bytes, std::uint64_t seed)
{
	// xorshift: tens of megabytes are made in an emulated machine, without optimisation.
	std::uint64_t word = seed * 0x9E3779B97F4A7C15u + 1;
	std::string text(bytes, '\1');
	for (std::size_t at = 0; at + sizeof word <= bytes; at += sizeof word) {
		word ^= word << 13;
		word ^= word >> 7;
		word ^= word << 17;
		std::memcpy(text.data() + at, &word, sizeof word);
	}
	return text;
}

testing::AssertionResult same(const std::string &actual, const std::string &expected)
{
	if (actual == expected) {
		return testing::AssertionSuccess();
	}
	const auto [mine, theirs] = std::mismatch(actual.begin(), actual.end(), expected.begin(), expected.end());
	return testing::AssertionFailure() << actual.size() << " bytes, expected " << expected.size()
					   << ", the first difference at byte " << mine - actual.begin();
}

bool all_zeros(const std::string &bytes)
{
	// Each byte is compared with the next by a function that is fast everywhere.
	return bytes.empty() ||
	       (bytes[0] == '\0' && std::memcmp(bytes.data(), bytes.data() + 1, bytes.size() - 1) == 0);
}

std::string read_file(const std::string &path)
{
	std::error_code error;
	const std::uintmax_t size = fs::file_size(path, error);
	if (error) {
		return "";
	}
	std::string bytes(static_cast<std::size_t>(size), '\0');
	std::ifstream file(path, std::ios::binary);
	file.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
	bytes.resize(static_cast<std::size_t>(file.gcount()));
	return bytes;
}

void write_file(const std::string &path, const std::string &bytes)
{
	std::ofstream file(path, std::ios::binary);
	file << bytes;
	file.close();
	EXPECT_TRUE(file.good()) << path;
}

bool comes_true(const std::function<bool()> &holds)
{
	for (int i = 0; i < 4000; ++i) {
		if (holds()) {
			return true;
		}
		std::this_thread::sleep_for(std::chrono::milliseconds(5));
	}
	return false;
}

void on_simulated::create(const std::string &size)
{
	const Ended made = nvmectl({"sim", "create", image, "--size", size, "--mdts", "64KiB"});
	ASSERT_EQ(made.exit, 0) << made.err;
}

void on_simulated::faults(const std::string &lines) const
{
	write_file(image + ".faults", "ringline-faults 1\n" + lines + "\n");
}

Words on_simulated::with_engine(Words arguments) const
{
	arguments.insert(arguments.end(), {"--engine", GetParam()});
	return arguments;
}

Ended on_simulated::run(Words arguments, Start start) const
{
	return nvmectl(with_engine(std::move(arguments)), std::move(start));
}

std::string on_simulated::image_bytes(std::uint64_t offset, std::uint64_t length) const
{
	std::ifstream file(image, std::ios::binary);
	std::string bytes(length, '\0');
	file.seekg(static_cast<std::streamoff>(offset));
	file.read(bytes.data(), static_cast<std::streamsize>(length));
	EXPECT_EQ(file.gcount(), static_cast<std::streamsize>(length));
	return bytes;
}

std::uint64_t on_simulated::blocks_equal_to(const std::string &bytes) const
{
	const std::string there = image_bytes(0, bytes.size());
	std::uint64_t equal = 0;
	while ((equal + 1) * block <= bytes.size() &&
	       std::memcmp(there.data() + equal * block, bytes.data() + equal * block, block) == 0) {
		++equal;
	}
	return equal;
}

bool on_simulated::image_is_untouched() const
{
	return all_zeros(read_file(image));
}

int shell(const std::string &command)
{
	const int status = std::system((command + " >/dev/null 2>&1").c_str());
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

bool in_the_machine()
{
	const char *const machine = std::getenv("RINGLINE_VM");
	return machine != nullptr && std::string(machine) == "1";
}

} // namespace nvmectl_test
