// SPDX-License-Identifier: MIT OR Apache-2.0
#include "bench_plan.h"

#include "error.h"
#include "io_setup.h"
#include "session.h"
#include "units.h"

#include <fmt/format.h>

#include <algorithm>
#include <random>
#include <string_view>

namespace nvmectl
{
namespace
{

constexpr std::uint64_t threads_max = 64;
constexpr std::uint64_t cpu_max = 65535;
constexpr std::uint64_t in_flight_max = 8192;
constexpr std::uint64_t rate_max = 100'000'000;
constexpr std::uint64_t time_max_ns = 30ull * 24 * 3600 * 1'000'000'000;

std::uint64_t within(std::uint64_t value, std::string_view text, std::string_view option, std::uint64_t least,
		     std::uint64_t most)
{
	if (value < least || value > most) {
		throw Error(Exit::usage, fmt::format("{} {}: {} to {} can be asked for", option, text, least, most));
	}
	return value;
}

std::uint64_t number_within(std::string_view text, std::string_view option, std::uint64_t least, std::uint64_t most)
{
	return within(parse_number(text, option), text, option, least, most);
}

/// Of commands, with units.
std::uint64_t count_within(std::string_view text, std::string_view option, std::uint64_t most)
{
	return within(parse_count(text, option), text, option, 1, most);
}

std::uint64_t time_within(std::string_view text, std::string_view option, std::uint64_t least_ns)
{
	const std::uint64_t value = parse_duration_ns(text, option);
	if (value < least_ns || value > time_max_ns) {
		throw Error(Exit::usage, fmt::format("{} {}: {} to 30 days can be asked for", option, text,
						     least_ns == 0 ? "0" : human_time(least_ns)));
	}
	return value;
}

std::uint32_t parse_reads(const BenchOptions &options)
{
	if (!options.reads) {
		if (options.destructive) {
			throw Error(Exit::usage, "--destructive allows writes, but how many is not said",
				    "--reads 0 for writes only, --reads 70 for three writes among ten commands");
		}
		return 100;
	}
	const auto reads = static_cast<std::uint32_t>(number_within(*options.reads, "--reads", 0, 100));
	if (reads < 100 && !options.destructive) {
		throw Error(
			Exit::refused,
			fmt::format("--reads {} writes, which destroys the data of the range: nothing was sent", reads),
			"--destructive says that this is meant")
			.with_rule("destructive");
	}
	if (reads == 100 && options.destructive) {
		throw Error(Exit::usage, "--destructive is given, but --reads 100 writes nothing",
			    "leave it out, so that nothing can be written");
	}
	return reads;
}

/// What is for writes only must not be given in the belief that something is written.
void refuse_what_is_for_writes(const Options &options)
{
	const char *given = options.fua                 ? "--fua"
			    : options.bench.flush_every ? "--flush-every"
			    : options.allow_busy        ? "--allow-busy"
							: nullptr;
	if (given != nullptr) {
		throw Error(Exit::usage, fmt::format("{} is for writes, and this run only reads", given),
			    "--destructive with --reads below 100 writes");
	}
}

/// What is read is everything unless it is said; what is overwritten is never everything by default.
Extent bench_range(const Options &options, const ringline_device_info &info, bool writes)
{
	const RangeOptions &typed = options.range;
	if (writes && !typed.all && !typed.lba && !typed.offset) {
		throw Error(Exit::usage, "where to overwrite the device is not said",
			    "--lba or --offset, with --blocks or --length; or --all for the whole device");
	}
	const RangeRequest request = resolve_range(typed, {info.blocks, info.block_size});
	if (writes && !request.blocks) {
		throw Error(Exit::usage, "how much to overwrite is not said",
			    "--blocks, --length, or --all for everything up to the end of the device");
	}
	return {request.lba, request.blocks.value_or(info.blocks - request.lba)};
}

std::uint32_t blocks_of_command(const Options &options, const ringline_device_info &info, const Extent &range)
{
	const std::string &text = options.bench.block_size;
	const std::uint64_t bytes = parse_bytes(text, "--bs");
	if (bytes == 0 || bytes % info.block_size != 0) {
		const std::uint64_t below = std::max<std::uint64_t>(bytes / info.block_size, 1) * info.block_size;
		throw Error(Exit::usage,
			    fmt::format("--bs {}: not a multiple of the device's block size of {} bytes", text,
					info.block_size),
			    fmt::format("{} can be used", below))
			.with_rule("block-multiple");
	}
	if (bytes > info.max_transfer_bytes) {
		throw Error(Exit::usage,
			    fmt::format("--bs {}: one command of {} moves at most {} ({} bytes), by the rule {}", text,
					info.node, human_bytes(info.max_transfer_bytes), info.max_transfer_bytes,
					rule_name(info.max_transfer_rule)),
			    "nvmectl info shows all the limits")
			.with_rule(rule_name(info.max_transfer_rule));
	}
	const std::uint64_t blocks = bytes / info.block_size;
	if (blocks > range.blocks) {
		throw Error(Exit::usage, fmt::format("--bs {} is more than the range of {} ({} bytes)", text,
						     count_of(range.blocks, "block"), range.blocks * info.block_size))
			.with_rule("bounds");
	}
	return static_cast<std::uint32_t>(blocks);
}

PatternSetup parse_pattern(const BenchOptions &options, std::uint64_t places, std::uint32_t threads)
{
	PatternSetup pattern;
	pattern.places = places;
	pattern.read_percent = parse_reads(options);
	pattern.random = options.pattern == "random";
	if (!pattern.random && options.pattern != "sequential") {
		throw Error(Exit::usage, fmt::format("--pattern {}: no such pattern", options.pattern),
			    "random or sequential");
	}
	if (!pattern.random && places < threads) {
		throw Error(Exit::usage,
			    fmt::format("{} cannot share a range that holds {} without overlapping",
					count_of(threads, "sequential thread"), count_of(places, "command")));
	}
	if (options.seed) {
		pattern.seed = parse_number(*options.seed, "--seed");
	} else {
		pattern.seed = std::random_device()(); // 32 bits are easier to type again
	}
	return pattern;
}

Polling parse_polling(const Options &options, const ringline_device_info &info)
{
	const BenchOptions &typed = options.bench;
	if (typed.iopoll && typed.sqpoll) {
		throw Error(Exit::usage, "--iopoll and --sqpoll cannot be given together",
			    "--iopoll looks for completions, --sqpoll takes submissions: measure one after the other");
	}
	if (typed.sqpoll_cpu && !typed.sqpoll) {
		throw Error(Exit::usage,
			    fmt::format("--sqpoll-cpu {} says where a thread runs that only --sqpoll starts",
					*typed.sqpoll_cpu),
			    "give --sqpoll as well");
	}
	if ((typed.iopoll || typed.sqpoll) && parse_engine(options.engine) == RINGLINE_ENGINE_THREADS) {
		throw Error(Exit::usage,
			    fmt::format("{} needs a ring, which the threads engine does not have",
					typed.iopoll ? "--iopoll" : "--sqpoll"),
			    "--engine uring, or leave --engine out");
	}
	if (typed.iopoll && info.kind != RINGLINE_DEVICE_NAMESPACE) {
		throw Error(Exit::unsupported,
			    fmt::format("{} has no polled queues: --iopoll is for real namespaces", info.node));
	}
	Polling polling = {typed.iopoll, typed.sqpoll, {}};
	if (typed.sqpoll_cpu) {
		polling.sqpoll_cpu =
			static_cast<std::uint32_t>(number_within(*typed.sqpoll_cpu, "--sqpoll-cpu", 0, cpu_max));
	}
	return polling;
}

void parse_limits(const BenchOptions &options, BenchPlan *plan)
{
	if (options.count && options.size) {
		throw Error(Exit::usage, "--count and --size cannot be given together");
	}
	if (options.count) {
		plan->commands = count_within(*options.count, "--count", UINT64_MAX);
	}
	if (options.size) {
		const std::uint64_t bytes = parse_bytes(*options.size, "--size");
		if (bytes == 0 || bytes % plan->command_bytes() != 0) {
			throw Error(Exit::usage, fmt::format("--size {}: not a multiple of the {} that a command moves",
							     *options.size, human_bytes(plan->command_bytes())));
		}
		plan->commands = bytes / plan->command_bytes();
	}
	if (options.time) {
		plan->time_ns = time_within(*options.time, "--time", 1'000'000);
	} else if (!plan->commands) {
		plan->time_ns = 10'000'000'000;
	}
	plan->ramp_ns = time_within(options.ramp, "--ramp", 0);
	if (options.rate) {
		plan->rate = count_within(*options.rate, "--rate", rate_max);
	}
	if (options.flush_every) {
		plan->flush_every = number_within(*options.flush_every, "--flush-every", 1, UINT64_MAX);
	}
}

void check_in_flight(const BenchPlan &plan)
{
	const std::uint64_t in_flight = std::uint64_t{plan.depth} * plan.threads;
	if (in_flight > in_flight_max) {
		throw Error(Exit::usage,
			    fmt::format("--depth {} in {} is {} commands in flight, more than the {} "
					"that any device has use for",
					plan.depth, count_of(plan.threads, "thread"), in_flight, in_flight_max));
	}
	if (in_flight * plan.copies() * plan.command_bytes() > buffer_memory_max) {
		throw Error(Exit::usage,
			    fmt::format("{} commands in flight of {} each{} need more than {} of memory", in_flight,
					human_bytes(plan.command_bytes()),
					plan.copies() > 1 ? ", once to read and once to write," : "",
					human_bytes(buffer_memory_max)),
			    "a smaller --depth, --threads or --bs needs less");
	}
	if (plan.batch > plan.depth) {
		throw Error(Exit::usage, fmt::format("--batch {} is more than --depth {} lets be in flight", plan.batch,
						     plan.depth));
	}
}

/// In single quotes if a shell would make something else of it.
std::string quoted(const std::string &word)
{
	constexpr std::string_view plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-+=:,./@%";
	if (!word.empty() && word.find_first_not_of(plain) == std::string::npos) {
		return word;
	}
	std::string text = "'";
	for (const char letter : word) {
		text += letter == '\'' ? "'\\''" : std::string(1, letter);
	}
	return text + "'";
}

/// In the largest unit in which it is a whole number.
std::string exact_time(std::uint64_t nanoseconds)
{
	return nanoseconds % 1'000'000'000 == 0 ? fmt::format("{}s", nanoseconds / 1'000'000'000)
	       : nanoseconds % 1'000'000 == 0   ? fmt::format("{}ms", nanoseconds / 1'000'000)
						: fmt::format("{}ns", nanoseconds);
}

} // namespace

