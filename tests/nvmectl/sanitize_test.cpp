// SPDX-License-Identifier: MIT OR Apache-2.0
// nvmectl sanitize where the controller says that it can: what the options make of the command, and what must be said
// before it is sent.
#include "tool.h"

namespace nvmectl_test
{
namespace
{

class sanitized : public testing::Test
{
protected:
	void SetUp() override
	{
		ASSERT_EQ(nvmectl({"sim", "create", image, "--size", "1MiB"}).exit, 0);
		start.preload = CAN_SANITIZE;
	}
	[[nodiscard]] Ended sanitize(const Words &more) const
	{
		Words words = {"sanitize", "sim:" + image, "--json", "--action"};
		words.insert(words.end(), more.begin(), more.end());
		return nvmectl(words, start);
	}

	Folder folder;
	std::string image = folder.path("disk.img");
	Start start;
};

TEST_F(sanitized, a_dry_run_shows_what_its_options_make_of_the_command)
{
	const Json overwrite = sanitize({"overwrite", "--passes", "16", "--pattern", "0x55", "--dry-run"})
				       .document("nvmectl.sanitize/1");
	EXPECT_EQ(overwrite["command"]["dwords"][0], 0x84);
	EXPECT_EQ(overwrite["command"]["dwords"][10], 3);
	EXPECT_EQ(overwrite["command"]["dwords"][11], 0x55);
	const Json block =
		sanitize({"block", "--unrestricted", "--no-deallocate", "-n"}).document("nvmectl.sanitize/1");
	EXPECT_EQ(block["command"]["dwords"][10], 2 | 1 << 3 | 1 << 9);
}

TEST_F(sanitized, nothing_is_sent_without_the_serial_number)
{
	const Ended refused = sanitize({"crypto"});
	EXPECT_EQ(refused.exit, 4) << refused.err;
	const std::string serial =
		nvmectl({"info", "sim:" + image, "--json"}).document("nvmectl.info/1").value("serial", "");
	const Ended sent = sanitize({"crypto", "--yes", serial});
	EXPECT_EQ(sent.exit, 5) << "what it says is not true: " << sent.err;
	EXPECT_EQ(sent.error().value("status_code", ""), "0/01h");
}

} // namespace
} // namespace nvmectl_test
