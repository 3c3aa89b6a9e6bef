// SPDX-License-Identifier: MIT OR Apache-2.0
// nvmectl monitor on simulated devices, whose health log is in memory.
#include "tool.h"

#include <csignal>
#include <sstream>

namespace nvmectl_test
{
namespace
{

class monitored : public testing::Test
{
protected:
	void SetUp() override { ASSERT_EQ(nvmectl({"sim", "create", image, "--size", "1MiB"}).exit, 0); }

	static std::vector<Json> lines_of(const std::string &text)
	{
		std::vector<Json> lines;
		std::istringstream stream(text);
		for (std::string line; std::getline(stream, line);) {
			lines.push_back(Json::parse(line, nullptr, false));
			EXPECT_EQ(lines.back().value("schema", ""), "nvmectl.monitor/1") << line;
		}
		return lines;
	}

	Folder folder;
	std::string image = folder.path("disk.img");
	std::string device = "sim:" + image;
};

TEST_F(monitored, each_look_is_a_line_of_json)
{
	const Ended ended = nvmectl({"monitor", device, "--count", "3", "--interval", "1ms", "--json"});
	ASSERT_EQ(ended.exit, 0) << ended.err;
	const std::vector<Json> lines = lines_of(ended.out);
	ASSERT_EQ(lines.size(), 3u);
	const Json smart = nvmectl({"log", "smart", device, "--json"}).document("nvmectl.log-smart/1")["log"];
	for (const Json &line : lines) {
		const Json &health = line["health"];
		EXPECT_EQ(health["spare_percent"], smart["avail_spare"]);
		EXPECT_EQ(health["spare_threshold_percent"], smart["spare_thresh"]);
		EXPECT_EQ(health["used_percent"], smart["percent_used"]);
		EXPECT_EQ(health["media_errors"], smart["media_errors"]);
		EXPECT_EQ(health["error_log_entries"], smart["num_err_log_entries"]);
		EXPECT_EQ(health["critical_warnings"], Json::array());
		EXPECT_EQ(line["changed"], Json::array());
		EXPECT_EQ(line["load"], nullptr) << "the kernel counts nothing for a file";
	}
	EXPECT_EQ(lines[0]["health"]["temperature_celsius"], nullptr) << "it has none";
}

TEST_F(monitored, without_a_terminal_each_look_is_a_line_for_people)
{
	const Ended ended = nvmectl({"monitor", device, "--count", "2", "--interval", "1ms"});
	ASSERT_EQ(ended.exit, 0) << ended.err;
	EXPECT_EQ(std::count(ended.out.begin(), ended.out.end(), '\n'), 2) << ended.out;
	EXPECT_TRUE(contains(ended.out, "spare 100 %")) << ended.out;
	EXPECT_FALSE(contains(ended.out, "\033")) << "nothing is drawn over";
}

TEST_F(monitored, a_signal_ends_it_as_it_ends_the_watching_of_a_log)
{
	Tool tool({"monitor", device, "--interval", "1h"});
	ASSERT_TRUE(comes_true([&] { return tool.catches(SIGINT); }));
	tool.signal(SIGINT);
	EXPECT_EQ(tool.wait().exit, 0);
}

TEST_F(monitored, what_makes_no_sense_is_refused)
{
	EXPECT_EQ(nvmectl({"monitor", device, "--count", "0"}).exit, 2);
	EXPECT_EQ(nvmectl({"monitor", device, "--interval", "0"}).exit, 2);
	EXPECT_EQ(nvmectl({"monitor", "null:"}).exit, 9);
	EXPECT_EQ(nvmectl({"monitor", folder.path("none")}).exit, 3);
	write_file(image + ".faults", "ringline-faults 1\naction=status opcode=0x02 admin=1 status=0x2 skip=1\n");
	const Ended ended = nvmectl({"monitor", device, "--count", "5", "--interval", "1ms", "--json"});
	EXPECT_EQ(ended.exit, 5) << "the second look fails: " << ended.err;
	EXPECT_EQ(lines_of(ended.out).size(), 1u);
}

} // namespace
} // namespace nvmectl_test
