// SPDX-License-Identifier: MIT OR Apache-2.0
// Zones of simulated devices: what each action makes of them, and where appends go.
#include "tool.h"

#include <algorithm>
#include <csignal>
#include <thread>

namespace nvmectl_test
{
namespace
{

/// 32 zones of 256 blocks, of which 200 can be written; 64 in one append.
class zone : public on_simulated
{
protected:
	void SetUp() override
	{
		const Ended made = nvmectl({"sim", "create", image, "--size", "4MiB", "--mdts", "64KiB", "--zone-size",
					    "128KiB", "--zone-capacity", "100KiB", "--max-open", "3", "--max-active",
					    "5", "--append-max", "32KiB"});
		ASSERT_EQ(made.exit, 0) << made.err;
	}
	[[nodiscard]] Ended act(const std::string &action, const Words &more) const
	{
		Words words = {"zone", action, device};
		words.insert(words.end(), more.begin(), more.end());
		return run(words);
	}
	[[nodiscard]] Json report(const Words &more = {}) const
	{
		Words words = {"zone", "report", device, "--json"};
		words.insert(words.end(), more.begin(), more.end());
		return run(words).document("nvmectl.zone-report/1");
	}
	[[nodiscard]] std::string state(std::size_t number) const
	{
		return report()["zones"][number].value("state", "");
	}
	[[nodiscard]] Ended append(const std::string &number, const std::string &bytes, const Words &more = {}) const
	{
		write_file(folder.path("in"), bytes);
		Words words = {"zone", "append", device, "--zone", number, "-f", folder.path("in")};
		words.insert(words.end(), more.begin(), more.end());
		return run(words);
	}
};

TEST_P(zone, a_report_lists_all_zones_and_the_limits)
{
	const Json json = report();
	EXPECT_EQ(json["zone_blocks"], 256);
	EXPECT_EQ(json["max_open"], 3);
	EXPECT_EQ(json["max_active"], 5);
	ASSERT_EQ(json["zones"].size(), 32u);
	EXPECT_EQ(json["zones"][31], Json::parse(R"({"zone": 31, "lba": 7936, "capacity_blocks": 200,
						     "state": "empty", "write_pointer": 7936, "attributes": 0})"));
	const Ended text = act("report", {});
	EXPECT_TRUE(contains(text.out, "write pointer")) << text.out;
	EXPECT_EQ(std::count(text.out.begin(), text.out.end(), '\n'), 33);
}

TEST_P(zone, a_report_of_more_zones_than_a_page_holds_has_them_all)
{
	const std::string many = folder.path("many.img");
	ASSERT_EQ(nvmectl({"sim", "create", many, "--size", "24MiB", "--mdts", "8KiB", "--zone-size", "8KiB"}).exit, 0);
	const Json json = run({"zone", "report", "sim:" + many, "--json"}).document("nvmectl.zone-report/1");
	ASSERT_EQ(json["zones"].size(), 3072u);
	for (std::size_t i = 0; i < 3072; ++i) {
		ASSERT_EQ(json["zones"][i]["lba"], i * 16);
	}
}

TEST_P(zone, a_report_can_begin_anywhere_and_be_of_one_state_or_few_zones)
{
	ASSERT_EQ(append("3", noise(block)).exit, 0);
	ASSERT_EQ(act("finish", {"--zone", "9"}).exit, 0);
	ASSERT_EQ(act("finish", {"--zone", "30"}).exit, 0);
	EXPECT_EQ(report({"--lba", "7800"})["zones"][0]["zone"], 30);
	EXPECT_EQ(report({"--limit", "5"})["zones"].size(), 5u);
	EXPECT_EQ(report({"--limit", "0"})["zones"].size(), 0u);
	const Json full = report({"--state", "full"})["zones"];
	ASSERT_EQ(full.size(), 2u);
	EXPECT_EQ(full[0]["zone"], 9);
	EXPECT_EQ(full[1]["zone"], 30);
	EXPECT_EQ(report({"--state", "closed", "--lba", "256"})["zones"].size(), 1u);
	EXPECT_EQ(report({"--state", "closed", "--lba", "1024"})["zones"].size(), 0u);
	EXPECT_EQ(report({"--state", "empty"})["zones"].size(), 29u);
	EXPECT_EQ(act("report", {"--state", "open"}).exit, 2);
	EXPECT_EQ(act("report", {"--lba", "8192"}).exit, 2);
}

TEST_P(zone, actions_lead_from_state_to_state)
{
	const Ended opened = act("open", {"--zone", "3", "--json"});
	const Json json = opened.document("nvmectl.zone-open/1");
	EXPECT_EQ(json["zone"], 3);
	EXPECT_EQ(json["all_zones"], false);
	EXPECT_EQ(state(3), "empty") << "as after a reset: a simulated device is closed at the end of each nvmectl";
	EXPECT_EQ(act("close", {"--zone", "3"}).exit, 5);
	ASSERT_EQ(append("3", noise(block)).exit, 0);
	EXPECT_EQ(state(3), "closed");
	EXPECT_TRUE(contains(act("open", {"--lba", "800"}).out, "open: zone 3 of "));
	EXPECT_EQ(state(3), "closed");
	ASSERT_EQ(act("finish", {"--zone", "3"}).exit, 0);
	EXPECT_EQ(state(3), "full");
	const Ended refused = act("open", {"--zone", "3", "--json"});
	EXPECT_EQ(refused.exit, 5);
	EXPECT_EQ(refused.error().value("status_code", ""), "1/BFh");
	EXPECT_EQ(act("offline", {"--zone", "3"}).exit, 5) << "only a read-only zone can be taken offline";
	EXPECT_FALSE(image_is_untouched());
	ASSERT_EQ(act("reset", {"--zone", "3"}).exit, 0);
	EXPECT_EQ(state(3), "empty");
	EXPECT_TRUE(image_is_untouched());
	EXPECT_EQ(state(2), "empty");
	EXPECT_EQ(state(4), "empty");
}

TEST_P(zone, all_zones_are_those_that_the_action_can_apply_to)
{
	ASSERT_EQ(append("1", noise(block)).exit, 0);
	ASSERT_EQ(act("open", {"--zone", "7"}).exit, 0);
	const Ended closed = act("close", {"--all-zones", "--json"});
	EXPECT_EQ(closed.document("nvmectl.zone-close/1")["zone"], nullptr) << closed.err;
	EXPECT_EQ(state(1), "closed");
	EXPECT_EQ(report({"--state", "closed"})["zones"].size(), 1u) << "one that was never written is empty again";
	ASSERT_EQ(act("finish", {"--all-zones"}).exit, 0);
	EXPECT_EQ(state(1), "full");
	EXPECT_TRUE(contains(act("reset", {"--all-zones"}).out, "reset: all zones of "));
	EXPECT_EQ(report({"--state", "empty"})["zones"].size(), 32u);
	EXPECT_TRUE(image_is_untouched());
}

TEST_P(zone, the_spellings_of_nvme_cli_mean_the_same_and_are_not_shown)
{
	ASSERT_EQ(run({"zns", "finish-zone", device, "-s", "256"}).exit, 0);
	EXPECT_EQ(run({"zns", "report-zones", device, "-s", "256", "-d", "2"}).out,
		  act("report", {"--lba", "256", "--limit", "2"}).out);
	EXPECT_EQ(state(1), "full");
	EXPECT_TRUE(contains(run({"zns", "reset-zone", device, "-a"}).out, "reset: all zones of "));
	EXPECT_EQ(state(1), "empty");
	EXPECT_FALSE(contains(nvmectl({"--help"}).out, "zns"));
}

TEST_P(zone, a_block_within_a_zone_is_not_enough_for_what_cannot_be_undone)
{
	ASSERT_EQ(append("3", noise(block)).exit, 0);
	for (const char *action : {"reset", "finish", "offline"}) {
		const Ended ended = act(action, {"--lba", "800", "--json"});
		EXPECT_EQ(ended.exit, 2) << action;
		EXPECT_TRUE(contains(ended.error().value("message", ""), "zone 3, which begins at LBA 768"))
			<< ended.err;
		EXPECT_EQ(state(3), "closed") << action;
	}
	EXPECT_EQ(act("reset", {"--lba", "768"}).exit, 0);
	EXPECT_EQ(state(3), "empty");
}

TEST_P(zone, which_zone_must_be_said_and_be_there)
{
	for (const char *action : {"open", "close", "finish", "reset", "offline"}) {
		EXPECT_EQ(act(action, {}).exit, 2) << action;
		EXPECT_EQ(act(action, {"--zone", "32"}).exit, 2) << action;
		EXPECT_EQ(act(action, {"--lba", "8192"}).exit, 2) << action;
		const Ended both = act(action, {"--zone", "1", "--lba", "256"});
		EXPECT_EQ(both.exit, 2) << action;
		EXPECT_TRUE(contains(both.err, "--zone and --lba both say")) << both.err;
		EXPECT_EQ(act(action, {"--zone", "1", "--all-zones"}).exit, 2) << action;
	}
	EXPECT_EQ(append("32", noise(block)).exit, 2);
	EXPECT_EQ(run({"zone"}).exit, 2);
}

TEST_P(zone, append_tells_where_every_block_went)
{
	const std::string data = noise(150 * block);
	ASSERT_EQ(append("2", data.substr(0, 10 * block)).out, "10 blocks at LBA 512\n");
	const Json json = append("2", data.substr(10 * block), {"--json", "--fua"}).document("nvmectl.zone-append/1");
	EXPECT_EQ(json["zone"], 2);
	EXPECT_EQ(json["bytes"], 140 * 512);
	EXPECT_EQ(json["appended"], Json::parse(R"([{"lba": 522, "blocks": 64}, {"lba": 586, "blocks": 64},
						    {"lba": 650, "blocks": 12}])"));
	EXPECT_TRUE(same(image_bytes(512 * block, 150 * block), data));
	EXPECT_EQ(report()["zones"][2]["write_pointer"], 662);
	EXPECT_EQ(run({"zone", "append", device, "--lba", "600", "-f", "-"}, {.input = noise(block)}).out,
		  "1 block at LBA 662\n");
}

TEST_P(zone, padding_is_done_when_asked_for)
{
	EXPECT_EQ(append("0", noise(700)).exit, 4);
	EXPECT_EQ(append("0", "").exit, 4);
	EXPECT_TRUE(image_is_untouched());
	EXPECT_EQ(append("0", noise(700), {"--pad"}).out, "2 blocks at LBA 0\n");
	EXPECT_TRUE(same(image_bytes(0, 2 * block), noise(700) + std::string(324, '\0')));
}

TEST_P(zone, more_than_a_zone_takes_is_refused_before_any_of_it_is_sent)
{
	const Ended larger = append("0", noise(257 * block), {"--json"});
	EXPECT_EQ(larger.exit, 4);
	EXPECT_EQ(larger.error().value("rule", ""), "input-long") << larger.err;
	const Ended beyond = append("0", noise(201 * block), {"--json"});
	EXPECT_EQ(beyond.exit, 4);
	EXPECT_EQ(beyond.error().value("rule", ""), "input-long") << beyond.err;
	EXPECT_TRUE(contains(beyond.err, "zone 0 of ")) << beyond.err;
	EXPECT_TRUE(contains(beyond.err, "takes 200: its write pointer is at LBA 0")) << beyond.err;
	EXPECT_EQ(append("0", noise(201 * block), {"--dry-run"}).exit, 4) << "as without it";
	EXPECT_TRUE(image_is_untouched());
	ASSERT_EQ(append("0", noise(195 * block)).exit, 0);
	const std::string trace = folder.path("trace");
	write_file(trace, "older");
	EXPECT_TRUE(contains(append("0", noise(6 * block), {"--trace", trace}).err, "takes 5: its write pointer is "
										    "at LBA 195, and its last block "
										    "that can be written is LBA 199"));
	EXPECT_EQ(read_file(trace), "older");
	ASSERT_EQ(append("0", noise(5 * block)).exit, 0);
	EXPECT_TRUE(contains(append("0", noise(block)).err, "is full and takes no more"));
}

TEST_P(zone, an_append_that_fails_tells_those_before_it)
{
	faults("action=error opcode=zone-append skip=2 error=EIO");
	const Ended partly = append("1", noise(150 * block), {"--json"});
	EXPECT_EQ(partly.exit, 8) << partly.err;
	EXPECT_EQ(partly.error()["done"], Json::parse(R"([{"lba": 256, "blocks": 128}])"));
	EXPECT_TRUE(contains(partly.error()["message"], "128 of 150 blocks are appended to zone 1")) << partly.err;
	EXPECT_FALSE(contains(partly.error()["message"], "LBA")) << "the command's is not where blocks went";
	faults("action=error opcode=zone-append error=EIO");
	EXPECT_EQ(append("1", noise(block)).exit, 3) << "nothing took effect";
	faults("action=error opcode=zone-append skip=1 error=EINTR executed=1");
	const Ended lost = append("1", noise(65 * block), {"--json"});
	EXPECT_EQ(lost.exit, 7) << lost.err;
	EXPECT_EQ(lost.error()["done"], Json::parse(R"([{"lba": 384, "blocks": 64}])"));
	EXPECT_EQ(lost.error()["unknown"], Json::parse(R"([{"lba": 448, "blocks": 64}])")) << "up to the zone's end";
	EXPECT_TRUE(contains(lost.error().value("hint", ""), "zone report")) << lost.err;
	EXPECT_EQ(report()["zones"][1]["write_pointer"], 449) << "it had run";
}

TEST_P(zone, a_signal_between_two_appends_tells_those_before_it)
{
	faults("action=delay opcode=zone-append delay=300ms");
	write_file(folder.path("in"), noise(200 * block));
	Tool tool(with_engine({"zone", "append", device, "--zone", "1", "-f", folder.path("in"), "--json"}));
	ASSERT_TRUE(comes_true([&] { return !image_is_untouched(); }));
	tool.signal(SIGTERM);
	const Ended ended = tool.wait();
	EXPECT_EQ(ended.exit, 130) << ended.err;
	EXPECT_EQ(ended.error()["done"], Json::parse(R"([{"lba": 256, "blocks": 64}])")) << ended.err;
}

TEST_P(zone, limits_of_the_device_are_statuses)
{
	for (const char *number : {"0", "1", "2", "3", "4"}) {
		ASSERT_EQ(append(number, noise(block)).exit, 0);
	}
	const Ended ended = append("5", noise(block), {"--json"});
	EXPECT_EQ(ended.exit, 5);
	EXPECT_EQ(ended.error().value("status_code", ""), "1/BDh") << "too many active zones";
}

TEST_P(zone, a_dry_run_shows_the_dwords_and_sends_nothing)
{
	const Ended ended = act("reset", {"--zone", "3", "--dry-run", "--json"});
	const Json command = ended.document("nvmectl.zone-reset/1")["commands"][0];
	EXPECT_EQ(command["dwords"].size(), 16u);
	EXPECT_EQ(command["dwords"][0], 0x79);
	EXPECT_EQ(command["dwords"][1], 1);
	EXPECT_EQ(command["dwords"][10], 768);
	EXPECT_EQ(command["dwords"][13], 4);
	EXPECT_EQ(act("finish", {"--all-zones", "-n", "--json"})
			  .document("nvmectl.zone-finish/1")["commands"][0]["dwords"][13],
		  0x102);
	const Json appends = append("1", noise(150 * block), {"-n", "--json"}).document("nvmectl.zone-append/1");
	EXPECT_EQ(appends["command_count"], 3);
	ASSERT_EQ(appends["commands"].size(), 2u) << "the first and the last";
	EXPECT_EQ(appends["commands"][0]["dwords"][0], 0x7d);
	EXPECT_EQ(appends["commands"][0]["dwords"][10], 256);
	EXPECT_EQ(appends["commands"][0]["dwords"][12], 63);
	EXPECT_EQ(appends["commands"][1]["dwords"][10], 256) << "each names the zone";
	EXPECT_EQ(appends["commands"][1]["blocks"], 22);
	EXPECT_TRUE(contains(append("1", noise(150 * block), {"-n"}).out, "3 commands (64 blocks each at most)"));
	EXPECT_TRUE(contains(act("open", {"--zone", "3", "-n"}).out, "nothing was sent"));
	EXPECT_EQ(report({"--state", "empty"})["zones"].size(), 32u);
	EXPECT_TRUE(image_is_untouched());
}

TEST_P(zone, a_device_without_zones_has_no_such_commands)
{
	const std::string plain = "sim:" + folder.path("plain.img");
	ASSERT_EQ(nvmectl({"sim", "create", folder.path("plain.img"), "--size", "1MiB"}).exit, 0);
	EXPECT_EQ(run({"zone", "report", plain}).exit, 9);
	EXPECT_EQ(run({"zone", "reset", plain, "--zone", "0"}).exit, 9);
	write_file(folder.path("in"), noise(block));
	EXPECT_EQ(run({"zone", "append", plain, "--zone", "0", "-f", folder.path("in")}).exit, 9);
}

INSTANTIATE_TEST_SUITE_P(engine, zone, each_engine(), engine_of);

} // namespace
} // namespace nvmectl_test
