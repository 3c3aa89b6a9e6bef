// SPDX-License-Identifier: MIT OR Apache-2.0
// Numbers as NVMe has them in memory: the lowest byte first, at any alignment.
#pragma once

#include <cstddef>
#include <cstdint>

namespace ringline::nvme
{

/// The first `count` bytes as a number, at most the size of T.
template <class T> T get_little_endian(const std::uint8_t *bytes, std::size_t count = sizeof(T))
{
	T value = 0;
	for (std::size_t i = 0; i < count; ++i) {
		value = static_cast<T>(value | static_cast<T>(bytes[i]) << (8 * i));
	}
	return value;
}

/// The low bytes of a number, `count` of them.
template <class T> void put_little_endian(std::uint8_t *bytes, T value, std::size_t count = sizeof(T))
{
	for (std::size_t i = 0; i < count; ++i) {
		bytes[i] = static_cast<std::uint8_t>(value >> (8 * i));
	}
}

} // namespace ringline::nvme
