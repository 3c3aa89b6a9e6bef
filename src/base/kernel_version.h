// SPDX-License-Identifier: MIT OR Apache-2.0
// The version of the running kernel, for traps that no probe can see.
#pragma once

#include <compare>
#include <cstdint>

namespace ringline
{

struct KernelVersion {
	std::uint32_t major = 0;
	std::uint32_t minor = 0;
	std::uint32_t patch = 0;

	// NOLINTNEXTLINE(modernize-use-nullptr): clang-tidy 14 takes the comparison with 0 inside for a pointer's
	friend auto operator<=>(const KernelVersion &, const KernelVersion &) = default;
};

/// Parses uname's release and version fields. Debian's release says "6.1.0-56" and its version field the truth,
/// "Debian 6.1.192-2".
KernelVersion parse_kernel_version(const char *release, const char *version);
/// Of this machine.
KernelVersion kernel_version();

} // namespace ringline
