// SPDX-License-Identifier: MIT OR Apache-2.0
// Numbers and sizes as people write them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace nvmectl
{

/// Decimal or 0x hexadecimal, the whole text. Throws Error(Exit::usage) that names the option.
std::uint64_t parse_number(std::string_view text, std::string_view option);

/// A number with an optional unit: B; k, K, KiB = 1024; kB, KB = 1000; and so on with M, G, T (as coreutils has them).
std::uint64_t parse_bytes(std::string_view text, std::string_view option);

/// A number of things, or with a decimal unit: k, K = 1000, M = 1000000, G. Throws like the others.
std::uint64_t parse_count(std::string_view text, std::string_view option);

/// A number of seconds, or with a unit: ns, us, ms, s, m, h. Throws like the others.
std::uint64_t parse_duration_ns(std::string_view text, std::string_view option);

/// "64 MiB", "1.5 GiB", "700 B".
std::string human_bytes(std::uint64_t bytes);

/// "812 ns", "12.3 us", "1.25 ms", "20.0 s".
std::string human_time(std::uint64_t nanoseconds);

/// "12.0", "12.3 k", "1.25 M".
std::string human_count(double count);

/// "1 block", "2 blocks".
std::string count_of(std::uint64_t count, std::string_view noun);

} // namespace nvmectl
