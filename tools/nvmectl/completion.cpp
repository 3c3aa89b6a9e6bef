// SPDX-License-Identifier: MIT OR Apache-2.0
#include "completion.h"

#include <string_view>

namespace nvmectl
{
namespace
{

/// Up to the first mark that ends a thought: shells show one short line.
std::string first_clause(const std::string &help)
{
	return help.substr(0, help.find_first_of(".;:,("));
}

/// "auto|uring|threads", taken apart; nothing if it is no list.
std::vector<std::string> choices(std::string_view type)
{
	std::vector<std::string> words;
	while (type.find('|') != std::string_view::npos) {
		words.emplace_back(type.substr(0, type.find('|')));
		type.remove_prefix(type.find('|') + 1);
	}
	if (!words.empty()) {
		words.emplace_back(type);
	}
	return words;
}

CompletionOption described(const CLI::Option &option)
{
	CompletionOption made;
	for (const std::string &name : option.get_snames()) {
		made.spellings.push_back("-" + name);
	}
	for (const std::string &name : option.get_lnames()) {
		made.spellings.push_back("--" + name);
	}
	made.help = first_clause(option.get_description());
	const std::string argument = option.get_positional() ? option.get_name(true) : "";
	made.words = choices(option.get_type_name());
	if (!made.words.empty()) {
		made.values = Values::words;
	} else if (argument == "DEV") {
		made.values = Values::device;
	} else if (argument == "PATH" || option.get_type_name() == "FILE") {
		made.values = Values::file;
	} else if (option.get_items_expected_max() > 0) {
		made.values = Values::anything;
	}
	return made;
}

void add_command(const CLI::App &app, std::vector<std::string> path, std::vector<CompletionCommand> *table)
{
	path.push_back(app.get_name());
	CompletionCommand command;
	command.path = path;
	command.help = first_clause(app.get_description());
	for (const CLI::Option *const option : app.get_options()) {
		(option->get_positional() ? command.arguments : command.options).push_back(described(*option));
	}
	// What belongs to no group is an old spelling, which works and is not proposed.
	const std::vector<const CLI::App *> below =
		app.get_subcommands([](const CLI::App *next) { return !next->get_group().empty(); });
	for (const CLI::App *const next : below) {
		command.commands.push_back(next->get_name());
	}
	table->push_back(command);
	for (const CLI::App *const next : below) {
		add_command(*next, path, table);
	}
}

} // namespace

std::vector<CompletionCommand> command_table(const CLI::App &app)
{
	std::vector<CompletionCommand> table;
	add_command(app, {}, &table);
	return table;
}

} // namespace nvmectl
