// SPDX-License-Identifier: MIT OR Apache-2.0
#include "simulated_fixture.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace simulated
{

Opening open_image(const std::string &path, std::uint32_t flags, std::uint32_t block_size, std::uint32_t nsid)
{
	const std::string whole = "sim:" + path;
	device::OpenRequest request;
	request.path = whole.c_str();
	request.remainder = whole.c_str() + 4;
	request.options = {
		.struct_size = sizeof request.options, .flags = flags, .nsid = nsid, .block_size = block_size};
	Opening opening;
	opening.diagnosis.struct_size = sizeof opening.diagnosis;
	device::Device *opened = nullptr;
	opening.error = device::open_simulated(request, &opening.diagnosis, &opened);
	opening.device.reset(opened);
	return opening;
}

ringline_nvme_command command(std::uint8_t opcode, std::uint64_t lba, std::uint32_t blocks, const void *memory,
			      std::size_t length)
{
	ringline_nvme_command made = {};
	made.opcode = opcode;
	made.nsid = 1;
	made.cdw10 = static_cast<std::uint32_t>(lba);
	made.cdw11 = static_cast<std::uint32_t>(lba >> 32);
	made.cdw12 = blocks - 1;
	made.address = reinterpret_cast<std::uintptr_t>(memory);
	made.data_length = static_cast<std::uint32_t>(length);
	return made;
}

ringline_nvme_command flush_command()
{
	ringline_nvme_command made = {};
	made.opcode = RINGLINE_NVME_FLUSH;
	made.nsid = 1;
	return made;
}

std::vector<std::uint8_t> pattern(std::size_t bytes, std::uint32_t seed)
{
	std::vector<std::uint8_t> made(bytes);
	std::uint32_t state = seed * 2654435761U + 1;
	for (std::uint8_t &byte : made) {
		state = state * 1664525U + 1013904223U;
		byte = static_cast<std::uint8_t>(state >> 24);
	}
	return made;
}

ringline_fault_rule fault(std::uint32_t action, std::uint32_t opcode)
{
	ringline_fault_rule rule = {};
	rule.struct_size = sizeof rule;
	rule.action = action;
	rule.opcode = opcode;
	return rule;
}

ringline_fault_rule status_fault(std::uint32_t opcode, std::uint16_t status)
{
	ringline_fault_rule rule = fault(RINGLINE_FAULT_STATUS, opcode);
	rule.status = status;
	return rule;
}

namespace
{

testing::AssertionResult is(const device::Outcome &outcome, std::int32_t error, std::uint16_t status,
			    std::uint16_t flags)
{
	if (outcome.error == error && outcome.status == status && outcome.flags == flags && outcome.result == 0) {
		return testing::AssertionSuccess();
	}
	return testing::AssertionFailure() << "error " << outcome.error << ", status 0x" << std::hex << outcome.status
					   << ", flags " << outcome.flags << ", result " << outcome.result;
}

} // namespace

testing::AssertionResult succeeded(const device::Outcome &outcome)
{
	return is(outcome, 0, 0, 0);
}

testing::AssertionResult has_status(const device::Outcome &outcome, std::uint16_t status)
{
	return is(outcome, 0, status, 0);
}

testing::AssertionResult has_error(const device::Outcome &outcome, std::int32_t error, std::uint16_t flags)
{
	return is(outcome, error, 0, flags);
}

int in_child(const std::function<int()> &run)
{
	const pid_t child = ::fork();
	if (child == 0) {
		::_exit(run());
	}
	int status = 0;
	if (child < 0 || ::waitpid(child, &status, 0) != child || !WIFEXITED(status)) {
		return -1;
	}
	return WEXITSTATUS(status);
}

FolderTest::FolderTest()
{
	std::string name = (std::filesystem::temp_directory_path() / "ringline-device-XXXXXX").string();
	if (::mkdtemp(name.data()) == nullptr) {
		std::perror("mkdtemp");
		std::abort();
	}
	folder_ = name;
}

FolderTest::~FolderTest()
{
	if (mounted_) {
		(void)::umount2(folder_.c_str(), MNT_DETACH);
	}
	std::error_code ignored;
	std::filesystem::remove_all(folder_, ignored);
}

void FolderTest::write_file(const std::string &path, const std::string &content)
{
	std::ofstream stream(path, std::ios::binary | std::ios::trunc);
	stream << content;
	ASSERT_TRUE(stream.flush()) << path;
}

std::string FolderTest::read_file(const std::string &path)
{
	std::ifstream stream(path, std::ios::binary);
	EXPECT_TRUE(stream) << path;
	return {std::istreambuf_iterator<char>(stream), {}};
}

bool FolderTest::exists(const std::string &path)
{
	struct stat facts = {};
	return ::lstat(path.c_str(), &facts) == 0;
}

bool FolderTest::mount_small(const std::string &options)
{
	mounted_ = ::unshare(CLONE_NEWNS) == 0 && ::mount("", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 &&
		   ::mount("small", folder_.c_str(), "tmpfs", 0, options.c_str()) == 0;
	return mounted_;
}

void ImageTest::make(std::uint32_t block_size, std::uint32_t mdts_bytes)
{
	ringline_sim_options options = {};
	options.blocks = blocks;
	options.block_size = block_size;
	options.mdts_bytes = mdts_bytes;
	make(options);
}

void ImageTest::make(ringline_sim_options options)
{
	close();
	for (const char *suffix : {"", ".ringline", ".metadata", ".zones", ".uncorrectable"}) {
		(void)::unlink((path() + suffix).c_str());
	}
	options.struct_size = sizeof options;
	ASSERT_EQ(device::create_image(path().c_str(), options), 0);
	reopen();
}

std::vector<std::uint8_t> ImageTest::bytes() const
{
	const std::string content = read_file(path());
	return {content.begin(), content.end()};
}

void ImageTest::reopen(std::uint32_t flags)
{
	close();
	Opening opening = open_image(path(), flags);
	ASSERT_EQ(opening.error, 0) << opening.text();
	device_ = std::move(opening.device);
}

} // namespace simulated
