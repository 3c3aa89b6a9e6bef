// SPDX-License-Identifier: MIT OR Apache-2.0
// The subcommands that send admin commands, and passthru. Each has the spelling of nvme-cli as a hidden one beside it,
// where that means the same.
#include "command_line.h"

#include <fmt/format.h>

#include <array>
#include <string>

namespace nvmectl
{
namespace
{

/// Where a command is said, and how: "id ctrl", or "id-ctrl" as nvme-cli has it.
struct Spelling {
	CLI::App *parent;
	const char *name;
	bool hidden;
};

/// Hidden from help and completion.
constexpr const char *no_group = "";

constexpr std::array<NamedLog, 6> logs = {{
	{"smart", 0x02, 512},
	{"error", 0x01, 0},
	{"fw", 0x03, 512},
	{"effects", 0x05, 4096},
	{"self-test", 0x06, 564},
	{"sanitize", 0x81, 512},
}};

constexpr std::array<const char *, 6> log_helps = {
	"Health: temperature, wear, amounts, errors",
	"Errors that the controller has kept",
	"Firmware slots",
	"Which commands are supported, and what they affect",
	"Results of the last self-tests",
	"How far a sanitize is, and how long each kind takes",
};

} // namespace

void CommandLine::add_nsid(CLI::App &command, const char *help)
{
	command.add_option("--nsid", options_.admin.nsid, help)->type_name("NUMBER");
}

void CommandLine::add_yes(CLI::App &command)
{
	command.add_option("--yes", options_.admin.yes,
			   "The serial number of the drive that is meant, instead of typing it when asked")
		->type_name("SERIAL");
	command.add_flag("--allow-busy", options_.allow_busy,
			 "Go on even if a namespace is mounted or otherwise in use, or may be");
	add_admin_end(command);
}

void CommandLine::add_admin_end(CLI::App &command)
{
	command.add_option("--timeout", options_.admin.timeout,
			   "When it passes, the kernel aborts the command, then resets the controller")
		->type_name("TIME");
	command.add_flag("--dry-run,-n", options_.dry_run,
			 "Check everything and show the command's dwords; do not send it");
}

void CommandLine::add_id()
{
	CLI::App *const id = app_.add_subcommand("id", "What a controller and its namespaces say about themselves");
	id->require_subcommand(1);
	for (const Spelling &where : {Spelling{id, "ctrl", false}, Spelling{&app_, "id-ctrl", true}}) {
		CLI::App *const ctrl = add_look(*where.parent, where.name, "Identify Controller, every field",
						run_id_ctrl, "  nvmectl id ctrl nvme0\n  nvmectl id ctrl ng0n1 --json");
		add_device(*ctrl);
		hide(ctrl, where.hidden);
	}
	for (const Spelling &where : {Spelling{id, "ns", false}, Spelling{&app_, "id-ns", true}}) {
		CLI::App *const ns = add_look(
			*where.parent, where.name, "Identify Namespace and the page of its command set, every field",
			run_id_ns, "  nvmectl id ns ng0n1\n  nvmectl id ns nvme0 --nsid 2 --json");
		add_device(*ns);
		add_nsid(*ns, "Another namespace than the device's own");
		hide(ns, where.hidden);
	}
	CLI::App *const list = add_look(*id, "list", "The ids of the namespaces", run_id_list,
					"  nvmectl id list nvme0\n  nvmectl id list nvme0 --allocated");
	add_device(*list);
	list->add_flag("--allocated", options_.admin.allocated, "Those too that are not attached to this controller");
	CLI::App *const raw = add_look(*id, "raw", "Any Identify page, as bytes", run_id_raw,
				       "  nvmectl id raw ng0n1 --cns 0x03 --nsid 1\n"
				       "  nvmectl id raw nvme0 --cns 1 --raw page.bin");
	add_device(*raw);
	raw->add_option("--cns", options_.admin.cns, "Which page")->type_name("NUMBER")->required();
	add_nsid(*raw, "As the page wants it; 0 if not said");
	raw->add_option("--csi", options_.admin.csi, "Command set, of the pages that depend on one")
		->type_name("NUMBER");
	raw->add_option("--controller", options_.admin.controller, "Controller ID, of the pages that want one")
		->type_name("NUMBER");
	add_raw(*raw);
}

void CommandLine::add_raw(CLI::App &command)
{
	command.add_option("--raw", options_.admin.raw, "Write the bytes to a file; - is standard output")
		->type_name("FILE");
}

void CommandLine::hide(CLI::App *command, bool hidden)
{
	if (hidden) {
		command->group(no_group);
	}
}

void CommandLine::add_named_log(CLI::App &parent, const char *name, std::size_t which, bool hidden)
{
	const NamedLog log = logs.at(which);
	CLI::App *const command = add_look(
		parent, name, log_helps.at(which),
		[log](const Options &options, Warnings *warnings) { return run_log(log, options, warnings); },
		(which == 0 ? std::string("  nvmectl log smart ng0n1\n"
					  "  nvmectl log smart nvme0 --prom\n"
					  "  nvmectl log smart nvme0 --watch 5s")
			    : fmt::format("  nvmectl log {0} nvme0\n  nvmectl log {0} nvme0 --json", log.name))
			.c_str());
	add_device(*command);
	if (which == 0) {
		add_nsid(*command, "Of one namespace, where the device keeps that; else of the controller");
		command->add_flag("--prom", options_.admin.prom, "In Prometheus' text format");
		command->add_option("--watch", options_.admin.watch,
				    "Again and again, with such a pause, until a signal")
			->type_name("TIME");
	}
	hide(command, hidden);
}

void CommandLine::add_log()
{
	CLI::App *const log = app_.add_subcommand("log", "Logs of a device: health, errors, firmware, any other");
	log->require_subcommand(1);
	for (std::size_t i = 0; i < logs.size(); ++i) {
		add_named_log(*log, logs.at(i).name, i, false);
	}
	add_named_log(app_, "smart-log", 0, true);
	add_named_log(app_, "error-log", 1, true);
	add_named_log(app_, "fw-log", 2, true);
	add_named_log(app_, "effects-log", 3, true);
	for (const Spelling &where : {Spelling{log, "get", false}, Spelling{&app_, "get-log", true}}) {
		AdminOptions &words = options_.admin;
		CLI::App *const get =
			add_look(*where.parent, where.name, "Any part of any log, as bytes", run_log_get,
				 "  nvmectl log get nvme0 --lid 0x02 --length 512\n"
				 "  nvmectl log get nvme0 --lid 0xc0 --offset 1MiB --length 64KiB --raw part.bin");
		add_device(*get);
		get->add_option("--lid,--log-id", words.lid, "Which log")->type_name("NUMBER")->required();
		get->add_option("--length,--log-len", words.length, "How many bytes, a multiple of 4")
			->type_name("SIZE")
			->required();
		get->add_option("--offset", words.log_offset, "From which byte on, a multiple of 4")->type_name("SIZE");
		add_nsid(*get, "All if not said, which means the controller");
		get->add_option("--lsp", words.lsp, "Log specific parameter")->type_name("NUMBER");
		get->add_option("--lsi", words.lsi, "Log specific identifier, such as an endurance group")
			->type_name("NUMBER");
		get->add_option("--csi", words.csi, "Command set, of the logs that depend on one")->type_name("NUMBER");
		get->add_flag("--retain", words.retain, "Keep the asynchronous events of this log");
		add_raw(*get);
		hide(get, where.hidden);
	}
}

void CommandLine::add_feature()
{
	AdminOptions &words = options_.admin;
	CLI::App *const feature = app_.add_subcommand("feature", "Get and set features");
	feature->require_subcommand(1);
	for (const Spelling &where : {Spelling{feature, "get", false}, Spelling{&app_, "get-feature", true}}) {
		CLI::App *const get = add_look(*where.parent, where.name, "Get a feature", run_feature_get,
					       "  nvmectl feature get nvme0 --fid volatile-write-cache\n"
					       "  nvmectl feature get nvme0 --fid 0x07 --select default --json");
		add_device(*get);
		get->add_option("--fid,--feature-id", words.fid, "Which, by number or name")
			->type_name("FEATURE")
			->required();
		get->add_option("--select", words.select, "Which of its values")
			->type_name("current|default|saved|capabilities")
			->capture_default_str();
		add_nsid(*get, "Of a feature that each namespace has");
		get->add_option("--cdw11", words.value, "Feature specific")->type_name("NUMBER");
		get->add_option("--length", words.length, "Bytes of data that come with it, of those that have any")
			->type_name("BYTES");
		hide(get, where.hidden);
	}
	for (const Spelling &where : {Spelling{feature, "set", false}, Spelling{&app_, "set-feature", true}}) {
		CLI::App *const set =
			add_command(*where.parent, where.name, "Set a feature", run_feature_set,
				    "  nvmectl feature set nvme0 --fid volatile-write-cache --value 0\n"
				    "  nvmectl feature set nvme0 --fid 0x10 --value 0x01570162 --save --dry-run");
		add_device(*set);
		set->add_option("--fid,--feature-id", words.fid, "Which, by number or name")
			->type_name("FEATURE")
			->required();
		set->add_option("--value", words.value, "The value: dword 11 of the command")
			->type_name("NUMBER")
			->required();
		set->add_option("--cdw12", words.cdw12, "Feature specific")->type_name("NUMBER");
		add_nsid(*set, "Of a feature that each namespace has");
		set->add_option("--data", words.data_file, "What goes with it, of those that have data")
			->type_name("FILE");
		set->add_flag("--save", words.save, "Keep it over power cycles and resets");
		add_admin_end(*set);
		hide(set, where.hidden);
	}
}

void CommandLine::add_format()
{
	AdminOptions &words = options_.admin;
	CLI::App *const command = add_command(
		app_, "format", "Format a namespace: all its data is lost", run_format,
		"  nvmectl format ng0n1 --block-size 4096\n"
		"  nvmectl format ng0n1 --lba-format 3 --pi 1 --yes S1234\n"
		"  nvmectl format ng0n1 --lba-format 0 --erase cryptographic --dry-run\n"
		"\nNothing is chosen for you: the format has no default. A device in use is refused, and so is a\n"
		"controller that would format other namespaces too. The serial number must be typed.");
	add_device(*command);
	command->add_option("--lba-format", words.lba_format, "Index of the format; nvmectl id ns shows them")
		->type_name("INDEX");
	command->add_option("--block-size", words.block_size, "The format that has such blocks and no metadata")
		->type_name("SIZE");
	add_nsid(*command, "Which namespace, if DEV is a controller");
	command->add_option("--metadata", words.metadata, "Where metadata goes, of a format that has it")
		->type_name("inline|separate");
	command->add_option("--pi", words.pi, "Protection information, 0 to 3")
		->type_name("TYPE")
		->capture_default_str();
	command->add_flag("--pi-first", words.pi_first, "Protection information in the first bytes of the metadata");
	command->add_option("--erase", words.erase, "Erase more than the format would")
		->type_name("none|user-data|cryptographic")
		->capture_default_str();
	command->add_flag("--all-namespaces", words.all_namespaces,
			  "Go on if this controller formats or erases all its namespaces at once");
	add_yes(*command);
}

void CommandLine::add_sanitize()
{
	AdminOptions &words = options_.admin;
	CLI::App *const command = add_command(
		app_, "sanitize", "Erase the whole NVM subsystem: all data of all namespaces is lost", run_sanitize,
		"  nvmectl sanitize nvme0 --action block\n"
		"  nvmectl sanitize nvme0 --action overwrite --passes 3 --pattern 0xa5a5a5a5 --yes S1234\n"
		"\nIt goes on in the background, over resets and power cycles; nvmectl log sanitize tells how far.");
	add_device(*command);
	command->add_option("--action", words.action, "How; exit-failure leaves a sanitize that failed")
		->type_name("block|overwrite|crypto|exit-failure")
		->required();
	command->add_option("--passes", words.passes, "Of an overwrite, 1 to 16; 1 if not said")->type_name("COUNT");
	command->add_option("--pattern", words.pattern, "Of an overwrite, 32 bits; 0 if not said")->type_name("NUMBER");
	command->add_flag("--invert", words.invert, "Of an overwrite: invert the pattern in each pass");
	command->add_flag("--unrestricted", words.unrestricted,
			  "If it fails, the device may be used all the same (AUSE)");
	command->add_flag("--no-deallocate", words.no_deallocate, "Do not deallocate blocks afterwards");
	add_yes(*command);
}

void CommandLine::add_passthru_options(CLI::App &command)
{
	constexpr std::array<const char *, 8> cdws = {"--cdw2",  "--cdw3",  "--cdw10", "--cdw11",
						      "--cdw12", "--cdw13", "--cdw14", "--cdw15"};
	AdminOptions &words = options_.admin;
	add_device(command);
	command.add_option("--opcode", words.opcode, "The opcode")->type_name("NUMBER")->required();
	add_nsid(command, "Namespace; if not said 0, for io the device's own");
	for (std::size_t i = 0; i < cdws.size(); ++i) {
		command.add_option(cdws.at(i), words.cdws.at(i), "The dword of this number")->type_name("NUMBER");
	}
	command.add_option("--length", words.length, "Bytes of data")->type_name("SIZE");
	command.add_option("--data-in", words.data_in, "Where data from the device goes; - is standard output")
		->type_name("FILE");
	command.add_option("--data-out", words.data_out, "What goes to the device; - is standard input")
		->type_name("FILE");
	add_admin_end(command);
}

void CommandLine::add_passthru()
{
	CLI::App *const passthru = app_.add_subcommand("passthru", "Send one command exactly as it is given");
	passthru->require_subcommand(1);
	constexpr const char *dumb =
		"\nNothing is checked but the data's direction: a wrong length lets the device write past the\n"
		"memory, and a device in use is written to all the same.";
	for (const Spelling &where : {Spelling{passthru, "admin", false}, Spelling{&app_, "admin-passthru", true}}) {
		CLI::App *const admin = add_command(
			*where.parent, where.name, "An admin command",
			[](const Options &options, Warnings *warnings) {
				return run_passthru(true, options, warnings);
			},
			std::string("  nvmectl passthru admin nvme0 --opcode 0x06 --cdw10 1 --length 4096 --data-in "
				    "id.bin\n")
				.append(dumb)
				.c_str());
		add_passthru_options(*admin);
		hide(admin, where.hidden);
	}
	for (const Spelling &where : {Spelling{passthru, "io", false}, Spelling{&app_, "io-passthru", true}}) {
		CLI::App *const io = add_command(
			*where.parent, where.name, "An I/O command",
			[](const Options &options, Warnings *warnings) {
				return run_passthru(false, options, warnings);
			},
			std::string("  nvmectl passthru io ng0n1 --opcode 2 --cdw10 8 --cdw12 0 --length 512 --data-in "
				    "block.bin\n")
				.append(dumb)
				.c_str());
		add_passthru_options(*io);
		add_engine(*io);
		hide(io, where.hidden);
	}
}

} // namespace nvmectl
