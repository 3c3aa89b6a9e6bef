// SPDX-License-Identifier: MIT OR Apache-2.0
#include "progress.h"

#include "units.h"

#include <fmt/format.h>

#include <algorithm>

namespace nvmectl
{

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

Progress::Progress(bool wanted, std::optional<std::uint64_t> total_bytes) : line_(wanted), total_(total_bytes) {}

void Progress::update(std::uint64_t done_bytes)
{
	if (line_.due()) {
		line_.draw(progress_line(done_bytes, total_, seconds()));
	}
}

double Progress::seconds() const
{
	return std::chrono::duration<double>(Clock::now() - start_).count();
}

} // namespace nvmectl
