// SPDX-License-Identifier: MIT OR Apache-2.0
// What read, write and flush have in common before and after their transfer.
#pragma once

#include "data_queue.h"
#include "options.h"
#include "range.h"
#include "report.h"

#include <array>
#include <optional>
#include <vector>

namespace nvmectl
{

/// What one buffer of the library holds at most.
inline constexpr std::uint64_t buffer_memory_max = 1ull << 30;

/// --depth, 1 to 1,024.
std::uint32_t parse_depth(const Options &options);

/// blocks: nothing if the length is not known yet. copies: of the data of each command in memory.
Plan plan_for(const ringline_device_info &info, const Options &options, const BlockLayout &layout,
	      std::optional<std::uint64_t> blocks, std::uint32_t copies);

/// Bytes of memory of a plan.
std::uint64_t plan_memory(const Plan &plan, std::uint32_t copies);

/// --dry-run: the commands that would be sent, after the library has proved the first and the last of each group.
struct DryRun {
	std::string verb; ///< Of the document.
	std::vector<CommandPart> parts;
	bool open_ended = false;
	bool flush_after = false;
	std::uint32_t commands_in_flight = 1;
	BlockLayout layout;
};
void dry_run(const Device &device, const Options &options, const DryRun &run, const Warnings &warnings);

/// The command's 16 dwords, with 0 where the kernel puts addresses (4 to 9).
std::array<std::uint32_t, 16> dwords_of(const ringline_nvme_command &command);

void warn_about_null(const ringline_device_info &info, Warnings *warnings);

/// Submits, and waits for the one command in flight, whose user_data is 0. A signal takes it back where the device does
/// not have it yet. Else its outcome is wanted all the same. what: its name for people; notes: tell them.
ringline_completion wait_for_one(const DataQueue &queue, const char *what, bool notes);

/// Sends one Flush and waits for it; throws Error if it fails. message_prefix: what was done before it. before: the
/// blocks that it should make last.
void flush_now(const DataQueue &queue, const Device &device, bool notes, const std::string &message_prefix,
	       const Progressed &before);

/// The members that every document of a transfer has.
void put_transfer(Json *json, const ringline_device_info &info, const Extent &range, const Plan &plan,
		  const Queue &queue, double seconds);

/// "64 MiB in 1.2 s, 53 MiB/s".
std::string rate_text(std::uint64_t bytes, double seconds);

} // namespace nvmectl
