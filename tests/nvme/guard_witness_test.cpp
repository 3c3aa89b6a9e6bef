// SPDX-License-Identifier: MIT OR Apache-2.0
// Guards against those of an independent library: Intel's ISA-L (Debian package libisal-dev). Its releases before 2.31
// lack NVMe's polynomial of 64 bits; our ways are made of the polynomial, so there they are made of those that it has.
#include "nvme/guard.h"
#include "nvme/guard_multiply.h"
#include "nvme/guard_table.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <random>
#include <vector>

#ifdef RINGLINE_ISAL
#include <isa-l/crc.h>
#include <isa-l/crc64.h>
#endif

namespace
{

#ifdef RINGLINE_ISAL

using namespace ringline::nvme;

/// Guards like ours with the other polynomials of ISA-L.
template <std::uint64_t value, bool is_reflected> struct Other64 {
	using Word = std::uint64_t;
	static constexpr Word polynomial = value;
	static constexpr bool reflected = is_reflected;
	static constexpr bool inverted = true;
};
constexpr std::uint64_t ecma = 0x42f0e1eba9ea3693;
constexpr std::uint64_t iso = 0x000000000000001b;
constexpr std::uint64_t jones = 0xad93d23594c935a9;

/// Calls check(bytes, length) for many of both.
template <class Check> void for_many(Check check)
{
	std::mt19937 random(7);
	std::vector<std::uint8_t> bytes(20'000);
	for (std::uint8_t &byte : bytes) {
		byte = static_cast<std::uint8_t>(random());
	}
	for (std::size_t length = 0; length <= 1100; ++length) {
		check(bytes.data() + length % 16, length);
	}
	for (int i = 0; i < 200; ++i) {
		const std::size_t length = random() % (bytes.size() - 16);
		check(bytes.data() + random() % 16, length);
	}
}

template <class Guard> using Theirs = std::uint64_t (*)(std::uint64_t, const unsigned char *, std::uint64_t);

template <class Guard> void compare_64(Theirs<Guard> theirs)
{
	for_many([&](const std::uint8_t *bytes, std::size_t length) {
		const std::uint64_t first = register_of<Guard>(length);
		const std::uint64_t wanted = theirs(length, bytes, length);
		ASSERT_EQ(guard_of<Guard>(update_by_table<Guard>(first, bytes, length)), wanted) << length;
#if defined(__x86_64__)
		if (can_multiply()) {
			ASSERT_EQ(guard_of<Guard>(update_by_multiplying<Guard>(first, bytes, length)), wanted)
				<< length;
		}
		if (can_multiply_twice()) {
			ASSERT_EQ(guard_of<Guard>(update_by_multiplying_twice<Guard>(first, bytes, length)), wanted)
				<< length;
		}
#endif
	});
}

TEST(GuardWitness, crc_16_is_that_of_isal)
{
	for_many([](const std::uint8_t *bytes, std::size_t length) {
		const auto before = static_cast<std::uint16_t>(length * 7);
		ASSERT_EQ(guard_behind<Guard16>(before, bytes, length), crc16_t10dif(before, bytes, length)) << length;
	});
}

TEST(GuardWitness, crc_32c_is_that_of_isal)
{
	for_many([](const std::uint8_t *bytes, std::size_t length) {
		const auto before = static_cast<std::uint32_t>(length * 77'777);
		auto *const unchanged = const_cast<unsigned char *>(bytes);
		ASSERT_EQ(guard_behind<Guard32>(before, bytes, length),
			  ~crc32_iscsi(unchanged, static_cast<int>(length), ~before))
			<< length;
	});
}

TEST(GuardWitness, crc_64_of_other_polynomials_is_that_of_isal)
{
	compare_64<Other64<ecma, true>>(crc64_ecma_refl);
	compare_64<Other64<ecma, false>>(crc64_ecma_norm);
	compare_64<Other64<iso, true>>(crc64_iso_refl);
	compare_64<Other64<iso, false>>(crc64_iso_norm);
	compare_64<Other64<jones, true>>(crc64_jones_refl);
	compare_64<Other64<jones, false>>(crc64_jones_norm);
}

#else

TEST(GuardWitness, is_that_of_isal)
{
	GTEST_SKIP() << "ISA-L is not installed (Debian package libisal-dev)";
}

#endif

} // namespace
