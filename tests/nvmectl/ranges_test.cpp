// SPDX-License-Identifier: MIT OR Apache-2.0
// Commands over ranges on simulated devices: what each does to the data, and what is told when it cannot.
#include "tool.h"

#include <csignal>
#include <thread>

namespace nvmectl_test
{
namespace
{

class ranges : public on_simulated
{
protected:
	/// Every command carries 128 blocks at most, but a copy 64, as two ranges.
	void SetUp() override
	{
		const Ended made = nvmectl({"sim",   "create",
					    image,   "--size",
					    "16MiB", "--mdts",
					    "64KiB", "--verify-max",
					    "64KiB", "--write-zeroes-max",
					    "64KiB", "--write-uncorrectable-max",
					    "64KiB", "--copy-max-ranges",
					    "2",     "--copy-max-range-blocks",
					    "32",    "--copy-max-blocks",
					    "64",    "--dataset-max-ranges",
					    "1",     "--dataset-max-range-blocks",
					    "128"});
		ASSERT_EQ(made.exit, 0) << made.err;
	}
	void fill() const
	{
		write_file(folder.path("in"), data);
		ASSERT_EQ(run({"write", device, "--lba", "0", "-f", folder.path("in")}).exit, 0);
	}
	[[nodiscard]] std::string blocks_of(const std::string &bytes, std::uint64_t lba, std::uint64_t count) const
	{
		return bytes.substr(lba * block, count * block);
	}
	[[nodiscard]] std::string stored(std::uint64_t lba, std::uint64_t count) const
	{
		return image_bytes(lba * block, count * block);
	}
	/// A file like the data, but for a byte of each of these blocks.
	[[nodiscard]] std::string differing_at(const std::vector<std::uint64_t> &lbas) const
	{
		std::string bytes = data;
		for (const std::uint64_t lba : lbas) {
			bytes[lba * block + 511] ^= 1;
		}
		write_file(folder.path("other"), bytes);
		return folder.path("other");
	}
	static Json extents(const char *text) { return Json::parse(text); }

