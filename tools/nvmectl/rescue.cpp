// SPDX-License-Identifier: MIT OR Apache-2.0
#include "rescue.h"

#include "fd.h"
#include "interrupt.h"
#include "io_setup.h"
#include "outcome.h"
#include "range_job.h"
#include "rescue_map.h"
#include "sink.h"
#include "units.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <span>
#include <sstream>

namespace nvmectl
{
namespace
{

[[noreturn]] void file_fails(const char *what, const std::string &name, int error)
{
	throw Error(Exit::open, fmt::format("cannot {} {}: {}", what, name, std::strerror(error)));
}

bool is_there(const std::string &path)
{
	struct stat status = {};
	return ::stat(path.c_str(), &status) == 0;
}

std::string text_of(const std::string &path)
{
	std::ifstream file(path);
	std::ostringstream text;
	text << file.rdbuf();
	if (!file) {
		file_fails("read", path, errno != 0 ? errno : EIO);
	}
	return text.str();
}

/// What an earlier run left, or an empty map. Output and map only mean something together.
RescueMap earlier_map(const Options &options, const Extent &range, std::uint32_t block_size)
{
	const bool has_map = !options.map.empty() && is_there(options.map);
	if (has_map != is_there(options.file)) {
		throw Error(
			Exit::refused,
			has_map ? fmt::format("{} tells what is in {}, which is not there", options.map, options.file)
				: fmt::format("{} is there already, and no map tells what is in it", options.file),
			"only a file that is not there, or one with its map, is written to in place");
	}
	if (!has_map) {
		RescueMap none;
		none.range = range;
		return none;
	}
	RescueMap map = parse_rescue_map(text_of(options.map), options.map, block_size);
	if (map.range != range) {
		throw Error(Exit::refused, fmt::format("{} is the map of another range: LBA {}, {}", options.map,
						       map.range.lba, count_of(map.range.blocks, "block")));
	}
	return map;
}

class Rescue
{
public:
	Rescue(const Options &options, const Device &device, RescueMap map, Progress *progress)
		: options_(options), device_(device), map_(std::move(map)), progress_(progress)
	{
		output_ = Fd(::open(options.file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666));
		if (!output_.valid()) {
			file_fails("write", options.file, errno);
		}
		struct stat status = {};
		if (::fstat(output_.get(), &status) != 0 || !S_ISREG(status.st_mode)) {
			throw Error(Exit::refused,
				    fmt::format("{} is no regular file, which can have holes", options.file));
		}
		const auto length = static_cast<off_t>(bytes(map_.range.blocks));
		const auto held = static_cast<off_t>(bytes_held());
		if (status.st_size < held || (held != 0 && status.st_size > length)) {
			throw Error(
				Exit::refused,
				fmt::format(
					"{} has {} bytes, but by its map it has at least {} and at most {}: it is not "
					"what it was",
					options.file, status.st_size, held, length),
				"read into another file, with another map")
				.with_rule("output-changed");
		}
		if (::ftruncate(output_.get(), length) != 0) {
			file_fails("write", options.file, errno);
		}
		if (const std::int32_t error = sync_folder_of(std::filesystem::canonical(options.file)); error < 0) {
			file_fails("write", options.file, -error);
		}
		save(false);
	}

	/// Everything that is not done yet. What was read until then is not lost, whatever ends it.
	void run(const DataQueue &queue)
	{
		try {
			const std::uint64_t slice = std::max<std::uint64_t>(slice_bytes / device_.info().block_size, 1);
			const Extents gaps = missing(map_);
			for (const Extent &gap : gaps.ranges()) {
				const std::uint64_t end = gap.lba + gap.blocks;
				for (std::uint64_t lba = gap.lba; lba < end && !stopped_; lba += slice) {
					one(queue, {lba, std::min(slice, end - lba)}, parse_depth(options_));
				}
			}
		} catch (...) {
			save_if_possible();
			throw;
		}
		save(!stopped_);
	}

