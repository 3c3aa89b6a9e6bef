// SPDX-License-Identifier: MIT OR Apache-2.0
#include "completion.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace nvmectl
{
namespace
{

std::string bash_value(const CompletionOption &option)
{
	switch (option.values) {
	case Values::words:
		return fmt::format("words {}", fmt::join(option.words, " "));
	case Values::file:
		return "file";
	case Values::device:
		return "device";
	default:
		return "anything";
	}
}

std::string all_spellings(const CompletionCommand &command)
{
	std::string text;
	for (const CompletionOption &option : command.options) {
		text += fmt::format("{}{}", text.empty() ? "" : " ", fmt::join(option.spellings, " "));
	}
	return text;
}

std::string argument_of(const CompletionCommand &command)
{
	if (!command.commands.empty()) {
		return fmt::format("words {}", fmt::join(command.commands, " "));
	}
	return command.arguments.empty() ? "anything" : bash_value(command.arguments.front());
}

} // namespace

std::string bash_completion(const std::vector<CompletionCommand> &table)
{
	std::string commands = "_nvmectl_commands() {\n\tcase $1 in\n";
	std::string options = "_nvmectl_options() {\n\tcase $1 in\n";
	std::string arguments = "_nvmectl_argument() {\n\tcase $1 in\n";
	std::string values = "_nvmectl_value() { # what the word before wants\n\tcase \"$1 $2\" in\n";
	for (const CompletionCommand &command : table) {
		const std::string path = fmt::format("{}", fmt::join(command.path, " "));
		if (!command.commands.empty()) {
			commands += fmt::format("\t'{}') echo {} ;;\n", path, fmt::join(command.commands, " "));
		}
		options += fmt::format("\t'{}') echo {} ;;\n", path, all_spellings(command));
		arguments += fmt::format("\t'{}') echo {} ;;\n", path, argument_of(command));
		for (const CompletionOption &option : command.options) {
			for (const std::string &spelling : option.spellings) {
				if (option.values != Values::none) {
					values += fmt::format("\t'{} {}') echo {} ;;\n", path, spelling,
							      bash_value(option));
				}
			}
		}
	}
	const char *const end = "\tesac\n}\n";
	return fmt::format(
		"# bash completion for nvmectl, made by: nvmectl completion bash\n\n{}{}\n{}{}\n{}{}\n{}{}{}", commands,
		end, options, end, arguments, end, values, end, bash_functions);
}

} // namespace nvmectl
