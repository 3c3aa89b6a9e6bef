// SPDX-License-Identifier: MIT OR Apache-2.0
#include "admin_call.h"
#include "commands.h"
#include "error.h"
#include "page_view.h"
#include "sink.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <optional>

namespace nvmectl
{
namespace
{

constexpr std::uint8_t cns_of_command_set = 0x05;

/// The page of the namespace's command set, if this controller has one.
std::optional<std::vector<std::uint8_t>> command_set_page(const Device &device, std::uint32_t nsid, std::uint8_t csi)
{
	auto options = sized<ringline_identify_options>();
	options.cns = cns_of_command_set;
	options.nsid = nsid;
	options.csi = csi;
	try {
		return identify_page(device, options);
	} catch (const Error &error) {
		if (error.exit() == Exit::status) {
			return std::nullopt; // a controller of before NVMe 2.0
		}
		throw;
	}
}

std::uint32_t wanted_nsid(const Device &device, const Options &options)
{
	const std::uint32_t asked = admin_number(options.admin.nsid, "--nsid", UINT32_MAX);
	if (asked == 0 && device.info().nsid == 0) {
		throw Error(Exit::usage,
			    fmt::format("{} is a controller: --nsid says which namespace is meant", device.info().node),
			    "nvmectl id list shows the namespaces that it has");
	}
	return asked != 0 ? asked : device.info().nsid;
}

Json head(const char *schema, const Device &device)
{
	Json json = document(schema);
	json["device"] = device.info().node;
	return json;
}

} // namespace

Exit run_id_ctrl(const Options &options, Warnings * /*warnings*/)
{
	const Device device(options.device, RINGLINE_OPEN_READ_ONLY);
	const std::vector<std::uint8_t> page = identify_page(device, cns_controller, 0);
	if (!options.json) {
		print_text(page_text(RINGLINE_PAGE_IDENTIFY + cns_controller, page));
		return Exit::done;
	}
	Json json = head("id-ctrl", device);
	json["controller"] = page_json(RINGLINE_PAGE_IDENTIFY + cns_controller, page);
	print_document(json);
	return Exit::done;
}

Exit run_id_ns(const Options &options, Warnings * /*warnings*/)
{
	const Device device(options.device, RINGLINE_OPEN_READ_ONLY);
	const std::uint32_t nsid = wanted_nsid(device, options);
	const std::vector<std::uint8_t> page = identify_page(device, cns_namespace, nsid);
	const std::uint8_t csi = nsid == device.info().nsid ? device.info().command_set : std::uint8_t{0};
	const std::uint32_t number = RINGLINE_PAGE_IDENTIFY + cns_of_command_set + (std::uint32_t{csi} << 16);
	const auto of_set = command_set_page(device, nsid, csi);
	if (!options.json) {
		print_text(page_text(RINGLINE_PAGE_IDENTIFY + cns_namespace, page) +
			   (of_set ? page_text(number, *of_set) : ""));
		return Exit::done;
	}
	Json json = head("id-ns", device);
	json["nsid"] = nsid;
	json["command_set"] = csi;
	json["namespace"] = page_json(RINGLINE_PAGE_IDENTIFY + cns_namespace, page);
	json["of_command_set"] = of_set ? page_json(number, *of_set) : Json(nullptr);
	print_document(json);
	return Exit::done;
}

Exit run_id_list(const Options &options, Warnings * /*warnings*/)
{
	const Device device(options.device, RINGLINE_OPEN_READ_ONLY);
	const std::vector<std::uint32_t> ids = namespace_ids(device, options.admin.allocated);
	if (options.json) {
		Json json = head("id-list", device);
		json["allocated"] = options.admin.allocated;
		json["nsids"] = ids;
		print_document(json);
		return Exit::done;
	}
	std::string text;
	for (const std::uint32_t id : ids) {
		text += fmt::format("{}\n", id);
	}
	print_text(text);
	return Exit::done;
}

Exit run_id_raw(const Options &options, Warnings * /*warnings*/)
{
	refuse_image(options.admin.raw, options.device);
	const Device device(options.device, RINGLINE_OPEN_READ_ONLY);
	auto asked = sized<ringline_identify_options>();
	asked.cns = static_cast<std::uint8_t>(admin_number(options.admin.cns, "--cns", UINT8_MAX));
	asked.csi = static_cast<std::uint8_t>(admin_number(options.admin.csi, "--csi", UINT8_MAX));
	asked.nsid = admin_number(options.admin.nsid, "--nsid", UINT32_MAX);
	asked.controller =
		static_cast<std::uint16_t>(admin_number(options.admin.controller, "--controller", UINT16_MAX));
	const std::vector<std::uint8_t> page = identify_page(device, asked);
	if (!options.admin.raw.empty()) {
		save(options.admin.raw, page);
	}
	if (options.json) {
		Json json = head("id-raw", device);
		json["cns"] = asked.cns;
		json["csi"] = asked.csi;
		json["nsid"] = asked.nsid;
		json["bytes"] = hex_bytes(page);
		print_document_beside(options.admin.raw, json);
	} else if (options.admin.raw.empty()) {
		print_text(hex_dump(page));
	}
	return Exit::done;
}

} // namespace nvmectl
