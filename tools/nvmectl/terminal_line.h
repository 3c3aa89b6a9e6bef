// SPDX-License-Identifier: MIT OR Apache-2.0
// One line on a terminal that is drawn over itself. Elsewhere nothing.
#pragma once

#include <chrono>
#include <string>

namespace nvmectl
{

class TerminalLine
{
public:
	explicit TerminalLine(bool wanted);
	TerminalLine(const TerminalLine &) = delete;
	TerminalLine &operator=(const TerminalLine &) = delete;
	~TerminalLine() { clear(); }

	[[nodiscard]] bool shown() const { return shown_; }
	/// Whether it is time to draw again: a few times a second.
	[[nodiscard]] bool due() const;
	void draw(const std::string &text);
	/// Leaves the line empty for a message.
	void clear();

private:
	using Clock = std::chrono::steady_clock;
	bool shown_;
	bool drawn_ = false;
	Clock::time_point last_ = Clock::now();
};

/// "1:05", "1:00:00".
std::string clock_text(double seconds);

} // namespace nvmectl
