// SPDX-License-Identifier: MIT OR Apache-2.0
// Guards by tables: eight bytes in one step, on any machine.
#pragma once

#include "nvme/guard_polynomial.h"

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace ringline::nvme
{

inline constexpr int sliced_bytes = 8;

/// remainders[n][byte] is what a byte with n zero bytes behind it leaves in an empty register.
template <class Guard> struct GuardTable {
	typename Guard::Word remainders[sliced_bytes][256];
};

/// The register after one more byte.
template <class Guard>
constexpr typename Guard::Word step(const GuardTable<Guard> &table, typename Guard::Word state, std::uint8_t byte)
{
	using Word = typename Guard::Word;
	constexpr int width = width_of<Guard>;
	if constexpr (Guard::reflected) {
		return static_cast<Word>(state >> 8 ^ table.remainders[0][static_cast<std::uint8_t>(state ^ byte)]);
	} else {
		const auto first = static_cast<std::uint8_t>(state >> (width - 8));
		return static_cast<Word>(state << 8 ^ table.remainders[0][first ^ byte]);
	}
}

template <class Guard> constexpr GuardTable<Guard> make_guard_table()
{
	using Word = typename Guard::Word;
	constexpr int width = width_of<Guard>;
	GuardTable<Guard> table = {};
	for (unsigned byte = 0; byte < 256; ++byte) {
		const auto bits = static_cast<std::uint8_t>(byte);
		// Worked out with the highest bit first; what is reflected is reflected before and after.
		auto state =
			static_cast<Word>(static_cast<Word>(Guard::reflected ? reflect(bits) : bits) << (width - 8));
		for (int bit = 0; bit < 8; ++bit) {
			const bool carry = (state >> (width - 1) & 1) != 0;
			state = static_cast<Word>(state << 1 ^ (carry ? Guard::polynomial : Word{0}));
		}
		table.remainders[0][byte] = Guard::reflected ? reflect(state) : state;
	}
	for (int zeros = 1; zeros < sliced_bytes; ++zeros) {
		for (unsigned byte = 0; byte < 256; ++byte) {
			table.remainders[zeros][byte] = step(table, table.remainders[zeros - 1][byte], 0);
		}
	}
	return table;
}

// NOLINTNEXTLINE(bugprone-dynamic-static-initializers) what is constexpr is not
template <class Guard> inline constexpr GuardTable<Guard> guard_table = make_guard_table<Guard>();

/// Eight bytes as a word in which the first bit of the first byte is where the register's first bit is.
template <class Guard> std::uint64_t load_word(const std::uint8_t *bytes)
{
	std::uint64_t word = 0;
	std::memcpy(&word, bytes, sizeof word);
	constexpr bool swapped = (std::endian::native == std::endian::little) != Guard::reflected;
	return swapped ? __builtin_bswap64(word) : word;
}

/// The register after these bytes.
template <class Guard>
typename Guard::Word update_by_table(typename Guard::Word state, const std::uint8_t *bytes, std::size_t length)
{
	using Word = typename Guard::Word;
	const GuardTable<Guard> &table = guard_table<Guard>;
	for (; length >= sliced_bytes; length -= sliced_bytes, bytes += sliced_bytes) {
		constexpr int unused = Guard::reflected ? 0 : 64 - width_of<Guard>;
		const std::uint64_t word = load_word<Guard>(bytes) ^ std::uint64_t{state} << unused;
		state = 0;
#pragma GCC unroll 8
		for (int byte = 0; byte < sliced_bytes; ++byte) {
			const int shift = Guard::reflected ? 8 * byte : 56 - 8 * byte;
			const auto value = static_cast<std::uint8_t>(word >> shift);
			state = static_cast<Word>(state ^ table.remainders[sliced_bytes - 1 - byte][value]);
		}
	}
	for (; length != 0; --length, ++bytes) {
		state = step(table, state, *bytes);
	}
	return state;
}

} // namespace ringline::nvme
