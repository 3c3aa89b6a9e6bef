// SPDX-License-Identifier: MIT OR Apache-2.0
#include "terminal_line.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>

namespace nvmectl
{

TerminalLine::TerminalLine(bool wanted) : shown_(wanted && ::isatty(STDERR_FILENO) != 0) {}

bool TerminalLine::due() const
{
	return shown_ && Clock::now() - last_ >= std::chrono::milliseconds(200);
}

void TerminalLine::draw(const std::string &text)
{
	if (!shown_) {
		return;
	}
	last_ = Clock::now();
	drawn_ = true;
	fmt::print(stderr, "\r\033[K{}", text);
	(void)std::fflush(stderr);
}

void TerminalLine::clear()
{
	if (drawn_) {
		fmt::print(stderr, "\r\033[K");
		(void)std::fflush(stderr);
		drawn_ = false;
	}
}

std::string clock_text(double seconds)
{
	const auto whole = static_cast<std::uint64_t>(std::clamp(seconds, 0.0, 359999.0));
	return whole >= 3600 ? fmt::format("{}:{:02}:{:02}", whole / 3600, whole / 60 % 60, whole % 60)
			     : fmt::format("{}:{:02}", whole / 60, whole % 60);
}

} // namespace nvmectl
