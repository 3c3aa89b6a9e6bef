// SPDX-License-Identifier: MIT OR Apache-2.0
// Images in a folder of their own, and devices opened on them.
#pragma once

#include "device/device.h"

#include <ringline/ringline.h>

#include <gtest/gtest.h>

#include <cstdint>
#include <cstring>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace simulated
{

namespace device = ringline::device;

struct Release {
	void operator()(device::Device *opened) const { opened->release(); }
};
using Device = std::unique_ptr<device::Device, Release>;

/// What opening gave: a device, or why not.
struct Opening {
	Device device;
	std::int32_t error = 0;
	ringline_diagnosis diagnosis = {};
	[[nodiscard]] std::string text() const { return diagnosis.text; }
};

Opening open_image(const std::string &path, std::uint32_t flags = 0, std::uint32_t block_size = 0,
		   std::uint32_t nsid = 0);

ringline_nvme_command command(std::uint8_t opcode, std::uint64_t lba, std::uint32_t blocks, const void *memory,
			      std::size_t length);
inline ringline_nvme_command read_command(std::uint64_t lba, std::uint32_t blocks, std::vector<std::uint8_t> &memory)
{
	return command(RINGLINE_NVME_READ, lba, blocks, memory.data(), memory.size());
}
inline ringline_nvme_command write_command(std::uint64_t lba, std::uint32_t blocks,
					   const std::vector<std::uint8_t> &memory)
{
	return command(RINGLINE_NVME_WRITE, lba, blocks, memory.data(), memory.size());
}
ringline_nvme_command flush_command();

/// Bytes that differ from block to block and from seed to seed.
std::vector<std::uint8_t> pattern(std::size_t bytes, std::uint32_t seed = 1);

ringline_fault_rule fault(std::uint32_t action, std::uint32_t opcode);
/// A rule that answers with this status.
ringline_fault_rule status_fault(std::uint32_t opcode, std::uint16_t status);

testing::AssertionResult succeeded(const device::Outcome &outcome);
testing::AssertionResult has_status(const device::Outcome &outcome, std::uint16_t status);
testing::AssertionResult has_error(const device::Outcome &outcome, std::int32_t error, std::uint16_t flags);

/// Runs a function in a forked child. Its return value, or -1 when it died.
int in_child(const std::function<int()> &run);

/// A folder that is gone after the test.
class FolderTest : public testing::Test
{
protected:
	FolderTest();
	~FolderTest() override;
	[[nodiscard]] std::string file(const std::string &name) const { return folder_ + "/" + name; }
	static void write_file(const std::string &path, const std::string &content);
	static std::string read_file(const std::string &path);
	[[nodiscard]] static bool exists(const std::string &path);
	[[nodiscard]] const std::string &folder() const { return folder_; }
	/// Mounts a small tmpfs on the folder, in a mount namespace of this test's own. False: not permitted.
	[[nodiscard]] bool mount_small(const std::string &options);

private:
	std::string folder_;
	bool mounted_ = false;
};

/// An image of 64 blocks, made by create_image() and opened.
class ImageTest : public FolderTest
{
protected:
	static constexpr std::uint64_t blocks = 64;

	void make(std::uint32_t block_size = 512, std::uint32_t mdts_bytes = 0);
	void make(ringline_sim_options options);
	void SetUp() override { make(); }
	device::Device &opened() { return *device_; }
	device::Outcome perform(const ringline_nvme_command &wanted) { return device_->perform(wanted); }
	[[nodiscard]] std::string path() const { return file("image"); }
	std::vector<std::uint8_t> bytes() const;
	void close() { device_.reset(); }
	void reopen(std::uint32_t flags = 0);

private:
	Device device_;
};

} // namespace simulated
