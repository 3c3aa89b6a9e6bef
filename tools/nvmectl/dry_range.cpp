// SPDX-License-Identifier: MIT OR Apache-2.0
#include "dry_range.h"

#include "io_setup.h"
#include "status_code.h"
#include "units.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <array>
#include <span>
#include <string>
#include <utility>

namespace nvmectl
{

void show_dry_range(const char *command, std::uint8_t opcode, const Device &device, const Options &options,
		    const DryRange &shown, std::uint32_t in_flight, const Warnings &warnings)
{
	const ringline_device_info &info = device.info();
	Json json = document(command);
	json["dry_run"] = true;
	json["device"] = info.node;
	json["commands"] = Json::array();
	std::string text = fmt::format("dry run on {}: {} ({} each at most), nothing was sent\n", info.node,
				       count_of(shown.count, "command"), count_of(shown.longest, "block"));
	for (const auto &[part, wire] :
	     {std::pair{shown.first, shown.first_command}, std::pair{shown.last, shown.last_command}}) {
		const std::array<std::uint32_t, 16> dwords = dwords_of(wire);
		json["commands"].push_back({{"opcode", opcode_name(opcode)},
					    {"opcode_value", opcode},
					    {"nsid", wire.nsid},
					    {"slba", part.lba},
					    {"blocks", part.blocks},
					    {"data_length", wire.data_length},
					    {"dwords", dwords}});
		text += fmt::format("  {} (opcode {:02X}h) nsid {} slba {} nlb {} (one-based)\n"
				    "    dwords 10 to 15: {:08x}; 2 and 3: {:08x}\n",
				    opcode_name(opcode), opcode, wire.nsid, part.lba, part.blocks,
				    fmt::join(std::span(dwords).subspan(10), " "),
				    fmt::join(std::span(dwords).subspan(2, 2), " "));
		if (shown.count == 1) {
			break;
		}
	}
	json["command_count"] = shown.count;
	json["commands_in_flight"] = in_flight;
	json["warnings"] = warnings.texts();
	options.json ? print_document(json) : print_text(text);
}

} // namespace nvmectl
