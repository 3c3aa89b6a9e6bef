// SPDX-License-Identifier: MIT OR Apache-2.0
#include "commands.h"
#include "error.h"
#include "report.h"
#include "session.h"
#include "units.h"

#include <ringline/ringline.h>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <vector>

namespace nvmectl
{
namespace
{

std::vector<ringline_device_entry> all_devices()
{
	std::vector<ringline_device_entry> entries(64);
	while (true) {
		const std::int32_t count =
			ringline_device_list(entries.data(), static_cast<std::uint32_t>(entries.size()));
		if (count < 0) {
			throw Error(Exit::open, fmt::format("cannot list the devices: {} ({})",
							    ringline_error_text(count), ringline_error_name(count)));
		}
		const auto found = static_cast<std::size_t>(count);
		const bool room_was_enough = found <= entries.size();
		entries.resize(found);
		if (room_was_enough) {
			return entries;
		}
	}
}

using Row = std::array<std::string, 7>;

Row row_of(const ringline_device_entry &entry)
{
	Row row = {entry.node, "-", "-", entry.model, entry.serial, entry.firmware, "ok"};
	if (entry.blocks != 0) {
		const std::uint64_t bytes = entry.blocks * entry.block_size;
		row[1] = fmt::format("{} ({} B)", human_bytes(bytes), bytes);
		row[2] = fmt::format("{} x {} B", entry.blocks, entry.block_size);
	}
	if (entry.access_error != 0) {
		row[6] = fmt::format("{}: {}", ringline_error_name(entry.access_error),
				     ringline_error_text(entry.access_error));
	}
	return row;
}

std::string table(const std::vector<ringline_device_entry> &entries)
{
	std::vector<Row> rows = {{"NODE", "SIZE", "FORMAT", "MODEL", "SERIAL", "FIRMWARE", "ACCESS"}};
	for (const ringline_device_entry &entry : entries) {
		rows.push_back(row_of(entry));
	}
	std::array<std::size_t, std::tuple_size_v<Row>> widths = {};
	for (const Row &row : rows) {
		for (std::size_t i = 0; i < row.size(); ++i) {
			widths.at(i) = std::max(widths.at(i), row.at(i).size());
		}
	}
	std::string text;
	for (const Row &row : rows) {
		for (std::size_t i = 0; i + 1 < row.size(); ++i) {
			text += fmt::format("{:<{}}  ", row.at(i), widths.at(i));
		}
		text += row.back() + "\n";
	}
	return text;
}

Json as_json(const std::vector<ringline_device_entry> &entries)
{
	Json json = document("list");
	json["devices"] = Json::array();
	for (const ringline_device_entry &entry : entries) {
		Json device = {{"node", entry.node},
			       {"kind", kind_name(entry.kind)},
			       {"nsid", entry.nsid},
			       {"blocks", entry.blocks},
			       {"block_size", entry.block_size},
			       {"bytes", entry.blocks * entry.block_size},
			       {"model", entry.model},
			       {"serial", entry.serial},
			       {"firmware", entry.firmware}};
		device["access_error"] =
			entry.access_error == 0 ? Json(nullptr) : Json(ringline_error_name(entry.access_error));
		json["devices"].push_back(std::move(device));
	}
	return json;
}

} // namespace

Exit run_list(const Options &options, Warnings * /*warnings*/)
{
	const std::vector<ringline_device_entry> entries = all_devices();
	if (options.json) {
		print_document(as_json(entries));
	} else if (entries.empty()) {
		print_text("no NVMe devices on this machine; nvmectl sim create makes a simulated one\n");
	} else {
		print_text(table(entries));
	}
	return Exit::done;
}

} // namespace nvmectl
