// SPDX-License-Identifier: MIT OR Apache-2.0
// Reads and writes of blocks with metadata. The witness for what is stored is the image of a simulated device, and the
// device itself, which checks what protection information says; on real drives it is nvme-cli.
#include "tool.h"

#include <fcntl.h>
#include <linux/falloc.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <tuple>

namespace nvmectl_test
{
namespace
{

struct Blocks {
	const char *name;
	std::uint64_t block;
	std::uint64_t metadata;
	int type;               ///< Of protection information; 0: none.
	std::uint64_t pi_bytes; ///< Of the metadata.
	std::uint64_t pi_at;
	Words options;    ///< Of sim create.
	const char *node; ///< Of the virtual machine, if it has such a drive.
};

const Blocks all_blocks[] = {
	{"plain", 512, 8, 0, 0, 0, {"--metadata", "8"}, "/dev/vm/ringP-ng6"},
	{"plain_inline", 512, 24, 0, 0, 0, {"--metadata", "24", "--inline"}, nullptr},
	{"type_1", 512, 8, 1, 8, 0, {"--metadata", "8", "--pi", "1"}, "/dev/vm/ringP-ng1"},
	{"type_2", 512, 8, 2, 8, 0, {"--metadata", "8", "--pi", "2"}, "/dev/vm/ringP-ng2"},
	{"type_3", 512, 8, 3, 8, 0, {"--metadata", "8", "--pi", "3"}, "/dev/vm/ringP-ng3"},
	{"inline", 512, 8, 1, 8, 0, {"--metadata", "8", "--pi", "1", "--inline"}, "/dev/vm/ringP-ng4"},
	{"wide", 512, 24, 1, 8, 16, {"--metadata", "24", "--pi", "1"}, nullptr},
	{"wide_first_inline", 512, 24, 2, 8, 0, {"--metadata", "24", "--pi", "2", "--pi-first", "--inline"}, nullptr},
	{"guard_32",
	 4096,
	 16,
	 1,
	 16,
	 0,
	 {"--block-size", "4096", "--metadata", "16", "--pi", "1", "--guard", "32", "--storage-tag", "24"},
	 nullptr},
	{"guard_64",
	 4096,
	 16,
	 1,
	 16,
	 0,
	 {"--block-size", "4096", "--metadata", "16", "--pi", "1", "--guard", "64"},
	 "/dev/vm/ringP-ng5"},
};

/// What commands can differ in.
const Blocks some_blocks[] = {all_blocks[1], all_blocks[2], all_blocks[6]};
const Blocks drive_blocks[] = {all_blocks[0], all_blocks[2], all_blocks[3],
			       all_blocks[4], all_blocks[5], all_blocks[9]};

std::string name_of_blocks(const testing::TestParamInfo<std::tuple<Blocks, const char *>> &instance)
{
	return std::string(std::get<0>(instance.param).name) + "_" + std::get<1>(instance.param);
}

class with_metadata : public testing::TestWithParam<std::tuple<Blocks, const char *>>
{
protected:
	static constexpr std::uint64_t count = 300; // more than one command has

	[[nodiscard]] static const Blocks &of() { return std::get<0>(GetParam()); }
	[[nodiscard]] Ended run(Words words) const
	{
		words.insert(words.end(), {"--engine", std::get<1>(GetParam())});
		return nvmectl(words);
	}
	/// Whether some of the metadata is not protection information, and so must be said.
	[[nodiscard]] static bool has_own() { return of().metadata != of().pi_bytes; }
	/// A write of the data, whose metadata nobody cares about.
	[[nodiscard]] Ended put(const std::string &lba, const Words &more = {}) const
	{
		Words words = {"write", device, "--lba", lba, "-f", data_file, "--json"};
		if (has_own()) {
			words.emplace_back("--zero-metadata");
		}
		words.insert(words.end(), more.begin(), more.end());
		return run(words);
	}
	[[nodiscard]] Ended get(const std::string &lba, const Words &more = {}) const
	{
		Words words = {"read", device, "--lba", lba, "--blocks", std::to_string(count), "-o", out, "--json"};
		words.insert(words.end(), more.begin(), more.end());
		return run(words);
	}
	/// Raw metadata that goes with the data: any, or what the device made for them at this LBA.
	void make_metadata(const std::string &lba)
	{
		write_file(metadata_file, noise(count * of().metadata, 21));
		if (of().type != 0) {
			ASSERT_EQ(put(lba).exit, 0);
			ASSERT_EQ(get(lba, {"--metadata", metadata_file}).exit, 0);
		}
	}
	void create(const std::string &image)
	{
		Words words = {"sim", "create", image, "--size", "16MiB", "--mdts", "64KiB"};
		words.insert(words.end(), of().options.begin(), of().options.end());
		const Ended made = nvmectl(words);
		ASSERT_EQ(made.exit, 0) << made.err;
		device = "sim:" + image;
	}

