// SPDX-License-Identifier: MIT OR Apache-2.0
// One function for each subcommand, in the file of its name. They return the exit code or throw Error.
#pragma once

#include "exit_code.h"
#include "options.h"
#include "report.h"

#include <cstdint>

namespace nvmectl
{

Exit run_list(const Options &options, Warnings *warnings);
Exit run_info(const Options &options, Warnings *warnings);
Exit run_doctor(const Options &options, Warnings *warnings);
Exit run_read(const Options &options, Warnings *warnings);
Exit run_write(const Options &options, Warnings *warnings);
Exit run_flush(const Options &options, Warnings *warnings);
Exit run_bench(const Options &options, Warnings *warnings);
Exit run_status(const Options &options, Warnings *warnings);
Exit run_sim_create(const Options &options, Warnings *warnings);
Exit run_sim_inject(const Options &options, Warnings *warnings);
Exit run_replay(const Options &options, Warnings *warnings);
Exit run_monitor(const Options &options, Warnings *warnings);

Exit run_write_zeroes(const Options &options, Warnings *warnings);
Exit run_write_uncorrectable(const Options &options, Warnings *warnings);
Exit run_deallocate(const Options &options, Warnings *warnings);
Exit run_verify(const Options &options, Warnings *warnings);
Exit run_compare(const Options &options, Warnings *warnings);
Exit run_copy(const Options &options, Warnings *warnings);
Exit run_zone_report(const Options &options, Warnings *warnings);
Exit run_zone_append(const Options &options, Warnings *warnings);
/// name: "open"; action: RINGLINE_ZONE_*.
Exit run_zone_action(const char *name, std::uint8_t action, const Options &options, Warnings *warnings);

Exit run_id_ctrl(const Options &options, Warnings *warnings);
Exit run_id_ns(const Options &options, Warnings *warnings);
Exit run_id_list(const Options &options, Warnings *warnings);
Exit run_id_raw(const Options &options, Warnings *warnings);
/// A log that has a subcommand of its own.
struct NamedLog {
	const char *name;
	std::uint8_t lid;
	std::uint32_t length; ///< Of the error log the device tells.
};
Exit run_log(const NamedLog &log, const Options &options, Warnings *warnings);
Exit run_log_get(const Options &options, Warnings *warnings);
Exit run_feature_get(const Options &options, Warnings *warnings);
Exit run_feature_set(const Options &options, Warnings *warnings);
Exit run_format(const Options &options, Warnings *warnings);
Exit run_sanitize(const Options &options, Warnings *warnings);
/// admin: else an I/O command.
Exit run_passthru(bool admin, const Options &options, Warnings *warnings);

} // namespace nvmectl