	[[nodiscard]] const RescueMap &map() const { return map_; }
	[[nodiscard]] const TransferResult &result() const { return result_; }
	/// The failure that no answer came to, behind which nothing was tried.
	[[nodiscard]] const std::optional<CommandFailure> &ended_by() const { return ended_by_; }

private:
	/// How long the output must be to have all that the map says is done.
	[[nodiscard]] std::uint64_t bytes_held() const
	{
		if (map_.done.empty()) {
			return 0;
		}
		const Extent &last = map_.done.ranges().back();
		return bytes(last.lba + last.blocks - map_.range.lba);
	}
	[[nodiscard]] std::uint64_t bytes(std::uint64_t blocks) const { return blocks * device_.info().block_size; }

	void one(const DataQueue &queue, const Extent &slice, std::uint32_t in_flight)
	{
		RangeFailures failures;
		RangeJob job = {RINGLINE_NVME_READ, slice};
		job.keep_going = true;
		job.in_flight = in_flight;
		job.moves_data = true;
		job.layout.block_size = device_.info().block_size;
		job.after = [&](const Extent &part, std::span<const std::byte> memory, RangeFailures *found,
				TransferResult *) {
			failures.insert(failures.end(), found->begin(), found->end());
			const Extents read = done_of(part, *found);
			for (const Extent &done : read.ranges()) {
				put(memory.subspan(bytes(done.lba - part.lba), bytes(done.blocks)), done.lba);
				map_.done.add(done.lba, done.blocks);
				result_.done.add(done.lba, done.blocks);
			}
			return true;
		};
		Progress silent(false, std::nullopt);
		const TransferResult got = run_range(queue, device_, job, &silent).result;
		for (const Extent &part : got.unknown.ranges()) {
			result_.unknown.add(part.lba, part.blocks);
		}
		result_.interrupted = result_.interrupted || got.interrupted;
		stopped_ = stopped_ || got.interrupted;
		std::ranges::for_each(failures, [&](const auto &failure) { stop_without_answer(failure); });
		for (const ringline_transfer_failure &failure : failures) {
			if (failure.blocks > 1 && in_flight > 1 && !stopped_) {
				// Of many that are halved at once the library may not keep track; of one it does.
				one(queue, {failure.lba, failure.blocks}, 1);
			} else {
				note(failure);
			}
		}
		progress_->update(bytes(map_.done.blocks()));
		save_now_and_then();
	}

	/// Whether the device has said something about these blocks. The path to it can also have a status.
	static bool answered(const ringline_transfer_failure &failure)
	{
		constexpr std::uint16_t type_mask = 0x700;
		constexpr std::uint16_t path_related = 0x300;
		return failure.error == 0 && (failure.status & type_mask) != path_related;
	}

	/// Likely no answer comes to all that follow either.
	void stop_without_answer(const ringline_transfer_failure &failure)
	{
		if (!answered(failure) && !ended_by_) {
			ended_by_ = command_failure(failure, RINGLINE_NVME_READ);
			stopped_ = true;
		}
	}

	/// A block is bad if the device says so of it alone. Without an answer, or with one for many, it is not known.
	void note(const ringline_transfer_failure &failure)
	{
		add_failure(failure, RINGLINE_NVME_READ, &result_);
		if (answered(failure) && failure.blocks == 1) {
			map_.bad.add(failure.lba, 1);
		}
	}

	void put(std::span<const std::byte> data, std::uint64_t lba)
	{
		std::uint64_t at = bytes(lba - map_.range.lba);
		while (!data.empty()) {
			const ssize_t written =
				::pwrite(output_.get(), data.data(), data.size(), static_cast<off_t>(at));
			if (written < 0 && errno != EINTR) {
				file_fails("write", options_.file, errno);
			}
			const auto step = static_cast<std::size_t>(std::max<ssize_t>(written, 0));
			data = data.subspan(step);
			at += step;
		}
	}

	/// The map never says more than is safely in the file, and is there as a whole at any moment.
	void save(bool finished)
	{
		saved_ = std::chrono::steady_clock::now();
		if (::fdatasync(output_.get()) != 0) {
			file_fails("write", options_.file, errno);
		}
		if (options_.map.empty()) {
			return;
		}
		const std::unique_ptr<Sink> file = open_sink(options_.map, 0);
		const std::string text = rescue_map_text(map_, device_.info().block_size, finished);
		if (const std::int32_t error = file->write(std::as_bytes(std::span(text))); error < 0) {
			file_fails("write", options_.map, -error);
		}
		commit(file.get());
	}

