// SPDX-License-Identifier: MIT OR Apache-2.0
// The plain line format of the files beside an image: a header line, then lines of key=value pairs, '#' comments and
// blank lines. Such a file may come from anywhere, so every byte of it is checked, and what is wrong is said with the
// line's number.
#pragma once

#include "base/memory.h"

#include <ringline/ringline.h>

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace ringline::device
{

inline constexpr std::size_t text_file_max = 65536;
inline constexpr std::size_t text_line_max = 255;

/// Reads a whole file. 1: here it is; 0: there is none; or a negative errno with the diagnosis filled: it cannot be
/// read, or it is not a regular file or too large.
std::int32_t load_text(const char *path, ringline_diagnosis *diagnosis, Array<char> *room, std::string_view *text);

/// The name of a file as complaints have it: its last component, so that there is room left for what is wrong.
const char *short_name(const char *path);

/// Goes through a text line by line.
class TextLines
{
public:
	TextLines(std::string_view text, const char *name, ringline_diagnosis *diagnosis)
		: rest_(text), name_(name), diagnosis_(diagnosis)
	{
	}

	/// Takes the first line, which must be `expected`, such as "ringline-faults 1". 0 or -EINVAL.
	std::int32_t header(std::string_view expected);
	/// Takes the next line that has pairs. 1: *line is one, without its comment; 0: the end; or -EINVAL.
	std::int32_t next(std::string_view *line);
	/// Takes the next pair off a line. 1, 0 (none is left) or -EINVAL.
	std::int32_t pair(std::string_view *line, std::string_view *key, std::string_view *value) const;
	/// Fills the diagnosis with the file, the line and a printf-style sentence; -EINVAL.
	[[gnu::format(printf, 2, 3)]] std::int32_t refuse(const char *format, ...) const;

private:
	std::int32_t take(std::string_view *line);

	std::string_view rest_;
	const char *name_;
	ringline_diagnosis *diagnosis_;
	std::uint32_t number_ = 0;
};

/// Decimal or 0x, nothing before or behind it, at most max.
[[nodiscard]] bool parse_number(std::string_view text, std::uint64_t max, std::uint64_t *number);
/// A decimal number and ns, us, ms or s, at most max_ns.
[[nodiscard]] bool parse_time(std::string_view text, std::uint64_t max_ns, std::uint64_t *time_ns);

} // namespace ringline::device
