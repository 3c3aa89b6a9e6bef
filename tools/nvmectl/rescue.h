// SPDX-License-Identifier: MIT OR Apache-2.0
// "read --continue-on-error": all that can be read of a range goes into a file, in its place; what cannot be is a hole.
#pragma once

#include "extents.h"
#include "options.h"
#include "report.h"
#include "session.h"

namespace nvmectl
{

/// Returns or throws as a command does.
Exit run_rescue(const Options &options, const Device &device, const Extent &range, Warnings *warnings);

} // namespace nvmectl
