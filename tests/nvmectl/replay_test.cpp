// SPDX-License-Identifier: MIT OR Apache-2.0
// nvmectl replay on simulated devices: the same commands again, and what is different about how they end.
#include "tool.h"

#include <algorithm>
#include <chrono>
#include <csignal>
#include <sstream>

namespace nvmectl_test
{
namespace
{

class replayed : public on_simulated
{
protected:
	void SetUp() override
	{
		create();
		ASSERT_EQ(nvmectl({"sim", "create", other, "--size", "16MiB", "--mdts", "64KiB"}).exit, 0);
	}

	void record(Words arguments, int exit = 0)
	{
		arguments.insert(arguments.end(), {"--trace", trace});
		const Ended ended = run(std::move(arguments));
		ASSERT_EQ(ended.exit, exit) << ended.err;
	}
	Ended replay(Words more = {})
	{
		Words words = {"replay", trace, target, "--json"};
		words.insert(words.end(), more.begin(), more.end());
		return run(std::move(words));
	}
	/// Its lines but for the changes.
	void change(const std::function<void(std::vector<std::string> *)> &edit) const
	{
		std::vector<std::string> lines;
		std::istringstream text(read_file(trace));
		for (std::string line; std::getline(text, line);) {
			lines.push_back(line);
		}
		edit(&lines);
		std::string all;
		for (const std::string &line : lines) {
			all += line + "\n";
		}
		write_file(trace, all);
	}
	static void replace(std::string *line, const std::string &what, const std::string &with)
	{
		const std::size_t at = line->find(what);
		ASSERT_NE(at, std::string::npos) << what << " is not in " << *line;
		line->replace(at, what.size(), with);
	}
	/// Refused with the exit code, the line's number and the words, and nothing was sent.
	void expect_refused(int exit, const std::string &line, const std::string &words)
	{
		const Ended ended = replay();
		EXPECT_EQ(ended.exit, exit) << ended.err;
		const std::string message = ended.error()["message"];
		EXPECT_TRUE(contains(message, "line " + line + ":")) << message;
		EXPECT_TRUE(contains(message, words)) << message;
		EXPECT_TRUE(all_zeros(read_file(other)));
	}

