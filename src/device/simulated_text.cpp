// SPDX-License-Identifier: MIT OR Apache-2.0
#include "device/simulated_text.h"

#include "base/diagnosis.h"
#include "base/fd.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstdarg>
#include <cstdio>
#include <cstring>

namespace ringline::device
{

namespace
{

bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

// Not text.substr(), starts_with() and ends_with(): they can throw, and so need the C++ runtime.
std::string_view first(std::string_view text, std::size_t count)
{
	return {text.data(), std::min(count, text.size())};
}

std::string_view last(std::string_view text, std::size_t count)
{
	text.remove_prefix(text.size() - std::min(count, text.size()));
	return text;
}

std::string_view trimmed(std::string_view text)
{
	while (!text.empty() && is_blank(text.front())) {
		text.remove_prefix(1);
	}
	while (!text.empty() && is_blank(text.back())) {
		text.remove_suffix(1);
	}
	return text;
}

/// Control characters are refused everywhere: they would garble the terminal that a complaint is printed on.
const char *find_control(std::string_view line)
{
	const auto *found = std::find_if(line.begin(), line.end(), [](char c) {
		const auto byte = static_cast<unsigned char>(c);
		return (byte < 0x20 && c != '\t') || byte == 0x7f;
	});
	return found == line.end() ? nullptr : found;
}

/// The value of a digit in base 10 or 16, or 16.
std::uint32_t digit(char c)
{
	if (c >= '0' && c <= '9') {
		return static_cast<std::uint32_t>(c - '0');
	}
	const char lower = static_cast<char>(c | 0x20);
	if (lower >= 'a' && lower <= 'f') {
		return static_cast<std::uint32_t>(lower - 'a') + 10;
	}
	return 16;
}

std::int32_t unreadable(const char *path, std::int32_t error, ringline_diagnosis *diagnosis)
{
	switch (-error) {
	case EMFILE:
	case ENFILE:
	case ENOMEM:
		return fail(diagnosis, {.error = error, .rule = RINGLINE_RULE_RESOURCE},
			    "There is no free descriptor or memory to read '%.120s'.", short_name(path));
	case EACCES:
	case EPERM:
		return fail(diagnosis, {.error = -EACCES, .rule = RINGLINE_RULE_PERMISSION},
			    "Reading '%.120s', which belongs to the image, is not permitted.", short_name(path));
	default:
		return fail(diagnosis, {.error = -EIO, .rule = RINGLINE_RULE_IMAGE},
			    "'%.120s', which belongs to the image, cannot be read (errno %d).", short_name(path),
			    -error);
	}
}

/// Only a regular file is opened at all: opening another kind of file may block or have effects. O_NONBLOCK is for one
/// that was put there since.
std::int32_t open_text(const char *path, ringline_diagnosis *diagnosis, Fd *fd)
{
	struct stat facts = {};
	if (::stat(path, &facts) != 0) {
		// The name may be too long with its suffix only: then there is no such file either.
		const bool none = errno == ENOENT || errno == ENAMETOOLONG;
		return none ? 0 : unreadable(path, -errno, diagnosis);
	}
	if (S_ISREG(facts.st_mode)) {
		*fd = Fd(::open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
		if (!fd->valid() || ::fstat(fd->get(), &facts) != 0) {
			return unreadable(path, -errno, diagnosis);
		}
	}
	if (!S_ISREG(facts.st_mode)) {
		return fail(diagnosis, {.error = -EINVAL, .rule = RINGLINE_RULE_IMAGE},
			    "'%.120s', which belongs to the image, is not a regular file.", short_name(path));
	}
	return 1;
}

} // namespace

const char *short_name(const char *path)
{
	const char *slash = std::strrchr(path, '/');
	return slash != nullptr ? slash + 1 : path;
}

std::int32_t load_text(const char *path, ringline_diagnosis *diagnosis, Array<char> *room, std::string_view *text)
{
	Fd fd;
	const std::int32_t found = open_text(path, diagnosis, &fd);
	if (found <= 0) {
		return found;
	}
	if (!room->allocate(text_file_max + 1)) {
		return fail(diagnosis, {.error = -ENOMEM, .rule = RINGLINE_RULE_RESOURCE}, "Out of memory.");
	}
	std::size_t length = 0;
	while (length < room->size()) {
		const ssize_t got = ::read(fd.get(), room->begin() + length, room->size() - length);
		if (got < 0 && errno != EINTR) {
			return unreadable(path, -errno, diagnosis);
		}
		if (got == 0) {
			break;
		}
		length += got > 0 ? static_cast<std::size_t>(got) : 0;
	}
	if (length > text_file_max) {
		return fail(diagnosis,
			    {.error = -EINVAL, .rule = RINGLINE_RULE_IMAGE, .given = length, .wanted = text_file_max},
			    "'%.120s' is larger than %zu bytes.", short_name(path), text_file_max);
	}
	*text = {room->begin(), length};
	return 1;
}

std::int32_t TextLines::refuse(const char *format, ...) const
{
	char sentence[160];
	std::va_list arguments;
	va_start(arguments, format);
	(void)std::vsnprintf(sentence, sizeof sentence, format, arguments);
	va_end(arguments);
	return fail(diagnosis_, {.error = -EINVAL, .rule = RINGLINE_RULE_IMAGE, .given = number_}, "%.48s, line %u: %s",
		    name_, number_, sentence);
}

std::int32_t TextLines::take(std::string_view *line)
{
	if (rest_.empty()) {
		return 0;
	}
	++number_;
	const std::size_t end = std::min(rest_.find('\n'), rest_.size());
	*line = first(rest_, end);
	rest_.remove_prefix(std::min(end + 1, rest_.size()));
	if (line->size() > text_line_max) {
		return refuse("it is longer than %zu bytes.", text_line_max);
	}
	if (const char *control = find_control(*line); control != nullptr) {
		return refuse("there is a control character, 0x%02x.",
			      static_cast<unsigned>(static_cast<unsigned char>(*control)));
	}
	return 1;
}

std::int32_t TextLines::header(std::string_view expected)
{
	std::string_view line;
	const std::int32_t taken = take(&line);
	if (taken < 0) {
		return taken;
	}
	if (taken == 0 || trimmed(line) != expected) {
		number_ = 1; // also of an empty file
		return refuse("the first line must be '%.*s'.", static_cast<int>(expected.size()), expected.data());
	}
	return 0;
}

std::int32_t TextLines::next(std::string_view *line)
{
	for (;;) {
		const std::int32_t taken = take(line);
		if (taken <= 0) {
			return taken;
		}
		*line = trimmed(first(*line, line->find('#')));
		if (std::any_of(line->begin(), line->end(), [](char c) { return (c & 0x80) != 0; })) {
			return refuse("only a comment may have characters that are not ASCII.");
		}
		if (!line->empty()) {
			return 1;
		}
	}
}

std::int32_t TextLines::pair(std::string_view *line, std::string_view *key, std::string_view *value) const
{
	*line = trimmed(*line);
	if (line->empty()) {
		return 0;
	}
	const auto *end = std::find_if(line->begin(), line->end(), is_blank);
	const std::string_view token = first(*line, static_cast<std::size_t>(end - line->begin()));
	const std::size_t equals = token.find('=');
	if (equals == std::string_view::npos || equals == 0 || equals + 1 == token.size()) {
		return refuse("'%.*s' is not key=value.", static_cast<int>(std::min<std::size_t>(token.size(), 40)),
			      token.data());
	}
	*key = first(token, equals);
	*value = token;
	value->remove_prefix(equals + 1);
	line->remove_prefix(token.size());
	return 1;
}

bool parse_number(std::string_view text, std::uint64_t max, std::uint64_t *number)
{
	std::uint64_t base = 10;
	if (text.size() > 2 && text[0] == '0' && (text[1] == 'x' || text[1] == 'X')) {
		base = 16;
		text.remove_prefix(2);
	}
	if (text.empty()) {
		return false;
	}
	std::uint64_t sum = 0;
	for (const char c : text) {
		const std::uint64_t value = digit(c);
		if (value >= base || value > max || sum > (max - value) / base) {
			return false;
		}
		sum = sum * base + value;
	}
	*number = sum;
	return true;
}

bool parse_time(std::string_view text, std::uint64_t max_ns, std::uint64_t *time_ns)
{
	struct Unit {
		std::string_view suffix;
		std::uint64_t ns;
	};
	// "s" is last because the others end with it too.
	constexpr Unit units[] = {{"ns", 1}, {"us", 1'000}, {"ms", 1'000'000}, {"s", 1'000'000'000}};
	for (const Unit &unit : units) {
		if (last(text, unit.suffix.size()) != unit.suffix) {
			continue;
		}
		text.remove_suffix(unit.suffix.size());
		std::uint64_t count = 0;
		const bool decimal = std::all_of(text.begin(), text.end(), [](char c) { return digit(c) < 10; });
		if (!decimal || !parse_number(text, max_ns / unit.ns, &count)) {
			return false;
		}
		*time_ns = count * unit.ns;
		return true;
	}
	return false;
}

} // namespace ringline::device
