// SPDX-License-Identifier: MIT OR Apache-2.0
#include "confirm.h"

#include "error.h"
#include "idle.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <iostream>

namespace nvmectl
{
namespace
{

std::vector<ringline_device_entry> listed_namespaces(const ringline_device_info &info)
{
	std::vector<ringline_device_entry> entries;
	std::int32_t count = ringline_device_list(nullptr, 0);
	while (count > 0 && static_cast<std::size_t>(count) > entries.size()) {
		entries.resize(static_cast<std::size_t>(count));
		count = ringline_device_list(entries.data(), static_cast<std::uint32_t>(entries.size()));
	}
	if (count < 0) {
		throw Error(Exit::refused,
			    fmt::format("which namespaces of {} this machine has is not known: {} ({})", info.node,
					ringline_error_text(count), ringline_error_name(count)),
			    "nothing was sent");
	}
	entries.resize(static_cast<std::size_t>(count));
	std::erase_if(entries, [&](const ringline_device_entry &entry) {
		return entry.kind != RINGLINE_DEVICE_NAMESPACE || std::strcmp(entry.serial, info.serial) != 0;
	});
	return entries;
}

bool simulated(const ringline_device_info &info)
{
	return info.kind == RINGLINE_DEVICE_SIMULATED;
}

} // namespace

std::vector<Reached> reached_namespaces(const ringline_device_info &info, const std::vector<std::uint32_t> &nsids)
{
	const std::vector<ringline_device_entry> entries =
		simulated(info) ? std::vector<ringline_device_entry>() : listed_namespaces(info);
	std::vector<Reached> reached;
	for (const std::uint32_t nsid : nsids) {
		bool found = false;
		// Two drives may have the same serial number, and a namespace two nodes: all of them are looked at.
		for (const ringline_device_entry &entry : entries) {
			if (entry.nsid == nsid) {
				reached.push_back({nsid, entry.node});
				found = true;
			}
		}
		if (!found) {
			reached.push_back({nsid, simulated(info) || nsid == info.nsid ? info.node : ""});
		}
	}
	return reached;
}

std::vector<Reached> reached_subsystem(const ringline_device_info &info, const std::vector<std::uint32_t> &nsids)
{
	std::vector<std::uint32_t> all = nsids;
	if (!simulated(info)) {
		for (const ringline_device_entry &entry : listed_namespaces(info)) {
			all.push_back(entry.nsid);
		}
	}
	std::sort(all.begin(), all.end());
	all.erase(std::unique(all.begin(), all.end()), all.end());
	return reached_namespaces(info, all);
}

std::vector<BusyCheck> require_all_idle(const ringline_device_info &info, const std::vector<Reached> &reached,
					bool allow_busy, Warnings *warnings)
{
	std::vector<BusyCheck> checks;
	for (const Reached &one : reached) {
		if (one.node.empty()) {
			warnings->add(
				fmt::format("namespace {} has no node here: whether another machine uses it cannot be "
					    "checked",
					    one.nsid));
			continue;
		}
		ringline_device_info facts = info;
		facts.kind = simulated(info) ? info.kind : RINGLINE_DEVICE_NAMESPACE;
		std::snprintf(facts.node, sizeof facts.node, "%s", one.node.c_str());
		checks.push_back(require_idle(facts, allow_busy, warnings));
	}
	return checks;
}

void confirm(const ringline_device_info &info, const std::string &what, const Options &options)
{
	const std::string serial = info.serial;
	std::string given = options.admin.yes;
	if (given.empty() && !options.json && ::isatty(STDIN_FILENO) != 0 && ::isatty(STDERR_FILENO) != 0) {
		print_text_to_stderr(
			fmt::format("{}\nIts model is {}. Type its serial number to go on: ", what, info.model));
		std::getline(std::cin, given);
		if (given.empty()) {
			throw Error(Exit::refused, "nothing was typed, and nothing was sent");
		}
	}
	if (given.empty()) {
		throw Error(Exit::refused, fmt::format("{} This wants a confirmation.", what),
			    "nothing was sent; --yes SERIAL, with the serial number of the drive that is meant, "
			    "confirms it")
			.with_rule("confirmation");
	}
	if (given != serial) {
		throw Error(Exit::refused, fmt::format("the serial number of {} is not {}", info.node, given),
			    "nothing was sent; nvmectl list shows the serial numbers")
			.with_rule("confirmation");
	}
}

std::string describe(const std::vector<Reached> &reached)
{
	std::string text;
	for (const Reached &one : reached) {
		text += fmt::format("{}namespace {} ({})", text.empty() ? "" : ", ", one.nsid,
				    one.node.empty() ? "no node here" : one.node);
	}
	return text;
}

Json to_json(const std::vector<Reached> &reached)
{
	Json array = Json::array();
	for (const Reached &one : reached) {
		array.push_back({{"nsid", one.nsid}, {"node", one.node.empty() ? Json(nullptr) : Json(one.node)}});
	}
	return array;
}

} // namespace nvmectl