	std::string other = folder.path("other.img");
	std::string target = "sim:" + other;
	std::string trace = folder.path("trace");
	std::string input = folder.path("in");
};

INSTANTIATE_TEST_SUITE_P(engine, replayed, testing::Values("uring", "threads"), engine_of);

TEST_P(replayed, the_same_blocks_are_written_in_the_same_commands_with_the_seeds_data)
{
	write_file(input, noise(300 * block));
	record({"write", device, "--lba", "5", "-f", input, "--verify", "--no-flush"});
	const std::string again = folder.path("again");
	const Ended ended = run({"replay", trace, target, "--json", "--speed", "max", "--trace", again});
	EXPECT_EQ(ended.exit, 2) << "a replay is not traced";
	const Json json = replay({"--speed", "max"}).document("nvmectl.replay/1");
	EXPECT_EQ(json["sent"], 6);
	EXPECT_EQ(json["compared"], 6);
	EXPECT_EQ(json["differences"], Json::array());
	EXPECT_EQ(json["by_name"], Json::parse(R"({"read": 3, "write": 3})"));
	const std::string first = read_file(other);
	EXPECT_TRUE(all_zeros(first.substr(0, 5 * block)));
	EXPECT_TRUE(all_zeros(first.substr(305 * block)));
	for (std::size_t lba = 5; lba < 305; ++lba) {
		ASSERT_FALSE(all_zeros(first.substr(lba * block, block))) << lba;
		ASSERT_NE(first.substr(lba * block, block), first.substr((lba - 1) * block, block)) << lba;
	}
	ASSERT_EQ(replay().exit, 0);
	EXPECT_TRUE(same(read_file(other), first)) << "the same seed, the same data";
	ASSERT_EQ(replay({"--seed", "7"}).exit, 0);
	EXPECT_FALSE(read_file(other) == first);
}

TEST_P(replayed, commands_with_ranges_and_zones_can_be_sent_again)
{
	record({"copy", device, "--from", "0", "--lba", "1000", "--blocks", "300"});
	EXPECT_EQ(replay().document("nvmectl.replay/1")["by_name"]["copy"], 3);
	record({"deallocate", device, "--lba", "0", "--blocks", "300"});
	EXPECT_EQ(replay().exit, 0);
	record({"flush", device});
	EXPECT_EQ(replay().exit, 0);
	for (std::string *const path : {&image, &other}) {
		*path += ".zoned";
		ASSERT_EQ(nvmectl({"sim", "create", *path, "--size", "4MiB", "--zone-size", "1MiB"}).exit, 0);
	}
	target = "sim:" + other;
	write_file(input, noise(4 * block));
	record({"zone", "append", "sim:" + image, "--zone", "2", "-f", input});
	EXPECT_EQ(replay().exit, 0);
	const Json zones = nvmectl({"zone", "report", target, "--json"}).document("nvmectl.zone-report/1")["zones"];
	EXPECT_EQ(zones[2]["write_pointer"], 4100);
}

TEST_P(replayed, what_ends_otherwise_is_told_with_its_line)
{
	record({"verify", device, "--blocks", "300"});
	write_file(other + ".faults", "ringline-faults 1\naction=status opcode=verify status=0x281\n");
	const Ended worse = replay();
	EXPECT_EQ(worse.exit, 5) << worse.err;
	const Json json = worse.document("nvmectl.replay/1");
	ASSERT_EQ(json["differences"].size(), 1u);
	EXPECT_EQ(json["differences"][0]["line"], 2);
	EXPECT_EQ(json["differences"][0]["then"]["status"], 0);
	EXPECT_EQ(json["differences"][0]["now"]["status"], 0x281);
	EXPECT_EQ(worse.error()["status"], 0x281);
	EXPECT_TRUE(contains(worse.error()["message"], "1 of 1 command ended otherwise")) << worse.err;

	faults("action=status opcode=verify status=0x281");
	record({"verify", device, "--blocks", "300"}, 5);
	EXPECT_EQ(replay().exit, 0) << "it fails in the same way";
	write_file(other + ".faults", "ringline-faults 1\n");
	EXPECT_EQ(replay().exit, 6) << "it does not fail";
	write_file(other + ".faults", "ringline-faults 1\naction=error opcode=verify error=EINTR\n");
	EXPECT_EQ(replay().exit, 7) << "nobody knows";
}

TEST_P(replayed, a_compare_whose_data_only_the_trace_knew_is_not_judged)
{
	write_file(input, noise(8 * block));
	ASSERT_EQ(run({"write", device, "--lba", "0", "-f", input}).exit, 0);
	record({"compare", device, "-f", input});
	const Ended ended = replay();
	EXPECT_EQ(ended.exit, 0) << ended.err;
	const Json json = ended.document("nvmectl.replay/1");
	EXPECT_EQ(json["without_data"], 1);
	EXPECT_EQ(json["compared"], 0);
	EXPECT_EQ(json["differences"], Json::array());
	EXPECT_TRUE(contains(run({"replay", trace, target}).out, "1 compare not judged: ")) << ended.err;
	write_file(other + ".faults", "ringline-faults 1\naction=status opcode=compare status=0x281\n");
	EXPECT_EQ(replay().exit, 5) << "that is not about data";
}

TEST_P(replayed, a_compare_with_what_the_replay_wrote_itself_is_judged)
{
	// A trace of both, from one of each.
	write_file(input, noise(8 * block));
	record({"write", device, "--lba", "0", "-f", input, "--no-flush"});
	std::string both = read_file(trace);
	record({"compare", device, "-f", input});
	std::string compare = read_file(trace);
	compare.erase(0, compare.find('\n') + 1);
	for (std::size_t at = 0; (at = compare.find("\"seq\":0", at)) != std::string::npos;) {
		compare.replace(at, 7, "\"seq\":1");
	}
	for (std::size_t at = 0; (at = compare.find("\"time_ns\":", at)) != std::string::npos; ++at) {
		compare.insert(at + 10, "9000000"); // after the write
	}
	write_file(trace, both + compare);
	const Json well = replay({"--speed", "max"}).document("nvmectl.replay/1");
	EXPECT_EQ(well["compared"], 2) << well;
	EXPECT_EQ(well["differences"], Json::array());
	write_file(other + ".faults", "ringline-faults 1\naction=status opcode=compare status=0x285\n");
	EXPECT_EQ(replay({"--speed", "max"}).exit, 5) << "the device has lost what was written";
}

TEST_P(replayed, as_many_are_in_flight_as_in_the_trace)
{
	write_file(input, noise(8 * 128 * block));
	faults("action=delay opcode=write delay=20ms"); // so that as many are in flight as can be
	record({"write", device, "--lba", "0", "-f", input, "--depth", "3", "--no-flush"});
	const Json json = replay({"--speed", "max"}).document("nvmectl.replay/1");
	EXPECT_EQ(json["commands_in_flight"], 3);
	record({"write", device, "--lba", "0", "-f", input, "--depth", "1", "--no-flush"});
	EXPECT_EQ(replay().document("nvmectl.replay/1")["commands_in_flight"], 1);
}

TEST_P(replayed, what_came_after_a_completion_waits_for_it)
{
	write_file(input, noise(3 * 128 * block));
	faults("action=delay opcode=write delay=20ms"); // so that all three are pushed before the first completes
	record({"write", device, "--lba", "0", "-f", input, "--depth", "3", "--no-flush"});
	change([](std::vector<std::string> *lines) {
		const auto first = std::ranges::find_if(*lines, [](const std::string &line) {
			return contains(line, "\"completion\"") && contains(line, "\"seq\":0");
		});
		ASSERT_NE(first, lines->end());
		std::rotate(lines->begin() + 2, first, first + 1); // behind the first command
	});
	// The first two take that long each: together if both are sent at once.
	write_file(other + ".faults", "ringline-faults 1\naction=delay opcode=write lba=0 blocks=256 delay=200ms\n");
	const Ended ended = replay({"--speed", "max"});
	const Json json = ended.document("nvmectl.replay/1");
	EXPECT_EQ(json["commands_in_flight"], 2) << ended.err;
	EXPECT_GE(json["seconds"], 0.4);
}

TEST_P(replayed, original_speed_takes_as_long_as_it_took_and_max_does_not)
{
	faults("action=delay opcode=write delay=150ms");
	write_file(input, noise(3 * 128 * block));
	record({"write", device, "--lba", "0", "-f", input, "--depth", "1", "--no-flush"});
	EXPECT_GE(replay().document("nvmectl.replay/1")["seconds"], 0.3);
	EXPECT_LT(replay({"--speed", "max"}).document("nvmectl.replay/1")["seconds"],
		  replay().document("nvmectl.replay/1")["seconds"]);
}

TEST_P(replayed, a_dry_run_sends_nothing)
{
	write_file(input, noise(300 * block));
	record({"write", device, "--lba", "0", "-f", input});
	const Ended ended = replay({"--dry-run"});
	EXPECT_EQ(ended.exit, 0);
	const Json json = ended.document("nvmectl.replay/1");
	EXPECT_EQ(json["dry_run"], true);
	EXPECT_EQ(json["by_name"]["write"], 3);
	EXPECT_TRUE(all_zeros(read_file(other)));
	const Ended text = run({"replay", trace, target, "--dry-run"});
	EXPECT_TRUE(contains(text.out, "3 write")) << text.out;
}

TEST_P(replayed, a_trace_of_another_device_is_refused_with_the_reason)
{
	record({"verify", device, "--blocks", "1"});
	const std::string good = read_file(trace);
	target = "sim:" + (other = folder.path("4k.img"));
	ASSERT_EQ(nvmectl({"sim", "create", other, "--size", "64MiB", "--block-size", "4096"}).exit, 0);
	expect_refused(4, "1", "blocks of 512 bytes");
	target = "sim:" + (other = folder.path("small.img"));
	ASSERT_EQ(nvmectl({"sim", "create", other, "--size", "8MiB"}).exit, 0);
	expect_refused(4, "1", "32768 blocks");
}

TEST_P(replayed, a_line_that_makes_no_sense_is_refused_before_anything_is_sent)
{
	write_file(input, noise(300 * block));
	record({"write", device, "--lba", "0", "-f", input, "--depth", "1", "--no-flush"});
	const std::string good = read_file(trace);
	const auto with = [&](std::size_t line, const std::string &what, const std::string &by) {
		write_file(trace, good);
		change([&](std::vector<std::string> *lines) { replace(&lines->at(line - 1), what, by); });
	};
	with(1, "nvmectl.trace/1", "nvmectl.trace/2");
	expect_refused(9, "1", "nvmectl.trace/2");
	with(1, "nvmectl.trace/1", "nvmectl.bench/1");
	expect_refused(4, "1", "not a trace");
	with(4, "\"slba\":128", "\"slba\":129");
	expect_refused(4, "4", "dwords");
	with(4, "\"slba\":128", "\"slba\":99999999");
	expect_refused(4, "4", "cannot do this write");
	with(4, "\"data_length\":65536", "\"data_length\":512");
	expect_refused(4, "4", "cannot do this write");
	with(4, "\"slba\":128", "\"slba\":\"128\"");
	expect_refused(4, "4", "'slba'");
	with(3, "\"seq\":0", "\"seq\":5");
	expect_refused(4, "3", "no command 5");
	with(3, "\"status\":0", "\"status\":65536");
	expect_refused(4, "3", "out of range");
	with(5, "{", "[{");
	expect_refused(4, "5", "not a JSON object");
	with(5, "completion", "surprise");
	expect_refused(4, "5", "surprise");
	write_file(trace, "");
	EXPECT_EQ(replay().exit, 4);
	EXPECT_EQ(run({"replay", folder.path("none"), target}).exit, 3);
}

TEST_P(replayed, a_last_line_that_is_cut_off_is_left_out_and_said)
{
	write_file(input, noise(300 * block));
	record({"write", device, "--lba", "0", "-f", input, "--depth", "1", "--no-flush"});
	const std::string good = read_file(trace);
	write_file(trace, good.substr(0, good.size() - 20));
	const Ended ended = replay();
	EXPECT_EQ(ended.exit, 0) << ended.err;
	const Json json = ended.document("nvmectl.replay/1");
	EXPECT_EQ(json["cut_off"], true);
	EXPECT_EQ(json["sent"], 3);
	EXPECT_EQ(json["compared"], 2) << "how the last ended is not known";
	EXPECT_TRUE(contains(json["warnings"].dump(), "cut off"));
	write_file(trace, good.substr(0, good.size() - 1));
	EXPECT_EQ(replay().document("nvmectl.replay/1")["cut_off"], false) << "only its line end is missing";
}

TEST_P(replayed, what_was_taken_back_then_is_not_sent_now)
{
	faults("action=error opcode=write error=EIO lba=128 blocks=1");
	write_file(input, noise(300 * block));
	record({"write", device, "--lba", "0", "-f", input, "--depth", "1", "--no-flush"}, 8);
	const Json json = replay().document("nvmectl.replay/1");
	EXPECT_EQ(json["not_sent_then"], 1);
	EXPECT_EQ(json["sent"], 1);
	EXPECT_TRUE(all_zeros(read_file(other).substr(128 * block)));
}

TEST_P(replayed, an_interrupt_ends_it)
{
	write_file(input, noise(20 * 128 * block));
	record({"write", device, "--lba", "0", "-f", input, "--depth", "1", "--no-flush"});
	write_file(other + ".faults", "ringline-faults 1\naction=delay opcode=write delay=200ms\n");
	Tool tool(with_engine({"replay", trace, target, "--json"}));
	ASSERT_TRUE(comes_true([&] { return tool.catches(SIGINT) && !all_zeros(read_file(other)); }));
	tool.signal(SIGINT);
	const Ended ended = tool.wait();
	EXPECT_EQ(ended.exit, 130) << ended.err;
	EXPECT_LT(ended.document("nvmectl.replay/1")["sent"], 20);
}

} // namespace
} // namespace nvmectl_test