std::optional<std::uint64_t> BenchPlan::commands_of_thread(std::uint32_t thread) const
{
	if (!commands) {
		return std::nullopt;
	}
	return *commands / threads + (thread < *commands % threads ? 1 : 0);
}

BenchPlan make_bench_plan(const Options &options, const ringline_device_info &info)
{
	const BenchOptions &typed = options.bench;
	BenchPlan plan;
	const bool writes = parse_reads(typed) < 100;
	if (!writes) {
		refuse_what_is_for_writes(options);
	} else if (info.command_set == 2) {
		throw Error(Exit::unsupported, fmt::format("{} is zoned, where writes must follow the write pointer of "
							   "each zone: this version only reads there",
							   info.node));
	}
	plan.engine = parse_engine(options.engine);
	plan.polling = parse_polling(options, info);
	plan.range = bench_range(options, info, writes);
	plan.block_bytes = info.block_size;
	plan.blocks_per_command = blocks_of_command(options, info, plan.range);
	plan.depth = parse_depth(options);
	plan.threads = static_cast<std::uint32_t>(number_within(typed.threads, "--threads", 1, threads_max));
	plan.batch = static_cast<std::uint32_t>(number_within(typed.batch, "--batch", 1, UINT32_MAX));
	plan.pattern = parse_pattern(typed, plan.range.blocks / plan.blocks_per_command, plan.threads);
	plan.registered = typed.buffers == "registered";
	if (!plan.registered && typed.buffers != "plain") {
		throw Error(Exit::usage, fmt::format("--buffers {}: no such kind", typed.buffers),
			    "registered or plain");
	}
	plan.fua = options.fua;
	plan.stop_on_error = typed.stop_on_error;
	parse_limits(typed, &plan);
	check_in_flight(plan);
	return plan;
}

