// SPDX-License-Identifier: MIT OR Apache-2.0
// nvmectl bench with queues that poll: SQPOLL on simulated devices, and both kinds on the drives of the test bed.
#include "tool.h"

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <sstream>
#include <thread>

namespace nvmectl_test
{
namespace
{

Ended bench_of(const std::string &device, const Words &more)
{
	Words words = {"bench", device, "--json"};
	words.insert(words.end(), more.begin(), more.end());
	return nvmectl(words);
}

Json measured(const std::string &device, const Words &more)
{
	const Ended ended = bench_of(device, more);
	EXPECT_EQ(ended.exit, 0) << ended.err;
	return ended.document("nvmectl.bench/1");
}

/// Interrupts a run of a minute when it has begun. What it leaves must be there long before the minute is over.
Json interrupted(const std::string &device, const Words &more)
{
	Words words = {"bench", device, "--json", "--time", "60s"};
	words.insert(words.end(), more.begin(), more.end());
	Tool tool(words);
	EXPECT_TRUE(comes_true([&] { return tool.catches(SIGINT); }));
	std::this_thread::sleep_for(std::chrono::milliseconds(300));
	tool.signal(SIGINT);
	const Ended ended = tool.wait();
	EXPECT_EQ(ended.exit, 130) << ended.err;
	const Json json = ended.document("nvmectl.bench/1");
	EXPECT_LT(json.value("seconds", 60.0), 50);
	EXPECT_EQ(json.value("error_count", -1), 0);
	return json;
}

class bench_sqpoll : public testing::Test
{
protected:
	void SetUp() override { ASSERT_EQ(nvmectl({"sim", "create", image, "--size", "4MiB"}).exit, 0); }

	Folder folder;
	std::string image = folder.path("disk.img");
	std::string device = "sim:" + image;
};

TEST_F(bench_sqpoll, the_document_says_what_polls)
{
	EXPECT_EQ(measured(device, {"--count", "10"})["load"]["polling"],
		  Json::parse(R"({"iopoll": false, "sqpoll": false, "sqpoll_cpu": null})"));
	EXPECT_EQ(measured(device, {"--count", "10", "--sqpoll"})["load"]["polling"],
		  Json::parse(R"({"iopoll": false, "sqpoll": true, "sqpoll_cpu": null})"));
	const Json json = measured(device, {"--count", "1001", "--threads", "2", "--sqpoll", "--sqpoll-cpu", "0"});
	EXPECT_EQ(json["load"]["polling"], Json::parse(R"({"iopoll": false, "sqpoll": true, "sqpoll_cpu": 0})"));
	EXPECT_EQ(json["commands"], 1001);
	EXPECT_EQ(json["engine"], "uring");
	EXPECT_TRUE(contains(json["warnings"].dump(), "2 threads of the kernel that --sqpoll starts share CPU 0"))
		<< json["warnings"];
}

TEST_F(bench_sqpoll, text_page_and_the_command_to_repeat_say_what_polls)
{
	const std::string page = folder.path("page.html");
	const Ended ended =
		nvmectl({"bench", device, "--count", "100", "--sqpoll", "--sqpoll-cpu", "0", "--report", page});
	EXPECT_EQ(ended.exit, 0) << ended.err;
	EXPECT_TRUE(contains(ended.out, "100 commands, SQPOLL on CPU 0 on sim:")) << ended.out;
	EXPECT_TRUE(contains(ended.out, " --sqpoll --sqpoll-cpu 0")) << ended.out;
	EXPECT_TRUE(contains(read_file(page), "<tr><th>Polling</th><td>SQPOLL on CPU 0</td></tr>"));
}

TEST_F(bench_sqpoll, the_command_line_that_it_tells_does_the_same_again)
{
	const Json first = measured(device, {"--count", "50", "--sqpoll", "--sqpoll-cpu", "0"});
	std::istringstream told(first["command_line"].get<std::string>());
	Words again;
	for (std::string word; told >> word;) {
		again.push_back(word);
	}
	again.front() = "bench";
	again.erase(again.begin());
	again.emplace_back("--json");
	EXPECT_EQ(nvmectl(again).document("nvmectl.bench/1")["load"], first["load"]);
}

// The thread spins all the time, of which a machine that is busy with other things gives it a part.
TEST_F(bench_sqpoll, the_time_of_the_kernels_thread_is_in_that_of_other_threads)
{
	const Words load = {"--time", "200ms", "--rate", "100", "--depth", "1"};
	Words polling = load;
	polling.emplace_back("--sqpoll");
	EXPECT_GE(measured(device, polling)["cpu"]["other_threads_ns"], 2'000'000);
	const Json without = measured(device, load);
	EXPECT_LT(without["cpu"]["other_threads_ns"], 2'000'000) << without["cpu"];
}

TEST_F(bench_sqpoll, an_interrupt_ends_the_run_with_what_was_done)
{
	write_file(image + ".faults", "ringline-faults 1\naction=delay opcode=read delay=1ms\n");
	EXPECT_GT(interrupted(device, {"--sqpoll", "--threads", "2", "--batch", "4"})["commands"], 0);
}

/// Where IOPOLL is refused for the kernel's sake, the tests that need it see that refusal and are skipped.
class polled_drive : public testing::Test
{
protected:
	static constexpr const char *ordinary = "/dev/vm/ringA-ng1";
	static constexpr const char *slow = "/dev/vm/ringT-ng1";
	static constexpr const char *without_polled_queues = "/dev/vm/ringB-ng1";

