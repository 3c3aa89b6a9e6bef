// SPDX-License-Identifier: MIT OR Apache-2.0
// The 32b guard by the instruction that works it out (x86-64: SSE4.2's CRC32, whose polynomial is this one), for
// machines that have it.
//
// The instruction takes eight bytes each cycle, but its result is there three cycles later. So three thirds of the
// bytes are worked out side by side; a carry-less multiplication then moves the first two to where the third ends.
#pragma once

#if defined(__x86_64__)

#include "nvme/guard_table.h"

#include <immintrin.h>

#include <cstddef>
#include <cstdint>

namespace ringline::nvme
{

#define RINGLINE_INSTRUCTION [[gnu::target("sse4.2,pclmul")]]
#define RINGLINE_INSTRUCTION_INLINE [[gnu::target("sse4.2,pclmul"), gnu::always_inline]] inline

inline bool has_instruction()
{
	return static_cast<bool>(__builtin_cpu_supports("sse4.2")) &&
	       static_cast<bool>(__builtin_cpu_supports("pclmul"));
}

/// x^n mod P, reflected.
constexpr std::uint32_t castagnoli_power(int n)
{
	std::uint32_t state = 1;
	for (int i = 0; i < n; ++i) {
		state = state << 1 ^ (state >> 31 != 0 ? Guard32::polynomial : 0);
	}
	return reflect(state);
}

RINGLINE_INSTRUCTION_INLINE std::uint64_t take_word(std::uint64_t state, const std::uint8_t *bytes)
{
	return _mm_crc32_u64(state, load_word<Guard32>(bytes));
}

/// The register `bytes` zero bytes later, as a word that CRC32 takes to get there. The product of two reflected factors
/// is one place short, and the instruction multiplies by x^32.
template <std::size_t bytes> RINGLINE_INSTRUCTION_INLINE std::uint64_t move_on(std::uint64_t state)
{
	const __m128i factor = _mm_cvtsi32_si128(static_cast<int>(castagnoli_power(int{8 * bytes} - 33)));
	const __m128i product = _mm_clmulepi64_si128(_mm_cvtsi64_si128(static_cast<long long>(state)), factor, 0x00);
	return static_cast<std::uint64_t>(_mm_cvtsi128_si64(product));
}

/// Three thirds of so many bytes each, as often as they are there.
template <std::size_t third>
RINGLINE_INSTRUCTION_INLINE std::uint64_t take_thirds(std::uint64_t state, const std::uint8_t **at, std::size_t *left)
{
	static_assert(third % sizeof(std::uint64_t) == 0);
	const std::uint8_t *bytes = *at;
	for (; *left >= 3 * third; *left -= 3 * third, bytes += 2 * third) {
		std::uint64_t second = 0;
		std::uint64_t last = 0;
		for (const std::uint8_t *const end = bytes + third; bytes != end; bytes += sizeof(std::uint64_t)) {
			state = take_word(state, bytes);
			second = take_word(second, bytes + third);
			last = take_word(last, bytes + 2 * third);
		}
		state = _mm_crc32_u64(0, move_on<2 * third>(state) ^ move_on<third>(second)) ^ last;
	}
	*at = bytes;
	return state;
}

/// The register after these bytes.
RINGLINE_INSTRUCTION inline std::uint32_t update_by_instruction(std::uint32_t before, const std::uint8_t *bytes,
								std::size_t length)
{
	// Chosen for blocks of 4,096 and 512 bytes: what is left over of these is two words, and one.
	std::uint64_t state = take_thirds<1360>(before, &bytes, &length);
	state = take_thirds<168>(state, &bytes, &length);
	for (; length >= sizeof(std::uint64_t); length -= sizeof(std::uint64_t), bytes += sizeof(std::uint64_t)) {
		state = take_word(state, bytes);
	}
	auto last = static_cast<std::uint32_t>(state);
	for (; length != 0; --length, ++bytes) {
		last = _mm_crc32_u8(last, *bytes);
	}
	return last;
}

} // namespace ringline::nvme

#endif