void warn_about_plan(const BenchPlan &plan, const ringline_device_info &info, Warnings *warnings)
{
	if (plan.writes()) {
		warnings->add(fmt::format("overwrites LBA {} to {} of {} ({})", plan.range.lba,
					  plan.range.lba + plan.range.blocks - 1, info.node,
					  human_bytes(plan.range.blocks * plan.block_bytes)));
	}
	if (plan.commands && *plan.commands < std::uint64_t{plan.depth} * plan.threads) {
		warnings->add(fmt::format("{} never fill the {} that may be in flight",
					  count_of(*plan.commands, "command"),
					  std::uint64_t{plan.depth} * plan.threads));
	}
	if (plan.polling.sqpoll_cpu && plan.threads > 1) {
		warnings->add(fmt::format("the {} of the kernel that --sqpoll starts share CPU {}",
					  count_of(plan.threads, "thread"), *plan.polling.sqpoll_cpu));
	}
}

std::string repeat_command(const BenchPlan &plan, const Options &options)
{
	std::string text = fmt::format("nvmectl bench {} --pattern {} --reads {}", quoted(options.device),
				       plan.pattern.random ? "random" : "sequential", plan.pattern.read_percent);
	text += fmt::format(" --bs {} --lba {} --blocks {}", plan.command_bytes(), plan.range.lba, plan.range.blocks);
	text += fmt::format(" --depth {} --batch {} --threads {}", plan.depth, plan.batch, plan.threads);
	text += plan.time_ns ? fmt::format(" --time {}", exact_time(*plan.time_ns)) : "";
	text += plan.commands ? fmt::format(" --count {}", *plan.commands) : "";
	text += plan.ramp_ns != 0 ? fmt::format(" --ramp {}", exact_time(plan.ramp_ns)) : "";
	text += plan.rate != 0 ? fmt::format(" --rate {}", plan.rate) : "";
	text += fmt::format(" --seed {} --engine {} --buffers {}", plan.pattern.seed, options.engine,
			    plan.registered ? "registered" : "plain");
	text += plan.polling.iopoll ? " --iopoll" : "";
	text += plan.polling.sqpoll ? " --sqpoll" : "";
	text += plan.polling.sqpoll_cpu ? fmt::format(" --sqpoll-cpu {}", *plan.polling.sqpoll_cpu) : "";
	text += plan.flush_every != 0 ? fmt::format(" --flush-every {}", plan.flush_every) : "";
	text += plan.fua ? " --fua" : "";
	text += plan.stop_on_error ? " --stop-on-error" : "";
	text += options.allow_busy ? " --allow-busy" : "";
	text += plan.writes() ? " --destructive" : "";
	return text;
}

} // namespace nvmectl
