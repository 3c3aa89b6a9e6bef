// SPDX-License-Identifier: MIT OR Apache-2.0
// --trace: every command that was pushed and every completion that was taken, as lines of JSON (nvmectl.trace/1).
//
// What goes wrong with the file never changes what the command does: it is told at the end.
#pragma once

#include "fd.h"
#include "options.h"
#include "report.h"
#include "session.h"

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <unordered_map>

namespace nvmectl
{

class Trace
{
public:
	/// Nothing is opened yet: a command that is refused, or a dry run, leaves no trace.
	explicit Trace(const Options &options) : options_(options) {}

	/// Opens the file, and leaves what is in it. Throws Error: then nothing was sent.
	void begin(const Device &device, const ringline_queue_info &queue);
	/// Before the first command is sent, which nothing refuses any more: the header takes the place of what was in
	/// the file. Later it does nothing. Throws like begin().
	void start();
	void pushed(std::uint64_t time_ns, const ringline_command_extended &command);
	void completed(std::uint64_t time_ns, const ringline_completion &completion);
	/// What a ringline_transfer() with these options did.
	void transferred(const ringline_transfer_options &options, std::span<const ringline_transfer_event> events,
			 const ringline_transfer_result &result);
	/// Writes what is recorded.
	void flush();
	/// Writes the rest. Empty, or what the file lacks as the end of a sentence. done: the command succeeded, and so
	/// it has a trace even if it had nothing to send.
	[[nodiscard]] std::string finish(bool done);

	/// The clock of its times, and of the library's events.
	[[nodiscard]] static std::uint64_t now_ns();

private:
	struct Pending {
		std::uint64_t number;
		std::uint64_t time_ns;
	};

	void refuse_path() const;
	void open();
	[[noreturn]] void cannot_write(int error);
	[[nodiscard]] Json header(const ringline_queue_info &queue) const;
	void add_command(std::uint64_t number, std::uint64_t time_ns, ringline_command_extended command,
			 const std::vector<ringline_range> &ranges);
	void add_completion(const Pending &pending, std::uint64_t time_ns, const ringline_completion &completion);
	void add(const Json &line);

	const Options &options_;
	const Device *device_ = nullptr;
	Fd file_;
	bool made_ = false;  ///< The file was not there before.
	std::string header_; ///< Until it is written.
	std::string unwritten_;
	std::uint64_t start_ns_ = 0;
	std::uint64_t flushed_ns_ = 0;
	std::uint64_t next_ = 0; ///< Number of the next command.
	std::uint64_t lost_ = 0; ///< Events that the library had no room for.
	std::unordered_map<std::uint64_t, Pending> pending_;
	int error_ = 0;
};

/// Runs a command with a trace of it, if the options ask for one. A trace that is not whole makes a command that was
/// done end as partly done, and is a warning for one that failed.
Exit run_traced(const std::function<Exit(const Options &, Warnings *)> &command, Options *options, Warnings *warnings);

} // namespace nvmectl
