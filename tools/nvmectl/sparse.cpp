// SPDX-License-Identifier: MIT OR Apache-2.0
#include "sparse.h"

#include "admin_call.h"
#include "error.h"
#include "protection.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>

namespace nvmectl
{
namespace
{

/// Whether the namespace says that blocks which Write Zeroes deallocates read as zeros. Who may not ask does not know.
bool deallocates_to_zeros(const Device &device)
{
	constexpr std::uint64_t mask = 0x0f;
	constexpr std::uint64_t reads_zeros_and_takes_the_hint = 0x09;
	try {
		const auto page = identify_page(device, cns_namespace, device.info().nsid);
		return (page_number(RINGLINE_PAGE_IDENTIFY + cns_namespace, "dlfeat", page) & mask) ==
		       reads_zeros_and_takes_the_hint;
	} catch (const Error &) {
		return false;
	}
}

bool may_deallocate(const Device &device, const Options &options, Warnings *warnings)
{
	if (!options.deallocate) {
		return false;
	}
	const bool safe = device.info().pi_type == 0 && deallocates_to_zeros(device);
	if (!safe) {
		warnings->add(fmt::format("{} does not say that deallocated blocks read as zeros{}: holes are zeroed "
					  "without giving their space back",
					  device.info().node,
					  device.info().pi_type != 0 ? ", with protection information" : ""));
	}
	return safe;
}

} // namespace

void require_holes(const Source &source)
{
	if (!S_ISREG(source.facts().st_mode)) {
		throw Error(Exit::refused, fmt::format("{} is no regular file, which can have holes", source.name()),
			    "nothing was written; without --sparse it is written as it is")
			.with_rule("input-not-regular");
	}
}

std::vector<CommandPart> sparse_parts(const Device &device, const Source &source, const CommandPart &data,
				      const Options &options, Warnings *warnings)
{
	const ringline_device_info &info = device.info();
	const Extents holes = source.holes(data.range, info.block_size);
	if (holes.empty()) {
		return {data};
	}
	if ((info.commands & RINGLINE_CAN_WRITE_ZEROES) == 0) {
		warnings->add(fmt::format("{} has no Write Zeroes: holes are written as zeros", info.node));
		return {data};
	}
	CommandPart zeroes = data;
	zeroes.opcode = RINGLINE_NVME_WRITE_ZEROES;
	zeroes.flags = static_cast<std::uint16_t>(
		(options.fua ? RINGLINE_FUA : 0U) | protection_flags(info, RINGLINE_NVME_WRITE_ZEROES) |
		(may_deallocate(device, options, warnings) ? RINGLINE_DEALLOCATE : 0U));
	zeroes.blocks_per_command = static_cast<std::uint32_t>(info.write_zeroes_max_blocks);
	if (options.verify) { // what is read back must be in memory
		zeroes.blocks_per_command = std::min(zeroes.blocks_per_command, data.blocks_per_command);
	}
	return put_into(data, holes, zeroes);
}

} // namespace nvmectl
