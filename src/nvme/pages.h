// SPDX-License-Identifier: MIT OR Apache-2.0
// The one table of what is in Identify pages, logs, features and zone reports (see ringline/pages.h). Rows are made by
// the functions below, so that a line can be checked against the specification's: name, byte, width, help.
#pragma once

#include <ringline/ringline.h>

#include <cstdint>
#include <span>

namespace ringline::nvme
{

struct Field {
	const char *list; ///< "" outside of lists.
	const char *name;
	const char *text;
	std::uint32_t scale;
	std::uint16_t offset;
	std::uint16_t bits;
	std::uint16_t records;
	std::uint16_t stride;
	std::uint8_t bit;
	std::uint8_t kind;
	std::uint8_t unit;
	std::uint8_t bias;
	bool zero_is_none; ///< The raw number 0 stays 0, whatever the bias.

	[[nodiscard]] constexpr Field of(std::uint8_t its_unit, std::uint32_t its_scale = 1) const
	{
		Field field = *this;
		field.unit = its_unit;
		field.scale = its_scale;
		return field;
	}
	/// The raw number 0 means 1.
	[[nodiscard]] constexpr Field zero_based() const
	{
		Field field = *this;
		field.bias = 1;
		return field;
	}
	/// The raw number 0 means that there is none; all others are zero-based.
	[[nodiscard]] constexpr Field zero_based_or_none() const
	{
		Field field = zero_based();
		field.zero_is_none = true;
		return field;
	}
	/// records 0: as many as there is data for.
	[[nodiscard]] constexpr Field in(const char *its_list, std::uint16_t how_many, std::uint16_t bytes) const
	{
		Field field = *this;
		field.list = its_list;
		field.records = how_many;
		field.stride = bytes;
		return field;
	}
};

struct Page {
	std::uint32_t number; ///< RINGLINE_PAGE_* and what is added to it.
	const char *name;
	std::span<const Field> fields;
};

std::span<const Page> identify_pages();
std::span<const Page> log_pages();
std::span<const Page> feature_pages();

/// Null if this version does not know it.
const Page *find_page(std::uint32_t number);
/// Where a record's field begins in the page, and how many bytes it lies in.
std::uint64_t field_offset(const Field &field, std::uint32_t record);
std::uint32_t field_bytes(const Field &field);
/// Bytes that all fields need; of a list without end, its first record.
std::uint32_t page_length(const Page &page);
/// See ringline_page_value().
std::int32_t field_value(const Field &field, std::uint32_t record, std::span<const std::uint8_t> data,
			 std::uint64_t *low, std::uint64_t *high);

/// Rows. offset: bytes from the beginning of the page; in a list, of the first record.
namespace row
{
constexpr Field make(std::uint8_t kind, const char *name, std::uint16_t offset, std::uint8_t bit, std::uint16_t bits,
		     const char *text)
{
	return {.list = "",
		.name = name,
		.text = text,
		.scale = 1,
		.offset = offset,
		.bits = bits,
		.records = 1,
		.stride = 0,
		.bit = bit,
		.kind = kind,
		.unit = RINGLINE_UNIT_NONE,
		.bias = 0,
		.zero_is_none = false};
}
constexpr Field number(const char *name, std::uint16_t offset, std::uint16_t bits, const char *text)
{
	return make(RINGLINE_FIELD_NUMBER, name, offset, 0, bits, text);
}
constexpr Field code(const char *name, std::uint16_t offset, std::uint16_t bits, const char *text)
{
	return make(RINGLINE_FIELD_CODE, name, offset, 0, bits, text);
}
/// A part of a wider field, from a bit on.
constexpr Field part(const char *name, std::uint16_t offset, std::uint8_t bit, std::uint16_t bits, const char *text)
{
	return make(RINGLINE_FIELD_NUMBER, name, offset, bit, bits, text);
}
constexpr Field flag(const char *name, std::uint16_t offset, std::uint8_t bit, const char *text)
{
	return make(RINGLINE_FIELD_FLAG, name, offset, bit, 1, text);
}
constexpr Field power(const char *name, std::uint16_t offset, std::uint16_t bits, const char *text)
{
	return make(RINGLINE_FIELD_POWER, name, offset, 0, bits, text);
}
constexpr Field temperature(const char *name, std::uint16_t offset, const char *text)
{
	return make(RINGLINE_FIELD_TEMPERATURE, name, offset, 0, 16, text).of(RINGLINE_UNIT_KELVIN);
}
constexpr Field characters(const char *name, std::uint16_t offset, std::uint16_t length, const char *text)
{
	return make(RINGLINE_FIELD_TEXT, name, offset, 0, static_cast<std::uint16_t>(length * 8), text);
}
constexpr Field bytes(const char *name, std::uint16_t offset, std::uint16_t length, const char *text)
{
	return make(RINGLINE_FIELD_BYTES, name, offset, 0, static_cast<std::uint16_t>(length * 8), text);
}
} // namespace row

/// In a page's number, of the zoned command set.
inline constexpr std::uint32_t of_zoned_set = 2U << 16;

} // namespace ringline::nvme
