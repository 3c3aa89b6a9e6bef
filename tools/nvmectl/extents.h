// SPDX-License-Identifier: MIT OR Apache-2.0
// Sets of blocks, kept as sorted ranges that do not touch: what of a transfer is done, failed or unknown.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace nvmectl
{

struct Extent {
	std::uint64_t lba = 0;
	std::uint64_t blocks = 0;

	[[nodiscard]] bool operator==(const Extent &) const = default;
};

class Extents
{
public:
	void add(std::uint64_t lba, std::uint64_t blocks);
	[[nodiscard]] const std::vector<Extent> &ranges() const { return ranges_; }
	[[nodiscard]] bool empty() const { return ranges_.empty(); }
	[[nodiscard]] std::uint64_t blocks() const;
	/// How many blocks from this one on are in the set without a gap.
	[[nodiscard]] std::uint64_t contiguous_from(std::uint64_t lba) const;

private:
	std::vector<Extent> ranges_;
};

/// "LBA 0 to 99 (100 blocks), LBA 200 (1 block)"; of very many ranges the first ones and how many more there are.
std::string describe(const std::vector<Extent> &ranges);

} // namespace nvmectl
