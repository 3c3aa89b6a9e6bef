// SPDX-License-Identifier: MIT OR Apache-2.0
#include "commands.h"
#include "idle.h"
#include "interrupt.h"
#include "io_setup.h"
#include "outcome.h"
#include "source.h"
#include "status_code.h"
#include "units.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

namespace nvmectl
{
namespace
{

constexpr std::uint32_t report_bytes = 64U << 10;
constexpr std::size_t zone_bytes = 64; // of the header, and of each zone

/// One zone of a report (zoned namespace command set specification, "Zone Descriptor").
struct ZoneFacts {
	std::uint64_t lba;
	std::uint64_t capacity;
	std::uint64_t write_pointer;
	std::uint8_t state;
	std::uint8_t attributes;
};

constexpr std::array<std::pair<std::uint8_t, const char *>, 7> states = {{{1, "empty"},
									  {2, "implicitly-open"},
									  {3, "explicitly-open"},
									  {4, "closed"},
									  {14, "full"},
									  {13, "read-only"},
									  {15, "offline"}}};
/// In the order of RINGLINE_ZONES_*.
constexpr std::array<const char *, 8> state_choices = {"",       "empty", "implicitly-open", "explicitly-open",
						       "closed", "full",  "read-only",       "offline"};

std::string state_name(std::uint8_t state)
{
	for (const auto &[value, name] : states) {
		if (value == state) {
			return name;
		}
	}
	return fmt::format("state-{}", state);
}

std::uint32_t parse_state(const std::string &name)
{
	const auto *const found = std::ranges::find(state_choices, name);
	if (found == state_choices.end()) {
		throw Error(Exit::usage, fmt::format("--state {}: not the state of a zone", name),
			    "empty, implicitly-open, explicitly-open, closed, full, read-only or offline");
	}
	return static_cast<std::uint32_t>(found - state_choices.begin());
}

void require_zoned(const ringline_device_info &info)
{
	require_blocks(info);
	if (info.zone_blocks == 0) {
		throw Error(Exit::unsupported, fmt::format("{} is not zoned", info.node)).with_rule("zone");
	}
}

std::uint64_t number_in(const std::byte *bytes)
{
	std::uint64_t value = 0;
	for (int i = 7; i >= 0; --i) {
		value = value << 8 | std::to_integer<std::uint64_t>(bytes[i]);
	}
	return value;
}

/// The first block of the zone that is meant.
std::uint64_t zone_of(const Options &options, const ringline_device_info &info)
{
	if (options.ranges.zone.empty() == !options.range.lba) {
		throw Error(Exit::usage, "which zone is not said", "one of --zone NUMBER and --lba NUMBER");
	}
	const std::uint64_t zones = (info.blocks + info.zone_blocks - 1) / info.zone_blocks;
	const std::uint64_t zone = options.range.lba ? parse_number(*options.range.lba, "--lba") / info.zone_blocks
						     : parse_number(options.ranges.zone, "--zone");
	if (zone >= zones) {
		throw Error(Exit::usage,
			    fmt::format("there is no zone {}: {} has {}", zone, info.node, count_of(zones, "zone")));
	}
	return zone * info.zone_blocks;
}

void refuse_push(std::int32_t pushed, const ringline_command_extended &command, const ringline_device_info &info)
{
	if (pushed >= 0) {
		return;
	}
	ringline_diagnosis why = {};
	why.struct_size = sizeof why;
	(void)ringline_encode(&command, nullptr, &why);
	throw Error(classify_error(pushed),
		    fmt::format("{} of {} was refused: {}", opcode_name(command.base.opcode), info.node,
				why.text[0] != '\0' ? why.text : ringline_error_text(pushed)))
		.with_rule(rule_name(why.rule));
}

/// Sends one command and waits. Throws Error unless it succeeded. effect: of those before it.
std::uint64_t send(const DataQueue &queue, const ringline_command_extended &command, const Options &options,
		   const ringline_device_info &info, bool effect)
{
	refuse_push(queue.push(command), command, info);
	const ringline_completion completion =
		wait_for_one(queue, opcode_name(command.base.opcode).c_str(), !options.json);
	const bool unknown = (completion.flags & RINGLINE_OUTCOME_UNKNOWN) != 0;
	if (completion.error == 0 && (completion.status & RINGLINE_STATUS_CODE_MASK) == 0 && !unknown) {
		return completion.result;
	}
	if (completion.error == -ECANCELED && !unknown) {
		throw Error(Exit::interrupted, "interrupted before the device had the command");
	}
	TransferResult result;
	CommandFailure failure{
		{command.base.lba, command.base.blocks}, command.base.opcode, completion.status, completion.flags};
	failure.error = completion.error;
	result.failure = failure;
	Error error(classify(happened(result, effect)), describe_failure(failure));
	if (completion.status != 0) {
		error.with_status(completion.status);
	}
	throw Error(error);
}

class ZoneReport
{
public:
	ZoneReport(const DataQueue &queue, const Device &device, const Options &options)
		: queue_(queue), device_(device), options_(options)
	{
	}

