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
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
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
		save(false);
	}

	/// Everything that is not done yet.
	void run(const Queue &queue)
	{
		const std::uint64_t slice = std::max<std::uint64_t>(slice_bytes / device_.info().block_size, 1);
		const Extents gaps = missing(map_);
		for (const Extent &gap : gaps.ranges()) {
			for (std::uint64_t lba = gap.lba; lba < gap.lba + gap.blocks && !stopped_;) {
				lba += one(queue, {lba, std::min(slice, gap.lba + gap.blocks - lba)});
			}
		}
		save(!stopped_);
	}

	[[nodiscard]] const RescueMap &map() const { return map_; }
	[[nodiscard]] const TransferResult &result() const { return result_; }

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

	/// Returns how many blocks it dealt with.
	std::uint64_t one(const Queue &queue, const Extent &slice)
	{
		RangeJob job = {RINGLINE_NVME_READ, slice};
		job.keep_going = true;
		job.in_flight = parse_depth(options_);
		job.moves_data = true;
		Progress silent(false, std::nullopt);
		const TransferResult got = run_range(queue, device_, job, &silent).result;
		for (const Extent &part : got.done.ranges()) {
			put(queue, slice, part);
			map_.done.add(part.lba, part.blocks);
			result_.done.add(part.lba, part.blocks);
		}
		// One call only has room for so many failures; without room it narrows no further.
		constexpr std::uint64_t fine = 512;
		if (got.failed.blocks() > fine && slice.blocks > fine && !got.interrupted) {
			for (const Extent &part : got.failed.ranges()) {
				for (std::uint64_t i = 0; i < part.blocks && !stopped_; i += fine) {
					one(queue, {part.lba + i, std::min(fine, part.blocks - i)});
				}
			}
		} else {
			note_failures(got);
		}
		progress_->update(bytes(map_.done.blocks()));
		save_now_and_then();
		// So many failures can be in a slice that it ends early.
		Extents dealt_with = got.done;
		for (const Extent &part : got.failed.ranges()) {
			dealt_with.add(part.lba, part.blocks);
		}
		const std::uint64_t blocks = dealt_with.contiguous_from(slice.lba);
		stopped_ = stopped_ || blocks == 0;
		return std::min(blocks, slice.blocks);
	}

	/// A block is bad if the device says so. Without an answer it is not known, and likely so are all that follow.
	void note_failures(const TransferResult &got)
	{
		const bool answered = !got.failure || (got.failure->status != 0 && got.failure->error == 0);
		for (const Extent &part : got.failed.ranges()) {
			result_.failed.add(part.lba, part.blocks);
			if (answered) {
				map_.bad.add(part.lba, part.blocks);
			}
		}
		for (const Extent &part : got.unknown.ranges()) {
			result_.unknown.add(part.lba, part.blocks);
		}
		if (got.failure && (!result_.failure || !answered)) {
			result_.failure = got.failure;
		}
		result_.interrupted = result_.interrupted || got.interrupted;
		stopped_ = stopped_ || got.interrupted || !answered;
	}

	void put(const Queue &queue, const Extent &slice, const Extent &part)
	{
		const std::byte *data = queue.memory() + bytes(part.lba - slice.lba);
		std::uint64_t left = bytes(part.blocks);
		std::uint64_t at = bytes(part.lba - map_.range.lba);
		while (left != 0) {
			const ssize_t written = ::pwrite(output_.get(), data, left, static_cast<off_t>(at));
			if (written < 0 && errno != EINTR) {
				const int error = errno;
				save(false);
				file_fails("write", options_.file, error);
			}
			const auto step = static_cast<std::uint64_t>(std::max<ssize_t>(written, 0));
			data += step;
			left -= step;
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
		// A name that is nobody's, so that nothing is lost; on the disk before it takes the map's place.
		std::string temporary = options_.map + ".XXXXXX";
		Fd file(::mkostemp(temporary.data(), O_CLOEXEC));
		if (!file.valid()) {
			file_fails("write", options_.map, errno);
		}
		const std::string text = rescue_map_text(map_, device_.info().block_size, finished);
		const bool written =
			::write(file.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size()) &&
			::fchmod(file.get(), 0644) == 0 && ::fsync(file.get()) == 0;
		if (!written || ::rename(temporary.c_str(), options_.map.c_str()) != 0) {
			const int error = errno;
			(void)::unlink(temporary.c_str());
			file_fails("write", options_.map, error);
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
	bool stopped_ = false;
	std::chrono::steady_clock::time_point saved_ = {};
};

void refuse_what_rescue_cannot(const Options &options)
{
	if (options.file == "-") {
		throw Error(Exit::usage, "--continue-on-error needs a file that can have holes, not standard output");
	}
	if (options.dry_run) {
		throw Error(Exit::usage,
			    "--dry-run does not go with --continue-on-error: what fails is not known before");
	}
	const bool from_image = options.device.starts_with("sim:");
	const std::string image = from_image ? options.device.substr(4) : "";
	for (const std::string &path : {options.file, options.map}) {
		if (from_image && !path.empty() && same_file(path, image)) {
			throw Error(Exit::refused, fmt::format("{} is the image that is read", path));
		}
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
	const std::uint32_t engine = parse_engine(options.engine);
	const std::uint32_t depth = parse_depth(options);
	const ringline_device_info &info = device.info();
	refuse_what_rescue_cannot(options);
	warn_about_null(info, warnings);
	RescueMap map = earlier_map(options, range, info.block_size);
	interrupt::install();
	Queue queue(device, engine, depth, slice_bytes);
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
		throw transfer_error(result, subject, exit);
	}
	report_rescue(options, device, rescue, *warnings);
	return Exit::done;
}

} // namespace nvmectl
