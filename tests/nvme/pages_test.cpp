// SPDX-License-Identifier: MIT OR Apache-2.0
// The table of fields: is it in order, and do bytes that were written by hand come out as what they say?
#include "nvme/pages.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <cstring>
#include <set>
#include <string>
#include <string_view>
#include <vector>

using namespace ringline;

namespace
{

std::vector<nvme::Page> all_pages()
{
	std::vector<nvme::Page> all;
	for (const auto pages : {nvme::identify_pages(), nvme::log_pages(), nvme::feature_pages()}) {
		all.insert(all.end(), pages.begin(), pages.end());
	}
	return all;
}

const nvme::Field &field_of(std::uint32_t number, std::string_view name, std::string_view list = "")
{
	const nvme::Page *const page = nvme::find_page(number);
	EXPECT_NE(page, nullptr) << std::hex << number;
	for (const nvme::Field &field : page->fields) {
		if (field.name == name && field.list == list) {
			return field;
		}
	}
	ADD_FAILURE() << name << " is not in " << page->name;
	return page->fields[0];
}

std::uint64_t value_of(const nvme::Field &field, const std::vector<std::uint8_t> &data, std::uint32_t record = 0)
{
	std::uint64_t value = 0;
	EXPECT_EQ(nvme::field_value(field, record, data, &value, nullptr), 0) << field.name;
	return value;
}

TEST(pages, each_page_has_a_number_and_a_name_of_its_own)
{
	std::set<std::uint32_t> numbers;
	std::set<std::string> names;
	for (const nvme::Page &page : all_pages()) {
		EXPECT_TRUE(numbers.insert(page.number).second) << page.name;
		EXPECT_TRUE(names.insert(page.name).second) << page.name;
		EXPECT_EQ(nvme::find_page(page.number)->name, page.name) << "it must be found where its number says";
	}
	EXPECT_EQ(nvme::find_page(0), nullptr);
	EXPECT_EQ(nvme::find_page(RINGLINE_PAGE_LOG + 0xff), nullptr);
	EXPECT_EQ(nvme::find_page(RINGLINE_PAGE_LOG + 0xbf), nullptr) << "only zoned namespaces have it";
}

TEST(pages, each_field_has_a_name_of_its_own_and_fits_what_the_public_struct_has_room_for)
{
	for (const nvme::Page &page : all_pages()) {
		std::set<std::string> names;
		for (const nvme::Field &field : page.fields) {
			const std::string name = std::string(field.list) + "." + field.name;
			EXPECT_TRUE(names.insert(name).second) << page.name << " " << name;
			EXPECT_LT(std::strlen(field.list), sizeof(ringline_field::list)) << name;
			EXPECT_LT(std::strlen(field.name), sizeof(ringline_field::name)) << name;
			EXPECT_LT(std::strlen(field.text), sizeof(ringline_field::text)) << name;
			EXPECT_EQ(name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_."), std::string::npos)
				<< name;
			EXPECT_GT(std::strlen(field.text), 0U) << name;
		}
	}
}

TEST(pages, fields_lie_within_their_records_and_pages)
{
	for (const nvme::Page &page : all_pages()) {
		const bool of_a_feature = (page.number & 0xff00) == RINGLINE_PAGE_FEATURE;
		EXPECT_LE(nvme::page_length(page), of_a_feature ? 4U : 4096U) << page.name;
		for (const nvme::Field &field : page.fields) {
			EXPECT_EQ(field.records != 1, field.stride != 0) << page.name << " " << field.name;
			EXPECT_EQ(field.stride != 0, field.list[0] != '\0') << page.name << " " << field.name;
			EXPECT_TRUE(field.stride == 0 || nvme::field_bytes(field) <= field.stride) << field.name;
			EXPECT_GE(field.scale, 1U) << field.name;
			EXPECT_LT(field.bit, 8) << field.name << ": name the byte in which it begins";
			EXPECT_TRUE(field.bit == 0 || field.bits + field.bit <= 64) << field.name;
			EXPECT_TRUE(field.bias == 0 || field.bits < 64) << field.name << " could overflow";
		}
	}
}

/// A wider field and its parts are meant to overlap; two others that do would be a wrong offset.
TEST(pages, only_parts_of_a_field_overlap_it)
{
	for (const nvme::Page &page : all_pages()) {
		for (const nvme::Field &one : page.fields) {
			for (const nvme::Field &other : page.fields) {
				const std::uint32_t one_first = one.offset * 8U + one.bit;
				const std::uint32_t other_first = other.offset * 8U + other.bit;
				const bool overlap =
					one_first < other_first + other.bits && other_first < one_first + one.bits;
				const bool contains =
					one_first <= other_first && other_first + other.bits <= one_first + one.bits;
				const bool contained =
					other_first <= one_first && one_first + one.bits <= other_first + other.bits;
				EXPECT_TRUE(&one == &other || !overlap || (contains != contained))
					<< page.name << ": " << one.name << " and " << other.name;
			}
		}
	}
}

TEST(pages, identify_controller_is_read_as_written)
{
	std::vector<std::uint8_t> page(4096);
	page[0] = 0x36;
	page[1] = 0x1b;
	page[77] = 7;
	page[80] = 0x00;
	page[81] = 0x04;
	page[82] = 0x01;
	page[73] = 0x00;
	page[74] = 0x54;
	page[75] = 0x52;
	page[259] = 3;
	page[266] = 0x57;
	page[267] = 0x01;
	page[280] = 0x01;
	page[288] = 0x02;
	page[525] = 7;
	page[2048 + 32] = 0x10;
	const std::uint32_t number = RINGLINE_PAGE_IDENTIFY + 1;
	EXPECT_EQ(value_of(field_of(number, "vid"), page), 0x1b36U);
	EXPECT_EQ(value_of(field_of(number, "ieee"), page), 0x525400U);
	EXPECT_EQ(value_of(field_of(number, "mdts"), page), 7U);
	EXPECT_EQ(value_of(field_of(number, "ver"), page), 0x00010400U);
	EXPECT_EQ(value_of(field_of(number, "aerl"), page), 4U) << "zero-based";
	EXPECT_EQ(value_of(field_of(number, "wctemp"), page), 343U);
	EXPECT_EQ(value_of(field_of(number, "vwc_present"), page), 1U);
	EXPECT_EQ(value_of(field_of(number, "vwc_broadcast_flush"), page), 3U);
	EXPECT_EQ(value_of(field_of(number, "max_power", "psds"), page, 1), 16U);
	std::uint64_t low = 0;
	std::uint64_t high = 0;
	EXPECT_EQ(nvme::field_value(field_of(number, "tnvmcap"), 0, page, &low, &high), 0);
	EXPECT_EQ(low, 1U);
	EXPECT_EQ(high, 2U);
	EXPECT_EQ(nvme::field_value(field_of(number, "tnvmcap"), 0, page, &low, nullptr), -EOVERFLOW);
}

TEST(pages, an_atomic_boundary_of_zero_is_none_and_all_others_are_zero_based)
{
	std::vector<std::uint8_t> page(4096);
	const std::uint32_t number = RINGLINE_PAGE_IDENTIFY;
	for (const auto &[name, offset] : {std::pair("nabsn", 40), std::pair("nabspf", 44)}) {
		EXPECT_EQ(value_of(field_of(number, name), page), 0U) << name;
		page[offset] = 7;
		EXPECT_EQ(value_of(field_of(number, name), page), 8U) << name;
	}
	EXPECT_EQ(value_of(field_of(number, "nawun"), page), 1U) << "a unit, not a boundary";
}

TEST(pages, parts_that_cross_bytes_are_read_as_written)
{
	std::vector<std::uint8_t> page(4096);
	page[12 + 4] = 0x90; // second format: 16 bits of storage tag, 64-bit guard
	page[12 + 5] = 0x01;
	const std::uint32_t nvm = RINGLINE_PAGE_IDENTIFY + 5;
	EXPECT_EQ(value_of(field_of(nvm, "sts", "elbafs"), page, 1), 0x10U);
	EXPECT_EQ(value_of(field_of(nvm, "pif", "elbafs"), page, 1), 3U);
	std::vector<std::uint8_t> log(4096);
	log[0x80 * 4 + 2] = 0x1a; // cse 2, uss 1, scope 1
	log[0x80 * 4 + 3] = 0x80;
	const std::uint32_t effects = RINGLINE_PAGE_LOG + 5;
	EXPECT_EQ(value_of(field_of(effects, "cse", "admin"), log, 0x80), 2U);
	EXPECT_EQ(value_of(field_of(effects, "uss", "admin"), log, 0x80), 1U);
	EXPECT_EQ(value_of(field_of(effects, "scope", "admin"), log, 0x80), 0x801U);
}

TEST(pages, a_list_without_end_goes_on_as_long_as_there_is_data)
{
	std::vector<std::uint8_t> log(128);
	log[64 + 12] = 0x05; // status 2 with the phase tag
	const nvme::Field &status = field_of(RINGLINE_PAGE_LOG + 1, "status_field", "errors");
	EXPECT_EQ(value_of(status, log, 1), 2U);
	std::uint64_t value = 0;
	EXPECT_EQ(nvme::field_value(status, 2, log, &value, nullptr), -ENODATA);
	EXPECT_EQ(nvme::field_value(status, UINT32_MAX, log, &value, nullptr), -ENODATA);
	const nvme::Field &slot = field_of(RINGLINE_PAGE_LOG + 2, "temperature", "temperature_sensors");
	EXPECT_EQ(nvme::field_value(slot, 8, log, &value, nullptr), -ENOENT);
	const nvme::Field &text = field_of(RINGLINE_PAGE_IDENTIFY + 1, "sn");
	EXPECT_EQ(nvme::field_value(text, 0, log, &value, nullptr), -EINVAL);
}

TEST(pages, a_page_is_as_long_as_the_specification_says)
{
	const auto length = [](std::uint32_t number) { return nvme::page_length(*nvme::find_page(number)); };
	EXPECT_EQ(length(RINGLINE_PAGE_IDENTIFY + 1), 3072U - 32 + 23) << "the last power state";
	EXPECT_EQ(length(RINGLINE_PAGE_IDENTIFY + 0), 384U);
	EXPECT_EQ(length(RINGLINE_PAGE_LOG + 2), 232U);
	EXPECT_EQ(length(RINGLINE_PAGE_LOG + 3), 64U);
	EXPECT_EQ(length(RINGLINE_PAGE_LOG + 4), 4096U);
	EXPECT_EQ(length(RINGLINE_PAGE_LOG + 5), 2048U);
	EXPECT_EQ(length(RINGLINE_PAGE_LOG + 6), 564U);
	EXPECT_EQ(length(RINGLINE_PAGE_LOG + 0x81), 32U);
}

} // namespace
