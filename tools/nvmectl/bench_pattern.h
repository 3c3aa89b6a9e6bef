// SPDX-License-Identifier: MIT OR Apache-2.0
// Which commands one thread of a benchmark sends: where, and whether they read or write. The same seed gives the same
// commands in the same order, however fast the device is.
#pragma once

#include <cstdint>

namespace nvmectl
{

/// The generator SplitMix64: every seed is a good one, and it keeps up with any device.
class Random
{
public:
	explicit Random(std::uint64_t seed) : state_(seed) {}
	std::uint64_t next();
	/// 0 to below - 1, all equally likely to within 1 in 2^64 / below.
	std::uint64_t below(std::uint64_t limit);

private:
	std::uint64_t state_;
};

/// Places are counted in commands from the beginning of the range.
struct PatternSetup {
	bool random = true;
	std::uint32_t read_percent = 100;
	std::uint64_t first = 0; ///< Of the part that this thread works on.
	std::uint64_t places = 1;
	std::uint64_t seed = 0;
};

struct Target {
	std::uint64_t place = 0;
	bool read = true;
};

class Pattern
{
public:
	explicit Pattern(const PatternSetup &setup) : setup_(setup), random_(setup.seed) {}
	Target next();
	[[nodiscard]] std::uint64_t seed() const { return setup_.seed; }

private:
	PatternSetup setup_;
	Random random_;
	std::uint64_t next_ = 0;
};

/// The pattern of one of several threads: with a seed of its own, over the whole range if it is random, else over its
/// own part of it, so that no two threads touch the same blocks.
PatternSetup pattern_of_thread(const PatternSetup &whole, std::uint32_t thread, std::uint32_t threads);

} // namespace nvmectl
