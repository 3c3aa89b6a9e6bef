// SPDX-License-Identifier: MIT OR Apache-2.0
// The words of the options of replay and monitor, not yet judged.
#pragma once

#include <string>

namespace nvmectl
{

struct StreamOptions {
	std::string speed = "original";
	std::string seed = "0";

	std::string interval = "1s";
	std::string count;
};

} // namespace nvmectl
