// SPDX-License-Identifier: MIT OR Apache-2.0
#include "extents.h"

#include <fmt/format.h>

#include <algorithm>

namespace nvmectl
{

void Extents::add(std::uint64_t lba, std::uint64_t blocks)
{
	if (blocks == 0) {
		return;
	}
	// The first range that ends at or behind the new one's beginning is the first that can touch it.
	auto first = std::lower_bound(ranges_.begin(), ranges_.end(), lba, [](const Extent &range, std::uint64_t at) {
		return range.lba + range.blocks < at;
	});
	std::uint64_t begin = lba;
	std::uint64_t end = lba + blocks;
	auto last = first;
	while (last != ranges_.end() && last->lba <= end) {
		begin = std::min(begin, last->lba);
		end = std::max(end, last->lba + last->blocks);
		++last;
	}
	if (first == last) {
		ranges_.insert(first, Extent{begin, end - begin});
		return;
	}
	*first = Extent{begin, end - begin};
	ranges_.erase(first + 1, last);
}

std::uint64_t Extents::blocks() const
{
	std::uint64_t sum = 0;
	for (const Extent &range : ranges_) {
		sum += range.blocks;
	}
	return sum;
}

std::uint64_t Extents::contiguous_from(std::uint64_t lba) const
{
	for (const Extent &range : ranges_) {
		if (lba >= range.lba && lba - range.lba < range.blocks) {
			return range.blocks - (lba - range.lba);
		}
	}
	return 0;
}

std::string describe(const std::vector<Extent> &ranges)
{
	constexpr std::size_t shown = 16;
	std::string text;
	for (std::size_t i = 0; i < std::min(shown, ranges.size()); ++i) {
		const Extent &range = ranges[i];
		text += i == 0 ? "" : ", ";
		text += range.blocks == 1 ? fmt::format("LBA {} (1 block)", range.lba)
					  : fmt::format("LBA {} to {} ({} blocks)", range.lba,
							range.lba + range.blocks - 1, range.blocks);
	}
	if (ranges.size() > shown) {
		text += fmt::format(", and {} more ranges", ranges.size() - shown);
	}
	return ranges.empty() ? "none" : text;
}

} // namespace nvmectl
