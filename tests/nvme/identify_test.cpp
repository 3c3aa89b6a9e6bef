// SPDX-License-Identifier: MIT OR Apache-2.0
// The offsets in this file are written by hand from the figures of the specification, not taken from identify.cpp.
#include "nvme/identify.h"

#include <gtest/gtest.h>

#include <sys/mman.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <random>
#include <string>
#include <vector>

namespace
{

using namespace ringline::nvme;

using Page = std::array<std::uint8_t, identify_bytes>;

void set(Page &page, std::size_t offset, const std::vector<std::uint8_t> &bytes)
{
	std::ranges::copy(bytes, page.begin() + static_cast<std::ptrdiff_t>(offset));
}

void set_text(Page &page, std::size_t offset, const std::string &text)
{
	std::ranges::copy(text, page.begin() + static_cast<std::ptrdiff_t>(offset));
}

bool same(const ringline_device_info &left, const ringline_device_info &right)
{
	return std::memcmp(&left, &right, sizeof left) == 0; // the struct has no padding
}

ringline_device_info filled(int byte)
{
	ringline_device_info info;
	std::memset(&info, byte, sizeof info);
	return info;
}

Page controller_page()
{
	Page page = {};
	set_text(page, 4, std::string(20, ' '));
	set_text(page, 24, std::string(40, ' '));
	set_text(page, 64, std::string(8, ' '));
	return page;
}

// 2,000,000 blocks of 4096 bytes, format 1 of 2.
Page namespace_page()
{
	Page page = {};
	set(page, 0, {0x80, 0x84, 0x1e, 0, 0, 0, 0, 0}); // NSZE
	set(page, 8, {0x40, 0x42, 0x0f, 0, 0, 0, 0, 0}); // NCAP
	page[25] = 1;                                    // NLBAF, zero-based
	page[26] = 1;                                    // FLBAS
	set(page, 128, {0, 0, 9, 0});                    // LBAF 0: 512 bytes
	set(page, 132, {0, 0, 12, 0});                   // LBAF 1: 4096 bytes
	return page;
}

TEST(DecodeController, reads_the_fields_at_their_offsets)
{
	Page page = controller_page();
	set_text(page, 4, "S4EWNX0R123456      ");
	set_text(page, 24, "Example NVMe 1 TB");
	set_text(page, 64, "2B2QEXM7");
	page[77] = 5;
	set(page, 128, {0x01, 0x00, 0x0a, 0x00, 0x00, 0x01}); // CRDT 1, 10, 256
	page[525] = 0x07;
	ringline_device_info info = {};
	decode_controller(page, 4096, &info);
	EXPECT_STREQ(info.serial, "S4EWNX0R123456");
	EXPECT_STREQ(info.model, "Example NVMe 1 TB");
	EXPECT_STREQ(info.firmware, "2B2QEXM7");
	EXPECT_EQ(info.mdts_bytes, 131072U);
	EXPECT_EQ(info.retry_delay_ms[0], 100U);
	EXPECT_EQ(info.retry_delay_ms[1], 1000U);
	EXPECT_EQ(info.retry_delay_ms[2], 25600U);
	EXPECT_EQ(info.volatile_cache, 1);
}

TEST(DecodeController, fills_the_text_fields_to_their_last_byte_and_terminates_them)
{
	Page page = {};
	set_text(page, 4, std::string(20, 's'));
	set_text(page, 24, std::string(40, 'm'));
	set_text(page, 64, std::string(8, 'f'));
	ringline_device_info info = filled(0xff);
	decode_controller(page, 4096, &info);
	EXPECT_EQ(info.serial, std::string(20, 's'));
	EXPECT_EQ(info.model, std::string(40, 'm'));
	EXPECT_EQ(info.firmware, std::string(8, 'f'));
	EXPECT_EQ(info.serial[23], '\0');
	EXPECT_EQ(info.model[47], '\0');
	EXPECT_EQ(info.firmware[15], '\0');
}

TEST(DecodeController, trims_blanks_and_nuls_and_replaces_what_a_terminal_would_obey)
{
	Page page = {};
	set_text(page, 4, std::string("  A B\0\0  ", 9));
	set_text(page, 24, "\x1b[31mred\x7f\xff\ttail\n");
	ringline_device_info info = {};
	decode_controller(page, 4096, &info);
	EXPECT_STREQ(info.serial, "A B");
	EXPECT_STREQ(info.model, "?[31mred???tail?");
	EXPECT_STREQ(info.firmware, "");
}

TEST(DecodeController, mdts_counts_in_the_smallest_memory_page)
{
	Page page = {};
	ringline_device_info info = {};
	for (const auto &[mdts, page_bytes, expected] : {
		     std::array<std::uint32_t, 3>{0, 4096, 0}, // no limit
		     std::array<std::uint32_t, 3>{1, 4096, 8192},
		     std::array<std::uint32_t, 3>{1, 65536, 131072},
		     std::array<std::uint32_t, 3>{19, 4096, 0x80000000},
		     std::array<std::uint32_t, 3>{20, 4096, 0}, // 4 GiB: more than a length can say
		     std::array<std::uint32_t, 3>{31, 4096, 0},
		     std::array<std::uint32_t, 3>{32, 4096, 0},
		     std::array<std::uint32_t, 3>{64, 4096, 0},
		     std::array<std::uint32_t, 3>{255, 4096, 0},
		     std::array<std::uint32_t, 3>{255, 0x08000000, 0},
	     }) {
		page[77] = static_cast<std::uint8_t>(mdts);
		decode_controller(page, page_bytes, &info);
		EXPECT_EQ(info.mdts_bytes, expected) << mdts << " x " << page_bytes;
	}
}

TEST(DecodeController, reads_which_commands_there_are)
{
	const auto commands = [](const Page &page) {
		ringline_device_info info = {};
		decode_controller(page, 4096, &info);
		return info;
	};
	EXPECT_EQ(commands(controller_page()).commands, 0U);
	constexpr std::uint32_t by_bit[16] = {RINGLINE_CAN_COMPARE,
					      RINGLINE_CAN_WRITE_UNCORRECTABLE,
					      RINGLINE_CAN_DATASET_MANAGEMENT,
					      RINGLINE_CAN_WRITE_ZEROES,
					      0,
					      0,
					      0,
					      RINGLINE_CAN_VERIFY,
					      RINGLINE_CAN_COPY};
	for (unsigned bit = 0; bit < 16; ++bit) {
		Page page = controller_page();
		set(page, 520,
		    {static_cast<std::uint8_t>(1U << bit), static_cast<std::uint8_t>(1U << bit >> 8)}); // ONCS
		EXPECT_EQ(commands(page).commands, by_bit[bit]) << bit;
	}
	Page page = controller_page();
	page[98] = 0x08; // CTRATT bit 19
	EXPECT_EQ(commands(page).commands, RINGLINE_CAN_PLACEMENT);
	page = controller_page();
	page[256] = 0x20; // OACS bit 5
	EXPECT_EQ(commands(page).commands, RINGLINE_CAN_STREAMS);
	page = controller_page();
	page[534] = 0x0e; // OCFS, which counts only beside the command
	page[524] = 0x05; // FNA
	EXPECT_EQ(commands(page).copy_formats, 0U);
	EXPECT_EQ(commands(page).format_attributes, 5U);
	page[521] = 0x01;
	EXPECT_EQ(commands(page).copy_formats, 0xfU) << "and format 0 always";
}

TEST(DecodeNamespace, reads_the_limits_of_copy)
{
	Page page = namespace_page();
	set(page, 74, {0x80, 0x01});             // MSSRL
	set(page, 76, {0x00, 0x02, 0x01, 0x00}); // MCL
	page[80] = 127;                          // MSRC, zero-based
	set(page, 102, {0x03, 0x02});            // ENDGID
	ringline_device_info info = {};
	ASSERT_TRUE(decode_namespace(page, &info));
	EXPECT_EQ(info.copy_max_ranges, 0U) << "a controller without Copy";
	EXPECT_EQ(info.endurance_group, 0x0203U);
	info.commands = RINGLINE_CAN_COPY;
	ASSERT_TRUE(decode_namespace(page, &info));
	EXPECT_EQ(info.copy_max_range_blocks, 0x180U);
	EXPECT_EQ(info.copy_max_blocks, 0x10200U);
	EXPECT_EQ(info.copy_max_ranges, 128U);
}

TEST(DecodeZoned, reads_zones_of_the_format_in_use)
{
	Page page = {};
	set(page, 4, {7, 0, 0, 0});                           // MAR, zero-based
	set(page, 8, {0xff, 0xff, 0xff, 0xff});               // MOR: no limit
	set(page, 2816 + 16, {0x00, 0x10, 0, 0, 1, 0, 0, 0}); // LBAFE 1: ZSZE
	ringline_device_info info = {};
	info.lba_format = 1;
	decode_zoned(page, &info);
	EXPECT_EQ(info.zone_max_active, 8U);
	EXPECT_EQ(info.zone_max_open, 0U);
	EXPECT_EQ(info.zone_blocks, 0x100001000U);
	page[0] = 2; // ZASL, of the controller's page
	decode_zoned_controller(page, 4096, &info);
	EXPECT_EQ(info.append_max_bytes, 16384U);
}

TEST(DecodeNvmController, fact_20_reads_the_limits_of_single_commands)
{
	Page page = {};
	page[0] = 3;                            // VSL
	page[1] = 4;                            // WZSL
	page[2] = 5;                            // WUSL
	page[3] = 6;                            // DMRL
	set(page, 4, {7, 0, 1, 0});             // DMRSL
	set(page, 8, {8, 0, 0, 0, 1, 0, 0, 0}); // DMSL
	ringline_device_info info = {};
	info.block_size = 512;
	decode_nvm_controller(page, 4096, &info);
	EXPECT_EQ(info.verify_max_blocks, 64U);
	EXPECT_EQ(info.write_zeroes_max_blocks, 128U);
	EXPECT_EQ(info.write_uncorrectable_max_blocks, 256U);
	EXPECT_EQ(info.dataset_max_ranges, 6U);
	EXPECT_EQ(info.dataset_max_range_blocks, 0x10007U);
	EXPECT_EQ(info.dataset_max_blocks, 0x100000008U);
}

TEST(DecodeController, leaves_the_members_of_other_pages_alone)
{
	ringline_device_info info = filled(0x5a);
	ringline_device_info expected = info;
	decode_controller(controller_page(), 4096, &info);
	std::memset(expected.serial, 0, sizeof expected.serial);
	std::memset(expected.model, 0, sizeof expected.model);
	std::memset(expected.firmware, 0, sizeof expected.firmware);
	std::memset(expected.retry_delay_ms, 0, sizeof expected.retry_delay_ms);
	expected.mdts_bytes = 0;
	expected.volatile_cache = 0;
	expected.commands = 0;
	expected.copy_formats = 0;
	expected.format_attributes = 0;
	EXPECT_TRUE(same(info, expected));
}

TEST(DecodeNamespace, reads_the_fields_at_their_offsets)
{
	Page page = namespace_page();
	for (std::uint8_t i = 0; i < 16; ++i) {
		page[104U + i] = static_cast<std::uint8_t>(0xa0 + i);
	}
	for (std::uint8_t i = 0; i < 8; ++i) {
		page[120U + i] = static_cast<std::uint8_t>(0xe0 + i);
	}
	ringline_device_info info = {};
	ASSERT_TRUE(decode_namespace(page, &info));
	EXPECT_EQ(info.blocks, 2000000U);
	EXPECT_EQ(info.capacity_blocks, 1000000U);
	EXPECT_EQ(info.lba_format, 1);
	EXPECT_EQ(info.block_size, 4096U);
	EXPECT_EQ(info.metadata_size, 0U);
	EXPECT_EQ(info.pi_type, 0);
	EXPECT_EQ(info.guard_bits, 0);
	EXPECT_EQ(info.nguid[0], 0xa0);
	EXPECT_EQ(info.nguid[15], 0xaf);
	EXPECT_EQ(info.eui64[0], 0xe0);
	EXPECT_EQ(info.eui64[7], 0xe7);
}

TEST(DecodeNamespace, fact_19_takes_the_format_index_from_both_parts_of_flbas)
{
	Page page = namespace_page();
	page[25] = 63;
	set(page, 128 + 4 * 0x2b, {0x40, 0x00, 12, 0}); // format 43: 4096 + 64
	page[26] = 0x5b;                                // 43 = 10b << 4 | 1011b; bit 4: metadata inline
	ringline_device_info info = {};
	ASSERT_TRUE(decode_namespace(page, &info));
	EXPECT_EQ(info.lba_format, 43);
	EXPECT_EQ(info.block_size, 4096U);
	EXPECT_EQ(info.metadata_size, 64U);
	EXPECT_EQ(info.metadata_inline, 1);
	page[26] = 0x6f; // 63, the last
	EXPECT_FALSE(decode_namespace(page, &info));
	set(page, 128 + 4 * 63, {0, 0, 9, 0});
	ASSERT_TRUE(decode_namespace(page, &info));
	EXPECT_EQ(info.lba_format, 63);
	EXPECT_EQ(info.metadata_inline, 0);
}

TEST(DecodeNamespace, does_not_look_at_the_reserved_bit_of_flbas)
{
	Page page = namespace_page();
	page[26] |= 0x80;
	ringline_device_info info = {};
	ASSERT_TRUE(decode_namespace(page, &info));
	EXPECT_EQ(info.lba_format, 1);
}

TEST(DecodeNamespace, knows_protection_information)
{
	Page page = namespace_page();
	set(page, 132, {8, 0, 12, 0});
	ringline_device_info info = {};
	for (std::uint8_t dps = 0; dps <= 15; ++dps) {
		page[29] = dps;
		const int type = dps & 7;
		const bool valid = type >= 1 && type <= 3;
		info.storage_tag_bits = 7; // of the format before
		ASSERT_TRUE(decode_namespace(page, &info));
		EXPECT_EQ(info.pi_type, valid ? type : 0) << +dps;
		EXPECT_EQ(info.pi_first, valid && dps >= 8 ? 1 : 0) << +dps;
		EXPECT_EQ(info.guard_bits, valid ? 16 : 0) << +dps;
		EXPECT_EQ(info.storage_tag_bits, 0) << +dps;
	}
	page[29] = 1;
	page[132] = 7; // too small to hold it
	ASSERT_TRUE(decode_namespace(page, &info));
	EXPECT_EQ(info.pi_type, 0);
	EXPECT_EQ(info.guard_bits, 0);
}

TEST(DecodeNamespace, metadata_may_have_65535_bytes)
{
	Page page = namespace_page();
	set(page, 132, {0xff, 0xff, 12, 0});
	page[26] |= 0x10;
	ringline_device_info info = {};
	ASSERT_TRUE(decode_namespace(page, &info));
	EXPECT_EQ(info.metadata_size, 65535U);
	EXPECT_EQ(info.metadata_inline, 1);
}

TEST(DecodeNamespace, inline_without_metadata_is_not_inline)
{
	Page page = namespace_page();
	page[26] |= 0x10;
	ringline_device_info info = {};
	ASSERT_TRUE(decode_namespace(page, &info));
	EXPECT_EQ(info.metadata_inline, 0);
}

TEST(DecodeNamespace, block_sizes_from_512_to_65536_are_taken_and_no_others)
{
	Page page = namespace_page();
	for (unsigned lbads = 0; lbads <= 255; ++lbads) {
		page[134] = static_cast<std::uint8_t>(lbads);
		ringline_device_info info = filled(0x5a);
		const ringline_device_info before = info;
		const bool taken = decode_namespace(page, &info);
		EXPECT_EQ(taken, lbads >= 9 && lbads <= 16) << lbads;
		if (taken) {
			EXPECT_EQ(info.block_size, 1U << lbads);
		} else {
			EXPECT_TRUE(same(info, before)) << lbads;
		}
	}
}

TEST(DecodeNamespace, an_inactive_or_impossibly_large_namespace_is_refused)
{
	ringline_device_info info = filled(0x5a);
	const ringline_device_info before = info;
	EXPECT_FALSE(decode_namespace(Page{}, &info));
	Page page = namespace_page();
	set(page, 0, {0, 0, 0, 0, 0, 0, 0, 0});
	EXPECT_FALSE(decode_namespace(page, &info));
	set(page, 0, {0, 0, 0, 0, 0, 0, 0x08, 0}); // 2^51 blocks of 2^12 bytes
	EXPECT_FALSE(decode_namespace(page, &info));
	EXPECT_TRUE(same(info, before));
	set(page, 0, {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x07, 0}); // one block less
	EXPECT_TRUE(decode_namespace(page, &info));
	EXPECT_EQ(info.blocks * info.block_size, 0x7ffffffffffff000U);
}

TEST(DecodeDescriptors, reads_every_type_and_skips_those_it_does_not_know)
{
	Page page = {};
	set(page, 0, {1, 8, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8});
	set(page, 12, {0x77, 3, 0, 0, 9, 9, 9});
	set(page, 19, {2, 16, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16});
	set(page, 39, {3, 16, 0, 0, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32});
	set(page, 59, {4, 1, 0, 0, 2});
	ringline_device_info info = filled(0x5a);
	ringline_device_info expected = info;
	decode_descriptors(page, &info);
	expected.command_set = 2;
	for (std::uint8_t i = 0; i < 16; ++i) {
		expected.nguid[i] = static_cast<std::uint8_t>(1 + i);
		expected.uuid[i] = static_cast<std::uint8_t>(17 + i);
	}
	for (std::uint8_t i = 0; i < 8; ++i) {
		expected.eui64[i] = static_cast<std::uint8_t>(1 + i);
	}
	EXPECT_TRUE(same(info, expected));
}

TEST(DecodeDescriptors, an_impossible_length_ends_the_list)
{
	for (const auto &[type, right] :
	     {std::pair<std::uint8_t, unsigned>{1, 8}, {2, 16}, {3, 16}, {4, 1}, {0x77, 256}}) {
		for (unsigned length = 0; length <= 255; ++length) {
			Page page = {};
			set(page, 0, {type, static_cast<std::uint8_t>(length)});
			set(page, 4 + length, {4, 1, 0, 0, 2});
			ringline_device_info info = {};
			decode_descriptors(page, &info);
			const bool possible = length == right || (type == 0x77 && length != 0);
			EXPECT_EQ(info.command_set, possible ? 2 : 0) << +type << ' ' << length;
		}
	}
}

TEST(DecodeNvm, reads_guard_and_storage_tag_of_the_format_in_use)
{
	struct Case {
		std::uint8_t low;
		std::uint8_t high;
		int guard;
		int tag;
	};
	// ELBAF: STS bits 6:0, PIF bits 8:7.
	for (const Case &c : {Case{0x00, 0, 16, 0}, Case{0x20, 0, 16, 32}, Case{0x90, 0, 32, 16}, Case{0xc0, 0, 32, 64},
			      Case{0x00, 1, 64, 0}, Case{0x30, 1, 64, 48}}) {
		Page page = {};
		set(page, 12 + 4 * 43, {c.low, c.high, 0, 0});
		ringline_device_info info = filled(0x5a);
		info.lba_format = 43;
		info.pi_type = 1;
		info.metadata_size = 16;
		ringline_device_info expected = info;
		expected.guard_bits = static_cast<std::uint8_t>(c.guard);
		expected.storage_tag_bits = static_cast<std::uint8_t>(c.tag);
		decode_nvm(page, &info);
		EXPECT_TRUE(same(info, expected)) << c.guard << ' ' << c.tag;
	}
}

TEST(DecodeNvm, an_entry_that_cannot_be_changes_nothing)
{
	ringline_device_info info = {};
	info.pi_type = 1;
	info.metadata_size = 16;
	info.guard_bits = 16;
	const ringline_device_info before = info;
	Page page = {};
	for (const auto &bytes : {std::vector<std::uint8_t>{0x21, 0}, // 16-bit guard, tag of 33 bits
				  std::vector<std::uint8_t>{0x8f, 0}, // 32-bit guard, tag of 15 bits
				  std::vector<std::uint8_t>{0xc1, 0}, // 32-bit guard, tag of 65 bits
				  std::vector<std::uint8_t>{0x31, 1}, // 64-bit guard, tag of 49 bits
				  std::vector<std::uint8_t>{0x80, 1}, // reserved guard
				  std::vector<std::uint8_t>{0xff, 0xff}}) {
		set(page, 12, bytes);
		decode_nvm(page, &info);
		EXPECT_TRUE(same(info, before)) << +bytes[0] << ' ' << +bytes[1];
	}
	set(page, 12, {0x30, 1}); // right, but a 64-bit guard needs 16 bytes of metadata
	info.metadata_size = 8;
	decode_nvm(page, &info);
	EXPECT_EQ(info.guard_bits, 16);
	info.metadata_size = 16;
	info.pi_type = 0; // no protection: nothing to refine
	info.guard_bits = 0;
	decode_nvm(page, &info);
	EXPECT_EQ(info.guard_bits, 0);
	EXPECT_EQ(info.storage_tag_bits, 0);
}

TEST(EncodeController, is_the_inverse_of_decoding)
{
	ringline_device_info info = {};
	std::strcpy(info.serial, "RL0123456789abcdef99"); // all 20
	std::strcpy(info.model, "ringline simulated device");
	std::strcpy(info.firmware, "0.1");
	info.retry_delay_ms[0] = 100;
	info.retry_delay_ms[2] = 6553500;
	info.volatile_cache = 1;
	for (std::uint32_t bytes = 8192; bytes != 0; bytes <<= 1) {
		info.mdts_bytes = bytes;
		Page page;
		page.fill(0xee);
		encode_controller(info, page);
		ringline_device_info again = {};
		decode_controller(page, smallest_page_bytes, &again);
		EXPECT_TRUE(same(info, again)) << bytes;
	}
}

TEST(EncodeController, rounds_to_the_careful_side)
{
	ringline_device_info info = {};
	ringline_device_info again = {};
	Page page;
	info.mdts_bytes = 0;
	info.retry_delay_ms[0] = 101;
	info.retry_delay_ms[1] = UINT32_MAX;
	encode_controller(info, page);
	decode_controller(page, smallest_page_bytes, &again);
	EXPECT_EQ(again.mdts_bytes, 0U);
	EXPECT_EQ(again.retry_delay_ms[0], 200U);
	EXPECT_EQ(again.retry_delay_ms[1], 6553500U);
	info.mdts_bytes = 3 * 4096 + 511;
	encode_controller(info, page);
	decode_controller(page, smallest_page_bytes, &again);
	EXPECT_EQ(again.mdts_bytes, 8192U);
	info.mdts_bytes = 4096; // MDTS cannot say one page: 0 is no limit
	encode_controller(info, page);
	decode_controller(page, smallest_page_bytes, &again);
	EXPECT_EQ(again.mdts_bytes, 8192U);
}

TEST(EncodeController, pads_text_with_blanks_and_clears_the_rest)
{
	ringline_device_info info = {};
	std::strcpy(info.serial, "AB");
	info.nsid = 3;
	Page page;
	page.fill(0xee);
	encode_controller(info, page);
	EXPECT_EQ(page[4], 'A');
	EXPECT_EQ(page[6], ' ');
	EXPECT_EQ(page[71], ' ');
	EXPECT_EQ(page[82], 2);  // VER 2.0
	EXPECT_EQ(page[516], 3); // NN
	EXPECT_EQ(page[4095], 0);
	EXPECT_EQ(std::ranges::count(page, 0xee), 0);
}

ringline_device_info random_namespace(std::mt19937_64 &random)
{
	ringline_device_info info = {};
	const unsigned lbads = 9 + static_cast<unsigned>(random() % 8);
	info.block_size = 1U << lbads;
	info.blocks = 1 + random() % (static_cast<std::uint64_t>(INT64_MAX) >> lbads);
	info.capacity_blocks = random() % (info.blocks + 1);
	info.lba_format = static_cast<std::uint8_t>(random() % 64);
	info.metadata_size = random() % 2 == 0 ? 0 : static_cast<std::uint32_t>(random() % 65536);
	info.metadata_inline = info.metadata_size != 0 && random() % 2 == 0 ? 1 : 0;
	if (info.metadata_size >= 8 && random() % 2 == 0) {
		info.pi_type = static_cast<std::uint8_t>(1 + random() % 3);
		info.pi_first = static_cast<std::uint8_t>(random() % 2);
		info.guard_bits = 16;
	}
	std::ranges::generate(info.nguid, [&] { return static_cast<std::uint8_t>(random()); });
	std::ranges::generate(info.eui64, [&] { return static_cast<std::uint8_t>(random()); });
	return info;
}

TEST(EncodeNamespace, is_the_inverse_of_decoding)
{
	std::mt19937_64 random(1); // NOLINT: the same pages at each run
	for (int i = 0; i < 5000; ++i) {
		const ringline_device_info info = random_namespace(random);
		Page page;
		page.fill(0xee);
		encode_namespace(info, page);
		ringline_device_info again = {};
		ASSERT_TRUE(decode_namespace(page, &again)) << i;
		ASSERT_TRUE(same(info, again)) << i;
		ASSERT_GE(page[25], info.lba_format) << "the format in use is not among those that NLBAF counts";
	}
}

TEST(EncodeDescriptors, is_the_inverse_of_decoding)
{
	for (unsigned present = 0; present < 16; ++present) {
		ringline_device_info info = {};
		if ((present & 1) != 0) {
			info.eui64[7] = 1;
		}
		if ((present & 2) != 0) {
			info.nguid[0] = 2;
		}
		if ((present & 4) != 0) {
			std::memset(info.uuid, 0xff, sizeof info.uuid);
		}
		if ((present & 8) != 0) {
			info.command_set = 2;
		}
		Page page;
		page.fill(0xee);
		encode_descriptors(info, page);
		ringline_device_info again = {};
		decode_descriptors(page, &again);
		EXPECT_TRUE(same(info, again)) << present;
	}
}

// A page between two that cannot be touched: to read outside it ends the test.
class Guarded
{
public:
	Guarded()
	{
		void *const memory = ::mmap(nullptr, 3 * identify_bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		if (memory != MAP_FAILED) {
			memory_ = static_cast<std::uint8_t *>(memory);
			usable_ = ::mprotect(memory_ + identify_bytes, identify_bytes, PROT_READ | PROT_WRITE) == 0;
		}
	}
	Guarded(const Guarded &) = delete;
	Guarded &operator=(const Guarded &) = delete;
	~Guarded()
	{
		if (memory_ != nullptr) {
			(void)::munmap(memory_, 3 * identify_bytes);
		}
	}
	[[nodiscard]] bool usable() const { return usable_; }
	[[nodiscard]] MutableIdentifyPage page() const
	{
		return MutableIdentifyPage(memory_ + identify_bytes, identify_bytes);
	}

private:
	std::uint8_t *memory_ = nullptr;
	bool usable_ = false;
};

template <std::size_t count> void expect_printable(const char (&text)[count])
{
	const std::size_t length = ::strnlen(text, count);
	ASSERT_LT(length, count) << "not terminated";
	ASSERT_TRUE(std::all_of(text, text + length, [](char c) { return c >= 0x20 && c <= 0x7e; }));
	ASSERT_TRUE(length == 0 || (text[0] != ' ' && text[length - 1] != ' '));
}

void expect_sane(const ringline_device_info &info)
{
	ASSERT_GE(info.block_size, 512U);
	ASSERT_LE(info.block_size, 65536U);
	ASSERT_EQ(info.block_size & (info.block_size - 1), 0U);
	ASSERT_GE(info.blocks, 1U);
	ASSERT_LE(info.blocks, static_cast<std::uint64_t>(INT64_MAX) / info.block_size);
	ASSERT_LE(info.metadata_size, 65535U);
	ASSERT_LE(info.metadata_inline, 1);
	ASSERT_LE(info.pi_type, 3);
	ASSERT_LE(info.pi_first, 1);
	ASSERT_LT(info.lba_format, 64);
	ASSERT_LE(info.storage_tag_bits, 64);
	if (info.pi_type == 0) {
		ASSERT_EQ(info.guard_bits, 0);
	} else {
		ASSERT_TRUE(info.guard_bits == 16 || info.guard_bits == 32 || info.guard_bits == 64);
		ASSERT_GE(info.metadata_size, info.guard_bits == 16 ? 8U : 16U);
	}
}

// Random bytes; every other page has formats that are usable, and lists of short descriptors, so that decoders get
// beyond their first refusal.
void make_hostile(MutableIdentifyPage page, std::mt19937_64 &random, int round)
{
	for (std::size_t i = 0; i < identify_bytes; i += sizeof(std::uint64_t)) {
		const std::uint64_t bytes = random();
		std::memcpy(&page[i], &bytes, sizeof bytes);
	}
	if (round % 2 == 0) {
		page[7] = 0; // NSZE below 2^47, so that it fits with any block size
		page[6] = 0;
		page[5] &= 0x7f;
		for (std::size_t format = 0; format < 64; ++format) {
			page[128 + 4 * format + 2] = static_cast<std::uint8_t>(9 + random() % 8);
		}
	}
}

void make_hostile_list(MutableIdentifyPage page, std::mt19937_64 &random)
{
	static constexpr std::array<std::uint8_t, 5> lengths = {255, 8, 16, 16, 1};
	std::size_t offset = 0;
	while (offset + 2 <= identify_bytes) {
		const auto type = static_cast<std::uint8_t>(random() % 5);
		page[offset] = type == 0 ? 0x42 : type;
		page[offset + 1] = lengths[type];
		offset += 4U + page[offset + 1];
	}
}

TEST(HostilePages, a_list_of_descriptors_may_reach_the_end_of_the_page_but_not_past_it)
{
	const Guarded guarded;
	ASSERT_TRUE(guarded.usable());
	const MutableIdentifyPage page = guarded.page();
	for (std::size_t start = identify_bytes - 24; start <= identify_bytes; ++start) {
		std::ranges::fill(page, std::uint8_t{0xcc});
		// Descriptors of an unknown type up to the one that counts.
		std::size_t offset = 0;
		while (offset < start) {
			const std::size_t room = start - offset;
			const std::size_t length = room > 300 ? 200 : std::min<std::size_t>(room - 4, 140);
			page[offset] = 0x77;
			page[offset + 1] = static_cast<std::uint8_t>(length);
			offset += 4 + length;
		}
		ASSERT_EQ(offset, start);
		if (start < identify_bytes) {
			page[start] = 2; // an NGUID
		}
		if (start + 1 < identify_bytes) {
			page[start + 1] = 16;
		}
		if (start == identify_bytes - 24) {
			page[identify_bytes - 4] = 0; // the end of the list
		}
		ringline_device_info info = {};
		decode_descriptors(page, &info);
		EXPECT_EQ(info.nguid[15], start <= identify_bytes - 20 ? 0xcc : 0) << start;
	}
}

TEST(HostilePages, are_decoded_within_the_page_into_sane_facts)
{
	const Guarded guarded;
	ASSERT_TRUE(guarded.usable());
	std::mt19937_64 random(2); // NOLINT: the same pages at each run
	int taken = 0;
	int with_protection = 0;
	for (int round = 0; round < 4000; ++round) {
		const MutableIdentifyPage page = guarded.page();
		make_hostile(page, random, round);
		ringline_device_info info = filled(0x5a);
		const ringline_device_info before = info;
		decode_controller(page, 4096U << random() % 16, &info);
		expect_printable(info.serial);
		expect_printable(info.model);
		expect_printable(info.firmware);
		ASSERT_LE(info.volatile_cache, 1);
		ASSERT_EQ(std::memcmp(info.node, before.node, sizeof info.node), 0);
		if (decode_namespace(page, &info)) {
			++taken;
			decode_nvm(page, &info);
			expect_sane(info);
			with_protection += info.pi_type != 0 ? 1 : 0;
		} else {
			ASSERT_EQ(info.block_size, before.block_size);
			ASSERT_EQ(info.blocks, before.blocks);
		}
		decode_descriptors(page, &info);
		make_hostile_list(page, random);
		decode_descriptors(page, &info);
		if (HasFatalFailure()) {
			FAIL() << "round " << round;
		}
	}
	// Otherwise the test above looks at little.
	EXPECT_GE(taken, 1990);
	EXPECT_GT(with_protection, 500);
}

} // namespace