	void SetUp() override
	{
		if (!in_the_machine()) {
			GTEST_SKIP() << "needs the drives of the virtual machine (RINGLINE_VM=1)";
		}
	}
	static bool kernel_polls_safely()
	{
		const char *const kernel = std::getenv("RINGLINE_VM_KERNEL");
		return kernel == nullptr || std::string(kernel) != "6.1";
	}
};

#define SKIP_WITHOUT_IOPOLL()                                                                                          \
	if (!kernel_polls_safely()) {                                                                                  \
		GTEST_SKIP() << "this kernel dies of IOPOLL, and is refused";                                          \
	}

TEST_F(polled_drive, a_kernel_that_dies_of_iopoll_is_refused_with_the_reason)
{
	if (kernel_polls_safely()) {
		GTEST_SKIP() << "this kernel does not";
	}
	const Ended ended = bench_of(ordinary, {"--iopoll", "--count", "10"});
	EXPECT_EQ(ended.exit, 9) << ended.err;
	EXPECT_EQ(ended.out, "");
	EXPECT_EQ(ended.error().value("rule", ""), "kernel");
	EXPECT_TRUE(contains(ended.error().value("message", ""), "IOPOLL is refused: Linux 6.16 ")) << ended.err;
}

TEST_F(polled_drive, a_device_without_polled_queues_is_refused_and_the_way_to_get_some_told)
{
	SKIP_WITHOUT_IOPOLL();
	const Ended ended = bench_of(without_polled_queues, {"--iopoll", "--count", "10"});
	EXPECT_EQ(ended.exit, 9) << ended.err;
	EXPECT_EQ(ended.out, "");
	EXPECT_TRUE(contains(ended.error().value("message", ""), "has no polled queues")) << ended.err;
	EXPECT_TRUE(contains(ended.error().value("hint", ""), "nvme.poll_queues=N")) << ended.err;
}

TEST_F(polled_drive, iopoll_reads_all_that_was_asked_for)
{
	SKIP_WITHOUT_IOPOLL();
	const Json json =
		measured(ordinary, {"--iopoll", "--count", "600", "--threads", "2", "--depth", "8", "--batch", "4"});
	EXPECT_EQ(json["commands"], 600);
	EXPECT_EQ(json["error_count"], 0);
	EXPECT_EQ(json["engine"], "uring");
	EXPECT_EQ(json["load"]["polling"], Json::parse(R"({"iopoll": true, "sqpoll": false, "sqpoll_cpu": null})"));
	EXPECT_TRUE(contains(json["command_line"], " --iopoll")) << json["command_line"];
}

TEST_F(polled_drive, iopoll_writes_and_flushes)
{
	SKIP_WITHOUT_IOPOLL();
	const Json json = measured(ordinary, {"--iopoll", "--destructive", "--reads", "0", "--lba", "0", "--blocks",
					      "1024", "--count", "40", "--flush-every", "10"});
	EXPECT_EQ(json["write"]["commands"], 40);
	EXPECT_EQ(json["flush"]["commands"], 4);
}

TEST_F(polled_drive, iopoll_keeps_a_rate_and_the_time)
{
	SKIP_WITHOUT_IOPOLL();
	const Json json = measured(ordinary, {"--iopoll", "--rate", "50", "--time", "500ms"});
	EXPECT_EQ(json["commands"].get<int>() + json["missed"].get<int>(), 25);
	EXPECT_GE(json["seconds"], 0.48);
	EXPECT_LT(json["seconds"], 20);
}

// With commands in flight, and with none, when the next is due only after the minute.
TEST_F(polled_drive, an_interrupt_ends_a_run_with_iopoll)
{
	SKIP_WITHOUT_IOPOLL();
	interrupted(slow, {"--iopoll", "--depth", "4", "--batch", "4", "--threads", "2"});
	EXPECT_LE(interrupted(ordinary, {"--iopoll", "--rate", "1", "--threads", "64", "--depth", "1"})["commands"], 9);
}

TEST_F(polled_drive, sqpoll_reads_all_that_was_asked_for)
{
	const Json json =
		measured(ordinary, {"--sqpoll", "--sqpoll-cpu", "1", "--count", "600", "--depth", "8", "--batch", "4"});
	EXPECT_EQ(json["commands"], 600);
	EXPECT_EQ(json["error_count"], 0);
	EXPECT_EQ(json["load"]["polling"]["sqpoll_cpu"], 1);
}

} // namespace
} // namespace nvmectl_test
