// SPDX-License-Identifier: MIT OR Apache-2.0
#include "commands.h"
#include "idle.h"
#include "interrupt.h"
#include "io_setup.h"
#include "outcome.h"
#include "replay_run.h"
#include "status_code.h"
#include "units.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cerrno>
#include <map>

namespace nvmectl
{
namespace
{

bool is_flush(std::uint8_t opcode)
{
	return opcode == RINGLINE_NVME_FLUSH;
}

bool parse_speed(const Options &options)
{
	const std::string &speed = options.stream.speed;
	if (speed != "original" && speed != "max") {
		throw Error(Exit::usage, fmt::format("--speed {}: no such speed", speed), "original or max");
	}
	return speed == "original";
}

/// How often each command is sent, by name.
std::map<std::string, std::uint64_t> counts_of(const TraceRecord &record)
{
	std::map<std::string, std::uint64_t> counts;
	for (const TraceCommand &command : record.commands) {
		if (is_sent_again(command)) {
			++counts[opcode_name(command.command.base.opcode)];
		}
	}
	return counts;
}

std::string end_text(const TraceEnd &end)
{
	if ((end.flags & RINGLINE_OUTCOME_UNKNOWN) != 0) {
		return fmt::format("outcome unknown ({})", ringline_error_name(end.error));
	}
	if (end.error != 0) {
		return ringline_error_name(end.error);
	}
	return (end.status & RINGLINE_STATUS_CODE_MASK) == 0 ? "success"
							     : fmt::format("status {}", status_notation(end.status));
}

Json end_json(const TraceEnd &end)
{
	return {{"status", end.status},
		{"error", end.error},
		{"outcome_unknown", (end.flags & RINGLINE_OUTCOME_UNKNOWN) != 0},
		{"not_sent", (end.flags & RINGLINE_NOT_SENT) != 0}};
}

std::string difference_text(const TraceRecord &record, const ReplayDifference &difference)
{
	const TraceCommand &command = record.commands[difference.command];
	return fmt::format("line {}: {} of LBA {}, {}: {} in the trace, {} now", command.line,
			   opcode_name(command.command.base.opcode), command.command.base.lba,
			   count_of(command.command.base.blocks, "block"), end_text(command.end),
			   end_text(difference.now));
}

Json difference_json(const TraceRecord &record, const ReplayDifference &difference)
{
	const TraceCommand &command = record.commands[difference.command];
	return {{"line", command.line},
		{"seq", command.number},
		{"name", opcode_name(command.command.base.opcode)},
		{"slba", command.command.base.lba},
		{"blocks", command.command.base.blocks},
		{"then", end_json(command.end)},
		{"now", end_json(difference.now)}};
}

Json common_json(const Options &options, const Device &device, const TraceRecord &record, const ReplayNeeds &needs)
{
	Json json = document("replay");
	json["device"] = device.info().node;
	json["file"] = options.file;
	json["speed"] = options.stream.speed;
	json["seed"] = parse_number(options.stream.seed, "--seed");
	json["commands"] = record.commands.size();
	json["not_sent_then"] = static_cast<std::uint64_t>(std::ranges::count_if(
		record.commands, [](const TraceCommand &command) { return !is_sent_again(command); }));
	json["commands_in_flight"] = needs.in_flight;
	json["cut_off"] = record.cut;
	json["by_name"] = counts_of(record);
	return json;
}

void show_dry_run(const Options &options, const Device &device, const TraceRecord &record, const ReplayNeeds &needs,
		  const Warnings &warnings)
{
	if (options.json) {
		Json json = common_json(options, device, record, needs);
		json["dry_run"] = true;
		json["warnings"] = warnings.texts();
		print_document(json);
		return;
	}
	std::string text =
		fmt::format("dry run on {}: {}, at most {} in flight, nothing was sent\n", device.info().node,
			    count_of(record.commands.size(), "command"), needs.in_flight);
	for (const auto &[name, count] : counts_of(record)) {
		text += fmt::format("  {} {}\n", count, name);
	}
	print_text(text);
}

void report(const Options &options, const Device &device, const TraceRecord &record, const ReplayNeeds &needs,
	    const ReplayOutcome &outcome, const Warnings &warnings)
{
	if (options.json) {
		Json json = common_json(options, device, record, needs);
		json["sent"] = outcome.sent;
		json["compared"] = outcome.compared;
		json["without_data"] = outcome.without_data;
		json["differences"] = Json::array();
		for (const ReplayDifference &difference : outcome.differences) {
			json["differences"].push_back(difference_json(record, difference));
		}
		json["interrupted"] = outcome.interrupted;
		json["seconds"] = outcome.seconds;
		json["warnings"] = warnings.texts();
		print_document(json);
		return;
	}
	constexpr std::size_t shown_max = 16;
	std::string text;
	for (std::size_t i = 0; i < std::min(outcome.differences.size(), shown_max); ++i) {
		text += difference_text(record, outcome.differences[i]) + "\n";
	}
	if (outcome.differences.size() > shown_max) {
		text += fmt::format("... and {} more\n", outcome.differences.size() - shown_max);
	}
	if (outcome.without_data != 0) {
		text += fmt::format("{} not judged: what they compared with is data, which a trace does not have\n",
				    count_of(outcome.without_data, "compare"));
	}
	if (!options.quiet) {
		text += fmt::format("replayed {} on {} in {:.3f} s: {} of {} ended as in the trace\n",
				    count_of(outcome.sent, "command"), device.info().node, outcome.seconds,
				    outcome.compared - outcome.differences.size(), outcome.compared);
	}
	print_text(text);
}

/// Throws unless all of it was sent and ended as it did then.
void judge(const TraceRecord &record, const ReplayOutcome &outcome)
{
	Happened what;
	what.effect = outcome.sent != 0;
	what.interrupted = outcome.interrupted;
	for (const ReplayDifference &difference : outcome.differences) {
		const TraceEnd &now = difference.now;
		what.outcome_unknown = what.outcome_unknown || (now.flags & RINGLINE_OUTCOME_UNKNOWN) != 0;
		what.status_error = what.status_error || (now.status & RINGLINE_STATUS_CODE_MASK) != 0;
		what.transport_error =
			now.error != 0 && now.flags == RINGLINE_NOT_SENT ? now.error : what.transport_error;
	}
	if (outcome.gone && what.transport_error == 0) {
		what.transport_error = -ENODEV; // which the trace says too, of the last that was sent
	}
	what.miscompare = !outcome.differences.empty() && what.transport_error == 0;
	const Exit exit = classify(what);
	if (exit == Exit::done) {
		return;
	}
	if (outcome.differences.empty()) {
		throw Error(exit,
			    fmt::format("{} after {} of {}", outcome.gone ? "the device went away" : "interrupted",
					outcome.sent, count_of(record.commands.size(), "command")));
	}
	Error error(exit, fmt::format("{} of {} ended otherwise than in the trace; {}", outcome.differences.size(),
				      count_of(outcome.compared, "command"),
				      difference_text(record, outcome.differences.front())));
	const auto answered = std::ranges::find_if(
		outcome.differences, [](const ReplayDifference &difference) { return difference.now.status != 0; });
	if (answered != outcome.differences.end()) {
		error.with_status(answered->now.status);
	}
	throw Error(error);
}

void warn_about_record(const TraceRecord &record, Warnings *warnings)
{
	if (record.cut) {
		warnings->add("the last line of the trace is cut off, and left out");
	}
	if (record.lost != 0) {
		warnings->add(fmt::format("the trace lacks {}", count_of(record.lost, "event")));
	}
}

bool has_one(const TraceRecord &record, bool (*is)(std::uint8_t opcode))
{
	return std::ranges::any_of(record.commands,
				   [is](const TraceCommand &command) { return is(command.command.base.opcode); });
}

void require_memory(const ReplayNeeds &needs)
{
	if (std::uint64_t{needs.in_flight} * needs.slot_bytes > buffer_memory_max) {
		throw Error(Exit::unsupported,
			    fmt::format("the trace has up to {} in flight, of up to {} each: more "
					"than the {} that a replay can have in memory",
					count_of(needs.in_flight, "command"), human_bytes(needs.slot_bytes),
					human_bytes(buffer_memory_max)));
	}
}

} // namespace

Exit run_replay(const Options &options, Warnings *warnings)
{
	(void)parse_engine(options.engine);
	const ReplaySetup setup = {parse_speed(options), parse_number(options.stream.seed, "--seed"), !options.json};
	TraceRecord record = read_trace(options.file);
	const bool destroys = has_one(record, changes_blocks);
	const Device device(options.device, destroys || has_one(record, is_flush) ? 0 : RINGLINE_OPEN_READ_ONLY);
	const ringline_device_info &info = device.info();
	require_plain_namespace(info);
	prove_trace(&record, device.handle(), info);
	warn_about_record(record, warnings);
	warn_about_null(info, warnings);
	const ReplayNeeds needs = replay_needs(record);
	require_memory(needs);
	BusyCheck busy;
	if (destroys) {
		busy = require_idle(info, options.allow_busy, warnings);
	}
	if (options.dry_run) {
		show_dry_run(options, device, record, needs, *warnings);
		return Exit::done;
	}
	interrupt::install();
	const DataQueue queue(device, options, needs.in_flight, std::uint64_t{needs.in_flight} * needs.slot_bytes);
	const interrupt::WakesQueue wakes(queue.get());
	const ReplayOutcome outcome = replay(queue, record, needs, setup, info.block_size);
	report(options, device, record, needs, outcome, *warnings);
	judge(record, outcome);
	return Exit::done;
}

} // namespace nvmectl
