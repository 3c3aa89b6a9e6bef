// SPDX-License-Identifier: MIT OR Apache-2.0
#include "bench_pattern.h"

#include <algorithm>

namespace nvmectl
{

std::uint64_t Random::next()
{
	state_ += 0x9e3779b97f4a7c15u;
	std::uint64_t mixed = state_;
	mixed = (mixed ^ mixed >> 30) * 0xbf58476d1ce4e5b9u;
	mixed = (mixed ^ mixed >> 27) * 0x94d049bb133111ebu;
	return mixed ^ mixed >> 31;
}

std::uint64_t Random::below(std::uint64_t limit)
{
	__extension__ using Wide = unsigned __int128;
	return static_cast<std::uint64_t>(static_cast<Wide>(next()) * limit >> 64);
}

Target Pattern::next()
{
	Target target;
	if (setup_.random) {
		target.place = setup_.first + random_.below(setup_.places);
	} else {
		target.place = setup_.first + next_;
		next_ = next_ + 1 == setup_.places ? 0 : next_ + 1;
	}
	// 100 and 0 need no throw of the dice.
	target.read =
		setup_.read_percent == 100 || (setup_.read_percent != 0 && random_.below(100) < setup_.read_percent);
	return target;
}

PatternSetup pattern_of_thread(const PatternSetup &whole, std::uint32_t thread, std::uint32_t threads)
{
	PatternSetup mine = whole;
	Random seeds(whole.seed);
	for (std::uint32_t i = 0; i <= thread; ++i) {
		mine.seed = seeds.next();
	}
	if (!whole.random) {
		// The first threads have one more if it does not come out even, as they have of the commands of a run.
		const std::uint64_t each = whole.places / threads;
		const std::uint64_t rest = whole.places % threads;
		mine.first = whole.first + each * thread + std::min<std::uint64_t>(thread, rest);
		mine.places = each + (thread < rest ? 1 : 0);
	}
	return mine;
}

} // namespace nvmectl
