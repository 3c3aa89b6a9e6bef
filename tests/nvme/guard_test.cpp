// SPDX-License-Identifier: MIT OR Apache-2.0
// Each way to work out a guard against the definition, bit by bit, and against the values that others give.
#include "nvme/guard.h"

#include "guard_bits.h"
#include "nvme/guard_instruction.h"
#include "nvme/guard_multiply.h"
#include "nvme/guard_table.h"

#include <ringline/ringline.h>

#include <gtest/gtest.h>

#include <cerrno>
#include <cstring>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace
{

using namespace ringline::nvme;

std::vector<std::uint8_t> noise(std::size_t length)
{
	std::mt19937 random(static_cast<unsigned>(length));
	std::vector<std::uint8_t> bytes(length);
	for (std::uint8_t &byte : bytes) {
		byte = static_cast<std::uint8_t>(random());
	}
	return bytes;
}

template <class Word> using Way = Word (*)(Word, const std::uint8_t *, std::size_t);

/// A way to work out Guard, named for the tests' output.
template <class Guard> struct NamedWay {
	const char *name;
	Way<typename Guard::Word> update;
};

/// Those that this machine has.
template <class Guard> std::vector<NamedWay<Guard>> ways()
{
	std::vector<NamedWay<Guard>> found = {{"table", update_by_table<Guard>}};
#if defined(__x86_64__)
	if (can_multiply()) {
		found.push_back({"multiplying", update_by_multiplying<Guard>});
	}
	if (can_multiply_twice()) {
		found.push_back({"multiplying twice", update_by_multiplying_twice<Guard>});
	}
	if constexpr (std::is_same_v<Guard, Guard32>) {
		if (has_instruction()) {
			found.push_back({"instruction", update_by_instruction});
		}
	}
#endif
	return found;
}

template <class Guard> class GuardTest : public testing::Test
{
};
using Guards = testing::Types<Guard16, Guard32, Guard64>;
TYPED_TEST_SUITE(GuardTest, Guards);

constexpr std::size_t lengths = 1100;

TYPED_TEST(GuardTest, every_way_is_the_definition_for_each_length_and_alignment)
{
	using Word = typename TypeParam::Word;
	const std::vector<std::uint8_t> bytes = noise(lengths + 16);
	for (const auto &way : ways<TypeParam>()) {
		for (std::size_t offset = 0; offset < 8; ++offset) {
			const auto first = static_cast<Word>(0x123456789abcdef0 * (offset + 1));
			Word wanted = first;
			for (std::size_t length = 0; length <= lengths; ++length) {
				ASSERT_EQ(way.update(first, &bytes[offset], length), wanted)
					<< way.name << ": " << length << " bytes from " << offset;
				wanted = update_by_bits<TypeParam>(wanted, bytes[offset + length]);
			}
		}
	}
}

TYPED_TEST(GuardTest, every_way_is_the_definition_for_long_data)
{
	using Word = typename TypeParam::Word;
	const std::vector<std::uint8_t> bytes = noise(70'000);
	for (const auto &way : ways<TypeParam>()) {
		Word wanted = 0;
		std::size_t done = 0;
		for (const std::size_t length :
		     {4079, 4080, 4081, 4095, 4096, 4104, 4160, 8159, 8160, 65'536, 70'000}) {
			for (; done < length; ++done) {
				wanted = update_by_bits<TypeParam>(wanted, bytes[done]);
			}
			ASSERT_EQ(way.update(0, bytes.data(), length), wanted) << way.name << ": " << length;
		}
	}
}

// The address sanitizer sees what is read behind the end of an allocation of just this length, or in front of it.
TYPED_TEST(GuardTest, no_way_reads_outside_of_the_bytes)
{
	for (const auto &way : ways<TypeParam>()) {
		for (std::size_t length = 1; length <= lengths; ++length) {
			const std::vector<std::uint8_t> bytes = noise(length);
			ASSERT_EQ(way.update(0, bytes.data(), length),
				  update_by_table<TypeParam>(0, bytes.data(), length))
				<< way.name << ": " << length;
		}
	}
}

TYPED_TEST(GuardTest, of_pieces_is_that_of_the_whole)
{
	const std::vector<std::uint8_t> bytes = noise(lengths);
	const auto whole = guard_by_bits<TypeParam>(bytes.data(), bytes.size());
	for (std::size_t cut = 0; cut <= bytes.size(); ++cut) {
		const auto before = guard_behind<TypeParam>(0, bytes.data(), cut);
		ASSERT_EQ(guard_behind<TypeParam>(before, bytes.data() + cut, bytes.size() - cut), whole) << cut;
	}
}

TYPED_TEST(GuardTest, a_changed_bit_changes_it)
{
	std::vector<std::uint8_t> bytes(4096, 0);
	const auto whole = guard_behind<TypeParam>(0, bytes.data(), bytes.size());
	for (std::size_t bit = 0; bit < bytes.size() * 8; bit += 61) {
		bytes[bit / 8] ^= static_cast<std::uint8_t>(1 << bit % 8);
		ASSERT_NE(guard_behind<TypeParam>(0, bytes.data(), bytes.size()), whole) << bit;
		bytes[bit / 8] ^= static_cast<std::uint8_t>(1 << bit % 8);
	}
}

// Without it a machine that has the instructions would pass with the tables alone.
TEST(GuardWays, are_those_that_the_machine_says_it_has)
{
#if defined(__x86_64__)
	std::FILE *const file = std::fopen("/proc/cpuinfo", "r");
	ASSERT_NE(file, nullptr);
	std::string flags;
	char line[8192];
	while (flags.empty() && std::fgets(line, sizeof line, file) != nullptr) {
		if (std::strncmp(line, "flags", 5) == 0) {
			flags = std::string(line) + " ";
		}
	}
	(void)std::fclose(file);
	const auto has = [&](const char *flag) {
		return flags.find(std::string(" ") + flag + " ") != std::string::npos;
	};
	EXPECT_EQ(can_multiply(), has("pclmulqdq") && has("ssse3") && has("sse4_1"));
	EXPECT_EQ(can_multiply_twice(), can_multiply() && has("avx2") && has("vpclmulqdq"));
	EXPECT_EQ(has_instruction(), has("pclmulqdq") && has("sse4_2"));
#else
	GTEST_SKIP() << "only x86-64 has other ways than the table";
#endif
}

std::uint64_t guard(std::uint32_t bits, std::string_view bytes)
{
	std::uint64_t found = 0;
	EXPECT_EQ(ringline_guard(bits, 0, bytes.data(), bytes.size(), &found), 0);
	return found;
}

/// 4,096 bytes that begin with `first` and go on in steps of `step`.
std::string bytes_in_steps(int first, int step)
{
	std::string bytes;
	for (int i = 0; i < 4096; ++i) {
		bytes.push_back(static_cast<char>(first + i * step));
	}
	return bytes;
}

TEST(Guard, has_the_check_values_of_the_catalogues)
{
	EXPECT_EQ(guard(16, "123456789"), 0xd0db);
	EXPECT_EQ(guard(32, "123456789"), 0xe3069283);
	EXPECT_EQ(guard(64, "123456789"), 0xae8b14860a799888);
	EXPECT_EQ(guard(16, ""), 0);
	EXPECT_EQ(guard(32, ""), 0);
	EXPECT_EQ(guard(64, ""), 0);
}

// NVM Command Set specification 1.0c, the CRC test cases of the 32b and the 64b guard.
TEST(Guard, has_the_values_of_the_specification)
{
	EXPECT_EQ(guard(32, bytes_in_steps(0, 0)), 0x98f94189);
	EXPECT_EQ(guard(32, bytes_in_steps(0xff, 0)), 0x25c1fe13);
	EXPECT_EQ(guard(32, bytes_in_steps(0, 1)), 0x9c71fe32);
	EXPECT_EQ(guard(64, bytes_in_steps(0, 0)), 0x6482d367eb22b64e);
	EXPECT_EQ(guard(64, bytes_in_steps(0xff, 0)), 0xc0ddba7302eca3ac);
	EXPECT_EQ(guard(64, bytes_in_steps(0, 1)), 0x3e729f5f6750449c);
	EXPECT_EQ(guard(64, bytes_in_steps(0xff, -1)), 0x9a2df64b8e9e517e);
}

TEST(Guard, refuses_what_it_cannot_mean)
{
	std::uint64_t found = 7;
	EXPECT_EQ(ringline_guard(16, 0, "x", 1, nullptr), -EINVAL);
	EXPECT_EQ(ringline_guard(16, 0, nullptr, 1, &found), -EINVAL);
	for (const std::uint32_t bits : {0U, 8U, 15U, 24U, 48U, 128U, UINT32_MAX}) {
		EXPECT_EQ(ringline_guard(bits, 0, "x", 1, &found), -EINVAL) << bits;
	}
	EXPECT_EQ(ringline_guard(16, 0x10000, "x", 1, &found), -EINVAL);
	EXPECT_EQ(ringline_guard(32, 0x100000000, "x", 1, &found), -EINVAL);
	EXPECT_EQ(found, 7);
	EXPECT_EQ(ringline_guard(64, 9, nullptr, 0, &found), 0);
	EXPECT_EQ(found, 9);
}

} // namespace
