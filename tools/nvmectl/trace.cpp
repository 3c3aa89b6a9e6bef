// SPDX-License-Identifier: MIT OR Apache-2.0
#include "trace.h"

#include "cut_command.h"
#include "io_setup.h"
#include "sink.h"
#include "status_code.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <ctime>
#include <utility>

namespace nvmectl
{
namespace
{

constexpr std::size_t unwritten_max = 64U << 10;
constexpr std::uint64_t unwritten_ns = 1'000'000'000;

/// What the trace would be written over, in words; empty if nothing that the command uses.
std::string used_as(const std::string &path, const Options &options, const ringline_device_info &info)
{
	for (const std::string &file : {options.file, options.map, options.metadata_file, options.ranges.against}) {
		if (!file.empty() && file != "-" && same_place(path, file)) {
			return "the input, output or map of this command";
		}
	}
	if (is_redirected(STDIN_FILENO, path) || is_redirected(STDOUT_FILENO, path)) {
		return "the standard input or output of this command";
	}
	if (is_redirected(STDERR_FILENO, path)) {
		return "where the messages of this command go";
	}
	if (!options.device.starts_with("sim:")) {
		return same_place(path, info.node) || same_place(path, options.device) ? "the device itself" : "";
	}
	if (part_of_image(path, options.device)) {
		return "the image of the device, or a file that belongs to it";
	}
	return "";
}

std::string time_text()
{
	const std::time_t now = std::time(nullptr);
	std::tm parts = {};
	std::array<char, 32> text = {};
	(void)::gmtime_r(&now, &parts);
	(void)std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ", &parts);
	return text.data();
}

Json dwords_json(const ringline_command_extended &command)
{
	ringline_nvme_command wire = {};
	return ringline_encode(&command, &wire, nullptr) == 0 ? Json(dwords_of(wire)) : Json(nullptr);
}

} // namespace

std::uint64_t Trace::now_ns()
{
	return static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::nanoseconds>(
						  std::chrono::steady_clock::now().time_since_epoch())
						  .count());
}

void Trace::refuse_path() const
{
	const std::string &path = options_.trace_file;
	const std::string used = used_as(path, options_, device_->info());
	if (!used.empty()) {
		throw Error(Exit::refused, fmt::format("--trace {}: that is {}", path, used),
			    "nothing was sent; name another file");
	}
	struct stat status = {};
	if (::stat(path.c_str(), &status) == 0 && (S_ISBLK(status.st_mode) || S_ISDIR(status.st_mode))) {
		throw Error(Exit::refused,
			    fmt::format("--trace {}: that is a {}, not a file", path,
					S_ISBLK(status.st_mode) ? "block device" : "directory"),
			    "nothing was sent; name a file");
	}
}

void Trace::cannot_write(int error)
{
	file_ = Fd(); // so that it is not told twice
	throw Error(Exit::open, fmt::format("cannot write the trace {}: {}", options_.trace_file, std::strerror(error)),
		    "nothing was sent");
}

void Trace::open()
{
	constexpr mode_t mode = 0666;
	constexpr int flags = O_WRONLY | O_CREAT | O_CLOEXEC | O_NOCTTY;
	const char *const path = options_.trace_file.c_str();
	file_ = Fd(::open(path, flags | O_EXCL, mode));
	made_ = file_.valid();
	if (!made_ && errno == EEXIST) {
		file_ = Fd(::open(path, flags, mode));
	}
	if (!file_.valid()) {
		cannot_write(errno);
	}
}

Json Trace::header(const ringline_queue_info &queue) const
{
	const ringline_device_info &info = device_->info();
	Json json = document("trace");
	json["tool"] =
		fmt::format("nvmectl {}.{}.{}", RINGLINE_VERSION_MAJOR, RINGLINE_VERSION_MINOR, RINGLINE_VERSION_PATCH);
	json["started"] = time_text();
	json["engine"] = engine_name(queue.engine);
	json["depth"] = queue.depth;
	json["device"] = {{"node", info.node},       {"kind", kind_name(info.kind)},
			  {"serial", info.serial},   {"model", info.model},
			  {"nsid", info.nsid},       {"block_size", info.block_size},
			  {"blocks", info.blocks},   {"metadata_size", info.metadata_size},
			  {"pi_type", info.pi_type}, {"zone_blocks", info.zone_blocks}};
	return json;
}

