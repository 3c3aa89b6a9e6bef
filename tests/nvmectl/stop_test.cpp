// SPDX-License-Identifier: MIT OR Apache-2.0
// What is left, and what is said, when a transfer ends early: errors of the device, lost answers, signals.
#include "tool.h"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <thread>

namespace nvmectl_test
{
namespace
{

/// Bytes in a pipe.
int unread(int pipe)
{
	int bytes = -1;
	EXPECT_EQ(::ioctl(pipe, FIONREAD, &bytes), 0);
	return bytes;
}

class stop : public on_simulated
{
protected:
	void SetUp() override
	{
		create();
		write_file(folder.path("in"), data);
	}

	[[nodiscard]] Words write_words() const
	{
		return {"write", device, "--lba", "0", "-f", folder.path("in"), "--depth", "4", "--json"};
	}
	/// What the error says is done must be there, and nothing else: unless unknown blocks were.
	void expect_done_is_the_truth(const Json &error) const
	{
		const std::string there = image_bytes(0, data.size());
		std::string expected(data.size(), '\0');
		for (const Json &range : error["done"]) {
			const std::size_t at = range["lba"].get<std::size_t>() * block;
			const std::size_t length = range["blocks"].get<std::size_t>() * block;
			expected.replace(at, length, data, at, length);
		}
		EXPECT_TRUE(same(there, expected)) << error.dump(1);
	}

