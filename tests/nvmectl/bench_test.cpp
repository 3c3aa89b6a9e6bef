// SPDX-License-Identifier: MIT OR Apache-2.0
// nvmectl bench on simulated devices: what it counts, what it times, and what it leaves alone.
#include "tool.h"

#include <chrono>
#include <csignal>
#include <sstream>
#include <thread>

namespace nvmectl_test
{
namespace
{

class bench : public on_simulated
{
protected:
	void SetUp() override { create("4MiB"); }

	[[nodiscard]] Words words(const Words &more) const
	{
		Words all = {"bench", device, "--json"};
		all.insert(all.end(), more.begin(), more.end());
		return all;
	}
	[[nodiscard]] Ended ended(const Words &more) const { return run(words(more)); }
	Json measured(const Words &more, int exit = 0) const
	{
		const Ended ended = run(words(more));
		EXPECT_EQ(ended.exit, exit) << ended.err;
		const Json json = ended.document("nvmectl.bench/1");
		EXPECT_EQ(json.value("exit", -1), exit);
		return json;
	}
	/// 4,096-byte places of the image that hold something else than zeros.
	[[nodiscard]] std::vector<std::size_t> written_places() const
	{
		const std::string bytes = read_file(image);
		std::vector<std::size_t> places;
		for (std::size_t i = 0; i < bytes.size() / 4096; ++i) {
			if (!all_zeros(bytes.substr(i * 4096, 4096))) {
				places.push_back(i);
			}
		}
		return places;
	}
};

TEST_P(bench, sends_exactly_as_many_commands_as_were_asked_for)
{
	const Json json = measured({"--count", "1001", "--threads", "3", "--depth", "4"});
	EXPECT_EQ(json["commands"], 1001);
	EXPECT_EQ(json["read"]["commands"], 1001);
	EXPECT_EQ(json["read"]["bytes"], 1001 * 4096);
	EXPECT_TRUE(json["write"].is_null());
	EXPECT_EQ(json["error_count"], 0);
	std::uint64_t in_histogram = 0;
	for (const Json &bucket : json["read"]["histogram_ns"]) {
		in_histogram += bucket[1].get<std::uint64_t>();
	}
	EXPECT_EQ(in_histogram, 1001u);
	std::uint64_t in_series = 0;
	for (const Json &second : json["series"]) {
		in_series += second["reads"].get<std::uint64_t>();
	}
	EXPECT_EQ(in_series, 1001u);
}

TEST_P(bench, an_amount_in_bytes_is_as_many_commands)
{
	EXPECT_EQ(measured({"--size", "1MiB", "--bs", "64KiB", "--pattern", "sequential"})["commands"], 16);
}

TEST_P(bench, the_document_says_what_where_and_how)
{
	const Json json = measured({"--count", "100", "--buffers", "plain", "--lba", "8", "--blocks", "800"});
	for (const char *member : {"exit",          "code",         "interrupted",
				   "started",       "seconds",      "commands",
				   "iops",          "bytes",        "bytes_per_second",
				   "read",          "write",        "flush",
				   "cpu",           "system_calls", "system_calls_per_command",
				   "errors",        "missed",       "series",
				   "load",          "device",       "engine",
				   "engine_reason", "traps",        "kernel",
				   "processor",     "command_line", "warnings"}) {
		EXPECT_TRUE(json.contains(member)) << member;
	}
	const Json &latency = json["read"]["latency_ns"];
	std::uint64_t before = 0;
	for (const char *member : {"min", "p50", "p90", "p99", "p99_9", "p99_99", "max"}) {
		EXPECT_GE(latency[member].get<std::uint64_t>(), before) << member;
		before = latency[member].get<std::uint64_t>();
	}
	EXPECT_GT(before, 0u);
	EXPECT_EQ(json["engine"], GetParam());
	EXPECT_EQ(json["pinned_memory"], false);
	EXPECT_EQ(json["device"]["serial"], nvmectl({"info", device, "--json"}).document("nvmectl.info/1")["serial"]);
	EXPECT_EQ(json["load"]["lba"], 8);
	EXPECT_EQ(json["load"]["blocks"], 800);
	EXPECT_EQ(json["series"].size(), 1u);
}

TEST_P(bench, the_command_line_that_it_tells_does_the_same_again)
{
	const Json first = measured({"--count", "50", "--pattern", "sequential", "--bs", "8KiB", "--ramp", "1ms",
				     "--rate", "100k", "--depth", "3", "--batch", "2"});
	EXPECT_EQ(first["load"]["rate"], 100000);
	std::istringstream told(first["command_line"].get<std::string>());
	Words again;
	for (std::string word; told >> word;) {
		again.push_back(word);
	}
	ASSERT_EQ(again.at(0), "nvmectl");
	again.erase(again.begin());
	again.emplace_back("--json");
	const Json second = nvmectl(again).document("nvmectl.bench/1");
	EXPECT_EQ(second["load"], first["load"]);
	EXPECT_EQ(second["commands"], 50);
}

TEST_P(bench, a_delay_of_the_device_is_in_every_latency)
{
	faults("action=delay opcode=read delay=20ms");
	const Json latency = measured({"--count", "64", "--depth", "16"})["read"]["latency_ns"];
	EXPECT_GE(latency["min"], 20000000);
	EXPECT_GE(latency["p50"], 20000000);
	EXPECT_LT(latency["p50"], 1000000000);
}

// The first command holds up the others, which are due in the 390 ms after it. Each waits until 500 ms have passed.
TEST_P(bench, with_a_rate_a_stall_is_in_the_latency_of_all_that_it_delayed)
{
	faults("action=delay opcode=read delay=500ms repeat=1");
	const Json json = measured({"--count", "40", "--depth", "1", "--rate", "100"});
	EXPECT_EQ(json["commands"], 40);
	EXPECT_GE(json["read"]["latency_ns"]["min"], 110000000);
	EXPECT_GE(json["read"]["latency_ns"]["p50"], 290000000);
}

TEST_P(bench, a_rate_is_not_exceeded)
{
	const Json json = measured({"--count", "50", "--rate", "200", "--threads", "2"});
	EXPECT_GE(json["seconds"], 49 / 200.0);
	EXPECT_EQ(json["missed"], 0);
}

TEST_P(bench, what_was_due_and_never_sent_is_told)
{
	faults("action=delay opcode=read delay=200ms");
	const Json json = measured({"--time", "100ms", "--depth", "1", "--rate", "1000"});
	// At 0 the first is sent; when it is back the time is up, and of the 99 others one can still be sent.
	EXPECT_EQ(json["commands"].get<int>() + json["missed"].get<int>(), 100);
	EXPECT_GE(json["missed"], 90);
}

TEST_P(bench, what_is_sent_in_the_ramp_is_not_counted)
{
	// Slow, so that few are sent in the ramp; these would make the minimum 0 and the count larger.
	faults("action=delay opcode=read delay=30ms");
	const Json json = measured({"--count", "20", "--depth", "4", "--ramp", "50ms"});
	EXPECT_EQ(json["commands"], 20);
	EXPECT_EQ(json["load"]["ramp_ns"], 50000000);
	std::uint64_t in_series = 0;
	for (const Json &second : json["series"]) {
		in_series += second["reads"].get<std::uint64_t>();
	}
	EXPECT_EQ(in_series, 20u);
}

TEST_P(bench, reading_leaves_the_image_as_it_was)
{
	const std::string data = noise(4u << 20, 3);
	write_file(image, data);
	measured({"--count", "500", "--threads", "2"});
	measured({"--count", "500", "--pattern", "sequential", "--buffers", "plain"});
	EXPECT_TRUE(same(read_file(image), data));
}

TEST_P(bench, writing_without_destructive_is_refused)
{
	const Ended refused = ended({"--reads", "50", "--all"});
	EXPECT_EQ(refused.exit, 4);
	EXPECT_EQ(refused.error().value("rule", ""), "destructive");
	EXPECT_EQ(refused.out, "");
	EXPECT_TRUE(image_is_untouched());
}

TEST_P(bench, only_the_range_is_overwritten_and_that_is_told)
{
	const Json json = measured({"--reads", "0", "--destructive", "--offset", "1MiB", "--length", "64KiB", "--count",
				    "16", "--pattern", "sequential", "--threads", "3"});
	EXPECT_EQ(json["write"]["commands"], 16);
	std::vector<std::size_t> all;
	for (std::size_t i = 256; i < 256 + 16; ++i) {
		all.push_back(i);
	}
	EXPECT_EQ(written_places(), all) << "three sequential threads go once through their parts";
	EXPECT_TRUE(contains(json["warnings"].dump(), "overwrites LBA 2048 to 2175")) << json["warnings"];
}

TEST_P(bench, the_same_seed_writes_to_the_same_places)
{
	const Words load = {"--reads",   "30", "--destructive", "--all", "--count", "100",
			    "--threads", "2",  "--seed",        "5"};
	measured(load);
	const std::vector<std::size_t> first = written_places();
	write_file(image, std::string(4u << 20, '\0'));
	measured(load);
	EXPECT_EQ(written_places(), first);
	EXPECT_GT(first.size(), 30u);
	EXPECT_LT(first.size(), 100u);
}

TEST_P(bench, a_mixed_run_writes_noise_and_not_what_it_has_read)
{
	const Json json = measured({"--destructive", "--reads", "50", "--offset", "0", "--length", "2MiB", "--count",
				    "512", "--pattern", "sequential", "--depth", "1"});
	EXPECT_EQ(written_places().size(), json["write"]["commands"].get<std::size_t>())
		<< "each place was touched once: one that was written and holds zeros got what a read had brought";
}

TEST_P(bench, flushes_come_after_so_many_writes_and_are_counted_apart)
{
	const Json json = measured({"--reads", "0", "--destructive", "--all", "--count", "100", "--flush-every", "10"});
	EXPECT_EQ(json["write"]["commands"], 100);
	EXPECT_EQ(json["commands"], 100);
	EXPECT_EQ(json["flush"]["commands"], 10);
	EXPECT_TRUE(json["read"].is_null());
}

TEST_P(bench, errors_are_decoded_and_counted_and_the_run_goes_on)
{
	faults("action=status opcode=read status=0x281 repeat=3\naction=error opcode=read error=EIO repeat=2");
	const Json json = measured({"--count", "100"}, 5);
	EXPECT_EQ(json["commands"], 95);
	EXPECT_EQ(json["error_count"], 5);
	ASSERT_EQ(json["errors"].size(), 2u);
	for (const Json &error : json["errors"]) {
		const bool status = error.contains("status");
		EXPECT_EQ(error["count"], status ? 3 : 2);
		EXPECT_EQ(error["name"], status ? "unrecovered-read-error" : "EIO");
		EXPECT_EQ(error.value("status_code", "2/81h"), "2/81h");
	}
}

TEST_P(bench, stop_on_error_ends_every_thread)
{
	faults("action=status opcode=read status=0x281 skip=50");
	const Json json = measured({"--time", "60s", "--depth", "2", "--threads", "2", "--stop-on-error"}, 5);
	EXPECT_LE(json["commands"], 50);
	EXPECT_GE(json["error_count"], 1);
	EXPECT_LT(json["seconds"], 50);
}

TEST_P(bench, a_lost_answer_is_outcome_unknown)
{
	faults("action=error opcode=read error=EINTR repeat=1");
	const Json json = measured({"--count", "10"}, 7);
	EXPECT_EQ(json["errors"][0]["outcome_unknown"], true);
}

TEST_P(bench, a_device_that_is_gone_ends_the_run_with_what_was_measured)
{
	faults("action=vanish opcode=read skip=50 repeat=1");
	const Json json = measured({"--time", "60s", "--depth", "1"}, 7);
	EXPECT_EQ(json["commands"], 50);
	EXPECT_LT(json["seconds"], 50);
}

TEST_P(bench, an_interrupt_ends_the_run_with_what_was_done)
{
	faults("action=delay opcode=read delay=1ms");
	Tool tool(with_engine(words({"--time", "60s", "--threads", "2"})));
	ASSERT_TRUE(comes_true([&] { return tool.catches(SIGINT); }));
	std::this_thread::sleep_for(std::chrono::milliseconds(300));
	tool.signal(SIGINT);
	const Ended ended = tool.wait();
	EXPECT_EQ(ended.exit, 130) << ended.err;
	const Json json = ended.document("nvmectl.bench/1");
	EXPECT_EQ(json["interrupted"], true);
	EXPECT_EQ(json["code"], "interrupted");
	EXPECT_EQ(json["error_count"], 0) << "what was taken back is no error";
	EXPECT_LT(json["seconds"], 50);
}

TEST_P(bench, an_interrupt_ends_the_wait_for_a_command_that_never_completes)
{
	faults("action=drop opcode=read skip=10 repeat=1");
	for (const int patience_ms :
	     {200, 2000, 20000}) { // by when the others are done, on a machine that is busy, too
		Tool tool(with_engine(words({"--count", "100", "--depth", "4", "--buffers", "plain"})));
		ASSERT_TRUE(comes_true([&] { return tool.catches(SIGINT); }));
		std::this_thread::sleep_for(std::chrono::milliseconds(patience_ms));
		tool.signal(SIGINT);
		const Ended ended = tool.wait();
		const Json json = ended.document("nvmectl.bench/1");
		if (json["commands"] == 99) {
			EXPECT_EQ(ended.exit, 7) << ended.err;
			return;
		}
		EXPECT_EQ(ended.exit, 130) << "interrupted too early: " << ended.err;
	}
	FAIL() << "the commands before and behind the dropped one did not end";
}

INSTANTIATE_TEST_SUITE_P(engine, bench, each_engine(), engine_of);

} // namespace
} // namespace nvmectl_test
