// SPDX-License-Identifier: MIT OR Apache-2.0
#include "tool.h"

#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <thread>

namespace nvmectl_test
{
namespace
{

class read : public on_simulated
{
protected:
	void SetUp() override
	{
		create();
		write_file(image, data);
	}
	std::string data = noise(16u << 20);
};

TEST_P(read, all_of_a_device_is_what_is_in_its_image)
{
	const Ended ended = run({"read", device, "--all", "-o", folder.path("out")});
	EXPECT_EQ(ended.exit, 0) << ended.err;
	EXPECT_TRUE(same(read_file(folder.path("out")), data));
}

TEST_P(read, standard_output_gets_the_data_in_order_and_nothing_else)
{
	faults("action=reorder opcode=read hold=3 skip=5 repeat=4\naction=delay opcode=read lba=400 blocks=1 "
	       "delay=50ms");
	const Ended ended = run({"read", device, "--lba", "3", "--blocks", "20000", "-o", "-", "--json"});
	EXPECT_EQ(ended.exit, 0) << ended.err;
	EXPECT_TRUE(ended.out == data.substr(3 * block, 20000 * block));
	EXPECT_EQ(Json::parse(ended.err).value("schema", ""), "nvmectl.read/1");
}

TEST_P(read, how_much_to_read_must_be_said)
{
	EXPECT_EQ(run({"read", device, "-o", folder.path("out")}).exit, 2);
}

TEST_P(read, a_read_past_the_end_is_refused_and_makes_no_file)
{
	EXPECT_EQ(run({"read", device, "--lba", "32767", "--blocks", "2", "-o", folder.path("out")}).exit, 2);
	EXPECT_EQ(run({"read", device, "--lba", "32768", "--blocks", "1", "-o", folder.path("out")}).exit, 2);
	EXPECT_EQ(
		run({"read", device, "--lba", "18446744073709551615", "--blocks", "2", "-o", folder.path("out")}).exit,
		2);
	EXPECT_FALSE(std::filesystem::exists(folder.path("out")));
}

TEST_P(read, an_output_file_is_replaced_in_one_step_and_keeps_its_mode)
{
	write_file(folder.path("out"), "old");
	ASSERT_EQ(::chmod(folder.path("out").c_str(), 0640), 0);
	std::filesystem::create_hard_link(folder.path("out"), folder.path("other-name"));
	EXPECT_EQ(run({"read", device, "--blocks", "2", "-o", folder.path("out")}).exit, 0);
	EXPECT_TRUE(same(read_file(folder.path("out")), data.substr(0, 2 * block)));
	EXPECT_TRUE(same(read_file(folder.path("other-name")), "old"));
	struct stat status = {};
	ASSERT_EQ(::stat(folder.path("out").c_str(), &status), 0);
	EXPECT_EQ(status.st_mode & 07777, 0640u);
}

TEST_P(read, a_symbolic_link_stays_a_link_to_the_new_file)
{
	write_file(folder.path("target"), "old");
	std::filesystem::create_symlink("target", folder.path("link"));
	EXPECT_EQ(run({"read", device, "--blocks", "2", "-o", folder.path("link")}).exit, 0);
	EXPECT_TRUE(std::filesystem::is_symlink(folder.path("link")));
	EXPECT_TRUE(same(read_file(folder.path("target")), data.substr(0, 2 * block)));
}

TEST_P(read, a_device_node_as_output_is_written_to_and_not_replaced)
{
	EXPECT_EQ(run({"read", device, "--blocks", "2", "-o", "/dev/null"}).exit, 0);
	EXPECT_TRUE(std::filesystem::is_character_file("/dev/null"));
}

TEST_P(read, a_full_output_is_a_clear_error)
{
	const Ended ended = run({"read", device, "--blocks", "2", "-o", "/dev/full"});
	EXPECT_EQ(ended.exit, 3);
	EXPECT_TRUE(contains(ended.err, "No space left on device")) << ended.err;
}

TEST_P(read, a_disk_without_room_is_found_before_anything_is_read)
{
	write_file(folder.path("out"), "old");
	Start start;
	start.file_limit = 1u << 20;
	const Ended ended = run({"read", device, "--all", "-o", folder.path("out")}, std::move(start));
	EXPECT_EQ(ended.exit, 3) << ended.err;
	EXPECT_TRUE(contains(ended.err, "File too large")) << ended.err;
	EXPECT_TRUE(same(read_file(folder.path("out")), "old"));
}

TEST_P(read, a_reader_that_went_away_is_a_clear_error)
{
	int ends[2] = {-1, -1};
	ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
	(void)::close(ends[0]);
	Start start;
	start.output_fd = ends[1];
	const Ended ended = run({"read", device, "--all", "-o", "-"}, std::move(start));
	EXPECT_EQ(ended.exit, 3);
	EXPECT_TRUE(contains(ended.err, "Broken pipe")) << ended.err;
}

TEST_P(read, a_reader_that_goes_away_later_makes_it_partly_done)
{
	int ends[2] = {-1, -1};
	ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
	Start start;
	start.output_fd = ends[1];
	Tool tool(with_engine({"read", device, "--all", "-o", "-"}), std::move(start));
	std::string taken(1u << 20, '\0');
	std::size_t got = 0;
	while (got < taken.size()) {
		const ssize_t part = ::read(ends[0], taken.data() + got, taken.size() - got);
		ASSERT_GT(part, 0);
		got += static_cast<std::size_t>(part);
	}
	(void)::close(ends[0]);
	const Ended ended = tool.wait();
	EXPECT_EQ(ended.exit, 8) << ended.err;
	EXPECT_TRUE(taken == data.substr(0, taken.size()));
}

TEST_P(read, an_interrupt_ends_the_wait_for_a_reader_of_a_fifo)
{
	ASSERT_EQ(::mkfifo(folder.path("fifo").c_str(), 0600), 0);
	Tool tool(with_engine({"read", device, "--all", "-o", folder.path("fifo"), "--json"}));
	ASSERT_TRUE(comes_true([&] { return tool.catches(SIGINT); }));
	std::this_thread::sleep_for(std::chrono::milliseconds(100));
	tool.signal(SIGINT);
	const Ended ended = tool.wait();
	EXPECT_EQ(ended.exit, 130) << ended.err;
	EXPECT_EQ(ended.error().value("code", ""), "interrupted");
}

TEST_P(read, an_interrupt_ends_the_wait_for_a_reader_that_takes_nothing)
{
	int ends[2] = {-1, -1};
	ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
	Start start;
	start.output_fd = ends[1];
	Tool tool(with_engine({"read", device, "--all", "-o", "-", "--json"}), std::move(start));
	struct pollfd there = {ends[0], POLLIN, 0};
	ASSERT_EQ(::poll(&there, 1, 20000), 1);
	std::this_thread::sleep_for(std::chrono::milliseconds(100));
	tool.signal(SIGINT);
	const Ended ended = tool.wait();
	(void)::close(ends[0]);
	EXPECT_EQ(ended.exit, 130) << ended.err;
}

/// The end of a pipe that refuses instead of waiting when the pipe is full.
void make_non_blocking(int fd)
{
	ASSERT_EQ(::fcntl(fd, F_SETFL, O_NONBLOCK), 0);
}

TEST_P(read, a_pipe_that_does_not_block_is_waited_for)
{
	int ends[2] = {-1, -1};
	ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
	make_non_blocking(ends[1]);
	Start start;
	start.output_fd = ends[1];
	Tool tool(with_engine({"read", device, "--blocks", "2000", "-o", "-", "--json"}), std::move(start));
	std::string taken;
	std::string piece(100000, '\0');
	for (ssize_t part = 1; part > 0; taken.append(piece, 0, static_cast<std::size_t>(part))) {
		std::this_thread::sleep_for(std::chrono::milliseconds(30));
		part = ::read(ends[0], piece.data(), piece.size());
		ASSERT_GE(part, 0);
	}
	(void)::close(ends[0]);
	const Ended ended = tool.wait();
	EXPECT_EQ(ended.exit, 0) << ended.err;
	EXPECT_TRUE(same(taken, data.substr(0, 2000 * block)));
}

TEST_P(read, an_interrupt_ends_the_wait_for_a_pipe_that_does_not_block)
{
	int ends[2] = {-1, -1};
	ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
	make_non_blocking(ends[1]);
	Start start;
	start.output_fd = ends[1];
	Tool tool(with_engine({"read", device, "--all", "-o", "-", "--json"}), std::move(start));
	struct pollfd there = {ends[0], POLLIN, 0};
	ASSERT_EQ(::poll(&there, 1, 20000), 1);
	std::this_thread::sleep_for(std::chrono::milliseconds(100));
	tool.signal(SIGINT);
	const Ended ended = tool.wait();
	(void)::close(ends[0]);
	EXPECT_EQ(ended.exit, 130) << ended.err;
}

TEST_P(read, data_is_not_printed_on_a_terminal)
{
	int master = -1;
	Start start;
	ASSERT_EQ(::openpty(&master, &start.output_fd, nullptr, nullptr, nullptr), 0);
	const Ended ended = run({"read", device, "--blocks", "1", "-o", "-"}, std::move(start));
	EXPECT_EQ(ended.exit, 4);
	EXPECT_TRUE(contains(ended.err, "terminal")) << ended.err;
	(void)::close(master);
}

TEST_P(read, progress_is_shown_on_a_terminal)
{
	faults("action=delay opcode=read delay=300ms repeat=8");
	int master = -1;
	Start start;
	ASSERT_EQ(::openpty(&master, &start.error_fd, nullptr, nullptr, nullptr), 0);
	const Ended ended = run({"read", device, "--all", "-o", folder.path("out"), "--depth", "4"}, std::move(start));
	EXPECT_EQ(ended.exit, 0);
	std::string shown(4096, '\0');
	const ssize_t got = ::read(master, shown.data(), shown.size());
	ASSERT_GT(got, 0);
	EXPECT_TRUE(contains(shown, "of 16 MiB")) << shown;
	(void)::close(master);
}

TEST_P(read, a_bad_block_is_named_and_what_came_before_it_reaches_a_stream)
{
	faults("action=status opcode=read lba=1000 blocks=1 status=0x4281");
	const Ended ended = run({"read", device, "--all", "-o", "-", "--json"});
	EXPECT_EQ(ended.exit, 5);
	const Json error = ended.error();
	EXPECT_EQ(error.value("status", 0), 0x4281);
	EXPECT_EQ(error.value("status_code", ""), "2/81h");
	EXPECT_EQ(error["failed"], Json::parse(R"([{"lba": 896, "blocks": 128}])"));
	EXPECT_TRUE(ended.out == data.substr(0, 896 * block)) << ended.out.size();
}

TEST_P(read, the_image_itself_is_refused_as_output)
{
	EXPECT_EQ(run({"read", device, "--blocks", "1", "-o", image}).exit, 4);
	EXPECT_TRUE(same(read_file(image), data));
}

TEST_P(read, an_output_that_cannot_be_made_is_an_error_before_anything_is_read)
{
	EXPECT_EQ(run({"read", device, "--blocks", "1", "-o", folder.path("none/out")}).exit, 3);
	EXPECT_EQ(run({"read", device, "--blocks", "1", "-o", folder.path("")}).exit, 3);
}

TEST_P(read, one_command_in_flight_reads_the_same)
{
	EXPECT_EQ(run({"read", device, "--all", "-o", folder.path("out"), "--depth", "1"}).exit, 0);
	EXPECT_TRUE(same(read_file(folder.path("out")), data));
	EXPECT_EQ(run({"read", device, "--all", "-o", folder.path("out"), "--depth", "0"}).exit, 2);
	EXPECT_EQ(run({"read", device, "--all", "-o", folder.path("out"), "--depth", "1025"}).exit, 2);
	EXPECT_EQ(run({"read", device, "--all", "-o", folder.path("out"), "--depth", "1024"}).exit, 0);
}

INSTANTIATE_TEST_SUITE_P(engine, read, each_engine(), engine_of);

} // namespace
} // namespace nvmectl_test
