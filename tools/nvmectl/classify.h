// SPDX-License-Identifier: MIT OR Apache-2.0
// From everything that happened to a transfer to the one exit code.
#pragma once

#include "exit_code.h"

#include <cstdint>

namespace nvmectl
{

struct Happened {
	bool outcome_unknown = false;
	bool status_error = false;
	bool miscompare = false;
	std::int32_t transport_error = 0; ///< Of a command that certainly did not run: a negative errno.
	bool file_error = false;          ///< The input could not be read, or the output not written.
	bool input_short = false;         ///< The input ended before the range did, or inside a block.
	bool device_full = false;         ///< The device ended before the input did.
	bool interrupted = false;
	bool effect = false; ///< Data reached the device, or the user of the output.
};

/// Unknown wins over all, because nothing may be repeated blindly; then the device's own answers; then what could
/// simply be tried again.
Exit classify(const Happened &happened);

/// A negative errno of a call or a command that had no effect.
Exit classify_error(std::int32_t error);

} // namespace nvmectl
