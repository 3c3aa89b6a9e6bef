// SPDX-License-Identifier: MIT OR Apache-2.0
#include "doctor_access.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <system_error>
#include <utility>

namespace nvmectl
{
namespace
{

/// The kernel lets nobody else send commands, whatever the mode of the node.
bool only_administrators(const MachineFacts &facts)
{
	return kernel_before(facts.release, 6, 2);
}

/// A serial number is the device's text, and this one is going to be pasted into a shell.
std::string serial_pattern(const std::string &serial)
{
	const bool plain = !serial.empty() && std::all_of(serial.begin(), serial.end(), [](unsigned char c) {
		return std::isalnum(c) != 0 || c == '-' || c == '_' || c == '.';
	});
	return (plain ? serial : "SERIAL") + "*";
}

std::string why_not(const MachineFacts &facts, const ringline_device_entry &entry)
{
	switch (entry.access_error) {
	case 0:
		return "before Linux 6.2 only CAP_SYS_ADMIN may send commands, whatever the mode of the node";
	case -ENOENT:
		return "there is no such node, as in a container that was not given it";
	case -EACCES:
	case -EPERM:
		return only_administrators(facts) && !facts.sys_admin
			       ? "its mode does not let this user open it, and before Linux 6.2 only CAP_SYS_ADMIN may "
				 "send commands"
			       : "neither its group nor its mode let this user open it";
	default:
		return std::strerror(-entry.access_error);
	}
}

std::string access_fix(const MachineFacts &facts, const ringline_device_entry &entry)
{
	if (entry.access_error == -ENOENT) {
		return fmt::format("docker run --device {} ...", entry.node);
	}
	return permit_fix(facts, entry.serial);
}

bool allowed(const MachineFacts &facts, const ringline_device_entry &entry)
{
	return entry.access_error == 0 && (facts.sys_admin || !only_administrators(facts));
}

} // namespace

bool kernel_before(const std::string &release, unsigned major, unsigned minor)
{
	unsigned is_major = 0;
	unsigned is_minor = 0;
	const char *const end = release.data() + release.size();
	const auto [dot, bad_major] = std::from_chars(release.data(), end, is_major);
	if (bad_major != std::errc() || dot == end || *dot != '.') {
		return false; // what cannot be read is not called old
	}
	const auto [rest, bad_minor] = std::from_chars(dot + 1, end, is_minor);
	return bad_minor == std::errc() && std::pair(is_major, is_minor) < std::pair(major, minor);
}

std::string permit_fix(const MachineFacts &facts, const std::string &serial)
{
	if (only_administrators(facts)) {
		return "sudo nvmectl COMMAND";
	}
	return fmt::format("groupadd --system nvme-direct; usermod -aG nvme-direct \"$USER\"\n"
			   "echo 'SUBSYSTEM==\"nvme-generic\", ATTRS{{serial}}==\"{}\", GROUP=\"nvme-direct\", "
			   "MODE=\"0660\"' >>/etc/udev/rules.d/60-ringline.rules\n"
			   "udevadm control --reload && udevadm trigger --subsystem-match=nvme-generic\n"
			   "and log in again; or: sudo nvmectl COMMAND",
			   serial_pattern(serial));
}

void judge_access(const MachineFacts &facts, std::vector<Check> *checks)
{
	// Who may use one of several namespaces is often not meant to have the others.
	const bool has_one =
		std::any_of(facts.devices.begin(), facts.devices.end(), [&](const ringline_device_entry &entry) {
			return entry.kind == RINGLINE_DEVICE_NAMESPACE && allowed(facts, entry);
		});
	for (const ringline_device_entry &entry : facts.devices) {
		if (allowed(facts, entry)) {
			checks->push_back(
				{"access", Verdict::good, "this user may open it and send commands", "", entry.node});
			continue;
		}
		const bool controller = entry.kind == RINGLINE_DEVICE_CONTROLLER;
		const std::string what = controller ? "a controller, which only admin commands need: " : "";
		checks->push_back({"access", controller || has_one ? Verdict::note : Verdict::problem,
				   what + why_not(facts, entry),
				   controller ? "sudo nvmectl COMMAND" : access_fix(facts, entry), entry.node});
	}
}

} // namespace nvmectl
