// SPDX-License-Identifier: MIT OR Apache-2.0
// The texts in which the kernel tells who uses a block device.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace nvmectl
{

struct DeviceNumber {
	std::uint32_t major = 0;
	std::uint32_t minor = 0;

	[[nodiscard]] bool operator==(const DeviceNumber &) const = default;
};

struct Mount {
	DeviceNumber device; ///< Of btrfs and its like an anonymous one: look at the source too.
	std::string mount_point;
	std::string type;
	std::string source;
};

/// "259:3"; false if it is not of that form.
bool parse_device_number(std::string_view text, DeviceNumber *number);

/// /proc/self/mountinfo. Lines that make no sense are left out.
std::vector<Mount> parse_mountinfo(std::string_view text);

/// /proc/swaps: the paths of what is swapped to.
std::vector<std::string> parse_swaps(std::string_view text);

/// Takes the kernel's octal escapes, such as \040, out of a name.
std::string unescape(std::string_view text);

} // namespace nvmectl
