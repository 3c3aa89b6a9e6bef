// SPDX-License-Identifier: MIT OR Apache-2.0
// The words in this file are SCT << 8 | SC, taken from the figures "Status Code" of the specifications.
#include "nvme/status.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <cstring>
#include <map>
#include <set>
#include <string>

namespace
{

using namespace ringline::nvme;

constexpr std::int32_t opcode_unknown = -1;
constexpr std::int32_t opcode_fabrics = 0x7f;

// The codes that NVMe 2.0 defines (base, NVM, zoned), as ranges, and the later ones that the library knows.
struct Range {
	std::uint16_t first;
	std::uint16_t last;
};
constexpr Range defined[] = {
	{0x000, 0x016}, {0x018, 0x024}, {0x029, 0x02a}, {0x080, 0x084},                                 // generic
	{0x100, 0x103}, {0x105, 0x116}, {0x118, 0x12d}, {0x17f, 0x183}, {0x185, 0x187}, {0x1b6, 0x1bf}, // command
	{0x280, 0x288},                                                                                 // media
	{0x300, 0x303}, {0x360, 0x360}, {0x370, 0x371},                                                 // path
};
constexpr Range defined_for_fabrics[] = {{0x180, 0x185}, {0x190, 0x191}};

template <std::size_t count> bool holds(const Range (&ranges)[count], std::uint16_t code)
{
	return std::ranges::any_of(ranges, [&](Range range) { return range.first <= code && code <= range.last; });
}

bool is_vendors(std::uint16_t code)
{
	return code >> 8 == 7 || (code & 0xff) >= 0xc0;
}

TEST(StatusName, is_known_for_the_codes_of_the_specification_and_for_no_other)
{
	for (std::uint16_t code = 0; code <= 0x7ff; ++code) {
		const std::string name = status_name(code, RINGLINE_NVME_READ);
		if (is_vendors(code)) {
			EXPECT_EQ(name, "vendor-specific") << std::hex << code;
		} else if (holds(defined, code)) {
			EXPECT_NE(name, "unknown") << std::hex << code;
			EXPECT_NE(name, "vendor-specific") << std::hex << code;
		} else {
			EXPECT_EQ(name, "unknown") << std::hex << code;
		}
	}
}

TEST(StatusName, of_a_fabrics_command_differs_only_where_the_codes_of_the_command_set_are)
{
	for (std::uint16_t code = 0; code <= 0x7ff; ++code) {
		const std::string name = status_name(code, opcode_fabrics);
		if (code >= 0x180 && code < 0x1c0) {
			EXPECT_EQ(name == "unknown", !holds(defined_for_fabrics, code)) << std::hex << code << name;
		} else {
			EXPECT_EQ(name, status_name(code, RINGLINE_NVME_READ)) << std::hex << code;
		}
	}
}

TEST(StatusName, without_an_opcode_is_given_only_where_it_is_unambiguous)
{
	for (std::uint16_t code = 0; code <= 0x7ff; ++code) {
		const std::string of_io = status_name(code, RINGLINE_NVME_READ);
		const std::string of_fabrics = status_name(code, opcode_fabrics);
		const std::string name = status_name(code, opcode_unknown);
		if (of_io == of_fabrics || of_fabrics == "unknown") {
			EXPECT_EQ(name, of_io) << std::hex << code;
		} else if (of_io == "unknown") {
			EXPECT_EQ(name, of_fabrics) << std::hex << code;
		} else {
			EXPECT_EQ(name, "command-specific") << std::hex << code;
		}
	}
	EXPECT_STREQ(status_name(0x180, opcode_unknown), "command-specific");
	EXPECT_STREQ(status_name(0x1b8, opcode_unknown), "zone-boundary-error");
	EXPECT_STREQ(status_name(0x191, opcode_unknown), "authentication-required");
}

TEST(StatusName, is_that_of_the_specification)
{
	const std::map<std::uint16_t, std::string> expected = {
		{0x000, "success"},
		{status_invalid_opcode, "invalid-opcode"},
		{status_invalid_field, "invalid-field"},
		{0x004, "data-transfer-error"},
		{0x006, "internal-error"},
		{0x007, "abort-requested"},
		{status_invalid_namespace, "invalid-namespace-or-format"},
		{0x014, "atomic-write-unit-exceeded"},
		{0x01d, "sanitize-in-progress"},
		{0x020, "namespace-write-protected"},
		{0x021, "command-interrupted"},
		{0x022, "transient-transport-error"},
		{0x024, "admin-media-not-ready"},
		{status_lba_out_of_range, "lba-out-of-range"},
		{status_capacity_exceeded, "capacity-exceeded"},
		{0x082, "namespace-not-ready"},
		{0x083, "reservation-conflict"},
		{0x084, "format-in-progress"},
		{0x103, "abort-limit-exceeded"},
		{0x109, "invalid-log-page"},
		{0x10a, "invalid-format"},
		{0x115, "namespace-insufficient-capacity"},
		{0x124, "invalid-ana-group"},
		{0x12d, "identifier-unavailable"},
		{0x180, "conflicting-attributes"},
		{0x181, "invalid-protection-information"},
		{0x182, "write-to-read-only-range"},
		{0x183, "command-size-limit-exceeded"},
		{0x1b8, "zone-boundary-error"},
		{0x1b9, "zone-is-full"},
		{0x1bc, "zone-invalid-write"},
		{0x1bd, "too-many-active-zones"},
		{0x1bf, "invalid-zone-state-transition"},
		{status_write_fault, "write-fault"},
		{status_unrecovered_read, "unrecovered-read-error"},
		{status_guard, "guard-check-error"},
		{status_application_tag, "application-tag-check-error"},
		{status_reference_tag, "reference-tag-check-error"},
		{0x285, "compare-failure"},
		{0x287, "deallocated-or-unwritten-block"},
		{status_storage_tag, "storage-tag-check-error"},
		{0x302, "ana-inaccessible"},
		{0x370, "host-pathing-error"},
		{0x371, "aborted-by-host"},
	};
	for (const auto &[code, name] : expected) {
		EXPECT_EQ(status_name(code, RINGLINE_NVME_WRITE), name) << std::hex << code;
	}
}

TEST(StatusName, is_kebab_case_and_names_one_code_only)
{
	std::map<std::string, std::uint16_t> seen;
	for (std::uint16_t code = 0; code <= 0x7ff; ++code) {
		for (const std::int32_t opcode : {std::int32_t{RINGLINE_NVME_READ}, opcode_fabrics}) {
			const std::string name = status_name(code, opcode);
			ASSERT_FALSE(name.empty());
			EXPECT_TRUE(std::ranges::all_of(name, [](char c) { return std::islower(c) != 0 || c == '-'; }))
				<< name;
			if (name != "unknown" && name != "vendor-specific") {
				const auto [at, is_new] = seen.emplace(name, code);
				EXPECT_TRUE(is_new || at->second == code) << name << " names two codes";
			}
		}
	}
}

TEST(StatusText, is_one_sentence_for_every_code_and_opcode)
{
	for (std::uint16_t code = 0; code <= 0x7ff; ++code) {
		for (std::int32_t opcode = -1; opcode <= 0xff; ++opcode) {
			ASSERT_NE(status_name(code, opcode), nullptr);
			const std::string_view text = status_text(code, opcode);
			ASSERT_GT(text.size(), 10U) << std::hex << code;
			ASSERT_LE(text.size(), 160U) << text;
			ASSERT_TRUE(std::isupper(text.front()) != 0) << text;
			ASSERT_EQ(text.find('.'), text.size() - 1) << text;
			ASSERT_EQ(text.find('\n'), std::string_view::npos) << text;
		}
	}
}

TEST(StatusText, survives_an_opcode_that_cannot_be)
{
	for (const std::int32_t opcode : {INT32_MIN, -2, 256, INT32_MAX}) {
		EXPECT_STREQ(status_name(0x281, opcode), "unrecovered-read-error");
		EXPECT_STRNE(status_text(0x180, opcode), "");
	}
}

TEST(DecodeStatus, takes_the_words_of_real_reports_apart)
{
	const ringline_status_info info = decode_status(0x6281); // DNR, More
	EXPECT_EQ(info.status, 0x6281);
	EXPECT_EQ(info.sct, 2);
	EXPECT_EQ(info.sc, 0x81);
	EXPECT_EQ(info.crd, 0);
	EXPECT_EQ(info.more, 1);
	EXPECT_EQ(info.dnr, 1);
	EXPECT_EQ(info.retry, RINGLINE_RETRY_NEVER);
	EXPECT_EQ(info.struct_size, sizeof info);
	EXPECT_EQ(decode_status(0x1082).crd, 2);
	EXPECT_EQ(decode_status(0x1082).retry, RINGLINE_RETRY_IF_IDEMPOTENT);
}

TEST(DecodeStatus, ignores_bit_15_of_every_word)
{
	for (std::uint32_t word = 0; word < 0x8000; ++word) {
		const ringline_status_info without = decode_status(static_cast<std::uint16_t>(word));
		ringline_status_info with = decode_status(static_cast<std::uint16_t>(word | 0x8000));
		ASSERT_EQ(with.status, word | 0x8000);
		with.status = without.status;
		ASSERT_EQ(std::memcmp(&with, &without, sizeof with), 0) << std::hex << word;
		ASSERT_EQ(status_name(with.status | 0x8000, opcode_unknown),
			  status_name(without.status, opcode_unknown));
	}
}

// The whole list: whoever adds a code must do it here too, and give the reason beside the code in status.cpp.
TEST(Retry, fact_22_is_offered_for_the_whitelist_only_and_never_against_dnr)
{
	const std::set<std::uint16_t> whitelist = {0x004, 0x006, 0x007, 0x008, 0x021, 0x022, 0x024, 0x082};
	for (std::uint32_t word = 0; word <= UINT16_MAX; ++word) {
		const auto code = static_cast<std::uint16_t>(word & RINGLINE_STATUS_CODE_MASK);
		std::uint32_t expected = RINGLINE_RETRY_NEVER;
		if ((word & RINGLINE_STATUS_DNR) == 0) {
			if (code >> 8 == 3) {
				expected = RINGLINE_RETRY_OTHER_PATH;
			} else if (whitelist.contains(code)) {
				expected = RINGLINE_RETRY_IF_IDEMPOTENT;
			}
		}
		ASSERT_EQ(decode_status(static_cast<std::uint16_t>(word)).retry, expected) << std::hex << word;
	}
}

} // namespace
