// SPDX-License-Identifier: MIT OR Apache-2.0
// Commands that are not ordinary: the dwords of each row of the table, written by hand from the specification, and what
// is refused about each.
#include "nvme/encode.h"
#include "nvme/explain.h"
#include "nvme/ranges.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <cstring>
#include <functional>
#include <set>
#include <vector>

namespace
{

using namespace ringline;
using nvme::Geometry;

constexpr std::uint32_t all_commands = 0x1ff;

alignas(4096) std::uint8_t memory[65536];

std::uint64_t memory_address()
{
	return reinterpret_cast<std::uintptr_t>(memory);
}

/// 512 data bytes and 8 of separate metadata a block, protection type 1.
ringline_device_info facts()
{
	ringline_device_info info = {};
	info.nsid = 3;
	info.blocks = 1 << 20;
	info.block_size = 512;
	info.metadata_size = 8;
	info.pi_type = 1;
	info.guard_bits = 16;
	info.page_size = 4096;
	info.mdts_bytes = 65536;
	info.commands = all_commands;
	info.zone_blocks = 4096;
	info.append_max_bytes = 8192;
	info.verify_max_blocks = 1000;
	info.write_zeroes_max_blocks = 2000;
	info.write_uncorrectable_max_blocks = 3000;
	info.dataset_max_ranges = 64;
	info.dataset_max_range_blocks = 10000;
	info.dataset_max_blocks = 20000;
	info.copy_formats = 0xf;
	info.copy_max_ranges = 4;
	info.copy_max_range_blocks = 128;
	info.copy_max_blocks = 256;
	nvme::apply_limits(&info);
	return info;
}

ringline_device_info without_protection()
{
	ringline_device_info info = facts();
	info.metadata_size = 0;
	info.pi_type = 0;
	info.guard_bits = 0;
	return info;
}

struct Built {
	ringline_command_extended command = {};
	explicit Built(std::uint8_t opcode) { command.base.opcode = opcode; }
	Built &at(std::uint64_t lba, std::uint32_t blocks = 0)
	{
		command.base.lba = lba;
		command.base.blocks = blocks;
		return *this;
	}
	Built &data(std::uint32_t length)
	{
		command.base.address = memory_address();
		command.base.length = length;
		return *this;
	}
	Built &metadata(std::uint32_t length)
	{
		command.base.metadata_address = memory_address() + 32768;
		command.base.metadata_length = length;
		return *this;
	}
	Built &flags(std::uint32_t flags)
	{
		command.base.flags = static_cast<std::uint16_t>(flags);
		return *this;
	}
	Built &action(std::uint32_t action)
	{
		command.base.action = static_cast<std::uint8_t>(action);
		return *this;
	}
	Built &placement(std::uint16_t placement)
	{
		command.base.placement = placement;
		return *this;
	}
};

struct Golden {
	const char *name;
	ringline_device_info info;
	Built built;
	std::uint32_t cdw2, cdw3, cdw10, cdw11, cdw12, cdw13, cdw14, cdw15;
};

void fill_dataset_ranges(std::uint32_t count, std::uint64_t lba, std::uint32_t blocks)
{
	std::vector<ringline_range> ranges(count);
	for (ringline_range &range : ranges) {
		range.lba = lba;
		range.blocks = blocks;
	}
	ASSERT_EQ(nvme::write_dataset_ranges(ranges.data(), count, memory, sizeof memory),
		  static_cast<std::int32_t>(count * 16));
}

void fill_sources(std::uint32_t count, std::uint32_t format, std::uint64_t lba, std::uint32_t blocks)
{
	std::vector<ringline_range> ranges(count);
	for (ringline_range &range : ranges) {
		range.lba = lba;
		range.blocks = blocks;
		range.nsid = format >= 2 ? 3 : 0;
	}
	ASSERT_GT(nvme::write_copy_ranges(ranges.data(), count, format, memory, sizeof memory), 0);
}

std::vector<Golden> goldens()
{
	const ringline_device_info pi = facts();
	const ringline_device_info bare = without_protection();
	constexpr std::uint64_t lba = 0x54321;
	std::vector<Golden> all = {
		{"flush", bare, Built(RINGLINE_NVME_FLUSH), 0, 0, 0, 0, 0, 0, 0, 0},
		{"read, sequential and seldom", bare, Built(RINGLINE_NVME_READ).at(lba, 8).data(4096), 0, 0, lba, 0, 7,
		 0x41, 0, 0},
		{"read from the medium, checked", pi,
		 Built(RINGLINE_NVME_READ)
			 .at(lba, 8)
			 .data(4096)
			 .metadata(64)
			 .flags(RINGLINE_FUA | RINGLINE_LIMITED_RETRY | RINGLINE_CHECK_GUARD |
				RINGLINE_CHECK_REFERENCE_TAG),
		 0, 0, lba, 0, 1U << 31 | 1U << 30 | 1U << 28 | 1U << 26 | 7, 0, lba, 0},
		{"write, protection made by the device", pi,
		 Built(RINGLINE_NVME_WRITE).at(lba, 8).data(4096).flags(RINGLINE_PROTECTION_ACTION), 0, 0, lba, 0,
		 1U << 29 | 7, 0, lba, 0xff001234},
		{"write with a placement identifier", bare,
		 Built(RINGLINE_NVME_WRITE).at(lba, 8).data(4096).flags(RINGLINE_PLACEMENT).placement(0xabcd), 0, 0,
		 lba, 0, 2U << 20 | 7, 0xabcd0000, 0, 0},
		{"write to a stream", bare,
		 Built(RINGLINE_NVME_WRITE).at(lba, 8).data(4096).flags(RINGLINE_STREAM).placement(5), 0, 0, lba, 0,
		 1U << 20 | 7, 0x00050000, 0, 0},
		{"write uncorrectable", bare, Built(RINGLINE_NVME_WRITE_UNCORRECTABLE).at(lba, 3000), 0, 0, lba, 0,
		 2999, 0, 0, 0},
		{"compare with all tags", pi,
		 Built(RINGLINE_NVME_COMPARE)
			 .at(lba, 1)
			 .data(512)
			 .metadata(8)
			 .flags(RINGLINE_CHECK_GUARD | RINGLINE_CHECK_APPLICATION_TAG | RINGLINE_CHECK_REFERENCE_TAG),
		 0, 0, lba, 0, 7U << 26, 0, lba, 0xff001234},
		{"write zeroes, deallocating", bare,
		 Built(RINGLINE_NVME_WRITE_ZEROES).at(lba, 2000).flags(RINGLINE_DEALLOCATE | RINGLINE_FUA), 0, 0, lba,
		 0, 1U << 30 | 1U << 25 | 1999, 0, 0, 0},
		{"verify", bare, Built(RINGLINE_NVME_VERIFY).at(lba, 1000).flags(RINGLINE_LIMITED_RETRY), 0, 0, lba, 0,
		 1U << 31 | 999, 0, 0, 0},
		{"status of placement handles", bare, Built(RINGLINE_NVME_IO_MANAGEMENT_RECEIVE).data(4096).action(1),
		 0, 0, 1, 1023, 0, 0, 0, 0},
		{"fresh reclaim units", bare, Built(RINGLINE_NVME_IO_MANAGEMENT_SEND).data(6).action(1), 0, 0,
		 2U << 16 | 1, 0, 0, 0, 0, 0},
		{"close a zone", bare, Built(RINGLINE_NVME_ZONE_MANAGEMENT_SEND).at(8192).action(RINGLINE_ZONE_CLOSE),
		 0, 0, 8192, 0, 0, 1, 0, 0},
		{"reset all zones", bare,
		 Built(RINGLINE_NVME_ZONE_MANAGEMENT_SEND).action(RINGLINE_ZONE_RESET).flags(RINGLINE_ALL_ZONES), 0, 0,
		 0, 0, 0, 1U << 8 | 4, 0, 0},
		{"report full zones", bare,
		 Built(RINGLINE_NVME_ZONE_MANAGEMENT_RECEIVE)
			 .at(8193)
			 .data(4096)
			 .action(RINGLINE_ZONES_FULL)
			 .flags(RINGLINE_PARTIAL),
		 0, 0, 8193, 0, 1023, 1U << 16 | 5U << 8, 0, 0},
		{"append", pi,
		 Built(RINGLINE_NVME_ZONE_APPEND)
			 .at(8192, 16)
			 .data(8192)
			 .flags(RINGLINE_PROTECTION_ACTION | RINGLINE_REMAP),
		 0, 0, 8192, 0, 1U << 29 | 1U << 25 | 15, 0, 8192, 0},
	};
	all[1].built.command.access_hints = 0x41;
	for (Golden &golden : all) {
		const bool tagged = golden.cdw15 != 0;
		golden.built.command.application_tag = tagged ? 0x1234 : 0;
		golden.built.command.application_mask = tagged ? 0xff00 : 0;
		golden.built.command.reference_tag = golden.cdw14;
	}
	return all;
}

void expect_dwords(const Golden &golden)
{
	SCOPED_TRACE(golden.name);
	const Geometry geometry = nvme::geometry_of(golden.info);
	const ringline_command_extended &command = golden.built.command;
	ringline_diagnosis why = {};
	why.struct_size = sizeof why;
	ASSERT_EQ(nvme::explain(geometry, command, &why), 0) << why.text;
	ringline_nvme_command wire;
	std::memset(&wire, 0xee, sizeof wire);
	const nvme::Tags tags = nvme::tags_of(command);
	nvme::encode_special(geometry, command.base, &tags, &wire);
	EXPECT_EQ(wire.opcode, command.base.opcode);
	EXPECT_EQ(wire.nsid, 3U);
	EXPECT_EQ(wire.flags, 0);
	EXPECT_EQ(wire.address, command.base.address);
	EXPECT_EQ(wire.data_length, command.base.length);
	EXPECT_EQ(wire.metadata, command.base.metadata_address);
	EXPECT_EQ(wire.metadata_length, command.base.metadata_length);
	const std::uint32_t wanted[] = {golden.cdw2,  golden.cdw3,  golden.cdw10, golden.cdw11,
					golden.cdw12, golden.cdw13, golden.cdw14, golden.cdw15};
	const std::uint32_t got[] = {wire.cdw2,  wire.cdw3,  wire.cdw10, wire.cdw11,
				     wire.cdw12, wire.cdw13, wire.cdw14, wire.cdw15};
	constexpr int names[] = {2, 3, 10, 11, 12, 13, 14, 15};
	for (std::size_t i = 0; i < std::size(names); ++i) {
		EXPECT_EQ(got[i], wanted[i]) << "cdw" << names[i];
	}
}

TEST(Special, fact_24_commands_have_the_dwords_of_the_specification)
{
	for (const Golden &golden : goldens()) {
		expect_dwords(golden);
	}
	fill_dataset_ranges(3, 100, 7);
	expect_dwords({"deallocate", without_protection(),
		       Built(RINGLINE_NVME_DATASET_MANAGEMENT).data(48).action(RINGLINE_DATASET_DEALLOCATE), 0, 0, 2, 4,
		       0, 0, 0, 0});
	for (std::uint32_t format = 0; format < 4; ++format) {
		fill_sources(2, format, 100, 7);
		expect_dwords({"copy", without_protection(),
			       Built(RINGLINE_NVME_COPY)
				       .at(0x54321)
				       .data(2 * nvme::copy_range_bytes(format))
				       .action(format)
				       .flags(RINGLINE_FUA),
			       0, 0, 0x54321, 0, 1U << 30 | format << 8 | 1, 0, 0, 0});
	}
	fill_sources(1, 0, 100, 7);
	Golden checked = {"copy, checked",
			  facts(),
			  Built(RINGLINE_NVME_COPY)
				  .at(0x54321)
				  .data(32)
				  .flags(RINGLINE_CHECK_GUARD | RINGLINE_CHECK_REFERENCE_TAG),
			  0,
			  0,
			  0x54321,
			  0,
			  5U << 26 | 5U << 12,
			  0,
			  0x54321,
			  0};
	checked.built.command.reference_tag = 0x54321;
	expect_dwords(checked);
}

TEST(Special, every_row_of_the_table_has_golden_dwords)
{
	std::set<std::uint8_t> covered = {RINGLINE_NVME_DATASET_MANAGEMENT, RINGLINE_NVME_COPY}; // above
	for (const Golden &golden : goldens()) {
		covered.insert(golden.built.command.base.opcode);
	}
	for (const nvme::CommandRow &row : nvme::command_table) {
		EXPECT_EQ(covered.count(row.opcode), 1U) << row.name;
	}
}

TEST(Special, a_plain_command_has_the_reference_tag_of_its_lba)
{
	const Geometry geometry = nvme::geometry_of(facts());
	ringline_nvme_command wire = {};
	const ringline_command command =
		Built(RINGLINE_NVME_WRITE).at(0x54321, 8).data(4096).flags(RINGLINE_PROTECTION_ACTION).command.base;
	nvme::encode_special(geometry, command, nullptr, &wire);
	EXPECT_EQ(wire.cdw14, 0x54321U);
	EXPECT_EQ(wire.cdw15, 0U);
	Geometry type3 = geometry;
	type3.protection.type = 3;
	nvme::encode_special(type3, command, nullptr, &wire);
	EXPECT_EQ(wire.cdw14, 0U);
}

TEST(Special, storage_and_reference_tag_share_their_space)
{
	ringline_device_info info = facts();
	info.metadata_size = 16;
	info.guard_bits = 64;
	info.storage_tag_bits = 16; // 48 bits: 16 of storage tag, 32 of reference tag
	info.pi_type = 2;
	ringline_command_extended command =
		Built(RINGLINE_NVME_WRITE).at(1, 1).data(512).flags(RINGLINE_PROTECTION_ACTION).command;
	command.reference_tag = 0x89abcdef;
	command.storage_tag = 0x4567;
	const nvme::Tags tags = nvme::tags_of(command);
	ringline_nvme_command wire = {};
	nvme::encode_special(nvme::geometry_of(info), command.base, &tags, &wire);
	EXPECT_EQ(wire.cdw14, 0x89abcdefU);
	EXPECT_EQ(wire.cdw3, 0x4567U);
	EXPECT_EQ(wire.cdw2, 0U);
	info.guard_bits = 32; // 80 bits: 20 of storage tag, 60 of reference tag
	info.storage_tag_bits = 20;
	command.reference_tag = 0x0123456789abcdef;
	command.storage_tag = 0xfedcb;
	const nvme::Tags longer = nvme::tags_of(command);
	EXPECT_EQ(nvme::validate_extended(nvme::geometry_of(info), command).error, 0);
	nvme::encode_special(nvme::geometry_of(info), command.base, &longer, &wire);
	EXPECT_EQ(wire.cdw14, 0x89abcdefU);
	EXPECT_EQ(wire.cdw3, 0xb1234567U);
	EXPECT_EQ(wire.cdw2, 0xfedcU);
}

struct Refused {
	const char *name;
	ringline_device_info info;
	Built built;
	std::int32_t error;
	std::uint32_t rule;
	std::function<void(ringline_command_extended &)> change = {};
};

void expect_refused(const Refused &refused)
{
	SCOPED_TRACE(refused.name);
	ringline_command_extended command = refused.built.command;
	if (refused.change) {
		refused.change(command);
	}
	ringline_diagnosis why = {};
	why.struct_size = sizeof why;
	EXPECT_EQ(nvme::explain(nvme::geometry_of(refused.info), command, &why), refused.error);
	EXPECT_EQ(why.rule, refused.rule) << why.text;
	EXPECT_GT(std::strlen(why.text), 10U);
	EXPECT_EQ(why.text[std::strlen(why.text) - 1], '.') << why.text;
}

TEST(Special, what_breaks_a_rule_is_refused_with_that_rule)
{
	const ringline_device_info pi = facts();
	const ringline_device_info bare = without_protection();
	ringline_device_info poor = bare;
	poor.commands = 0;
	ringline_device_info reading = bare;
	reading.flags = RINGLINE_OPEN_READ_ONLY;
	ringline_device_info type3 = pi;
	type3.pi_type = 3;
	const Built append = Built(RINGLINE_NVME_ZONE_APPEND).at(8192, 16).data(8192);
	const Built verify = Built(RINGLINE_NVME_VERIFY).at(0, 10);
	const Built write = Built(RINGLINE_NVME_WRITE).at(0, 8).data(4096);
	const Built zone = Built(RINGLINE_NVME_ZONE_MANAGEMENT_SEND).at(8192).action(RINGLINE_ZONE_RESET);
	const Built report = Built(RINGLINE_NVME_ZONE_MANAGEMENT_RECEIVE).data(4096);
	using C = ringline_command_extended;
	const Refused all[] = {
		{"not there", poor, verify, -EOPNOTSUPP, RINGLINE_RULE_OPCODE},
		{"no zones there", poor, zone, -EOPNOTSUPP, RINGLINE_RULE_OPCODE},
		{"no placement there", poor, write, -EOPNOTSUPP, RINGLINE_RULE_OPCODE,
		 [](C &c) { c.base.flags = RINGLINE_PLACEMENT; }},
		{"no streams there", poor, write, -EOPNOTSUPP, RINGLINE_RULE_OPCODE,
		 [](C &c) { c.base.flags = RINGLINE_STREAM; }},
		{"two directives", bare, write, -EINVAL, RINGLINE_RULE_ARGUMENT,
		 [](C &c) { c.base.flags = RINGLINE_STREAM | RINGLINE_PLACEMENT; }},
		{"placement without its flag", bare, write, -EINVAL, RINGLINE_RULE_ARGUMENT,
		 [](C &c) { c.base.placement = 1; }},
		{"too much to verify", bare, verify, -EMSGSIZE, RINGLINE_RULE_COMMAND_LIMIT,
		 [](C &c) { c.base.blocks = 1001; }},
		{"too many zeroes", bare, Built(RINGLINE_NVME_WRITE_ZEROES).at(0, 2001), -EMSGSIZE,
		 RINGLINE_RULE_COMMAND_LIMIT},
		{"too much uncorrectable", bare, Built(RINGLINE_NVME_WRITE_UNCORRECTABLE).at(0, 3001), -EMSGSIZE,
		 RINGLINE_RULE_COMMAND_LIMIT},
		{"verify with memory", bare, verify, -EINVAL, RINGLINE_RULE_ARGUMENT,
		 [](C &c) { c.base.address = 4096; }},
		{"verify with a length", bare, verify, -EINVAL, RINGLINE_RULE_ARGUMENT,
		 [](C &c) { c.base.length = 512; }},
		{"verify in pieces", bare, verify, -EINVAL, RINGLINE_RULE_ARGUMENT,
		 [](C &c) { c.base.flags = RINGLINE_VECTORED, c.base.segments = 1; }},
		{"verify past the end", bare, verify, -ERANGE, RINGLINE_RULE_BOUNDS,
		 [](C &c) { c.base.lba = (1 << 20) - 9; }},
		{"verify makes no protection", pi, verify, -EINVAL, RINGLINE_RULE_ARGUMENT,
		 [](C &c) { c.base.flags = RINGLINE_PROTECTION_ACTION; }},
		{"an action of write", bare, write, -EINVAL, RINGLINE_RULE_ARGUMENT, [](C &c) { c.base.action = 1; }},
		{"hints for verify", bare, verify, -EINVAL, RINGLINE_RULE_ARGUMENT, [](C &c) { c.access_hints = 1; }},
		{"reserved bytes", bare, verify, -EINVAL, RINGLINE_RULE_ARGUMENT, [](C &c) { c.reserved0[2] = 1; }},
		{"reserved words", bare, verify, -EINVAL, RINGLINE_RULE_ARGUMENT, [](C &c) { c.reserved1[4] = 1; }},
		{"write zeroes, read-only", reading, Built(RINGLINE_NVME_WRITE_ZEROES).at(0, 1), -EROFS,
		 RINGLINE_RULE_READ_ONLY},
		{"reset, read-only", reading, zone, -EROFS, RINGLINE_RULE_READ_ONLY},
		{"check without protection", bare, write, -EINVAL, RINGLINE_RULE_PROTECTION,
		 [](C &c) { c.base.flags = RINGLINE_CHECK_GUARD; }},
		{"tags without protection", bare, write, -EINVAL, RINGLINE_RULE_PROTECTION,
		 [](C &c) { c.application_tag = 1; }},
		{"reference tags of type 3", type3, verify, -EINVAL, RINGLINE_RULE_PROTECTION,
		 [](C &c) { c.base.flags = RINGLINE_CHECK_REFERENCE_TAG; }},
		{"another reference tag than the LBA's", pi, verify, -EINVAL, RINGLINE_RULE_PROTECTION,
		 [](C &c) { c.base.flags = RINGLINE_CHECK_REFERENCE_TAG, c.reference_tag = 1; }},
		{"a reference tag that is too long", pi, verify, -EINVAL, RINGLINE_RULE_PROTECTION,
		 [](C &c) { c.reference_tag = std::uint64_t{1} << 32; }},
		{"a storage tag where there is none", pi, verify, -EINVAL, RINGLINE_RULE_PROTECTION,
		 [](C &c) { c.storage_tag = 1; }},
		{"metadata that stays in the device", pi, write, -ENOBUFS, RINGLINE_RULE_METADATA,
		 [](C &c) { c.base.flags = RINGLINE_PROTECTION_ACTION, c.base.metadata_length = 64; }},
		{"metadata that is missing", pi, write, -ENOBUFS, RINGLINE_RULE_METADATA,
		 [](C &c) { c.base.flags = RINGLINE_CHECK_GUARD; }},
		{"append in the middle of a zone", bare, append, -EINVAL, RINGLINE_RULE_ZONE,
		 [](C &c) { c.base.lba = 8193; }},
		{"append too much", bare, append, -EMSGSIZE, RINGLINE_RULE_COMMAND_LIMIT,
		 [](C &c) { c.base.blocks = 17, c.base.length = 17 * 512; }},
		{"reset in the middle of a zone", bare, zone, -EINVAL, RINGLINE_RULE_ZONE,
		 [](C &c) { c.base.lba = 1; }},
		{"reset past the end", bare, zone, -ERANGE, RINGLINE_RULE_BOUNDS, [](C &c) { c.base.lba = 1 << 20; }},
		{"all zones from the second on", bare, zone, -EINVAL, RINGLINE_RULE_ARGUMENT,
		 [](C &c) { c.base.flags = RINGLINE_ALL_ZONES; }},
		{"no zone action", bare, zone, -EINVAL, RINGLINE_RULE_ARGUMENT, [](C &c) { c.base.action = 0; }},
		{"a zone action too high", bare, zone, -EINVAL, RINGLINE_RULE_ARGUMENT,
		 [](C &c) { c.base.action = 6; }},
		{"blocks of a zone", bare, zone, -EINVAL, RINGLINE_RULE_ARGUMENT, [](C &c) { c.base.blocks = 1; }},
		{"a report that is too short", bare, report, -ENOBUFS, RINGLINE_RULE_LENGTH,
		 [](C &c) { c.base.length = 60; }},
		{"a report in half dwords", bare, report, -ENOBUFS, RINGLINE_RULE_LENGTH,
		 [](C &c) { c.base.length = 4094; }},
		{"a report that is too long", bare, report, -EMSGSIZE, RINGLINE_RULE_MDTS,
		 [](C &c) { c.base.length = 65540; }},
		{"a report to nowhere", bare, report, -EFAULT, RINGLINE_RULE_ARGUMENT,
		 [](C &c) { c.base.address = 0; }},
		{"a report from past the end", bare, report, -ERANGE, RINGLINE_RULE_BOUNDS,
		 [](C &c) { c.base.lba = 1 << 20; }},
		{"half an identifier", bare, Built(RINGLINE_NVME_IO_MANAGEMENT_SEND).data(3).action(1), -ENOBUFS,
		 RINGLINE_RULE_LENGTH},
		{"metadata of a report", bare, report, -EINVAL, RINGLINE_RULE_ARGUMENT,
		 [](C &c) { c.base.metadata_length = 8; }},
	};
	for (const Refused &refused : all) {
		expect_refused(refused);
	}
}

TEST(Special, ranges_are_proved_one_by_one)
{
	const ringline_device_info bare = without_protection();
	const Built dataset = Built(RINGLINE_NVME_DATASET_MANAGEMENT).data(48).action(RINGLINE_DATASET_DEALLOCATE);
	fill_dataset_ranges(3, (1 << 20) - 7, 8);
	expect_refused({"past the end", bare, dataset, -ERANGE, RINGLINE_RULE_BOUNDS});
	fill_dataset_ranges(3, 0, 10001);
	expect_refused({"a range too long", bare, dataset, -EMSGSIZE, RINGLINE_RULE_COMMAND_LIMIT});
	fill_dataset_ranges(3, 0, 10000);
	expect_refused({"too much in all", bare, dataset, -EMSGSIZE, RINGLINE_RULE_COMMAND_LIMIT});
	fill_dataset_ranges(65, 0, 1);
	expect_refused({"too many", bare, Built(dataset).data(65 * 16), -EMSGSIZE, RINGLINE_RULE_COMMAND_LIMIT});
	expect_refused({"none", bare, Built(dataset).data(0), -ENOBUFS, RINGLINE_RULE_LENGTH});
	expect_refused({"half a range", bare, Built(dataset).data(24), -ENOBUFS, RINGLINE_RULE_LENGTH});
	expect_refused({"no attribute", bare, Built(dataset).action(0), -EINVAL, RINGLINE_RULE_ARGUMENT});
	expect_refused({"an unknown attribute", bare, Built(dataset).action(8), -EINVAL, RINGLINE_RULE_ARGUMENT});
	expect_refused({"an LBA beside the ranges", bare, Built(dataset).at(1), -EINVAL, RINGLINE_RULE_ARGUMENT});
	expect_refused({"not aligned", bare, dataset, -EINVAL, RINGLINE_RULE_ALIGNMENT,
			[](ringline_command_extended &c) { c.base.address += 2; }});

	const Built copy = Built(RINGLINE_NVME_COPY).at(5000).data(64);
	fill_sources(2, 0, (1 << 20) - 7, 8);
	expect_refused({"a source past the end", bare, copy, -ERANGE, RINGLINE_RULE_BOUNDS});
	fill_sources(2, 0, 0, 8);
	expect_refused(
		{"a destination past the end", bare, Built(copy).at((1 << 20) - 15), -ERANGE, RINGLINE_RULE_BOUNDS});
	fill_sources(2, 0, 0, 129);
	expect_refused({"a source too long", bare, copy, -EMSGSIZE, RINGLINE_RULE_COMMAND_LIMIT});
	fill_sources(3, 0, 0, 128);
	expect_refused({"too much in all", bare, Built(copy).data(96), -EMSGSIZE, RINGLINE_RULE_COMMAND_LIMIT});
	fill_sources(5, 0, 0, 1);
	expect_refused({"too many", bare, Built(copy).data(160), -EMSGSIZE, RINGLINE_RULE_COMMAND_LIMIT});
	expect_refused({"blocks beside the ranges", bare, Built(copy).at(0, 1), -EINVAL, RINGLINE_RULE_ARGUMENT});
	ringline_device_info old = bare;
	old.copy_formats = 1;
	expect_refused({"a format that the device lacks", old, Built(copy).action(1).data(40), -EOPNOTSUPP,
			RINGLINE_RULE_COMMAND_LIMIT});
	expect_refused({"no such format", bare, Built(copy).action(4), -EINVAL, RINGLINE_RULE_ARGUMENT});
}

} // namespace
