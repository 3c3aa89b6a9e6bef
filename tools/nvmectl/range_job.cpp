// SPDX-License-Identifier: MIT OR Apache-2.0
#include "range_job.h"

#include "classify.h"
#include "interrupt.h"
#include "io_setup.h"
#include "report.h"
#include "status_code.h"
#include "units.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <vector>

namespace nvmectl
{
namespace
{

/// One for each block of a slice of data: where there is no room, a failure is not narrowed down.
constexpr std::uint32_t failures_max = slice_bytes / 512;
constexpr std::uint64_t provable_memory = 1ull << 30; // page-aligned; never looked at

bool is_miscompare(const ringline_transfer_failure &failure)
{
	return (failure.status & RINGLINE_STATUS_CODE_MASK) == RINGLINE_STATUS_COMPARE_FAILURE;
}

/// Flags of a transfer that tells all that fails.
std::uint32_t going_on(std::uint8_t opcode)
{
	const bool looks =
		opcode == RINGLINE_NVME_READ || opcode == RINGLINE_NVME_COMPARE || opcode == RINGLINE_NVME_VERIFY;
	return RINGLINE_TRANSFER_CONTINUE | (looks ? RINGLINE_TRANSFER_NARROW : 0U);
}

ringline_transfer_options transfer_options(const RangeJob &job, const Extent &slice, std::span<std::byte> memory)
{
	ringline_transfer_options options = {};
	options.struct_size = sizeof options;
	options.opcode = job.opcode;
	options.lba = slice.lba;
	options.blocks = slice.blocks;
	options.source = job.opcode == RINGLINE_NVME_COPY ? job.source + (slice.lba - job.range.lba) : 0;
	options.command_flags = job.command_flags;
	options.action = job.action;
	options.in_flight = job.in_flight;
	options.retries = job.retries;
	if (job.moves_data) {
		options.address = reinterpret_cast<std::uintptr_t>(memory.data());
		options.length = memory.size();
	}
	return options;
}

/// What of a slice is done: all that was dealt with and is no failure.
void add_done(const Extent &slice, std::uint64_t next_lba, RangeFailures failures, TransferResult *result)
{
	std::ranges::sort(failures, {}, &ringline_transfer_failure::lba);
	std::uint64_t from = slice.lba;
	for (const ringline_transfer_failure &failure : failures) {
		const std::uint64_t to = std::min(failure.lba, next_lba);
		if (to > from) {
			result->done.add(from, to - from);
		}
		from = failure.lba + failure.blocks;
	}
	if (next_lba > from) {
		result->done.add(from, next_lba - from);
	}
}

void add_failures(const RangeFailures &failures, std::uint8_t opcode, TransferResult *result)
{
	for (const ringline_transfer_failure &failure : failures) {
		if (is_miscompare(failure)) {
			result->miscompare_lba = std::min(result->miscompare_lba.value_or(UINT64_MAX), failure.lba);
			result->failed.add(failure.lba, failure.blocks);
			continue;
		}
		const bool unknown = (failure.flags & RINGLINE_OUTCOME_UNKNOWN) != 0;
		(unknown ? result->unknown : result->failed).add(failure.lba, failure.blocks);
		CommandFailure found{{failure.lba, failure.blocks}, opcode, failure.status, failure.flags};
		found.error = failure.error;
		if (!result->failure || badness(found) > badness(*result->failure)) {
			result->failure = found;
		}
	}
}

class Slices
{
public:
	Slices(const Queue &queue, const Device &device, const RangeJob &job, Progress *progress)
		: queue_(queue), device_(device), job_(job), progress_(progress),
		  most_(std::max<std::uint64_t>(most_blocks(device.info(), job.opcode), 1))
	{
		blocks_ = job.moves_data ? std::max<std::uint64_t>(slice_bytes / device.info().block_size, 1)
					 : most_ * std::max(job.in_flight, 1U);
	}

