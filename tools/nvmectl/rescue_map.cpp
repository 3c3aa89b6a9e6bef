// SPDX-License-Identifier: MIT OR Apache-2.0
#include "rescue_map.h"

#include "error.h"

#include <fmt/format.h>

#include <algorithm>
#include <sstream>
#include <string_view>

namespace nvmectl
{
namespace
{

constexpr std::string_view map_states = "?*/-FG+";
constexpr std::string_view map_statuses = "?*/-+";

[[noreturn]] void no_map(const std::string &name, std::size_t line, const std::string &why)
{
	throw Error(Exit::refused, fmt::format("{} is no map that can be used: line {}: {}", name, line, why),
		    "name a file that is not there yet, or the map of an earlier read of this range");
}

/// Decimal, hexadecimal or octal, as in C.
bool take_number(std::istringstream &words, std::uint64_t *number)
{
	std::string word;
	if (!(words >> word) || word.find_first_not_of("0123456789abcdefABCDEFxX") != std::string::npos) {
		return false;
	}
	std::size_t used = 0;
	try {
		*number = std::stoull(word, &used, 0);
	} catch (const std::exception &) {
		return false;
	}
	return used == word.size();
}

bool take_status(std::istringstream &words, std::string_view allowed, char *status)
{
	std::string word;
	if (!(words >> word) || word.size() != 1 || allowed.find(word[0]) == std::string_view::npos) {
		return false;
	}
	*status = word[0];
	return true;
}

struct MapPart {
	std::uint64_t position;
	std::uint64_t bytes;
	char status;
};

/// Adds the part behind what the map has already. An empty text, or why it cannot be there.
std::string add_part(const MapPart &part, std::uint32_t block_size, RescueMap *map)
{
	if (part.position % block_size != 0 || part.bytes % block_size != 0) {
		return fmt::format("not whole blocks of {} bytes", block_size);
	}
	if (part.bytes == 0 || part.position + part.bytes < part.position) {
		return "no such size";
	}
	const Extent extent = {part.position / block_size, part.bytes / block_size};
	if (map->range.blocks == 0) {
		map->range.lba = extent.lba;
	} else if (map->range.lba + map->range.blocks != extent.lba) {
		return "it does not begin where the one before it ends";
	}
	map->range.blocks += extent.blocks;
	if (part.status == '+') {
		map->done.add(extent.lba, extent.blocks);
	} else if (part.status != '?') {
		map->bad.add(extent.lba, extent.blocks);
	}
	return "";
}

/// The parts of two sorted lists at or behind a point, looked at in order.
class Walk
{
public:
	explicit Walk(const Extents &extents) : ranges_(extents.ranges()) {}
	/// Whether the block is in the set; *end becomes the next block where that changes, if that is nearer.
	bool at(std::uint64_t lba, std::uint64_t *end)
	{
		while (next_ < ranges_.size() && ranges_[next_].lba + ranges_[next_].blocks <= lba) {
			++next_;
		}
		if (next_ == ranges_.size()) {
			return false;
		}
		const Extent &range = ranges_[next_];
		const bool inside = range.lba <= lba;
		*end = std::min(*end, inside ? range.lba + range.blocks : range.lba);
		return inside;
	}

private:
	const std::vector<Extent> &ranges_;
	std::size_t next_ = 0;
};

} // namespace

RescueMap parse_rescue_map(const std::string &text, const std::string &name, std::uint32_t block_size)
{
	RescueMap map;
	std::istringstream lines(text);
	bool has_state = false;
	std::size_t number = 0;
	for (std::string line; std::getline(lines, line);) {
		++number;
		std::istringstream words(line.substr(0, line.find('#')));
		if ((words >> std::ws).eof()) {
			continue;
		}
		MapPart part = {};
		if (!has_state) {
			if (!take_number(words, &part.position) || !take_status(words, map_states, &part.status)) {
				no_map(name, number, "a position and a status were expected");
			}
			has_state = true;
			continue;
		}
		if (!take_number(words, &part.position) || !take_number(words, &part.bytes) ||
		    !take_status(words, map_statuses, &part.status)) {
			no_map(name, number, "a position, a size and a status were expected");
		}
		if (const std::string why = add_part(part, block_size, &map); !why.empty()) {
			no_map(name, number, why);
		}
	}
	if (map.range.blocks == 0) {
		no_map(name, number, "it ends without a list of blocks");
	}
	return map;
}

std::string rescue_map_text(const RescueMap &map, std::uint32_t block_size, bool finished)
{
	struct Part {
		std::uint64_t lba;
		std::uint64_t end;
		char status;
	};
	std::vector<Part> parts;
	Walk done(map.done);
	Walk bad(map.bad);
	const std::uint64_t end = map.range.lba + map.range.blocks;
	for (std::uint64_t lba = map.range.lba; lba < end;) {
		std::uint64_t until = end;
		const bool is_done = done.at(lba, &until);
		const bool is_bad = bad.at(lba, &until);
		const char status = is_done ? '+' : is_bad ? '-' : '?';
		if (!parts.empty() && parts.back().status == status) {
			parts.back().end = until;
		} else {
			parts.push_back({lba, until, status});
		}
		lba = until;
	}
	const auto left = std::ranges::find_if(parts, [](const Part &part) { return part.status != '+'; });
	const std::uint64_t position = finished || left == parts.end() ? end : left->lba;
	std::string text =
		fmt::format("# Mapfile. Created by nvmectl read\n# current_pos  current_status  "
			    "current_pass\n{:#010x}     {}               1\n#      pos        size  status\n",
			    position * block_size, finished ? '+' : '?');
	for (const Part &part : parts) {
		text += fmt::format("{:#010x}  {:#010x}  {}\n", part.lba * block_size,
				    (part.end - part.lba) * block_size, part.status);
	}
	return text;
}

Extents missing(const RescueMap &map)
{
	Extents left;
	Walk done(map.done);
	const std::uint64_t end = map.range.lba + map.range.blocks;
	for (std::uint64_t lba = map.range.lba; lba < end;) {
		std::uint64_t until = end;
		if (!done.at(lba, &until)) {
			left.add(lba, until - lba);
		}
		lba = until;
	}
	return left;
}

} // namespace nvmectl
