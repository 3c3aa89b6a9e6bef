// SPDX-License-Identifier: MIT OR Apache-2.0
// Guards by carry-less multiplication (x86-64: PCLMULQDQ, or VPCLMULQDQ, which does it twice at once), for machines
// that have it.
//
// Bytes are the coefficients of a polynomial over GF(2), and a CRC is its remainder. A lane of 128 bits, high * x^64 +
// low, that is followed by n bits weighs as much as high * (x^(n+64) mod P) + low * (x^n mod P) does at the end of
// these bits: two multiplications move ("fold") a lane forward over any distance. Eight lanes do so side by side, then
// become one, whose remainder comes of Barrett's reduction.
//
// All three guards are worked out with a polynomial of degree 64, P * x^(64-width), whose remainder is that of P,
// shifted. In a reflected register the coefficient of x^(63-i) is bit i; the product of two of them is one place short,
// which the constants make up for.
#pragma once

#if defined(__x86_64__)

#include "nvme/guard_table.h"

#include <immintrin.h>

#include <cstddef>
#include <cstdint>

namespace ringline::nvme
{

#define RINGLINE_MULTIPLY [[gnu::target("pclmul,ssse3,sse4.1")]]
#define RINGLINE_MULTIPLY_TWICE [[gnu::target("avx2,vpclmulqdq,pclmul,ssse3,sse4.1")]]
#define RINGLINE_MULTIPLY_INLINE [[gnu::target("pclmul,ssse3,sse4.1"), gnu::always_inline]] inline

inline bool can_multiply()
{
	return static_cast<bool>(__builtin_cpu_supports("pclmul")) &&
	       static_cast<bool>(__builtin_cpu_supports("ssse3")) &&
	       static_cast<bool>(__builtin_cpu_supports("sse4.1"));
}

/// The same on two lanes with one instruction.
inline bool can_multiply_twice()
{
	return can_multiply() && static_cast<bool>(__builtin_cpu_supports("avx2")) &&
	       static_cast<bool>(__builtin_cpu_supports("vpclmulqdq"));
}

/// A guard's polynomial, made one of degree 64, without its highest term, highest of the others first.
template <class Guard> constexpr std::uint64_t polynomial_64()
{
	return std::uint64_t{Guard::polynomial} << (64 - width_of<Guard>);
}

/// x^n mod P, in the register's order of bits.
template <class Guard> constexpr std::uint64_t power(int n)
{
	std::uint64_t state = 1;
	for (int i = 0; i < n; ++i) {
		state = state << 1 ^ (state >> 63 != 0 ? polynomial_64<Guard>() : 0);
	}
	return Guard::reflected ? reflect(state) : state;
}

/// The 64 bits below the highest term of x^128 / P, highest first.
template <class Guard> constexpr std::uint64_t quotient()
{
	// x^128 = P * x^64 + polynomial * x^64: the highest term of the quotient is done; 64 steps of division are
	// left.
	std::uint64_t state = polynomial_64<Guard>();
	std::uint64_t found = 0;
	for (int i = 0; i < 64; ++i) {
		const bool carry = state >> 63 != 0;
		found = found << 1 | (carry ? 1 : 0);
		state = state << 1 ^ (carry ? polynomial_64<Guard>() : 0);
	}
	return found;
}

/// What folds a lane over a distance: in the half that holds the earlier bits the factor for these.
struct FoldFactors {
	std::uint64_t low;
	std::uint64_t high;
};

template <class Guard> constexpr FoldFactors fold_factors(std::size_t bytes)
{
	const int bits = static_cast<int>(8 * bytes);
	if (Guard::reflected) {
		return {power<Guard>(bits + 63), power<Guard>(bits - 1)};
	}
	return {power<Guard>(bits), power<Guard>(bits + 64)};
}

inline constexpr std::size_t lane_bytes = 16;
inline constexpr std::size_t lanes_count = 8;
inline constexpr std::size_t stride_bytes = lanes_count * lane_bytes;

/// All that folding needs, by the distance in lanes.
template <class Guard> struct FoldTable {
	FoldFactors over[lanes_count + 1];
};

template <class Guard> constexpr FoldTable<Guard> make_fold_table()
{
	FoldTable<Guard> table = {};
	for (std::size_t lanes = 1; lanes <= lanes_count; ++lanes) {
		table.over[lanes] = fold_factors<Guard>(lanes * lane_bytes);
	}
	return table;
}

// NOLINTNEXTLINE(bugprone-dynamic-static-initializers) what is constexpr is not
template <class Guard> inline constexpr FoldTable<Guard> fold_table = make_fold_table<Guard>();

RINGLINE_MULTIPLY_INLINE __m128i pair(std::uint64_t low, std::uint64_t high)
{
	return _mm_set_epi64x(static_cast<long long>(high), static_cast<long long>(low));
}

template <class Guard> RINGLINE_MULTIPLY_INLINE __m128i factors_over(std::size_t lanes)
{
	return _mm_loadu_si128(reinterpret_cast<const __m128i *>(&fold_table<Guard>.over[lanes]));
}

template <class Guard> RINGLINE_MULTIPLY_INLINE __m128i load_lane(const std::uint8_t *bytes)
{
	const __m128i lane = _mm_loadu_si128(reinterpret_cast<const __m128i *>(bytes));
	if constexpr (Guard::reflected) {
		return lane;
	} else {
		return _mm_shuffle_epi8(lane, pair(0x08090a0b0c0d0e0f, 0x0001020304050607));
	}
}

RINGLINE_MULTIPLY_INLINE __m128i fold(__m128i lane, __m128i factors, __m128i onto)
{
	const __m128i low = _mm_clmulepi64_si128(lane, factors, 0x00);
	const __m128i high = _mm_clmulepi64_si128(lane, factors, 0x11);
	return _mm_xor_si128(_mm_xor_si128(low, high), onto);
}

/// lane * x^64 mod P.
template <class Guard> RINGLINE_MULTIPLY_INLINE std::uint64_t reduce(__m128i lane)
{
	constexpr std::uint64_t polynomial = polynomial_64<Guard>();
	if constexpr (Guard::reflected) {
		// The earlier half is the low one; factors of 65 bits lose the coefficient of x^0, which would be
		// bit 64.
		const __m128i factors = pair(power<Guard>(127), reflect(quotient<Guard>()) << 1 | 1);
		const __m128i later = _mm_srli_si128(lane, 8);
		const __m128i rest = _mm_xor_si128(_mm_clmulepi64_si128(lane, factors, 0x00), later);
		const __m128i times = _mm_clmulepi64_si128(rest, factors, 0x10);
		const __m128i product = _mm_clmulepi64_si128(times, pair(reflect(polynomial) << 1 | 1, 0), 0x00);
		const std::uint64_t last = (polynomial & 1) != 0 ? ~std::uint64_t{0} : 0;
		return static_cast<std::uint64_t>(_mm_extract_epi64(_mm_xor_si128(rest, product), 1)) ^
		       (static_cast<std::uint64_t>(_mm_cvtsi128_si64(times)) & last);
	} else {
		const __m128i factors = pair(quotient<Guard>(), power<Guard>(128));
		const __m128i later = _mm_slli_si128(lane, 8);
		const __m128i rest = _mm_xor_si128(_mm_clmulepi64_si128(lane, factors, 0x11), later);
		const __m128i times = _mm_xor_si128(_mm_clmulepi64_si128(rest, factors, 0x01), rest);
		const __m128i product = _mm_clmulepi64_si128(times, pair(0, polynomial), 0x11);
		return static_cast<std::uint64_t>(_mm_cvtsi128_si64(_mm_xor_si128(rest, product)));
	}
}

/// The register as the first bits of a lane.
template <class Guard> RINGLINE_MULTIPLY_INLINE __m128i first_bits(typename Guard::Word state)
{
	return Guard::reflected ? pair(state, 0) : pair(0, std::uint64_t{state} << (64 - width_of<Guard>));
}

/// Eight lanes, side by side in memory, become one that stands for all of them.
template <class Guard> RINGLINE_MULTIPLY_INLINE __m128i join_lanes(const __m128i *lanes)
{
	__m128i one = lanes[lanes_count - 1];
#pragma GCC unroll 8
	for (std::size_t i = 0; i < lanes_count - 1; ++i) {
		one = fold(lanes[i], factors_over<Guard>(lanes_count - 1 - i), one);
	}
	return one;
}

/// What is behind whole strides, the lane that stands for these, and then the register.
template <class Guard>
RINGLINE_MULTIPLY_INLINE typename Guard::Word finish(__m128i lane, const std::uint8_t *bytes, std::size_t length)
{
	const __m128i next = factors_over<Guard>(1);
	for (; length >= lane_bytes; length -= lane_bytes, bytes += lane_bytes) {
		lane = fold(lane, next, load_lane<Guard>(bytes));
	}
	constexpr int unused = Guard::reflected ? 0 : 64 - width_of<Guard>;
	const auto state = static_cast<typename Guard::Word>(reduce<Guard>(lane) >> unused);
	return length == 0 ? state : update_by_table<Guard>(state, bytes, length);
}

/// The register after these bytes.
template <class Guard>
RINGLINE_MULTIPLY typename Guard::Word update_by_multiplying(typename Guard::Word state, const std::uint8_t *bytes,
							     std::size_t length)
{
	if (length < lane_bytes) {
		return update_by_table<Guard>(state, bytes, length);
	}
	const __m128i first = first_bits<Guard>(state);
	if (length < stride_bytes) {
		const __m128i lane = _mm_xor_si128(first, load_lane<Guard>(bytes));
		return finish<Guard>(lane, bytes + lane_bytes, length - lane_bytes);
	}
	__m128i lanes[lanes_count];
#pragma GCC unroll 8
	for (std::size_t i = 0; i < lanes_count; ++i) {
		lanes[i] = load_lane<Guard>(bytes + i * lane_bytes);
	}
	lanes[0] = _mm_xor_si128(lanes[0], first);
	const __m128i stride = factors_over<Guard>(lanes_count);
	const std::uint8_t *const end = bytes + length / stride_bytes * stride_bytes;
	for (bytes += stride_bytes; bytes != end; bytes += stride_bytes) {
#pragma GCC unroll 8
		for (std::size_t i = 0; i < lanes_count; ++i) {
			lanes[i] = fold(lanes[i], stride, load_lane<Guard>(bytes + i * lane_bytes));
		}
	}
	return finish<Guard>(join_lanes<Guard>(lanes), bytes, length % stride_bytes);
}

/// Two lanes beside each other.
template <class Guard>
RINGLINE_MULTIPLY_TWICE [[gnu::always_inline]] inline __m256i load_lanes(const std::uint8_t *bytes)
{
	const __m256i lanes = _mm256_loadu_si256(reinterpret_cast<const __m256i *>(bytes));
	if constexpr (Guard::reflected) {
		return lanes;
	} else {
		return _mm256_shuffle_epi8(lanes, _mm256_set_epi64x(0x0001020304050607, 0x08090a0b0c0d0e0f,
								    0x0001020304050607, 0x08090a0b0c0d0e0f));
	}
}

/// update_by_multiplying(), with two lanes to an instruction where there are strides enough.
template <class Guard>
RINGLINE_MULTIPLY_TWICE typename Guard::Word update_by_multiplying_twice(typename Guard::Word state,
									 const std::uint8_t *bytes, std::size_t length)
{
	if (length < 2 * stride_bytes) {
		return update_by_multiplying<Guard>(state, bytes, length);
	}
	constexpr std::size_t pairs = lanes_count / 2;
	constexpr std::size_t pair_bytes = 2 * lane_bytes;
	__m256i lanes[pairs];
#pragma GCC unroll 4
	for (std::size_t i = 0; i < pairs; ++i) {
		lanes[i] = load_lanes<Guard>(bytes + i * pair_bytes);
	}
	lanes[0] = _mm256_xor_si256(lanes[0], _mm256_zextsi128_si256(first_bits<Guard>(state)));
	const __m256i stride = _mm256_broadcastsi128_si256(factors_over<Guard>(lanes_count));
	const std::uint8_t *const end = bytes + length / stride_bytes * stride_bytes;
	for (bytes += stride_bytes; bytes != end; bytes += stride_bytes) {
#pragma GCC unroll 4
		for (std::size_t i = 0; i < pairs; ++i) {
			const __m256i low = _mm256_clmulepi64_epi128(lanes[i], stride, 0x00);
			const __m256i high = _mm256_clmulepi64_epi128(lanes[i], stride, 0x11);
			lanes[i] = _mm256_xor_si256(_mm256_xor_si256(low, high),
						    load_lanes<Guard>(bytes + i * pair_bytes));
		}
	}
	__m128i single[lanes_count];
#pragma GCC unroll 4
	for (std::size_t i = 0; i < pairs; ++i) {
		single[2 * i] = _mm256_castsi256_si128(lanes[i]);
		single[2 * i + 1] = _mm256_extracti128_si256(lanes[i], 1);
	}
	return finish<Guard>(join_lanes<Guard>(single), bytes, length % stride_bytes);
}

} // namespace ringline::nvme

#endif
