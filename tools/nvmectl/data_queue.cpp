// SPDX-License-Identifier: MIT OR Apache-2.0
#include "data_queue.h"

#include <algorithm>

namespace nvmectl
{

DataQueue::DataQueue(const Device &device, const Options &options, std::uint32_t depth, std::uint64_t buffer_bytes)
	: Queue(device, parse_engine(options.engine), depth, buffer_bytes), device_(device)
{
}

std::int32_t DataQueue::push(const ringline_command_extended &command) const
{
	return std::min(ringline_push_extended(get(), &command, 1), 0);
}

std::int32_t DataQueue::take(std::span<ringline_completion> completions, std::uint32_t min,
			     std::int64_t timeout_ns) const
{
	return ringline_submit_and_wait(get(), completions.data(), static_cast<std::uint32_t>(completions.size()), min,
					timeout_ns);
}

std::int32_t DataQueue::transfer(ringline_transfer_options options, std::span<ringline_transfer_failure> failures,
				 ringline_transfer_result *result, ringline_diagnosis *why) const
{
	return ringline_transfer(get(), device_.handle(), &options, failures.data(),
				 static_cast<std::uint32_t>(failures.size()), result, why);
}

} // namespace nvmectl
