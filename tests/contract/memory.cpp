// SPDX-License-Identifier: MIT OR Apache-2.0
#include "memory.h"

#include <gtest/gtest.h>

#include <sys/mman.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>

namespace contract
{
namespace
{

constexpr std::size_t page = 4096;
constexpr std::uint8_t canary = 0xC5;

/// SplitMix64: every seed and place gives an unrelated word.
std::uint64_t word(std::uint64_t seed, std::uint64_t place)
{
	std::uint64_t value = seed * 0x9E3779B97F4A7C15U + place * 0xBF58476D1CE4E5B9U + 1;
	value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9U;
	value = (value ^ (value >> 27)) * 0x94D049BB133111EBU;
	return value ^ (value >> 31);
}

bool all(const std::uint8_t *begin, const std::uint8_t *end, std::uint8_t value)
{
	return std::all_of(begin, end, [value](std::uint8_t b) { return b == value; });
}

} // namespace

Memory::Memory(std::size_t length) : length_(length)
{
	const std::size_t pages = (length + page - 1) / page;
	mapped_ = (pages + 4) * page;
	void *mapping = ::mmap(nullptr, mapped_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (mapping == MAP_FAILED) {
		std::abort();
	}
	mapping_ = static_cast<std::uint8_t *>(mapping);
	std::memset(mapping_ + page, canary, mapped_ - 2 * page);
	(void)::mprotect(mapping_, page, PROT_NONE);
	(void)::mprotect(mapping_ + mapped_ - page, page, PROT_NONE);
	data_ = mapping_ + 2 * page;
}

Memory::~Memory()
{
	EXPECT_TRUE(intact()) << "something wrote outside the memory of a command";
	(void)::munmap(mapping_, mapped_);
}

void Memory::fill(std::uint8_t value) const
{
	std::memset(data_, value, length_);
}

bool Memory::holds_only(std::uint8_t value) const
{
	return all(data_, data_ + length_, value);
}

bool Memory::intact() const
{
	return all(mapping_ + page, data_, canary) && all(data_ + length_, mapping_ + mapped_ - page, canary);
}

void fill_pattern(std::span<std::uint8_t> bytes, std::uint64_t seed)
{
	for (std::size_t i = 0; i < bytes.size(); i += sizeof(std::uint64_t)) {
		const std::uint64_t value = word(seed, i);
		std::memcpy(bytes.data() + i, &value, std::min(sizeof value, bytes.size() - i));
	}
}

std::size_t differing_bytes(std::span<const std::uint8_t> bytes, std::uint64_t seed)
{
	std::size_t count = 0;
	for (std::size_t i = 0; i < bytes.size(); i += sizeof(std::uint64_t)) {
		const std::uint64_t value = word(seed, i);
		const std::size_t length = std::min(sizeof value, bytes.size() - i);
		if (std::memcmp(bytes.data() + i, &value, length) == 0) {
			continue;
		}
		const auto *expected = reinterpret_cast<const std::uint8_t *>(&value);
		for (std::size_t j = 0; j < length; ++j) {
			count += bytes[i + j] != expected[j] ? 1 : 0;
		}
	}
	return count;
}

} // namespace contract
