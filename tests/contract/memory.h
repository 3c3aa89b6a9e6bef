// SPDX-License-Identifier: MIT OR Apache-2.0
// Memory for transfers that notices a device which writes outside it, and patterns that show misplaced data.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace contract
{

/// Page-aligned bytes between two pages of canaries, between two pages that nobody may touch. The canaries are
/// checked at the end of the test.
class Memory
{
public:
	explicit Memory(std::size_t length);
	Memory(const Memory &) = delete;
	Memory &operator=(const Memory &) = delete;
	~Memory();

	[[nodiscard]] std::uint8_t *data() const { return data_; }
	[[nodiscard]] std::uint32_t size() const { return static_cast<std::uint32_t>(length_); }
	[[nodiscard]] std::uint64_t address() const { return reinterpret_cast<std::uint64_t>(data_); }
	[[nodiscard]] std::span<std::uint8_t> bytes() const { return {data_, length_}; }
	void fill(std::uint8_t value) const;
	[[nodiscard]] bool holds_only(std::uint8_t value) const;
	/// Are the bytes around it as they were?
	[[nodiscard]] bool intact() const;

private:
	std::uint8_t *mapping_ = nullptr;
	std::size_t mapped_ = 0;
	std::uint8_t *data_ = nullptr;
	std::size_t length_ = 0;
};

/// Bytes that depend on the seed and on their place, so that neither a shift nor an old pattern goes unnoticed.
void fill_pattern(std::span<std::uint8_t> bytes, std::uint64_t seed);
/// How many bytes differ from the pattern.
std::size_t differing_bytes(std::span<const std::uint8_t> bytes, std::uint64_t seed);

} // namespace contract
