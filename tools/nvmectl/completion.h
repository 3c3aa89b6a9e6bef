// SPDX-License-Identifier: MIT OR Apache-2.0
// Completion scripts for shells, made from the tool's own table of commands so that they cannot name what it does not
// have.
#pragma once

#include <CLI/CLI.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace nvmectl
{

/// What may be typed for an option or an argument.
enum class Values {
	none,     ///< It is a flag.
	anything, ///< Numbers, sizes: nothing can be proposed.
	words,
	file,
	device,
};

struct CompletionOption {
	std::vector<std::string> spellings; ///< With their hyphens; an argument has none.
	std::string help;                   ///< The first clause of it.
	Values values = Values::none;
	std::vector<std::string> words;
};

struct CompletionCommand {
	std::vector<std::string> path; ///< "nvmectl", "sim", "create"
	std::string help;
	std::vector<CompletionOption> options;
	std::vector<CompletionOption> arguments;
	std::vector<std::string> commands; ///< Below it; then it has no arguments.
};

/// Every command, each before those below it.
std::vector<CompletionCommand> command_table(const CLI::App &app);

// completion.bash, completion.zsh and completion.fish, put into the program when it is built: what does not depend on
// the table.
extern const std::string_view bash_functions;
extern const std::string_view zsh_functions;
extern const std::string_view fish_functions;

std::string bash_completion(const std::vector<CompletionCommand> &table);
std::string zsh_completion(const std::vector<CompletionCommand> &table);
std::string fish_completion(const std::vector<CompletionCommand> &table);

} // namespace nvmectl
