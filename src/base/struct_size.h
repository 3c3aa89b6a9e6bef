// SPDX-License-Identifier: MIT OR Apache-2.0
// Convention 6 of the public header: how structs with struct_size grow. The rule is that of the kernel's openat2(2).
#pragma once

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstring>

namespace ringline
{

inline constexpr std::uint32_t size_max = 4096;

/// Takes a caller's options into *options, which is zeroed first. A null pointer means all defaults. 0, -EINVAL
/// (smaller than the first version of the struct, minimum bytes) or -E2BIG (a member that this version does not know is
/// set).
template <class T> std::int32_t take_options(T *options, const T *from, std::uint32_t minimum)
{
	*options = T{};
	if (from == nullptr) {
		options->struct_size = sizeof(T);
		return 0;
	}
	const std::uint32_t size = from->struct_size;
	if (size < minimum) {
		return -EINVAL;
	}
	if (size > size_max) {
		return -E2BIG; // a page, as the kernel's rule has it: garbage must not send us reading through memory
	}
	const auto *bytes = reinterpret_cast<const unsigned char *>(from);
	for (std::uint32_t i = sizeof(T); i < size; ++i) {
		if (bytes[i] != 0) {
			return -E2BIG;
		}
	}
	std::memcpy(options, from, std::min<std::size_t>(size, sizeof(T)));
	options->struct_size = sizeof(T);
	return 0;
}

/// Says whether the caller's struct can take an output: 0, -EINVAL (null or too small) or -E2BIG (excess that is not
/// zero).
template <class T> std::int32_t check_output(const T *out, std::uint32_t minimum)
{
	if (out == nullptr) {
		return -EINVAL;
	}
	T ignored{};
	return take_options(&ignored, out, minimum);
}

/// Fills the smaller of the two sizes; the excess of a larger caller is zero already, as check_output() has seen.
template <class T> void give_output(T *out, const T &value)
{
	const std::uint32_t size = out->struct_size;
	std::memcpy(out, &value, std::min<std::size_t>(size, sizeof(T)));
	out->struct_size = size;
}

} // namespace ringline
