// SPDX-License-Identifier: MIT OR Apache-2.0
// What sysfs says about NVMe nodes. Text comes from the kernel and is still taken as possibly missing, cut or strange.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>

namespace ringline::device::sysfs
{

/// Room for any path that is built here.
inline constexpr std::size_t path_bytes = 512;
inline constexpr std::size_t name_bytes = 64;

/// First line of a file, without the newline and trailing blanks. False: no such file, or nothing in it.
[[nodiscard]] bool read_text(const char *path, char *text, std::size_t bytes);
/// A decimal number; 0 when there is none.
[[nodiscard]] std::uint64_t read_number(const char *path);

/// What kind of node a device number is.
struct Node {
	char name[name_bytes];      ///< Of the kernel, such as "ng0n1".
	char subsystem[name_bytes]; ///< "nvme-generic", "nvme", "block".
	bool partition;
};
/// False: sysfs does not know it.
[[nodiscard]] bool find_node(const char *root, dev_t number, bool block, Node *node);

/// "nvme0n1" for "ng0n1" and back; false when the name is not of that form.
[[nodiscard]] bool block_sibling(const char *generic, char *block);
[[nodiscard]] bool generic_sibling(const char *block, char *generic);

} // namespace ringline::device::sysfs
