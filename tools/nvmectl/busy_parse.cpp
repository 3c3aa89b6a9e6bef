// SPDX-License-Identifier: MIT OR Apache-2.0
#include "busy_parse.h"

#include <charconv>

namespace nvmectl
{
namespace
{

std::vector<std::string_view> cut(std::string_view text, char separator)
{
	std::vector<std::string_view> parts;
	while (!text.empty()) {
		const std::size_t end = text.find(separator);
		const std::string_view part = text.substr(0, end);
		if (!part.empty()) {
			parts.push_back(part);
		}
		text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
	}
	return parts;
}

bool parse_unsigned(std::string_view text, std::uint32_t *value)
{
	const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), *value);
	return error == std::errc() && end == text.data() + text.size();
}

bool is_octal(char letter)
{
	return letter >= '0' && letter <= '7';
}

} // namespace

std::string unescape(std::string_view text)
{
	std::string name;
	for (std::size_t i = 0; i < text.size(); ++i) {
		if (text[i] == '\\' && i + 3 < text.size() && is_octal(text[i + 1]) && is_octal(text[i + 2]) &&
		    is_octal(text[i + 3])) {
			name += static_cast<char>((text[i + 1] - '0') * 64 + (text[i + 2] - '0') * 8 +
						  (text[i + 3] - '0'));
			i += 3;
		} else {
			name += text[i];
		}
	}
	return name;
}

bool parse_device_number(std::string_view text, DeviceNumber *number)
{
	while (text.ends_with('\n')) {
		text.remove_suffix(1);
	}
	const std::size_t colon = text.find(':');
	DeviceNumber found;
	if (colon == std::string_view::npos || !parse_unsigned(text.substr(0, colon), &found.major) ||
	    !parse_unsigned(text.substr(colon + 1), &found.minor)) {
		return false;
	}
	*number = found;
	return true;
}

std::vector<Mount> parse_mountinfo(std::string_view text)
{
	// 36 35 98:0 /root /mount/point rw,noatime master:1 - ext4 /dev/root rw
	std::vector<Mount> mounts;
	for (const std::string_view line : cut(text, '\n')) {
		const std::vector<std::string_view> words = cut(line, ' ');
		std::size_t dash = 6; // optional fields come first, as many as there are
		while (dash < words.size() && words[dash] != "-") {
			++dash;
		}
		Mount mount;
		if (dash + 2 >= words.size() || !parse_device_number(words[2], &mount.device)) {
			continue;
		}
		mount.mount_point = unescape(words[4]);
		mount.type = words[dash + 1];
		mount.source = unescape(words[dash + 2]);
		mounts.push_back(std::move(mount));
	}
	return mounts;
}

std::vector<std::string> parse_swaps(std::string_view text)
{
	std::vector<std::string> paths;
	bool heading = true;
	for (const std::string_view line : cut(text, '\n')) {
		if (!heading) {
			paths.push_back(unescape(line.substr(0, line.find_first_of(" \t"))));
		}
		heading = false;
	}
	return paths;
}

} // namespace nvmectl