	Folder folder;
	std::string device;
	std::string data = noise(count * of().block, 5);
	std::string data_file = folder.path("data");
	std::string metadata_file = folder.path("metadata");
	std::string out = folder.path("out");
};

class sim_metadata : public with_metadata
{
protected:
	void SetUp() override
	{
		create(image);
		write_file(data_file, data);
	}
	[[nodiscard]] std::string stored() const { return read_file(image).substr(start * of().block, data.size()); }
	/// As it is in the image, where protection information is kept inverted.
	[[nodiscard]] std::string stored_metadata() const
	{
		std::string bytes = read_file(image + ".metadata").substr(start * of().metadata, count * of().metadata);
		for (std::uint64_t i = 0; i < count && of().type != 0; ++i) {
			for (std::uint64_t at = 0; at < of().pi_bytes; ++at) {
				char &byte = bytes[i * of().metadata + of().pi_at + at];
				byte = static_cast<char>(~byte);
			}
		}
		return bytes;
	}
	[[nodiscard]] bool nothing_is_stored() const { return all_zeros(read_file(image)); }
	void flip(const std::string &file, std::uint64_t at) const
	{
		std::string bytes = read_file(file);
		bytes[at] = static_cast<char>(bytes[at] ^ 1);
		write_file(file, bytes);
	}
	/// Has the device check what it stored.
	[[nodiscard]] int verified() const
	{
		return run({"verify", device, "--lba", lba, "--blocks", std::to_string(count)}).exit;
	}

