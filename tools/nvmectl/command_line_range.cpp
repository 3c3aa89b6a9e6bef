// SPDX-License-Identifier: MIT OR Apache-2.0
// The subcommands that do something to a range of blocks, or to zones.
#include "command_line.h"

#include <ringline/ringline.h>

#include <fmt/format.h>

#include <array>

namespace nvmectl
{

/// A command of "zone", and nvme-cli's name for it under "zns".
struct ZoneAction {
	const char *name;
	const char *old_name;
	const char *help;
	std::uint8_t action;
};

namespace
{

constexpr std::array<ZoneAction, 5> zone_actions = {{
	{"open", "open-zone", "Open a zone", RINGLINE_ZONE_OPEN},
	{"close", "close-zone", "Close an open zone: it keeps its data and can be written on", RINGLINE_ZONE_CLOSE},
	{"finish", "finish-zone", "Make a zone full: nothing more can be written to it", RINGLINE_ZONE_FINISH},
	{"reset", "reset-zone", "Empty a zone: its data is lost", RINGLINE_ZONE_RESET},
	{"offline", "offline-zone", "Take a read-only zone offline, for ever", RINGLINE_ZONE_OFFLINE},
}};

} // namespace

void CommandLine::add_range_end(CLI::App &command, bool destroys)
{
	command.add_flag("--all", options_.range.all, "The range: up to the end of the device");
	command.add_option("--retries", options_.ranges.retries,
			   "Send a command again, so often at most, where its status says that this may help")
		->type_name("N")
		->capture_default_str();
	command.add_flag("--continue-on-error", options_.ranges.keep_going,
			 "Go on behind what fails, and tell all of it at the end");
	if (destroys) {
		command.add_flag("--allow-busy", options_.allow_busy,
				 "Go on even if the device is mounted or otherwise in use, or may be");
	}
	add_transfer(command);
}

void CommandLine::add_write_zeroes()
{
	CLI::App *const command =
		add_command(app_, "write-zeroes", "Make blocks read as zeros, without a transfer", run_write_zeroes,
			    "  nvmectl write-zeroes ng0n1 --lba 0 --blocks 2048\n"
			    "  nvmectl write-zeroes ng0n1 --offset 1GiB --length 1GiB --deallocate\n"
			    "\nThe data of the range is lost. A device that is in use is refused.");
	add_device(*command);
	add_range(*command);
	command->add_flag("--deallocate", options_.deallocate,
			  "The device may give the space back, if the blocks then still read as zeros");
	command->add_flag("--fua", options_.fua, "Force unit access: done when it is on the medium");
	add_range_end(*command, true);
}

void CommandLine::add_deallocate()
{
	CLI::App *const command = add_command(
		app_, "deallocate", "Tell the device that blocks are not needed (trim, discard)", run_deallocate,
		"  nvmectl deallocate ng0n1 --offset 0 --length 64MiB\n"
		"  nvmectl deallocate ng0n1 --lba 0 --all\n"
		"\nWhat the blocks read as then is the device's choice: use write-zeroes for zeros.\n"
		"The data of the range is lost. A device that is in use is refused.");
	add_device(*command);
	add_range(*command);
	add_range_end(*command, true);
}

void CommandLine::add_verify()
{
	CLI::App *const command = add_look(
		app_, "verify", "Have the device read and check blocks, or compare them with a file", run_verify,
		"  nvmectl verify ng0n1 --all --continue-on-error\n"
		"  nvmectl verify ng0n1 --offset 0 --against image.bin\n"
		"\nWithout --against no data moves. With it the blocks are read and compared here; exit code 6\n"
		"if they differ. Blocks that cannot be read are told one by one.");
	add_device(*command);
	add_range(*command);
	command->add_option("--against", options_.ranges.against,
			    "Read, and compare with this file; - is standard input")
		->type_name("FILE");
	add_range_end(*command, false);
}

void CommandLine::add_compare()
{
	CLI::App *const command =
		add_look(app_, "compare", "Have the device compare blocks with a file", run_compare,
			 "  nvmectl compare ng0n1 --lba 0 -f blocks.bin\n"
			 "\nThe length is that of the file. Exit code 6 if they differ; the blocks that do are told.\n"
			 "A device without the Compare command: nvmectl verify --against does it here.");
	add_device(*command);
	add_range(*command);
	command->add_option("-f,--file,-i,--input", options_.file, "What to compare with; - is standard input")
		->type_name("FILE")
		->required();
	command->add_flag("--fua", options_.fua, "Force unit access: compare with what is on the medium");
	add_range_end(*command, false);
}

void CommandLine::add_copy()
{
	CLI::App *const command =
		add_command(app_, "copy", "Have the device copy blocks within a namespace", run_copy,
			    "  nvmectl copy ng0n1 --from 0 --lba 4096 --blocks 2048\n"
			    "\nSource and destination may not overlap. The data that was at the destination is lost.\n"
			    "A device that is in use is refused.");
	add_device(*command);
	command->add_option("--from", options_.ranges.from, "First block of the source")
		->type_name("NUMBER")
		->required();
	add_range(*command);
	command->add_flag("--fua", options_.fua, "Force unit access: done when it is on the medium");
	add_range_end(*command, true);
}

void CommandLine::add_write_uncorrectable()
{
	CLI::App *const command =
		add_command(app_, "write-uncorrectable", "Make blocks unreadable until they are written again",
			    run_write_uncorrectable,
			    "  nvmectl write-uncorrectable ng0n1 --lba 100 --blocks 1\n"
			    "\nFor tests of what happens when a read fails. The data of the range is lost.");
	add_device(*command);
	add_range(*command);
	add_range_end(*command, true);
}

void CommandLine::add_zone_action(CLI::App &zone, const ZoneAction &one, bool hidden)
{
	const char *const name = one.name;
	const std::uint8_t action = one.action;
	CLI::App *const command = add_command(
		zone, hidden ? one.old_name : name, one.help,
		[name, action](const Options &options, Warnings *warnings) {
			return run_zone_action(name, action, options, warnings);
		},
		fmt::format("  nvmectl zone {0} ng0n1 --zone 3\n  nvmectl zone {0} ng0n1 --lba 4096\n"
			    "  nvmectl zone {0} ng0n1 --all-zones",
			    name)
			.c_str());
	hide(command, hidden);
	add_device(*command);
	command->add_option("--zone", options_.ranges.zone, "Number of the zone, from 0")->type_name("NUMBER");
	command->add_option(hidden ? "--lba,-s,--start-lba" : "--lba", options_.range.lba, "Any block of the zone")
		->type_name("NUMBER");
	command->add_flag(hidden ? "--all-zones,-a,--select-all" : "--all-zones", options_.ranges.all_zones,
			  "Every zone that the action can apply to");
	command->add_flag("--allow-busy", options_.allow_busy,
			  "Go on even if the device is mounted or otherwise in use, or may be");
	add_engine(*command);
	command->add_flag("--dry-run,-n", options_.dry_run, "Check everything and show the command; send none");
	add_trace(*command);
}

void CommandLine::add_zone_report(CLI::App &zone, bool hidden)
{
	CLI::App *const report = add_look(
		zone, hidden ? "report-zones" : "report", "List zones with their states and write pointers",
		run_zone_report, "  nvmectl zone report ng0n1\n  nvmectl zone report ng0n1 --state full --json");
	hide(report, hidden);
	add_device(*report);
	report->add_option(hidden ? "--lba,-s,--start-lba" : "--lba", options_.range.lba,
			   "From the zone on that has this block")
		->type_name("NUMBER");
	report->add_option("--state", options_.ranges.state, "Only zones in this state")
		->type_name("empty|implicitly-open|explicitly-open|closed|full|read-only|offline");
	report->add_option(hidden ? "--limit,-d,--descs" : "--limit", options_.ranges.limit, "At most so many zones")
		->type_name("COUNT");
	add_engine(*report);
	add_trace(*report);
}

void CommandLine::add_zone()
{
	CLI::App *const zone = app_.add_subcommand("zone", "Zones of a zoned namespace");
	CLI::App *const zns = app_.add_subcommand("zns", "Zones of a zoned namespace, as nvme-cli spells it");
	hide(zns, true);
	for (CLI::App *const group : {zone, zns}) {
		group->require_subcommand(1);
		add_zone_report(*group, group == zns);
		for (const ZoneAction &one : zone_actions) {
			add_zone_action(*group, one, group == zns);
		}
	}
	add_zone_append(*zone);
}

void CommandLine::add_zone_append(CLI::App &zone)
{
	CLI::App *const append = add_command(
		zone, "append", "Write a file at the write pointer of a zone", run_zone_append,
		"  nvmectl zone append ng0n1 --zone 3 -f data.bin\n"
		"\nThe device says where the blocks went; that is printed. Several appends are sent if the\n"
		"file is longer than one can be, one after the other.");
	add_device(*append);
	append->add_option("--zone", options_.ranges.zone, "Number of the zone, from 0")->type_name("NUMBER");
	append->add_option("--lba", options_.range.lba, "Any block of the zone")->type_name("NUMBER");
	append->add_option("-f,--file,-i,--input", options_.file, "Where the data comes from; - is standard input")
		->type_name("FILE")
		->required();
	append->add_flag("--fua", options_.fua, "Force unit access: done when it is on the medium");
	append->add_flag("--pad", options_.pad, "Fill the last block with zeros if the input ends inside it");
	append->add_flag("--allow-busy", options_.allow_busy,
			 "Go on even if the device is mounted or otherwise in use, or may be");
	add_engine(*append);
	append->add_flag("--dry-run,-n", options_.dry_run, "Check everything and show the command; send none");
	add_trace(*append);
}

} // namespace nvmectl
