// SPDX-License-Identifier: MIT OR Apache-2.0
// nvmectl sim inject: rules that are written are those that act, and what makes no sense is never written.
#include "tool.h"

#include <filesystem>

namespace nvmectl_test
{
namespace
{

class injected : public testing::Test
{
protected:
	void SetUp() override { ASSERT_EQ(nvmectl({"sim", "create", image, "--size", "1MiB"}).exit, 0); }

	Ended inject(Words more) const
	{
		more.insert(more.begin(), {"sim", "inject", image});
		return nvmectl(more);
	}
	Json rules() const { return inject({"--list", "--json"}).document("nvmectl.sim-inject/1")["rules"]; }
	Ended verify(const std::string &lba = "0") const
	{
		return nvmectl({"verify", "sim:" + image, "--lba", lba, "--blocks", "1", "--json"});
	}

	Folder folder;
	std::string image = folder.path("disk.img");
	std::string faults = image + ".faults";
};

TEST_F(injected, a_rule_acts_from_then_on_and_not_after_it_was_cleared)
{
	ASSERT_EQ(
		inject({"--action", "status", "--status", "2/81h", "--opcode", "verify", "--lba", "8", "--blocks", "2"})
			.exit,
		0);
	EXPECT_EQ(verify("7").exit, 0);
	EXPECT_EQ(verify("9").exit, 5);
	EXPECT_EQ(verify("9").error()["status"], 0x281);
	ASSERT_EQ(inject({"--clear", "1"}).exit, 0);
	EXPECT_EQ(verify("9").exit, 0);
	EXPECT_FALSE(std::filesystem::exists(faults)) << "without rules there is no file";
}

TEST_F(injected, every_action_can_be_written_and_is_listed_with_its_pairs)
{
	const std::vector<std::pair<Words, const char *>> cases = {
		{{"--action", "status", "--status", "0x4002", "--opcode", "read"},
		 R"({"action": "status", "opcode": "read", "status": "0x4002"})"},
		{{"--action", "error", "--error", "EIO", "--executed", "--opcode", "write", "--skip", "3", "--repeat",
		  "2"},
		 R"({"action": "error", "opcode": "write", "skip": "3", "repeat": "2", "executed": "1", "error": "EIO"})"},
		{{"--action", "delay", "--delay", "20ms"},
		 R"({"action": "delay", "opcode": "any", "delay": "20000000ns"})"},
		{{"--action", "reorder", "--hold", "2", "--blocks", "8"},
		 R"({"action": "reorder", "opcode": "any", "lba": "0", "blocks": "8", "hold": "2"})"},
		{{"--action", "drop", "--opcode", "zone-append"}, R"({"action": "drop", "opcode": "zone-append"})"},
		{{"--action", "vanish", "--admin", "--opcode", "identify", "--skip", "100000"},
		 R"({"action": "vanish", "opcode": "identify", "admin": "1", "skip": "100000"})"},
	};
	for (std::size_t i = 0; i < cases.size(); ++i) {
		const Ended ended = inject(cases[i].first);
		ASSERT_EQ(ended.exit, 0) << ended.err;
		EXPECT_TRUE(contains(ended.out, "rule " + std::to_string(i + 1) + ": action=")) << ended.out;
		Json wanted = Json::parse(cases[i].second);
		wanted["rule"] = i + 1;
		wanted["line"] = i + 2;
		ASSERT_EQ(rules().size(), i + 1);
		EXPECT_EQ(rules()[i], wanted);
	}
	EXPECT_EQ(nvmectl({"info", "sim:" + image}).exit, 0) << "the library takes the file";
	const Ended cleared = inject({"--clear", "2", "--json"});
	EXPECT_EQ(cleared.document("nvmectl.sim-inject/1")["rules"].size(), 5u);
	EXPECT_EQ(rules()[1]["action"], "delay") << "those behind it move up";
	ASSERT_EQ(inject({"--clear", "all"}).exit, 0);
	EXPECT_EQ(rules(), Json::array());
}

TEST_F(injected, what_makes_no_sense_is_refused_and_changes_nothing)
{
	ASSERT_EQ(inject({"--action", "drop", "--opcode", "read"}).exit, 0);
	const std::string before = read_file(faults);
	for (const Words &words : std::vector<Words>{{"--action", "status"},
						     {"--action", "explode"},
						     {"--action", "status", "--status", "0"},
						     {"--action", "drop", "--status", "2/81h"},
						     {"--action", "drop", "--opcode", "raed"},
						     {"--action", "drop", "--lba", "5"},
						     {"--action", "drop", "--admin"},
						     {"--action", "delay", "--delay", "soon"},
						     {"--action", "error", "--error", "EIO blocks=1"},
						     {"--action", "drop", "--list"},
						     {"--list", "--clear", "1"},
						     {"--clear", "2"},
						     {"--clear", "0"},
						     {"--clear", "x"},
						     {}}) {
		const Ended ended = inject(words);
		EXPECT_EQ(ended.exit, 2) << ended.err << (words.empty() ? "" : words.back());
		EXPECT_TRUE(same(read_file(faults), before));
	}
	EXPECT_TRUE(
		contains(inject({"--action", "drop", "--opcode", "raed"}).err, "the name of a command such as read"));
	const Ended ended = inject({"--action", "drop", "--lba", "5"});
	EXPECT_FALSE(contains(ended.err, "line")) << "it is in no file: " << ended.err;
	EXPECT_TRUE(contains(ended.err, "makes no sense: lba= and blocks=")) << ended.err;
	EXPECT_EQ(nvmectl({"sim", "inject", folder.path("none"), "--list"}).exit, 3);
	EXPECT_EQ(folder.names().size(), 3u) << "no temporary file stays";
}

TEST_F(injected, admin_commands_are_meant_by_name_or_number)
{
	for (const char *opcode : {"get-log-page", "2", "any"}) {
		ASSERT_EQ(inject({"--action", "status", "--status", "0/06h", "--admin", "--opcode", opcode, "--skip",
				  opcode == std::string("any") ? "100" : "0"})
				  .exit,
			  0)
			<< opcode;
	}
	const Ended failed = nvmectl({"log", "smart", "sim:" + image, "--json"});
	EXPECT_EQ(failed.exit, 5) << failed.err;
	EXPECT_EQ(failed.error()["status"], 6);
	EXPECT_EQ(nvmectl({"id", "ctrl", "sim:" + image}).exit, 0) << "another command";
}

TEST_F(injected, a_file_of_the_users_own_keeps_its_comments_and_a_broken_one_is_not_made_worse)
{
	write_file(faults, "ringline-faults 1\n# mine\n\naction=drop opcode=read # slow\n");
	ASSERT_EQ(inject({"--action", "drop", "--opcode", "write"}).exit, 0);
	EXPECT_EQ(read_file(faults),
		  "ringline-faults 1\n# mine\n\naction=drop opcode=read # slow\naction=drop opcode=write\n");
	EXPECT_EQ(rules()[0]["line"], 4);
	ASSERT_EQ(inject({"--clear", "all"}).exit, 0);
	EXPECT_EQ(read_file(faults), "ringline-faults 1\n# mine\n\n");
	const std::string broken = "ringline-faults 1\naction=drop\n";
	write_file(faults, broken);
	const Ended ended = inject({"--action", "drop"});
	EXPECT_EQ(ended.exit, 3);
	EXPECT_TRUE(contains(ended.err, "line 2")) << ended.err;
	EXPECT_EQ(read_file(faults), broken);
	EXPECT_EQ(inject({"--list"}).exit, 3);
	ASSERT_EQ(inject({"--clear", "all"}).exit, 0);
	EXPECT_EQ(verify().exit, 0);
}

TEST_F(injected, as_many_rules_as_the_library_takes_and_no_more)
{
	std::string text = "ringline-faults 1\n";
	for (int i = 0; i < 255; ++i) {
		text += "action=drop opcode=write\n";
	}
	write_file(faults, text);
	EXPECT_EQ(inject({"--action", "drop"}).exit, 0);
	const Ended ended = inject({"--action", "drop"});
	EXPECT_EQ(ended.exit, 3);
	EXPECT_TRUE(contains(ended.err, "256")) << ended.err;
	EXPECT_EQ(rules().size(), 256u);
}

} // namespace
} // namespace nvmectl_test
