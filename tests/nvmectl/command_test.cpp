// SPDX-License-Identifier: MIT OR Apache-2.0
// The commands that move no data, and the command line itself.
#include "tool.h"

#include <fcntl.h>
#include <unistd.h>

namespace nvmectl_test
{
namespace
{

TEST(command, version_names_the_tool_and_the_library)
{
	const Ended ended = nvmectl({"--version"});
	EXPECT_EQ(ended.exit, 0);
	EXPECT_TRUE(contains(ended.out, "nvmectl 0.1.0 (libringline 0.1.0)")) << ended.out;
}

TEST(command, help_lists_the_commands_and_the_exit_codes)
{
	const Ended ended = nvmectl({"--help"});
	EXPECT_EQ(ended.exit, 0);
	for (const char *part :
	     {"list", "info", "doctor", "read", "write", "flush", "bench", "status", "sim", "id", "replay", "monitor",
	      "log", "feature", "format", "sanitize", "passthru", "130  stopped by a signal"}) {
		EXPECT_TRUE(contains(ended.out, part)) << part;
	}
}

TEST(command, the_help_of_each_command_has_examples)
{
	for (const Words &words : {Words{"list"},           Words{"info"},           Words{"doctor"},
				   Words{"read"},           Words{"write"},          Words{"flush"},
				   Words{"bench"},          Words{"status"},         Words{"sim", "create"},
				   Words{"id", "ctrl"},     Words{"id", "ns"},       Words{"id", "list"},
				   Words{"id", "raw"},      Words{"log", "smart"},   Words{"log", "error"},
				   Words{"log", "get"},     Words{"feature", "get"}, Words{"feature", "set"},
				   Words{"format"},         Words{"sanitize"},       Words{"passthru", "admin"},
				   Words{"passthru", "io"}, Words{"replay"},         Words{"monitor"},
				   Words{"sim", "inject"}}) {
		Words asked = words;
		asked.emplace_back("--help");
		const Ended ended = nvmectl(asked);
		EXPECT_EQ(ended.exit, 0);
		EXPECT_TRUE(contains(ended.out, "Examples:\n  nvmectl " + words[0])) << ended.out;
		EXPECT_TRUE(contains(ended.out, "Usage: nvmectl " + words[0])) << ended.out;
	}
}

TEST(command, wrong_arguments_are_usage_errors_with_a_hint)
{
	for (const Words &words : {Words{}, Words{"raed"}, Words{"read"}, Words{"read", "null:"},
				   Words{"list", "--no-such"}, Words{"write", "null:", "--lba", "0"}, Words{"sim"},
				   Words{"status"}, Words{"read", "null:", "-o", "-", "--lba", "x", "--blocks", "1"},
				   Words{"read", "null:", "-o", "-", "--blocks", "1", "--length", "512"},
				   Words{"read", "null:", "-o", "-", "--blocks", "1", "--engine", "steam"}}) {
		const Ended ended = nvmectl(words);
		EXPECT_EQ(ended.exit, 2) << ended.err;
		EXPECT_TRUE(contains(ended.err, "nvmectl: ")) << ended.err;
		EXPECT_EQ(ended.out, "");
	}
	EXPECT_TRUE(contains(nvmectl({"raed"}).err, "there is no command raed"));
	EXPECT_TRUE(contains(nvmectl({"read"}).err, "nvmectl read --help"));
}

TEST(command, errors_are_json_when_json_was_asked_for)
{
	const Ended usage = nvmectl({"read", "--json"});
	EXPECT_EQ(usage.exit, 2);
	EXPECT_EQ(usage.error().value("code", ""), "usage");
	const Ended open = nvmectl({"info", "/dev/no-such-node", "--json"});
	EXPECT_EQ(open.exit, 3);
	EXPECT_EQ(open.error().value("rule", ""), "path");
}

TEST(command, a_node_that_is_not_nvme_cannot_be_opened)
{
	const Ended ended = nvmectl({"write", "/dev/null", "--lba", "0", "-f", "/etc/passwd", "--json"});
	EXPECT_EQ(ended.exit, 3);
	EXPECT_EQ(ended.error().value("rule", ""), "not-nvme");
	EXPECT_EQ(nvmectl({"info", "/etc/passwd"}).exit, 3);
}

TEST(command, list_is_a_document_with_an_entry_for_each_device)
{
	const Ended ended = nvmectl({"list", "--json"});
	EXPECT_EQ(ended.exit, 0) << ended.err;
	EXPECT_TRUE(ended.document("nvmectl.list/1")["devices"].is_array());
	EXPECT_EQ(nvmectl({"list"}).exit, 0);
}

TEST(command, output_that_cannot_be_written_is_an_error)
{
	Start start;
	start.output_fd = ::open("/dev/full", O_WRONLY);
	EXPECT_EQ(nvmectl({"status", "0x281"}, std::move(start)).exit, 3);
}

TEST(command, info_tells_geometry_limits_and_the_engine)
{
	const Folder folder;
	const std::string image = folder.path("disk.img");
	ASSERT_EQ(nvmectl({"sim", "create", image, "--size", "1MiB", "--block-size", "4096", "--mdts", "16k"}).exit, 0);
	const Json json = nvmectl({"info", "sim:" + image, "--json"}).document("nvmectl.info/1");
	EXPECT_EQ(json.value("kind", ""), "simulated");
	EXPECT_EQ(json.value("blocks", 0), 256);
	EXPECT_EQ(json.value("block_size", 0), 4096);
	EXPECT_EQ(json.value("max_transfer_bytes", 0), 16384);
	EXPECT_EQ(json.value("max_transfer_rule", ""), "mdts");
	EXPECT_TRUE(json.value("engine", "") == "uring" || json.value("engine", "") == "threads");
	EXPECT_TRUE(json["traps"].is_array());
	const Ended text = nvmectl({"info", "sim:" + image, "--engine", "threads"});
	EXPECT_TRUE(contains(text.out, "threads: it was asked for")) << text.out;
	EXPECT_TRUE(contains(text.out, "1 MiB (1048576 bytes, 256 blocks)")) << text.out;
}

TEST(command, sim_create_never_overwrites)
{
	const Folder folder;
	const std::string image = folder.path("disk.img");
	write_file(image, "precious");
	const Ended ended = nvmectl({"sim", "create", image, "--size", "1MiB"});
	EXPECT_EQ(ended.exit, 4) << ended.err;
	EXPECT_TRUE(same(read_file(image), "precious"));
}

TEST(command, sim_create_refuses_geometry_that_makes_no_sense)
{
	const Folder folder;
	const std::string image = folder.path("disk.img");
	const Ended none = nvmectl({"sim", "create", image, "--size", "0"});
	EXPECT_EQ(none.exit, 2);
	EXPECT_TRUE(contains(none.err, "at least one block of 512 bytes")) << none.err;
	const Ended odd = nvmectl({"sim", "create", image, "--size", "1000"});
	EXPECT_EQ(odd.exit, 2);
	EXPECT_TRUE(contains(odd.err, "the next that are: 512 and 1024")) << odd.err;
	EXPECT_TRUE(contains(nvmectl({"sim", "create", image, "--size", "7"}).err, "the next that are: 512\n"));
	EXPECT_EQ(nvmectl({"sim", "create", image, "--size", "1M", "--block-size", "1024"}).exit, 2);
	EXPECT_EQ(nvmectl({"sim", "create", image, "--size", "1M", "--mdts", "5000"}).exit, 2);
	const Ended nowhere = nvmectl({"sim", "create", folder.path("none/disk.img"), "--size", "1M"});
	EXPECT_EQ(nowhere.exit, 3);
	EXPECT_TRUE(contains(nowhere.err, "No such file or directory")) << nowhere.err;
	EXPECT_TRUE(contains(nowhere.err, "hint: the folder")) << nowhere.err;
	EXPECT_EQ(nvmectl({"sim", "create", "", "--size", "1M"}).exit, 2);
	EXPECT_EQ(folder.names(), Words{});
}

TEST(command, sim_create_makes_what_its_options_say)
{
	const Folder folder;
	const std::string image = folder.path("disk.img");
	const Ended ended = nvmectl({"sim",        "create",
				     image,        "--size",
				     "64KiB",      "--metadata",
				     "16",         "--inline",
				     "--pi",       "2",
				     "--pi-first", "--storage-tag",
				     "8",          "--zone-size",
				     "8k",         "--zone-capacity",
				     "4k",         "--max-open",
				     "3",          "--max-active",
				     "5",          "--append-max",
				     "8k",         "--verify-max",
				     "16k",        "--write-zeroes-max",
				     "32k",        "--write-uncorrectable-max",
				     "8k",         "--copy-max-ranges",
				     "9",          "--copy-max-range-blocks",
				     "10",         "--copy-max-blocks",
				     "11",         "--dataset-max-ranges",
				     "12",         "--dataset-max-range-blocks",
				     "13",         "--dataset-max-blocks",
				     "14"});
	ASSERT_EQ(ended.exit, 0) << ended.err;
	const auto text = read_file(image + ".ringline");
	EXPECT_EQ(std::string(text.begin(), text.end()),
		  "ringline-image 1\nblock_size=512\nblocks=128\nmdts_bytes=1048576\nmetadata_size=16\ninline=1\npi=2\n"
		  "pi_first=1\nguard=16\nstorage_tag=8\nzone_blocks=16\nzone_capacity_blocks=8\nzone_max_open=3\n"
		  "zone_max_active=5\nappend_max_bytes=8192\nverify_max_blocks=32\nwrite_zeroes_max_blocks=64\n"
		  "write_uncorrectable_max_blocks=16\ncopy_max_ranges=9\ncopy_max_range_blocks=10\ncopy_max_blocks=11\n"
		  "dataset_max_ranges=12\ndataset_max_blocks=14\ndataset_max_range_blocks=13\n");
	EXPECT_EQ(nvmectl({"info", "sim:" + image}).exit, 0);
}

TEST(command, sim_create_says_what_an_option_lacks)
{
	const Folder folder;
	const std::string image = folder.path("disk.img");
	struct Case {
		Words options;
		const char *said;
	};
	const Case cases[] = {{{"--pi", "1"}, "--metadata 8"},
			      {{"--inline"}, "--metadata 8"},
			      {{"--metadata", "8", "--guard", "16"}, "--pi 1, 2 or 3"},
			      {{"--metadata", "8", "--pi", "4"}, "--pi 4"},
			      {{"--metadata", "8", "--pi", "1", "--guard", "64"}, "needs 16 bytes"},
			      {{"--metadata", "16", "--pi", "1", "--guard", "64"}, "--block-size 4096"},
			      {{"--metadata", "16", "--pi", "1", "--guard", "20"}, "16, 32 or 64"},
			      {{"--zone-size", "1000"}, "multiple of the block size"},
			      {{"--zone-size", "24k"}, "must be a multiple"},
			      {{"--max-open", "3"}, "--zone-size"},
			      {{"--zone-size", "8k", "--zone-capacity", "16k"}, "more than the zone size"},
			      {{"--zone-size", "8k", "--max-open", "3", "--max-active", "2"}, "--max-active"},
			      {{"--verify-max", "12k"}, "power of two"},
			      {{"--copy-max-ranges", "0"}, "from 1"}};
	for (const Case &one : cases) {
		Words words = {"sim", "create", image, "--size", "64KiB"};
		words.insert(words.end(), one.options.begin(), one.options.end());
		const Ended ended = nvmectl(words);
		EXPECT_EQ(ended.exit, 2) << one.said;
		EXPECT_TRUE(contains(ended.err, one.said)) << ended.err;
	}
	EXPECT_EQ(folder.names(), Words{});
}

TEST(command, sim_create_takes_the_path_with_and_without_its_prefix)
{
	const Folder folder;
	const Ended ended = nvmectl({"sim", "create", "sim:" + folder.path("disk.img"), "--size", "1MiB", "--json"});
	EXPECT_EQ(ended.exit, 0) << ended.err;
	const Json json = ended.document("nvmectl.sim-create/1");
	EXPECT_EQ(json.value("device", ""), "sim:" + folder.path("disk.img"));
	EXPECT_EQ(json.value("blocks", 0), 2048);
}

TEST(command, status_explains_any_notation)
{
	for (const char *code : {"0x281", "641", "2/81h", "0x4281"}) {
		const Json json = nvmectl({"status", code, "--json"}).document("nvmectl.status/1");
		EXPECT_EQ(json.value("name", ""), "unrecovered-read-error") << code;
		EXPECT_EQ(json.value("code", ""), "2/81h") << code;
	}
	EXPECT_TRUE(nvmectl({"status", "0x4281", "--json"}).document("nvmectl.status/1").value("dnr", false));
	EXPECT_EQ(nvmectl({"status", "7/55h"}).exit, 0);
	EXPECT_EQ(nvmectl({"status", "banana"}).exit, 2);
	EXPECT_EQ(nvmectl({"status", "0x8000"}).exit, 2);
}

TEST(command, flush_tells_what_the_device_answered)
{
	const Folder folder;
	const std::string image = folder.path("disk.img");
	ASSERT_EQ(nvmectl({"sim", "create", image, "--size", "1MiB"}).exit, 0);
	for (const char *engine : {"uring", "threads"}) {
		EXPECT_EQ(nvmectl({"flush", "sim:" + image, "--engine", engine}).exit, 0);
		EXPECT_EQ(nvmectl({"flush", "sim:" + image, "--engine", engine, "--json"})
				  .document("nvmectl.flush/1")
				  .value("engine", ""),
			  engine);
	}
	EXPECT_EQ(nvmectl({"flush", "sim:" + image, "--dry-run", "--json"})
			  .document("nvmectl.flush/1")
			  .value("command_count", 0),
		  1);
	write_file(image + ".faults", "ringline-faults 1\naction=status opcode=flush status=0x6\n");
	const Ended failed = nvmectl({"flush", "sim:" + image, "--json"});
	EXPECT_EQ(failed.exit, 5);
	EXPECT_EQ(failed.error().value("status", 0), 6);
	write_file(image + ".faults", "ringline-faults 1\naction=error opcode=flush error=EINTR\n");
	EXPECT_EQ(nvmectl({"flush", "sim:" + image}).exit, 7);
}

TEST(command, an_image_in_use_by_another_process_cannot_be_opened)
{
	const Folder folder;
	const std::string image = folder.path("disk.img");
	ASSERT_EQ(nvmectl({"sim", "create", image, "--size", "1MiB"}).exit, 0);
	write_file(image + ".faults", "ringline-faults 1\naction=delay opcode=write delay=3s\n");
	write_file(folder.path("in"), noise(512));
	Tool writer({"write", "sim:" + image, "--lba", "0", "-f", folder.path("in")});
	ASSERT_TRUE(comes_true([&] { return read_file(image).substr(0, 512) == noise(512); }));
	const Ended other = nvmectl({"write", "sim:" + image, "--lba", "0", "-f", folder.path("in"), "--json"});
	EXPECT_EQ(other.exit, 3);
	EXPECT_EQ(other.error().value("rule", ""), "in-use");
	EXPECT_EQ(writer.wait().exit, 0);
}

} // namespace
} // namespace nvmectl_test
