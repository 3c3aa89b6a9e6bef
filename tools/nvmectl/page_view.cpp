// SPDX-License-Identifier: MIT OR Apache-2.0
#include "page_view.h"

#include "units.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

namespace nvmectl
{
namespace
{

constexpr double two_to_64 = 18446744073709551616.0;
constexpr double zero_celsius = 273.15;

/// Fields of one list, which stand one after the other.
using Fields = std::vector<ringline_field>;

Fields all_fields(std::uint32_t page)
{
	Fields fields;
	ringline_field field = {};
	field.struct_size = sizeof field;
	for (std::uint32_t index = 0; ringline_page_field(page, index, &field) == 0; ++index) {
		fields.push_back(field);
	}
	return fields;
}

bool is_bytes(const ringline_field &field)
{
	return field.kind == RINGLINE_FIELD_TEXT || field.kind == RINGLINE_FIELD_BYTES;
}

/// Nothing if the data ends before it.
std::optional<std::span<const std::uint8_t>> bytes_of(const ringline_field &field, std::uint32_t record,
						      std::span<const std::uint8_t> data)
{
	const std::size_t offset = field.offset + std::size_t{field.stride} * record;
	const std::size_t length = (field.bit + field.bits + 7) / 8;
	if (offset > data.size() || length > data.size() - offset) {
		return std::nullopt;
	}
	return data.subspan(offset, length);
}

std::optional<FieldValue> value_of(std::uint32_t page, std::uint32_t index, const ringline_field &field,
				   std::uint32_t record, std::span<const std::uint8_t> data)
{
	const auto bytes = bytes_of(field, record, data);
	if (!bytes) {
		return std::nullopt;
	}
	FieldValue value;
	value.field = field;
	value.record = record;
	value.bytes = *bytes;
	if (!is_bytes(field)) {
		(void)ringline_page_value(page, index, record, data.data(), static_cast<std::uint32_t>(data.size()),
					  &value.low, &value.high);
	}
	return value;
}

bool all_zero(const std::vector<FieldValue> &record)
{
	return std::all_of(record.begin(), record.end(), [](const FieldValue &value) {
		return std::all_of(value.bytes.begin(), value.bytes.end(), [](std::uint8_t byte) { return byte == 0; });
	});
}

__extension__ using Wide = unsigned __int128;

/// Decimal, of 128 bits.
std::string decimal(std::uint64_t low, std::uint64_t high)
{
	auto value = static_cast<Wide>(high) << 64 | low;
	std::string digits;
	do {
		digits.insert(digits.begin(), static_cast<char>('0' + static_cast<int>(value % 10)));
		value /= 10;
	} while (value != 0);
	return digits;
}

Json value_json(const FieldValue &value)
{
	switch (value.field.kind) {
	case RINGLINE_FIELD_TEXT:
		return trimmed(value.bytes);
	case RINGLINE_FIELD_BYTES:
		return hex_bytes(value.bytes);
	case RINGLINE_FIELD_FLAG:
		return value.low != 0;
	default:
		return value.high == 0 ? Json(value.low) : Json(decimal(value.low, value.high));
	}
}

std::string amount_text(const FieldValue &value)
{
	const double amount = scaled(value);
	if (value.field.unit == RINGLINE_UNIT_BYTES) {
		return amount < two_to_64 ? human_bytes(static_cast<std::uint64_t>(amount))
					  : fmt::format("{:.3g} B", amount);
	}
	return fmt::format("{} {}", amount, ringline_unit_name(value.field.unit));
}

std::string number_text(const FieldValue &value)
{
	std::string digits = decimal(value.low, value.high);
	const ringline_field &field = value.field;
	const bool nothing = value.low == 0 && value.high == 0;
	if (field.unit == RINGLINE_UNIT_NONE) {
		return digits;
	}
	if (nothing && field.kind == RINGLINE_FIELD_POWER) {
		return digits; // a special case of each such field, not 2 to the power of 0
	}
	const bool says_more = field.kind == RINGLINE_FIELD_POWER || field.scale != 1 ||
			       (field.unit == RINGLINE_UNIT_BYTES && value.low >= 1024);
	return says_more ? fmt::format("{} ({})", digits, amount_text(value))
			 : fmt::format("{} {}", digits, ringline_unit_name(field.unit));
}

std::string value_text(const FieldValue &value)
{
	switch (value.field.kind) {
	case RINGLINE_FIELD_TEXT:
		return trimmed(value.bytes);
	case RINGLINE_FIELD_BYTES:
		return hex_bytes(value.bytes);
	case RINGLINE_FIELD_FLAG:
		return value.low != 0 ? "yes" : "no";
	case RINGLINE_FIELD_CODE:
		return fmt::format("{:#x}", value.low);
	case RINGLINE_FIELD_TEMPERATURE:
		return value.low == 0 ? "not reported"
				      : fmt::format("{} K ({:.0f} C)", value.low,
						    static_cast<double>(value.low) - zero_celsius);
	default:
		return number_text(value);
	}
}

/// Where the fields of one list end.
std::size_t end_of_list(const Fields &fields, std::size_t first)
{
	std::size_t end = first;
	while (end < fields.size() && std::string_view(fields[end].list) == fields[first].list) {
		++end;
	}
	return end;
}

void read_list(std::uint32_t page, const Fields &fields, std::pair<std::size_t, std::size_t> range,
	       std::span<const std::uint8_t> data, std::vector<FieldValue> *values)
{
	const std::uint32_t records = fields[range.first].records;
	for (std::uint32_t record = 0; records == 0 || record < records; ++record) {
		std::vector<FieldValue> of_record;
		for (std::size_t i = range.first; i < range.second; ++i) {
			const auto value = value_of(page, static_cast<std::uint32_t>(i), fields[i], record, data);
			if (!value) {
				return;
			}
			of_record.push_back(*value);
		}
		if (!all_zero(of_record)) {
			values->insert(values->end(), of_record.begin(), of_record.end());
		}
	}
}

} // namespace

std::vector<FieldValue> read_page(std::uint32_t page, std::span<const std::uint8_t> data)
{
	const Fields fields = all_fields(page);
	std::vector<FieldValue> values;
	for (std::size_t i = 0; i < fields.size();) {
		if (fields[i].list[0] != '\0') {
			const std::size_t end = end_of_list(fields, i);
			read_list(page, fields, {i, end}, data, &values);
			i = end;
			continue;
		}
		if (const auto value = value_of(page, static_cast<std::uint32_t>(i), fields[i], 0, data)) {
			values.push_back(*value);
		}
		++i;
	}
	return values;
}

Json page_json(std::uint32_t page, std::span<const std::uint8_t> data)
{
	Json json = Json::object();
	for (const ringline_field &field : all_fields(page)) {
		if (field.list[0] != '\0') {
			json[field.list] = Json::array(); // there is one, even if nothing is in it
		} else {
			json[field.name] = nullptr; // in its place
		}
	}
	for (const FieldValue &value : read_page(page, data)) {
		if (value.field.list[0] == '\0') {
			json[value.field.name] = value_json(value);
			continue;
		}
		Json &list = json[value.field.list];
		if (list.empty() || list.back()["index"] != value.record) {
			list.push_back({{"index", value.record}});
		}
		list.back()[value.field.name] = value_json(value);
	}
	return json;
}

std::string page_text(std::uint32_t page, std::span<const std::uint8_t> data)
{
	std::string text;
	std::string record;
	for (const FieldValue &value : read_page(page, data)) {
		const bool listed = value.field.list[0] != '\0';
		const std::string of = listed ? fmt::format("{}[{}]", value.field.list, value.record) : "";
		if (listed && of != record) {
			text += of + ":\n";
		}
		record = of;
		text += fmt::format("{}{:<{}}  {:<28}  {}\n", listed ? "  " : "", value.field.name, listed ? 24 : 26,
				    value_text(value), value.field.text);
	}
	return text;
}

double scaled(const FieldValue &value)
{
	const double number = static_cast<double>(value.high) * two_to_64 + static_cast<double>(value.low);
	const double plain =
		value.field.kind == RINGLINE_FIELD_POWER ? std::ldexp(1.0, static_cast<int>(value.low & 0xff)) : number;
	return plain * static_cast<double>(value.field.scale);
}

std::string trimmed(std::span<const std::uint8_t> bytes)
{
	std::string text;
	for (const std::uint8_t byte : bytes) {
		if (byte == 0) {
			break;
		}
		text += byte >= 0x20 && byte <= 0x7e ? static_cast<char>(byte) : '?';
	}
	const std::size_t last = text.find_last_not_of(' ');
	return last == std::string::npos ? "" : text.substr(0, last + 1);
}

std::string hex_bytes(std::span<const std::uint8_t> bytes)
{
	std::string text;
	for (const std::uint8_t byte : bytes) {
		text += fmt::format("{:02x}", byte);
	}
	return text;
}

std::string hex_dump(std::span<const std::uint8_t> bytes)
{
	constexpr std::size_t per_line = 16;
	std::string text;
	for (std::size_t at = 0; at < bytes.size(); at += per_line) {
		const auto line = bytes.subspan(at, std::min(per_line, bytes.size() - at));
		std::string shown;
		std::string characters;
		for (const std::uint8_t byte : line) {
			shown += fmt::format("{:02x} ", byte);
			characters += byte >= 0x20 && byte <= 0x7e ? static_cast<char>(byte) : '.';
		}
		text += fmt::format("{:08x}  {:<48} {}\n", at, shown, characters);
	}
	return text;
}

} // namespace nvmectl
