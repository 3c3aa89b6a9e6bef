// SPDX-License-Identifier: MIT OR Apache-2.0
#include "device/admin.h"

#include "nvme/identify.h"

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace ringline::device
{

namespace
{

// Of Identify Controller.
constexpr std::size_t oacs = 256;
constexpr std::uint8_t oacs_namespaces = 1U << 3;
constexpr std::size_t lpa = 261;
constexpr std::uint8_t lpa_extended = 1U << 2;
constexpr std::size_t fna = 524;
constexpr std::uint8_t fna_format_all = 1U << 0;
constexpr std::uint8_t fna_erase_all = 1U << 1;

constexpr std::uint8_t cns_allocated_namespaces = 0x10;

bool succeeded(const Outcome &outcome)
{
	return outcome.error == 0 && outcome.status == 0;
}

std::int32_t identify(Device &device, std::uint8_t cns, std::uint8_t (&page)[nvme::identify_bytes])
{
	ringline_identify_options options = {};
	options.cns = cns;
	ringline_nvme_command command = {};
	const std::int32_t wrong = nvme::build_identify(options, reinterpret_cast<std::uintptr_t>(page), &command);
	if (wrong < 0) {
		return wrong;
	}
	Outcome outcome;
	const std::int32_t error = device.admin(command, &outcome);
	if (error < 0) {
		return error;
	}
	return succeeded(outcome) ? 0 : -EIO;
}

/// Whether the controller has an active (or, if it can tell, any) namespace but this.
std::int32_t has_other_namespaces(Device &device, std::uint32_t nsid, bool manages_namespaces)
{
	alignas(std::uint64_t) std::uint8_t page[nvme::identify_bytes] = {};
	const std::uint8_t cns = manages_namespaces ? cns_allocated_namespaces : nvme::cns_active_namespaces;
	const std::int32_t error = identify(device, cns, page);
	if (error < 0) {
		return error;
	}
	for (std::size_t at = 0; at < sizeof page; at += sizeof nsid) {
		const std::uint32_t listed = page[at] | std::uint32_t{page[at + 1]} << 8 |
					     std::uint32_t{page[at + 2]} << 16 | std::uint32_t{page[at + 3]} << 24;
		if (listed == 0) {
			break;
		}
		if (listed != nsid) {
			return 1;
		}
	}
	return 0;
}

/// Would the device do it to all namespaces, whichever is named?
std::int32_t check_reach(Device &device, const ringline_format_options &options)
{
	alignas(std::uint64_t) std::uint8_t page[nvme::identify_bytes] = {};
	if (const std::int32_t error = identify(device, nvme::cns_controller, page); error < 0) {
		return error;
	}
	const std::uint8_t formats_all = page[fna] & fna_format_all;
	const std::uint8_t erases_all =
		options.erase == RINGLINE_ERASE_NONE ? std::uint8_t{0} : page[fna] & fna_erase_all;
	if (formats_all == 0 && erases_all == 0) {
		return 0;
	}
	const std::int32_t others = has_other_namespaces(device, options.nsid, (page[oacs] & oacs_namespaces) != 0);
	return others > 0 ? -ENOTUNIQ : others;
}

/// A device that knows no offsets answers each part with the beginning of the page.
std::int32_t check_offsets(Device &device)
{
	alignas(std::uint64_t) std::uint8_t page[nvme::identify_bytes] = {};
	if (const std::int32_t error = identify(device, nvme::cns_controller, page); error < 0) {
		return error;
	}
	return (page[lpa] & lpa_extended) != 0 ? 0 : -EOPNOTSUPP;
}

} // namespace

std::int32_t log_read(Device &device, const ringline_log_options &options, const nvme::AdminData &data,
		      Outcome *outcome)
{
	ringline_nvme_command whole = {};
	if (const std::int32_t wrong = nvme::build_log_read(options, data, &whole); wrong < 0) {
		return wrong; // before anything is sent
	}
	if (options.offset != 0 || data.length > RINGLINE_LOG_COMMAND_BYTES) {
		if (const std::int32_t error = check_offsets(device); error < 0) {
			return error;
		}
	}
	ringline_log_options part = options;
	std::uint32_t done = 0;
	while (done < data.length) {
		const std::uint32_t length = std::min(data.length - done, RINGLINE_LOG_COMMAND_BYTES);
		const bool last = done + length == data.length;
		part.offset = options.offset + done;
		part.flags = last ? options.flags : options.flags | RINGLINE_LOG_RETAIN;
		ringline_nvme_command command = {};
		std::int32_t error =
			nvme::build_log_read(part, {.address = data.address + done, .length = length}, &command);
		if (error == 0) {
			error = device.admin(command, outcome);
		}
		if (error < 0) {
			return error;
		}
		if (!succeeded(*outcome)) {
			break;
		}
		done += length;
	}
	return static_cast<std::int32_t>(done);
}

std::int32_t format(Device &device, const ringline_format_options &options, Outcome *outcome)
{
	const std::uint32_t own = device.info().nsid;
	ringline_format_options wanted = options;
	if (wanted.nsid == 0) {
		wanted.nsid = own; // a controller has none: 0 is refused
	}
	ringline_nvme_command command = {};
	if (const std::int32_t wrong = nvme::build_format(wanted, &command); wrong < 0) {
		return wrong;
	}
	const bool other_allowed = (wanted.flags & RINGLINE_FORMAT_OTHER_NAMESPACE) != 0;
	if (own != 0 && wanted.nsid != own && wanted.nsid != RINGLINE_NSID_ALL && !other_allowed) {
		return -ENXIO;
	}
	if ((wanted.flags & RINGLINE_FORMAT_ALL_NAMESPACES) == 0) {
		if (const std::int32_t error = check_reach(device, wanted); error < 0) {
			return error;
		}
	}
	return device.admin(command, outcome);
}

} // namespace ringline::device
