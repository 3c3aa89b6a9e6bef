// SPDX-License-Identifier: MIT OR Apache-2.0
#include "completion.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace nvmectl
{
namespace
{

std::string fish_quoted(const std::string &text)
{
	std::string made = "'";
	for (const char letter : text) {
		if (letter == '\'' || letter == '\\') {
			made += '\\';
		}
		made += letter;
	}
	return made + "'";
}

std::string fish_value(const CompletionOption &option)
{
	switch (option.values) {
	case Values::none:
		return "";
	case Values::words:
		return fmt::format(" -x -a '{}'", fmt::join(option.words, " "));
	case Values::file:
		return " -r -F";
	case Values::device:
		return " -x -a '(__nvmectl_devices)'";
	case Values::anything:
		break;
	}
	return " -x";
}

std::string spelling_options(const CompletionOption &option)
{
	std::string text;
	for (const std::string &spelling : option.spellings) {
		text += spelling.starts_with("--") ? " -l " + spelling.substr(2) : " -s " + spelling.substr(1);
	}
	return text;
}

} // namespace

std::string fish_completion(const std::vector<CompletionCommand> &table)
{
	std::string below = "\nfunction __nvmectl_below\n\tswitch \"$argv\"\n";
	std::string lines;
	for (const CompletionCommand &command : table) {
		const std::string path = fmt::format("{}", fmt::join(command.path, " "));
		const std::string condition = fmt::format("complete -c nvmectl -n '__nvmectl_is {}'", path);
		if (!command.commands.empty()) {
			below += fmt::format("\tcase '{}'\n\t\tprintf '%s\\n' {}\n", path,
					     fmt::join(command.commands, " "));
		}
		if (command.path.size() > 1) {
			std::vector<std::string> parent = command.path;
			parent.pop_back();
			lines += fmt::format("\ncomplete -c nvmectl -n '__nvmectl_is {}' -a {} -d {}\n",
					     fmt::join(parent, " "), command.path.back(), fish_quoted(command.help));
		}
		for (const CompletionOption &option : command.options) {
			lines += fmt::format("{}{}{} -d {}\n", condition, spelling_options(option), fish_value(option),
					     fish_quoted(option.help));
		}
		for (const CompletionOption &argument : command.arguments) {
			lines += argument.values == Values::anything ? "" : condition + fish_value(argument) + "\n";
		}
	}
	return fmt::format("# fish completion for nvmectl, made by: nvmectl completion fish\n\n{}{}\tend\nend\n{}",
			   fish_functions, below, lines);
}

} // namespace nvmectl
