// SPDX-License-Identifier: MIT OR Apache-2.0
// Memory known to the library: allocated by it, or adopted. Lives in the handle table; queues that attach it keep it
// alive.
#pragma once

#include "base/memory.h"
#include "engine/uring_share.h"

#include <ringline/ringline.h>

#include <cstdint>

namespace ringline::core
{

struct Buffer : Allocated {
	std::uint64_t address = 0;
	std::uint64_t length = 0;
	std::uint32_t attachments = 0; ///< Under the lock of the handle table.
	bool adopted = false;
	engine::SharedPin pin;

	/// 0, -EINVAL (flags, length 0 or above 1 GiB, address not page-aligned or wrapping) or -ENOMEM.
	static std::int32_t create(const ringline_buffer_options &options, Buffer **buffer);
	void destroy();
};

} // namespace ringline::core
