// SPDX-License-Identifier: MIT OR Apache-2.0
// How users name devices.
#pragma once

#include <string>
#include <string_view>

namespace nvmectl
{

/// "ng0n1" and "nvme0n1" mean the nodes in /dev; everything else is taken as it is.
std::string resolve_device(std::string_view name);

/// "/dev/ng0n1" or "ng0n1" to "nvme0n1", the block device of the same namespace; empty if the name is not of that form.
std::string block_sibling(std::string_view node);

} // namespace nvmectl