	std::vector<ZoneFacts> read(std::uint64_t lba, std::uint32_t which, std::uint64_t limit)
	{
		std::vector<ZoneFacts> zones;
		while (lba < device_.info().blocks && zones.size() < limit) {
			const std::size_t before = zones.size();
			page(lba, which, limit, &zones);
			if (zones.size() == before) {
				break;
			}
			lba = zones.back().lba + device_.info().zone_blocks;
		}
		return zones;
	}

private:
	void page(std::uint64_t lba, std::uint32_t which, std::uint64_t limit, std::vector<ZoneFacts> *zones)
	{
		ringline_command_extended command = {};
		command.base.device = device_.handle();
		command.base.opcode = RINGLINE_NVME_ZONE_MANAGEMENT_RECEIVE;
		command.base.lba = lba;
		command.base.address = reinterpret_cast<std::uintptr_t>(queue_.memory());
		command.base.length = std::min(report_bytes, device_.info().max_transfer_bytes / 4 * 4);
		command.base.action = static_cast<std::uint8_t>(which);
		command.base.flags = RINGLINE_PARTIAL;
		(void)send(queue_, command, options_, device_.info(), false);
		const std::uint64_t told = number_in(queue_.memory());
		const std::uint64_t room = command.base.length / zone_bytes - 1;
		for (std::uint64_t i = 0; i < std::min(told, room) && zones->size() < limit; ++i) {
			const std::byte *zone = queue_.memory() + zone_bytes * (i + 1);
			zones->push_back({number_in(zone + 16), number_in(zone + 8), number_in(zone + 24),
					  static_cast<std::uint8_t>(std::to_integer<unsigned>(zone[1]) >> 4),
					  std::to_integer<std::uint8_t>(zone[2])});
		}
	}