	static constexpr std::uint64_t start = 1000;
	std::string lba = std::to_string(start);
	std::string image = folder.path("disk.img");
};

TEST_P(sim_metadata, data_is_written_and_read_plain)
{
	const Ended ended = put(lba);
	ASSERT_EQ(ended.exit, 0) << ended.err;
	EXPECT_EQ(ended.document("nvmectl.write/1").value("protection", ""), of().type == 0 ? "none"
									     : has_own()    ? "made-here"
											    : "made-by-device");
	EXPECT_TRUE(same(stored(), data));
	EXPECT_EQ(verified(), 0) << "by the device";
	if (of().type == 0) {
		EXPECT_TRUE(all_zeros(stored_metadata()));
	}
	const Ended back = get(lba);
	ASSERT_EQ(back.exit, 0) << back.err;
	EXPECT_EQ(back.document("nvmectl.read/1").value("protection", ""), of().type == 0 ? "none" : "checked");
	EXPECT_TRUE(same(read_file(out), data));
	EXPECT_EQ(put(lba, {"--verify", "--fua"}).exit, 0);
}

TEST_P(sim_metadata, metadata_is_written_and_read_raw)
{
	make_metadata(lba);
	data = read_file(data_file);
	const std::string metadata = read_file(metadata_file);
	ASSERT_EQ(metadata.size(), count * of().metadata);
	for (const Words &more : {Words{}, Words{"--verify"}}) {
		create(image = folder.path(more.empty() ? "one" : "two"));
		Words words = {"write", device, "--lba", lba, "-f", data_file, "--metadata", metadata_file, "--json"};
		words.insert(words.end(), more.begin(), more.end());
		const Ended ended = run(words);
		ASSERT_EQ(ended.exit, 0) << ended.err;
		const Json json = ended.document("nvmectl.write/1");
		EXPECT_EQ(json.value("metadata", ""), metadata_file);
		EXPECT_EQ(json.value("metadata_bytes", 0U), metadata.size());
		EXPECT_EQ(json.value("protection", ""), of().type == 0 ? "none" : "given");
		EXPECT_TRUE(same(stored(), data));
		EXPECT_TRUE(same(stored_metadata(), metadata));
		const std::string back = folder.path("back");
		ASSERT_EQ(get(lba, {"--metadata", back}).exit, 0);
		EXPECT_TRUE(same(read_file(out), data));
		EXPECT_TRUE(same(read_file(back), metadata));
	}
}

TEST_P(sim_metadata, metadata_that_is_not_protection_information_must_be_said)
{
	const Ended ended = run({"write", device, "--lba", lba, "-f", data_file, "--json"});
	if (!has_own()) {
		EXPECT_EQ(ended.exit, 0) << ended.err;
		return;
	}
	EXPECT_EQ(ended.exit, 2) << ended.err;
	EXPECT_EQ(ended.error().value("rule", ""), "metadata");
	EXPECT_TRUE(contains(ended.error().value("hint", ""), "--zero-metadata")) << ended.err;
	EXPECT_TRUE(nothing_is_stored());
}

TEST_P(sim_metadata, lengths_are_compared_before_anything_is_written)
{
	make_metadata(lba);
	create(image = folder.path("other"));
	const std::string metadata = read_file(metadata_file);
	const Words words = {"write", device, "--lba", lba, "-f", data_file, "--metadata", metadata_file, "--json"};
	write_file(metadata_file, metadata.substr(1));
	const Ended shorter = run(words);
	EXPECT_EQ(shorter.exit, 4) << shorter.err;
	EXPECT_EQ(shorter.error().value("rule", ""), "metadata-length");
	EXPECT_TRUE(nothing_is_stored());
	write_file(metadata_file, metadata + "more");
	const Ended longer = run(words);
	EXPECT_EQ(longer.exit, 0) << longer.err;
	EXPECT_TRUE(contains(longer.document("nvmectl.write/1")["warnings"].dump(), "the first")) << longer.out;
	EXPECT_TRUE(same(stored_metadata(), metadata));
}

TEST_P(sim_metadata, damaged_data_is_found_and_only_read_when_asked_for)
{
	ASSERT_EQ(put(lba).exit, 0);
	flip(image, (start + 7) * of().block + 100);
	flip(image, (start + 290) * of().block);
	write_file(out, "old");
	const Ended ended = get(lba, {"--metadata", metadata_file, "--depth", "1"});
	if (of().type == 0) {
		EXPECT_EQ(ended.exit, 0) << "nobody can know";
		return;
	}
	EXPECT_EQ(ended.exit, 5) << ended.err;
	const Json error = ended.error();
	EXPECT_EQ(error.value("status_code", ""), "2/82h");
	EXPECT_EQ(error.value("rule", ""), "protection");
	EXPECT_TRUE(contains(error.value("message", ""), "protection information of LBA 1007 is wrong: its guard is "))
		<< error;
	EXPECT_EQ(error["done"], Json::parse(R"([{"lba": 1000, "blocks": 7}])")) << error;
	EXPECT_EQ(error["failed"], Json::parse(R"([{"lba": 1007, "blocks": 1}])")) << error;
	EXPECT_TRUE(contains(error.value("hint", ""), "--no-protection-check")) << error;
	EXPECT_TRUE(same(read_file(out), "old"));
	EXPECT_FALSE(std::filesystem::exists(metadata_file));
	const Ended all = get(lba, {"--metadata", metadata_file, "--no-protection-check"});
	ASSERT_EQ(all.exit, 0) << all.err;
	EXPECT_EQ(all.document("nvmectl.read/1").value("protection", ""), "not-checked");
	EXPECT_TRUE(same(read_file(out), stored()));
	EXPECT_TRUE(same(read_file(metadata_file), stored_metadata()));
}

TEST_P(sim_metadata, a_block_of_another_place_is_found)
{
	make_metadata("2000");
	// It is right for LBA 2000, so that LBA 1000 would have a wrong reference tag.
	Words words = {"write", device, "--lba", lba, "-f", data_file, "--metadata", metadata_file, "--json"};
	if (of().type != 1 && of().type != 2) {
		EXPECT_EQ(run(words).exit, 0) << "it does not say where a block belongs";
		EXPECT_EQ(get(lba).exit, 0);
		return;
	}
	const Ended refused = run(words);
	EXPECT_EQ(refused.exit, 4) << refused.err;
	EXPECT_EQ(refused.error().value("rule", ""), "protection");
	EXPECT_TRUE(contains(refused.error().value("message", ""), "LBA 1000 is wrong: its reference tag is 7D0h"))
		<< refused.err;
	EXPECT_TRUE(all_zeros(stored()));
	words.emplace_back("--no-protection-check");
	ASSERT_EQ(run(words).exit, 0);
	EXPECT_TRUE(same(stored(), data));
	const Ended ended = get(lba);
	EXPECT_EQ(ended.exit, 5) << ended.err;
	EXPECT_EQ(ended.error().value("status_code", ""), "2/84h");
	EXPECT_TRUE(contains(ended.error().value("message", ""), "its reference tag is 7D0h, but should be 3E8h"))
		<< ended.err;
}

TEST_P(sim_metadata, what_was_never_written_is_not_checked)
{
	const Ended ended = get("5", {"--metadata", metadata_file});
	EXPECT_EQ(ended.exit, 0) << ended.err;
	EXPECT_TRUE(all_zeros(read_file(out)));
}

TEST_P(sim_metadata, holes_are_zeroed)
{
	std::string older = noise(count * of().block, 99);
	write_file(data_file, older);
	ASSERT_EQ(put(lba).exit, 0);
	write_file(data_file, data);
	const int fd = ::open(data_file.c_str(), O_WRONLY | O_CLOEXEC);
	ASSERT_EQ(::fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 8192, 65536), 0);
	(void)::close(fd);
	for (const Words &more : {Words{"--sparse"}, Words{"--sparse", "--verify"}}) {
		const Ended ended = put(lba, more);
		ASSERT_EQ(ended.exit, 0) << ended.err;
		EXPECT_EQ(ended.document("nvmectl.write/1").value("zeroed_bytes", 0), 65536);
		EXPECT_TRUE(same(stored(), read_file(data_file)));
		EXPECT_EQ(verified(), 0);
		ASSERT_EQ(get(lba, {"--sparse"}).exit, 0);
		EXPECT_TRUE(same(read_file(out), read_file(data_file)));
	}
}

TEST_P(sim_metadata, data_is_compared_with_a_file)
{
	ASSERT_EQ(put(lba).exit, 0);
	const std::string trace = folder.path("trace");
	const Words words = {"verify", device, "--lba", lba, "--against", data_file, "--json", "--trace", trace};
	const Ended alike = run(words);
	EXPECT_EQ(alike.exit, 0) << alike.err;
	const std::string recorded = read_file(trace);
	EXPECT_FALSE(contains(recorded, R"("dwords":null)")) << "they are those of commands that can be sent";
	flip(data_file, 7 * of().block + 1);
	flip(data_file, 290 * of().block);
	const Ended ended = run(words);
	EXPECT_EQ(ended.exit, 6) << ended.err;
	EXPECT_EQ(ended.error()["failed"], Json::parse(R"([{"lba": 1007, "blocks": 1}, {"lba": 1290, "blocks": 1}])"))
		<< ended.err;
	EXPECT_EQ(run({"compare", device, "--lba", lba, "-f", data_file}).exit, 9);
}

TEST_P(sim_metadata, a_dry_run_tells_what_is_moved)
{
	const Json json = put(lba, {"--dry-run"}).document("nvmectl.write/1");
	const Json &first = json["commands"][0];
	EXPECT_EQ(first["bytes"], first["blocks"].get<std::uint64_t>() * of().block);
	EXPECT_EQ(first["metadata_bytes"],
		  has_own() ? first["blocks"].get<std::uint64_t>() * of().metadata : std::uint64_t{0});
	EXPECT_EQ(first["protection_action"], of().type != 0 && !has_own());
	EXPECT_TRUE(nothing_is_stored());
	EXPECT_EQ(get(lba, {"-n"}).exit, 0);
}

TEST_P(sim_metadata, a_file_that_takes_no_metadata_is_named_and_the_data_that_was_given_is_counted)
{
	const Ended to_file = get("0", {"--metadata", "/dev/full"});
	EXPECT_EQ(to_file.exit, 3);
	EXPECT_TRUE(contains(to_file.error()["message"], "cannot write /dev/full")) << to_file.err;
	const Ended given = run({"read", device, "--blocks", "8", "-o", "-", "--metadata", "/dev/full"});
	EXPECT_EQ(given.exit, 8) << "the data was given";
	EXPECT_EQ(given.out.size(), 8 * of().block);
}

TEST_P(sim_metadata, a_read_that_fails_is_not_told_to_be_done_in_a_way_that_is_refused)
{
	write_file(image + ".faults", "ringline-faults 1\naction=status opcode=read status=0x281\n");
	const Ended ended = get("0");
	EXPECT_EQ(ended.exit, 5);
	EXPECT_FALSE(contains(ended.err, "--continue-on-error")) << ended.err;
}

TEST_P(sim_metadata, files_that_would_be_lost_are_refused)
{
	EXPECT_EQ(get("0", {"--metadata", out}).exit, 2) << "the file of the data";
	EXPECT_EQ(get("0", {"--metadata", "-"}).exit, 2);
	EXPECT_EQ(get("0", {"--metadata", image}).exit, 4);
	EXPECT_EQ(get("0", {"--metadata", image + ".metadata"}).exit, 4);
	EXPECT_EQ(get("0", {"--metadata", metadata_file, "--trace", metadata_file}).exit, 4);
	EXPECT_EQ(get("0", {"--metadata", metadata_file, "--continue-on-error"}).exit, 2);
	EXPECT_FALSE(std::filesystem::exists(out));
	EXPECT_EQ(get("0", {"--metadata", out, "--dry-run"}).exit, 2);
	Start into_a_file;
	into_a_file.output_fd = ::open(metadata_file.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	const Ended same = nvmectl({"read", device, "--blocks", "8", "-o", "-", "--metadata", metadata_file},
				   std::move(into_a_file));
	EXPECT_EQ(same.exit, 2) << "standard output goes there: " << same.err;
	const Ended its_own = run({"write", device, "--lba", lba, "-f", image + ".metadata"});
	EXPECT_EQ(its_own.exit, has_own() ? 2 : 4) << its_own.err;
	const Ended own =
		run({"write", device, "--lba", lba, "-f", data_file, "--metadata", image + ".metadata", "--json"});
	EXPECT_EQ(own.exit, 4);
	EXPECT_EQ(own.error().value("rule", ""), "input-is-target");
	EXPECT_EQ(run({"bench", device, "--count", "1"}).exit, 9);
}

INSTANTIATE_TEST_SUITE_P(format, sim_metadata,
			 testing::Combine(testing::ValuesIn(all_blocks), testing::Values("uring")), name_of_blocks);
#ifndef NVMECTL_SANITIZED
INSTANTIATE_TEST_SUITE_P(slow, sim_metadata,
			 testing::Combine(testing::ValuesIn(some_blocks), testing::Values("threads")), name_of_blocks);
#endif

TEST(metadata, is_nothing_that_plain_blocks_have)
{
	const Folder folder;
	const std::string image = folder.path("disk.img");
	ASSERT_EQ(nvmectl({"sim", "create", image, "--size", "1MiB"}).exit, 0);
	const std::string file = folder.path("file");
	write_file(file, noise(4096));
	const Words write = {"write", "sim:" + image, "--lba", "0", "-f", file};
	for (const Words &more : {Words{"--metadata", file}, Words{"--zero-metadata"}}) {
		Words words = write;
		words.insert(words.end(), more.begin(), more.end());
		EXPECT_EQ(nvmectl(words).exit, 2);
	}
	EXPECT_EQ(nvmectl({"read", "sim:" + image, "--all", "-o", folder.path("out"), "--metadata", file}).exit, 2);
	EXPECT_TRUE(all_zeros(read_file(image)));
}

/// nvme-cli as the witness: it sends the raw commands, and neither makes nor strips anything.
class drive_metadata : public with_metadata
{
protected:
	void SetUp() override
	{
		if (!in_the_machine()) {
			GTEST_SKIP()
				<< "needs the virtual machine (RINGLINE_VM=1), where whole devices may be overwritten";
		}
		if (of().node == nullptr || !std::filesystem::exists(of().node)) {
			GTEST_SKIP() << "this machine has no such drive";
		}
		device = of().node;
		write_file(data_file, data);
	}
	static bool is_inline() { return of().options.back() == "--inline"; }
	static int shell(const std::string &command)
	{
		const int status = std::system((command + " >/tmp/nvme.log 2>&1").c_str());
		return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
	}
	/// Data and metadata of eight blocks, by nvme-cli.
	[[nodiscard]] std::pair<std::string, std::string> seen(std::uint64_t lba) const
	{
		const std::uint64_t step = of().block + (is_inline() ? of().metadata : 0);
		std::string command = "nvme read " + device + " --start-block=" + std::to_string(lba) +
				      " --block-count=7 --data-size=" + std::to_string(8 * step) +
				      " --data=" + folder.path("seen");
		if (!is_inline()) {
			command += " --metadata-size=" + std::to_string(8 * of().metadata) +
				   " --metadata=" + folder.path("seen-metadata");
		}
		EXPECT_EQ(shell(command), 0) << command << read_file("/tmp/nvme.log");
		const std::string raw = read_file(folder.path("seen"));
		std::pair<std::string, std::string> apart;
		for (std::uint64_t i = 0; i < 8 && is_inline(); ++i) {
			apart.first += raw.substr(i * step, of().block);
			apart.second += raw.substr(i * step + of().block, of().metadata);
		}
		return is_inline() ? apart : std::pair(raw, read_file(folder.path("seen-metadata")));
	}
};

TEST_P(drive_metadata, what_is_written_and_read_is_what_nvme_cli_sees)
{
	ASSERT_EQ(put("1000").exit, 0);
	const auto [first, made_by_device] = seen(1000);
	EXPECT_TRUE(same(first, data.substr(0, first.size())));
	const Ended back = get("1000", {"--metadata", metadata_file});
	ASSERT_EQ(back.exit, 0) << back.err;
	EXPECT_TRUE(same(read_file(out), data));
	EXPECT_TRUE(same(read_file(metadata_file).substr(0, made_by_device.size()), made_by_device));
	// The same again, as it was read, and over other data.
	write_file(data_file, noise(count * of().block, 6));
	ASSERT_EQ(put("1000", {"--verify"}).exit, 0);
	write_file(data_file, data);
	const Ended given = run(
		{"write", device, "--lba", "1000", "-f", data_file, "--metadata", metadata_file, "--verify", "--json"});
	ASSERT_EQ(given.exit, 0) << given.err;
	const auto [again, given_metadata] = seen(1000);
	EXPECT_TRUE(same(again, first));
	EXPECT_TRUE(same(given_metadata, made_by_device));
	const auto [last, last_metadata] = seen(1000 + count - 8);
	EXPECT_TRUE(same(last, data.substr(data.size() - last.size())));
	EXPECT_TRUE(same(last_metadata, read_file(metadata_file).substr((count - 8) * of().metadata)));
}

TEST_P(drive_metadata, damage_is_found)
{
	if (of().type == 0) {
		EXPECT_EQ(run({"write", device, "--lba", "1000", "-f", data_file}).exit, 2) << "nobody can know";
		return;
	}
	make_metadata("1000");
	std::string damaged = data;
	damaged[7 * of().block] = static_cast<char>(damaged[7 * of().block] ^ 1);
	write_file(data_file, damaged);
	const Words words = {"write", device, "--lba", "1000", "-f", data_file, "--metadata", metadata_file, "--json"};
	EXPECT_EQ(run(words).exit, 4);
	Words anyway = words;
	anyway.emplace_back("--no-protection-check");
	ASSERT_EQ(run(anyway).exit, 0);
	const Ended ended = get("1000");
	EXPECT_EQ(ended.exit, 5) << ended.err;
	EXPECT_EQ(ended.error().value("status_code", ""), "2/82h");
	EXPECT_TRUE(contains(ended.error().value("message", ""), "LBA 1007 ")) << ended.err;
	EXPECT_EQ(get("1000", {"--no-protection-check"}).exit, 0);
	EXPECT_TRUE(same(read_file(out), damaged));
	write_file(data_file, data);
	ASSERT_EQ(put("1000").exit, 0) << "as others may look at it";
}

INSTANTIATE_TEST_SUITE_P(format, drive_metadata,
			 testing::Combine(testing::ValuesIn(drive_blocks), testing::Values("uring", "threads")),
			 name_of_blocks);

} // namespace
} // namespace nvmectl_test
