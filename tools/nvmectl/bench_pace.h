// SPDX-License-Identifier: MIT OR Apache-2.0
// When commands are due. With a rate that is fixed before the run begins: a device that stalls does not move the later
// ones, and each is timed from when it was due. So a stall shows in the latency of every command that it held up, and
// not only of those that happened to be in flight ("coordinated omission").
#pragma once

#include <cstdint>

namespace nvmectl
{

class Pace
{
public:
	/// rate 0: no limit. The threads of a run take turns.
	Pace(std::uint64_t rate, std::uint32_t thread, std::uint32_t threads)
		: rate_(rate), thread_(thread), threads_(threads)
	{
	}

	[[nodiscard]] bool limited() const { return rate_ != 0; }
	/// Nanoseconds after the beginning of the run at which a command of this thread is due, counted from 0.
	[[nodiscard]] std::uint64_t due_ns(std::uint64_t index) const
	{
		__extension__ using Wide = unsigned __int128;
		const Wide of_all = static_cast<Wide>(index) * threads_ + thread_;
		return static_cast<std::uint64_t>(of_all * 1000000000u / rate_);
	}
	/// How many were due before that time.
	[[nodiscard]] std::uint64_t due_before(std::uint64_t time_ns) const
	{
		__extension__ using Wide = unsigned __int128;
		// due_ns(i) < t is the same as (i * threads + thread) * 1e9 < t * rate, all of it in whole numbers.
		const Wide of_all = (static_cast<Wide>(time_ns) * rate_ + 999999999u) / 1000000000u;
		return of_all <= thread_ ? 0 : static_cast<std::uint64_t>((of_all - thread_ + threads_ - 1) / threads_);
	}

private:
	std::uint64_t rate_;
	std::uint32_t thread_;
	std::uint32_t threads_;
};

} // namespace nvmectl
