// SPDX-License-Identifier: MIT OR Apache-2.0
// Guards bit by bit: slow, and near enough to the definition to be seen as right.
#pragma once

#include "nvme/guard_polynomial.h"

#include <cstddef>
#include <cstdint>

namespace ringline::nvme
{

/// The register after one more byte.
template <class Guard> typename Guard::Word update_by_bits(typename Guard::Word state, std::uint8_t byte)
{
	using Word = typename Guard::Word;
	constexpr int highest = width_of<Guard> - 1;
	for (int i = 0; i < 8; ++i) {
		// What comes first: a byte's lowest bit and the register's, or the highest ones.
		const int in = byte >> (Guard::reflected ? i : 7 - i) & 1;
		const int out = static_cast<int>(state >> (Guard::reflected ? 0 : highest) & 1);
		state = static_cast<Word>(Guard::reflected ? state >> 1 : state << 1);
		if (in != out) {
			state = static_cast<Word>(state ^
						  (Guard::reflected ? reflect(Guard::polynomial) : Guard::polynomial));
		}
	}
	return state;
}

/// The guard of bytes alone.
template <class Guard> typename Guard::Word guard_by_bits(const std::uint8_t *bytes, std::size_t length)
{
	using Word = typename Guard::Word;
	auto state = static_cast<Word>(Guard::inverted ? ~Word{0} : Word{0});
	for (std::size_t i = 0; i < length; ++i) {
		state = update_by_bits<Guard>(state, bytes[i]);
	}
	return static_cast<Word>(Guard::inverted ? ~state : state);
}

} // namespace ringline::nvme
