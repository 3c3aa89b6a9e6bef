// SPDX-License-Identifier: MIT OR Apache-2.0
#include "data_queue.h"

#include "trace.h"

#include <algorithm>
#include <vector>

namespace nvmectl
{
namespace
{

/// Room for what one slice of a range does, unless nearly all of it fails and is narrowed down.
constexpr std::uint32_t events_max = 1U << 16;

} // namespace

DataQueue::DataQueue(const Device &device, const Options &options, std::uint32_t depth, std::uint64_t buffer_bytes)
	: Queue(device, parse_engine(options.engine), depth, buffer_bytes), device_(device), trace_(options.trace)
{
	if (trace_ != nullptr) {
		trace_->begin(device, info());
	}
}

std::int32_t DataQueue::push(const ringline_command_extended &command) const
{
	if (trace_ != nullptr) {
		trace_->start();
	}
	const std::uint64_t time_ns = trace_ != nullptr ? Trace::now_ns() : 0;
	const std::int32_t pushed = ringline_push_extended(get(), &command, 1);
	if (pushed > 0 && trace_ != nullptr) {
		trace_->pushed(time_ns, command);
	}
	return std::min(pushed, 0);
}

std::int32_t DataQueue::take(std::span<ringline_completion> completions, std::uint32_t min,
			     std::int64_t timeout_ns) const
{
	if (trace_ != nullptr && min != 0) {
		trace_->flush(); // what never comes back should be in it
	}
	const std::int32_t taken = ringline_submit_and_wait(
		get(), completions.data(), static_cast<std::uint32_t>(completions.size()), min, timeout_ns);
	if (taken > 0 && trace_ != nullptr) {
		const std::uint64_t time_ns = Trace::now_ns();
		for (const ringline_completion &completion : completions.first(static_cast<std::size_t>(taken))) {
			trace_->completed(time_ns, completion);
		}
	}
	return taken;
}

std::int32_t DataQueue::transfer(ringline_transfer_options options, std::span<ringline_transfer_failure> failures,
				 ringline_transfer_result *result, ringline_diagnosis *why) const
{
	if (trace_ != nullptr) {
		trace_->start();
	}
	std::vector<ringline_transfer_event> events(trace_ != nullptr ? events_max : 0);
	options.events_address = events.empty() ? 0 : reinterpret_cast<std::uintptr_t>(events.data());
	options.events_max = static_cast<std::uint32_t>(events.size());
	const std::int32_t failed = ringline_transfer(get(), device_.handle(), &options, failures.data(),
						      static_cast<std::uint32_t>(failures.size()), result, why);
	if (failed >= 0 && trace_ != nullptr) {
		events.resize(std::min<std::size_t>(events.size(), result->events));
		trace_->transferred(options, events, *result);
	}
	return failed;
}

std::uint64_t DataQueue::transfer_commands_max() const
{
	return trace_ != nullptr ? events_max / 4 : UINT64_MAX; // two events each, and as many again for retries
}

} // namespace nvmectl
