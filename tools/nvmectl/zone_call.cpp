// SPDX-License-Identifier: MIT OR Apache-2.0
#include "zone_call.h"

#include "classify.h"
#include "error.h"
#include "io_setup.h"
#include "outcome.h"
#include "range.h"
#include "status_code.h"
#include "units.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <utility>

namespace nvmectl
{
namespace
{

constexpr std::size_t zone_bytes = 64; // of the header, and of each zone

constexpr std::array<std::pair<std::uint8_t, const char *>, 7> states = {{{1, "empty"},
									  {2, "implicitly-open"},
									  {3, "explicitly-open"},
									  {4, "closed"},
									  {14, "full"},
									  {13, "read-only"},
									  {15, "offline"}}};
std::uint64_t number_in(const std::byte *bytes)
{
	std::uint64_t value = 0;
	for (int i = 7; i >= 0; --i) {
		value = value << 8 | std::to_integer<std::uint64_t>(bytes[i]);
	}
	return value;
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
		command.base.length = std::min(zone_report_bytes, device_.info().max_transfer_bytes / 4 * 4);
		command.base.action = static_cast<std::uint8_t>(which);
		command.base.flags = RINGLINE_PARTIAL;
		(void)send_zone_command(queue_, command, options_, device_.info(), false);
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

} // namespace

std::string zone_state_name(std::uint8_t state)
{
	for (const auto &[value, name] : states) {
		if (value == state) {
			return name;
		}
	}
	return fmt::format("state-{}", state);
}

bool zone_is_writable(const ZoneFacts &zone)
{
	constexpr std::uint8_t last_writable = 4; // closed; read-only, full and offline are 13 to 15
	return zone.state <= last_writable;
}

void require_zoned(const ringline_device_info &info)
{
	require_blocks(info);
	if (info.zone_blocks == 0) {
		throw Error(Exit::unsupported, fmt::format("{} is not zoned", info.node)).with_rule("zone");
	}
}

std::uint64_t zone_of(const Options &options, const ringline_device_info &info)
{
	const bool by_number = !options.ranges.zone.empty();
	if (by_number == options.range.lba.has_value()) {
		throw Error(Exit::usage,
			    by_number ? "--zone and --lba both say which zone is meant" : "which zone is not said",
			    by_number ? "leave one of them out"
				      : "--zone NUMBER, or --lba NUMBER of one of its blocks; nvmectl zone report "
					"shows them");
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

void refuse_zone_command(std::int32_t pushed, const ringline_command_extended &command,
			 const ringline_device_info &info)
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

std::uint64_t send_zone_command(const DataQueue &queue, const ringline_command_extended &command,
				const Options &options, const ringline_device_info &info, bool effect)
{
	refuse_zone_command(queue.push(command), command, info);
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
	const Extent range = command.base.opcode == RINGLINE_NVME_ZONE_APPEND
				     ? Extent{} // it names the zone, and no block that it would have written
				     : Extent{command.base.lba, command.base.blocks};
	CommandFailure failure{range, command.base.opcode, completion.status, completion.flags};
	failure.error = completion.error;
	result.failure = failure;
	Error error(classify(happened(result, effect)), describe_failure(failure));
	if (completion.status != 0) {
		error.with_status(completion.status);
	}
	throw Error(error);
}

std::vector<ZoneFacts> read_zones(const DataQueue &queue, const Device &device, const Options &options,
				  std::uint64_t lba, std::uint32_t which, std::uint64_t limit)
{
	return ZoneReport(queue, device, options).read(lba, which, limit);
}

} // namespace nvmectl
