// SPDX-License-Identifier: MIT OR Apache-2.0
#include "tool.h"

#include <fcntl.h>
#include <unistd.h>

namespace nvmectl_test
{
namespace
{

class write : public on_simulated
{
protected:
	void SetUp() override { create(); }

	[[nodiscard]] std::string file(const std::string &bytes) const
	{
		write_file(folder.path("in"), bytes);
		return folder.path("in");
	}
	/// Bytes that are in flight at once with --depth 4.
	static constexpr std::uint64_t window = 4 * command_blocks * block;
};

TEST_P(write, a_file_is_written_where_it_was_asked_for)
{
	const std::string data = noise(1000 * block);
	const Ended ended = run({"write", device, "--offset", "1MiB", "-f", file(data)});
	EXPECT_EQ(ended.exit, 0) << ended.err;
	EXPECT_TRUE(contains(ended.out, "wrote 1000 blocks at LBA 2048")) << ended.out;
	EXPECT_TRUE(same(image_bytes(1u << 20, data.size()), data));
	EXPECT_TRUE(same(image_bytes(0, 1u << 20), std::string(1u << 20, '\0')));
}

TEST_P(write, where_to_begin_must_be_said)
{
	const Ended ended = run({"write", device, "-f", file(noise(block))});
	EXPECT_EQ(ended.exit, 2);
	EXPECT_TRUE(image_is_untouched());
}

TEST_P(write, the_document_says_what_was_done)
{
	const Ended ended = run({"write", device, "--lba", "7", "-f", file(noise(300 * block)), "--fua", "--json"});
	const Json json = ended.document("nvmectl.write/1");
	EXPECT_EQ(json.value("lba", 0), 7);
	EXPECT_EQ(json.value("blocks", 0), 300);
	EXPECT_EQ(json.value("bytes", 0u), 300 * block);
	EXPECT_EQ(json.value("engine", ""), GetParam());
	EXPECT_EQ(json.value("blocks_per_command", 0u), command_blocks);
	EXPECT_TRUE(json.value("fua", false));
	EXPECT_FALSE(json.value("flushed", true));
	EXPECT_EQ(ended.err, "");
}

TEST_P(write, a_device_with_a_volatile_cache_is_flushed_at_the_end)
{
	faults("action=status opcode=flush status=0x280");
	const std::string data = noise(300 * block);
	const Ended ended = run({"write", device, "--lba", "0", "-f", file(data), "--json"});
	EXPECT_EQ(ended.exit, 5);
	EXPECT_TRUE(
		contains(ended.error().value("message", ""), "everything was written, but the device answered flush"))
		<< ended.err;
	EXPECT_FALSE(ended.error().value("durable", true)) << ended.err;
	EXPECT_TRUE(same(image_bytes(0, data.size()), data));
	EXPECT_EQ(run({"write", device, "--lba", "0", "-f", file(data), "--no-flush"}).exit, 0);
	EXPECT_EQ(run({"write", device, "--lba", "0", "-f", file(data), "--fua"}).exit, 0);
}

TEST_P(write, the_document_says_whether_a_power_cut_leaves_it)
{
	const std::string in = file(noise(block));
	const auto written = [&](const Words &more) {
		Words words = {"write", device, "--lba", "0", "-f", in, "--json"};
		words.insert(words.end(), more.begin(), more.end());
		return run(words).document("nvmectl.write/1");
	};
	EXPECT_TRUE(written({}).value("durable", false));
	EXPECT_TRUE(written({"--fua"}).value("durable", false));
	EXPECT_TRUE(written({"--fua", "--no-flush"}).value("durable", false));
	EXPECT_FALSE(written({"--no-flush"}).value("durable", true));
	const Ended null = run({"write", "null:", "--lba", "0", "-f", in, "--json"});
	EXPECT_FALSE(null.document("nvmectl.write/1").contains("durable")) << null.out;
}

TEST_P(write, a_range_past_the_end_is_refused_before_the_input_is_read)
{
	int ends[2] = {-1, -1};
	ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
	ASSERT_EQ(::write(ends[1], "data", 4), 4);
	Start start;
	start.input_fd = ::dup(ends[0]);
	EXPECT_EQ(run({"write", device, "--lba", "32767", "--blocks", "2", "-f", "-"}, std::move(start)).exit, 2);
	(void)::close(ends[1]);
	EXPECT_EQ(::read(ends[0], std::string(9, ' ').data(), 9), 4) << "the input was consumed";
	(void)::close(ends[0]);
	EXPECT_TRUE(image_is_untouched());
}

TEST_P(write, a_file_that_goes_past_the_end_is_refused)
{
	EXPECT_EQ(run({"write", device, "--lba", "32767", "-f", file(noise(2 * block))}).exit, 2);
	EXPECT_EQ(run({"write", device, "--lba", "32768", "-f", file(noise(2 * block))}).exit, 2);
	EXPECT_TRUE(image_is_untouched());
	EXPECT_EQ(run({"write", device, "--lba", "32766", "-f", file(noise(2 * block))}).exit, 0);
}

TEST_P(write, padding_is_done_when_asked_for_and_said)
{
	const std::string data = noise(3 * block + 100);
	const Ended ended = run({"write", device, "--lba", "0", "-f", file(data), "--pad"});
	EXPECT_EQ(ended.exit, 0) << ended.err;
	EXPECT_TRUE(contains(ended.out, "the last 412 bytes of them zeros")) << ended.out;
	EXPECT_TRUE(same(image_bytes(0, 4 * block), data + std::string(412, '\0')));
}

TEST_P(write, padding_overwrites_what_was_in_the_last_block)
{
	ASSERT_EQ(run({"write", device, "--lba", "0", "-f", file(noise(64 * block, 9))}).exit, 0);
	const std::string data = noise(3 * block + 100);
	ASSERT_EQ(run({"write", device, "--lba", "0", "-f", "-", "--pad"}, {.input = data}).exit, 0);
	EXPECT_TRUE(same(image_bytes(0, 4 * block), data + std::string(412, '\0')));
	EXPECT_TRUE(same(image_bytes(4 * block, block), noise(64 * block, 9).substr(4 * block, block)));
}

TEST_P(write, padding_never_fills_more_than_the_last_block)
{
	const Ended ended = run({"write", device, "--lba", "0", "--blocks", "9", "-f", file(noise(100)), "--pad"});
	EXPECT_EQ(ended.exit, 4);
	EXPECT_TRUE(image_is_untouched());
}

TEST_P(write, a_file_longer_than_the_range_is_cut_with_a_warning)
{
	const Ended ended = run({"write", device, "--lba", "0", "--blocks", "2", "-f", file(noise(5 * block))});
	EXPECT_EQ(ended.exit, 0);
	EXPECT_TRUE(contains(ended.err, "the first 1024 are written")) << ended.err;
	EXPECT_TRUE(same(image_bytes(2 * block, block), std::string(block, '\0')));
}

TEST_P(write, a_pipe_with_more_than_the_range_is_cut_with_a_warning)
{
	const Ended ended =
		run({"write", device, "--lba", "0", "--blocks", "2", "-f", "-", "--json"}, {.input = noise(5 * block)});
	EXPECT_EQ(ended.exit, 0) << ended.err;
	EXPECT_TRUE(contains(ended.document("nvmectl.write/1")["warnings"].dump(), "the rest was not read"))
		<< ended.out;
	EXPECT_EQ(blocks_equal_to(noise(5 * block)), 2u);
}

TEST_P(write, a_warning_before_an_error_is_in_the_document_of_the_error)
{
	const Words words = {"write", device, "--lba", "0", "--blocks", "2", "-f", file(noise(5 * block)), "--json"};
	faults("action=status opcode=write status=0x280");
	const Json error = run(words).error();
	ASSERT_EQ(error.value("warnings", Json::array()).size(), 1u) << error;
	EXPECT_TRUE(contains(error["warnings"][0], "the first 1024 are written")) << error;
	faults("action=status opcode=flush status=0x280");
	const Ended piped =
		run({"write", device, "--lba", "0", "--blocks", "2", "-f", "-", "--json"}, {.input = noise(5 * block)});
	EXPECT_TRUE(contains(piped.error()["warnings"].dump(), "the rest was not read")) << piped.err;
	const Ended other = run({"write", device, "--lba", "0", "-f", folder.path("none"), "--json"});
	EXPECT_FALSE(other.error().contains("warnings")) << other.err;
}

TEST_P(write, a_warning_is_in_the_document_of_a_dry_run)
{
	const Ended ended = run(
		{"write", device, "--lba", "0", "--blocks", "2", "-f", file(noise(5 * block)), "--json", "--dry-run"});
	EXPECT_TRUE(contains(ended.document("nvmectl.write/1")["warnings"].dump(), "the first 1024 are written"))
		<< ended.out;
}

TEST_P(write, standard_input_that_is_a_file_is_measured_from_where_it_stands)
{
	const std::string data = noise(10 * block);
	Start start;
	start.input_fd = ::open(file(data).c_str(), O_RDONLY);
	ASSERT_EQ(::lseek(start.input_fd, 4 * block, SEEK_SET), static_cast<off_t>(4 * block));
	const Ended ended = run({"write", device, "--lba", "0", "-f", "-", "--json"}, std::move(start));
	EXPECT_EQ(ended.document("nvmectl.write/1").value("blocks", 0), 6);
	EXPECT_TRUE(same(image_bytes(0, 6 * block), data.substr(4 * block)));
}

TEST_P(write, a_pipe_without_a_length_is_written_to_its_end)
{
	const std::string data = noise(5 * window + 3 * block);
	const Ended ended = run({"write", device, "--lba", "1", "-f", "-", "--depth", "4", "--json"}, {.input = data});
	EXPECT_EQ(ended.exit, 0) << ended.err;
	EXPECT_EQ(ended.document("nvmectl.write/1").value("bytes", 0u), data.size());
	EXPECT_TRUE(same(image_bytes(block, data.size()), data));
}

TEST_P(write, an_empty_input_writes_nothing)
{
	EXPECT_EQ(run({"write", device, "--lba", "0", "-f", "/dev/null"}).exit, 4);
	EXPECT_EQ(run({"write", device, "--lba", "0", "-f", "/dev/null", "--pad"}).exit, 4);
	EXPECT_EQ(run({"write", device, "--lba", "0", "-f", file("")}).exit, 4);
	EXPECT_TRUE(image_is_untouched());
}

TEST_P(write, a_pipe_that_ends_inside_the_first_block_writes_nothing)
{
	EXPECT_EQ(run({"write", device, "--lba", "0", "-f", "-"}, {.input = noise(100)}).exit, 4);
	EXPECT_TRUE(image_is_untouched());
}

TEST_P(write, a_pipe_that_ends_inside_a_block_of_the_first_window_writes_nothing)
{
	const Ended ended =
		run({"write", device, "--lba", "0", "-f", "-", "--depth", "4"}, {.input = noise(window - 1)});
	EXPECT_EQ(ended.exit, 4) << ended.err;
	EXPECT_TRUE(image_is_untouched());
}

TEST_P(write, a_pipe_that_ends_short_of_the_range_within_the_first_window_writes_nothing)
{
	const Ended ended =
		run({"write", device, "--lba", "0", "--length", "1MiB", "-f", "-", "--depth", "4", "--json"},
		    {.input = noise(window - block)});
	EXPECT_EQ(ended.exit, 4) << ended.err;
	EXPECT_EQ(ended.error().value("rule", ""), "input-short");
	EXPECT_TRUE(image_is_untouched());
}

TEST_P(write, a_pipe_that_ends_short_of_the_range_later_is_partly_done_and_says_how_far)
{
	const std::string data = noise(3 * window + 5 * block);
	const Ended ended =
		run({"write", device, "--lba", "0", "--length", "8MiB", "-f", "-", "--depth", "4", "--json"},
		    {.input = data});
	EXPECT_EQ(ended.exit, 8) << ended.err;
	const Json error = ended.error();
	EXPECT_EQ(error["done"], Json::parse(R"([{"lba": 0, "blocks": 1541}])"));
	EXPECT_TRUE(contains(error.value("message", ""), "1541 of 16384 blocks done from LBA 0")) << ended.err;
	EXPECT_TRUE(same(image_bytes(0, data.size()), data));
	EXPECT_TRUE(same(image_bytes(data.size(), window), std::string(window, '\0')));
}

TEST_P(write, a_pipe_that_ends_inside_a_block_later_is_partly_done_and_says_what_was_left)
{
	const std::string data = noise(3 * window + 100);
	const Ended ended = run({"write", device, "--lba", "0", "-f", "-", "--depth", "4", "--json"}, {.input = data});
	EXPECT_EQ(ended.exit, 8) << ended.err;
	EXPECT_TRUE(contains(ended.error().value("message", ""), "the last 100 bytes")) << ended.err;
	EXPECT_TRUE(same(image_bytes(0, 3 * window), data.substr(0, 3 * window)));
	EXPECT_TRUE(same(image_bytes(3 * window, block), std::string(block, '\0')));
}

TEST_P(write, a_pipe_that_ends_inside_a_block_later_is_padded_when_asked_for)
{
	const std::string data = noise(3 * window + 100);
	const Ended ended =
		run({"write", device, "--lba", "0", "-f", "-", "--depth", "4", "--pad", "--json"}, {.input = data});
	EXPECT_EQ(ended.exit, 0) << ended.err;
	EXPECT_EQ(ended.document("nvmectl.write/1").value("padded_bytes", 0), 412);
	EXPECT_TRUE(same(image_bytes(0, data.size()), data));
}

TEST_P(write, a_pipe_that_fills_the_device_exactly_is_done)
{
	const std::string data = noise(8 * block);
	EXPECT_EQ(run({"write", device, "--lba", "32760", "-f", "-"}, {.input = data}).exit, 0);
	EXPECT_TRUE(same(image_bytes(32760 * block, 8 * block), data));
}

TEST_P(write, a_pipe_with_more_than_the_room_writes_nothing_if_that_shows_in_the_first_window)
{
	EXPECT_EQ(run({"write", device, "--lba", "32760", "-f", "-"}, {.input = noise(8 * block + 1)}).exit, 2);
	EXPECT_TRUE(image_is_untouched());
}

TEST_P(write, a_pipe_with_more_than_the_room_is_partly_done_if_that_shows_later)
{
	const std::string lba = std::to_string(32768 - 3 * 512);
	const Ended ended = run({"write", device, "--lba", lba, "-f", "-", "--depth", "4", "--json"},
				{.input = noise(3 * window + 1)});
	EXPECT_EQ(ended.exit, 8) << ended.err;
	EXPECT_TRUE(contains(ended.error().value("message", ""), "to the end of the device")) << ended.err;
	EXPECT_TRUE(
		same(image_bytes(std::stoull(lba) * block, 3 * window), noise(3 * window + 1).substr(0, 3 * window)));
}

TEST_P(write, verification_passes_when_the_data_is_there)
{
	const Ended ended = run({"write", device, "--lba", "0", "-f", file(noise(5000 * block)), "--verify"});
	EXPECT_EQ(ended.exit, 0) << ended.err;
	EXPECT_TRUE(contains(ended.out, "read back and identical")) << ended.out;
}

TEST_P(write, verification_finds_the_first_block_that_differs)
{
	faults("action=delay opcode=write delay=1s");
	const std::string data = noise(100 * block);
	Tool tool(with_engine({"write", device, "--lba", "0", "-f", file(data), "--verify", "--json"}));
	ASSERT_TRUE(comes_true([&] { return blocks_equal_to(data) == 100; }));
	const int fd = ::open(image.c_str(), O_WRONLY);
	ASSERT_EQ(::pwrite(fd, "\1\2\3", 3, 41 * block + 509), 3);
	ASSERT_EQ(::pwrite(fd, "\1\2\3", 3, 77 * block), 3);
	(void)::close(fd);
	const Ended ended = tool.wait();
	EXPECT_EQ(ended.exit, 6) << ended.err;
	const Json error = ended.error();
	EXPECT_TRUE(contains(error.value("message", ""), "LBA 41 reads back differently")) << ended.err;
	EXPECT_EQ(error["failed"], Json::parse(R"([{"lba": 41, "blocks": 1}, {"lba": 77, "blocks": 1}])"));
	EXPECT_FALSE(error.value("durable", true)) << "the blocks that are the same were read from the cache, perhaps";
}

TEST_P(write, verification_fails_on_a_device_that_stores_nothing)
{
	const Ended ended =
		run({"write", "null:", "--lba", "0", "-f", file(std::string(64 * block, '\0')), "--verify"});
	EXPECT_EQ(ended.exit, 6) << "a read that leaves the memory as it was compared equal: " << ended.err;
}

TEST_P(write, a_dry_run_checks_everything_and_writes_nothing)
{
	const Ended ended =
		run({"write", device, "--lba", "8", "-f", file(noise(300 * block)), "--dry-run", "--json", "--fua"});
	EXPECT_EQ(ended.exit, 0) << ended.err;
	const Json json = ended.document("nvmectl.write/1");
	EXPECT_TRUE(json.value("dry_run", false));
	EXPECT_EQ(json.value("command_count", 0), 3);
	ASSERT_EQ(json["commands"].size(), 2u);
	EXPECT_EQ(json["commands"][0]["slba"], 8);
	EXPECT_EQ(json["commands"][0]["blocks"], 128);
	EXPECT_EQ(json["commands"][0]["repeat"], 2);
	EXPECT_EQ(json["commands"][0]["opcode_value"], 1);
	EXPECT_EQ(json["commands"][1]["slba"], 264);
	EXPECT_EQ(json["commands"][1]["blocks"], 44);
	EXPECT_TRUE(image_is_untouched());
	EXPECT_EQ(run({"write", device, "--lba", "0", "-f", file(noise(10)), "--dry-run"}).exit, 4);
}

TEST_P(write, the_image_itself_is_refused_as_input)
{
	const Ended ended = run({"write", device, "--lba", "0", "-f", image, "--json"});
	EXPECT_EQ(ended.exit, 4);
	EXPECT_EQ(ended.error().value("rule", ""), "input-is-target");
	Start start;
	start.input_fd = ::open(image.c_str(), O_RDONLY | O_CLOEXEC);
	EXPECT_EQ(run({"write", device, "--lba", "0", "-f", "-"}, std::move(start)).exit, 4);
}

TEST_P(write, a_directory_and_a_missing_file_cannot_be_read)
{
	EXPECT_EQ(run({"write", device, "--lba", "0", "-f", "/tmp"}).exit, 3);
	EXPECT_EQ(run({"write", device, "--lba", "0", "-f", folder.path("none")}).exit, 3);
}

TEST_P(write, blocks_of_4096_bytes_are_what_a_4096_byte_device_counts)
{
	const std::string path = folder.path("big.img");
	ASSERT_EQ(nvmectl({"sim", "create", path, "--size", "4MiB", "--block-size", "4096"}).exit, 0);
	const std::string data = noise(3 * 4096);
	EXPECT_EQ(run({"write", "sim:" + path, "--lba", "2", "-f", file(data)}).exit, 0);
	EXPECT_TRUE(same(read_file(path).substr(2 * 4096, 3 * 4096), data));
	EXPECT_EQ(run({"write", "sim:" + path, "--offset", "512", "-f", file(data)}).exit, 2);
	EXPECT_EQ(run({"write", "sim:" + path, "--lba", "0", "-f", file(noise(512))}).exit, 4);
}

INSTANTIATE_TEST_SUITE_P(engine, write, each_engine(), engine_of);

} // namespace
} // namespace nvmectl_test
