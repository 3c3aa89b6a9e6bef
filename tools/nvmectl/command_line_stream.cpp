// SPDX-License-Identifier: MIT OR Apache-2.0
// --trace, and the subcommands that are about what goes on: replay, monitor, sim inject.
#include "command_line.h"

namespace nvmectl
{

void CommandLine::add_trace(CLI::App &command)
{
	command.add_option("--trace", options_.trace_file,
			   "Record every command and completion as lines of JSON; a file that is there is replaced")
		->type_name("FILE");
}

} // namespace nvmectl
