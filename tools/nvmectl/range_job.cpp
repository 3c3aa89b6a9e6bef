// SPDX-License-Identifier: MIT OR Apache-2.0
#include "range_job.h"

#include "classify.h"
#include "cut_command.h"
#include "dry_range.h"
#include "interrupt.h"
#include "io_setup.h"
#include "report.h"
#include "status_code.h"
#include "units.h"

#include <fmt/format.h>

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

/// Where the data of a slice, or a part of one, and their metadata are.
struct Addresses {
	std::uint64_t data = 0;
	std::uint64_t metadata = 0;
};

/// Blocks of the longest slice.
std::uint64_t slice_blocks(const RangeJob &job, const ringline_device_info &info)
{
	return slice_bytes / (job.moves_data ? job.layout.step() + job.layout.apart() : info.block_size);
}

/// What the library is told to do with a slice.
ringline_transfer_options transfer_options(const RangeJob &job, const ringline_device_info &info, const Extent &slice,
					   const Addresses &at)
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
	// With type 1 it is that by definition, with type 2 by the kernel's usage.
	options.reference_tag = info.pi_type == 2 ? slice.lba : 0;
	if (job.moves_data) {
		options.address = at.data;
		options.length = slice.blocks * job.layout.step();
		options.metadata_length = slice.blocks * job.layout.apart();
		options.metadata_address = options.metadata_length != 0 ? at.metadata : 0;
		options.max_blocks = static_cast<std::uint32_t>(slice_blocks(job, info));
	}
	return options;
}

Error refused(const char *how, const Device &device, std::uint8_t opcode, std::int32_t error,
	      const ringline_diagnosis &why)
{
	return Error(classify_error(error),
		     fmt::format("{} of {} {} refused: {}", opcode_name(opcode), device.info().node, how, why.text))
		.with_rule(rule_name(why.rule));
}

/// The commands that a job is cut into.
class Commands
{
public:
	/// address: of the memory that each slice has; it is not looked at.
	Commands(const Device &device, const RangeJob &job, std::uint64_t address)
		: device_(device), job_(job), address_(address)
	{
	}

	/// Whether all but the last are as long as the first.
	[[nodiscard]] bool alike() const { return !job_.moves_data && device_.info().zone_blocks == 0; }

	/// That which begins at an LBA, in a slice or any that begins there and is longer. *next: where the next
	/// begins.
	std::int32_t at(std::uint64_t slice_lba, std::uint64_t lba, ringline_nvme_command *command, std::uint64_t *next,
			ringline_diagnosis *why) const
	{
		const Extent rest = {slice_lba, job_.range.lba + job_.range.blocks - slice_lba};
		const ringline_transfer_options options =
			transfer_options(job_, device_.info(), rest, {address_, address_});
		*why = {};
		why->struct_size = sizeof *why;
		return ringline_transfer_preview(device_.handle(), &options, lba, command, next, why);
	}

	/// What begins here and is of about so many blocks, but whole commands: those that the whole range is cut into.
	[[nodiscard]] Extent slice(std::uint64_t lba, std::uint64_t blocks) const
	{
		const std::uint64_t end = job_.range.lba + job_.range.blocks;
		ringline_nvme_command command = {};
		ringline_diagnosis why = {};
		std::uint64_t to = lba;
		for (std::uint64_t next = lba; to != end; to = next) {
			const std::int32_t error = at(lba, to, &command, &next, &why);
			if (error == -ENODEV || error == -ESTALE) {
				return {lba, std::min(blocks, end - lba)}; // sending it will tell
			}
			if (error < 0) {
				throw refused("was", device_, job_.opcode, error, why);
			}
			if (alike()) {
				const std::uint64_t step = next - lba;
				return {lba, std::min(std::max<std::uint64_t>(blocks / step, 1) * step, end - lba)};
			}
			if (to != lba && next - lba > blocks) {
				break;
			}
		}
		return {lba, to - lba};
	}

private:
	const Device &device_;
	const RangeJob &job_;
	std::uint64_t address_;
};

void add_failures(const RangeFailures &failures, std::uint8_t opcode, TransferResult *result)
{
	for (const ringline_transfer_failure &failure : failures) {
		if (is_miscompare(failure)) {
			result->miscompare_lba = std::min(result->miscompare_lba.value_or(UINT64_MAX), failure.lba);
			result->failed.add(failure.lba, failure.blocks);
			continue;
		}
		add_failure(failure, opcode, result);
	}
}

/// The device went away, or is not any more what it was when it was opened.
bool is_gone(const ringline_transfer_failure &failure)
{
	return failure.error == -ENODEV || failure.error == -ESTALE;
}

class Slices
{
public:
	Slices(const DataQueue &queue, const Device &device, const RangeJob &job, Progress *progress)
		: queue_(queue), device_(device), job_(job), progress_(progress),
		  commands_(device, job, reinterpret_cast<std::uintptr_t>(queue.memory())),
		  blocks_(slice_blocks(job, device.info()))
	{
	}

