// SPDX-License-Identifier: MIT OR Apache-2.0
// Commands over ranges and on zones of real drives, with their block devices as the witness for the data and nvme-cli
// as the one for zones. Nothing relies on what the drives ringA, ringC and the second namespace of ringZ hold.
#include "tool.h"

#include <cstdlib>
#include <filesystem>

namespace nvmectl_test
{
namespace
{

namespace fs = std::filesystem;

class range_device : public testing::Test
{
protected:
	static constexpr std::size_t block = 512;

	void SetUp() override
	{
		if (!in_the_machine()) {
			GTEST_SKIP()
				<< "needs the virtual machine (RINGLINE_VM=1), where whole devices may be overwritten";
		}
	}
	/// False, and a skip, where the machine has no such drive.
	[[nodiscard]] static bool has(const std::string &node) { return fs::exists(node); }
	/// What the block device has, past the page cache.
	[[nodiscard]] std::string seen(const std::string &node, std::size_t lba, std::size_t blocks) const
	{
		const std::string out = folder.path("seen");
		EXPECT_EQ(shell("dd iflag=direct bs=512 if=" + node + " of=" + out + " skip=" + std::to_string(lba) +
				" count=" + std::to_string(blocks)),
			  0);
		return read_file(out);
	}
	void put(const std::string &node, const std::string &bytes) const
	{
		write_file(folder.path("in"), bytes);
		ASSERT_EQ(shell("dd oflag=direct bs=4096 if=" + folder.path("in") + " of=" + node), 0);
	}

	Folder folder;
};

TEST_F(range_device, zeroes_deallocation_and_comparisons_agree_with_the_block_device)
{
	const std::string node = "/dev/vm/ringA-ng1";
	const std::string witness = "/dev/vm/ringA-n1";
	if (!has(node)) {
		GTEST_SKIP() << "this machine has no drive ringA";
	}
	const std::string data = noise(2048 * block);
	put(witness, data);
	const std::string in = folder.path("in");
	EXPECT_EQ(nvmectl({"verify", node, "--blocks", "2048"}).exit, 9) << "QEMU does not tell that it has Verify";
	EXPECT_EQ(nvmectl({"compare", node, "-f", in}).exit, 0);
	EXPECT_EQ(nvmectl({"verify", node, "--against", in}).exit, 0);
	ASSERT_EQ(nvmectl({"write-zeroes", node, "--lba", "100", "--blocks", "1000"}).exit, 0);
	EXPECT_TRUE(all_zeros(seen(witness, 100, 1000)));
	EXPECT_TRUE(same(seen(witness, 0, 100), data.substr(0, 100 * block)));
	EXPECT_TRUE(same(seen(witness, 1100, 948), data.substr(1100 * block)));
	for (const Words &words : {Words{"compare", node, "-f", in, "--json", "--continue-on-error"},
				   Words{"verify", node, "--against", in, "--json"}}) {
		const Ended ended = nvmectl(words);
		EXPECT_EQ(ended.exit, 6) << words[0] << ended.err;
		EXPECT_EQ(ended.error()["failed"], Json::parse(R"([{"lba": 100, "blocks": 1000}])")) << words[0];
	}
	ASSERT_EQ(nvmectl({"deallocate", node, "--lba", "1200", "--blocks", "800"}).exit, 0);
	EXPECT_TRUE(same(seen(witness, 1100, 100), data.substr(1100 * block, 100 * block)));
	EXPECT_TRUE(same(seen(witness, 2000, 48), data.substr(2000 * block)));
	const Ended lacking = nvmectl({"write-uncorrectable", node, "--lba", "0", "--blocks", "1"});
	EXPECT_TRUE(lacking.exit == 9 || lacking.exit == 5) << "QEMU has no such command: " << lacking.err;
	EXPECT_TRUE(same(seen(witness, 0, 1), data.substr(0, block)));
}

TEST_F(range_device, a_copy_is_what_the_block_device_shows)
{
	const std::string node = "/dev/vm/ringC-ng1";
	const std::string witness = "/dev/vm/ringC-n1";
	if (!has(node)) {
		GTEST_SKIP() << "this machine has no drive ringC";
	}
	const std::string data = noise(2048 * block);
	put(witness, data);
	const Json json = nvmectl({"copy", node, "--from", "3", "--lba", "4001", "--blocks", "1111", "--json"})
				  .document("nvmectl.copy/1");
	EXPECT_EQ(json["commands"], 5) << "of 256 blocks at most, the drive's MCL";
	EXPECT_TRUE(same(seen(witness, 4001, 1111), data.substr(3 * block, 1111 * block)));
	EXPECT_TRUE(same(seen(witness, 0, 2048), data));
}

TEST_F(range_device, zones_are_in_the_states_that_nvme_cli_reports)
{
	const std::string node = "/dev/vm/ringZ-ng2";
	const std::string witness = "/dev/vm/ringZ-n2";
	if (!has(node)) {
		GTEST_SKIP() << "this machine has no drive ringZ";
	}
	const auto states_are = [&](const std::string &states) {
		return shell("nvme zns report-zones " + node + R"( | sed -n 's/.*State: \(0x[0-9a-f]*\).*/\1/p')" +
			     " | tr '\\n' ' ' | grep -qx '" + states + " '") == 0;
	};
	ASSERT_EQ(nvmectl({"zone", "reset", node, "--all-zones"}).exit, 0);
	const Json zones = nvmectl({"zone", "report", node, "--json"}).document("nvmectl.zone-report/1")["zones"];
	ASSERT_EQ(zones.size(), 4u);
	EXPECT_EQ(zones[1], Json::parse(R"({"zone": 1, "lba": 4096, "capacity_blocks": 2048, "state": "empty",
					    "write_pointer": 4096, "attributes": 0})"));
	const std::string data = noise(200 * block);
	write_file(folder.path("in"), data);
	const Json json = nvmectl({"zone", "append", node, "--zone", "1", "-f", folder.path("in"), "--json"})
				  .document("nvmectl.zone-append/1");
	EXPECT_EQ(json["appended"].size(), 4u) << "32 KiB each";
	EXPECT_TRUE(same(seen(witness, 4096, 200), data));
	EXPECT_TRUE(states_are("0x10 0x20 0x10 0x10")) << "implicitly open";
	ASSERT_EQ(nvmectl({"zone", "finish", node, "--zone", "1"}).exit, 0);
	EXPECT_TRUE(states_are("0x10 0xe0 0x10 0x10"));
	ASSERT_EQ(nvmectl({"zone", "open", node, "--zone", "2"}).exit, 0);
	EXPECT_TRUE(states_are("0x10 0xe0 0x30 0x10"));
	ASSERT_EQ(nvmectl({"zone", "close", node, "--zone", "2"}).exit, 0);
	EXPECT_EQ(nvmectl({"zone", "append", node, "--zone", "1", "-f", folder.path("in")}).exit, 4) << "it is full";
	ASSERT_EQ(nvmectl({"zone", "reset", node, "--zone", "1"}).exit, 0);
	EXPECT_TRUE(states_are("0x10 0x10 0x40 0x10"));
}

} // namespace
} // namespace nvmectl_test
