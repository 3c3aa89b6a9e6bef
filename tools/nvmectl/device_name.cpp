// SPDX-License-Identifier: MIT OR Apache-2.0
#include "device_name.h"

#include <cctype>

namespace nvmectl
{
namespace
{

/// Takes a prefix and at least one digit off the front.
bool eat_number(std::string_view &text, std::string_view prefix)
{
	if (!text.starts_with(prefix)) {
		return false;
	}
	std::size_t end = prefix.size();
	while (end < text.size() && std::isdigit(static_cast<unsigned char>(text[end])) != 0) {
		++end;
	}
	if (end == prefix.size()) {
		return false;
	}
	text.remove_prefix(end);
	return true;
}

bool is_node_name(std::string_view name)
{
	return eat_number(name, "ng") || eat_number(name, "nvme");
}

} // namespace

std::string resolve_device(std::string_view name)
{
	if (name.find('/') == std::string_view::npos && is_node_name(name)) {
		return "/dev/" + std::string(name);
	}
	return std::string(name);
}

std::string block_sibling(std::string_view node)
{
	const std::size_t slash = node.rfind('/');
	const std::string_view name = slash == std::string_view::npos ? node : node.substr(slash + 1);
	std::string_view rest = name;
	const bool generic = eat_number(rest, "ng");
	const bool block = !generic && eat_number(rest, "nvme");
	if ((!generic && !block) || !eat_number(rest, "n") || !rest.empty()) {
		return {};
	}
	return generic ? "nvme" + std::string(name.substr(2)) : std::string(name);
}

} // namespace nvmectl
