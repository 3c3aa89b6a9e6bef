// SPDX-License-Identifier: MIT OR Apache-2.0
// write --sparse: what holes of the input become on the device.
#pragma once

#include "options.h"
#include "range.h"
#include "report.h"
#include "session.h"
#include "source.h"

#include <vector>

namespace nvmectl
{

/// Throws Error if the input cannot have holes.
void require_holes(const Source &source);

/// The commands of a write, whose other parts are like data. Holes are zeroed where the device has a command for that;
/// they are never left out, as then old data would show in them.
std::vector<CommandPart> sparse_parts(const Device &device, const Source &source, const CommandPart &data,
				      const Options &options, Warnings *warnings);

} // namespace nvmectl
