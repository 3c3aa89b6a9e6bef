// SPDX-License-Identifier: MIT OR Apache-2.0
// --trace, and the subcommands that are about what goes on: replay, monitor, sim inject.
#include "command_line.h"

namespace nvmectl
{

void CommandLine::add_trace(CLI::App &command)
{
	command.add_option("--trace", options_.trace_file,
			   "Record every command and completion as lines of JSON; a file that is there is replaced")
		->type_name("FILE");
}

void CommandLine::add_replay()
{
	CLI::App *const command = add_command(
		app_, "replay", "Send the commands of a trace again, and compare how they end", run_replay,
		"  nvmectl replay write.trace sim:disk.img --dry-run\n"
		"  nvmectl replay write.trace sim:disk.img --speed max\n"
		"  nvmectl write ng0n1 --offset 0 -f image.bin --trace write.trace   # makes one\n"
		"\nCommands go in the order of the trace, as many at once, and each after the completions that it\n"
		"came after. A trace has no data: what is written is a pattern made of --seed and the LBA, and\n"
		"what lay there is lost. A device that is in use is refused. Exit code 5 or 6 if they end otherwise.");
	command->add_option("FILE", options_.file, "The trace, from --trace")->type_name("FILE")->required();
	add_device(*command);
	command->add_option("--speed", options_.stream.speed,
			    "When commands go: as in the trace, or as soon as they can")
		->type_name("original|max")
		->capture_default_str();
	command->add_option("--seed", options_.stream.seed, "Of the pattern that is written; each gives other data")
		->type_name("NUMBER")
		->capture_default_str();
	command->add_flag("--allow-busy", options_.allow_busy,
			  "Go on even if the device is mounted or otherwise in use, or may be");
	add_engine(*command);
	command->add_flag("--dry-run,-n", options_.dry_run, "Check everything and count the commands; send none");
}

void CommandLine::add_monitor()
{
	CLI::App *const command = add_look(
		app_, "monitor", "Watch the health and the load of a drive", run_monitor,
		"  nvmectl monitor ng0n1\n"
		"  nvmectl monitor nvme0 --interval 1m --count 60\n"
		"  nvmectl monitor ng0n1 --json >> health.jsonl\n"
		"\nA line each time; on a terminal it is drawn over itself until the health changes. A * marks what\n"
		"has changed. With --json each line is a document. A signal ends it, with exit code 0.");
	add_device(*command);
	command->add_option("--interval", options_.stream.interval, "From one look to the next: 500ms, 5s, 1m")
		->type_name("TIME")
		->capture_default_str();
	command->add_option("--count", options_.stream.count, "How many looks; without it, until a signal")
		->type_name("N");
}

void CommandLine::add_sim_inject(CLI::App &sim)
{
	StreamOptions &words = options_.stream;
	CLI::App *const command = add_command(
		sim, "inject", "Make a simulated device fail on purpose", run_sim_inject,
		"  nvmectl sim inject disk.img --action status --status 2/81h --opcode read --lba 100 --blocks 8\n"
		"  nvmectl sim inject disk.img --action delay --delay 20ms --opcode write\n"
		"  nvmectl sim inject disk.img --action vanish --opcode write --skip 5000 --repeat 1\n"
		"  nvmectl sim inject disk.img --list\n"
		"  nvmectl sim inject disk.img --clear 2\n"
		"\nAdds a rule to PATH.faults, at the end; the first rule that matches a command acts. Rules count\n"
		"from the next time on that the image is opened while nobody has it open.");
	command->add_option("PATH", options_.image, "The image")->type_name("")->required();
	command->add_flag("--list", words.list, "Show the rules");
	command->add_option("--clear", words.clear, "Remove the rule of this number; all: every rule")
		->type_name("RULE");
	command->add_option("--action", words.action, "What happens to a command that matches")
		->type_name("status|error|delay|reorder|drop|vanish");
	command->add_option("--opcode", words.opcode, "Which commands: any, a name such as read, or a number")
		->type_name("OPCODE")
		->capture_default_str();
	command->add_flag("--admin", words.admin, "Admin commands instead of I/O commands");
	command->add_option("--lba", words.lba, "First block of the range that a command must touch")
		->type_name("NUMBER");
	command->add_option("--blocks", words.blocks, "Length of that range")->type_name("COUNT");
	command->add_option("--skip", words.skip, "Let so many matches pass first")->type_name("N");
	command->add_option("--repeat", words.repeat, "Act so many times; always if not said")->type_name("N");
	command->add_option("--status", words.status, "Of the action status: as 2/81h or 0x281")->type_name("CODE");
	command->add_option("--error", words.error, "Of the action error: EIO, ENODEV and so on")->type_name("ERRNO");
	command->add_option("--delay", words.delay, "Of the action delay: 20ms")->type_name("TIME");
	command->add_option("--hold", words.hold, "Of the action reorder: how many later commands complete first")
		->type_name("N");
	command->add_flag("--executed", words.executed, "Carry the command out all the same: only its answer is lost");
}

} // namespace nvmectl
