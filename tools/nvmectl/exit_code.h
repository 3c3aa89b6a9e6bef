// SPDX-License-Identifier: MIT OR Apache-2.0
// What the process tells its caller. Scripts depend on these numbers: they never change their meaning.
#pragma once

#include <array>
#include <string>
#include <string_view>

namespace nvmectl
{

enum class Exit : int {
	done = 0,
	internal = 1,
	usage = 2,
	open = 3,
	refused = 4,
	status = 5,
	miscompare = 6,
	unknown = 7,
	partial = 8,
	unsupported = 9,
	interrupted = 130,
};

struct ExitRow {
	Exit code;
	std::string_view name;    ///< The "code" member of nvmectl.error/1.
	std::string_view meaning; ///< For --help and for people.
};

inline constexpr std::array<ExitRow, 11> exit_table = {{
	{Exit::done, "done", "done, all of it"},
	{Exit::internal, "internal", "a defect of nvmectl or of the library"},
	{Exit::usage, "usage", "wrong arguments, or a range that the device does not have; nothing was sent"},
	{Exit::open, "cannot-open", "the device or a file cannot be opened, read or written; nothing took effect"},
	{Exit::refused, "refused", "refused by a safety check; nothing was sent"},
	{Exit::status, "nvme-status", "the device answered a command with an error status"},
	{Exit::miscompare, "miscompare", "blocks differ from what was written or given; the message says which"},
	{Exit::unknown, "outcome-unknown", "the answer to a command was lost: it may or may not have run"},
	{Exit::partial, "partly-done", "ended early, or its report or trace is lost; the message says how far it got"},
	{Exit::unsupported, "not-supported", "the device, kernel or this version cannot do it; nothing was sent"},
	{Exit::interrupted, "interrupted", "stopped by a signal; the message says how far it got"},
}};

[[nodiscard]] constexpr std::string_view exit_name(Exit code)
{
	for (const ExitRow &row : exit_table) {
		if (row.code == code) {
			return row.name;
		}
	}
	return "internal";
}

/// The table as lines of text.
std::string exit_help();

} // namespace nvmectl
