// SPDX-License-Identifier: MIT OR Apache-2.0
// The three guards of NVMe (NVM Command Set specification, "End-to-end Data Protection"), as what tells one CRC from
// another. All else, tables and constants for multiplication too, is worked out from it by the compiler.
#pragma once

#include <cstdint>
#include <limits>

namespace ringline::nvme
{

/// 16b guard: CRC-16/T10-DIF. The first bit of a byte is its highest one.
struct Guard16 {
	using Word = std::uint16_t;
	static constexpr Word polynomial = 0x8bb7; ///< Without its highest term, highest of the others first.
	static constexpr bool reflected = false;   ///< The first bit of a byte is its lowest one, as are a register's.
	static constexpr bool inverted = false;    ///< The register begins with all ones, and is inverted in the end.
};

/// 32b guard: CRC-32C.
struct Guard32 {
	using Word = std::uint32_t;
	static constexpr Word polynomial = 0x1edc6f41;
	static constexpr bool reflected = true;
	static constexpr bool inverted = true;
};

/// 64b guard: CRC-64/NVME.
struct Guard64 {
	using Word = std::uint64_t;
	static constexpr Word polynomial = 0xad93d23594c93659;
	static constexpr bool reflected = true;
	static constexpr bool inverted = true;
};

// NOLINTNEXTLINE(bugprone-dynamic-static-initializers) what is constexpr is not
template <class Guard> inline constexpr int width_of = std::numeric_limits<typename Guard::Word>::digits;

/// The register after the bytes whose guard is given: with this and its inverse, guard_of(), bytes can be given piece
/// by piece. No byte has the guard 0.
template <class Guard> constexpr typename Guard::Word register_of(typename Guard::Word guard)
{
	return static_cast<typename Guard::Word>(Guard::inverted ? ~guard : guard);
}

template <class Guard> constexpr typename Guard::Word guard_of(typename Guard::Word remainder)
{
	return register_of<Guard>(remainder); // inverting is its own inverse
}

/// The same bits from the other end.
template <class Word> constexpr Word reflect(Word word)
{
	Word reflected = 0;
	for (int bit = 0; bit < std::numeric_limits<Word>::digits; ++bit) {
		reflected = static_cast<Word>(reflected << 1 | (word >> bit & 1));
	}
	return reflected;
}

} // namespace ringline::nvme