void Trace::begin(const Device &device, const ringline_queue_info &queue)
{
	device_ = &device;
	refuse_path();
	open();
	header_ = header(queue).dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

void Trace::start()
{
	if (header_.empty()) {
		return;
	}
	struct stat status = {};
	const bool regular = ::fstat(file_.get(), &status) == 0 && S_ISREG(status.st_mode);
	if (regular && ::ftruncate(file_.get(), 0) != 0) {
		cannot_write(errno);
	}
	unwritten_ = std::exchange(header_, "");
	start_ns_ = now_ns();
	flush();
	if (error_ != 0) {
		cannot_write(error_);
	}
}

void Trace::add_command(std::uint64_t number, std::uint64_t time_ns, ringline_command_extended command,
			const std::vector<ringline_range> &ranges)
{
	const std::vector<std::uint8_t> bytes = put_ranges(ranges, &command.base);
	const ringline_command &base = command.base;
	Json line = {{"event", "command"},
		     {"seq", number},
		     {"time_ns", time_ns - start_ns_},
		     {"name", opcode_name(base.opcode)},
		     {"opcode", base.opcode},
		     {"slba", base.lba},
		     {"blocks", base.blocks},
		     {"flags", base.flags},
		     {"action", base.action},
		     {"data_length", base.length},
		     {"dwords", dwords_json(command)}};
	if (!ranges.empty()) {
		line["ranges"] = Json::array();
		for (const ringline_range &range : ranges) {
			line["ranges"].push_back({{"lba", range.lba}, {"blocks", range.blocks}});
		}
	}
	add(line);
}

void Trace::add_completion(const Pending &pending, std::uint64_t time_ns, const ringline_completion &completion)
{
	Json line = {{"event", "completion"},
		     {"seq", pending.number},
		     {"time_ns", time_ns - start_ns_},
		     {"latency_ns", time_ns - pending.time_ns},
		     {"status", completion.status}};
	if (completion.status != 0) {
		line["status_code"] = status_notation(completion.status);
	}
	line["error"] = completion.error;
	if (completion.error != 0) {
		line["error_name"] = ringline_error_name(completion.error);
	}
	line["outcome_unknown"] = (completion.flags & RINGLINE_OUTCOME_UNKNOWN) != 0;
	line["not_sent"] = (completion.flags & RINGLINE_NOT_SENT) != 0;
	line["result"] = completion.result;
	add(line);
}

void Trace::pushed(std::uint64_t time_ns, const ringline_command_extended &command)
{
	const Pending pending = {next_++, time_ns};
	pending_[command.base.user_data] = pending;
	add_command(pending.number, time_ns, command, {});
}

void Trace::completed(std::uint64_t time_ns, const ringline_completion &completion)
{
	const auto found = pending_.find(completion.user_data);
	if (found != pending_.end()) {
		add_completion(found->second, time_ns, completion);
		pending_.erase(found);
	}
}

void Trace::transferred(const ringline_transfer_options &options, std::span<const ringline_transfer_event> events,
			const ringline_transfer_result &result)
{
	const std::uint64_t first = next_;
	std::unordered_map<std::uint64_t, Pending> running;
	for (const ringline_transfer_event &event : events) {
		if (event.kind == RINGLINE_TRANSFER_PUSHED) {
			const Pending pending = {first + event.command, event.time_ns};
			running[event.command] = pending;
			const CutCommand cut =
				cut_command(device_->handle(), device_->info(), options, {event.lba, event.blocks});
			add_command(pending.number, event.time_ns, cut.command, cut.ranges);
			continue;
		}
		ringline_completion completion = {};
		completion.result = event.result;
		completion.error = event.error;
		completion.status = event.status;
		completion.flags = event.flags;
		add_completion(running[event.command], event.time_ns, completion);
		running.erase(event.command);
	}
	next_ = first + result.commands;
	if (result.events > events.size()) {
		lost_ += result.events - events.size();
		add({{"event", "lost"}, {"count", result.events - events.size()}});
	}
}

void Trace::add(const Json &line)
{
	// Names from devices and paths need not be UTF-8.
	unwritten_ += line.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
	if (unwritten_.size() >= unwritten_max || now_ns() - flushed_ns_ >= unwritten_ns) {
		flush();
	}
}

void Trace::flush()
{
	std::string_view left = unwritten_;
	while (!left.empty() && error_ == 0) {
		const ssize_t written = ::write(file_.get(), left.data(), left.size());
		if (written > 0) {
			left.remove_prefix(static_cast<std::size_t>(written));
		} else if (written == 0 || errno != EINTR) {
			error_ = written == 0 ? ENOSPC : errno;
		}
	}
	unwritten_.clear();
	flushed_ns_ = now_ns();
}

std::string Trace::finish(bool done)
{
	if (!file_.valid()) {
		return "";
	}
	if (!header_.empty() && !done) {
		if (made_) {
			(void)::unlink(options_.trace_file.c_str()); // of a command that was refused there is no trace
		}
		return "";
	}
	start();
	flush();
	if (error_ != 0) {
		return fmt::format("the trace {} is cut off: {}", options_.trace_file, std::strerror(error_));
	}
	return lost_ != 0 ? fmt::format("the trace {} lacks {} events, for which there was no room",
					options_.trace_file, lost_)
			  : "";
}

Exit run_traced(const std::function<Exit(const Options &, Warnings *)> &command, Options *options, Warnings *warnings)
{
	if (options->trace_file.empty()) {
		return command(*options, warnings);
	}
	if (options->trace_file == "-") {
		throw Error(Exit::usage, "--trace -: the trace cannot go to standard output, where the results go",
			    "--trace FILE; a file of that name is ./-");
	}
	Trace trace(*options);
	options->trace = &trace;
	Exit exit = Exit::done;
	try {
		exit = command(*options, warnings);
	} catch (...) {
		if (const std::string lacking = trace.finish(false); !lacking.empty()) {
			warnings->add(lacking);
		}
		throw;
	}
	if (const std::string lacking = trace.finish(true); !lacking.empty()) {
		throw Error(Exit::partial, "the command was done, but " + lacking);
	}
	return exit;
}

} // namespace nvmectl
