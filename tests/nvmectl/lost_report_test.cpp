// SPDX-License-Identifier: MIT OR Apache-2.0
// Standard output that takes nothing: what a command did is then told by its exit code, which must not say that nothing
// took effect.
#include "tool.h"

#include <fcntl.h>
#include <unistd.h>

#include <csignal>

namespace nvmectl_test
{
namespace
{

Ended into_full_disk(const Words &words)
{
	Start start;
	start.output_fd = ::open("/dev/full", O_WRONLY);
	return nvmectl(words, std::move(start));
}

class lost_report : public testing::Test
{
protected:
	void SetUp() override
	{
		write_file(folder.path("in"), noise(8 * 512));
		ASSERT_EQ(nvmectl({"sim", "create", image, "--size", "1MiB"}).exit, 0);
	}
	void expect_done(const Words &words) const
	{
		const Ended text = into_full_disk(words);
		EXPECT_EQ(text.exit, 8) << words[0] << text.err;
		EXPECT_TRUE(contains(text.err, "the command was done")) << text.err;
		EXPECT_TRUE(contains(text.err, "No space left on device")) << text.err;
	}

	Folder folder;
	std::string image = folder.path("disk.img");
	std::string device = "sim:" + image;
	std::string input = folder.path("in");
};

TEST_F(lost_report, what_has_an_effect_was_done_all_the_same)
{
	expect_done({"sim", "create", folder.path("other.img"), "--size", "1MiB"});
	EXPECT_EQ(read_file(folder.path("other.img")).size(), 1U << 20);
	expect_done({"write", device, "--lba", "0", "-f", input});
	EXPECT_TRUE(same(read_file(image).substr(0, 8 * 512), noise(8 * 512)));
	expect_done({"copy", device, "--from", "0", "--lba", "8", "--blocks", "8"});
	EXPECT_TRUE(same(read_file(image).substr(8 * 512, 8 * 512), noise(8 * 512)));
	expect_done({"read", device, "--blocks", "8", "-o", folder.path("out")});
	EXPECT_TRUE(same(read_file(folder.path("out")), noise(8 * 512)));
	expect_done({"write-zeroes", device, "--lba", "0", "--blocks", "8"});
	EXPECT_TRUE(all_zeros(read_file(image).substr(0, 8 * 512)));
	expect_done({"passthru", "io", device, "--opcode", "0"});
	expect_done({"sim", "inject", image, "--action", "delay", "--delay", "1ms"});
	EXPECT_TRUE(contains(read_file(image + ".faults"), "action=delay"));
	const std::string serial = nvmectl({"info", device, "--json"}).document("nvmectl.info/1")["serial"];
	expect_done({"format", device, "--lba-format", "0", "--yes", serial});
	EXPECT_TRUE(all_zeros(read_file(image)));
}

TEST_F(lost_report, the_document_of_the_error_says_so_too)
{
	const Ended ended = into_full_disk({"write", device, "--lba", "0", "-f", input, "--json"});
	EXPECT_EQ(ended.exit, 8) << ended.err;
	EXPECT_EQ(ended.error().value("code", ""), "partly-done");
}

TEST_F(lost_report, an_append_says_not_to_do_it_again)
{
	const std::string zoned = folder.path("zoned.img");
	ASSERT_EQ(nvmectl({"sim", "create", zoned, "--size", "1MiB", "--zone-size", "64KiB"}).exit, 0);
	const Ended ended = into_full_disk({"zone", "append", "sim:" + zoned, "--zone", "0", "-f", input});
	EXPECT_EQ(ended.exit, 8) << ended.err;
	EXPECT_TRUE(contains(ended.err, "to repeat it would do it again")) << ended.err;
	EXPECT_TRUE(same(read_file(zoned).substr(0, 8 * 512), noise(8 * 512)));
}

TEST_F(lost_report, what_only_looks_had_no_effect)
{
	for (const Words &words :
	     {Words{"info", device}, Words{"status", "0x281", "--json"}, Words{"verify", device, "--blocks", "8"},
	      Words{"write", device, "--lba", "0", "-f", input, "--dry-run"}, Words{"sim", "inject", image, "--list"},
	      Words{"log", "smart", device, "--watch", "1ms"}, Words{"--help"}, Words{"--version"},
	      Words{"completion", "bash"}}) {
		const Ended ended = into_full_disk(words);
		EXPECT_EQ(ended.exit, 3) << words[0];
		EXPECT_TRUE(contains(ended.err, "cannot write to standard output")) << ended.err;
	}
	EXPECT_TRUE(all_zeros(read_file(image)));
}

TEST_F(lost_report, what_failed_besides_is_not_hidden_by_it)
{
	const std::string trace = folder.path("trace");
	ASSERT_EQ(nvmectl({"verify", device, "--blocks", "8", "--trace", trace}).exit, 0);
	write_file(image + ".faults", "ringline-faults 1\naction=status opcode=verify status=0x281\n");
	const Ended ended = into_full_disk({"replay", trace, device, "--json"});
	EXPECT_EQ(ended.exit, 5) << ended.err;
	EXPECT_TRUE(contains(ended.error()["warnings"].dump(), "cannot write to standard output")) << ended.err;
}

TEST_F(lost_report, a_document_that_is_lost_beside_another_exit_code_is_told)
{
	const Ended ended = into_full_disk({"doctor", "sim:" + folder.path("none"), "--json"});
	EXPECT_EQ(ended.exit, 9) << ended.err;
	EXPECT_TRUE(contains(ended.err, "cannot write to standard output")) << ended.err;
}

TEST_F(lost_report, data_that_a_command_gave_is_lost_after_it_was_done)
{
	const Ended ended =
		into_full_disk({"passthru", "io", device, "--opcode", "2", "--length", "512", "--data-in", "-"});
	EXPECT_EQ(ended.exit, 8) << ended.err;
	EXPECT_TRUE(contains(ended.err, "the command was done")) << ended.err;
}

TEST_F(lost_report, a_standard_stream_that_is_closed_is_no_place_for_the_device)
{
	for (const auto &[stream, exit] :
	     {std::pair(STDIN_FILENO, 0), std::pair(STDOUT_FILENO, 8), std::pair(STDERR_FILENO, 0)}) {
		Start start;
		start.closed_fd = stream;
		EXPECT_EQ(nvmectl({"write", device, "--lba", "0", "-f", input}, start).exit, exit) << stream;
		EXPECT_TRUE(same(read_file(image).substr(0, 8 * 512), noise(8 * 512))) << stream;
	}
	Start start;
	start.closed_fd = STDIN_FILENO;
	EXPECT_EQ(nvmectl({"write", device, "--lba", "0", "-f", "-", "--blocks", "8"}, start).exit, 3);
}

TEST_F(lost_report, a_reader_that_is_gone_does_not_end_what_has_an_effect)
{
	int ends[2] = {-1, -1};
	ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
	(void)::close(ends[0]);
	Start start;
	start.output_fd = ends[1];
	const Ended ended = nvmectl({"sim", "create", folder.path("other.img"), "--size", "1MiB"}, std::move(start));
	EXPECT_EQ(ended.exit, 8) << ended.err;
	EXPECT_TRUE(contains(ended.err, "Broken pipe")) << ended.err;
}

} // namespace
} // namespace nvmectl_test
