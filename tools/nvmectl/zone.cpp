// SPDX-License-Identifier: MIT OR Apache-2.0
#include "commands.h"
#include "idle.h"
#include "interrupt.h"
#include "io_setup.h"
#include "status_code.h"
#include "units.h"
#include "zone_call.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>

namespace nvmectl
{
namespace
{

/// In the order of RINGLINE_ZONES_*.
constexpr std::array<const char *, 8> state_choices = {"",       "empty", "implicitly-open", "explicitly-open",
						       "closed", "full",  "read-only",       "offline"};

std::uint32_t parse_state(const std::string &name)
{
	const auto *const found = std::ranges::find(state_choices, name);
	if (found == state_choices.end()) {
		throw Error(Exit::usage, fmt::format("--state {}: not the state of a zone", name),
			    "empty, implicitly-open, explicitly-open, closed, full, read-only or offline");
	}
	return static_cast<std::uint32_t>(found - state_choices.begin());
}

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
		{"state", zone_state_name(zone.state)},
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
				    zone.capacity, pointer, zone_state_name(zone.state));
	}
	print_text(text);
}

void show_dry_run(const char *command, const Device &device, const ringline_command_extended &wanted,
		  const Options &options, const Warnings &warnings)
{
	ringline_nvme_command wire = {};
	refuse_zone_command(ringline_encode(&wanted, &wire, nullptr), wanted, device.info());
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
	const DataQueue queue(device, options, 1, zone_report_bytes);
	const interrupt::WakesQueue wakes(queue.get());
	print_zones(read_zones(queue, device, options, lba, which, limit), device.info(), options, *warnings);
	return Exit::done;
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
	(void)send_zone_command(queue, command, options, info, false);
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

} // namespace nvmectl