	RangeOutcome run()
	{
		std::uint64_t lba = job_.range.lba;
		const std::uint64_t end = lba + job_.range.blocks;
		while (lba < end && interrupt::count() == 0) {
			const Extent slice = {lba, std::min(blocks_, end - lba)};
			if (!one(slice, &lba)) {
				break;
			}
			progress_->update((lba - job_.range.lba) * device_.info().block_size);
		}
		outcome_.result.interrupted = outcome_.result.interrupted || (lba < end && interrupt::count() != 0);
		return outcome_;
	}

private:
	/// Of a part of the slice that is in the queue's memory.
	std::span<std::byte> memory(const Extent &slice, const Extent &part) const
	{
		const std::uint64_t bytes = job_.moves_data ? device_.info().block_size : 0;
		return {queue_.memory() + (part.lba - slice.lba) * bytes, part.blocks * bytes};
	}

	/// True: go on at *lba.
	bool one(const Extent &slice, std::uint64_t *lba)
	{
		if (job_.before && !job_.before(memory(slice, slice), &outcome_.result)) {
			return false;
		}
		const std::uint64_t end = slice.lba + slice.blocks;
		const auto start = std::chrono::steady_clock::now();
		while (*lba < end) {
			if (!part_of(slice, {*lba, end - *lba}, lba)) {
				return false;
			}
		}
		grow(std::chrono::steady_clock::now() - start);
		return true;
	}

	/// All that there is room to tell the failures of. True: go on at *lba.
	bool part_of(const Extent &slice, const Extent &part, std::uint64_t *lba)
	{
		RangeFailures failures;
		const std::uint32_t flags = job_.keep_going ? going_on(job_.opcode) : 0;
		const ringline_transfer_result done = send(slice, part, flags, &failures);
		*lba = done.next_lba;
		note_behind(part, done, failures);
		const bool stopped = !failures.empty() && !job_.keep_going;
		if (stopped) {
			find_miscompares(slice, &failures);
		}
		if (job_.after) {
			const Extent read = {part.lba, done.next_lba - part.lba};
			if (!job_.after(read, memory(slice, read), &failures, &outcome_.result)) {
				return false;
			}
		}
		add_failures(failures, job_.opcode, &outcome_.result);
		add_done(part, done.next_lba, failures, &outcome_.result);
		outcome_.result.interrupted = done.interrupted != 0;
		const bool gone = std::ranges::any_of(
			failures, [](const ringline_transfer_failure &failure) { return failure.error == -ENODEV; });
		return !outcome_.result.interrupted && !stopped && !gone;
	}

	ringline_transfer_result send(const Extent &slice, const Extent &part, std::uint32_t flags,
				      RangeFailures *failures)
	{
		failures->resize(failures_max);
		ringline_transfer_result done = {};
		done.struct_size = sizeof done;
		ringline_diagnosis why = {};
		why.struct_size = sizeof why;
		ringline_transfer_options options = transfer_options(job_, part, memory(slice, part));
		options.flags = flags;
		const std::int32_t failed = ringline_transfer(queue_.get(), device_.handle(), &options,
							      failures->data(), failures_max, &done, &why);
		if (failed < 0) {
			throw Error(classify_error(failed),
				    fmt::format("{} of {} was refused: {}", opcode_name(job_.opcode),
						device_.info().node, why.text))
				.with_rule(rule_name(why.rule));
		}
		failures->resize(static_cast<std::size_t>(failed));
		outcome_.commands += done.commands;
		outcome_.retried += done.retried;
		return done;
	}

	/// A Compare that failed says of all its blocks only that they are not all equal.
	void find_miscompares(const Extent &slice, RangeFailures *failures)
	{
		RangeFailures exact;
		for (const ringline_transfer_failure &failure : *failures) {
			RangeFailures inside = {failure};
			if (is_miscompare(failure) && failure.blocks > 1) {
				const Extent part = {failure.lba, failure.blocks};
				const ringline_transfer_result done = send(slice, part, going_on(job_.opcode), &inside);
				// Interrupted, or equal by now: then what was said first stands.
				if (inside.empty() || done.next_lba < failure.lba + failure.blocks) {
					inside = {failure};
				}
			}
			exact.insert(exact.end(), inside.begin(), inside.end());
		}
		*failures = exact;
	}

