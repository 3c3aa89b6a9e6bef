// SPDX-License-Identifier: MIT OR Apache-2.0
#include "admin_call.h"
#include "commands.h"
#include "error.h"
#include "page_view.h"
#include "units.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <array>
#include <string_view>

namespace nvmectl
{
namespace
{

constexpr std::uint32_t data_max = 4096;

/// By number, or by the name that the library's table has.
std::uint8_t parse_fid(const std::string &words)
{
	for (std::uint32_t fid = 1; fid <= UINT8_MAX; ++fid) {
		if (words == ringline_page_name(RINGLINE_PAGE_FEATURE + fid) && words != "unknown") {
			return static_cast<std::uint8_t>(fid);
		}
	}
	const bool number = !words.empty() && words[0] >= '0' && words[0] <= '9';
	const std::uint32_t fid = number ? admin_number(words, "--fid", UINT8_MAX) : 0;
	if (fid == 0) {
		throw Error(Exit::usage, fmt::format("--fid {}: not a feature", words),
			    "a number from 1 to 0xff, or a name such as volatile-write-cache or number-of-queues");
	}
	return static_cast<std::uint8_t>(fid);
}

std::uint8_t parse_select(const std::string &words)
{
	constexpr std::array<std::string_view, 4> names = {"current", "default", "saved", "capabilities"};
	for (std::size_t i = 0; i < names.size(); ++i) {
		if (names.at(i) == words) {
			return static_cast<std::uint8_t>(i);
		}
	}
	throw Error(Exit::usage, fmt::format("--select {}: current, default, saved or capabilities", words));
}

std::array<std::uint8_t, 4> result_bytes(std::uint64_t result)
{
	return {static_cast<std::uint8_t>(result), static_cast<std::uint8_t>(result >> 8),
		static_cast<std::uint8_t>(result >> 16), static_cast<std::uint8_t>(result >> 24)};
}

std::string capabilities_text(std::uint64_t result)
{
	return fmt::format("saveable    {}\nnamespaced  {}\nchangeable  {}\n", (result & 1) != 0 ? "yes" : "no",
			   (result & 2) != 0 ? "yes" : "no", (result & 4) != 0 ? "yes" : "no");
}

struct Got {
	std::uint8_t fid;
	std::uint8_t select;
	std::uint32_t value;
	std::vector<std::uint8_t> data;
};

void show(const Device &device, const Options &options, const Got &got)
{
	const bool capabilities = got.select == RINGLINE_FEATURE_CAPABILITIES;
	const std::uint32_t page = RINGLINE_PAGE_FEATURE + got.fid;
	const std::array<std::uint8_t, 4> bytes = result_bytes(got.value);
	if (!options.json) {
		std::string text = fmt::format("value {:#x}\n", got.value);
		text += capabilities ? capabilities_text(got.value) : page_text(page, bytes);
		print_text(text + hex_dump(got.data));
		return;
	}
	Json json = document("feature-get");
	json["device"] = device.info().node;
	json["fid"] = got.fid;
	json["name"] = ringline_page_name(page);
	json["select"] = options.admin.select;
	json["value"] = got.value;
	if (capabilities) {
		json["capabilities"] = {{"saveable", (got.value & 1) != 0},
					{"namespaced", (got.value & 2) != 0},
					{"changeable", (got.value & 4) != 0}};
	} else {
		json["fields"] = page_json(page, bytes);
	}
	json["bytes"] = hex_bytes(got.data);
	print_document(json);
}

ringline_feature_options common(const Options &options)
{
	auto made = sized<ringline_feature_options>();
	made.fid = parse_fid(options.admin.fid);
	made.nsid = admin_number(options.admin.nsid, "--nsid", UINT32_MAX);
	made.cdw12 = admin_number(options.admin.cdw12, "--cdw12", UINT32_MAX);
	made.timeout_ms = admin_timeout(options.admin.timeout);
	return made;
}

} // namespace

Exit run_feature_get(const Options &options, Warnings * /*warnings*/)
{
	ringline_feature_options asked = common(options);
	asked.sel = parse_select(options.admin.select);
	asked.cdw11 = admin_number(options.admin.value, "--cdw11", UINT32_MAX);
	Got got = {asked.fid, asked.sel, 0, {}};
	got.data.resize(admin_number(options.admin.length, "--length", data_max));
	const Device device(options.device, RINGLINE_OPEN_READ_ONLY);
	ringline_completion completion = {};
	const std::int32_t returned =
		ringline_feature_get(device.handle(), &asked, got.data.empty() ? nullptr : got.data.data(),
				     static_cast<std::uint32_t>(got.data.size()), &completion);
	require_success(fmt::format("Get Features {:02X}h of {}", asked.fid, device.info().node), returned, completion);
	got.value = static_cast<std::uint32_t>(completion.result & UINT32_MAX);
	show(device, options, got);
	return Exit::done;
}

Exit run_feature_set(const Options &options, Warnings *warnings)
{
	ringline_feature_options asked = common(options);
	asked.cdw11 = admin_number(options.admin.value, "--value", UINT32_MAX);
	asked.flags = options.admin.save ? RINGLINE_FEATURE_SAVE : 0;
	const std::vector<std::uint8_t> data =
		options.admin.data_file.empty() ? std::vector<std::uint8_t>() : load(options.admin.data_file, data_max);
	const auto length = static_cast<std::uint32_t>(data.size());
	const Device device(options.device, 0);
	const std::string what = fmt::format("Set Features {:02X}h of {}", asked.fid, device.info().node);
	ringline_completion completion = {};
	if (options.dry_run) {
		ringline_nvme_command command = {};
		const std::uint64_t address = reinterpret_cast<std::uintptr_t>(data.data());
		require_success(what, ringline_nvme_feature_set(&command, &asked, address, length), completion);
		print_dry_run("feature-set", "Set Features", "admin", device, command, options, *warnings);
		return Exit::done;
	}
	const std::int32_t returned = ringline_feature_set(device.handle(), &asked,
							   data.empty() ? nullptr : data.data(), length, &completion);
	require_success(what, returned, completion);
	if (options.json) {
		Json json = document("feature-set");
		json["device"] = device.info().node;
		json["fid"] = asked.fid;
		json["name"] = ringline_page_name(RINGLINE_PAGE_FEATURE + asked.fid);
		json["value"] = asked.cdw11;
		json["saved"] = options.admin.save;
		json["result"] = completion.result & UINT32_MAX;
		print_document(json);
	} else if (!options.quiet) {
		print_text(fmt::format("set feature {:#04x} of {} to {:#x}{}\n", asked.fid, device.info().node,
				       asked.cdw11, options.admin.save ? ", saved" : ""));
	}
	return Exit::done;
}

} // namespace nvmectl