	std::string data = noise(4u << 20);
};

TEST_P(stop, a_flush_that_is_never_answered_ends_at_a_signal)
{
	faults("action=drop opcode=flush");
	for (const Words &words :
	     {Words{"flush", device}, Words{"write", device, "--lba", "0", "-f", folder.path("in")}}) {
		Tool tool(with_engine(words));
		ASSERT_TRUE(comes_true([&] { return tool.catches(SIGTERM); }));
		if (words[0] == "write") {
			ASSERT_TRUE(comes_true([&] { return image_bytes(0, data.size()) == data; }));
		}
		std::this_thread::sleep_for(
			std::chrono::milliseconds(50)); // it waits for the flush by now, most likely
		tool.signal(SIGTERM);
		// A worker may be just about to take it when the first signal comes.
		std::this_thread::sleep_for(std::chrono::milliseconds(50));
		tool.signal(SIGTERM);
		const Ended ended = tool.wait();
		// Dropped by the device, or taken back before it got there.
		EXPECT_TRUE(ended.exit == 7 || ended.exit == 130) << ended.exit << ended.err;
		EXPECT_TRUE(contains(ended.err, words[0] == "flush" ? "until a flush succeeds" : "nvmectl: "))
			<< ended.err;
	}
}

TEST_P(stop, a_write_fault_stops_the_transfer_and_the_done_blocks_are_told)
{
	faults("action=status opcode=write lba=1000 blocks=1 status=0x280");
	const Ended ended = run(write_words());
	EXPECT_EQ(ended.exit, 5) << ended.err;
	const Json error = ended.error();
	EXPECT_EQ(error.value("status_code", ""), "2/80h");
	EXPECT_EQ(error.value("code", ""), "nvme-status");
	EXPECT_EQ(error["failed"], Json::parse(R"([{"lba": 896, "blocks": 128}])"));
	EXPECT_GE(error["done"][0]["blocks"], 896);
	EXPECT_LT(error["done"].back()["lba"], 896 + 8 * 128) << "it went on after the failure";
	expect_done_is_the_truth(error);
}

TEST_P(stop, a_fault_in_the_first_command_leaves_nothing_done_before_it)
{
	faults("action=status opcode=write lba=0 blocks=1 status=0x280");
	Words words = write_words();
	words[words.size() - 2] = "1";
	const Ended ended = run(words);
	EXPECT_EQ(ended.exit, 5) << ended.err;
	EXPECT_EQ(ended.error()["done"], Json::array());
	EXPECT_TRUE(image_is_untouched());
}

TEST_P(stop, a_lost_answer_is_outcome_unknown_and_wins_over_all)
{
	faults("action=error opcode=write lba=1000 blocks=1 error=EINTR executed=1\n"
	       "action=status opcode=write lba=1100 blocks=1 status=0x280");
	const Ended ended = run(write_words());
	EXPECT_EQ(ended.exit, 7) << ended.err;
	const Json error = ended.error();
	EXPECT_EQ(error["unknown"], Json::parse(R"([{"lba": 896, "blocks": 128}])"));
	EXPECT_TRUE(contains(error.value("message", ""), "may or may not have run")) << ended.err;
}

TEST_P(stop, a_command_that_was_not_sent_makes_it_partly_done)
{
	faults("action=error opcode=write lba=1000 blocks=1 error=EIO");
	const Ended ended = run(write_words());
	EXPECT_EQ(ended.exit, 8) << ended.err;
	expect_done_is_the_truth(ended.error());
}

TEST_P(stop, a_device_that_vanishes_leaves_one_command_unknown)
{
	faults("action=vanish opcode=write skip=9");
	const Ended ended = run(write_words());
	EXPECT_EQ(ended.exit, 7) << ended.err;
	EXPECT_EQ(ended.error()["unknown"].size(), 1u);
}

TEST_P(stop, a_failed_read_says_what_to_type_next)
{
	faults("action=status opcode=read lba=1000 blocks=1 status=0x281");
	const Ended failed = run({"read", device, "--all", "-o", folder.path("out"), "--json"});
	EXPECT_EQ(failed.exit, 5);
	EXPECT_TRUE(contains(failed.error().value("hint", ""), "--continue-on-error --map FILE")) << failed.err;
	const Words rescue = {"read",     device,
			      "--blocks", "1024",
			      "-o",       folder.path("rescued"),
			      "--json",   "--continue-on-error",
			      "--map",    folder.path("map")};
	EXPECT_TRUE(contains(run(rescue).error().value("hint", ""), "the same command again")) << failed.err;
	EXPECT_FALSE(run(write_words()).err.find("hint") != std::string::npos) << "it does not fail";
}

TEST_P(stop, text_says_what_is_done_failed_and_unknown)
{
	faults("action=status opcode=write lba=1000 blocks=1 status=0x280");
	Words words = write_words();
	words.pop_back();
	const Ended ended = run(words);
	EXPECT_TRUE(contains(ended.err, "NVMe status 2/80h (write-fault)")) << ended.err;
	EXPECT_TRUE(contains(ended.err, "  done: LBA 0 to ")) << ended.err;
	EXPECT_TRUE(contains(ended.err, "  failed: LBA 896 to 1023 (128 blocks)")) << ended.err;
}

TEST_P(stop, done_blocks_that_may_be_in_a_volatile_cache_are_not_durable)
{
	faults("action=status opcode=write lba=1000 blocks=1 status=0x280");
	Words words = write_words();
	EXPECT_FALSE(run(words).error().value("durable", true));
	words.emplace_back("--no-flush");
	EXPECT_FALSE(run(words).error().value("durable", true));
	words.back() = "--fua";
	EXPECT_TRUE(run(words).error().value("durable", false));
}

TEST_P(stop, text_says_how_the_done_blocks_are_made_durable)
{
	faults("action=status opcode=write lba=1000 blocks=1 status=0x280");
	const Words words = {"write", device, "--lba", "0", "-f", folder.path("in"), "--depth", "4"};
	EXPECT_TRUE(contains(run(words).err,
			     "  the done blocks may still be in the drive's volatile cache: nvmectl flush " + device +
				     " makes them last\n"));
	Words forced = words;
	forced.emplace_back("--fua");
	const Ended ended = run(forced);
	EXPECT_TRUE(contains(ended.err, "  done: LBA 0 to ")) << ended.err;
	EXPECT_FALSE(contains(ended.err, "volatile cache")) << ended.err;
}

TEST_P(stop, nothing_is_said_about_durability_where_nothing_is_done)
{
	faults("action=status opcode=write lba=0 blocks=1 status=0x280");
	Words words = write_words();
	words[words.size() - 2] = "1";
	const Ended ended = run(words);
	EXPECT_EQ(ended.error()["done"], Json::array());
	EXPECT_FALSE(ended.error().contains("durable")) << ended.err;
}

TEST_P(stop, done_blocks_are_not_durable_whatever_ended_the_write)
{
	for (const auto &[fault, exit] : {std::pair("action=error opcode=write lba=1000 blocks=1 error=EINTR", 7),
					  std::pair("action=error opcode=write lba=1000 blocks=1 error=EIO", 8)}) {
		faults(fault);
		const Ended ended = run(write_words());
		EXPECT_EQ(ended.exit, exit) << ended.err;
		EXPECT_FALSE(ended.error().value("durable", true)) << ended.err;
	}
}

TEST_P(stop, a_first_interrupt_waits_for_what_is_in_flight_and_tells_the_true_extent)
{
	faults("action=delay opcode=write delay=1s skip=8");
	Tool tool(with_engine(write_words()));
	ASSERT_TRUE(comes_true([&] { return blocks_equal_to(data) >= 12 * command_blocks; }));
	tool.signal(SIGINT);
	const Ended ended = tool.wait();
	EXPECT_EQ(ended.exit, 130) << ended.err;
	const Json error = ended.error();
	EXPECT_EQ(error.value("code", ""), "interrupted");
	EXPECT_EQ(error["done"], Json::parse(R"([{"lba": 0, "blocks": 1536}])"));
	EXPECT_FALSE(error.value("durable", true)) << ended.err;
	EXPECT_TRUE(contains(error.value("message", ""), "1536 of 8192 blocks done from LBA 0")) << ended.err;
	expect_done_is_the_truth(error);
}

TEST_P(stop, termination_is_an_interrupt_too)
{
	faults("action=delay opcode=write delay=300ms");
	Tool tool(with_engine(write_words()));
	ASSERT_TRUE(comes_true([&] { return blocks_equal_to(data) >= 4 * command_blocks; }));
	tool.signal(SIGTERM);
	const Ended ended = tool.wait();
	EXPECT_EQ(ended.exit, 130) << ended.err;
	expect_done_is_the_truth(ended.error());
}

TEST_P(stop, a_hang_up_that_the_caller_ignores_is_ignored)
{
	faults("action=delay opcode=write delay=300ms repeat=4");
	Start start;
	start.ignored_signal = SIGHUP;
	Tool tool(with_engine(write_words()), std::move(start));
	ASSERT_TRUE(comes_true([&] { return blocks_equal_to(data) >= 4 * command_blocks; }));
	EXPECT_TRUE(tool.catches(SIGINT));
	EXPECT_FALSE(tool.catches(SIGHUP));
	tool.signal(SIGHUP);
	EXPECT_EQ(tool.wait().exit, 0);
}

TEST_P(stop, a_second_interrupt_says_why_it_goes_on_waiting)
{
	faults("action=delay opcode=write delay=2s");
	Words words = write_words();
	words.pop_back();
	int ends[2] = {-1, -1};
	ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
	Start start;
	start.error_fd = ends[1];
	Tool tool(with_engine(words), std::move(start));
	ASSERT_TRUE(comes_true([&] { return blocks_equal_to(data) >= 4 * command_blocks; }));
	std::string said;
	const auto hear = [&](const char *what) {
		while (!contains(said, what)) {
			char text[256];
			const ssize_t got = ::read(ends[0], text, sizeof text);
			if (got <= 0) {
				return false;
			}
			said.append(text, static_cast<std::size_t>(got));
		}
		return true;
	};
	tool.signal(SIGINT);
	EXPECT_TRUE(hear("interrupted: waiting for 4 commands")) << said;
	tool.signal(SIGINT);
	EXPECT_TRUE(hear("still waiting for 4 commands")) << said;
	EXPECT_TRUE(hear("done: LBA 0 to 511")) << said;
	EXPECT_EQ(tool.wait().exit, 130);
	(void)::close(ends[0]);
}

TEST_P(stop, an_interrupt_ends_the_wait_for_a_producer_that_gives_nothing)
{
	int ends[2] = {-1, -1};
	ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
	Start start;
	start.input_fd = ends[0];
	Tool tool(with_engine({"write", device, "--lba", "0", "-f", "-", "--depth", "4", "--json"}), std::move(start));
	const std::size_t given = 6 * command_blocks * block;
	ASSERT_EQ(::write(ends[1], data.data(), given), static_cast<ssize_t>(given));
	ASSERT_TRUE(comes_true([&] { return blocks_equal_to(data.substr(0, given)) == 6 * command_blocks; }));
	tool.signal(SIGINT);
	const Ended ended = tool.wait();
	(void)::close(ends[1]);
	EXPECT_EQ(ended.exit, 130) << ended.err;
	EXPECT_EQ(ended.error()["done"], Json::parse(R"([{"lba": 0, "blocks": 768}])"));
}

TEST_P(stop, an_interrupt_ends_the_wait_for_what_is_compared)
{
	for (const Words &words : {Words{"compare", device, "-f", "-", "--blocks", "128", "--json"},
				   Words{"verify", device, "--against", "-", "--blocks", "128", "--json"}}) {
		int ends[2] = {-1, -1};
		ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
		Start start;
		start.input_fd = ends[0];
		Tool tool(with_engine(words), std::move(start));
		ASSERT_EQ(::write(ends[1], data.data(), block), static_cast<ssize_t>(block));
		ASSERT_TRUE(comes_true([&] { return tool.catches(SIGINT) && unread(ends[1]) == 0; }));
		tool.signal(SIGINT);
		const Ended ended = tool.wait();
		(void)::close(ends[1]);
		EXPECT_EQ(ended.exit, 130) << words[0] << ended.err;
		EXPECT_EQ(ended.error()["done"], Json::array()) << words[0];
	}
}

TEST_P(stop, a_device_error_ends_the_wait_for_a_producer_that_gives_nothing)
{
	faults("action=delay opcode=write lba=100 blocks=1 delay=200ms repeat=1\n"
	       "action=status opcode=write lba=600 blocks=1 status=0x280");
	int ends[2] = {-1, -1};
	ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
	Start start;
	start.input_fd = ends[0];
	Tool tool(with_engine({"write", device, "--lba", "0", "-f", "-", "--depth", "4", "--json"}), std::move(start));
	const std::size_t given = 6 * command_blocks * block;
	ASSERT_EQ(::write(ends[1], data.data(), given), static_cast<ssize_t>(given));
	const Ended ended = tool.wait();
	(void)::close(ends[1]);
	EXPECT_EQ(ended.exit, 5) << ended.err;
}

TEST_P(stop, an_interrupted_read_leaves_the_output_as_it_was)
{
	faults("action=delay opcode=read delay=300ms skip=8");
	write_file(folder.path("out"), "old");
	Tool tool(with_engine({"read", device, "--all", "-o", folder.path("out"), "--depth", "4", "--json"}));
	ASSERT_TRUE(comes_true([&] { return tool.catches(SIGINT); }));
	tool.signal(SIGINT);
	const Ended ended = tool.wait();
	EXPECT_EQ(ended.exit, 130) << ended.err;
	EXPECT_TRUE(same(read_file(folder.path("out")), "old"));
	EXPECT_TRUE(contains(ended.error().value("message", ""), "was not touched")) << ended.err;
}

TEST_P(stop, a_read_that_is_killed_leaves_the_output_as_it_was)
{
	faults("action=delay opcode=read delay=5s skip=8");
	write_file(folder.path("out"), "old");
	Tool tool(with_engine({"read", device, "--all", "-o", folder.path("out"), "--depth", "4"}));
	ASSERT_TRUE(comes_true([&] { return tool.catches(SIGINT); }));
	std::this_thread::sleep_for(std::chrono::milliseconds(100));
	tool.signal(SIGKILL);
	EXPECT_EQ(tool.wait().exit, 128 + SIGKILL);
	EXPECT_TRUE(same(read_file(folder.path("out")), "old"));
}

TEST_P(stop, an_interrupt_ends_the_wait_for_a_command_that_never_completes)
{
	faults("action=drop opcode=write lba=256 blocks=1");
	Tool tool(with_engine(write_words()));
	// All the others are done, so the device has had this one for long.
	ASSERT_TRUE(comes_true([&] {
		const std::uint64_t rest = 3 * command_blocks * block;
		return blocks_equal_to(data) >= 2 * command_blocks &&
		       image_bytes(rest, data.size() - rest) == data.substr(rest);
	}));
	tool.signal(SIGINT);
	const Ended ended = tool.wait();
	EXPECT_EQ(ended.exit, 7) << ended.err;
	EXPECT_EQ(ended.error()["unknown"], Json::parse(R"([{"lba": 256, "blocks": 128}])"));
}

INSTANTIATE_TEST_SUITE_P(engine, stop, each_engine(), engine_of);

} // namespace
} // namespace nvmectl_test
