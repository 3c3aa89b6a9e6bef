// SPDX-License-Identifier: MIT OR Apache-2.0
// One function for each subcommand, in the file of its name. They return the exit code or throw Error.
#pragma once

#include "exit_code.h"
#include "options.h"
#include "report.h"

namespace nvmectl
{

Exit run_list(const Options &options, Warnings *warnings);
Exit run_info(const Options &options, Warnings *warnings);
Exit run_read(const Options &options, Warnings *warnings);
Exit run_write(const Options &options, Warnings *warnings);
Exit run_flush(const Options &options, Warnings *warnings);
Exit run_bench(const Options &options, Warnings *warnings);
Exit run_status(const Options &options, Warnings *warnings);
Exit run_sim_create(const Options &options, Warnings *warnings);

} // namespace nvmectl
