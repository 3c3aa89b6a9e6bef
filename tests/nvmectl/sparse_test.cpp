// SPDX-License-Identifier: MIT OR Apache-2.0
// Holes: of a file that is written they become zeros whatever was there, and zeros that are read become holes.
#include "tool.h"

#include <fcntl.h>
#include <linux/falloc.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <sstream>
#include <thread>

namespace nvmectl_test
{
namespace
{

/// Bytes of a file that lie in holes of it.
std::uint64_t bytes_in_holes(const std::string &path)
{
	const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
	const off_t end = ::lseek(fd, 0, SEEK_END);
	std::uint64_t sum = 0;
	for (off_t at = 0; at < end;) {
		const off_t hole = ::lseek(fd, at, SEEK_HOLE);
		const off_t data = ::lseek(fd, hole, SEEK_DATA);
		at = data < 0 ? end : data;
		sum += static_cast<std::uint64_t>(at - hole);
	}
	(void)::close(fd);
	return sum;
}

void punch(const std::string &path, std::uint64_t offset, std::uint64_t length)
{
	const int fd = ::open(path.c_str(), O_WRONLY | O_CLOEXEC);
	EXPECT_EQ(::fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, static_cast<off_t>(offset),
			      static_cast<off_t>(length)),
		  0);
	(void)::close(fd);
}

class sparse : public on_simulated
{
protected:
	static constexpr std::uint64_t kib = 1024;

	/// Commands carry 128 blocks, and zero 64. What the device has is nowhere zero.
	void SetUp() override
	{
		const Ended made = nvmectl(
			{"sim", "create", image, "--size", "16MiB", "--mdts", "64KiB", "--write-zeroes-max", "32KiB"});
		ASSERT_EQ(made.exit, 0) << made.err;
		write_file(image, old);
	}
	/// A file of noise with holes of it; the bytes that it reads as.
	std::string make_file(std::uint64_t bytes, const std::vector<std::pair<std::uint64_t, std::uint64_t>> &holes)
	{
		write_file(input, noise(bytes, 5));
		std::uint64_t sum = 0;
		for (const auto &[offset, length] : holes) {
			punch(input, offset, length);
			sum += length;
		}
		EXPECT_EQ(bytes_in_holes(input), sum) << "the file system of this test has no holes";
		return read_file(input);
	}
	/// Of the image: at the beginning the bytes, and behind them what was there.
	[[nodiscard]] testing::AssertionResult holds(const std::string &bytes) const
	{
		return same(read_file(image), bytes + old.substr(bytes.size()));
	}
	/// The names of the commands of a trace.
	[[nodiscard]] std::vector<Json> commands_of(const std::string &path) const
	{
		std::vector<Json> commands;
		std::istringstream text(read_file(path));
		for (std::string line; std::getline(text, line);) {
			Json json = Json::parse(line, nullptr, false);
			if (json.value("event", "") == "command") {
				commands.push_back(std::move(json));
			}
		}
		return commands;
	}

