// SPDX-License-Identifier: MIT OR Apache-2.0
// A page that a device gave, as text and as JSON, by the library's table of fields.
#pragma once

#include "report.h"

#include <ringline/ringline.h>

#include <nlohmann/json_fwd.hpp>

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace nvmectl
{

/// One field with its value. Numbers of more than 64 bits have a high part.
struct FieldValue {
	ringline_field field = {};
	std::uint32_t record = 0;
	std::uint64_t low = 0;
	std::uint64_t high = 0;
	std::span<const std::uint8_t> bytes; ///< Where it lies in the page.
};

/// What the data holds of the page, in the table's order. Records of lists that are all zeros are left out.
std::vector<FieldValue> read_page(std::uint32_t page, std::span<const std::uint8_t> data);

/// Members in the units of the fields' own, zero-based counts as counts; lists as arrays of objects that begin with the
/// record's index. What does not fit 64 bits is a string.
Json page_json(std::uint32_t page, std::span<const std::uint8_t> data);
/// A line for each field: name, value, what it means.
std::string page_text(std::uint32_t page, std::span<const std::uint8_t> data);

/// A value scaled to the unit, as a floating point number.
double scaled(const FieldValue &value);
/// Printable characters without the padding.
std::string trimmed(std::span<const std::uint8_t> bytes);
std::string hex_bytes(std::span<const std::uint8_t> bytes);
/// Offset, 16 bytes and their characters in a line.
std::string hex_dump(std::span<const std::uint8_t> bytes);

} // namespace nvmectl
