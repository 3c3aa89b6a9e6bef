// SPDX-License-Identifier: MIT OR Apache-2.0
#include "progress.h"

#include "units.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>

namespace nvmectl
{
namespace
{

std::string clock_text(double seconds)
{
	const auto whole = static_cast<std::uint64_t>(std::clamp(seconds, 0.0, 359999.0));
	return whole >= 3600 ? fmt::format("{}:{:02}:{:02}", whole / 3600, whole / 60 % 60, whole % 60)
			     : fmt::format("{}:{:02}", whole / 60, whole % 60);
}

} // namespace

std::string progress_line(std::uint64_t done, std::optional<std::uint64_t> total, double seconds)
{
	const double rate = seconds > 0 ? static_cast<double>(done) / seconds : 0;
	const std::string speed = human_bytes(static_cast<std::uint64_t>(rate)) + "/s";
	if (!total || *total == 0) {
		return fmt::format("{}, {}, {}", human_bytes(done), speed, clock_text(seconds));
	}
	const double part = static_cast<double>(done) / static_cast<double>(*total);
	const std::string left =
		rate > 0 ? clock_text(static_cast<double>(*total - std::min(done, *total)) / rate) : "unknown";
	return fmt::format("{:3.0f} %, {} of {}, {}, {} left", part * 100, human_bytes(done), human_bytes(*total),
			   speed, left);
}

Progress::Progress(bool wanted, std::optional<std::uint64_t> total_bytes)
	: shown_(wanted && ::isatty(STDERR_FILENO) != 0), total_(total_bytes)
{
}

void Progress::update(std::uint64_t done_bytes)
{
	const Clock::time_point now = Clock::now();
	if (!shown_ || now - last_ < std::chrono::milliseconds(200)) {
		return;
	}
	last_ = now;
	drawn_ = true;
	fmt::print(stderr, "\r\033[K{}", progress_line(done_bytes, total_, seconds()));
	(void)std::fflush(stderr);
}

void Progress::clear()
{
	if (drawn_) {
		fmt::print(stderr, "\r\033[K");
		drawn_ = false;
	}
}

double Progress::seconds() const
{
	return std::chrono::duration<double>(Clock::now() - start_).count();
}

} // namespace nvmectl
