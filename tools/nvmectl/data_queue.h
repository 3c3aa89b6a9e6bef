// SPDX-License-Identifier: MIT OR Apache-2.0
// The queue of the commands that read and change blocks and zones: the one place where they are pushed and their
// completions taken, and so where a trace sees them.
#pragma once

#include "options.h"
#include "session.h"

#include <cstdint>
#include <span>

namespace nvmectl
{

class DataQueue : public Queue
{
public:
	/// With the engine and the trace of the options. The device must outlive it.
	DataQueue(const Device &device, const Options &options, std::uint32_t depth, std::uint64_t buffer_bytes);

	/// 0, or the negative errno of ringline_push_extended().
	[[nodiscard]] std::int32_t push(const ringline_command_extended &command) const;
	/// As ringline_submit_and_wait().
	[[nodiscard]] std::int32_t take(std::span<ringline_completion> completions, std::uint32_t min,
					std::int64_t timeout_ns) const;
	/// As ringline_transfer().
	[[nodiscard]] std::int32_t transfer(ringline_transfer_options options,
					    std::span<ringline_transfer_failure> failures,
					    ringline_transfer_result *result, ringline_diagnosis *why) const;

	/// How many commands one transfer should have at most: of more, a trace might lack some.
	[[nodiscard]] std::uint64_t transfer_commands_max() const;

private:
	const Device &device_;
	Trace *trace_;
};

} // namespace nvmectl
