// SPDX-License-Identifier: MIT OR Apache-2.0
// read --continue-on-error: bad blocks are holes, all others are there, and a map tells which is which.
#include "tool.h"

#include <sys/stat.h>

#include <filesystem>

namespace nvmectl_test
{
namespace
{

class rescue : public on_simulated
{
protected:
	void SetUp() override
	{
		create();
		write_file(image, data);
	}
	/// All of the device into out, with the map.
	Ended all(const Words &more = {})
	{
		Words words = {"read", device, "--all", "-o", out, "--continue-on-error", "--map", map};
		words.insert(words.end(), more.begin(), more.end());
		return run(words);
	}
	/// The data without some blocks.
	[[nodiscard]] std::string without(std::uint64_t lba, std::uint64_t blocks) const
	{
		std::string holed = data;
		return holed.replace(lba * block, blocks * block, blocks * block, '\0');
	}
	const std::string data = noise(16u << 20);
	const std::string out = folder.path("out");
	const std::string map = folder.path("out.map");
	const std::string bad_777 = "action=status opcode=read lba=777 blocks=1 status=0x281";
};

TEST_P(rescue, a_bad_block_is_a_hole_and_all_others_are_read)
{
	faults(bad_777);
	const Ended ended = all({"--json"});
	EXPECT_EQ(ended.exit, 5) << ended.err;
	EXPECT_EQ(ended.error()["failed"], Json::parse(R"([{"lba": 777, "blocks": 1}])")) << ended.err;
	EXPECT_TRUE(same(read_file(out), without(777, 1)));
	const std::string text = read_file(map);
	EXPECT_TRUE(
		contains(text, "\n0x00000000  0x00061200  +\n0x00061200  0x00000200  -\n0x00061400  0x00f9ec00  +\n"))
		<< text;
}

TEST_P(rescue, a_range_that_begins_later_has_the_devices_positions_in_its_map)
{
	const Ended ended =
		run({"read", device, "--lba", "8", "--blocks", "8", "-o", out, "--continue-on-error", "--map", map});
	EXPECT_EQ(ended.exit, 0) << ended.err;
	EXPECT_TRUE(same(read_file(out), data.substr(8 * block, 8 * block)));
	EXPECT_TRUE(contains(read_file(map), "\n0x00002000     +               1\n")) << read_file(map);
	EXPECT_TRUE(contains(read_file(map), "\n0x00001000  0x00001000  +\n")) << read_file(map);
}

TEST_P(rescue, with_its_map_only_what_is_missing_is_read)
{
	faults(bad_777);
	ASSERT_EQ(all().exit, 5);
	// Whatever is read now is seen in the output: the image has other data.
	write_file(image, noise(16u << 20, 2));
	faults("");
	const Ended ended = all({"--json"});
	EXPECT_EQ(ended.exit, 0) << ended.err;
	EXPECT_EQ(ended.document("nvmectl.read/1").value("blocks_read_now", 0), 1);
	std::string expected = data;
	expected.replace(777 * block, block, noise(16u << 20, 2), 777 * block, block);
	EXPECT_TRUE(same(read_file(out), expected));
	EXPECT_TRUE(contains(read_file(map), "\n0x00000000  0x01000000  +\n")) << read_file(map);
}

TEST_P(rescue, a_map_of_an_interrupted_run_is_resumed)
{
	write_file(map, "0x00001000 ? 1\n0 0x1000 +\n0x1000 0xfff000 ?\n");
	write_file(out, data.substr(0, 0x1000));
	const Ended ended = all();
	EXPECT_EQ(ended.exit, 0) << ended.err;
	EXPECT_TRUE(same(read_file(out), data));
}

TEST_P(rescue, an_output_that_is_not_what_the_map_says_is_refused)
{
	write_file(map, "0x00001000 ? 1\n0 0x1000 +\n0x1000 0xfff000 ?\n");
	for (const std::size_t length : {std::size_t{0}, std::size_t{0xfff}, data.size() + 1}) {
		write_file(out, std::string(length, 'x'));
		EXPECT_EQ(all().exit, 4) << length;
		EXPECT_EQ(read_file(out), std::string(length, 'x'));
	}
}

TEST_P(rescue, output_and_map_are_only_used_together)
{
	write_file(out, "precious");
	EXPECT_EQ(all().exit, 4);
	EXPECT_TRUE(same(read_file(out), "precious"));
	EXPECT_FALSE(std::filesystem::exists(map));
	std::filesystem::remove(out);
	write_file(map, "0 + 1\n0 0x1000000 +\n");
	EXPECT_EQ(all().exit, 4) << "what is done would be zeros";
	EXPECT_FALSE(std::filesystem::exists(out));
}

TEST_P(rescue, a_map_of_another_range_or_no_map_is_refused)
{
	write_file(out, "precious");
	write_file(map, "0 + 1\n0 0x1000 +\n");
	EXPECT_EQ(all().exit, 4);
	write_file(map, "this is a letter\n");
	EXPECT_EQ(all().exit, 4);
	EXPECT_TRUE(same(read_file(out), "precious"));
	EXPECT_TRUE(same(read_file(map), "this is a letter\n"));
}

TEST_P(rescue, wrong_arguments_are_usage_errors)
{
	EXPECT_EQ(run({"read", device, "--all", "-o", "-", "--continue-on-error"}).exit, 2);
	EXPECT_EQ(run({"read", device, "--all", "-o", out, "--map", map}).exit, 2)
		<< "--map without --continue-on-error";
	EXPECT_EQ(run({"read", device, "--all", "-o", out, "--continue-on-error", "--map", out}).exit, 2);
	EXPECT_EQ(run({"read", device, "--all", "-o", image, "--continue-on-error"}).exit, 4);
	EXPECT_TRUE(same(read_file(image), data));
}

TEST_P(rescue, more_bad_blocks_than_one_call_can_tell_are_all_found)
{
	std::string lines;
	for (int i = 0; i < 3; ++i) {
		lines += "action=status opcode=read lba=" + std::to_string(1000 + i * 3000) +
			 " blocks=1500 status=0x281\n";
	}
	faults(lines);
	EXPECT_EQ(all().exit, 5);
	std::string expected = data;
	for (std::uint64_t i = 0; i < 3; ++i) {
		expected.replace((1000 + i * 3000) * block, 1500 * block, 1500 * block, '\0');
	}
	EXPECT_TRUE(same(read_file(out), expected));
}

TEST_P(rescue, a_device_that_is_gone_ends_it_early_and_the_map_has_what_was_read)
{
	for (const std::string depth : {"1", "32"}) { // more than a few hundred blocks are in flight then
		faults("action=error opcode=read lba=2560 blocks=30208 error=ENODEV");
		const Ended ended = all({"--depth", depth, "--json"});
		EXPECT_EQ(ended.exit, 8) << depth << ended.err;
		EXPECT_EQ(ended.error()["done"], Json::parse(R"([{"lba": 0, "blocks": 2560}])")) << ended.err;
		EXPECT_TRUE(same(read_file(out), without(2560, data.size() / block - 2560))) << depth;
		EXPECT_TRUE(contains(read_file(map), "\n0x00000000  0x00140000  +\n0x00140000  0x00ec0000  ?\n"))
			<< read_file(map);
		std::filesystem::remove(out);
		std::filesystem::remove(map);
	}
}

TEST_P(rescue, a_device_that_vanishes_leaves_the_map_of_what_was_read)
{
	faults("action=vanish opcode=read lba=20000 blocks=1");
	const Ended ended = all({"--json"});
	EXPECT_EQ(ended.exit, 7) << ended.err << "one answer was lost";
	EXPECT_FALSE(contains(read_file(map), "  -\n")) << read_file(map);
	faults("");
	const Ended resumed = all({"--json"});
	EXPECT_EQ(resumed.exit, 0) << resumed.err;
	EXPECT_LE(resumed.document("nvmectl.read/1").value("blocks_read_now", 0), 16384) << "the first 8 MiB were read";
	EXPECT_TRUE(same(read_file(out), data));
}

TEST_P(rescue, only_what_the_device_calls_bad_is_bad_when_it_goes_in_between)
{
	faults("action=status opcode=read lba=3 blocks=1 status=0x281\n"
	       "action=error opcode=read lba=6400 blocks=26368 error=ENODEV\n");
	const Ended ended = all({"--json", "--depth", "1"}); // so that the block is found before
	EXPECT_EQ(ended.exit, 5) << ended.err;
	EXPECT_TRUE(contains(ended.error().value("message", ""), "it ended early: ")) << ended.err;
	const std::string text = read_file(map);
	EXPECT_TRUE(contains(text, "\n0x00000600  0x00000200  -\n0x00000800  0x0031f800  +\n")) << text;
	EXPECT_TRUE(contains(text, "\n0x00320000  0x00ce0000  ?\n")) << text;
}

TEST_P(rescue, a_status_of_the_path_says_nothing_about_a_block)
{
	faults("action=status opcode=read lba=8192 blocks=24576 status=0x371");
	EXPECT_EQ(all().exit, 5);
	EXPECT_TRUE(contains(read_file(map), "\n0x00000000  0x00400000  +\n0x00400000  0x00c00000  ?\n"))
		<< read_file(map);
}

TEST_P(rescue, what_was_not_read_takes_no_room)
{
	faults("action=status opcode=read lba=0 blocks=16384 status=0x281");
	EXPECT_EQ(all().exit, 5);
	struct stat status = {};
	ASSERT_EQ(::stat(out.c_str(), &status), 0);
	EXPECT_EQ(status.st_size, 16 << 20);
	EXPECT_LT(status.st_blocks * 512, 12 << 20);
}

INSTANTIATE_TEST_SUITE_P(engine, rescue, each_engine(), engine_of);

} // namespace
} // namespace nvmectl_test
