// SPDX-License-Identifier: MIT OR Apache-2.0
#include "exit_code.h"

#include <fmt/format.h>

namespace nvmectl
{

std::string exit_help()
{
	std::string text = "Exit codes:\n";
	for (const ExitRow &row : exit_table) {
		text += fmt::format("  {:>3}  {}\n", static_cast<int>(row.code), row.meaning);
	}
	return text + "When several apply: 7 wins, then 5, 6, 8, 130.\n";
}

} // namespace nvmectl
