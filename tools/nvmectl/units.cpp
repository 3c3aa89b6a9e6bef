// SPDX-License-Identifier: MIT OR Apache-2.0
#include "units.h"

#include "error.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <limits>
#include <optional>
#include <span>

namespace nvmectl
{
namespace
{

struct Unit {
	std::string_view name;
	std::uint64_t value; ///< Bytes, nanoseconds, or pieces.
};

constexpr std::uint64_t kib = 1024;
constexpr std::array<Unit, 22> units = {{
	{"", 1},
	{"B", 1},
	{"k", kib},
	{"K", kib},
	{"Ki", kib},
	{"KiB", kib},
	{"kB", 1000},
	{"KB", 1000},
	{"M", kib *kib},
	{"Mi", kib *kib},
	{"MiB", kib *kib},
	{"MB", 1000ull * 1000},
	{"G", kib *kib *kib},
	{"Gi", kib *kib *kib},
	{"GiB", kib *kib *kib},
	{"GB", 1000ull * 1000 * 1000},
	{"T", kib *kib *kib *kib},
	{"Ti", kib *kib *kib *kib},
	{"TiB", kib *kib *kib *kib},
	{"TB", 1000ull * 1000 * 1000 * 1000},
	{"m", kib *kib},
	{"g", kib *kib *kib},
}};

/// Of what is counted, not stored.
constexpr std::array<Unit, 5> multiples = {{
	{"", 1},
	{"k", 1000},
	{"K", 1000},
	{"M", 1000ull * 1000},
	{"G", 1000ull * 1000 * 1000},
}};

/// As in the rules files of simulated devices; a number alone is seconds.
constexpr std::array<Unit, 7> durations = {{
	{"", 1000000000},
	{"ns", 1},
	{"us", 1000},
	{"ms", 1000000},
	{"s", 1000000000},
	{"m", 60000000000},
	{"h", 3600000000000},
}};

struct Leading {
	std::uint64_t value = 0;
	std::string_view rest;
	bool valid = false;
	bool overflow = false;
};

Leading leading_number(std::string_view text)
{
	const bool hexadecimal = text.starts_with("0x") || text.starts_with("0X");
	const std::string_view digits = hexadecimal ? text.substr(2) : text;
	Leading found;
	const auto [end, error] =
		std::from_chars(digits.data(), digits.data() + digits.size(), found.value, hexadecimal ? 16 : 10);
	found.overflow = error == std::errc::result_out_of_range;
	found.valid = error == std::errc();
	found.rest = digits.substr(static_cast<std::size_t>(end - digits.data()));
	return found;
}

[[noreturn]] void too_large(std::string_view text, std::string_view option)
{
	throw Error(Exit::usage, fmt::format("{} {}: the number is larger than 64 bits hold", option, text));
}

/// "1.23", "12.3", "123".
std::string three_digits(double value)
{
	const int decimals = value < 9.995 ? 2 : value < 99.95 ? 1 : 0;
	return fmt::format("{:.{}f}", value, decimals);
}

/// Nothing if there is no number, or no such unit.
std::optional<std::uint64_t> parse_with_unit(std::string_view text, std::string_view option,
					     std::span<const Unit> table)
{
	const Leading number = leading_number(text);
	if (number.overflow) {
		too_large(text, option);
	}
	std::string_view name = number.rest;
	while (name.starts_with(' ')) {
		name.remove_prefix(1);
	}
	for (const Unit &unit : table) {
		if (number.valid && unit.name == name) {
			if (number.value > std::numeric_limits<std::uint64_t>::max() / unit.value) {
				too_large(text, option);
			}
			return number.value * unit.value;
		}
	}
	return std::nullopt;
}

} // namespace

std::uint64_t parse_number(std::string_view text, std::string_view option)
{
	const Leading number = leading_number(text);
	if (number.overflow) {
		too_large(text, option);
	}
	if (!number.valid || !number.rest.empty()) {
		throw Error(Exit::usage, fmt::format("{} {}: not a number", option, text),
			    "a whole number is needed, decimal or hexadecimal with 0x, without a sign or a unit");
	}
	return number.value;
}

std::uint64_t parse_bytes(std::string_view text, std::string_view option)
{
	const std::optional<std::uint64_t> bytes = parse_with_unit(text, option, units);
	if (!bytes) {
		throw Error(Exit::usage, fmt::format("{} {}: not a size", option, text),
			    "a whole number of bytes, or with a unit: 4096, 4k, 64MiB, 1GiB (k = KiB = 1024, kB = "
			    "1000)");
	}
	return *bytes;
}

std::uint64_t parse_count(std::string_view text, std::string_view option)
{
	const std::optional<std::uint64_t> count = parse_with_unit(text, option, multiples);
	if (!count) {
		throw Error(Exit::usage, fmt::format("{} {}: not a number", option, text),
			    "a whole number, or with a unit: 50000, 50k, 2M (k = 1000)");
	}
	return *count;
}

std::uint64_t parse_duration_ns(std::string_view text, std::string_view option)
{
	const std::optional<std::uint64_t> nanoseconds = parse_with_unit(text, option, durations);
	if (!nanoseconds) {
		throw Error(Exit::usage, fmt::format("{} {}: not a time", option, text),
			    "a whole number of seconds, or with a unit: 10, 10s, 500ms, 2m, 1h");
	}
	return *nanoseconds;
}

std::string human_bytes(std::uint64_t bytes)
{
	static constexpr std::array<std::string_view, 7> names = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
	std::size_t index = 0;
	std::uint64_t unit = 1;
	while (index + 1 < names.size() && bytes / unit >= kib) {
		unit *= kib;
		++index;
	}
	if (bytes % unit == 0) {
		return fmt::format("{} {}", bytes / unit, names.at(index));
	}
	return fmt::format("{:.1f} {}", static_cast<double>(bytes) / static_cast<double>(unit), names.at(index));
}

std::string human_time(std::uint64_t nanoseconds)
{
	if (nanoseconds < 1000) {
		return fmt::format("{} ns", nanoseconds);
	}
	static constexpr std::array<std::string_view, 3> names = {"us", "ms", "s"};
	double value = static_cast<double>(nanoseconds) / 1000;
	std::size_t index = 0;
	while (index + 1 < names.size() && value >= 999.5) {
		value /= 1000;
		++index;
	}
	return fmt::format("{} {}", three_digits(value), names.at(index));
}

std::string human_count(double count)
{
	static constexpr std::array<std::string_view, 4> names = {"", " k", " M", " G"};
	std::size_t index = 0;
	while (index + 1 < names.size() && count >= 999.5) {
		count /= 1000;
		++index;
	}
	return three_digits(count) + std::string(names.at(index));
}

std::string count_of(std::uint64_t count, std::string_view noun)
{
	return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s");
}

} // namespace nvmectl
