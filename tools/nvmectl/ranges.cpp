// SPDX-License-Identifier: MIT OR Apache-2.0
// Commands over a range of blocks: write-zeroes, write-uncorrectable, deallocate, verify, compare, copy.
#include "commands.h"
#include "idle.h"
#include "interrupt.h"
#include "io_setup.h"
#include "outcome.h"
#include "protection.h"
#include "range_job.h"
#include "source.h"
#include "units.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace nvmectl
{
namespace
{

constexpr std::uint64_t retries_max = 100;

/// One subcommand.
struct RangeCommand {
	const char *name; ///< Of the subcommand and its schema.
	const char *done; ///< "zeroed".
	std::uint8_t opcode;
	bool destroys;
};

std::uint32_t parse_retries(const Options &options)
{
	const std::uint64_t retries = parse_number(options.ranges.retries, "--retries");
	if (retries > retries_max) {
		throw Error(Exit::usage, fmt::format("--retries {}: at most {}", retries, retries_max));
	}
	return static_cast<std::uint32_t>(retries);
}

Extent demanded_range(const Options &options, const ringline_device_info &info, bool destroys)
{
	if (destroys && !options.range.lba && !options.range.offset) {
		throw Error(Exit::usage, "where it begins is not said",
			    "--lba NUMBER or --offset SIZE; --lba 0 is the beginning of the device");
	}
	const RangeRequest request = resolve_range(options.range, {info.blocks, info.block_size});
	if (!request.blocks) {
		throw Error(Exit::usage, "how much is not said",
			    "--blocks COUNT, --length SIZE, or --all for everything up to the end of the device");
	}
	return {request.lba, *request.blocks};
}

void finish_range(const RangeCommand &command, const RangeOutcome &outcome, const RangeJob &job,
		  const std::string &file, const ringline_device_info &info, const Options &options)
{
	const Exit exit = classify(happened(outcome.result, !outcome.result.done.empty()));
	if (exit != Exit::done) {
		TransferSubject subject = {command.name, file, job.range,    info.block_size,
					   false,        {},   std::nullopt, options.device};
		if (!job.keep_going && !command.destroys) {
			subject.hint = "--continue-on-error goes on behind it and tells all blocks that fail";
		}
		throw transfer_error(outcome.result, subject, exit);
	}
}

void report_range(const RangeCommand &command, const RangeOutcome &outcome, const RangeJob &job, const Device &device,
		  const Queue &queue, double seconds, const Options &options, const Warnings &warnings,
		  const Json &extra)
{
	const ringline_device_info &info = device.info();
	const std::uint64_t bytes = job.range.blocks * info.block_size;
	if (options.json) {
		Json json = document(command.name);
		json["device"] = info.node;
		json["lba"] = job.range.lba;
		json["blocks"] = job.range.blocks;
		json["block_size"] = info.block_size;
		json["bytes"] = bytes;
		json["commands"] = outcome.commands;
		json["retried"] = outcome.retried;
		json["commands_in_flight"] = job.in_flight;
		json["engine"] = engine_name(queue.info().engine);
		json["seconds"] = seconds;
		json.update(extra);
		json["warnings"] = warnings.texts();
		print_document(json);
	} else if (!options.quiet) {
		const std::string where = command.opcode == RINGLINE_NVME_COPY
						  ? fmt::format("{} to LBA {}", job.source, job.range.lba)
						  : fmt::format("{}", job.range.lba);
		print_text(fmt::format("{} {} from LBA {} of {}: {}\n", command.done,
				       count_of(job.range.blocks, "block"), where, info.node,
				       rate_text(bytes, seconds)));
	}
}

/// The whole of a subcommand, once its job is made.
Exit run_job(const RangeCommand &command, const Device &device, RangeJob job, const std::string &file,
	     const Options &options, Warnings *warnings, const Json &extra = Json::object())
{
	const ringline_device_info &info = device.info();
	warn_about_null(info, warnings);
	job.in_flight = parse_depth(options);
	job.retries = parse_retries(options);
	job.keep_going = options.ranges.keep_going;
	(void)parse_engine(options.engine);
	BusyCheck busy;
	if (command.destroys) {
		busy = require_idle(info, options.allow_busy, warnings);
	}
	if (options.dry_run) {
		range_dry_run(command.name, device, options, job, *warnings);
		return Exit::done;
	}
	interrupt::install();
	const DataQueue queue(device, options, job.in_flight, job.moves_data ? slice_bytes : 0);
	const interrupt::WakesQueue wakes(queue.get());
	Progress progress(!options.quiet && !options.json && !options.no_progress, job.range.blocks * info.block_size);
	const RangeOutcome outcome = run_range(queue, device, job, &progress);
	progress.clear();
	finish_range(command, outcome, job, file, info, options);
	report_range(command, outcome, job, device, queue, progress.seconds(), options, *warnings, extra);
	return Exit::done;
}

/// One that needs no data.
Exit run_plain(const RangeCommand &command, std::uint32_t flags, std::uint32_t action, const Options &options,
	       Warnings *warnings)
{
	const Device device(options.device, command.destroys ? 0 : RINGLINE_OPEN_READ_ONLY);
	require_blocks(device.info());
	RangeJob job;
	job.opcode = command.opcode;
	job.range = demanded_range(options, device.info(), command.destroys);
	job.command_flags = flags | (options.fua ? RINGLINE_FUA : 0U);
	if (command.opcode == RINGLINE_NVME_WRITE_ZEROES || command.opcode == RINGLINE_NVME_VERIFY) {
		job.command_flags |= protection_flags(device.info(), command.opcode);
	}
	job.action = action;
	return run_job(command, device, job, {}, options, warnings);
}

/// False, and in the result why: there are fewer bytes than wanted, they cannot be read, or a signal came.
bool fill(Source *source, std::span<std::byte> memory, TransferResult *result)
{
	while (!memory.empty()) {
		if (!source->wait()) {
			result->interrupted = true;
			return false;
		}
		const ssize_t got = source->read(memory);
		if (got == -EINTR || got == -EAGAIN) {
			continue;
		}
		if (got <= 0) {
			result->file_error = static_cast<std::int32_t>(got);
			result->input_short = got == 0;
			return false;
		}
		result->input_bytes += static_cast<std::uint64_t>(got);
		memory = memory.subspan(static_cast<std::size_t>(got));
	}
	return true;
}

/// The blocks of the range that a file is compared with. A stream must be told how much.
Extent range_of_file(const Source &source, const Options &options, const ringline_device_info &info)
{
	const RangeRequest request = resolve_range(options.range, {info.blocks, info.block_size});
	if (request.blocks) {
		if (source.size() && *source.size() < *request.blocks * info.block_size) {
			throw Error(Exit::refused,
				    fmt::format("{} has {} bytes, but {} are to be compared", source.name(),
						*source.size(), *request.blocks * info.block_size))
				.with_rule("input-short");
		}
		return {request.lba, *request.blocks};
	}
	if (source.stream()) {
		throw Error(Exit::usage, fmt::format("how much to compare with {} is not said", source.name()),
			    "--blocks COUNT or --length SIZE");
	}
	const std::uint64_t bytes = *source.size();
	if (bytes == 0 || bytes % info.block_size != 0) {
		throw Error(Exit::refused,
			    fmt::format("{} has {} bytes, which is not a number of blocks of {}", source.name(), bytes,
					info.block_size),
			    "say how much to compare: --blocks COUNT or --length SIZE")
			.with_rule("input-partial-block");
	}
	const Extent range = {request.lba, bytes / info.block_size};
	check_bounds(range, {info.blocks, info.block_size});
	return range;
}

/// The device reads, and the comparison is made here: of data, not of metadata.
class AgainstFile
{
public:
	AgainstFile(Source *source, const BlockLayout &layout) : source_(source), layout_(layout), wanted_(slice_bytes)
	{
	}

	/// What differs is a failure like those of the device's own Compare.
	bool compare(const Extent &part, std::span<const std::byte> memory, RangeFailures *failures,
		     TransferResult *result)
	{
		if (!fill(source_, std::span(wanted_).first(part.blocks * layout_.block_size), result)) {
			return false;
		}
		Extents unread;
		for (const ringline_transfer_failure &failure : *failures) {
			unread.add(failure.lba, failure.blocks);
		}
		for (std::uint64_t block = 0; block < part.blocks; ++block) {
			const std::uint64_t lba = part.lba + block;
			if (std::memcmp(&memory[block * layout_.step()], &wanted_[block * layout_.block_size],
					layout_.block_size) != 0 &&
			    unread.contiguous_from(lba) == 0) {
				ringline_transfer_failure differs = {};
				differs.lba = lba;
				differs.blocks = 1;
				differs.status = RINGLINE_STATUS_COMPARE_FAILURE;
				failures->push_back(differs);
			}
		}
		return true;
	}

private:
	Source *source_;
	BlockLayout layout_;
	std::vector<std::byte> wanted_;
};

constexpr RangeCommand verify_command = {"verify", "verified", RINGLINE_NVME_VERIFY, false};

Exit verify_against(const Options &options, Warnings *warnings)
{
	const Device device(options.device, RINGLINE_OPEN_READ_ONLY);
	const ringline_device_info &info = device.info();
	require_blocks(info);
	Source source(options.ranges.against);
	RangeJob job;
	job.opcode = RINGLINE_NVME_READ;
	job.moves_data = true;
	job.layout = {info.block_size, info.metadata_size, info.metadata_inline != 0};
	AgainstFile against(&source, job.layout);
	job.range = range_of_file(source, options, info);
	job.after = [&](const Extent &part, std::span<const std::byte> memory, RangeFailures *failures,
			TransferResult *result) { return against.compare(part, memory, failures, result); };
	return run_job(verify_command, device, job, source.name(), options, warnings,
		       {{"against", options.ranges.against}});
}

} // namespace

Exit run_write_zeroes(const Options &options, Warnings *warnings)
{
	return run_plain({"write-zeroes", "zeroed", RINGLINE_NVME_WRITE_ZEROES, true},
			 options.deallocate ? RINGLINE_DEALLOCATE : 0U, 0, options, warnings);
}

Exit run_write_uncorrectable(const Options &options, Warnings *warnings)
{
	return run_plain({"write-uncorrectable", "made unreadable", RINGLINE_NVME_WRITE_UNCORRECTABLE, true}, 0, 0,
			 options, warnings);
}

Exit run_deallocate(const Options &options, Warnings *warnings)
{
	return run_plain({"deallocate", "deallocated", RINGLINE_NVME_DATASET_MANAGEMENT, true}, 0,
			 RINGLINE_DATASET_DEALLOCATE, options, warnings);
}

Exit run_verify(const Options &options, Warnings *warnings)
{
	return options.ranges.against.empty() ? run_plain(verify_command, 0, 0, options, warnings)
					      : verify_against(options, warnings);
}

Exit run_compare(const Options &options, Warnings *warnings)
{
	const Device device(options.device, RINGLINE_OPEN_READ_ONLY);
	const ringline_device_info &info = device.info();
	require_plain_namespace(info);
	Source source(options.file);
	RangeJob job;
	job.opcode = RINGLINE_NVME_COMPARE;
	job.moves_data = true;
	job.layout.block_size = info.block_size;
	job.range = range_of_file(source, options, info);
	job.command_flags = options.fua ? RINGLINE_FUA : 0U;
	job.before = [&](std::span<std::byte> memory, TransferResult *result) { return fill(&source, memory, result); };
	return run_job({"compare", "compared", RINGLINE_NVME_COMPARE, false}, device, job, source.name(), options,
		       warnings, {{"file", options.file}});
}

Exit run_copy(const Options &options, Warnings *warnings)
{
	const Device device(options.device, 0);
	const ringline_device_info &info = device.info();
	require_blocks(info);
	RangeJob job;
	job.opcode = RINGLINE_NVME_COPY;
	job.range = demanded_range(options, info, true);
	job.source = parse_number(options.ranges.from, "--from");
	check_bounds({job.source, job.range.blocks}, {info.blocks, info.block_size});
	if (job.source < job.range.lba + job.range.blocks && job.range.lba < job.source + job.range.blocks) {
		throw Error(Exit::usage, "source and destination overlap",
			    "copy in parts that do not, or through a file: nvmectl read, nvmectl write");
	}
	job.command_flags = (options.fua ? RINGLINE_FUA : 0U) | protection_flags(info, job.opcode);
	return run_job({"copy", "copied", RINGLINE_NVME_COPY, true}, device, job, {}, options, warnings,
		       {{"from", job.source}});
}

} // namespace nvmectl
