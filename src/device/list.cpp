// SPDX-License-Identifier: MIT OR Apache-2.0
// Which NVMe devices this machine has, from sysfs alone: nothing is opened and nothing is sent.
#include "device/device.h"
#include "device/sysfs.h"

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>

namespace ringline::device
{

namespace
{

struct NodeName {
	char text[sysfs::name_bytes];
	bool generic;
};

// "ng2n1" before "ng10n1": a shorter run of digits is a smaller number.
bool before(const NodeName &a, const NodeName &b)
{
	if (a.generic != b.generic) {
		return a.generic;
	}
	return ::strverscmp(a.text, b.text) < 0;
}

// Calls found(name) for each entry of a class; 0, or -EIO when the class is there and cannot be read. No class means no
// devices.
template <class F> std::int32_t for_each(const char *sysfs, const char *class_name, F &&found)
{
	char path[sysfs::path_bytes];
	(void)std::snprintf(path, sizeof path, "%s/class/%s", sysfs, class_name);
	DIR *directory = ::opendir(path);
	if (directory == nullptr) {
		return errno == ENOENT ? 0 : -EIO;
	}
	// NOLINTNEXTLINE(concurrency-mt-unsafe): safe on a stream that no other thread has
	while (const dirent *entry = ::readdir(directory)) {
		if (entry->d_name[0] != '.' && std::strlen(entry->d_name) < sysfs::name_bytes) {
			found(entry->d_name);
		}
	}
	(void)::closedir(directory);
	return 0;
}

void read_attribute(const char *sysfs, const NodeName &name, const char *attribute, char *text, std::size_t bytes)
{
	char path[sysfs::path_bytes];
	const char *format = name.generic ? "%s/class/nvme-generic/%s/device/%s" : "%s/class/nvme/%s/%s";
	(void)std::snprintf(path, sizeof path, format, sysfs, name.text, attribute);
	if (!sysfs::read_text(path, text, bytes)) {
		text[0] = '\0';
	}
}

std::uint64_t read_block_number(const char *sysfs, const char *block, const char *attribute)
{
	char path[sysfs::path_bytes];
	(void)std::snprintf(path, sizeof path, "%s/class/block/%s/%s", sysfs, block, attribute);
	return sysfs::read_number(path);
}

ringline_device_entry describe(const char *sysfs, const char *dev, const NodeName &name)
{
	ringline_device_entry entry = {};
	entry.kind = name.generic ? RINGLINE_DEVICE_NAMESPACE : RINGLINE_DEVICE_CONTROLLER;
	(void)std::snprintf(entry.node, sizeof entry.node, "%.16s/%.46s", dev, name.text);
	read_attribute(sysfs, name, "serial", entry.serial, sizeof entry.serial);
	read_attribute(sysfs, name, "model", entry.model, sizeof entry.model);
	read_attribute(sysfs, name, "firmware_rev", entry.firmware, sizeof entry.firmware);
	char block[sysfs::name_bytes];
	if (name.generic && sysfs::block_sibling(name.text, block)) {
		constexpr std::uint64_t sector = 512; // sysfs counts in these, whatever the format
		entry.nsid = static_cast<std::uint32_t>(read_block_number(sysfs, block, "nsid"));
		entry.block_size =
			static_cast<std::uint32_t>(read_block_number(sysfs, block, "queue/logical_block_size"));
		if (entry.block_size >= sector) {
			entry.blocks = read_block_number(sysfs, block, "size") / (entry.block_size / sector);
		}
	}
	if (::faccessat(AT_FDCWD, entry.node, R_OK | W_OK, AT_EACCESS) != 0) {
		entry.access_error = -errno;
	}
	return entry;
}

} // namespace

std::int32_t list(const char *sysfs, const char *dev, ringline_device_entry *entries, std::uint32_t max)
{
	constexpr std::size_t names_max = 4096;
	Array<NodeName> names;
	if (!names.allocate(names_max)) {
		return -ENOMEM;
	}
	std::size_t count = 0;
	const auto remember = [&](const char *text, bool generic) {
		if (count < names_max) {
			std::memcpy(names[count].text, text, std::strlen(text) + 1); // for_each() has seen that it fits
			names[count++].generic = generic;
		}
	};
	std::int32_t error = for_each(sysfs, "nvme-generic", [&](const char *text) { remember(text, true); });
	if (error == 0) {
		error = for_each(sysfs, "nvme", [&](const char *text) { remember(text, false); });
	}
	if (error < 0) {
		return error;
	}
	std::sort(names.begin(), names.begin() + count, before);
	for (std::size_t i = 0; i < std::min<std::size_t>(count, max); ++i) {
		entries[i] = describe(sysfs, dev, names[i]);
	}
	return static_cast<std::int32_t>(count);
}

} // namespace ringline::device
