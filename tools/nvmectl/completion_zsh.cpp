// SPDX-License-Identifier: MIT OR Apache-2.0
#include "completion.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace nvmectl
{
namespace
{

/// Safe inside the brackets of a specification and inside single quotes.
std::string zsh_escaped(const std::string &text)
{
	std::string made;
	for (const char letter : text) {
		if (letter == '\'') {
			made += "'\\''";
			continue;
		}
		if (letter == '[' || letter == ']' || letter == ':' || letter == '\\') {
			made += '\\';
		}
		made += letter;
	}
	return made;
}

std::string zsh_value(const CompletionOption &option)
{
	switch (option.values) {
	case Values::none:
		return "";
	case Values::words:
		return fmt::format(":value:({})", fmt::join(option.words, " "));
	case Values::file:
		return ":file:_files";
	case Values::device:
		return ":device:_nvmectl_device";
	case Values::anything:
		break;
	}
	return ":value: ";
}

std::string specification(const CompletionOption &option)
{
	// What takes a value takes it also behind an equal sign, and a short one without a blank.
	std::vector<std::string> forms;
	for (const std::string &spelling : option.spellings) {
		const char *const value = spelling.starts_with("--") ? "=" : "+";
		forms.push_back(spelling + (option.values == Values::none ? "" : value));
	}
	// Spellings of one option exclude each other, and none is proposed twice.
	std::string spellings = fmt::format("{}", fmt::join(forms, ","));
	if (option.spellings.size() > 1) {
		spellings = fmt::format("({})'{{{}}}'", fmt::join(option.spellings, " "), spellings);
	}
	return fmt::format("\t\t'{}[{}]{}' \\\n", spellings, zsh_escaped(option.help), zsh_value(option));
}

std::string function_name(const CompletionCommand &command, const std::string &below = {})
{
	return fmt::format("_{}{}{}", fmt::join(command.path, "_"), below.empty() ? "" : "_", below);
}

std::string help_of(const std::vector<CompletionCommand> &table, const CompletionCommand &parent,
		    const std::string &name)
{
	std::vector<std::string> path = parent.path;
	path.push_back(name);
	for (const CompletionCommand &command : table) {
		if (command.path == path) {
			return command.help;
		}
	}
	return "";
}

std::string function(const std::vector<CompletionCommand> &table, const CompletionCommand &command)
{
	std::string text = function_name(command) + "() {\n";
	text += command.commands.empty() ? "\t_arguments \\\n" : "\tlocal line state\n\t_arguments -C \\\n";
	for (const CompletionOption &option : command.options) {
		text += specification(option);
	}
	for (std::size_t i = 0; i < command.arguments.size(); ++i) {
		text += fmt::format("\t\t'{}{}' \\\n", i + 1, zsh_value(command.arguments[i]));
	}
	if (command.commands.empty()) {
		return text + "\t\t&& return 0\n\treturn 1\n}\n";
	}
	text += "\t\t'1: :->command' '*:: :->arguments'\n\tcase $state in\n\tcommand)\n\t\tlocal -a commands=(\n";
	for (const std::string &name : command.commands) {
		text += fmt::format("\t\t\t'{}:{}'\n", name, zsh_escaped(help_of(table, command, name)));
	}
	text += "\t\t)\n\t\t_describe command commands\n\t\t;;\n\targuments)\n\t\tcase $line[1] in\n";
	for (const std::string &name : command.commands) {
		text += fmt::format("\t\t{}) {} ;;\n", name, function_name(command, name));
	}
	return text + "\t\tesac\n\t\t;;\n\tesac\n}\n";
}

} // namespace

std::string zsh_completion(const std::vector<CompletionCommand> &table)
{
	std::string text = "#compdef nvmectl\n# zsh completion for nvmectl, made by: nvmectl completion zsh\n";
	for (const CompletionCommand &command : table) {
		text += "\n" + function(table, command);
	}
	return text + std::string(zsh_functions);
}

} // namespace nvmectl
