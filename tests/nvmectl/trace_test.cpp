// SPDX-License-Identifier: MIT OR Apache-2.0
// --trace on simulated devices: what is recorded, and that recording changes nothing.
#include "tool.h"

#include <fcntl.h>

#include <csignal>
#include <filesystem>
#include <map>
#include <sstream>

namespace nvmectl_test
{
namespace
{

namespace fs = std::filesystem;

std::vector<Json> lines_of(const std::string &path)
{
	std::vector<Json> lines;
	std::istringstream text(read_file(path));
	for (std::string line; std::getline(text, line);) {
		lines.push_back(Json::parse(line, nullptr, false));
		EXPECT_TRUE(lines.back().is_object()) << line;
	}
	return lines;
}

class traced : public on_simulated
{
protected:
	void SetUp() override { create(); }

	/// Runs it with --trace, and gives the lines of that.
	std::vector<Json> trace_of(Words arguments, int exit = 0)
	{
		arguments.insert(arguments.end(), {"--trace", trace});
		const Ended ended = run(std::move(arguments));
		EXPECT_EQ(ended.exit, exit) << ended.err;
		return lines_of(trace);
	}

	std::string trace = folder.path("trace");
	std::string input = folder.path("in");
	std::string output = folder.path("out");
};

INSTANTIATE_TEST_SUITE_P(engine, traced, testing::Values("uring", "threads"), engine_of);

TEST_P(traced, every_command_of_a_write_has_a_line_and_so_has_its_completion)
{
	write_file(input, noise(300 * block));
	const std::vector<Json> lines =
		trace_of({"write", device, "--lba", "5", "-f", input, "--fua", "--verify", "--depth", "2"});
	ASSERT_EQ(lines.size(), 13u) << "3 writes and 3 reads, and their completions";
	EXPECT_EQ(lines[0]["schema"], "nvmectl.trace/1");
	EXPECT_EQ(lines[0]["device"]["block_size"], 512);
	EXPECT_EQ(lines[0]["device"]["blocks"], 32768);
	EXPECT_EQ(lines[0]["device"]["metadata_size"], 0);
	EXPECT_FALSE(lines[0]["device"]["serial"].get<std::string>().empty());
	EXPECT_EQ(lines[0]["engine"], GetParam());
	std::map<std::uint64_t, Json> commands;
	std::multimap<std::string, std::uint64_t> found;
	std::uint64_t before = 0;
	std::size_t in_flight = 0;
	for (std::size_t i = 1; i < lines.size(); ++i) {
		const Json &line = lines[i];
		EXPECT_GE(line["time_ns"], before);
		before = line["time_ns"];
		if (line["event"] == "command") {
			EXPECT_EQ(line["seq"], commands.size());
			commands[line["seq"]] = line;
			found.emplace(line["name"], line["slba"]);
			EXPECT_EQ(line["dwords"].size(), 16u);
			EXPECT_EQ(line["dwords"][0], line["opcode"]);
			EXPECT_EQ(line["dwords"][10], line["slba"]);
			const std::uint32_t fua = line["name"] == "write" ? 1U << 30 : 0;
			EXPECT_EQ(line["dwords"][12], fua | (line["blocks"].get<std::uint32_t>() - 1));
			EXPECT_EQ(line["data_length"], line["blocks"].get<std::uint64_t>() * block);
			EXPECT_LE(++in_flight, 2u);
		} else {
			ASSERT_EQ(line["event"], "completion");
			ASSERT_TRUE(commands.contains(line["seq"]));
			EXPECT_EQ(line["latency_ns"], line["time_ns"].get<std::uint64_t>() -
							      commands[line["seq"]]["time_ns"].get<std::uint64_t>());
			EXPECT_EQ(line["status"], 0);
			EXPECT_EQ(line["error"], 0);
			--in_flight;
		}
	}
	EXPECT_EQ(in_flight, 0u);
	const std::multimap<std::string, std::uint64_t> wanted = {{"write", 5}, {"write", 133}, {"write", 261},
								  {"read", 5},  {"read", 133},  {"read", 261}};
	const auto sorted = [](const std::multimap<std::string, std::uint64_t> &of) {
		std::vector<std::pair<std::string, std::uint64_t>> all(of.begin(), of.end());
		std::sort(all.begin(), all.end());
		return all;
	};
	EXPECT_EQ(sorted(found), sorted(wanted));
}

TEST_P(traced, all_commands_on_ranges_are_in_it_with_what_they_need_to_be_sent_again)
{
	const std::vector<Json> zeroes =
		trace_of({"write-zeroes", device, "--lba", "0", "--blocks", "70000", "--deallocate"}, 2);
	EXPECT_TRUE(zeroes.empty()) << "it was refused before anything was opened";
	struct Case {
		Words words;
		const char *name;
		std::size_t commands;
		Json ranges;
	};
	const std::vector<Case> cases = {
		{{"write-zeroes", device, "--lba", "8", "--blocks", "300"}, "write-zeroes", 1, nullptr},
		{{"deallocate", device, "--lba", "8", "--blocks", "300"},
		 "dataset-management",
		 1,
		 Json::parse(R"([{"lba": 8, "blocks": 300}])")},
		{{"verify", device, "--blocks", "300"}, "verify", 1, nullptr},
		{{"copy", device, "--from", "0", "--lba", "1000", "--blocks", "300"},
		 "copy",
		 3,
		 Json::parse(R"([{"lba": 0, "blocks": 128}])")},
		{{"write-uncorrectable", device, "--lba", "500", "--blocks", "2"}, "write-uncorrectable", 1, nullptr},
		{{"flush", device}, "flush", 1, nullptr},
	};
	for (const Case &one : cases) {
		const std::vector<Json> lines = trace_of(one.words);
		ASSERT_EQ(lines.size(), 1 + 2 * one.commands) << one.name;
		EXPECT_EQ(lines[1]["name"], one.name);
		EXPECT_EQ(lines[1].value("ranges", Json()), one.ranges) << one.name;
		EXPECT_EQ(lines[1]["dwords"].size(), 16u);
		EXPECT_EQ(lines.back()["event"], "completion");
	}
}

TEST_P(traced, zones_are_in_it_with_what_the_device_answered)
{
	const std::string zoned = folder.path("zoned.img");
	ASSERT_EQ(nvmectl({"sim", "create", zoned, "--size", "4MiB", "--zone-size", "1MiB"}).exit, 0);
	write_file(input, noise(4 * block));
	const std::vector<Json> lines = trace_of({"zone", "append", "sim:" + zoned, "--zone", "2", "-f", input});
	ASSERT_EQ(lines.size(), 3u);
	EXPECT_EQ(lines[0]["device"]["zone_blocks"], 2048);
	EXPECT_EQ(lines[1]["name"], "zone-append");
	EXPECT_EQ(lines[2]["result"], 4096);
	EXPECT_EQ(trace_of({"zone", "finish", "sim:" + zoned, "--zone", "2"})[1]["action"], 2);
	EXPECT_EQ(trace_of({"zone", "report", "sim:" + zoned})[1]["opcode"], 0x7a);
}

TEST_P(traced, what_fails_is_in_it_and_its_exit_code_stays)
{
	faults("action=status opcode=read lba=200 blocks=1 status=0x281\n"
	       "action=error opcode=verify error=EIO executed=1");
	const std::vector<Json> lines = trace_of({"read", device, "--blocks", "300", "-o", output, "--depth", "1"}, 5);
	ASSERT_EQ(lines.size(), 5u) << "two commands";
	EXPECT_EQ(lines[4]["status"], 0x281);
	EXPECT_EQ(lines[4]["status_code"], "2/81h");
	const std::vector<Json> unknown = trace_of({"verify", device, "--blocks", "1"}, 7);
	ASSERT_EQ(unknown.size(), 3u);
	EXPECT_EQ(unknown[2]["error_name"], "EIO");
	EXPECT_EQ(unknown[2]["outcome_unknown"], true);
}

TEST_P(traced, each_of_the_narrowed_reads_of_a_rescue_is_in_it)
{
	faults("action=status opcode=read lba=3 blocks=1 status=0x281");
	const std::vector<Json> lines =
		trace_of({"read", device, "--blocks", "8", "-o", output, "--continue-on-error"}, 5);
	std::size_t failed = 0;
	for (const Json &line : lines) {
		failed += line.value("status", 0) == 0x281 ? 1 : 0;
	}
	EXPECT_EQ(failed, 4u) << "8 blocks, 4, 2, 1";
	EXPECT_EQ(lines.size(), 1u + 2 * 7);
}

TEST_P(traced, a_dry_run_and_a_refusal_leave_none_and_a_file_that_is_there_stays)
{
	write_file(trace, "mine");
	EXPECT_EQ(run({"write-zeroes", device, "--lba", "0", "--blocks", "1", "--dry-run", "--trace", trace}).exit, 0);
	EXPECT_EQ(run({"verify", device, "--lba", "99999999", "--blocks", "1", "--trace", trace}).exit, 2);
	EXPECT_EQ(read_file(trace), "mine");
	EXPECT_EQ(trace_of({"verify", device, "--blocks", "1"}).size(), 3u) << "replaced";
}

TEST_P(traced, a_refusal_at_the_last_moment_leaves_it_as_it_was_too)
{
	const std::string map = folder.path("map");
	const Words rescue = {"read",  device, "--blocks", "8",  "-o", output, "--continue-on-error",
			      "--map", map,    "--trace",  trace};
	ASSERT_EQ(run(rescue).exit, 0);
	fs::resize_file(output, block);
	write_file(trace, "older");
	EXPECT_EQ(run(rescue).exit, 4) << "the output is not what it was";
	EXPECT_EQ(read_file(trace), "older");
	fs::remove(trace);
	EXPECT_EQ(run(rescue).exit, 4);
	EXPECT_FALSE(fs::exists(trace)) << "where none was none is made";
}

TEST_P(traced, a_command_that_has_nothing_to_send_has_an_empty_one)
{
	const Words rescue = {
		"read", device, "--blocks", "8", "-o", output, "--continue-on-error", "--map", folder.path("map")};
	ASSERT_EQ(run(rescue).exit, 0);
	write_file(trace, "older");
	EXPECT_EQ(trace_of(rescue).size(), 1u) << "all of it was read before";
}

TEST_P(traced, standard_output_is_no_place_for_it)
{
	const bool there = fs::exists("-");
	const Ended ended = run({"verify", device, "--blocks", "1", "--trace", "-", "--json"});
	EXPECT_EQ(ended.exit, 2);
	EXPECT_TRUE(contains(ended.error()["hint"], "./-")) << ended.err;
	EXPECT_EQ(ended.out, "");
	EXPECT_EQ(fs::exists("-"), there) << "no file of that name is made";
}

TEST_P(traced, what_the_command_itself_uses_is_no_place_for_it)
{
	write_file(input, noise(block));
	for (const std::string &path : {image, image + ".faults", input}) {
		const std::string before = read_file(path);
		const Ended ended = run({"write", device, "--lba", "0", "-f", input, "--trace", path, "--json"});
		EXPECT_EQ(ended.exit, 4) << path;
		EXPECT_TRUE(contains(ended.error()["message"], "--trace")) << path;
		EXPECT_TRUE(same(read_file(path), before)) << path;
	}
	EXPECT_EQ(run({"read", device, "--blocks", "1", "-o", output, "--trace", output}).exit, 4);
	EXPECT_FALSE(fs::exists(output));
	Start messages;
	messages.error_fd = ::open(output.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	EXPECT_EQ(nvmectl({"verify", device, "--blocks", "1", "--trace", output}, std::move(messages)).exit, 4);
	fs::remove(output);
	EXPECT_EQ(run({"verify", device, "--blocks", "1", "--trace", folder.path("")}).exit, 4) << "a directory";
	EXPECT_EQ(run({"verify", device, "--blocks", "1", "--trace", folder.path("no/such")}).exit, 3);
	EXPECT_TRUE(image_is_untouched());
}

TEST_P(traced, a_full_disk_is_told_before_anything_is_sent)
{
	write_file(input, noise(block));
	const Ended ended = run({"write", device, "--lba", "0", "-f", input, "--trace", "/dev/full"});
	EXPECT_EQ(ended.exit, 3);
	EXPECT_TRUE(contains(ended.err, "No space left")) << ended.err;
	EXPECT_TRUE(image_is_untouched());
}

TEST_P(traced, one_that_is_cut_off_is_told_and_does_not_hide_how_the_command_ended)
{
	// The header fits, and what follows does not.
	Start start;
	start.file_limit = 2048;
	write_file(input, std::string(128 * 40 * block, '\0'));
	const Words compare = {"compare", device, "-f", input, "--json", "--trace", trace};
	const Ended ended = run(compare, start);
	EXPECT_EQ(ended.exit, 8) << ended.err;
	EXPECT_TRUE(contains(ended.error()["message"], "cut off"));
	EXPECT_EQ(ended.document("nvmectl.compare/1")["commands"], 40) << "it was done all the same";
	EXPECT_EQ(fs::file_size(trace), 2048u);
	faults("action=status opcode=compare lba=5100 blocks=1 status=0x281");
	const Ended failed = run(compare, start);
	EXPECT_EQ(failed.exit, 5) << failed.err;
	EXPECT_TRUE(contains(failed.error()["warnings"].dump(), "cut off"));
}

TEST_P(traced, an_interrupt_leaves_all_that_was_recorded_up_to_it)
{
	faults("action=delay opcode=write delay=50ms");
	write_file(input, noise(64 * 128 * block));
	Tool tool(with_engine({"write", device, "--lba", "0", "-f", input, "--depth", "2", "--trace", trace}));
	ASSERT_TRUE(comes_true([&] { return tool.catches(SIGINT) && !image_is_untouched(); }));
	tool.signal(SIGINT);
	EXPECT_EQ(tool.wait().exit, 130);
	const std::vector<Json> lines = lines_of(trace);
	std::size_t open = 0;
	for (const Json &line : lines) {
		open += line.value("event", "") == "command" ? 1 : 0;
		open -= line.value("event", "") == "completion" ? 1 : 0;
	}
	EXPECT_EQ(open, 0u) << "each has its end";
	EXPECT_GT(lines.size(), 2u);
	EXPECT_LT(lines.size(), 129u);
}

} // namespace
} // namespace nvmectl_test
