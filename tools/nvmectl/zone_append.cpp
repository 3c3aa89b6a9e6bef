// SPDX-License-Identifier: MIT OR Apache-2.0
#include "commands.h"
#include "dry_range.h"
#include "error.h"
#include "idle.h"
#include "interrupt.h"
#include "source.h"
#include "units.h"
#include "zone_call.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace nvmectl
{
namespace
{

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

/// Nothing of what the zone cannot take whole is sent. The look is not traced: a refused command leaves an older trace.
void require_room(const Device &device, Options options, std::uint64_t lba, std::uint64_t blocks)
{
	const ringline_device_info &info = device.info();
	options.trace = nullptr;
	const DataQueue queue(device, options, 1, zone_report_bytes);
	const interrupt::WakesQueue wakes(queue.get());
	const std::vector<ZoneFacts> zones = read_zones(queue, device, options, lba, RINGLINE_ZONES_ALL, 1);
	if (zones.empty() || zones.front().lba != lba) {
		return; // the device will say what it thinks of the zone
	}
	const ZoneFacts &zone = zones.front();
	const std::uint64_t end = zone.lba + zone.capacity;
	const std::uint64_t room = zone_is_writable(zone) ? end - std::min(end, zone.write_pointer) : 0;
	if (blocks <= room) {
		return;
	}
	const std::string takes =
		room == 0 ? fmt::format("is {} and takes no more", zone_state_name(zone.state))
			  : fmt::format("takes {}: its write pointer is at LBA {}, and its last block that can be "
					"written is LBA {}",
					room, zone.write_pointer, end - 1);
	throw Error(Exit::refused,
		    fmt::format("the input has {}, but zone {} of {} {}", count_of(blocks, "block"),
				lba / info.zone_blocks, info.node, takes),
		    "nothing was sent")
		.with_rule("input-long");
}

void show_append(const Device &device, const Options &options, std::uint64_t zone, std::uint64_t bytes,
		 const Warnings &warnings)
{
	const ringline_device_info &info = device.info();
	const std::uint64_t most = append_most(info);
	DryRange shown;
	shown.count = (bytes + most - 1) / most;
	const auto look = [&](std::uint64_t length, Extent *extent, ringline_nvme_command *wire) {
		const ringline_command_extended wanted = append_command(device, options, zone, length);
		refuse_zone_command(ringline_encode(&wanted, wire, nullptr), wanted, info);
		*extent = {zone, wanted.base.blocks};
	};
	look(std::min(most, bytes), &shown.first, &shown.first_command);
	look(bytes - (shown.count - 1) * most, &shown.last, &shown.last_command);
	shown.longest = shown.first.blocks;
	show_dry_range("zone-append", RINGLINE_NVME_ZONE_APPEND, device, options, shown, 1, warnings);
}

/// Of an append that ended early. What was appended is where the device put it, not where the command went.
Error with_appended(const Error &error, const Extent &zone, std::uint64_t number, std::uint64_t blocks,
		    const std::vector<Extent> &appended, const Options &options)
{
	Extents done;
	Extents unknown;
	if (error.exit() == Exit::unknown) {
		// Where the device would have put them nobody knows: behind what is known, and in this zone.
		const std::uint64_t next = appended.empty() ? zone.lba : appended.back().lba + appended.back().blocks;
		unknown.add(next, zone.lba + zone.blocks - next);
	}
	for (const Extent &part : appended) {
		done.add(part.lba, part.blocks);
	}
	std::string message = error.what();
	if (message.ends_with('.')) {
		message.pop_back(); // the library's texts are sentences; here one goes on
	}
	Error told(error.exit(),
		   fmt::format("{}; {} of {} are appended to zone {}", message, done.blocks(),
			       count_of(blocks, "block"), number),
		   unknown.empty()
			   ? error.hint()
			   : "nvmectl zone report tells where the write pointer is, before anything is repeated");
	if (error.status()) {
		told.with_status(*error.status());
	}
	return told.with_rule(error.rule())
		.with_progress({done.ranges(), {}, unknown.ranges(), std::nullopt, options.device});
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
		const std::uint64_t lba = send_zone_command(queue, command, options, info, !appended->empty());
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

Exit run_zone_append(const Options &options, Warnings *warnings)
{
	(void)parse_engine(options.engine);
	const Device device(options.device, 0);
	const ringline_device_info &info = device.info();
	require_zoned(info);
	require_plain_namespace(info);
	const std::uint64_t zone = zone_of(options, info);
	const std::vector<std::byte> bytes = read_input(options, info);
	const BusyCheck busy = require_idle(info, options.allow_busy, warnings);
	interrupt::install();
	require_room(device, options, zone, bytes.size() / info.block_size);
	if (options.dry_run) {
		show_append(device, options, zone, bytes.size(), *warnings);
		return Exit::done;
	}
	const DataQueue queue(device, options, 1, append_most(info));
	const interrupt::WakesQueue wakes(queue.get());
	std::vector<Extent> appended;
	try {
		append_all(queue, device, options, zone, bytes, &appended);
	} catch (const Error &error) {
		throw with_appended(error, {zone, info.zone_blocks}, zone / info.zone_blocks,
				    bytes.size() / info.block_size, appended, options);
	}
	report_append(info, options, zone, bytes.size(), appended, *warnings);
	return Exit::done;
}

} // namespace nvmectl
