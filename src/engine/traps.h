// SPDX-License-Identifier: MIT OR Apache-2.0
// What is wrong with kernels, by their version, where no probe can see it.
#pragma once

#include "base/kernel_version.h"

#include <cstdint>

namespace ringline::engine
{

/// RINGLINE_TRAP_* of a kernel.
std::uint32_t traps_of(const KernelVersion &kernel);

} // namespace ringline::engine