	std::string old = noise(16u << 20, 77);
	std::string input = folder.path("in");
	std::string output = folder.path("out");
	std::string trace = folder.path("trace");
};

TEST_P(sparse, holes_are_zeroed_and_the_device_is_as_the_file)
{
	const std::string bytes = make_file(1024 * kib, {{0, 8 * kib}, {100 * kib, 400 * kib}, {960 * kib, 64 * kib}});
	const Ended ended = run({"write", device, "--lba", "0", "-f", input, "--sparse", "--json", "--trace", trace});
	ASSERT_EQ(ended.exit, 0) << ended.err;
	const Json json = ended.document("nvmectl.write/1");
	EXPECT_TRUE(json.value("sparse", false));
	EXPECT_EQ(json.value("zeroed_bytes", 0U), 472 * kib);
	EXPECT_EQ(json.value("bytes", 0U), 1024 * kib);
	EXPECT_FALSE(json.value("deallocated", true));
	EXPECT_TRUE(holds(bytes));
	std::uint64_t zeroed = 0;
	for (const Json &command : commands_of(trace)) {
		const bool zeroes = command["opcode"] == 8;
		EXPECT_LE(command["blocks"], zeroes ? 64 : 128) << "the limit of the command";
		EXPECT_EQ(command["data_length"], zeroes ? 0 : command["blocks"].get<int>() * 512);
		zeroed += zeroes ? command["blocks"].get<std::uint64_t>() : 0;
		if (zeroes) {
			EXPECT_EQ(command["dwords"][12].get<unsigned>() >> 16, 0U) << "neither FUA nor deallocation";
		}
	}
	EXPECT_EQ(zeroed * block, 472 * kib);
	EXPECT_EQ(run({"verify", device, "--against", input}).exit, 0);
	EXPECT_EQ(run({"compare", device, "-f", input}).exit, 0);
	const Ended text = run({"write", device, "--lba", "0", "-f", input, "--sparse"});
	EXPECT_TRUE(contains(text.out, ", 472 KiB of it holes that were zeroed")) << text.out;
}

TEST_P(sparse, a_file_of_one_hole_is_zeroed_to_its_end)
{
	const std::string bytes = make_file(256 * kib, {{0, 256 * kib}});
	const Ended ended = run({"write", device, "--lba", "0", "-f", input, "--sparse", "--json"});
	EXPECT_EQ(ended.document("nvmectl.write/1").value("zeroed_bytes", 0U), 256 * kib) << ended.err;
	EXPECT_TRUE(holds(bytes));
}

TEST_P(sparse, without_it_holes_are_sent_as_zeros)
{
	const std::string bytes = make_file(64 * kib, {{0, 32 * kib}});
	const Json json = run({"write", device, "--lba", "0", "-f", input, "--json"}).document("nvmectl.write/1");
	EXPECT_EQ(json.value("zeroed_bytes", 1), 0);
	EXPECT_FALSE(json.value("sparse", true));
	EXPECT_TRUE(holds(bytes));
}

TEST_P(sparse, only_whole_blocks_of_the_device_are_zeroed)
{
	const std::string path = folder.path("big.img");
	ASSERT_EQ(nvmectl({"sim", "create", path, "--size", "1MiB", "--block-size", "4096"}).exit, 0);
	write_file(path, old.substr(0, 1024 * kib));
	// From byte 1024 on, no hole begins or ends where a block does; the last one is shorter than a block.
	const std::string bytes = make_file(64 * kib, {{8 * kib, 16 * kib}, {40 * kib, 4 * kib}});
	Start start;
	start.input_fd = ::open(input.c_str(), O_RDONLY | O_CLOEXEC);
	ASSERT_EQ(::lseek(start.input_fd, 1024, SEEK_SET), 1024);
	const int kept = ::dup(start.input_fd);
	const Ended ended =
		run({"write", "sim:" + path, "--lba", "1", "-f", "-", "--sparse", "--pad", "--json"}, std::move(start));
	ASSERT_EQ(ended.exit, 0) << ended.err;
	EXPECT_EQ(ended.document("nvmectl.write/1").value("zeroed_bytes", 0U), 12 * kib);
	EXPECT_EQ(::lseek(kept, 0, SEEK_CUR), static_cast<off_t>(bytes.size())) << "it was read to its end";
	(void)::close(kept);
	EXPECT_TRUE(same(read_file(path).substr(4096, 64 * kib), bytes.substr(1024) + std::string(1024, '\0')));
	EXPECT_TRUE(same(read_file(path).substr(68 * kib), old.substr(68 * kib, 1024 * kib - 68 * kib)));
}

TEST_P(sparse, the_end_of_a_file_that_is_a_hole_inside_a_block_is_padded)
{
	std::string bytes = make_file(64 * kib, {{32 * kib, 32 * kib}});
	bytes.resize(bytes.size() - 100);
	std::filesystem::resize_file(input, bytes.size());
	EXPECT_EQ(run({"write", device, "--lba", "0", "-f", input, "--sparse"}).exit, 4);
	EXPECT_TRUE(holds(""));
	const Ended ended = run({"write", device, "--lba", "0", "-f", input, "--sparse", "--pad", "--json"});
	EXPECT_EQ(ended.document("nvmectl.write/1").value("padded_bytes", 0), 100) << ended.err;
	EXPECT_TRUE(holds(bytes + std::string(100, '\0')));
}

TEST_P(sparse, a_part_of_the_file_ends_inside_a_hole)
{
	const std::string bytes = make_file(256 * kib, {{16 * kib, 200 * kib}});
	const Ended ended =
		run({"write", device, "--lba", "0", "--length", "100KiB", "-f", input, "--sparse", "--json"});
	EXPECT_EQ(ended.document("nvmectl.write/1").value("zeroed_bytes", 0U), 84 * kib) << ended.err;
	EXPECT_TRUE(holds(bytes.substr(0, 100 * kib)));
}

TEST_P(sparse, what_is_no_regular_file_is_refused)
{
	const Ended piped = run({"write", device, "--lba", "0", "-f", "-", "--sparse", "--json"},
				{.input = std::string(64 * kib, '\0')});
	EXPECT_EQ(piped.exit, 4);
	EXPECT_EQ(piped.error().value("rule", ""), "input-not-regular");
	EXPECT_TRUE(contains(piped.error().value("message", ""), "standard input is no regular file")) << piped.err;
	EXPECT_EQ(run({"write", device, "--lba", "0", "-f", "/dev/null", "--sparse"}).exit, 4);
	EXPECT_EQ(run({"write", device, "--lba", "0", "-f", input, "--deallocate"}).exit, 2) << "of which holes?";
	EXPECT_TRUE(holds(""));
}

#ifdef WITHOUT_WRITE_ZEROES // a sanitizer wants to be preloaded itself
TEST_P(sparse, a_device_without_write_zeroes_gets_zeros)
{
	const std::string bytes = make_file(64 * kib, {{0, 32 * kib}});
	Start start;
	start.preload = WITHOUT_WRITE_ZEROES;
	const Ended ended = run({"write", device, "--lba", "0", "-f", input, "--sparse", "--json", "--trace", trace},
				std::move(start));
	ASSERT_EQ(ended.exit, 0) << ended.err;
	const Json json = ended.document("nvmectl.write/1");
	EXPECT_EQ(json.value("zeroed_bytes", 1), 0);
	EXPECT_TRUE(contains(json["warnings"].dump(), "has no Write Zeroes: holes are written as zeros")) << json;
	EXPECT_TRUE(holds(bytes));
	EXPECT_EQ(commands_of(trace).at(0)["opcode"], 1);
}
#endif

TEST_P(sparse, space_is_only_given_back_when_asked_for_and_safe)
{
	const std::string bytes = make_file(64 * kib, {{0, 32 * kib}});
	const Ended ended = run({"write", device, "--lba", "0", "-f", input, "--sparse", "--deallocate", "--fua",
				 "--json", "--trace", trace});
	ASSERT_EQ(ended.exit, 0) << ended.err;
	EXPECT_TRUE(ended.document("nvmectl.write/1").value("deallocated", false));
	const Json command = commands_of(trace).at(0);
	EXPECT_EQ(command["opcode"], 8);
	EXPECT_EQ(command["dwords"][12].get<unsigned>() >> 16, 0x4200U) << "FUA and DEAC";
	EXPECT_TRUE(holds(bytes));
	// null: says nothing about itself.
	const Ended silent = run({"write", "null:", "--lba", "0", "-f", input, "--sparse", "--deallocate", "--json"});
	EXPECT_FALSE(silent.document("nvmectl.write/1").value("deallocated", true));
	EXPECT_TRUE(contains(silent.out, "does not say that deallocated blocks read as zeros")) << silent.out;
}

TEST_P(sparse, a_dry_run_shows_the_commands_that_are_sent)
{
	make_file(256 * kib, {{4 * kib, 100 * kib}, {128 * kib, 4 * kib}});
	const Words words = {"write", device, "--lba", "8", "-f", input, "--sparse", "--json"};
	Words dry = words;
	dry.emplace_back("--dry-run");
	const Json told = run(dry).document("nvmectl.write/1");
	EXPECT_TRUE(holds(""));
	Words sent = words;
	sent.insert(sent.end(), {"--trace", trace, "--depth", "1", "--no-flush"});
	ASSERT_EQ(run(sent).exit, 0);
	std::vector<Json> shown;
	for (const Json &group : told["commands"]) {
		for (int i = 0; i < group["repeat"].get<int>() && group["opcode"] != "flush"; ++i) {
			const int blocks = group["blocks"];
			shown.push_back({group["opcode_value"], group["slba"].get<int>() + i * blocks, blocks});
		}
	}
	std::vector<Json> done;
	for (const Json &command : commands_of(trace)) {
		done.push_back({command["opcode"], command["slba"], command["blocks"]});
	}
	EXPECT_EQ(Json(shown), Json(done));
	EXPECT_EQ(told["command_count"], done.size() + 1) << "and the flush";
	const Ended text = run({"write", device, "--lba", "8", "-f", input, "--sparse", "-n"});
	EXPECT_TRUE(contains(text.out, "write-zeroes (opcode 08h) nsid 1 slba 16 nlb 64")) << text.out;
}

TEST_P(sparse, verification_looks_at_holes_too)
{
	const std::string bytes = make_file(128 * kib, {{32 * kib, 64 * kib}});
	EXPECT_EQ(run({"write", device, "--lba", "0", "-f", input, "--sparse", "--verify"}).exit, 0);
	EXPECT_TRUE(holds(bytes));
	write_file(image, old);
	faults("action=delay opcode=write-zeroes delay=1s");
	Tool tool(with_engine({"write", device, "--lba", "0", "-f", input, "--sparse", "--verify", "--json"}));
	ASSERT_TRUE(comes_true([&] { return all_zeros(image_bytes(32 * kib, 64 * kib)); }));
	const int fd = ::open(image.c_str(), O_WRONLY);
	ASSERT_EQ(::pwrite(fd, "\1", 1, 90 * kib), 1);
	(void)::close(fd);
	const Ended ended = tool.wait();
	EXPECT_EQ(ended.exit, 6) << ended.err;
	EXPECT_EQ(ended.error()["failed"], Json::parse(R"([{"lba": 180, "blocks": 1}])")) << ended.err;
}

TEST_P(sparse, holes_that_cannot_be_zeroed_are_told_and_not_done)
{
	make_file(256 * kib, {{64 * kib, 128 * kib}});
	faults("action=status opcode=write-zeroes skip=1 status=0x4280");
	const Ended ended = run({"write", device, "--lba", "0", "-f", input, "--sparse", "--json", "--depth", "1"});
	EXPECT_EQ(ended.exit, 5) << ended.err;
	const Json error = ended.error();
	EXPECT_EQ(error["done"], Json::parse(R"([{"lba": 0, "blocks": 192}])")) << error;
	EXPECT_EQ(error["failed"], Json::parse(R"([{"lba": 192, "blocks": 64}])")) << error;
	EXPECT_TRUE(contains(error.value("message", ""), "answered write-zeroes of LBA 192 to 255")) << error;
}

TEST_P(sparse, what_is_done_when_a_signal_comes_is_as_the_file_and_nothing_else_was_touched)
{
	const std::string bytes = make_file(8192 * kib, {{1024 * kib, 6144 * kib}});
	faults("action=delay opcode=write-zeroes delay=20ms");
	Tool tool(with_engine({"write", device, "--lba", "0", "-f", input, "--sparse", "--json", "--depth", "2"}));
	ASSERT_TRUE(comes_true([&] { return all_zeros(image_bytes(1200 * kib, 64 * kib)); }));
	tool.signal(SIGINT);
	const Ended ended = tool.wait();
	ASSERT_EQ(ended.exit, 130) << ended.err;
	const Json done = ended.error()["done"];
	ASSERT_EQ(done.size(), 1U) << ended.err;
	const std::uint64_t length = done[0]["blocks"].get<std::uint64_t>() * block;
	EXPECT_GE(length, 1200 * kib);
	EXPECT_LT(length, 7168 * kib);
	EXPECT_TRUE(holds(bytes.substr(0, length)));
}

TEST_P(sparse, zeros_that_are_read_are_holes_of_the_output)
{
	std::string bytes = old.substr(0, 2048 * kib);
	bytes.replace(256 * kib, 1024 * kib, std::string(1024 * kib, '\0'));
	bytes.replace(1500 * kib, 548 * kib, std::string(548 * kib, '\0')); // to the end
	bytes.replace(64 * kib + 512, 2048, std::string(2048, '\0'));       // less than a page
	write_file(image, bytes + old.substr(bytes.size()));
	write_file(output, old);
	const Ended ended = run({"read", device, "--length", "2MiB", "-o", output, "--sparse", "--json"});
	ASSERT_EQ(ended.exit, 0) << ended.err;
	EXPECT_TRUE(same(read_file(output), bytes));
	const Json json = ended.document("nvmectl.read/1");
	EXPECT_TRUE(json.value("sparse", false));
	EXPECT_EQ(json.value("hole_bytes", 0U), 1572 * kib);
	EXPECT_EQ(bytes_in_holes(output), 1572 * kib);
	EXPECT_EQ(run({"verify", device, "--against", output}).exit, 0);
	const Ended text = run({"read", device, "--length", "2MiB", "-o", output, "--sparse"});
	EXPECT_TRUE(contains(text.out, ", 1.54 MiB of it holes") || contains(text.out, " of it holes")) << text.out;
	EXPECT_EQ(run({"read", device, "--length", "2MiB", "-o", output, "--json"})
			  .document("nvmectl.read/1")
			  .value("hole_bytes", 1),
		  0);
	EXPECT_EQ(bytes_in_holes(output), 0U);
}

TEST_P(sparse, a_read_that_is_zeros_only_has_its_length)
{
	write_file(image, std::string(16u << 20, '\0'));
	ASSERT_EQ(run({"read", device, "--all", "-o", output, "--sparse"}).exit, 0);
	EXPECT_TRUE(same(read_file(output), std::string(16u << 20, '\0')));
	EXPECT_EQ(bytes_in_holes(output), 16u << 20);
}

TEST_P(sparse, commands_that_end_inside_a_page_lose_nothing)
{
	std::string bytes = old;
	for (std::uint64_t at = 0; at + 7 * block < bytes.size(); at += 13 * block) {
		bytes.replace(at, 7 * block, std::string(7 * block, '\0'));
	}
	bytes.replace(1024 * kib, 512 * kib, std::string(512 * kib, '\0'));
	const std::string small = folder.path("small.img");
	ASSERT_EQ(nvmectl({"sim", "create", small, "--size", "16MiB", "--mdts", "8KiB"}).exit, 0);
	write_file(small, bytes);
	ASSERT_EQ(run({"read", "sim:" + small, "--lba", "3", "--blocks", "5001", "-o", output, "--sparse"}).exit, 0);
	EXPECT_TRUE(same(read_file(output), bytes.substr(3 * block, 5001 * block)));
	EXPECT_GE(bytes_in_holes(output), 500 * kib);
}

TEST_P(sparse, an_output_without_holes_is_refused)
{
	const Ended ended = run({"read", device, "--blocks", "8", "-o", "-", "--sparse", "--json"});
	EXPECT_EQ(ended.exit, 4) << ended.err;
	EXPECT_TRUE(contains(ended.error().value("message", ""), "standard output is no regular file")) << ended.err;
	EXPECT_EQ(run({"read", device, "--blocks", "8", "-o", "/dev/null", "--sparse"}).exit, 4);
	EXPECT_EQ(run({"read", device, "--blocks", "8", "-o", output, "--sparse", "--continue-on-error"}).exit, 2);
	EXPECT_FALSE(std::filesystem::exists(output));
}

TEST_P(sparse, a_failed_read_leaves_the_output_as_it_was)
{
	write_file(output, "old");
	faults("action=status opcode=read lba=1000 blocks=1 status=0x4281");
	EXPECT_EQ(run({"read", device, "--all", "-o", output, "--sparse"}).exit, 5);
	EXPECT_TRUE(same(read_file(output), "old"));
	faults("");
	Start start;
	start.file_limit = 1u << 20;
	EXPECT_EQ(run({"read", device, "--all", "-o", output, "--sparse"}, std::move(start)).exit, 3);
	EXPECT_TRUE(same(read_file(output), "old"));
}

INSTANTIATE_TEST_SUITE_P(engine, sparse, each_engine(), engine_of);

class sparse_drive : public testing::Test
{
};

TEST_F(sparse_drive, holes_read_as_zeros_through_the_block_device)
{
	if (!in_the_machine()) {
		GTEST_SKIP() << "needs the virtual machine (RINGLINE_VM=1), where whole devices may be overwritten";
	}
	const std::string node = "/dev/vm/ringA-ng1";
	if (!std::filesystem::exists(node)) {
		GTEST_SKIP() << "this machine has no drive ringA";
	}
	const Folder folder;
	const std::string input = folder.path("in");
	write_file(input, noise(1u << 20, 3));
	ASSERT_EQ(nvmectl({"write", node, "--lba", "0", "-f", input}).exit, 0);
	write_file(input, noise(1u << 20, 4));
	punch(input, 4096, 300000 / 4096 * 4096);
	punch(input, (1u << 20) - 65536, 65536);
	for (const Words &more : {Words{}, Words{"--deallocate", "--verify"}}) {
		Words words = {"write", node, "--lba", "0", "-f", input, "--sparse", "--json"};
		words.insert(words.end(), more.begin(), more.end());
		const Ended ended = nvmectl(words);
		ASSERT_EQ(ended.exit, 0) << ended.err;
		EXPECT_EQ(ended.document("nvmectl.write/1").value("zeroed_bytes", 0U), bytes_in_holes(input));
		const std::string seen = folder.path("seen");
		ASSERT_EQ(std::system(
				  ("dd iflag=direct bs=65536 count=16 if=/dev/vm/ringA-n1 of=" + seen + " 2>/dev/null")
					  .c_str()),
			  0);
		EXPECT_TRUE(same(read_file(seen), read_file(input)));
	}
	const std::string output = folder.path("out");
	ASSERT_EQ(nvmectl({"read", node, "--length", "1MiB", "-o", output, "--sparse"}).exit, 0);
	EXPECT_TRUE(same(read_file(output), read_file(input)));
}

} // namespace
} // namespace nvmectl_test
