// SPDX-License-Identifier: MIT OR Apache-2.0
#include "io_setup.h"

#include "interrupt.h"
#include "outcome.h"
#include "status_code.h"
#include "units.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <poll.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>

namespace nvmectl
{
namespace
{

constexpr std::uint64_t transfer_memory_max = 256ull << 20;
constexpr std::uint32_t depth_max = 1024;
constexpr std::uint64_t provable_address = 1ull << 30; // page-aligned; never looked at

/// The library's own proof of a command, without sending it.
void prove(const Device &device, const ringline_command &command)
{
	ringline_diagnosis diagnosis = {};
	diagnosis.struct_size = sizeof diagnosis;
	const std::int32_t result = ringline_explain(&command, &diagnosis);
	if (result < 0) {
		Error error(Exit::internal,
			    fmt::format("{} of {} would be refused: {} ({})", opcode_name(command.opcode),
					device.info().node, diagnosis.text, ringline_error_name(result)));
		throw error.with_rule(rule_name(diagnosis.rule));
	}
}

ringline_command command_of(const Device &device, const BlockLayout &layout, const CommandPart &part,
			    const CommandGroup &group, std::uint64_t index)
{
	ringline_command command = {};
	command.device = device.handle();
	command.opcode = part.opcode;
	command.flags = part.flags;
	command.lba = group.lba + index * group.blocks;
	command.blocks = group.blocks;
	if (part.opcode != RINGLINE_NVME_WRITE_ZEROES) {
		command.length = group.blocks * layout.step();
		command.address = provable_address;
		command.metadata_length = group.blocks * layout.apart();
		command.metadata_address = command.metadata_length != 0 ? provable_address : 0;
	}
	return command;
}

Json group_json(const CommandPart &part, const DryRun &run, const ringline_device_info &info, const CommandGroup &group)
{
	const bool moves_data = part.opcode != RINGLINE_NVME_WRITE_ZEROES;
	return {{"opcode", opcode_name(part.opcode)},
		{"opcode_value", part.opcode},
		{"nsid", info.nsid},
		{"slba", group.lba},
		{"blocks", group.blocks},
		{"bytes", std::uint64_t{group.blocks} * info.block_size},
		{"metadata_bytes", moves_data ? std::uint64_t{group.blocks} * run.layout.metadata_size : 0},
		{"protection_action", (part.flags & RINGLINE_PROTECTION_ACTION) != 0},
		{"fua", (part.flags & RINGLINE_FUA) != 0},
		{"deallocate", (part.flags & RINGLINE_DEALLOCATE) != 0},
		{"repeat", group.count}};
}

constexpr std::uint64_t shown_max = 16;   ///< Commands, but for the last of each group.
constexpr std::uint64_t listed_max = 100; ///< Commands.

std::string group_text(const CommandPart &part, const ringline_device_info &info, const CommandGroup &group,
		       std::uint64_t *shown)
{
	std::string text;
	for (std::uint64_t i = 0; i < group.count; ++i) {
		const bool last = i + 1 == group.count;
		if (*shown >= shown_max && !last) {
			text += fmt::format("  ... {} more of {} each\n", group.count - i - 1,
					    count_of(group.blocks, "block"));
			i = group.count - 1;
		}
		text += fmt::format("  {} (opcode {:02X}h) nsid {} slba {} nlb {} (one-based), {}{}{}\n",
				    opcode_name(part.opcode), part.opcode, info.nsid, group.lba + i * group.blocks,
				    group.blocks, human_bytes(std::uint64_t{group.blocks} * info.block_size),
				    (part.flags & RINGLINE_FUA) != 0 ? ", FUA" : "",
				    (part.flags & RINGLINE_DEALLOCATE) != 0 ? ", deallocate" : "");
		++*shown;
	}
	return text;
}

constexpr const char *unflushed_hint = "until a flush succeeds a power cut may lose what the device's cache holds";

} // namespace

ringline_completion wait_for_one(const DataQueue &queue, const char *what, bool notes)
{
	ringline_completion completion = {};
	for (int signals = 0;;) {
		if (interrupt::count() != signals) {
			const bool first = signals == 0;
			signals = interrupt::count();
			if (ringline_cancel(queue.get(), 0) < 0 && notes) {
				fmt::print(stderr, "nvmectl: {} waiting for the {} that the device has\n",
					   first ? "interrupted:" : "still", what);
			}
		}
		const std::int32_t taken = queue.take({&completion, 1}, 1, -1);
		if (taken > 0) {
			return completion;
		}
		if (taken == -EAGAIN || taken == -EBUSY) {
			(void)::poll(nullptr, 0, 1); // the kernel is out of something
		} else if (taken < 0 && taken != -EINTR) {
			throw Error(Exit::internal,
				    fmt::format("waiting for a {}: {}", what, ringline_error_name(taken)));
		}
	}
}

std::uint32_t parse_depth(const Options &options)
{
	const std::uint64_t depth = parse_number(options.depth, "--depth");
	if (depth < 1 || depth > depth_max) {
		throw Error(Exit::usage,
			    fmt::format("--depth {}: 1 to {} commands can be in flight", depth, depth_max));
	}
	return static_cast<std::uint32_t>(depth);
}

Plan plan_for(const ringline_device_info &info, const Options &options, const BlockLayout &layout,
	      std::optional<std::uint64_t> blocks, std::uint32_t copies)
{
	PlanLimits limits;
	limits.max_transfer_bytes = info.max_transfer_bytes;
	limits.layout = layout;
	limits.depth = parse_depth(options);
	limits.copies = copies;
	limits.memory_max = transfer_memory_max;
	return make_plan(limits, blocks);
}

std::uint64_t plan_memory(const Plan &plan, std::uint32_t copies)
{
	return std::uint64_t{plan.commands_in_flight} * plan.slot_bytes * copies;
}

void dry_run(const Device &device, const Options &options, const DryRun &run, const Warnings &warnings)
{
	const ringline_device_info &info = device.info();
	Json json = document(run.verb);
	json["dry_run"] = true;
	json["device"] = info.node;
	json["commands"] = Json::array();
	std::string text;
	std::uint64_t commands = run.flush_after ? 1 : 0;
	std::uint64_t shown = 0;
	std::uint64_t unlisted = 0;
	for (const CommandPart &part : run.open_ended ? std::vector<CommandPart>() : run.parts) {
		for (const CommandGroup &group : split(part.range, part.blocks_per_command)) {
			prove(device, command_of(device, run.layout, part, group, 0));
			prove(device, command_of(device, run.layout, part, group, group.count - 1));
			json["commands"].push_back(group_json(part, run, info, group));
			commands += group.count;
			if (shown < listed_max) {
				text += group_text(part, info, group, &shown);
			} else {
				unlisted += group.count;
			}
		}
	}
	if (unlisted != 0) {
		text += fmt::format("  ... and {} behind them\n", count_of(unlisted, "command"));
	}
	if (run.open_ended) {
		text += fmt::format(
			"  writes of up to {} from LBA {} on, as many as the input needs; the input was not read\n",
			count_of(run.parts.at(0).blocks_per_command, "block"), run.parts.at(0).range.lba);
	}
	if (run.flush_after) {
		json["commands"].push_back(
			{{"opcode", "flush"}, {"opcode_value", 0}, {"nsid", info.nsid}, {"repeat", 1}});
		text += fmt::format("  flush (opcode 00h) nsid {}\n", info.nsid);
	}
	json["open_ended"] = run.open_ended;
	json["command_count"] = commands;
	json["commands_in_flight"] = run.commands_in_flight;
	json["warnings"] = warnings.texts();
	if (options.json) {
		print_document(json);
		return;
	}
	print_text(fmt::format("dry run on {}: {}{}, nothing was sent\n{}", info.node, count_of(commands, "command"),
			       run.open_ended ? " and those of the data" : "", text));
}

std::array<std::uint32_t, 16> dwords_of(const ringline_nvme_command &command)
{
	return {command.opcode,
		command.nsid,
		command.cdw2,
		command.cdw3,
		0,
		0,
		0,
		0,
		0,
		0,
		command.cdw10,
		command.cdw11,
		command.cdw12,
		command.cdw13,
		command.cdw14,
		command.cdw15};
}

void warn_about_null(const ringline_device_info &info, Warnings *warnings)
{
	if (info.kind == RINGLINE_DEVICE_NULL) {
		warnings->add("null: is for measuring: it stores nothing, and reads give no data");
	}
}

void flush_now(const DataQueue &queue, const Device &device, bool notes, const std::string &message_prefix,
	       const Progressed &before)
{
	ringline_command_extended command = {};
	command.base.device = device.handle();
	command.base.opcode = RINGLINE_NVME_FLUSH;
	const std::int32_t pushed = queue.push(command);
	if (pushed < 0) {
		throw Error(classify_error(pushed),
			    fmt::format("{}flush was refused: {} ({})", message_prefix, ringline_error_text(pushed),
					ringline_error_name(pushed)))
			.with_progress(before);
	}
	const ringline_completion completion = wait_for_one(queue, "flush", notes);
	if (completion.error == -ECANCELED && (completion.flags & RINGLINE_NOT_SENT) != 0) {
		throw Error(Exit::interrupted, message_prefix + "the flush was interrupted before the device had it",
			    unflushed_hint)
			.with_progress(before);
	}
	CommandFailure failure{{}, RINGLINE_NVME_FLUSH, completion.status, completion.flags};
	failure.error = completion.error;
	TransferResult result;
	result.failure = failure;
	const Exit exit = classify(happened(result, !before.done.empty()));
	const bool well = completion.error == 0 && (completion.status & RINGLINE_STATUS_CODE_MASK) == 0 &&
			  (completion.flags & RINGLINE_OUTCOME_UNKNOWN) == 0;
	if (well) {
		return;
	}
	Error error(exit, message_prefix + describe_failure(failure), unflushed_hint);
	if (completion.status != 0) {
		error.with_status(completion.status);
	}
	throw error.with_progress(before);
}

void put_transfer(Json *json, const ringline_device_info &info, const Extent &range, const Plan &plan,
		  const Queue &queue, double seconds)
{
	const ringline_queue_info queue_info = queue.info();
	(*json)["device"] = info.node;
	(*json)["lba"] = range.lba;
	(*json)["blocks"] = range.blocks;
	(*json)["block_size"] = info.block_size;
	(*json)["bytes"] = range.blocks * info.block_size;
	(*json)["blocks_per_command"] = plan.blocks_per_command;
	(*json)["commands_in_flight"] = plan.commands_in_flight;
	(*json)["engine"] = engine_name(queue_info.engine);
	(*json)["pinned_memory"] = queue.pinned();
	(*json)["seconds"] = seconds;
}

std::string rate_text(std::uint64_t bytes, double seconds)
{
	const double rate = seconds > 0 ? static_cast<double>(bytes) / seconds : 0;
	return fmt::format("{} in {:.3f} s, {}/s", human_bytes(bytes), seconds,
			   human_bytes(static_cast<std::uint64_t>(rate)));
}

} // namespace nvmectl
