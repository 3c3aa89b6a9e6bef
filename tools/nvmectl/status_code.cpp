// SPDX-License-Identifier: MIT OR Apache-2.0
#include "status_code.h"

#include "error.h"
#include "units.h"

#include <ringline/nvme.h>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

namespace nvmectl
{
namespace
{

struct NamedOpcode {
	std::string_view name;
	std::uint8_t opcode;
};

constexpr std::array<NamedOpcode, 14> opcodes = {{
	{"flush", RINGLINE_NVME_FLUSH},
	{"write", RINGLINE_NVME_WRITE},
	{"read", RINGLINE_NVME_READ},
	{"write-uncorrectable", RINGLINE_NVME_WRITE_UNCORRECTABLE},
	{"compare", RINGLINE_NVME_COMPARE},
	{"write-zeroes", RINGLINE_NVME_WRITE_ZEROES},
	{"dataset-management", RINGLINE_NVME_DATASET_MANAGEMENT},
	{"verify", RINGLINE_NVME_VERIFY},
	{"io-management-receive", RINGLINE_NVME_IO_MANAGEMENT_RECEIVE},
	{"copy", RINGLINE_NVME_COPY},
	{"io-management-send", RINGLINE_NVME_IO_MANAGEMENT_SEND},
	{"zone-management-send", RINGLINE_NVME_ZONE_MANAGEMENT_SEND},
	{"zone-management-receive", RINGLINE_NVME_ZONE_MANAGEMENT_RECEIVE},
	{"zone-append", RINGLINE_NVME_ZONE_APPEND},
}};

/// Digits with or without 0x in front or h behind.
std::optional<std::uint64_t> hexadecimal(std::string_view text)
{
	if (text.starts_with("0x") || text.starts_with("0X")) {
		text.remove_prefix(2);
	} else if (text.ends_with('h') || text.ends_with('H')) {
		text.remove_suffix(1);
	}
	std::uint64_t value = 0;
	const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, 16);
	if (error != std::errc() || end != text.data() + text.size()) {
		return std::nullopt;
	}
	return value;
}

[[noreturn]] void not_a_status(std::string_view text)
{
	throw Error(Exit::usage, fmt::format("{}: not a status code", text),
		    "write the status word as 641, 0x281 or 0x4281, or type and code as 2/81h");
}

std::uint16_t parse_pair(std::string_view text, std::size_t slash)
{
	const std::string_view type = text.substr(0, slash);
	const std::optional<std::uint64_t> code = hexadecimal(text.substr(slash + 1));
	const bool type_is_right = type.size() == 1 && type[0] >= '0' && type[0] <= '7';
	if (!type_is_right || !code || *code > 0xff) {
		throw Error(Exit::usage, fmt::format("{}: not a status code", text),
			    "in the form SCT/SC, SCT is 0 to 7 and SC is hexadecimal, 0 to FF: 2/81h");
	}
	return static_cast<std::uint16_t>(static_cast<unsigned>(type[0] - '0') << 8 | *code);
}

} // namespace

std::uint16_t parse_status(std::string_view text)
{
	const std::size_t slash = text.find('/');
	if (slash != std::string_view::npos) {
		return parse_pair(text, slash);
	}
	std::uint64_t value = 0;
	if (text.ends_with('h') || text.ends_with('H')) {
		const std::optional<std::uint64_t> parsed = hexadecimal(text);
		if (!parsed) {
			not_a_status(text);
		}
		value = *parsed;
	} else {
		try {
			value = parse_number(text, "CODE");
		} catch (const Error &) {
			not_a_status(text);
		}
	}
	if (value > 0x7fff) {
		throw Error(Exit::usage, fmt::format("{}: larger than a status word, which has 15 bits", text),
			    "of a completion queue entry's last dword take bits 31:17");
	}
	return static_cast<std::uint16_t>(value);
}

std::uint8_t parse_opcode(std::string_view text)
{
	for (const NamedOpcode &row : opcodes) {
		if (row.name == text) {
			return row.opcode;
		}
	}
	std::uint64_t value = 256;
	try {
		value = parse_number(text, "--opcode");
	} catch (const Error &) {
		// Said below, with the names that would do.
	}
	if (value > 255) {
		throw Error(Exit::usage, fmt::format("--opcode {}: not an opcode", text),
			    "a name such as read, write, flush, compare or verify, or a number up to 0xff");
	}
	return static_cast<std::uint8_t>(value);
}

std::string opcode_name(std::uint8_t opcode)
{
	const auto *const found = std::find_if(opcodes.begin(), opcodes.end(),
					       [opcode](const NamedOpcode &row) { return row.opcode == opcode; });
	return found != opcodes.end() ? std::string(found->name) : fmt::format("opcode {:#04x}", opcode);
}

std::string status_notation(std::uint16_t status)
{
	return fmt::format("{}/{:02X}h", status >> 8 & 7, status & 0xff);
}

} // namespace nvmectl
