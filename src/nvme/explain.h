// SPDX-License-Identifier: MIT OR Apache-2.0
// A broken rule in words.
#pragma once

#include "nvme/geometry.h"

#include <ringline/ringline.h>

#include <cstdint>

namespace ringline::nvme
{

/// 0, or the errno that pushing the command would give; then *diagnosis (may be null) says which rule, with the
/// numbers.
std::int32_t explain(const Geometry &geometry, const ringline_command &command, ringline_diagnosis *diagnosis);
std::int32_t explain(const Geometry &geometry, const ringline_command_extended &command, ringline_diagnosis *diagnosis);

} // namespace ringline::nvme
