// SPDX-License-Identifier: MIT OR Apache-2.0
// nvme-cli, which shares nothing with this library but the kernel, sees what the library wrote and what it was told. In
// the virtual machine only.
#include "drive.h"

#include <ringline/admin.h>

#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

namespace conformance
{

namespace
{

class WitnessTest : public ConformanceTest
{
protected:
	void SetUp() override
	{
		ConformanceTest::SetUp();
		if (IsSkipped() || HasFatalFailure()) {
			return;
		}
		folder_ = (std::filesystem::temp_directory_path() / "ringline-witness-XXXXXX").string();
		ASSERT_NE(::mkdtemp(folder_.data()), nullptr);
	}
	void TearDown() override
	{
		if (!folder_.empty()) {
			std::filesystem::remove_all(folder_);
		}
		ConformanceTest::TearDown();
	}
	[[nodiscard]] std::string file(const std::string &name) const { return folder_ + "/" + name; }
	static bool ran(const std::string &command) { return std::system(command.c_str()) == 0; }
	[[nodiscard]] std::string contents(const std::string &name) const
	{
		std::ifstream stream(file(name), std::ios::binary);
		return {std::istreambuf_iterator<char>(stream), {}};
	}
	/// Does the file begin with these bytes? nvme-cli may write more metadata than there is.
	[[nodiscard]] bool begins_with(const std::string &name, const std::uint8_t *bytes, std::size_t length) const
	{
		const std::string found = contents(name);
		return found.size() >= length && std::memcmp(found.data(), bytes, length) == 0;
	}
	void put(std::uint64_t lba, const Buffers &buffers) const
	{
		buffers.fill(lba);
		buffers.protect(lba);
		ASSERT_TRUE(succeeded(write(lba, buffers)));
	}

private:
	std::string folder_;
};
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(WitnessTest);

TEST_P(WitnessTest, nvme_cli_reads_what_the_library_wrote)
{
	const std::uint64_t lba = zoned() ? info().zone_blocks : 700;
	const Buffers written(info(), some);
	put(lba, written);
	std::string command = "nvme read " + GetParam().node + " --start-block=" + std::to_string(lba) +
			      " --block-count=" + std::to_string(some - 1) +
			      " --data-size=" + std::to_string(written.data.size()) + " --data=" + file("data");
	if (written.metadata_length != 0) {
		command += " --metadata-size=" + std::to_string(written.metadata_length) +
			   " --metadata=" + file("metadata");
	}
	ASSERT_TRUE(ran(command + " >/dev/null")) << command;
	EXPECT_TRUE(begins_with("data", written.data.data(), written.data.size()));
	if (written.metadata_length != 0) {
		EXPECT_TRUE(begins_with("metadata", written.metadata.data(), written.metadata_length));
	}
}

TEST_P(WitnessTest, nvme_cli_is_told_the_same_of_the_namespace)
{
	ringline_identify_options options = {};
	options.struct_size = sizeof options;
	options.nsid = info().nsid;
	std::uint8_t page[RINGLINE_IDENTIFY_BYTES] = {};
	ringline_completion completion = {};
	ASSERT_EQ(ringline_identify(device(), &options, page, sizeof page, &completion), 0);
	ASSERT_TRUE(succeeded(completion));
	ASSERT_TRUE(ran("nvme id-ns " + GetParam().node + " --raw-binary >" + file("page")));
	const std::string seen = contents("page");
	ASSERT_EQ(seen.size(), sizeof page);
	// How much of it is in use (NUSE, bytes 16 to 23) may change in between.
	EXPECT_EQ(std::memcmp(page, seen.data(), 16), 0);
	EXPECT_EQ(std::memcmp(page + 24, seen.data() + 24, sizeof page - 24), 0);
}

RINGLINE_INSTANTIATE(WitnessTest, real_drives);

} // namespace

} // namespace conformance
