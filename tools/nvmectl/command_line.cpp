// SPDX-License-Identifier: MIT OR Apache-2.0
#include "command_line.h"

#include "completion.h"
#include "device_name.h"
#include "error.h"
#include "report.h"
#include "trace.h"

#include <ringline/ringline.h>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>

namespace nvmectl
{
namespace
{

constexpr const char *device_help =
	"DEV is /dev/ng0n1, ng0n1, /dev/nvme0n1, nvme0n1, sim:PATH (a simulated device in a "
	"file), or null: (measures overhead, stores nothing).";

std::string version_text()
{
	const std::uint32_t library = ringline_version();
	return fmt::format("nvmectl {}.{}.{} (libringline {}.{}.{})", RINGLINE_VERSION_MAJOR, RINGLINE_VERSION_MINOR,
			   RINGLINE_VERSION_PATCH, library >> 16, library >> 8 & 0xff, library & 0xff);
}

Exit print_completion(const CLI::App &app, const std::string &shell)
{
	const std::vector<CompletionCommand> table = command_table(app);
	if (shell == "bash") {
		print_text(bash_completion(table));
	} else if (shell == "zsh") {
		print_text(zsh_completion(table));
	} else if (shell == "fish") {
		print_text(fish_completion(table));
	} else {
		throw Error(Exit::usage, fmt::format("SHELL {}: bash, zsh or fish", shell));
	}
	return Exit::done;
}

const CLI::App *deepest(const CLI::App *app)
{
	while (!app->get_subcommands().empty()) {
		app = app->get_subcommands().front();
	}
	return app;
}

std::string full_name(const CLI::App *app)
{
	return app->get_parent() == nullptr ? app->get_name() : full_name(app->get_parent()) + " " + app->get_name();
}

} // namespace

CommandLine::CommandLine(std::string_view command)
	: app_("Reads and writes NVMe namespaces without losing data by accident.", "nvmectl")
{
	app_.set_version_flag("--version", version_text(), "Print the versions and exit");
	app_.require_subcommand(1);
	app_.footer(fmt::format("{}\n\n{}\n'nvmectl COMMAND --help' shows the options of a command, with examples.",
				device_help, exit_help()));
	add_parts(command);
}

void CommandLine::add_parts(std::string_view command)
{
	struct Part {
		void (CommandLine::*add)();
		std::array<std::string_view, 8> commands;
	};
	static constexpr Part parts[] = {
		{&CommandLine::add_simple, {"list", "info", "flush", "status"}},
		{&CommandLine::add_doctor, {"doctor"}},
		{&CommandLine::add_read, {"read"}},
		{&CommandLine::add_write, {"write"}},
		{&CommandLine::add_write_zeroes, {"write-zeroes"}},
		{&CommandLine::add_deallocate, {"deallocate"}},
		{&CommandLine::add_verify, {"verify"}},
		{&CommandLine::add_compare, {"compare"}},
		{&CommandLine::add_copy, {"copy"}},
		{&CommandLine::add_write_uncorrectable, {"write-uncorrectable"}},
		{&CommandLine::add_zone, {"zone", "zns"}},
		{&CommandLine::add_bench, {"bench"}},
		{&CommandLine::add_replay, {"replay"}},
		{&CommandLine::add_monitor, {"monitor"}},
		{&CommandLine::add_id, {"id", "id-ctrl", "id-ns"}},
		{&CommandLine::add_log, {"log", "get-log", "smart-log", "error-log", "fw-log", "effects-log"}},
		{&CommandLine::add_feature, {"feature", "get-feature", "set-feature"}},
		{&CommandLine::add_format, {"format"}},
		{&CommandLine::add_sanitize, {"sanitize"}},
		{&CommandLine::add_passthru, {"passthru", "admin-passthru", "io-passthru"}},
		{&CommandLine::add_sim, {"sim"}},
		{&CommandLine::add_completion, {}}, // which tells of all
	};
	const auto is_meant = [command](const Part &part) {
		return !command.empty() && std::ranges::find(part.commands, command) != part.commands.end();
	};
	// Most of what a short command costs would be to describe all the others.
	const bool one = std::ranges::any_of(parts, is_meant);
	for (const Part &part : parts) {
		if (!one || is_meant(part)) {
			(this->*part.add)();
		}
	}
}

CLI::App *CommandLine::add_command(CLI::App &parent, const char *name, const char *help, const Command &command,
				   const char *examples)
{
	CLI::App *const added = parent.add_subcommand(name, help);
	added->footer(fmt::format("Examples:\n{}", examples));
	added->add_flag("--json", options_.json, "Print a JSON document; errors too, on standard error");
	added->add_flag("--quiet,-q", options_.quiet, "Print nothing but errors and warnings");
	added->final_callback([this, command] { chosen_ = command; });
	return added;
}

CLI::App *CommandLine::add_look(CLI::App &parent, const char *name, const char *help, const Command &command,
				const char *examples)
{
	CLI::App *const added = add_command(parent, name, help, command, examples);
	added->final_callback([this, command] {
		chosen_ = command;
		looks_ = true;
	});
	return added;
}

void CommandLine::add_device(CLI::App &command)
{
	command.add_option("DEV", options_.device, device_help)->type_name("")->required();
}

void CommandLine::add_range(CLI::App &command)
{
	CLI::Option *const lba = command.add_option("--lba", options_.range.lba, "First block")->type_name("NUMBER");
	CLI::Option *const offset =
		command.add_option("--offset", options_.range.offset, "First byte, a multiple of the block size: 1MiB")
			->type_name("SIZE");
	CLI::Option *const blocks =
		command.add_option("--blocks", options_.range.blocks, "How many blocks; 1 is one")->type_name("COUNT");
	CLI::Option *const length =
		command.add_option("--length", options_.range.length,
				   "How many bytes, a multiple of the block size: 4096, 64MiB, 1GiB "
				   "(k = KiB = 1024, kB = 1000)")
			->type_name("SIZE");
	lba->excludes(offset);
	blocks->excludes(length);
}

void CommandLine::add_engine(CLI::App &command)
{
	command.add_option("--engine", options_.engine,
			   "How commands are sent; threads is the slow way that works everywhere")
		->type_name("auto|uring|threads")
		->capture_default_str();
}

void CommandLine::add_depth(CLI::App &command)
{
	command.add_option("--depth", options_.depth, "Commands in flight, 1 to 1024")
		->type_name("N")
		->capture_default_str();
	command.add_flag("--no-progress", options_.no_progress, "No progress line on a terminal");
}

void CommandLine::add_transfer(CLI::App &command)
{
	add_engine(command);
	add_depth(command);
	command.add_flag("--dry-run,-n", options_.dry_run, "Check everything and show the commands; send none");
	add_trace(command);
}

void CommandLine::add_read()
{
	CLI::App *const command = add_command(
		app_, "read", "Read blocks into a file or to standard output", run_read,
		"  nvmectl read ng0n1 --lba 0 --blocks 8 -o first.bin\n"
		"  nvmectl read ng0n1 --offset 1MiB --length 64MiB -o part.bin\n"
		"  nvmectl read ng0n1 --all -o - | zstd > disk.zst\n"
		"  nvmectl read ng0n1 --all -o disk.img --sparse\n"
		"  nvmectl read ng0n1 --all -o disk.img --continue-on-error --map disk.map\n"
		"\nThe file appears whole or not at all; one that is there is replaced at the very end. With\n"
		"--continue-on-error it is written in place, and what cannot be read is a hole in it.");
	add_device(*command);
	add_range(*command);
	command->add_flag("--all", options_.range.all, "Up to the end of the device");
	CLI::Option *const go_on =
		command->add_flag("--continue-on-error", options_.ranges.keep_going,
				  "Read all that can be read, down to single blocks, and leave zeros for the rest");
	command->add_option("--map", options_.map,
			    "What was read and what was not, as GNU ddrescue has it; one that is there is resumed")
		->type_name("FILE")
		->needs(go_on);
	command->add_option("--metadata", options_.metadata_file,
			    "Where the blocks' metadata goes, one after the other")
		->type_name("FILE")
		->excludes(go_on);
	command->add_flag("--no-protection-check", options_.no_protection_check,
			  "Read blocks that are not what their protection information says");
	command->add_flag("--sparse", options_.sparse, "Leave holes in the file where there are zeros only")
		->excludes(go_on);
	command->add_option("-o,--output,-f,--file", options_.file, "Where the data goes; - is standard output")
		->type_name("FILE")
		->required();
	add_transfer(*command);
}

void CommandLine::add_write()
{
	CLI::App *const command = add_command(
		app_, "write", "Write a file or standard input to blocks", run_write,
		"  nvmectl write ng0n1 --offset 0 -f image.bin --verify\n"
		"  nvmectl write ng0n1 --lba 2048 --blocks 8 -f blocks.bin --fua\n"
		"  zstd -dc disk.zst | nvmectl write ng0n1 --lba 0 -f -\n"
		"  nvmectl write ng0n1 --offset 0 -f image.bin --dry-run\n"
		"  nvmectl write ng0n1 --offset 0 -f image.bin --sparse --verify\n"
		"\nThe length is that of the input unless it is said. Input that is too short or not whole\n"
		"blocks is refused, never padded silently. A device that is in use is refused.");
	add_device(*command);
	add_range(*command);
	command->add_option("-f,--file,-i,--input", options_.file, "Where the data comes from; - is standard input")
		->type_name("FILE")
		->required();
	command->add_flag("--fua", options_.fua, "Force unit access: each write is done when it is on the medium");
	command->add_flag("--no-flush", options_.no_flush, "Do not flush a volatile cache at the end");
	command->add_flag("--verify", options_.verify, "Read everything back and compare; exit code 6 if it differs");
	command->add_flag("--pad", options_.pad, "Fill the last block with zeros if the input ends inside it");
	CLI::Option *const metadata =
		command->add_option("--metadata", options_.metadata_file, "The blocks' metadata, one after the other")
			->type_name("FILE");
	command->add_flag("--zero-metadata", options_.zero_metadata,
			  "The blocks' metadata becomes zeros, but for protection information")
		->excludes(metadata);
	command->add_flag("--no-protection-check", options_.no_protection_check,
			  "Write metadata whose protection information is not that of the data")
		->needs(metadata);
	CLI::Option *const sparse =
		command->add_flag("--sparse", options_.sparse,
				  "Zero what is a hole in the file, without a transfer; it must be a regular file")
			->excludes(metadata);
	command->add_flag("--deallocate", options_.deallocate,
			  "The device may give the space of holes back, if it says that they then read as zeros")
		->needs(sparse);
	command->add_flag("--allow-busy", options_.allow_busy,
			  "Write even if the device is mounted or otherwise in use, or may be");
	add_transfer(*command);
}

void CommandLine::add_bench_load(CLI::App &command)
{
	BenchOptions &bench = options_.bench;
	command.add_option("--pattern", bench.pattern, "Where commands go; sequential threads share the range out")
		->type_name("random|sequential")
		->capture_default_str();
	command.add_option("--reads", bench.reads, "Of 100 commands, how many read; below 100 needs --destructive")
		->type_name("PERCENT");
	command.add_option("--bs,--block-size", bench.block_size, "Bytes of one command")
		->type_name("SIZE")
		->capture_default_str();
	command.add_option("--batch", bench.batch, "Completions to wait for before more is sent, 1 to the depth")
		->type_name("N")
		->capture_default_str();
	command.add_option("--threads", bench.threads, "Each with a queue of its own and --depth in flight, 1 to 64")
		->type_name("N")
		->capture_default_str();
	command.add_option("--rate", bench.rate,
			   "Commands a second, of all threads: 50000, 50k, 2M. Each is then timed from when it was "
			   "due, so that a "
			   "stall shows in all that it delays (no coordinated omission)")
		->type_name("IOPS");
	command.add_option("--buffers", bench.buffers, "Memory that is pinned once, or for each command")
		->type_name("registered|plain")
		->capture_default_str();
	command.add_flag("--iopoll", bench.iopoll,
			 "Look for completions instead of waiting for interrupts; needs a device with polled queues");
	command.add_flag("--sqpoll", bench.sqpoll,
			 "A thread of the kernel takes what is sent; system calls are left for waits");
	command.add_option("--sqpoll-cpu", bench.sqpoll_cpu, "The CPU that the thread of --sqpoll runs on")
		->type_name("N");
	command.add_option("--seed", bench.seed, "Of what is random: the same one gives the same commands")
		->type_name("NUMBER");
	command.add_option("--flush-every", bench.flush_every, "A flush after so many writes of a thread")
		->type_name("N");
	command.add_flag("--fua", options_.fua, "Force unit access: each write is done when it is on the medium");
}

void CommandLine::add_bench_end(CLI::App &command)
{
	BenchOptions &bench = options_.bench;
	command.add_option("--time", bench.time, "How long: 10s, 500ms, 2m; 10s if no amount is given")
		->type_name("TIME");
	command.add_option("--count", bench.count, "How many commands, of all threads")->type_name("N");
	command.add_option("--size", bench.size, "How many bytes, of all threads")->type_name("SIZE");
	command.add_option("--ramp", bench.ramp, "Run so long before anything is counted")
		->type_name("TIME")
		->capture_default_str();
	command.add_flag("--stop-on-error", bench.stop_on_error, "End at the first error instead of counting it");
	command.add_option("--report", bench.report, "Write a page with plots: HTML, nothing else is needed to see it")
		->type_name("FILE");
}

void CommandLine::add_bench()
{
	CLI::App *const command =
		add_look(app_, "bench", "Measure how fast a device is", run_bench,
			 "  nvmectl bench ng0n1\n"
			 "  nvmectl bench ng0n1 --pattern sequential --bs 128KiB --depth 8 --report result.html\n"
			 "  nvmectl bench ng0n1 --rate 50k --time 1m --ramp 5s --json\n"
			 "  nvmectl bench ng0n1 --reads 70 --offset 1GiB --length 4GiB --destructive\n"
			 "\nNothing is written unless --destructive is given; then a range must be too, and a device\n"
			 "in use is refused. The default: random reads of 4 KiB, 32 in flight, 1 thread, 10 seconds.");
	add_device(*command);
	add_bench_load(*command);
	add_range(*command);
	command->add_flag("--all", options_.range.all, "The range: up to the end of the device");
	add_bench_end(*command);
	command->add_flag("--destructive", options_.bench.destructive,
			  "Overwrite the range with noise: its data is lost");
	command->add_flag("--allow-busy", options_.allow_busy,
			  "Write even if the device is mounted or otherwise in use, or may be");
	add_engine(*command);
	add_depth(*command);
}

void CommandLine::add_simple()
{
	add_look(app_, "list", "List the NVMe devices of this machine", run_list,
		 "  nvmectl list\n  nvmectl list --json");
	CLI::App *const info = add_look(app_, "info", "Show what a device is and what limits its commands", run_info,
					"  nvmectl info ng0n1\n  nvmectl info sim:disk.img --json");
	add_device(*info);
	add_engine(*info);
	CLI::App *const flush = add_command(app_, "flush", "Make the device write its cache to the medium", run_flush,
					    "  nvmectl flush ng0n1");
	add_device(*flush);
	add_engine(*flush);
	flush->add_flag("--dry-run,-n", options_.dry_run, "Check everything and show the command; send none");
	add_trace(*flush);
	CLI::App *const status =
		add_look(app_, "status", "Explain an NVMe status code", run_status,
			 "  nvmectl status 0x4281\n  nvmectl status 2/81h\n  nvmectl status 641 --opcode read");
	status->add_option("CODE", options_.status, "The status word, decimal or 0x..., or SCT/SC as in 2/81h")
		->type_name("")
		->required();
	status->add_option("--opcode", options_.opcode,
			   "What the command was, as type 1 codes have meanings of their own; or a number: 0x02")
		->type_name("flush|write|read|write-uncorrectable|compare|write-zeroes|dataset-management|verify|copy|"
			    "zone-append");
}

void CommandLine::add_doctor()
{
	CLI::App *const command = add_look(
		app_, "doctor", "Say what is wrong on this machine, or with a device, and what to type", run_doctor,
		"  nvmectl doctor\n"
		"  nvmectl doctor ng0n1\n"
		"  nvmectl doctor --quiet || echo something cannot work here\n"
		"\nNothing is changed and nothing written; of DEV one block is read. Exit code 9 if there is a\n"
		"problem. --quiet shows only the problems.");
	command->add_option("DEV", options_.device, device_help)->type_name("");
}

void CommandLine::add_sim()
{
	CLI::App *const sim = app_.add_subcommand("sim", "Simulated devices");
	sim->require_subcommand(1);
	CLI::App *const create =
		add_command(*sim, "create", "Create the image of a simulated device", run_sim_create,
			    "  nvmectl sim create disk.img --size 64MiB\n"
			    "  nvmectl sim create disk.img --size 1GiB --block-size 4096 --mdts 128KiB\n"
			    "  nvmectl sim create disk.img --size 64MiB --metadata 8 --pi 1\n"
			    "  nvmectl sim create disk.img --size 64MiB --zone-size 2MiB --max-open 4 --max-active 8\n"
			    "  nvmectl write sim:disk.img --lba 0 -f data.bin");
	create->add_option("PATH", options_.image, "The image, a sparse file; it must not be there yet")
		->type_name("")
		->required();
	create->add_option("--size", options_.size, "Bytes, with units: 64MiB")->type_name("SIZE")->required();
	create->add_option("--block-size", options_.block_size, "Bytes of a block")
		->type_name("512|4096")
		->capture_default_str();
	create->add_option("--mdts", options_.mdts, "Largest transfer of one command, a power of two")
		->type_name("SIZE")
		->capture_default_str();
	add_sim_layout(*create);
	add_sim_limits(*create);
	add_sim_inject(*sim);
}

void CommandLine::add_sim_layout(CLI::App &create)
{
	SimOptions &sim = options_.sim;
	create.add_option("--metadata", sim.metadata, "Bytes of metadata of each block")->type_name("SIZE");
	create.add_flag("--inline", sim.metadata_inline, "Each block's metadata follows its data");
	create.add_option("--pi", sim.pi, "Protection information of this type, in the metadata")->type_name("1|2|3");
	create.add_flag("--pi-first", sim.pi_first, "It is the first bytes of the metadata, not the last");
	create.add_option("--guard", sim.guard, "Bits of its guard; 16 unless said")->type_name("16|32|64");
	create.add_option("--storage-tag", sim.storage_tag, "Bits of its storage tag")->type_name("BITS");
	create.add_option("--zone-size", sim.zone_size, "Make zones, one every so many bytes")->type_name("SIZE");
	create.add_option("--zone-capacity", sim.zone_capacity, "Bytes of a zone that can be written; all unless said")
		->type_name("SIZE");
	create.add_option("--max-open", sim.max_open, "So many zones can be open")->type_name("COUNT");
	create.add_option("--max-active", sim.max_active, "So many zones can be open or closed")->type_name("COUNT");
}

void CommandLine::add_sim_limits(CLI::App &create)
{
	struct Limit {
		const char *name;
		std::string SimOptions::*member;
		const char *help;
		const char *type;
	};
	const Limit limits[] = {
		{"--append-max", &SimOptions::append_max, "Largest zone append, a power of two", "SIZE"},
		{"--verify-max", &SimOptions::verify_max, "Largest verify, a power of two", "SIZE"},
		{"--write-zeroes-max", &SimOptions::write_zeroes_max, "Largest write zeroes, a power of two", "SIZE"},
		{"--write-uncorrectable-max", &SimOptions::write_uncorrectable_max,
		 "Largest write uncorrectable, a power of two", "SIZE"},
		{"--copy-max-ranges", &SimOptions::copy_max_ranges, "Ranges of one copy; 128 unless said", "COUNT"},
		{"--copy-max-range-blocks", &SimOptions::copy_max_range_blocks,
		 "Blocks of one of its ranges; 128 unless said", "COUNT"},
		{"--copy-max-blocks", &SimOptions::copy_max_blocks, "Blocks of all of them; 128 unless said", "COUNT"},
		{"--dataset-max-ranges", &SimOptions::dataset_max_ranges, "Ranges of one dataset management", "COUNT"},
		{"--dataset-max-range-blocks", &SimOptions::dataset_max_range_blocks, "Blocks of one of its ranges",
		 "COUNT"},
		{"--dataset-max-blocks", &SimOptions::dataset_max_blocks, "Blocks of all of them", "COUNT"},
	};
	for (const Limit &limit : limits) {
		create.add_option(limit.name, options_.sim.*limit.member, limit.help)->type_name(limit.type);
	}
}

void CommandLine::add_completion()
{
	CLI::App *const command = app_.add_subcommand("completion", "Print the completion script of a shell");
	command->footer("Examples:\n"
			"  nvmectl completion bash > /etc/bash_completion.d/nvmectl\n"
			"  nvmectl completion zsh > \"${fpath[1]}/_nvmectl\"\n"
			"  nvmectl completion fish > ~/.config/fish/completions/nvmectl.fish\n"
			"\nAn installed nvmectl brings them along.");
	command->add_option("SHELL", options_.shell, "Whose")->type_name("bash|zsh|fish")->required();
	command->final_callback([this] {
		chosen_ = [this](const Options &options, Warnings * /*warnings*/) {
			return print_completion(app_, options.shell);
		};
		looks_ = true;
	});
}

bool CommandLine::wants_json(int argc, const char *const *argv)
{
	for (int i = 1; i < argc; ++i) {
		if (std::string_view(argv[i]) == "--json") {
			return true;
		}
	}
	return false;
}

void CommandLine::refuse(const CLI::ParseError &error) const
{
	const CLI::App *const reached = deepest(&app_);
	const std::vector<std::string> rest = reached->remaining();
	const bool unknown_command = !rest.empty() && !reached->get_subcommands(nullptr).empty();
	throw Error(Exit::usage, unknown_command ? fmt::format("there is no command {}", rest.front()) : error.what(),
		    fmt::format("{} --help shows how it is used", full_name(reached)));
}

bool CommandLine::has_effect() const
{
	if (options_.dry_run || options_.stream.list) {
		return false;
	}
	const bool writes_file = !options_.admin.raw.empty() || !options_.bench.report.empty();
	return !looks_ || options_.bench.destructive || writes_file;
}

Exit CommandLine::run(int argc, const char *const *argv, Warnings *warnings)
{
	try {
		app_.parse(argc, argv);
	} catch (const CLI::CallForHelp &) {
		const CLI::App *const asked = deepest(&app_);
		const CLI::App *const parent = asked->get_parent();
		chosen_ = [asked, parent](const Options & /*options*/, Warnings * /*warnings*/) {
			print_text(asked->help(parent == nullptr ? "" : full_name(parent)) + "\n");
			return Exit::done;
		};
		looks_ = true;
	} catch (const CLI::CallForVersion &) {
		chosen_ = [](const Options & /*options*/, Warnings * /*warnings*/) {
			print_text(version_text() + "\n");
			return Exit::done;
		};
		looks_ = true;
	} catch (const CLI::ParseError &error) {
		refuse(error);
	}
	options_.device = resolve_device(options_.device);
	return run_reported([&] { return run_traced(chosen_, &options_, warnings); }, has_effect(), warnings);
}

} // namespace nvmectl
