// SPDX-License-Identifier: MIT OR Apache-2.0
#include "busy.h"
#include "commands.h"
#include "idle.h"
#include "interrupt.h"
#include "io_setup.h"
#include "metadata.h"
#include "outcome.h"
#include "sparse.h"
#include "units.h"
#include "write_transfer.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <optional>
#include <vector>

namespace nvmectl
{
namespace
{

void require_start(const Options &options)
{
	if (!options.range.lba && !options.range.offset) {
		throw Error(Exit::usage, "where to write is not said",
			    "--lba NUMBER or --offset SIZE; --lba 0 is the beginning of the device");
	}
}

/// The part of a measured input that the range takes; refuses, before anything is written, one that does not fill it.
std::uint64_t blocks_of_file(const Source &source, const RangeRequest &request, const Options &options,
			     std::uint32_t block_size, Warnings *warnings)
{
	const std::uint64_t bytes = *source.size();
	if (bytes == 0) {
		throw Error(Exit::refused,
			    fmt::format("{} has nothing left to read: nothing was written", source.name()))
			.with_rule("input-empty");
	}
	const std::uint64_t rest = bytes % block_size;
	const std::uint64_t whole = bytes / block_size + (rest != 0 && options.pad ? 1 : 0);
	if (request.blocks && bytes > *request.blocks * block_size) {
		warnings->add(fmt::format("{} has {} bytes, of which the first {} are written", source.name(), bytes,
					  *request.blocks * block_size));
		return *request.blocks;
	}
	if (request.blocks && whole < *request.blocks) {
		throw Error(Exit::refused,
			    fmt::format("{} has {} bytes, but {} were asked for: nothing was written", source.name(),
					bytes, *request.blocks * block_size),
			    options.pad ? "--pad fills the last block only" : "")
			.with_rule("input-short");
	}
	if (rest != 0 && !options.pad) {
		throw Error(Exit::refused,
			    fmt::format("{} has {} bytes, which is not a multiple of the block size of {}: nothing was "
					"written",
					source.name(), bytes, block_size),
			    fmt::format("--pad fills the last block with {} zeros", block_size - rest))
			.with_rule("input-partial-block");
	}
	return whole;
}

WriteJob make_job(const Source &source, const Options &options, const ringline_device_info &info, Warnings *warnings)
{
	const Geometry geometry = {info.blocks, info.block_size};
	const RangeRequest request = resolve_range(options.range, geometry);
	WriteJob job;
	job.verify = options.verify;
	job.pad = options.pad;
	job.range.lba = request.lba;
	job.open_ended = source.stream() && !request.blocks;
	if (source.stream()) {
		job.range.blocks = request.blocks.value_or(info.blocks - request.lba);
	} else {
		job.range.blocks = blocks_of_file(source, request, options, info.block_size, warnings);
	}
	check_bounds(job.range, geometry);
	return job;
}

/// The commands that it takes.
std::vector<CommandPart> parts_of(const Device &device, const Source &source, const Extent &range, const Plan &plan,
				  const Carriage &carriage, const Options &options, Warnings *warnings)
{
	CommandPart data;
	data.range = range;
	data.opcode = RINGLINE_NVME_WRITE;
	data.flags = static_cast<std::uint16_t>(carriage.flags | (options.fua ? RINGLINE_FUA : 0U));
	data.blocks_per_command = plan.blocks_per_command;
	return options.sparse ? sparse_parts(device, source, data, options, warnings) : std::vector{data};
}

/// Whether the device was given the hint to deallocate what it zeroes.
bool deallocates(const WriteJob &job)
{
	return std::ranges::any_of(job.parts,
				   [](const CommandPart &part) { return (part.flags & RINGLINE_DEALLOCATE) != 0; });
}

/// A copy onto itself, shifted or not, would read what it has just written.
void refuse_own_data(const Source &source, const Options &options, const ringline_device_info &info)
{
	const bool own_image = part_of_image(options.file, options.device) ||
			       (options.device.starts_with("sim:") && source.same_file(options.device.substr(4)));
	std::string same = own_image ? "a part of " + options.device : "";
	if (info.kind == RINGLINE_DEVICE_NAMESPACE) {
		same = same_namespace(info.node, source.facts(), BusyRoots());
	}
	if (!same.empty()) {
		throw Error(Exit::refused,
			    fmt::format("{} is {}, which is what is written: it would be read while it changes",
					source.name(), same),
			    "nothing was written; copy it into a file first")
			.with_rule("input-is-target");
	}
}

/// Whether a power cut leaves what the device says is written. Nothing for a device that stores nothing.
std::optional<bool> outlasts_power_cut(const ringline_device_info &info, const Options &options, bool flushed)
{
	if (info.kind == RINGLINE_DEVICE_NULL) {
		return std::nullopt;
	}
	return options.fua || flushed || info.volatile_cache == 0;
}

std::string summary(const TransferResult &result, const Extent &range, const ringline_device_info &info,
		    const Options &options, bool flushed, double seconds)
{
	const std::uint64_t bytes = range.blocks * info.block_size;
	std::string text = fmt::format("wrote {} at LBA {} of {}: {}", count_of(range.blocks, "block"), range.lba,
				       info.node, rate_text(bytes, seconds));
	if (result.padded_bytes != 0) {
		text += fmt::format(", the last {} of them zeros as padding", count_of(result.padded_bytes, "byte"));
	}
	if (result.zeroed_blocks != 0) {
		text += fmt::format(", {} of it holes that were zeroed",
				    human_bytes(result.zeroed_blocks * info.block_size));
	}
	text += options.verify ? ", read back and identical" : "";
	text += flushed ? ", flushed" : "";
	return text + "\n";
}

void put_written(Json *json, const WriteJob &job, const TransferResult &result, const ringline_device_info &info,
		 const Options &options, bool flushed)
{
	(*json)["file"] = options.file;
	(*json)["padded_bytes"] = result.padded_bytes;
	(*json)["sparse"] = options.sparse;
	(*json)["zeroed_bytes"] = result.zeroed_blocks * info.block_size;
	(*json)["deallocated"] = deallocates(job);
	(*json)["fua"] = options.fua;
	(*json)["verified"] = job.verify;
	(*json)["flushed"] = flushed;
	if (const std::optional<bool> lasts = outlasts_power_cut(info, options, flushed)) {
		(*json)["durable"] = *lasts;
	}
}

void print_written(const Options &options, const Json &json, const std::string &text)
{
	if (options.json) {
		print_document(json);
	} else if (!options.quiet) {
		print_text(text);
	}
}

std::optional<Source> open_metadata(Source &data, const Carriage &carriage, const Extent &range, const Options &options,
				    const ringline_device_info &info, Warnings *warnings)
{
	std::optional<Source> metadata = open_metadata_source(info, options, carriage, &data, range, warnings);
	if (metadata) {
		refuse_own_data(*metadata, options, info);
	}
	return metadata;
}

void finish(const TransferResult &result, const TransferSubject &subject)
{
	const Exit exit = classify(happened(result, !result.done.empty() || result.miscompare_lba.has_value()));
	if (exit != Exit::done) {
		throw transfer_error(result, subject, exit);
	}
}

} // namespace

Exit run_write(const Options &options, Warnings *warnings)
{
	require_start(options);
	(void)parse_engine(options.engine);
	const Device device(options.device, 0);
	const ringline_device_info &info = device.info();
	require_blocks(info);
	const Carriage carriage = carriage_of_write(info, options);
	warn_about_null(info, warnings);
	resolve_range(options.range, {info.blocks, info.block_size}); // before the input is touched
	Source source(options.file);
	refuse_own_data(source, options, info);
	if (options.sparse) {
		require_holes(source);
	}
	WriteJob job = make_job(source, options, info, warnings);
	std::optional<Source> metadata = open_metadata(source, carriage, job.range, options, info, warnings);
	job.protect = carriage.protection_here;
	job.read_back_flags = carriage.read_back_flags;
	const std::uint32_t copies = job.verify ? 2 : 1;
	const bool flush = !options.no_flush && !options.fua && info.volatile_cache != 0;
	const Plan plan = plan_for(info, options, carriage.layout, job.range.blocks, copies);
	job.parts = parts_of(device, source, job.range, plan, carriage, options, warnings);
	const BusyCheck busy = require_idle(info, options.allow_busy, warnings);
	if (options.dry_run) {
		dry_run(device, options,
			{"write", job.parts, job.open_ended, flush, plan.commands_in_flight, carriage.layout},
			*warnings);
		return Exit::done;
	}
	interrupt::install();
	DataQueue queue(device, options, plan.commands_in_flight, plan_memory(plan, copies));
	const interrupt::WakesQueue wakes(queue.get());
	const std::uint64_t room = job.range.blocks * info.block_size;
	Progress progress(!options.quiet && !options.json && !options.no_progress,
			  job.open_ended ? std::nullopt : std::optional<std::uint64_t>(room));
	WriteTransfer transfer({&queue, &device, plan, carriage.layout, copies, &progress, !options.json}, job, source,
			       metadata ? &*metadata : nullptr);
	transfer.run();
	progress.clear();
	const TransferResult &result = transfer.result();
	const std::optional<bool> durable = outlasts_power_cut(info, options, false);
	finish(result,
	       {"write", source.name(), job.range, info.block_size, job.open_ended, {}, durable, options.device});
	if (source.more()) {
		warnings->add(fmt::format("{} has more than was asked for: the rest was not read", source.name()));
	}
	if (flush) {
		flush_now(queue, device, !options.json, "everything was written, but ",
			  {result.done.ranges(), {}, {}, durable, options.device});
	}

	const Extent written = {job.range.lba, result.done.blocks()};
	Json json = document("write");
	put_transfer(&json, info, written, plan, queue, progress.seconds());
	put_metadata(&json, carriage, options, written.blocks);
	put_written(&json, job, result, info, options, flush);
	json["warnings"] = warnings->texts();
	print_written(options, json, summary(result, written, info, options, flush, progress.seconds()));
	return Exit::done;
}

} // namespace nvmectl
