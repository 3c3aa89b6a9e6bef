// SPDX-License-Identifier: MIT OR Apache-2.0
// What stands between a command line and the loss of everything on a device: which namespaces are reached, whether any
// is in use, and the serial number as the confirmation.
#pragma once

#include "busy.h"
#include "options.h"
#include "report.h"
#include "session.h"

#include <cstdint>
#include <string>
#include <vector>

namespace nvmectl
{

/// A namespace whose data will be lost.
struct Reached {
	std::uint32_t nsid = 0;
	std::string node; ///< Empty: this machine has no node of it.
};

/// These namespaces of the device's controller. nsids: as the controller lists them.
std::vector<Reached> reached_namespaces(const ringline_device_info &info, const std::vector<std::uint32_t> &nsids);
/// Every namespace of drives with this serial number, which is what a sanitize reaches.
std::vector<Reached> reached_subsystem(const ringline_device_info &info, const std::vector<std::uint32_t> &nsids);

/// Throws Error(Exit::refused) if one of them is in use or that is not known, as require_idle() does. The claims keep
/// others from mounting them meanwhile.
std::vector<BusyCheck> require_all_idle(const ringline_device_info &info, const std::vector<Reached> &reached,
					bool allow_busy, Warnings *warnings);

/// Throws Error(Exit::refused) unless the user gave the serial number: by --yes, or on the terminal, where the question
/// is what will be lost.
void confirm(const ringline_device_info &info, const std::string &what, const Options &options);

/// "namespace 1 (/dev/ng0n1), namespace 2 (no node here)".
std::string describe(const std::vector<Reached> &reached);
Json to_json(const std::vector<Reached> &reached);

} // namespace nvmectl
