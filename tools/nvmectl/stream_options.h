// SPDX-License-Identifier: MIT OR Apache-2.0
// The words of the options of replay, monitor and sim inject, not yet judged.
#pragma once

#include <string>

namespace nvmectl
{

struct StreamOptions {
	std::string speed = "original";
	std::string seed = "0";

	std::string interval = "1s";
	std::string count;

	bool list = false;
	std::string clear; ///< Number of a rule, or "all".
	std::string action;
	std::string opcode = "any";
	bool admin = false;
	bool executed = false;
	std::string lba;
	std::string blocks;
	std::string skip;
	std::string repeat;
	std::string status;
	std::string error;
	std::string delay;
	std::string hold;
};

} // namespace nvmectl
