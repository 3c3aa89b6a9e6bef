// SPDX-License-Identifier: MIT OR Apache-2.0
// Traces, replays and the monitor on real drives. Nothing relies on what the drives ringA and ringC hold.
#include "tool.h"

#include <filesystem>
#include <sstream>

namespace nvmectl_test
{
namespace
{

class stream_device : public testing::Test
{
protected:
	void SetUp() override
	{
		if (!in_the_machine()) {
			GTEST_SKIP()
				<< "needs the virtual machine (RINGLINE_VM=1), where whole devices may be overwritten";
		}
		if (!std::filesystem::exists(node) || !std::filesystem::exists(other)) {
			GTEST_SKIP() << "this machine has no drives ringA and ringC";
		}
	}

	static std::vector<Json> lines_of(const std::string &text)
	{
		std::vector<Json> lines;
		std::istringstream stream(text);
		for (std::string line; std::getline(stream, line);) {
			lines.push_back(Json::parse(line, nullptr, false));
		}
		return lines;
	}

	Folder folder;
	std::string node = "/dev/vm/ringC-ng1"; // the smaller one: a trace needs a device of its size
	std::string other = "/dev/vm/ringA-ng1";
};

TEST_F(stream_device, a_traced_write_is_replayed_on_another_drive_and_ends_in_the_same_way)
{
	const std::string trace = folder.path("trace");
	write_file(folder.path("in"), noise(std::size_t{1} << 20));
	const Ended written = nvmectl({"write", node, "--lba", "64", "-f", folder.path("in"), "--trace", trace});
	ASSERT_EQ(written.exit, 0) << written.err;
	const std::vector<Json> lines = lines_of(read_file(trace));
	ASSERT_GT(lines.size(), 2u);
	const Ended info = nvmectl({"info", node, "--json"});
	EXPECT_TRUE(contains(info.out, lines[0]["device"]["serial"].get<std::string>()));
	EXPECT_EQ(lines[1]["dwords"][10], 64);
	EXPECT_GT(lines.back()["latency_ns"], 0);
	const std::string sim = folder.path("disk.img");
	ASSERT_EQ(nvmectl({"sim", "create", sim, "--size", "1GiB"}).exit, 0);
	for (const std::string &target : {other, "sim:" + sim}) {
		const Ended ended = nvmectl({"replay", trace, target, "--speed", "max", "--json"});
		ASSERT_EQ(ended.exit, 0) << target << ended.err;
		const Json json = ended.document("nvmectl.replay/1");
		EXPECT_EQ(json["compared"], (lines.size() - 1) / 2);
		EXPECT_EQ(json["differences"], Json::array());
	}
	// The pattern depends on seed and LBA alone, so both have the same blocks now.
	ASSERT_EQ(nvmectl({"read", "sim:" + sim, "--lba", "64", "--blocks", "2048", "-o", folder.path("out")}).exit, 0);
	EXPECT_FALSE(all_zeros(read_file(folder.path("out"))));
	EXPECT_EQ(nvmectl({"verify", other, "--lba", "64", "--against", folder.path("out")}).exit, 0);
}

TEST_F(stream_device, the_monitor_shows_health_and_load)
{
	const Ended ended = nvmectl({"monitor", other, "--count", "2", "--interval", "20ms", "--json"});
	ASSERT_EQ(ended.exit, 0) << ended.err;
	const std::vector<Json> lines = lines_of(ended.out);
	ASSERT_EQ(lines.size(), 2u);
	EXPECT_EQ(lines[0]["load"], nullptr) << "one look has no rate";
	EXPECT_EQ(lines[1]["load"]["in_flight"], 0);
	EXPECT_TRUE(lines[1]["load"]["read"]["iops"].is_number());
	EXPECT_GT(lines[1]["health"]["temperature_celsius"], 0);
	const Ended controller = nvmectl({"monitor", "/dev/vm/ringA", "--count", "1"});
	EXPECT_EQ(controller.exit, 0) << controller.err;
	EXPECT_TRUE(contains(controller.out, "spare")) << controller.out;
}

} // namespace
} // namespace nvmectl_test
