// SPDX-License-Identifier: MIT OR Apache-2.0
// One line on a terminal that tells how far a transfer is. Elsewhere nothing.
#pragma once

#include "terminal_line.h"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

namespace nvmectl
{

/// The line without the terminal's control characters. total: nothing when it is not known.
std::string progress_line(std::uint64_t done, std::optional<std::uint64_t> total, double seconds);

class Progress
{
public:
	Progress(bool wanted, std::optional<std::uint64_t> total_bytes);

	[[nodiscard]] bool shown() const { return line_.shown(); }
	/// Cheap: draws a few times a second at most.
	void update(std::uint64_t done_bytes);
	/// Leaves the line empty for a message.
	void clear() { line_.clear(); }
	[[nodiscard]] double seconds() const;

private:
	using Clock = std::chrono::steady_clock;
	TerminalLine line_;
	std::optional<std::uint64_t> total_;
	Clock::time_point start_ = Clock::now();
};

} // namespace nvmectl