	/// What an interruption left done behind the point where all is done cannot be told block by block.
	void note_behind(const Extent &slice, const ringline_transfer_result &done, const RangeFailures &failures)
	{
		std::uint64_t known = done.next_lba - slice.lba;
		for (const ringline_transfer_failure &failure : failures) {
			known -= failure.lba < done.next_lba ? failure.blocks : 0;
		}
		if (done.done_blocks > known) {
			// While one command waits to be repeated, any number of those behind it may have been done.
			outcome_.result.unknown.add(done.next_lba, slice.lba + slice.blocks - done.next_lba);
		}
	}

	/// Slices without data become as long as takes a moment.
	void grow(std::chrono::steady_clock::duration took)
	{
		constexpr auto moment = std::chrono::milliseconds(200);
		constexpr std::uint64_t longest = 1ull << 40;
		if (!job_.moves_data && took < moment && blocks_ < longest) {
			blocks_ *= 2;
		}
	}

	const Queue &queue_;
	const Device &device_;
	const RangeJob &job_;
	Progress *progress_;
	std::uint64_t most_;
	std::uint64_t blocks_; ///< Of a slice.
	RangeOutcome outcome_;
};

/// Where the blocks of one Copy come from: ranges as long as the device takes them.
std::vector<ringline_range> copy_sources(const ringline_device_info &info, const RangeJob &job, const Extent &part)
{
	const std::uint64_t most =
		info.copy_max_range_blocks != 0 ? info.copy_max_range_blocks : RINGLINE_NVME_BLOCKS_MAX;
	std::vector<ringline_range> sources;
	for (std::uint64_t at = 0; at < part.blocks; at += most) {
		ringline_range range = {};
		range.lba = job.source + (part.lba - job.range.lba) + at;
		range.blocks = static_cast<std::uint32_t>(std::min(most, part.blocks - at));
		sources.push_back(range);
	}
	return sources;
}

/// The command for one part of the range, proved by the library and in wire form.
ringline_nvme_command wire_of(const Device &device, const RangeJob &job, const Extent &part,
			      std::span<std::uint8_t> ranges)
{
	ringline_command_extended command = {};
	ringline_command &base = command.base;
	base.device = device.handle();
	base.opcode = job.opcode;
	base.flags = static_cast<std::uint16_t>(job.command_flags);
	base.lba = part.lba;
	base.blocks = static_cast<std::uint32_t>(part.blocks);
	if (job.moves_data) {
		base.address = provable_memory;
		base.length = static_cast<std::uint32_t>(part.blocks * device.info().block_size);
	}
	std::int32_t bytes = 0;
	if (job.opcode == RINGLINE_NVME_COPY) {
		const std::vector<ringline_range> sources = copy_sources(device.info(), job, part);
		bytes = ringline_nvme_copy_ranges(sources.data(), static_cast<std::uint32_t>(sources.size()), 0,
						  ranges.data(), static_cast<std::uint32_t>(ranges.size()));
		base.blocks = 0;
	} else if (job.opcode == RINGLINE_NVME_DATASET_MANAGEMENT) {
		ringline_range range = {};
		range.lba = part.lba;
		range.blocks = base.blocks;
		bytes = ringline_nvme_dataset_ranges(&range, 1, ranges.data(),
						     static_cast<std::uint32_t>(ranges.size()));
		base.lba = 0;
		base.blocks = 0;
		base.action = static_cast<std::uint8_t>(job.action);
	}
	if (bytes > 0) {
		base.address = reinterpret_cast<std::uintptr_t>(ranges.data());
		base.length = static_cast<std::uint32_t>(bytes);
	}
	ringline_nvme_command wire = {};
	ringline_diagnosis why = {};
	why.struct_size = sizeof why;
	const std::int32_t error = ringline_encode(&command, &wire, &why);
	if (error < 0) {
		throw Error(classify_error(error), fmt::format("{} of {} would be refused: {}", opcode_name(job.opcode),
							       device.info().node, why.text))
			.with_rule(rule_name(why.rule));
	}
	return wire;
}

} // namespace

std::uint64_t most_blocks(const ringline_device_info &info, std::uint8_t opcode)
{
	switch (opcode) {
	case RINGLINE_NVME_VERIFY:
		return info.verify_max_blocks;
	case RINGLINE_NVME_WRITE_ZEROES:
		return info.write_zeroes_max_blocks;
	case RINGLINE_NVME_WRITE_UNCORRECTABLE:
		return info.write_uncorrectable_max_blocks;
	case RINGLINE_NVME_DATASET_MANAGEMENT:
		return std::min<std::uint64_t>(info.dataset_max_range_blocks != 0 ? info.dataset_max_range_blocks
										  : UINT32_MAX,
					       info.dataset_max_blocks != 0 ? info.dataset_max_blocks : UINT64_MAX);
	case RINGLINE_NVME_COPY: {
		const std::uint64_t range =
			info.copy_max_range_blocks != 0 ? info.copy_max_range_blocks : RINGLINE_NVME_BLOCKS_MAX;
		const std::uint64_t ranges = range * std::max(info.copy_max_ranges, 1U);
		return info.copy_max_blocks != 0 ? std::min<std::uint64_t>(ranges, info.copy_max_blocks) : ranges;
	}
	default:
		return info.block_size != 0 ? info.max_transfer_bytes / info.block_size : 0;
	}
}

RangeOutcome run_range(const Queue &queue, const Device &device, const RangeJob &job, Progress *progress)
{
	return Slices(queue, device, job, progress).run();
}

void range_dry_run(const char *command, const Device &device, const Options &options, const RangeJob &job,
		   const Warnings &warnings)
{
	const ringline_device_info &info = device.info();
	const std::uint64_t most = std::max<std::uint64_t>(most_blocks(info, job.opcode), 1);
	const std::uint64_t count = (job.range.blocks + most - 1) / most;
	std::vector<std::uint8_t> ranges(std::size_t{32} * std::max(info.copy_max_ranges, 1U)); // 32 bytes each
	Json json = document(command);
	json["dry_run"] = true;
	json["device"] = info.node;
	json["commands"] = Json::array();
	std::string text = fmt::format("dry run on {}: {} ({} each at most), nothing was sent\n", info.node,
				       count_of(count, "command"), count_of(most, "block"));
	for (const std::uint64_t index : {std::uint64_t{0}, count - 1}) {
		const Extent part = {job.range.lba + index * most, std::min(most, job.range.blocks - index * most)};
		const ringline_nvme_command wire = wire_of(device, job, part, ranges);
		const std::array<std::uint32_t, 16> dwords = dwords_of(wire);
		json["commands"].push_back({{"opcode", opcode_name(job.opcode)},
					    {"opcode_value", job.opcode},
					    {"nsid", wire.nsid},
					    {"slba", part.lba},
					    {"blocks", part.blocks},
					    {"data_length", wire.data_length},
					    {"dwords", dwords}});
		text += fmt::format("  {} (opcode {:02X}h) nsid {} slba {} nlb {} (one-based)\n"
				    "    dwords 10 to 15: {:08x}; 2 and 3: {:08x}\n",
				    opcode_name(job.opcode), job.opcode, wire.nsid, part.lba, part.blocks,
				    fmt::join(std::span(dwords).subspan(10), " "),
				    fmt::join(std::span(dwords).subspan(2, 2), " "));
		if (count == 1) {
			break;
		}
	}
	json["command_count"] = count;
	json["commands_in_flight"] = job.in_flight;
	json["warnings"] = warnings.texts();
	options.json ? print_document(json) : print_text(text);
}

} // namespace nvmectl
