// SPDX-License-Identifier: MIT OR Apache-2.0
// Fault rules of simulated devices: checking, matching, and the rules file.
//
// The rules file
// --------------
// "PATH.faults" beside an image PATH holds rules that are set when the image is opened (for the first time: while a
// process has it open, its further openings of the image share the rules that are set then, and the file is only
// checked). It is plain ASCII text of at most 65,536 bytes and 256 rules; comments may have any characters.
//
// The first line is "ringline-faults 1". Of the others each is one rule of up to 255 bytes, made of key=value pairs
// separated by blanks, or it is blank; '#' begins a comment. A key may appear once in a rule. Numbers are decimal or,
// with 0x, hexadecimal. Rules are tried in the order of the lines, and the first that matches acts. An error anywhere
// in the file makes opening fail, and says which line is wrong.
//
//	action=NAME    status, error, delay, reorder, drop or vanish. Needed.
//	opcode=NAME    any; the name of an I/O command with - for blanks, such as flush, read or zone-append; identify
//	               (with admin=1); or a number up to 255. Needed.
//	admin=1        The rule is for admin commands and not for I/O commands.
//	lba=N          First block of the range, with blocks=.
//	blocks=N       Length of the range: commands with a range of blocks that touches it are meant, and zone actions
//	               by the zone's first block. Without it all commands are, also those that have no LBA.
//	skip=N         Let so many matches pass first.
//	repeat=N       Act so many times; 0, or without it: always.
//	executed=1     Carry the command out all the same: only its answer is lost.
//	status=N       For action=status: the NVMe status word, such as 0x281. Needed there.
//	error=NAME     For action=error: an errno such as EIO, or its number. Needed there. Unless executed=1 says
//	               otherwise the command is not sent, except that with EINTR nobody knows.
//	delay=TIME     For action=delay: a number and ns, us, ms or s, such as 10ms. Needed there.
//	hold=N         For action=reorder: how many later commands complete first. Needed there.
//
// Example:
//
//	ringline-faults 1
//	action=status opcode=read lba=100 blocks=8 status=0x281   # a bad spot: unrecovered read error
//	action=delay opcode=any delay=5ms skip=1000
//	action=vanish opcode=write skip=5000 repeat=1
#pragma once

#include <ringline/ringline.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace ringline::device
{

inline constexpr std::size_t fault_rules_max = 256;
/// So that "now + delay" never overflows, in whichever signed or unsigned type it is computed.
inline constexpr std::uint64_t fault_delay_max_ns = std::uint64_t{1} << 62;

/// What is wrong with a rule, in words, or null.
const char *fault_mistake(const ringline_fault_rule &rule);

/// Reads a rules file. How many rules there are now in `rules`, or -EINVAL with the diagnosis filled.
std::int32_t parse_faults(std::string_view text, const char *name, ringline_diagnosis *diagnosis,
			  std::span<ringline_fault_rule, fault_rules_max> rules);

/// A command as rules see it.
struct FaultTarget {
	bool admin;
	std::uint8_t opcode;
	bool has_range; ///< It names blocks.
	std::uint64_t lba;
	std::uint64_t blocks; ///< At least 1 with has_range. lba + blocks may be more than 64 bits hold.
};

struct FaultMatch {
	std::uint32_t number;
	ringline_fault_rule rule;
};

/// The rules of one image. Not synchronised.
class FaultTable
{
public:
	/// The number of the new rule, from 1, -EINVAL or -ENOSPC. Numbers are never used twice.
	std::int32_t set(const ringline_fault_rule &rule);
	/// How often the rule, or with 0 all of them, acted, or -ENOENT.
	std::int32_t clear(std::uint32_t number);
	/// Is this a rule that is set?
	[[nodiscard]] bool has(std::uint32_t number) const;
	/// The first rule that acts on this command; counts.
	[[nodiscard]] bool match(const FaultTarget &target, FaultMatch *match);
	[[nodiscard]] std::uint32_t size() const { return size_; }

private:
	struct Entry {
		ringline_fault_rule rule; ///< Its skip counts down.
		std::uint64_t acted;
		std::uint32_t number;
	};
	Entry entries_[fault_rules_max] = {};
	std::uint32_t size_ = 0;
	std::uint32_t last_number_ = 0;
};

} // namespace ringline::device
