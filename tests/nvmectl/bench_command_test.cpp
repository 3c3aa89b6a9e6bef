// SPDX-License-Identifier: MIT OR Apache-2.0
// The command line of nvmectl bench, and its outputs beside the document.
#include "tool.h"

#include <pty.h>
#include <unistd.h>

namespace nvmectl_test
{
namespace
{

class bench_command : public testing::Test
{
protected:
	void SetUp() override
	{
		ASSERT_EQ(nvmectl({"sim", "create", image, "--size", "1MiB", "--mdts", "64KiB"}).exit, 0);
	}

	[[nodiscard]] Ended bench(const Words &more) const
	{
		Words all = {"bench", "sim:" + image};
		all.insert(all.end(), more.begin(), more.end());
		return nvmectl(all);
	}

	Folder folder;
	std::string image = folder.path("disk.img");
};

struct Refusal {
	Words words;
	int exit;
	const char *part; ///< Of the message.
};

TEST_F(bench_command, blocks_with_metadata_are_refused_with_what_works_on_them)
{
	const std::string other = folder.path("metadata.img");
	ASSERT_EQ(nvmectl({"sim", "create", other, "--size", "1MiB", "--metadata", "8"}).exit, 0);
	const Ended ended = nvmectl({"bench", "sim:" + other, "--json"});
	EXPECT_EQ(ended.exit, 9);
	EXPECT_TRUE(contains(ended.error()["hint"], "passthru io")) << ended.err;
}

TEST_F(bench_command, what_makes_no_sense_is_refused_with_the_reason)
{
	const Words write = {"--destructive", "--reads", "0"};
	const std::vector<Refusal> refusals = {
		{{"--bs", "1000"}, 2, "not a multiple of the device's block size of 512"},
		{{"--bs", "0"}, 2, "not a multiple"},
		{{"--bs", "128KiB"}, 2, "at most 64 KiB (65536 bytes), by the rule mdts"},
		{{"--bs", "8KiB", "--blocks", "8"}, 2, "more than the range of 8 blocks"},
		{{"--bs", "big"}, 2, "not a size"},
		{{"--lba", "5000"}, 2, "past the end"},
		{{"--depth", "0"}, 2, "1 to 1024"},
		{{"--depth", "2000"}, 2, "1 to 1024"},
		{{"--threads", "0"}, 2, "1 to 64"},
		{{"--threads", "65"}, 2, "1 to 64"},
		{{"--threads", "64", "--depth", "1024"}, 2, "more than the 8192"},
		{{"--threads", "64", "--depth", "128", "--bs", "64KiB", "--batch", "200"}, 2, "--batch 200 is more"},
		{{"--batch", "0"}, 2, "--batch 0"},
		{{"--rate", "0"}, 2, "--rate 0"},
		{{"--rate", "fast"}, 2, "not a number"},
		{{"--rate", "50KiB"}, 2, "k = 1000"},
		{{"--rate", "1G"}, 2, "1 to 100000000"},
		{{"--time", "0"}, 2, "--time 0"},
		{{"--time", "1 year"}, 2, "not a time"},
		{{"--time", "31000h"}, 2, "30 days"},
		{{"--count", "0"}, 2, "--count 0"},
		{{"--count", "1", "--size", "4KiB"}, 2, "cannot be given together"},
		{{"--size", "5000"}, 2, "not a multiple"},
		{{"--pattern", "zigzag"}, 2, "random or sequential"},
		{{"--pattern", "sequential", "--threads", "3", "--blocks", "16"}, 2, "without overlapping"},
		{{"--buffers", "silk"}, 2, "registered or plain"},
		{{"--engine", "steam"}, 2, "no such engine"},
		{{"--iopoll", "--sqpoll"}, 2, "cannot be given together"},
		{{"--sqpoll-cpu", "0"}, 2, "only --sqpoll starts; give --sqpoll as well"},
		{{"--iopoll", "--sqpoll-cpu", "0"}, 2, "only --sqpoll starts"},
		{{"--sqpoll", "--sqpoll-cpu", "65536"}, 2, "0 to 65535"},
		{{"--sqpoll", "--sqpoll-cpu", "60000"}, 2, "CPU 60000 cannot have the thread"},
		{{"--sqpoll", "--sqpoll-cpu", "all"}, 2, "not a number"},
		{{"--iopoll", "--engine", "threads"}, 2, "--iopoll needs a ring"},
		{{"--sqpoll", "--engine", "threads"}, 2, "--sqpoll needs a ring"},
		{{"--iopoll"}, 9, "no polled queues: --iopoll is for real namespaces"},
		{{"--reads", "101"}, 2, "0 to 100"},
		{{"--reads", "99"}, 4, "--destructive"},
		{{"--destructive"}, 2, "how many is not said"},
		{{"--destructive", "--reads", "100", "--all"}, 2, "writes nothing"},
		{{"--fua"}, 2, "--fua is for writes"},
		{{"--flush-every", "5"}, 2, "--flush-every is for writes"},
		{{"--allow-busy"}, 2, "--allow-busy is for writes"},
		{{"--destructive", "--reads", "0"}, 2, "where to overwrite"},
		{{"--destructive", "--reads", "0", "--lba", "0"}, 2, "how much to overwrite"},
		{{"--destructive", "--reads", "0", "--all", "--flush-every", "0"}, 2, "--flush-every 0"},
		{{"--report", "-"}, 2, "--report FILE.html"},
		{{"--report", image}, 4, "is the image of"},
		{{"--report", folder.path("none/page.html")}, 3, "cannot write"},
	};
	for (const Refusal &refusal : refusals) {
		Words words = refusal.words;
		words.emplace_back("--json");
		const Ended ended = bench(words);
		const Json error = ended.error();
		EXPECT_EQ(ended.exit, refusal.exit) << ended.err;
		const std::string said = error.value("message", "") + "; " + error.value("hint", "");
		EXPECT_TRUE(contains(said, refusal.part)) << "\"" << refusal.part << "\" is not in: " << said;
		EXPECT_EQ(ended.out, "");
	}
	EXPECT_TRUE(all_zeros(read_file(image)));
}

// A simulated device completes what is submitted in the same system call, so a full batch costs one.
TEST_F(bench_command, one_system_call_submits_and_takes_a_batch)
{
	const Json json = bench({"--engine", "uring", "--count", "640", "--depth", "8", "--batch", "8", "--json"})
				  .document("nvmectl.bench/1");
	EXPECT_EQ(json["system_calls"], 81) << "one a batch, and one more for the first wait for so many";
	EXPECT_EQ(json["system_calls_per_command"], 81.0 / 640);
}

TEST_F(bench_command, text_has_a_row_for_each_direction_and_the_command_to_repeat)
{
	const Ended ended = bench({"--destructive", "--reads", "50", "--all", "--count", "100"});
	EXPECT_EQ(ended.exit, 0) << ended.err;
	for (const char *part : {"IOPS", "p99.99", "\nread ", "\nwrite ", "100 commands, 400 KiB in",
				 "repeat        nvmectl bench", "--seed ", "--destructive"}) {
		EXPECT_TRUE(contains(ended.out, part)) << part << " is not in: " << ended.out;
	}
	EXPECT_EQ(ended.err, "nvmectl: warning: overwrites LBA 0 to 2047 of sim:" + image + " (1 MiB)\n")
		<< "no progress without a terminal";
	EXPECT_EQ(bench({"--count", "1", "--depth", "1", "--quiet"}).out, "");
}

TEST_F(bench_command, a_terminal_shows_the_progress)
{
	int terminal = -1;
	Start start;
	ASSERT_EQ(::openpty(&terminal, &start.error_fd, nullptr, nullptr, nullptr), 0);
	const int keeps_it_open = ::dup(start.error_fd);
	write_file(image + ".faults", "ringline-faults 1\naction=delay opcode=read delay=1ms\n");
	EXPECT_EQ(nvmectl({"bench", "sim:" + image, "--time", "700ms"}, std::move(start)).exit, 0);
	std::string shown(4096, '\0');
	const ssize_t got = ::read(terminal, shown.data(), shown.size());
	shown.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
	for (const char *part : {" IOPS, ", "iB/s, p99 ", " ms, 0:00 left", "\r\033[K"}) {
		EXPECT_TRUE(contains(shown, part)) << part << " is not in: " << shown;
	}
	(void)::close(keeps_it_open);
	(void)::close(terminal);
}

TEST_F(bench_command, the_page_loads_nothing_and_runs_nothing)
{
	const std::string page = folder.path("page.html");
	EXPECT_EQ(bench({"--count", "1000", "--report", page}).exit, 0);
	const std::string html = read_file(page);
	EXPECT_TRUE(html.starts_with("<!DOCTYPE html>"));
	EXPECT_TRUE(html.ends_with("</html>\n"));
	EXPECT_TRUE(contains(html, "default-src 'none'"));
	for (const char *part : {"http:", "https:", "//", "src=", "href=", "url(", "@import", "<script", "<link", "{{",
				 "}}", "nan", " inf"}) {
		EXPECT_FALSE(contains(html, part)) << part;
	}
}

TEST_F(bench_command, text_in_the_page_cannot_become_markup)
{
	const std::string page = folder.path("page.html");
	const std::string odd = folder.path("<b>&'odd'");
	ASSERT_EQ(nvmectl({"sim", "create", odd, "--size", "1MiB"}).exit, 0);
	EXPECT_EQ(nvmectl({"bench", "sim:" + odd, "--count", "1", "--report", page}).exit, 0);
	const std::string html = read_file(page);
	EXPECT_FALSE(contains(html, "<b>"));
	EXPECT_TRUE(contains(html, "&lt;b&gt;&amp;&#39;odd&#39;"));
	EXPECT_TRUE(contains(html, "&#39;\\&#39;&#39;odd")) << "the command line is quoted for a shell";
}

TEST_F(bench_command, a_page_is_there_as_a_whole_or_not_at_all)
{
	const std::string page = folder.path("page.html");
	write_file(page, "old");
	EXPECT_EQ(bench({"--reads", "50", "--report", page}).exit, 4);
	EXPECT_EQ(read_file(page), "old");
	Start start;
	start.file_limit = 4096;
	EXPECT_EQ(nvmectl({"bench", "sim:" + image, "--count", "10", "--report", page}, std::move(start)).exit, 3);
	EXPECT_EQ(read_file(page), "old");
	EXPECT_EQ(bench({"--count", "10", "--report", page}).exit, 0);
	EXPECT_GT(read_file(page).size(), 10000u);
	EXPECT_EQ(folder.names(), (Words{"disk.img", "disk.img.ringline", "page.html"}));
}

TEST_F(bench_command, a_run_in_which_nothing_succeeded_has_a_page_too)
{
	write_file(image + ".faults", "ringline-faults 1\naction=status opcode=read status=0x281\n");
	const std::string page = folder.path("page.html");
	EXPECT_EQ(bench({"--count", "10", "--report", page}).exit, 5);
	EXPECT_TRUE(contains(read_file(page), "10 commands ended with read: unrecovered-read-error (2/81h)"));
}

TEST(bench_null, measures_the_path_without_a_device)
{
	const Ended ended = nvmectl({"bench", "null:", "--count", "10000", "--json"});
	EXPECT_EQ(ended.exit, 0) << ended.err;
	EXPECT_EQ(ended.document("nvmectl.bench/1")["commands"], 10000);
}

} // namespace
} // namespace nvmectl_test
