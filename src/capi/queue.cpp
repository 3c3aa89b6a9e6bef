// SPDX-License-Identifier: MIT OR Apache-2.0
#include "base/errno_guard.h"
#include "base/struct_size.h"
#include "capi/shim.h"

#include <cerrno>
#include <cstddef>

using namespace ringline;
using capi::unwrap;
using capi::wrap;

namespace
{

// The sizes of the first version: what every caller has.
constexpr std::uint32_t queue_options_minimum = sizeof(ringline_queue_options);
constexpr std::uint32_t queue_info_minimum = sizeof(ringline_queue_info);

} // namespace

extern "C" {

int32_t ringline_queue_create(const ringline_queue_options *options, ringline_diagnosis *diagnosis,
			      ringline_queue **queue)
{
	const ErrnoGuard keep;
	if (queue == nullptr) {
		return capi::fail_null(diagnosis, "Where to put the queue");
	}
	ringline_queue_options taken = {};
	const std::int32_t error = capi::take_options(&taken, options, queue_options_minimum, diagnosis);
	if (error < 0) {
		return error;
	}
	core::Queue *made = nullptr;
	const std::int32_t result = core::Queue::create(taken, diagnosis, &made);
	if (result == 0) {
		*queue = wrap(made);
	}
	return result;
}

int32_t ringline_queue_destroy(ringline_queue *queue)
{
	const ErrnoGuard keep;
	return queue != nullptr ? unwrap(queue)->destroy() : 0;
}

int32_t ringline_queue_info_get(const ringline_queue *queue, ringline_queue_info *info)
{
	std::int32_t error = queue != nullptr ? check_output(info, queue_info_minimum) : -EINVAL;
	ringline_queue_info filled = {};
	if (error == 0) {
		error = unwrap(queue)->info(&filled);
	}
	if (error == 0) {
		give_output(info, filled);
	}
	return error;
}

int32_t ringline_queue_attach(ringline_queue *queue, ringline_device device)
{
	const ErrnoGuard keep;
	return queue != nullptr ? unwrap(queue)->attach(device) : -EINVAL;
}

int32_t ringline_queue_detach(ringline_queue *queue, ringline_device device)
{
	const ErrnoGuard keep;
	return queue != nullptr ? unwrap(queue)->detach(device) : -EINVAL;
}

int32_t ringline_queue_fd(ringline_queue *queue)
{
	const ErrnoGuard keep;
	return queue != nullptr ? unwrap(queue)->fd() : -EINVAL;
}

int32_t ringline_queue_wakeup(ringline_queue *queue)
{
	return queue != nullptr ? unwrap(queue)->wakeup() : -EINVAL;
}

int32_t ringline_queue_overdue(ringline_queue *queue, uint64_t older_than_ns, uint64_t *user_data, uint32_t max)
{
	return queue != nullptr && (user_data != nullptr || max == 0)
		       ? unwrap(queue)->overdue(older_than_ns, user_data, max)
		       : -EINVAL;
}

int32_t ringline_cancel(ringline_queue *queue, uint64_t user_data)
{
	return queue != nullptr ? unwrap(queue)->cancel(user_data) : -EINVAL;
}

int32_t ringline_queue_attach_buffer(ringline_queue *queue, ringline_buffer buffer)
{
	const ErrnoGuard keep;
	return queue != nullptr ? unwrap(queue)->attach_buffer(buffer) : -EINVAL;
}

int32_t ringline_queue_detach_buffer(ringline_queue *queue, ringline_buffer buffer)
{
	const ErrnoGuard keep;
	return queue != nullptr ? unwrap(queue)->detach_buffer(buffer) : -EINVAL;
}

} // extern "C"
