// SPDX-License-Identifier: MIT OR Apache-2.0
#include "device/sysfs.h"

#include "base/fd.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace ringline::device::sysfs
{

namespace
{

// The last component of the link's target.
bool read_link_name(const char *path, char *name, std::size_t bytes)
{
	char target[path_bytes];
	const ssize_t length = ::readlink(path, target, sizeof target - 1);
	if (length <= 0) {
		return false;
	}
	target[length] = '\0';
	const char *slash = std::strrchr(target, '/');
	const char *last = slash != nullptr ? slash + 1 : target;
	const std::size_t size = std::strlen(last) + 1;
	if (size > bytes) {
		return false;
	}
	std::memcpy(name, last, size);
	return true;
}

// Does the rest of a name read "0n1"?
bool is_controller_and_namespace(const char *text)
{
	const auto skip_digits = [](const char *at) {
		while (*at >= '0' && *at <= '9') {
			++at;
		}
		return at;
	};
	const char *n = skip_digits(text);
	if (n == text || *n != 'n') {
		return false;
	}
	const char *end = skip_digits(n + 1);
	return end != n + 1 && *end == '\0';
}

bool swap_prefix(const char *name, const char *prefix, const char *other, char *result)
{
	const std::size_t length = std::strlen(prefix);
	if (std::strncmp(name, prefix, length) != 0 || !is_controller_and_namespace(name + length)) {
		return false;
	}
	const int written = std::snprintf(result, name_bytes, "%s%s", other, name + length);
	return written > 0 && static_cast<std::size_t>(written) < name_bytes;
}

} // namespace

bool read_text(const char *path, char *text, std::size_t bytes)
{
	const Fd file(::open(path, O_RDONLY | O_CLOEXEC));
	if (!file.valid()) {
		return false;
	}
	const ssize_t length = ::read(file.get(), text, bytes - 1);
	if (length <= 0) {
		return false;
	}
	text[length] = '\0';
	text[std::strcspn(text, "\n")] = '\0';
	for (std::size_t end = std::strlen(text); end != 0 && text[end - 1] == ' '; --end) {
		text[end - 1] = '\0';
	}
	return text[0] != '\0';
}

std::uint64_t read_number(const char *path)
{
	char text[32];
	return read_text(path, text, sizeof text) ? std::strtoull(text, nullptr, 10) : 0;
}

bool find_node(const char *root, dev_t number, bool block, Node *node)
{
	char path[path_bytes];
	*node = {};
	const char *kind = block ? "block" : "char";
	(void)std::snprintf(path, sizeof path, "%s/dev/%s/%u:%u", root, kind, major(number), minor(number));
	if (!read_link_name(path, node->name, sizeof node->name)) {
		return false;
	}
	(void)std::snprintf(path, sizeof path, "%s/dev/%s/%u:%u/subsystem", root, kind, major(number), minor(number));
	if (!read_link_name(path, node->subsystem, sizeof node->subsystem)) {
		return false;
	}
	(void)std::snprintf(path, sizeof path, "%s/dev/%s/%u:%u/partition", root, kind, major(number), minor(number));
	node->partition = block && ::access(path, F_OK) == 0;
	return true;
}

bool block_sibling(const char *generic, char *block)
{
	return swap_prefix(generic, "ng", "nvme", block);
}

bool generic_sibling(const char *block, char *generic)
{
	return swap_prefix(block, "nvme", "ng", generic);
}

} // namespace ringline::device::sysfs
