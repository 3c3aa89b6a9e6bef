// SPDX-License-Identifier: MIT OR Apache-2.0
// The subcommands, their options and their help.
#pragma once

#include "commands.h"
#include "options.h"

#include <CLI/CLI.hpp>

#include <functional>
#include <string_view>

namespace nvmectl
{

struct ZoneAction;

class CommandLine
{
public:
	/// command: the word that names it, so that the others need not be described; all are if it names none.
	explicit CommandLine(std::string_view command);

	/// Parses and runs the subcommand. Throws Error; prints help and version itself.
	Exit run(int argc, const char *const *argv, Warnings *warnings);
	/// Whether the user asked for JSON, also when the rest of the line made no sense.
	[[nodiscard]] static bool wants_json(int argc, const char *const *argv);

private:
	using Command = std::function<Exit(const Options &, Warnings *)>;

	void add_parts(std::string_view command);
	CLI::App *add_command(CLI::App &parent, const char *name, const char *help, const Command &command,
			      const char *examples);
	/// One that does nothing but tell something: without its output there is nothing of it.
	CLI::App *add_look(CLI::App &parent, const char *name, const char *help, const Command &command,
			   const char *examples);
	void add_device(CLI::App &command);
	void add_range(CLI::App &command);
	void add_engine(CLI::App &command);
	void add_depth(CLI::App &command);
	void add_transfer(CLI::App &command);
	void add_trace(CLI::App &command);
	void add_read();
	void add_write();
	void add_bench();
	void add_bench_load(CLI::App &command);
	void add_bench_end(CLI::App &command);
	void add_simple();
	void add_doctor();
	void add_sim();
	void add_sim_layout(CLI::App &create);
	void add_sim_limits(CLI::App &create);
	void add_completion();
	// command_line_range.cpp
	void add_write_zeroes();
	void add_deallocate();
	void add_verify();
	void add_compare();
	void add_copy();
	void add_write_uncorrectable();
	void add_zone();
	/// hidden: with nvme-cli's names.
	void add_zone_action(CLI::App &zone, const ZoneAction &one, bool hidden);
	void add_zone_report(CLI::App &zone, bool hidden);
	void add_zone_append(CLI::App &zone);
	void add_range_end(CLI::App &command, bool destroys);
	// command_line_admin.cpp
	void add_id();
	void add_log();
	void add_named_log(CLI::App &parent, const char *name, std::size_t which, bool hidden);
	void add_feature();
	void add_format();
	void add_sanitize();
	void add_passthru();
	void add_passthru_options(CLI::App &command);
	void add_nsid(CLI::App &command, const char *help);
	void add_raw(CLI::App &command);
	void add_yes(CLI::App &command);
	void add_admin_end(CLI::App &command);
	static void hide(CLI::App *command, bool hidden);
	// command_line_stream.cpp
	void add_replay();
	void add_monitor();
	void add_sim_inject(CLI::App &sim);
	[[nodiscard]] bool has_effect() const;
	[[noreturn]] void refuse(const CLI::ParseError &error) const;

	Options options_;
	CLI::App app_;
	Command chosen_;
	bool looks_ = false; ///< The chosen one, unless its options say otherwise.
};

} // namespace nvmectl
