// SPDX-License-Identifier: MIT OR Apache-2.0
// The rules file, what a rule may say, and which rule acts.
#include "device/simulated_faults.h"
#include "simulated_fixture.h"

#include <gtest/gtest.h>

#include <array>
#include <cerrno>
#include <random>
#include <string>

namespace simulated
{

namespace
{

using device::fault_rules_max;
using device::FaultMatch;
using device::FaultTable;
using device::FaultTarget;

struct Parsed {
	std::int32_t count = 0;
	ringline_diagnosis diagnosis = {};
	std::array<ringline_fault_rule, fault_rules_max> rules = {};
	[[nodiscard]] std::string text() const { return diagnosis.text; }
};

Parsed parse_file(std::string_view content)
{
	Parsed parsed;
	parsed.diagnosis.struct_size = sizeof parsed.diagnosis;
	parsed.count = device::parse_faults(content, "image.faults", &parsed.diagnosis, parsed.rules);
	return parsed;
}

Parsed parse(const std::string &line)
{
	return parse_file("ringline-faults 1\n" + line + "\n");
}

/// The line must be refused, with these words.
void expect_refused(const std::string &line, const std::string &words)
{
	const Parsed parsed = parse(line);
	EXPECT_EQ(parsed.count, -EINVAL) << line;
	EXPECT_EQ(parsed.diagnosis.error, -EINVAL) << line;
	EXPECT_EQ(parsed.diagnosis.rule, RINGLINE_RULE_IMAGE) << line;
	EXPECT_EQ(parsed.diagnosis.given, 2U) << line;
	EXPECT_EQ(parsed.text().rfind("image.faults, line 2: ", 0), 0U) << parsed.text();
	EXPECT_NE(parsed.text().find(words), std::string::npos) << line << "\n" << parsed.text();
}

TEST(SimulatedFaultsFile, every_key_reaches_its_member)
{
	const Parsed parsed = parse("action=status opcode=read lba=100 blocks=8 status=0x281 skip=3 repeat=0x10");
	ASSERT_EQ(parsed.count, 1) << parsed.text();
	const ringline_fault_rule &rule = parsed.rules[0];
	EXPECT_EQ(rule.struct_size, sizeof rule);
	EXPECT_EQ(rule.action, RINGLINE_FAULT_STATUS);
	EXPECT_EQ(rule.opcode, RINGLINE_NVME_READ);
	EXPECT_EQ(rule.lba, 100U);
	EXPECT_EQ(rule.blocks, 8U);
	EXPECT_EQ(rule.status, 0x281);
	EXPECT_EQ(rule.skip, 3U);
	EXPECT_EQ(rule.repeat, 16U);
	EXPECT_EQ(rule.flags, 0U);
}

TEST(SimulatedFaultsFile, every_action_has_a_name)
{
	const Parsed parsed = parse("action=status opcode=write status=0x280\n"
				    "action=error opcode=flush error=EIO executed=1\n"
				    "action=delay opcode=any delay=5ms\n"
				    "action=reorder opcode=0x02 hold=4\n"
				    "action=drop opcode=1\n"
				    "action=vanish opcode=identify admin=1");
	ASSERT_EQ(parsed.count, 6) << parsed.text();
	for (std::uint32_t i = 0; i < 6; ++i) {
		EXPECT_EQ(parsed.rules[i].action, RINGLINE_FAULT_STATUS + i);
	}
	EXPECT_EQ(parsed.rules[0].opcode, RINGLINE_NVME_WRITE);
	EXPECT_EQ(parsed.rules[1].opcode, RINGLINE_NVME_FLUSH);
	EXPECT_EQ(parsed.rules[1].error, -EIO);
	EXPECT_EQ(parsed.rules[1].flags, RINGLINE_FAULT_EXECUTED);
	EXPECT_EQ(parsed.rules[2].delay_ns, 5'000'000U);
	EXPECT_EQ(parsed.rules[2].flags, RINGLINE_FAULT_ANY_OPCODE);
	EXPECT_EQ(parsed.rules[3].hold, 4U);
	EXPECT_EQ(parsed.rules[3].opcode, RINGLINE_NVME_READ);
	EXPECT_EQ(parsed.rules[4].opcode, RINGLINE_NVME_WRITE);
	EXPECT_EQ(parsed.rules[5].opcode, 6U);
	EXPECT_EQ(parsed.rules[5].flags, RINGLINE_FAULT_ADMIN);
}

TEST(SimulatedFaultsFile, admin_commands_have_names_and_numbers)
{
	const std::pair<const char *, std::uint32_t> commands[] = {
		{"get-log-page", RINGLINE_NVME_GET_LOG_PAGE},
		{"identify", RINGLINE_NVME_IDENTIFY},
		{"set-features", RINGLINE_NVME_SET_FEATURES},
		{"get-features", RINGLINE_NVME_GET_FEATURES},
		{"self-test", RINGLINE_NVME_SELF_TEST},
		{"namespace-attachment", RINGLINE_NVME_NAMESPACE_ATTACHMENT},
		{"format", RINGLINE_NVME_FORMAT},
		{"sanitize", RINGLINE_NVME_SANITIZE},
		{"0x0d", 0x0d},
		{"217", 217}};
	for (const auto &[name, opcode] : commands) {
		const Parsed parsed = parse("action=delay delay=1ms admin=1 opcode=" + std::string(name));
		ASSERT_EQ(parsed.count, 1) << parsed.text();
		EXPECT_EQ(parsed.rules[0].opcode, opcode);
	}
	expect_refused("action=delay delay=1ms opcode=format", "this opcode needs admin=1");
}

TEST(SimulatedFaultsFile, an_errno_is_a_name_or_a_number)
{
	EXPECT_EQ(parse("action=error opcode=any error=EINTR").rules[0].error, -EINTR);
	EXPECT_EQ(parse("action=error opcode=any error=5").rules[0].error, -5);
	EXPECT_EQ(parse("action=error opcode=any error=4095").rules[0].error, -4095);
}

TEST(SimulatedFaultsFile, an_empty_list_of_rules_is_no_error)
{
	EXPECT_EQ(parse_file("ringline-faults 1").count, 0);
	EXPECT_EQ(parse_file("ringline-faults 1 \t\n# nothing, \xc3\xbc and all\n").count, 0);
}

TEST(SimulatedFaultsFile, the_first_line_names_the_format)
{
	for (const std::string_view content :
	     {"", "\n", "action=drop opcode=any\n", "ringline-faults 2\n", "ringline-faults\n", "ringline-faults 11\n",
	      "# comment\nringline-faults 1\n", "\nringline-faults 1\n", "ringline-image 1\n",
	      "ringline-faults 1 x\n"}) {
		const Parsed parsed = parse_file(content);
		EXPECT_EQ(parsed.count, -EINVAL) << content;
		EXPECT_EQ(parsed.diagnosis.given, 1U);
		EXPECT_NE(parsed.text().find("line 1: the first line must be 'ringline-faults 1'"), std::string::npos)
			<< parsed.text();
	}
}

TEST(SimulatedFaultsFile, keys_that_are_unknown_repeated_or_not_pairs_are_refused)
{
	expect_refused("action=drop opcode=any colour=red", "the key 'colour' is unknown");
	expect_refused("Action=drop opcode=any", "the key 'Action' is unknown");
	expect_refused("action=drop opcode=any opcode=read", "the key 'opcode' is there twice");
	expect_refused("action=drop opcode=any skip=1 skip=1", "the key 'skip' is there twice");
	expect_refused("action=drop opcode=any skip", "'skip' is not key=value");
	expect_refused("action=drop opcode=any skip=", "'skip=' is not key=value");
	expect_refused("action=drop opcode=any =1", "'=1' is not key=value");
	expect_refused("action = drop opcode=any", "'action' is not key=value");
	expect_refused("action=drop,opcode=any", "'drop,opcode=any' is no value for the key 'action'");
}

TEST(SimulatedFaultsFile, a_value_that_makes_no_sense_is_refused_for_each_key)
{
	const std::pair<std::string, std::string> values[] = {{"action", "explode"},
							      {"action", "1"},
							      {"action", "0"},
							      {"opcode", "256"},
							      {"opcode", "erase"},
							      {"opcode", "-1"},
							      {"admin", "2"},
							      {"admin", "yes"},
							      {"executed", "2"},
							      {"lba", "-1"},
							      {"lba", "18446744073709551616"},
							      {"blocks", "many"},
							      {"skip", "1k"},
							      {"repeat", "0x"},
							      {"status", "0x8000"},
							      {"status", "bad"},
							      {"error", "-5"},
							      {"error", "EWHAT"},
							      {"error", "4096"},
							      {"delay", "5"},
							      {"delay", "146y"},
							      {"delay", "0x5ms"},
							      {"delay", "4611686018427387905ns"},
							      {"hold", "4294967296"}};
	for (const auto &[key, value] : values) {
		expect_refused(key + "=" + value, "'" + value + "' is no value for the key '" + key + "'");
	}
}

TEST(SimulatedFaultsFile, a_value_that_makes_no_sense_is_told_what_one_looks_like)
{
	expect_refused("delay=20", "'20' is no value for the key 'delay': a time such as 20ms (ns, us, ms or s).");
	expect_refused("action=stat", "status, error, delay, reorder, drop or vanish.");
	expect_refused("status=2/81h", "15 bits as a number, such as 0x281 for 2/81h.");
	expect_refused("opcode=0123456789012345678901234567890123456789012345", "or a number up to 255.");
}

TEST(SimulatedFaultsFile, what_is_missing_is_named)
{
	expect_refused("opcode=any action=status", "status= is missing");
	expect_refused("opcode=any action=error", "error= is missing");
	expect_refused("opcode=any action=reorder", "hold= is missing");
	expect_refused("opcode=any", "action= is missing");
	expect_refused("action=drop", "opcode= is missing");
	expect_refused("action=delay opcode=any", "delay= is missing");
	expect_refused("action=status opcode=any status=0", "the status must have 15 bits");
	expect_refused("action=status opcode=any status=0x4000", "not be that of success");
	expect_refused("action=error opcode=any error=0", "the error must be a negative errno");
	expect_refused("action=reorder opcode=any hold=0", "needs a hold of at least 1");
	expect_refused("action=drop opcode=read lba=5", "lba= and blocks= (at least 1) need each other");
	expect_refused("action=drop opcode=read blocks=5", "lba= and blocks= (at least 1) need each other");
	expect_refused("action=drop opcode=read lba=0 blocks=0", "lba= and blocks= (at least 1) need each other");
}

TEST(SimulatedFaultsFile, what_contradicts_itself_is_refused)
{
	expect_refused("action=drop opcode=any status=0x281", "a status belongs to the action status");
	expect_refused("action=drop opcode=any error=EIO", "an error belongs to the action error");
	expect_refused("action=drop opcode=any delay=1s", "a delay belongs to the action delay");
	expect_refused("action=drop opcode=any hold=1", "the action reorder, and no other");
	expect_refused("action=vanish opcode=identify", "this opcode needs admin=1");
	expect_refused("action=vanish opcode=read admin=1", "this opcode is not that of an admin command");
	expect_refused("action=drop opcode=any admin=1", "cannot be reordered or dropped");
	expect_refused("action=vanish opcode=6 admin=1 lba=0 blocks=1", "admin commands have no LBA");
	expect_refused("action=drop opcode=read lba=18446744073709551615 blocks=2", "ends above 64 bits");
}

TEST(SimulatedFaultsFile, bytes_that_are_no_text_are_refused)
{
	const Parsed nul = parse_file(std::string_view("ringline-faults 1\naction=drop\0opcode=any\n", 42));
	EXPECT_EQ(nul.count, -EINVAL);
	EXPECT_NE(nul.text().find("line 2: there is a control character, 0x00"), std::string::npos) << nul.text();
	expect_refused("action=drop opcode=any\r", "control character, 0x0d");
	expect_refused("action=drop opcode=any # \x1b[2J", "control character, 0x1b");
	expect_refused("action=drop opcode=any \x7f", "control character, 0x7f");
	expect_refused("action=drop opcode=\xc3\xbc", "not ASCII");
	EXPECT_EQ(parse_file(std::string_view("\0", 1)).count, -EINVAL);
}

TEST(SimulatedFaultsFile, a_line_has_at_most_255_bytes)
{
	const std::string rule = "action=drop opcode=any";
	const std::string longest = rule + std::string(255 - rule.size(), ' ');
	EXPECT_EQ(parse(longest).count, 1);
	expect_refused(longest + " ", "longer than 255 bytes");
	expect_refused("#" + std::string(100000, 'x'), "longer than 255 bytes");
}

TEST(SimulatedFaultsFile, there_are_at_most_256_rules)
{
	std::string lines;
	for (std::size_t i = 0; i < fault_rules_max; ++i) {
		lines += "action=drop opcode=any\n";
	}
	EXPECT_EQ(parse(lines).count, 256);
	const Parsed more = parse(lines + "action=drop opcode=any");
	EXPECT_EQ(more.count, -EINVAL);
	EXPECT_NE(more.text().find("line 258: there are more than 256 rules"), std::string::npos) << more.text();
}

TEST(SimulatedFaultsFile, the_number_of_the_wrong_line_is_that_of_an_editor)
{
	const Parsed parsed = parse("\n# comment\naction=drop opcode=any\n\nwrong");
	EXPECT_NE(parsed.text().find("line 6: "), std::string::npos) << parsed.text();
	EXPECT_EQ(parsed.diagnosis.given, 6U);
}

TEST(SimulatedFaultsFile, random_bytes_give_rules_that_are_right_or_an_error_with_a_sentence)
{
	// Pieces of the format in random order get further than bytes alone.
	const std::string_view pieces[] = {"ringline-faults 1",
					   "\n",
					   " ",
					   "action=",
					   "opcode=",
					   "any",
					   "read",
					   "status",
					   "drop",
					   "error=",
					   "EIO",
					   "delay=",
					   "1ms",
					   "lba=",
					   "blocks=",
					   "0x",
					   "9",
					   "=",
					   "#",
					   "\t",
					   "hold=",
					   "reorder",
					   "admin=1",
					   "executed=1",
					   "\xff"};
	std::mt19937 random(20240229);
	int accepted = 0;
	int refused = 0;
	for (int round = 0; round < 20000; ++round) {
		std::string content = round % 4 != 0 ? "ringline-faults 1\naction=drop opcode=any\n" : "";
		for (std::uint64_t i = random() % 24; i > 0; --i) {
			if (random() % 8 == 0) {
				content += static_cast<char>(random());
			} else {
				content += pieces[random() % std::size(pieces)];
			}
		}
		const Parsed parsed = parse_file(content);
		ASSERT_LE(parsed.count, static_cast<std::int32_t>(fault_rules_max));
		if (parsed.count < 0) {
			++refused;
			ASSERT_EQ(parsed.count, -EINVAL);
			ASSERT_EQ(parsed.diagnosis.rule, RINGLINE_RULE_IMAGE);
			ASSERT_FALSE(parsed.text().empty());
			for (const char c : parsed.text()) {
				ASSERT_TRUE(c >= 0x20 && c < 0x7f) << "garbles a terminal: " << parsed.text();
			}
		}
		accepted += parsed.count > 0 ? 1 : 0;
		for (std::int32_t i = 0; i < parsed.count; ++i) {
			ASSERT_EQ(device::fault_mistake(parsed.rules[static_cast<std::size_t>(i)]), nullptr);
		}
	}
	EXPECT_GT(accepted, 100);
	EXPECT_GT(refused, 1000);
}

ringline_fault_rule changed(ringline_fault_rule rule, void (*change)(ringline_fault_rule &))
{
	change(rule);
	return rule;
}

TEST(SimulatedFaultRules, what_a_rule_must_not_say_is_refused)
{
	const ringline_fault_rule good = status_fault(RINGLINE_NVME_READ, 0x281);
	ASSERT_EQ(device::fault_mistake(good), nullptr);
	void (*const changes[])(ringline_fault_rule &) = {
		[](ringline_fault_rule &rule) { rule.struct_size = 0; },
		[](ringline_fault_rule &rule) { rule.action = 0; },
		[](ringline_fault_rule &rule) { rule.action = 7; },
		[](ringline_fault_rule &rule) { rule.flags = 8; },
		[](ringline_fault_rule &rule) { rule.opcode = 256; },
		[](ringline_fault_rule &rule) { rule.flags = RINGLINE_FAULT_ANY_OPCODE; },
		[](ringline_fault_rule &rule) { rule.status = 0; },
		[](ringline_fault_rule &rule) { rule.status = 0x8281; },
		[](ringline_fault_rule &rule) { rule.error = -EIO; },
		[](ringline_fault_rule &rule) { rule.delay_ns = 1; },
		[](ringline_fault_rule &rule) { rule.hold = 1; },
		[](ringline_fault_rule &rule) { rule.reserved0 = 1; },
		[](ringline_fault_rule &rule) { rule.reserved1 = 1; },
		[](ringline_fault_rule &rule) { rule.lba = 1; },
		[](ringline_fault_rule &rule) { rule.lba = 2, rule.blocks = UINT64_MAX - 1; },
		[](ringline_fault_rule &rule) { rule.flags = RINGLINE_FAULT_ADMIN, rule.blocks = 1; },
		[](ringline_fault_rule &rule) { rule.action = RINGLINE_FAULT_ERROR, rule.status = 0; },
		[](ringline_fault_rule &rule) { rule.action = RINGLINE_FAULT_ERROR, rule.status = 0, rule.error = 5; },
		[](ringline_fault_rule &rule) {
			rule.action = RINGLINE_FAULT_ERROR, rule.status = 0, rule.error = -4096;
		},
		[](ringline_fault_rule &rule) { rule.action = RINGLINE_FAULT_REORDER, rule.status = 0; },
		[](ringline_fault_rule &rule) {
			rule.action = RINGLINE_FAULT_DELAY, rule.status = 0,
			rule.delay_ns = device::fault_delay_max_ns + 1;
		},
		[](ringline_fault_rule &rule) {
			rule.action = RINGLINE_FAULT_DROP, rule.status = 0, rule.flags = RINGLINE_FAULT_ADMIN;
		},
	};
	for (std::size_t i = 0; i < std::size(changes); ++i) {
		FaultTable table;
		const ringline_fault_rule bad = changed(good, changes[i]);
		EXPECT_NE(device::fault_mistake(bad), nullptr) << i;
		EXPECT_EQ(table.set(bad), -EINVAL) << i;
		EXPECT_EQ(table.size(), 0U);
	}
}

FaultTarget target(std::uint8_t opcode, std::uint64_t lba, std::uint64_t blocks)
{
	return {.admin = false, .opcode = opcode, .has_range = true, .lba = lba, .blocks = blocks};
}

/// The number of the rule that acts, or 0.
std::uint32_t acting(FaultTable &table, const FaultTarget &wanted)
{
	FaultMatch match = {};
	return table.match(wanted, &match) ? match.number : 0;
}

TEST(SimulatedFaultRules, the_first_rule_that_matches_acts)
{
	FaultTable table;
	EXPECT_EQ(table.set(status_fault(RINGLINE_NVME_WRITE, 0x280)), 1);
	EXPECT_EQ(table.set(status_fault(RINGLINE_NVME_READ, 0x281)), 2);
	EXPECT_EQ(table.set(status_fault(RINGLINE_NVME_READ, 0x282)), 3);
	EXPECT_EQ(acting(table, target(RINGLINE_NVME_READ, 0, 1)), 2U);
	EXPECT_EQ(acting(table, target(RINGLINE_NVME_WRITE, 0, 1)), 1U);
	EXPECT_EQ(acting(table, target(RINGLINE_NVME_FLUSH, 0, 1)), 0U);
	EXPECT_EQ(table.clear(2), 1);
	EXPECT_EQ(acting(table, target(RINGLINE_NVME_READ, 0, 1)), 3U);
}

TEST(SimulatedFaultRules, a_range_is_met_by_commands_that_touch_it)
{
	FaultTable table;
	ringline_fault_rule rule = status_fault(RINGLINE_NVME_READ, 0x281);
	rule.lba = 100;
	rule.blocks = 8;
	ASSERT_EQ(table.set(rule), 1);
	EXPECT_EQ(acting(table, target(RINGLINE_NVME_READ, 99, 1)), 0U);
	EXPECT_EQ(acting(table, target(RINGLINE_NVME_READ, 92, 8)), 0U);
	EXPECT_EQ(acting(table, target(RINGLINE_NVME_READ, 92, 9)), 1U);
	EXPECT_EQ(acting(table, target(RINGLINE_NVME_READ, 100, 1)), 1U);
	EXPECT_EQ(acting(table, target(RINGLINE_NVME_READ, 107, 1)), 1U);
	EXPECT_EQ(acting(table, target(RINGLINE_NVME_READ, 108, 1)), 0U);
	EXPECT_EQ(acting(table, target(RINGLINE_NVME_READ, 0, 65536)), 1U);
	EXPECT_EQ(acting(table, target(RINGLINE_NVME_READ, UINT64_MAX, 65536)), 0U) << "the end must not wrap";
	FaultTarget without = target(RINGLINE_NVME_READ, 100, 1);
	without.has_range = false;
	EXPECT_EQ(acting(table, without), 0U);
}

TEST(SimulatedFaultRules, a_range_at_the_very_end_is_met)
{
	FaultTable table;
	ringline_fault_rule rule = status_fault(RINGLINE_NVME_READ, 0x281);
	rule.lba = UINT64_MAX - 1;
	rule.blocks = 1;
	ASSERT_EQ(table.set(rule), 1);
	EXPECT_EQ(acting(table, target(RINGLINE_NVME_READ, UINT64_MAX - 1, 65536)), 1U);
	EXPECT_EQ(acting(table, target(RINGLINE_NVME_READ, UINT64_MAX - 2, 65536)), 1U);
	EXPECT_EQ(acting(table, target(RINGLINE_NVME_READ, 0, 65536)), 0U);
}

TEST(SimulatedFaultRules, any_opcode_matches_all_and_admin_only_admin)
{
	FaultTable table;
	ringline_fault_rule any = status_fault(0, 0x281);
	any.flags = RINGLINE_FAULT_ANY_OPCODE;
	ASSERT_EQ(table.set(any), 1);
	ringline_fault_rule admin = any;
	admin.flags |= RINGLINE_FAULT_ADMIN;
	ASSERT_EQ(table.set(admin), 2);
	EXPECT_EQ(acting(table, {.admin = false, .opcode = 0x7f, .has_range = false, .lba = 0, .blocks = 0}), 1U);
	EXPECT_EQ(acting(table, {.admin = true, .opcode = 0x06, .has_range = false, .lba = 0, .blocks = 0}), 2U);
}

TEST(SimulatedFaultRules, skip_and_repeat_count_matches)
{
	FaultTable table;
	ringline_fault_rule rule = status_fault(RINGLINE_NVME_READ, 0x281);
	rule.skip = 2;
	rule.repeat = 3;
	ASSERT_EQ(table.set(rule), 1);
	std::string acted;
	for (int i = 0; i < 8; ++i) {
		EXPECT_EQ(acting(table, target(RINGLINE_NVME_WRITE, 0, 1)), 0U) << "no match, and not counted";
		acted += acting(table, target(RINGLINE_NVME_READ, 0, 1)) == 1 ? '1' : '0';
	}
	EXPECT_EQ(acted, "00111000");
	EXPECT_EQ(table.clear(1), 3);
}

TEST(SimulatedFaultRules, a_rule_that_lets_a_match_pass_leaves_it_to_the_next)
{
	FaultTable table;
	ringline_fault_rule first = status_fault(RINGLINE_NVME_READ, 0x281);
	first.skip = 1;
	first.repeat = 1;
	ASSERT_EQ(table.set(first), 1);
	ASSERT_EQ(table.set(status_fault(RINGLINE_NVME_READ, 0x282)), 2);
	EXPECT_EQ(acting(table, target(RINGLINE_NVME_READ, 0, 1)), 2U);
	EXPECT_EQ(acting(table, target(RINGLINE_NVME_READ, 0, 1)), 1U);
	EXPECT_EQ(acting(table, target(RINGLINE_NVME_READ, 0, 1)), 2U);
}

TEST(SimulatedFaultRules, numbers_are_never_used_twice)
{
	FaultTable table;
	EXPECT_EQ(table.set(status_fault(0, 0x281)), 1);
	EXPECT_EQ(table.set(status_fault(0, 0x281)), 2);
	EXPECT_EQ(table.clear(2), 0);
	EXPECT_EQ(table.clear(2), -ENOENT);
	EXPECT_EQ(table.clear(0), 0);
	EXPECT_EQ(table.clear(1), -ENOENT);
	EXPECT_EQ(table.set(status_fault(0, 0x281)), 3);
	EXPECT_TRUE(table.has(3));
	EXPECT_FALSE(table.has(1));
	EXPECT_FALSE(table.has(0));
}

TEST(SimulatedFaultRules, the_257th_rule_has_no_room_until_one_is_cleared)
{
	FaultTable table;
	for (int i = 1; i <= 256; ++i) {
		ASSERT_EQ(table.set(status_fault(0, 0x281)), i);
	}
	EXPECT_EQ(table.set(status_fault(0, 0x281)), -ENOSPC);
	EXPECT_EQ(table.clear(17), 0);
	EXPECT_EQ(table.set(status_fault(0, 0x281)), 257);
}

TEST(SimulatedFaultRules, clearing_all_tells_how_often_all_acted)
{
	FaultTable table;
	ASSERT_EQ(table.set(status_fault(RINGLINE_NVME_READ, 0x281)), 1);
	ASSERT_EQ(table.set(status_fault(RINGLINE_NVME_WRITE, 0x280)), 2);
	EXPECT_EQ(acting(table, target(RINGLINE_NVME_READ, 0, 1)), 1U);
	EXPECT_EQ(acting(table, target(RINGLINE_NVME_WRITE, 0, 1)), 2U);
	EXPECT_EQ(acting(table, target(RINGLINE_NVME_WRITE, 0, 1)), 2U);
	EXPECT_EQ(table.clear(0), 3);
	EXPECT_EQ(table.clear(0), 0);
}

} // namespace

} // namespace simulated