	const DataQueue &queue_;
	const Device &device_;
	const Options &options_;
};

/// A full zone has no place where the next block would go.
bool has_pointer(const ZoneFacts &zone)
{
	return zone.write_pointer != UINT64_MAX;
}

Json zone_json(const ZoneFacts &zone, std::uint64_t zone_blocks)
{
	return {{"zone", zone.lba / zone_blocks},
		{"lba", zone.lba},
		{"capacity_blocks", zone.capacity},
		{"state", state_name(zone.state)},
		{"write_pointer", has_pointer(zone) ? Json(zone.write_pointer) : Json(nullptr)},
		{"attributes", zone.attributes}};
}

void print_zones(const std::vector<ZoneFacts> &zones, const ringline_device_info &info, const Options &options,
		 const Warnings &warnings)
{
	if (options.json) {
		Json json = document("zone-report");
		json["device"] = info.node;
		json["zone_blocks"] = info.zone_blocks;
		json["max_open"] = info.zone_max_open;
		json["max_active"] = info.zone_max_active;
		json["zones"] = Json::array();
		for (const ZoneFacts &zone : zones) {
			json["zones"].push_back(zone_json(zone, info.zone_blocks));
		}
		json["warnings"] = warnings.texts();
		print_document(json);
		return;
	}
	std::string text = fmt::format("{:>6}  {:>14}  {:>12}  {:>14}  {}\n", "zone", "first LBA", "capacity",
				       "write pointer", "state");
	for (const ZoneFacts &zone : zones) {
		const std::string pointer = has_pointer(zone) ? std::to_string(zone.write_pointer) : "-";
		text += fmt::format("{:>6}  {:>14}  {:>12}  {:>14}  {}\n", zone.lba / info.zone_blocks, zone.lba,
				    zone.capacity, pointer, state_name(zone.state));
	}
	print_text(text);
}

void show_dry_run(const char *command, const Device &device, const ringline_command_extended &wanted,
		  const Options &options, const Warnings &warnings)
{
	ringline_nvme_command wire = {};
	refuse_push(ringline_encode(&wanted, &wire, nullptr), wanted, device.info());
	const std::array<std::uint32_t, 16> dwords = dwords_of(wire);
	if (options.json) {
		Json json = document(command);
		json["dry_run"] = true;
		json["device"] = device.info().node;
		json["commands"] = Json::array({{{"opcode", opcode_name(wire.opcode)},
						 {"opcode_value", wire.opcode},
						 {"nsid", wire.nsid},
						 {"slba", wanted.base.lba},
						 {"dwords", dwords}}});
		json["warnings"] = warnings.texts();
		print_document(json);
		return;
	}
	print_text(fmt::format("dry run on {}: {} (opcode {:02X}h) nsid {} slba {}, nothing was sent\n"
			       "  dwords 10 to 15: {:08x}\n",
			       device.info().node, opcode_name(wire.opcode), wire.opcode, wire.nsid, wanted.base.lba,
			       fmt::join(std::span(dwords).subspan(10), " ")));
}

/// The input, padded to whole blocks if that is wanted.
std::vector<std::byte> read_input(const Options &options, const ringline_device_info &info)
{
	Source source(options.file);
	const std::uint64_t most = info.zone_blocks * info.block_size;
	constexpr std::size_t step = 1U << 20; // zones are large, and files for them need not be
	std::vector<std::byte> bytes;
	std::size_t got = 0;
	while (got <= most) {
		bytes.resize(std::max(bytes.size(), got + step));
		const ssize_t part = source.read(std::span(bytes).subspan(got));
		if (part == 0) {
			break;
		}
		if (part < 0) {
			throw Error(Exit::open, fmt::format("cannot read {}: {}", source.name(),
							    std::strerror(static_cast<int>(-part))));
		}
		got += static_cast<std::size_t>(part);
	}
	const std::uint64_t rest = got % info.block_size;
	if (got == 0 || got > most || (rest != 0 && !options.pad)) {
		throw Error(Exit::refused,
			    got > most ? fmt::format("{} has more bytes than a zone", source.name())
				       : fmt::format("{} has {} bytes, which is not a number of blocks of {}",
						     source.name(), got, info.block_size),
			    got != 0 && got <= most ? "--pad fills the last block with zeros" : "")
			.with_rule(got > most ? "input-long" : "input-partial-block");
	}
	bytes.resize(got + (rest != 0 ? info.block_size - rest : 0));
	return bytes;
}

/// Bytes of one append at most.
std::uint64_t append_most(const ringline_device_info &info)
{
	return info.append_max_bytes - info.append_max_bytes % info.block_size;
}

ringline_command_extended append_command(const Device &device, const Options &options, std::uint64_t zone,
					 std::uint64_t bytes)
{
	ringline_command_extended command = {};
	command.base.device = device.handle();
	command.base.opcode = RINGLINE_NVME_ZONE_APPEND;
	command.base.lba = zone;
	command.base.flags = options.fua ? RINGLINE_FUA : 0;
	command.base.blocks = static_cast<std::uint32_t>(bytes / device.info().block_size);
	command.base.length = static_cast<std::uint32_t>(bytes);
	command.base.address = std::uint64_t{1} << 30;
	return command;
}

/// One command after the other; where each went is known also of those before one that fails.
void append_all(const DataQueue &queue, const Device &device, const Options &options, std::uint64_t zone,
		std::span<const std::byte> bytes, std::vector<Extent> *appended)
{
	const ringline_device_info &info = device.info();
	const std::uint64_t most = append_most(info);
	while (!bytes.empty()) {
		if (interrupt::count() != 0) {
			throw Error(Exit::interrupted, "interrupted");
		}
		const std::uint64_t length = std::min<std::uint64_t>(most, bytes.size());
		std::memcpy(queue.memory(), bytes.data(), length);
		ringline_command_extended command = append_command(device, options, zone, length);
		command.base.address = reinterpret_cast<std::uintptr_t>(queue.memory());
		const std::uint64_t lba = send(queue, command, options, info, !appended->empty());
		appended->push_back({lba, command.base.blocks});
		bytes = bytes.subspan(length);
	}
}

void report_append(const ringline_device_info &info, const Options &options, std::uint64_t zone, std::uint64_t bytes,
		   const std::vector<Extent> &appended, const Warnings &warnings)
{
	if (options.json) {
		Json json = document("zone-append");
		json["device"] = info.node;
		json["zone"] = zone / info.zone_blocks;
		json["bytes"] = bytes;
		json["appended"] = to_json(appended);
		json["warnings"] = warnings.texts();
		print_document(json);
	} else if (!options.quiet) {
		std::string text;
		for (const Extent &part : appended) {
			text += fmt::format("{} at LBA {}\n", count_of(part.blocks, "block"), part.lba);
		}
		print_text(text);
	}
}

} // namespace

Exit run_zone_report(const Options &options, Warnings *warnings)
{
	(void)parse_engine(options.engine);
	const Device device(options.device, RINGLINE_OPEN_READ_ONLY);
	require_zoned(device.info());
	const std::uint32_t which = parse_state(options.ranges.state);
	const std::uint64_t lba = options.range.lba ? parse_number(*options.range.lba, "--lba") : 0;
	check_bounds({lba, 1}, {device.info().blocks, device.info().block_size});
	const std::uint64_t limit =
		options.ranges.limit.empty() ? UINT64_MAX : parse_number(options.ranges.limit, "--limit");
	interrupt::install();
	const DataQueue queue(device, options, 1, report_bytes);
	const interrupt::WakesQueue wakes(queue.get());
	print_zones(ZoneReport(queue, device, options).read(lba, which, limit), device.info(), options, *warnings);
	return Exit::done;
}

/// What cannot be undone is not done to a zone because one of its blocks was named, perhaps for another reason.
void require_first_block(const char *name, std::uint8_t action, const Options &options, std::uint64_t first,
			 const ringline_device_info &info)
{
	const bool final =
		action == RINGLINE_ZONE_RESET || action == RINGLINE_ZONE_FINISH || action == RINGLINE_ZONE_OFFLINE;
	if (!final || options.ranges.all_zones || !options.range.lba ||
	    parse_number(*options.range.lba, "--lba") == first) {
		return;
	}
	const std::uint64_t zone = first / info.zone_blocks;
	throw Error(Exit::usage,
		    fmt::format("LBA {} is within zone {}, which begins at LBA {}: {} is of the whole zone",
				*options.range.lba, zone, first, name),
		    fmt::format("--lba {} or --zone {}", first, zone));
}

Exit run_zone_action(const char *name, std::uint8_t action, const Options &options, Warnings *warnings)
{
	(void)parse_engine(options.engine);
	const Device device(options.device, 0);
	const ringline_device_info &info = device.info();
	require_zoned(info);
	if (options.ranges.all_zones && (!options.ranges.zone.empty() || options.range.lba)) {
		throw Error(Exit::usage, "--all-zones goes with neither --zone nor --lba");
	}
	ringline_command_extended command = {};
	command.base.device = device.handle();
	command.base.opcode = RINGLINE_NVME_ZONE_MANAGEMENT_SEND;
	command.base.action = action;
	command.base.lba = options.ranges.all_zones ? 0 : zone_of(options, info);
	require_first_block(name, action, options, command.base.lba, info);
	command.base.flags = options.ranges.all_zones ? RINGLINE_ALL_ZONES : 0;
	const std::string schema = fmt::format("zone-{}", name);
	const BusyCheck busy = require_idle(info, options.allow_busy, warnings);
	if (options.dry_run) {
		show_dry_run(schema.c_str(), device, command, options, *warnings);
		return Exit::done;
	}
	interrupt::install();
	const DataQueue queue(device, options, 1, 0);
	const interrupt::WakesQueue wakes(queue.get());
	(void)send(queue, command, options, info, false);
	if (options.json) {
		Json json = document(schema);
		json["device"] = info.node;
		json["all_zones"] = options.ranges.all_zones;
		json["zone"] = options.ranges.all_zones ? Json(nullptr) : Json(command.base.lba / info.zone_blocks);
		json["warnings"] = warnings->texts();
		print_document(json);
	} else if (!options.quiet) {
		print_text(options.ranges.all_zones ? fmt::format("{}: all zones of {}\n", name, info.node)
						    : fmt::format("{}: zone {} of {}\n", name,
								  command.base.lba / info.zone_blocks, info.node));
	}
	return Exit::done;
}

Exit run_zone_append(const Options &options, Warnings *warnings)
{
	(void)parse_engine(options.engine);
	const Device device(options.device, 0);
	const ringline_device_info &info = device.info();
	require_zoned(info);
	require_plain_namespace(info);
	const std::uint64_t zone = zone_of(options, info);
	const std::vector<std::byte> bytes = read_input(options, info);
	const std::uint64_t most = append_most(info);
	const BusyCheck busy = require_idle(info, options.allow_busy, warnings);
	if (options.dry_run) {
		show_dry_run("zone-append", device, append_command(device, options, zone, std::min(most, bytes.size())),
			     options, *warnings);
		return Exit::done;
	}
	interrupt::install();
	const DataQueue queue(device, options, 1, most);
	const interrupt::WakesQueue wakes(queue.get());
	std::vector<Extent> appended;
	try {
		append_all(queue, device, options, zone, bytes, &appended);
	} catch (Error &error) {
		Extents done;
		for (const Extent &part : appended) {
			done.add(part.lba, part.blocks);
		}
		throw error.with_progress({done.ranges(), {}, {}, std::nullopt, options.device});
	}
	report_append(info, options, zone, bytes.size(), appended, *warnings);
	return Exit::done;
}

} // namespace nvmectl
