// SPDX-License-Identifier: MIT OR Apache-2.0
// Where a measurement was made.
#pragma once

#include <cstdint>
#include <string>

namespace nvmectl
{

struct Machine {
	std::string kernel;       ///< "Linux 6.12.48 x86_64".
	std::string processor;    ///< The model's name; empty if the kernel does not tell.
	std::uint32_t processors; ///< That this process may run on.
};

Machine this_machine();

} // namespace nvmectl