	RangeOutcome run()
	{
		std::uint64_t lba = job_.range.lba;
		const std::uint64_t end = lba + job_.range.blocks;
		while (lba < end && interrupt::count() == 0) {
			const Extent slice = commands_.slice(lba, blocks_);
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
		const std::uint64_t bytes = job_.moves_data ? job_.layout.step() : 0;
		return {queue_.memory() + (part.lba - slice.lba) * bytes, part.blocks * bytes};
	}

	[[nodiscard]] Addresses addresses(const Extent &slice, const Extent &part) const
	{
		const std::byte *const behind = queue_.memory() + slice.blocks * job_.layout.step();
		return {reinterpret_cast<std::uintptr_t>(memory(slice, part).data()),
			reinterpret_cast<std::uintptr_t>(behind + (part.lba - slice.lba) * job_.layout.apart())};
	}

	/// True: go on at *lba.
	bool one(const Extent &slice, std::uint64_t *lba)
	{
		if (job_.before && !job_.before(memory(slice, slice), &outcome_.result)) {
			return false;
		}
		const std::uint64_t end = slice.lba + slice.blocks;
		const auto start = std::chrono::steady_clock::now();
		const std::uint64_t commands = outcome_.commands;
		while (*lba < end) {
			if (!part_of(slice, {*lba, end - *lba}, lba)) {
				return false;
			}
		}
		grow(std::chrono::steady_clock::now() - start, outcome_.commands - commands);
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
		const Extents well_done = done_of({part.lba, done.next_lba - part.lba}, failures);
		for (const Extent &well : well_done.ranges()) {
			outcome_.result.done.add(well.lba, well.blocks);
		}
		outcome_.result.interrupted = done.interrupted != 0;
		return !outcome_.result.interrupted && !stopped && std::ranges::none_of(failures, is_gone);
	}

	ringline_transfer_result send(const Extent &slice, const Extent &part, std::uint32_t flags,
				      RangeFailures *failures)
	{
		failures->resize(failures_max);
		ringline_transfer_result done = {};
		done.struct_size = sizeof done;
		ringline_diagnosis why = {};
		why.struct_size = sizeof why;
		ringline_transfer_options options =
			transfer_options(job_, device_.info(), part, addresses(slice, part));
		options.flags = flags;
		const std::int32_t failed = queue_.transfer(options, *failures, &done, &why);
		if (failed == -ENODEV || failed == -ESTALE) {
			// Between two calls: a failure as it would be within one, as there may be much that is done.
			ringline_transfer_failure gone = {};
			gone.lba = part.lba;
			gone.blocks = part.blocks;
			gone.error = failed;
			gone.flags = RINGLINE_NOT_SENT;
			*failures = {gone};
			done.next_lba = part.lba;
			return done;
		}
		if (failed < 0) {
			throw refused("was", device_, job_.opcode, failed, why);
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
	void grow(std::chrono::steady_clock::duration took, std::uint64_t commands)
	{
		constexpr auto moment = std::chrono::milliseconds(200);
		constexpr std::uint64_t longest = 1ull << 40;
		const bool fits = commands * 2 <= queue_.transfer_commands_max();
		if (!job_.moves_data && took < moment && blocks_ < longest && fits) {
			blocks_ *= 2;
		}
	}

	const DataQueue &queue_;
	const Device &device_;
	const RangeJob &job_;
	Progress *progress_;
	Commands commands_;
	std::uint64_t blocks_; ///< Of a slice.
	RangeOutcome outcome_;
};

DryRange look_at(const Device &device, const RangeJob &job)
{
	const Commands commands(device, job, provable_memory);
	const std::uint64_t end = job.range.lba + job.range.blocks;
	DryRange shown;
	const auto look = [&](std::uint64_t slice_lba, std::uint64_t lba) {
		std::uint64_t next = lba;
		ringline_diagnosis why = {};
		const std::int32_t error = commands.at(slice_lba, lba, &shown.last_command, &next, &why);
		if (error < 0) {
			throw refused("would be", device, job.opcode, error, why);
		}
		shown.last = {lba, next - lba};
		shown.longest = std::max(shown.longest, next - lba);
		if (shown.count++ == 0) {
			shown.first = shown.last;
			shown.first_command = shown.last_command;
		}
		return next;
	};
	if (commands.alike()) {
		const std::uint64_t step = look(job.range.lba, job.range.lba) - job.range.lba;
		const std::uint64_t count = (job.range.blocks + step - 1) / step;
		(void)look(job.range.lba, job.range.lba + (count - 1) * step);
		shown.count = count;
		return shown;
	}
	for (std::uint64_t lba = job.range.lba; lba != end;) {
		const Extent slice = commands.slice(lba, slice_blocks(job, device.info()));
		while (lba != slice.lba + slice.blocks) {
			lba = look(slice.lba, lba);
		}
	}
	return shown;
}

} // namespace

Extents done_of(const Extent &part, RangeFailures failures)
{
	std::ranges::sort(failures, {}, &ringline_transfer_failure::lba);
	const std::uint64_t end = part.lba + part.blocks;
	std::uint64_t from = part.lba;
	Extents done;
	for (const ringline_transfer_failure &failure : failures) {
		const std::uint64_t to = std::min(failure.lba, end);
		if (to > from) {
			done.add(from, to - from);
		}
		from = failure.lba + failure.blocks;
	}
	if (end > from) {
		done.add(from, end - from);
	}
	return done;
}

CommandFailure command_failure(const ringline_transfer_failure &failure, std::uint8_t opcode)
{
	CommandFailure found{{failure.lba, failure.blocks}, opcode, failure.status, failure.flags};
	found.error = failure.error;
	return found;
}

void add_failure(const ringline_transfer_failure &failure, std::uint8_t opcode, TransferResult *result)
{
	const bool unknown = (failure.flags & RINGLINE_OUTCOME_UNKNOWN) != 0;
	(unknown ? result->unknown : result->failed).add(failure.lba, failure.blocks);
	const CommandFailure found = command_failure(failure, opcode);
	if (!result->failure || badness(found) > badness(*result->failure)) {
		result->failure = found;
	}
}

RangeOutcome run_range(const DataQueue &queue, const Device &device, const RangeJob &job, Progress *progress)
{
	return Slices(queue, device, job, progress).run();
}

void range_dry_run(const char *command, const Device &device, const Options &options, const RangeJob &job,
		   const Warnings &warnings)
{
	show_dry_range(command, job.opcode, device, options, look_at(device, job), job.in_flight, warnings);
}

} // namespace nvmectl