	std::string data = noise(1000 * block);
};

/// The six, on the blocks 100 to 799.
struct Case {
	Words words;
	const char *schema;
	const char *opcode; ///< In rules.
	unsigned opcode_value;
	std::uint64_t commands; ///< That 700 blocks take.
	const char *done;       ///< In text.
	bool destroys;
};

const std::vector<Case> cases = {
	{{"write-zeroes"}, "nvmectl.write-zeroes/1", "write-zeroes", 8, 6, "zeroed", true},
	{{"write-uncorrectable"},
	 "nvmectl.write-uncorrectable/1",
	 "write-uncorrectable",
	 4,
	 6,
	 "made unreadable",
	 true},
	{{"deallocate"}, "nvmectl.deallocate/1", "dataset-management", 9, 6, "deallocated", true},
	{{"verify"}, "nvmectl.verify/1", "verify", 12, 6, "verified", false},
	{{"compare", "-f"}, "nvmectl.compare/1", "compare", 5, 6, "compared", false},
	{{"verify", "--against"}, "nvmectl.verify/1", "read", 2, 6, "verified", false},
	{{"copy", "--from", "800"}, "nvmectl.copy/1", "copy", 25, 11, "copied", true},
};

class each_range : public ranges
{
protected:
	void SetUp() override
	{
		ranges::SetUp();
		fill();
		write_file(folder.path("part"), blocks_of(data, 100, 700));
	}
	[[nodiscard]] Ended run_case(const Case &one, const Words &more) const { return run(words_of(one, more)); }
	[[nodiscard]] Words words_of(const Case &one, const Words &more) const
	{
		Words words = one.words;
		if (words.back().starts_with("-")) {
			words.push_back(folder.path("part"));
		}
		words.insert(words.begin() + 1, device);
		words.insert(words.end(), {"--lba", "100", "--blocks", "700"});
		words.insert(words.end(), more.begin(), more.end());
		return words;
	}
};

TEST_P(each_range, the_document_says_what_was_done)
{
	for (const Case &one : cases) {
		const Ended ended = run_case(one, {"--json"});
		EXPECT_EQ(ended.exit, 0) << one.schema << ended.err;
		const Json json = ended.document(one.schema);
		EXPECT_EQ(json.value("device", ""), device);
		EXPECT_EQ(json.value("lba", 0), 100) << one.schema;
		EXPECT_EQ(json.value("blocks", 0), 700) << one.schema;
		EXPECT_EQ(json.value("bytes", 0), 700 * 512) << one.schema;
		EXPECT_EQ(json.value("commands", 0u), one.commands) << one.schema;
		EXPECT_EQ(json.value("retried", 1), 0) << one.schema;
		EXPECT_EQ(json.value("engine", ""), GetParam());
		EXPECT_EQ(json["warnings"], Json::array());
		fill();
		const Ended text = run_case(one, {});
		EXPECT_TRUE(contains(text.out, std::string(one.done) + " 700 blocks from LBA ")) << text.out;
		EXPECT_TRUE(contains(text.out, "LBA 100 of ")) << text.out;
		fill();
		EXPECT_EQ(run_case(one, {"--quiet"}).out, "");
		fill();
	}
}

TEST_P(each_range, a_dry_run_shows_the_dwords_and_the_number_of_commands_and_sends_nothing)
{
	faults("action=status opcode=any status=0x286");
	for (const Case &one : cases) {
		const Ended ended = run_case(one, {"--json", "--dry-run"});
		EXPECT_EQ(ended.exit, 0) << one.schema << ended.err;
		const Json json = ended.document(one.schema);
		EXPECT_TRUE(json.value("dry_run", false));
		EXPECT_EQ(json.value("command_count", 0u), one.commands) << one.schema;
		ASSERT_EQ(json["commands"].size(), 2u);
		const Json &first = json["commands"][0];
		ASSERT_EQ(first["dwords"].size(), 16u);
		EXPECT_EQ(first["dwords"][0], one.opcode_value);
		EXPECT_EQ(first["dwords"][1], 1) << "the namespace";
		if (one.opcode_value != 9) {
			EXPECT_EQ(first["dwords"][10], 100) << one.schema;
		}
		if (one.opcode_value != 9 && one.opcode_value != 25) {
			EXPECT_EQ(first["dwords"][12].get<unsigned>() & 0xffffU, 127u) << one.schema;
			EXPECT_EQ(json["commands"][1]["dwords"][10], 740) << one.schema;
			EXPECT_EQ(json["commands"][1]["dwords"][12].get<unsigned>() & 0xffffU, 59u) << one.schema;
		}
		const Ended text = run_case(one, {"-n"});
		EXPECT_TRUE(contains(text.out, "nothing was sent")) << text.out;
		EXPECT_TRUE(contains(text.out, "dwords 10 to 15: ")) << text.out;
	}
	EXPECT_TRUE(same(stored(0, 1000), data));
}

TEST_P(each_range, a_status_is_exit_5_and_what_is_done_is_told)
{
	for (const Case &one : cases) {
		const bool is_copy = one.opcode_value == 25;
		faults(std::string("action=status opcode=") + one.opcode + " skip=2 status=0x280");
		const Ended ended = run_case(one, {"--json", "--depth", "1"});
		EXPECT_EQ(ended.exit, 5) << one.schema << ended.err;
		EXPECT_EQ(ended.out, "") << "nothing says that it was done";
		const Json error = ended.error();
		EXPECT_EQ(error.value("status_code", ""), "2/80h") << one.schema;
		EXPECT_EQ(error["done"],
			  extents(is_copy ? R"([{"lba": 100, "blocks": 128}])" : R"([{"lba": 100, "blocks": 256}])"))
			<< one.schema;
		EXPECT_EQ(error["failed"],
			  extents(is_copy ? R"([{"lba": 228, "blocks": 64}])" : R"([{"lba": 356, "blocks": 128}])"))
			<< one.schema;
		EXPECT_TRUE(contains(error.value("message", ""), "blocks done from LBA 100 on without a gap")) << error;
		faults("");
		fill();
	}
}

TEST_P(each_range, going_on_behind_errors_tells_every_failed_block)
{
	for (const Case &one : cases) {
		if (one.opcode_value == 9 || one.opcode_value == 25) {
			continue; // their rules match what they carry elsewhere than in the LBA of the command
		}
		const std::string rule = std::string("action=status opcode=") + one.opcode + " status=0x281 ";
		faults(rule + "lba=300 blocks=2\n" + rule + "lba=750 blocks=1");
		const Ended ended = run_case(one, {"--json", "--continue-on-error"});
		EXPECT_EQ(ended.exit, 5) << one.schema << ended.err;
		const Json error = ended.error();
		const bool narrows = !one.destroys;
		EXPECT_EQ(error["failed"],
			  extents(narrows ? R"([{"lba": 300, "blocks": 2}, {"lba": 750, "blocks": 1}])"
					  : R"([{"lba": 228, "blocks": 128}, {"lba": 740, "blocks": 60}])"))
			<< one.schema << error;
		EXPECT_EQ(error["done"].back()["lba"], narrows ? 751 : 356) << one.schema << error;
		EXPECT_EQ(error["unknown"], Json::array()) << one.schema;
		faults("");
		fill();
	}
}

TEST_P(each_range, retries_are_made_where_the_status_allows_it_and_counted)
{
	for (const Case &one : cases) {
		if (one.opcode_value == 4) {
			continue; // the library never repeats it
		}
		const std::string rule = std::string("action=status opcode=") + one.opcode + " repeat=3 status=0x82";
		faults(rule);
		EXPECT_EQ(run_case(one, {}).exit, 5) << one.schema;
		fill();
		EXPECT_EQ(run_case(one, {"--retries", "2", "--depth", "1"}).exit, 5) << one.schema;
		fill();
		const Ended ended = run_case(one, {"--retries", "3", "--depth", "1", "--json"});
		EXPECT_EQ(ended.exit, 0) << one.schema << ended.err;
		EXPECT_EQ(ended.document(one.schema).value("retried", 0), 3) << one.schema;
		EXPECT_EQ(ended.document(one.schema).value("commands", 0u), one.commands + 3) << one.schema;
		faults(std::string("action=status opcode=") + one.opcode + " repeat=1 status=0x4082");
		EXPECT_EQ(run_case(one, {"--retries", "3"}).exit, 5) << "it said: do not retry";
		faults("");
		fill();
	}
}

TEST_P(each_range, a_command_that_fails_after_others_makes_it_partly_done)
{
	for (const Case &one : cases) {
		faults(std::string("action=error opcode=") + one.opcode + " skip=2 error=EIO");
		const Ended ended = run_case(one, {"--json", "--depth", "1"});
		EXPECT_EQ(ended.exit, 8) << one.schema << ended.err;
		EXPECT_EQ(ended.error()["done"][0]["lba"], 100) << one.schema;
		faults("");
		fill();
	}
}

TEST_P(each_range, a_lost_answer_is_outcome_unknown)
{
	for (const Case &one : cases) {
		faults(std::string("action=error opcode=") + one.opcode + " skip=1 error=EINTR");
		const Ended ended = run_case(one, {"--json", "--depth", "1"});
		EXPECT_EQ(ended.exit, 7) << one.schema << ended.err;
		EXPECT_EQ(ended.error()["unknown"][0]["lba"], one.opcode_value == 25 ? 164 : 228) << one.schema;
		faults("");
		fill();
	}
}

TEST_P(each_range, a_device_that_vanishes_ends_it_and_what_is_done_is_told)
{
	for (const Case &one : cases) {
		faults(std::string("action=vanish opcode=") + one.opcode + " skip=1");
		const Ended ended = run_case(one, {"--json", "--depth", "1", "--continue-on-error"});
		EXPECT_EQ(ended.exit, 7) << one.schema << ended.err;
		EXPECT_EQ(ended.error()["done"][0]["lba"], 100) << one.schema;
		faults("");
		fill();
	}
}

TEST_P(each_range, a_signal_ends_it_and_what_is_done_is_told)
{
	for (const Case &one : cases) {
		faults(std::string("action=delay opcode=") + one.opcode + " delay=60ms");
		Tool tool(with_engine(words_of(one, {"--json", "--depth", "1"})));
		ASSERT_TRUE(comes_true([&] { return tool.catches(SIGTERM); }));
		std::this_thread::sleep_for(std::chrono::milliseconds(100));
		tool.signal(SIGTERM);
		const Ended ended = tool.wait();
		EXPECT_EQ(ended.exit, 130) << one.schema << ended.err;
		EXPECT_EQ(ended.error()["failed"], Json::array()) << one.schema;
		EXPECT_TRUE(contains(ended.error().value("message", ""), "interrupted; ")) << one.schema << ended.err;
		faults("");
		fill();
	}
}

TEST_P(each_range, what_destroys_wants_to_know_where_it_begins)
{
	for (const Case &one : cases) {
		Words words = words_of(one, {});
		words.resize(words.size() - 4);
		if (one.destroys) {
			words.insert(words.end(), {"--blocks", "1"});
			EXPECT_EQ(run(words).exit, 2) << one.schema;
			words.resize(words.size() - 2);
			words.insert(words.end(), {"--lba", "0"});
			EXPECT_EQ(run(words).exit, 2) << one.schema << " how much";
		}
		words = words_of(one, {"--retries", "101"});
		EXPECT_EQ(run(words).exit, 2) << one.schema;
		words.resize(words.size() - 6);
		words.insert(words.end(), {"--lba", "32700", "--blocks", "700"});
		EXPECT_EQ(run(words).exit, 2) << one.schema << " past the end";
	}
	EXPECT_TRUE(same(stored(0, 1000), data));
}

TEST_P(ranges, write_zeroes_makes_zeros_of_the_range_and_of_nothing_else)
{
	fill();
	ASSERT_EQ(run({"write-zeroes", device, "--lba", "100", "--blocks", "700"}).exit, 0);
	EXPECT_TRUE(all_zeros(stored(100, 700)));
	EXPECT_TRUE(same(stored(0, 100), blocks_of(data, 0, 100)));
	EXPECT_TRUE(same(stored(800, 200), blocks_of(data, 800, 200)));
	ASSERT_EQ(run({"write-zeroes", device, "--offset", "0", "--length", "51200", "--deallocate", "--fua"}).exit, 0);
	EXPECT_TRUE(all_zeros(stored(0, 800)));
	const Json dry =
		run({"write-zeroes", device, "--lba", "0", "--blocks", "1", "--deallocate", "--fua", "-n", "--json"})
			.document("nvmectl.write-zeroes/1");
	EXPECT_EQ(dry["commands"][0]["dwords"][12], 0x42000000u) << "DEAC and FUA";
	ASSERT_EQ(run({"write-zeroes", device, "--lba", "0", "--all"}).exit, 0);
	EXPECT_TRUE(image_is_untouched());
}

TEST_P(ranges, deallocate_gives_back_the_range_and_nothing_else)
{
	fill();
	ASSERT_EQ(run({"deallocate", device, "--lba", "100", "--blocks", "700"}).exit, 0);
	EXPECT_TRUE(all_zeros(stored(100, 700))) << "as holes of the image read";
	EXPECT_TRUE(same(stored(0, 100), blocks_of(data, 0, 100)));
	EXPECT_TRUE(same(stored(800, 200), blocks_of(data, 800, 200)));
}

TEST_P(ranges, the_commands_of_a_dry_run_are_those_that_are_sent)
{
	const auto make = [&](const std::string &name, const Words &options) {
		Words words = {"sim", "create", folder.path(name), "--size", "3MiB"};
		words.insert(words.end(), options.begin(), options.end());
		EXPECT_EQ(nvmectl(words).exit, 0);
		return "sim:" + folder.path(name);
	};
	const auto shown = [&](Words words, const std::string &schema, unsigned count) {
		words.emplace_back("--json");
		Words dry = words;
		dry.emplace_back("--dry-run");
		const Json told = run(dry).document(schema);
		EXPECT_EQ(told.value("command_count", 0U), count) << words[0];
		EXPECT_EQ(run(words).document(schema).value("commands", 0U), count) << words[0];
		return told["commands"];
	};
	const std::string zoned = make("zoned", {"--zone-size", "96KiB", "--write-zeroes-max", "64KiB"});
	shown({"write-zeroes", zoned, "--lba", "0", "--blocks", "576"}, "nvmectl.write-zeroes/1", 6);
	const Json across =
		shown({"copy", zoned, "--from", "100", "--lba", "1152", "--blocks", "300"}, "nvmectl.copy/1", 4);
	EXPECT_EQ(across[1]["slba"], 1436) << "the destination's zone ends at 1344, the source's at 192 and 384";
	EXPECT_EQ(across[1]["blocks"], 16);
	const std::string wide =
		make("wide", {"--block-size", "4096", "--metadata", "16", "--pi", "1", "--guard", "64"});
	const Json copied =
		shown({"copy", wide, "--from", "0", "--lba", "500", "--blocks", "200"}, "nvmectl.copy/1", 2);
	EXPECT_EQ(copied[1]["dwords"][12], 0x3400d100U) << "ranges of format 1, PRACT and checks for both sides";
	EXPECT_EQ(copied[1]["dwords"][14], 628);
	EXPECT_EQ(copied[1]["data_length"], 40);
	const std::string small = make("small", {"--mdts", "8KiB"});
	write_file(folder.path("some"), std::string(1000 * block, '\0'));
	shown({"verify", small, "--against", folder.path("some")}, "nvmectl.verify/1", 63);
}

TEST_P(ranges, copy_copies_all_of_the_source)
{
	fill();
	ASSERT_EQ(run({"copy", device, "--from", "100", "--lba", "5000", "--blocks", "701"}).exit, 0);
	EXPECT_TRUE(same(stored(5000, 701), blocks_of(data, 100, 701)));
	EXPECT_TRUE(all_zeros(stored(5701, 100)));
	EXPECT_TRUE(same(stored(0, 1000), data));
	for (const char *from : {"4999", "5001", "5100", "4900"}) {
		const Ended ended = run({"copy", device, "--from", from, "--lba", "5000", "--blocks", "101", "--json"});
		EXPECT_EQ(ended.exit, 2) << from;
		EXPECT_TRUE(contains(ended.error().value("message", ""), "overlap")) << ended.err;
	}
	EXPECT_EQ(run({"copy", device, "--from", "4900", "--lba", "5000", "--blocks", "100"}).exit, 0);
	EXPECT_EQ(run({"copy", device, "--from", "32700", "--lba", "0", "--blocks", "100"}).exit, 2);
	EXPECT_EQ(run({"copy", device, "--lba", "0", "--blocks", "100"}).exit, 2);
}

TEST_P(ranges, blocks_made_uncorrectable_fail_until_they_are_written)
{
	fill();
	ASSERT_EQ(run({"write-uncorrectable", device, "--lba", "50", "--blocks", "3"}).exit, 0);
	ASSERT_EQ(run({"write-uncorrectable", device, "--lba", "500", "--blocks", "1"}).exit, 0);
	EXPECT_EQ(run({"read", device, "--lba", "50", "--blocks", "1", "-o", folder.path("out")}).exit, 5);
	const Ended ended = run({"verify", device, "--all", "--continue-on-error", "--json"});
	EXPECT_EQ(ended.exit, 5);
	EXPECT_EQ(ended.error()["failed"], extents(R"([{"lba": 50, "blocks": 3}, {"lba": 500, "blocks": 1}])"));
	EXPECT_EQ(ended.error().value("status_code", ""), "2/81h");
	EXPECT_EQ(run({"verify", device, "--lba", "53", "--blocks", "447"}).exit, 0);
	fill();
	EXPECT_EQ(run({"verify", device, "--all"}).exit, 0);
}

TEST_P(ranges, compare_tells_the_blocks_that_differ)
{
	fill();
	const std::string file = differing_at({41, 77, 128, 700});
	const Ended first = run({"compare", device, "--lba", "0", "-f", file, "--json", "--depth", "1"});
	EXPECT_EQ(first.exit, 6) << first.err;
	EXPECT_EQ(first.out, "");
	EXPECT_EQ(first.error()["failed"], extents(R"([{"lba": 41, "blocks": 1}, {"lba": 77, "blocks": 1}])"))
		<< "of the command that failed";
	EXPECT_EQ(first.error().value("code", ""), "miscompare");
	EXPECT_TRUE(contains(first.error().value("message", ""), "the first is LBA 41")) << first.err;
	const Ended all = run({"compare", device, "--lba", "0", "-f", file, "--json", "--continue-on-error"});
	EXPECT_EQ(all.exit, 6) << all.err;
	EXPECT_EQ(all.error()["failed"],
		  extents(R"([{"lba": 41, "blocks": 1}, {"lba": 77, "blocks": 1}, {"lba": 128, "blocks": 1},
			      {"lba": 700, "blocks": 1}])"));
	EXPECT_EQ(all.error()["done"].back(), extents(R"({"lba": 701, "blocks": 299})"));
	EXPECT_TRUE(same(stored(0, 1000), data)) << "a comparison changes nothing";
}

TEST_P(ranges, verify_against_tells_every_block_that_differs)
{
	fill();
	const std::string file = differing_at({41, 77, 128, 700});
	const Ended ended = run({"verify", device, "--against", file, "--json"});
	EXPECT_EQ(ended.exit, 6) << ended.err;
	EXPECT_EQ(ended.out, "") << "nothing says that it was verified";
	EXPECT_EQ(ended.error()["failed"],
		  extents(R"([{"lba": 41, "blocks": 1}, {"lba": 77, "blocks": 1}, {"lba": 128, "blocks": 1},
			      {"lba": 700, "blocks": 1}])"));
	EXPECT_TRUE(contains(ended.error().value("message", ""), "4 blocks differ from " + file)) << ended.err;
	EXPECT_EQ(run({"verify", device, "--against", file, "--lba", "0", "--blocks", "41"}).exit, 0);
	EXPECT_EQ(run({"verify", device, "--against", "-", "--lba", "0", "--blocks", "42"}, {.input = read_file(file)})
			  .exit,
		  6);
}

TEST_P(ranges, verify_against_goes_on_behind_what_cannot_be_read)
{
	fill();
	ASSERT_EQ(run({"write-uncorrectable", device, "--lba", "200", "--blocks", "2"}).exit, 0);
	const std::string file = differing_at({41, 201, 700});
	const Ended ended = run({"verify", device, "--against", file, "--json", "--continue-on-error"});
	EXPECT_EQ(ended.exit, 5) << "5 wins over 6";
	EXPECT_EQ(ended.error()["failed"],
		  extents(R"([{"lba": 41, "blocks": 1}, {"lba": 200, "blocks": 2}, {"lba": 700, "blocks": 1}])"))
		<< ended.err;
	const Ended stops = run({"verify", device, "--against", file, "--json", "--depth", "1"});
	EXPECT_EQ(stops.exit, 5);
	EXPECT_EQ(stops.error()["failed"], extents(R"([{"lba": 41, "blocks": 1}, {"lba": 128, "blocks": 128}])"))
		<< "what was read before was compared: " << stops.err;
}

TEST_P(ranges, comparisons_longer_than_the_memory_keep_their_place_in_the_file)
{
	data = noise(24576 * block); // 12 MiB: more than the 8 that are in memory at once
	fill();
	std::vector<std::uint64_t> lbas;
	for (std::uint64_t lba = 1; lba < 24576; lba += 8) {
		lbas.push_back(lba); // 3072: more than a call of the library can tell
	}
	const std::string file = differing_at(lbas);
	for (const Words &words : {Words{"verify", device, "--against", file, "--json"},
				   Words{"compare", device, "-f", file, "--json", "--continue-on-error"}}) {
		const Ended ended = run(words);
		EXPECT_EQ(ended.exit, 6) << ended.err.substr(0, 500);
		const Json failed = ended.error()["failed"];
		ASSERT_EQ(failed.size(), lbas.size()) << words[0];
		for (std::size_t i = 0; i < lbas.size(); ++i) {
			ASSERT_EQ(failed[i]["lba"], lbas[i]);
			ASSERT_EQ(failed[i]["blocks"], 1);
		}
	}
	EXPECT_EQ(run({"compare", device, "-f", folder.path("in")}).exit, 0);
	EXPECT_EQ(run({"verify", device, "--against", folder.path("in")}).exit, 0);
}

TEST_P(ranges, input_that_is_short_or_no_whole_blocks_is_refused)
{
	fill();
	write_file(folder.path("odd"), noise(700));
	write_file(folder.path("empty"), "");
	for (const Words &command : {Words{"compare", device, "-f"}, Words{"verify", device, "--against"}}) {
		const auto with = [&](const std::string &file, const Words &more, const std::string &input = {}) {
			Words words = command;
			words.push_back(file);
			words.insert(words.end(), more.begin(), more.end());
			return run(words, {.input = input});
		};
		EXPECT_EQ(with(folder.path("odd"), {}).exit, 4);
		EXPECT_EQ(with(folder.path("odd"), {"--blocks", "2"}).exit, 4);
		EXPECT_EQ(with(folder.path("none"), {}).exit, 3);
		EXPECT_EQ(with("/tmp", {"--blocks", "1"}).exit, 3);
		EXPECT_EQ(with(folder.path("empty"), {}).exit, 2) << "nothing tells how much";
		EXPECT_EQ(with("-", {}, data).exit, 2) << "a pipe has no length";
		const Ended ended = with("-", {"--blocks", "8", "--json"}, noise(700));
		EXPECT_EQ(ended.exit, 4);
		EXPECT_TRUE(contains(ended.error().value("message", ""), "standard input ended after 700 bytes, but"))
			<< ended.err;
		EXPECT_EQ(with("-", {"--blocks", "1000"}, data).exit, 0);
	}
	EXPECT_EQ(run({"compare", device, "--blocks", "1"}).exit, 2);
}

TEST_P(ranges, a_pipe_that_ends_later_leaves_it_partly_done)
{
	data = noise(16384 * block + 1);
	for (const Words &command : {Words{"compare", device, "-f", "-"}, Words{"verify", device, "--against", "-"}}) {
		Words words = command;
		words.insert(words.end(), {"--blocks", "20000", "--json"});
		const Ended ended = run(words, {.input = std::string(16384 * block + 1, '\0')});
		EXPECT_EQ(ended.exit, 8) << ended.err;
		EXPECT_EQ(ended.error()["done"], extents(R"([{"lba": 0, "blocks": 16384}])")) << ended.err;
	}
}

TEST_P(ranges, what_a_device_lacks_is_not_supported)
{
	const std::string with_metadata = "sim:" + folder.path("metadata.img");
	ASSERT_EQ(nvmectl({"sim", "create", with_metadata, "--size", "1MiB", "--metadata", "8"}).exit, 0);
	write_file(folder.path("one"), noise(block));
	EXPECT_EQ(run({"compare", with_metadata, "-f", folder.path("one")}).exit, 9);
	EXPECT_EQ(run({"verify", with_metadata, "--all"}).exit, 0);
	EXPECT_EQ(run({"write-zeroes", with_metadata, "--lba", "0", "--all"}).exit, 0);
}

INSTANTIATE_TEST_SUITE_P(engine, ranges, each_engine(), engine_of);
INSTANTIATE_TEST_SUITE_P(engine, each_range, each_engine(), engine_of);

} // namespace
} // namespace nvmectl_test
