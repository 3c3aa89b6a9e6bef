// SPDX-License-Identifier: MIT OR Apache-2.0
// The words of the options of replay, not yet judged.
#pragma once

#include <string>

namespace nvmectl
{

struct StreamOptions {
	std::string speed = "original";
	std::string seed = "0";
};

} // namespace nvmectl
