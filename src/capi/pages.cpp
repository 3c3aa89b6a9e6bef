// SPDX-License-Identifier: MIT OR Apache-2.0
// The functions of ringline/pages.h.
#include "nvme/pages.h"
#include "base/struct_size.h"

#include <ringline/pages.h>

#include <cerrno>
#include <cstddef>
#include <cstring>

using namespace ringline;

namespace
{

// The size of the struct in 0.1: what the oldest caller can have. It stays when the struct grows.
constexpr std::uint32_t field_minimum = 240;
static_assert(sizeof(ringline_field) >= field_minimum);

template <std::size_t count> void copy_text(char (&to)[count], const char *from)
{
	std::strncpy(to, from, count - 1); // zeroes the rest; the last byte is zero already
}

const nvme::Field *find_field(std::uint32_t page, std::uint32_t index)
{
	const nvme::Page *const found = nvme::find_page(page);
	return found != nullptr && index < found->fields.size() ? &found->fields[index] : nullptr;
}

ringline_field describe(const nvme::Field &field)
{
	ringline_field told = {};
	told.kind = field.kind;
	told.unit = field.unit;
	told.offset = field.offset;
	told.bit = field.bit;
	told.bits = field.bits;
	told.records = field.records;
	told.stride = field.stride;
	told.bias = field.bias;
	told.scale = field.scale;
	copy_text(told.list, field.list);
	copy_text(told.name, field.name);
	copy_text(told.text, field.text);
	return told;
}

} // namespace

const char *ringline_page_name(std::uint32_t page)
{
	const nvme::Page *const found = nvme::find_page(page);
	return found != nullptr ? found->name : "unknown";
}

std::int32_t ringline_page_length(std::uint32_t page)
{
	const nvme::Page *const found = nvme::find_page(page);
	return found != nullptr ? static_cast<std::int32_t>(nvme::page_length(*found)) : -ENOENT;
}

std::int32_t ringline_page_field(std::uint32_t page, std::uint32_t index, ringline_field *field)
{
	const std::int32_t error = check_output(field, field_minimum);
	if (error < 0) {
		return error;
	}
	const nvme::Field *const found = find_field(page, index);
	if (found == nullptr) {
		return -ENOENT;
	}
	give_output(field, describe(*found));
	return 0;
}

std::int32_t ringline_page_value(std::uint32_t page, std::uint32_t index, std::uint32_t record,
				 const std::uint8_t *data, std::uint32_t length, std::uint64_t *low,
				 std::uint64_t *high)
{
	if (data == nullptr || low == nullptr) {
		return -EINVAL;
	}
	const nvme::Field *const found = find_field(page, index);
	return found != nullptr ? nvme::field_value(*found, record, {data, length}, low, high) : -ENOENT;
}

const char *ringline_unit_name(std::uint32_t unit)
{
	switch (unit) {
	case RINGLINE_UNIT_BYTES:
		return "B";
	case RINGLINE_UNIT_BLOCKS:
		return "blocks";
	case RINGLINE_UNIT_PERCENT:
		return "%";
	case RINGLINE_UNIT_KELVIN:
		return "K";
	case RINGLINE_UNIT_MILLIWATTS:
		return "mW";
	case RINGLINE_UNIT_MICROSECONDS:
		return "us";
	case RINGLINE_UNIT_MILLISECONDS:
		return "ms";
	case RINGLINE_UNIT_SECONDS:
		return "s";
	case RINGLINE_UNIT_MINUTES:
		return "min";
	case RINGLINE_UNIT_HOURS:
		return "h";
	default:
		return "";
	}
}
