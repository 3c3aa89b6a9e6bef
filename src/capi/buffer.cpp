// SPDX-License-Identifier: MIT OR Apache-2.0
#include "core/buffer.h"
#include "base/errno_guard.h"
#include "base/struct_size.h"
#include "core/handle_table.h"

#include <ringline/ringline.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>

using namespace ringline;

namespace
{

// The sizes of the first version: what every caller has.
constexpr std::uint32_t buffer_options_minimum = sizeof(ringline_buffer_options);
constexpr std::uint32_t buffer_info_minimum = offsetof(ringline_buffer_info, sharing);

} // namespace

extern "C" {

int32_t ringline_buffer_create(const ringline_buffer_options *options, ringline_buffer *buffer)
{
	const ErrnoGuard keep;
	ringline_buffer_options taken = {};
	if (options == nullptr || buffer == nullptr) {
		return -EINVAL;
	}
	if (const std::int32_t error = take_options(&taken, options, buffer_options_minimum); error < 0) {
		return error;
	}
	core::Buffer *made = nullptr;
	std::int32_t error = core::Buffer::create(taken, &made);
	if (error == 0) {
		error = core::add_buffer(made, buffer);
		if (error < 0) {
			made->destroy();
		}
	}
	return error;
}

int32_t ringline_buffer_free(ringline_buffer buffer)
{
	const ErrnoGuard keep;
	core::Buffer *removed = nullptr;
	const std::int32_t error = core::remove_buffer(buffer, &removed);
	if (error == 0) {
		removed->destroy();
	}
	return error;
}

int32_t ringline_buffer_info_get(ringline_buffer buffer, ringline_buffer_info *info)
{
	std::int32_t error = check_output(info, buffer_info_minimum);
	ringline_buffer_info filled = {};
	if (error == 0) {
		error = core::read_buffer(buffer, &filled);
	}
	if (error == 0) {
		give_output(info, filled);
	}
	return error;
}

} // extern "C"