	/// On the way out with an error, which is the one to be told. The map of before is true as well.
	void save_if_possible()
	{
		try {
			save(false);
		} catch (const Error &) {
			return;
		}
	}

	void save_now_and_then()
	{
		constexpr auto often_enough = std::chrono::seconds(5);
		if (std::chrono::steady_clock::now() - saved_ > often_enough) {
			save(false);
		}
	}

	const Options &options_;
	const Device &device_;
	RescueMap map_;
	Progress *progress_;
	Fd output_;
	TransferResult result_; ///< Of this run.
	std::optional<CommandFailure> ended_by_;
	bool stopped_ = false;
	std::chrono::steady_clock::time_point saved_ = {};
};

void refuse_what_rescue_cannot(const Options &options)
{
	if (options.file == "-") {
		throw Error(Exit::usage, "--continue-on-error needs a file that can have holes, not standard output");
	}
	if (options.map == "-") {
		throw Error(Exit::usage, "--map needs a file that can be renewed, not standard output");
	}
	if (options.dry_run) {
		throw Error(Exit::usage,
			    "--dry-run does not go with --continue-on-error: what fails is not known before");
	}
	for (const std::string &path : {options.file, options.map}) {
		refuse_image(path, options.device);
	}
	std::error_code unknown;
	const auto whole = [&](const std::string &path) { return std::filesystem::weakly_canonical(path, unknown); };
	if (!options.map.empty() &&
	    (whole(options.file) == whole(options.map) || unknown || same_file(options.file, options.map))) {
		throw Error(Exit::usage, "the map and the output are the same file");
	}
}

void report_rescue(const Options &options, const Device &device, const Rescue &rescue, const Warnings &warnings)
{
	const ringline_device_info &info = device.info();
	const Extent &range = rescue.map().range;
	const std::uint64_t blocks = rescue.result().done.blocks();
	if (options.json) {
		Json json = document("read");
		json["device"] = info.node;
		json["lba"] = range.lba;
		json["blocks"] = range.blocks;
		json["block_size"] = info.block_size;
		json["bytes"] = range.blocks * info.block_size;
		json["blocks_read_now"] = blocks;
		json["file"] = options.file;
		json["map"] = options.map.empty() ? Json(nullptr) : Json(options.map);
		json["warnings"] = warnings.texts();
		print_document(json);
	} else if (!options.quiet) {
		print_text(fmt::format("read {} from LBA {} of {} into {}, {} of them now\n",
				       count_of(range.blocks, "block"), range.lba, info.node, options.file, blocks));
	}
}

} // namespace

Exit run_rescue(const Options &options, const Device &device, const Extent &range, Warnings *warnings)
{
	(void)parse_engine(options.engine);
	const std::uint32_t depth = parse_depth(options);
	const ringline_device_info &info = device.info();
	refuse_what_rescue_cannot(options);
	warn_about_null(info, warnings);
	RescueMap map = earlier_map(options, range, info.block_size);
	interrupt::install();
	const DataQueue queue(device, options, depth, slice_bytes);
	const interrupt::WakesQueue wakes(queue.get());
	Progress progress(!options.quiet && !options.json && !options.no_progress, range.blocks * info.block_size);
	Rescue rescue(options, device, std::move(map), &progress);
	rescue.run(queue);
	progress.clear();
	TransferResult result = rescue.result();
	result.done = rescue.map().done; // an earlier run's too
	const Exit exit = classify(happened(result, !result.done.empty()));
	if (exit != Exit::done) {
		TransferSubject subject = {"read", options.file, range, info.block_size, false, {}, std::nullopt, {}};
		subject.aftermath = fmt::format("what was not read is zeros in {}", options.file);
		subject.hint = options.map.empty() ? "" : "the same command again tries only what was not read";
		if (result.failure && result.failure->status != 0 && rescue.ended_by()) {
			subject.aftermath += "; it ended early: " + describe_failure(*rescue.ended_by());
		}
		throw transfer_error(result, subject, exit);
	}
	report_rescue(options, device, rescue, *warnings);
	return Exit::done;
}

} // namespace nvmectl
