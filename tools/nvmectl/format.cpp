// SPDX-License-Identifier: MIT OR Apache-2.0
#include "admin_call.h"
#include "commands.h"
#include "confirm.h"
#include "error.h"
#include "units.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <array>
#include <optional>

namespace nvmectl
{
namespace
{

struct LbaFormat {
	std::uint8_t index;
	std::uint32_t data_bytes;
	std::uint32_t metadata_bytes;
};

/// Those that the namespace has.
std::vector<LbaFormat> formats_of(std::span<const std::uint8_t> page)
{
	constexpr std::size_t first = 128;
	constexpr std::size_t nulbaf = 82;
	constexpr unsigned lbads_max = 31;
	const std::size_t count = page_number(RINGLINE_PAGE_IDENTIFY, "nlbaf", page) + page[nulbaf];
	std::vector<LbaFormat> formats;
	for (std::size_t i = 0; i < count && i < 64; ++i) {
		const std::size_t at = first + 4 * i;
		const unsigned lbads = page[at + 2];
		if (lbads != 0 && lbads <= lbads_max) {
			formats.push_back({static_cast<std::uint8_t>(i), 1U << lbads, page[at] | page[at + 1] * 256U});
		}
	}
	return formats;
}

std::string describe(const std::vector<LbaFormat> &formats)
{
	std::string text;
	for (const LbaFormat &format : formats) {
		text += fmt::format("{}{} ({} bytes{})", text.empty() ? "" : ", ", format.index, format.data_bytes,
				    format.metadata_bytes == 0 ? "" : fmt::format(" + {}", format.metadata_bytes));
	}
	return text;
}

/// There is no default: a format that nobody chose is how data and geometry get lost.
LbaFormat choose(const std::vector<LbaFormat> &formats, const AdminOptions &words)
{
	if (words.lba_format.empty() == words.block_size.empty()) {
		throw Error(Exit::usage, "one of --lba-format and --block-size says which format is meant",
			    "this namespace has " + describe(formats));
	}
	if (!words.lba_format.empty()) {
		const std::uint32_t index = admin_number(words.lba_format, "--lba-format", 63);
		for (const LbaFormat &format : formats) {
			if (format.index == index) {
				return format;
			}
		}
		throw Error(Exit::usage, fmt::format("--lba-format {}: the namespace has no such format", index),
			    "it has " + describe(formats));
	}
	const std::uint64_t bytes = parse_bytes(words.block_size, "--block-size");
	std::optional<LbaFormat> found;
	for (const LbaFormat &format : formats) {
		if (format.data_bytes == bytes && format.metadata_bytes == 0) {
			if (found) {
				throw Error(Exit::usage,
					    fmt::format("--block-size {}: several formats are like that", bytes),
					    "choose one by --lba-format: " + describe(formats));
			}
			found = format;
		}
	}
	if (!found) {
		throw Error(Exit::usage,
			    fmt::format("--block-size {}: the namespace has no such format without metadata", bytes),
			    "it has " + describe(formats));
	}
	return *found;
}

std::uint8_t parse_erase(const std::string &words)
{
	constexpr std::array<const char *, 3> names = {"none", "user-data", "cryptographic"};
	for (std::size_t i = 0; i < names.size(); ++i) {
		if (words == names.at(i)) {
			return static_cast<std::uint8_t>(i);
		}
	}
	throw Error(Exit::usage, fmt::format("--erase {}: none, user-data or cryptographic", words));
}

std::uint32_t flags_of(const AdminOptions &words, const LbaFormat &format, std::uint32_t pi)
{
	if (!words.metadata.empty() && words.metadata != "inline" && words.metadata != "separate") {
		throw Error(Exit::usage, fmt::format("--metadata {}: inline or separate", words.metadata));
	}
	if (format.metadata_bytes == 0 && (!words.metadata.empty() || pi != 0)) {
		throw Error(Exit::usage, fmt::format("LBA format {} has no metadata, and so no protection information",
						     format.index));
	}
	if (words.pi_first && pi == 0) {
		throw Error(Exit::usage, "--pi-first: without --pi there is no protection information");
	}
	return (words.metadata == "inline" ? RINGLINE_FORMAT_METADATA_INLINE : 0U) |
	       (words.pi_first ? RINGLINE_FORMAT_PI_FIRST : 0U);
}

struct Job {
	ringline_format_options options = {};
	LbaFormat format = {};
	std::vector<Reached> reached;
	bool by_attribute = false; ///< The controller formats, or erases, all of them whatever is named.
};

std::uint32_t namespace_to_format(const Device &device, const Options &options)
{
	const std::uint32_t asked = admin_number(options.admin.nsid, "--nsid", UINT32_MAX - 1);
	const std::uint32_t own = device.info().nsid;
	if (own == 0 && asked == 0) {
		throw Error(Exit::usage,
			    fmt::format("{} is a controller: --nsid says which namespace is meant", device.info().node),
			    "or name the namespace's own node; nvmectl list shows them");
	}
	if (own != 0 && asked != 0 && asked != own) {
		throw Error(Exit::usage, fmt::format("{} is namespace {}, not {}", device.info().node, own, asked));
	}
	return own != 0 ? own : asked;
}

/// Which namespaces lose their data, by what the controller says about itself.
void find_reach(const Device &device, const Options &options, Job *job)
{
	const std::uint32_t page = RINGLINE_PAGE_IDENTIFY + cns_controller;
	const std::vector<std::uint8_t> controller = identify_page(device, cns_controller, 0);
	const bool formats_all = page_number(page, "fna_format_all", controller) != 0;
	const bool erases_all = page_number(page, "fna_erase_all", controller) != 0;
	job->by_attribute = formats_all || (erases_all && job->options.erase != RINGLINE_ERASE_NONE);
	if (!job->by_attribute) {
		job->reached = reached_namespaces(device.info(), {job->options.nsid});
		return;
	}
	const bool manages = page_number(page, "oacs_namespaces", controller) != 0;
	const std::vector<std::uint32_t> all = namespace_ids(device, manages);
	job->reached = reached_namespaces(device.info(), all);
	if (all.size() > 1 && !options.admin.all_namespaces) {
		throw Error(Exit::refused,
			    fmt::format("this controller {} all its namespaces, whichever is named (FNA): {}",
					formats_all ? "formats" : "erases", describe(job->reached)),
			    "nothing was sent; --all-namespaces allows it")
			.with_rule("all-namespaces");
	}
	job->options.flags |= RINGLINE_FORMAT_ALL_NAMESPACES;
}

Job make_job(const Device &device, const Options &options)
{
	Job job;
	job.options = sized<ringline_format_options>();
	job.options.nsid = namespace_to_format(device, options);
	const std::vector<std::uint8_t> page = identify_page(device, cns_namespace, job.options.nsid);
	job.format = choose(formats_of(page), options.admin);
	const std::uint32_t pi = admin_number(options.admin.pi, "--pi", 3);
	job.options.lba_format = job.format.index;
	job.options.pi_type = static_cast<std::uint8_t>(pi);
	job.options.erase = parse_erase(options.admin.erase);
	job.options.flags = flags_of(options.admin, job.format, pi);
	job.options.timeout_ms = admin_timeout(options.admin.timeout);
	find_reach(device, options, &job);
	return job;
}

void report(const Device &device, const Job &job, const Options &options, const Warnings &warnings)
{
	// A multipath head or a controller's node tells nothing about the new geometry; the device has taken the
	// format.
	auto info = sized<ringline_device_info>();
	const bool known = device.info().nsid != 0 && ringline_device_refresh(device.handle()) == 0 &&
			   ringline_device_info_get(device.handle(), &info) == 0;
	if (options.json) {
		Json json = document("format");
		json["device"] = device.info().node;
		json["nsid"] = job.options.nsid;
		json["lba_format"] = job.format.index;
		json["block_size"] = job.format.data_bytes;
		json["metadata_size"] = job.format.metadata_bytes;
		json["blocks"] = known ? Json(info.blocks) : Json(nullptr);
		json["reached"] = to_json(job.reached);
		json["warnings"] = warnings.texts();
		print_document(json);
	} else if (!options.quiet) {
		print_text(fmt::format(
			"formatted {}: blocks of {} bytes{}{}\n", describe(job.reached), job.format.data_bytes,
			job.format.metadata_bytes == 0 ? ""
						       : fmt::format(" and {} of metadata", job.format.metadata_bytes),
			known ? fmt::format(", {} of them", info.blocks) : ""));
	}
}

} // namespace

Exit run_format(const Options &options, Warnings *warnings)
{
	const Device device(options.device, 0);
	const Job job = make_job(device, options);
	const std::vector<BusyCheck> claims =
		require_all_idle(device.info(), job.reached, options.allow_busy, warnings);
	const std::string what = fmt::format("Format NVM of {}", device.info().node);
	ringline_completion completion = {};
	if (options.dry_run) {
		ringline_nvme_command command = {};
		require_success(what, ringline_nvme_format(&command, &job.options), completion);
		print_dry_run("format", "Format NVM", "admin", device, command, options, *warnings);
		return Exit::done;
	}
	confirm(device.info(),
		fmt::format("All data of {} will be lost{}.", describe(job.reached),
			    job.by_attribute ? " (this controller formats or erases all of them at once: FNA)" : ""),
		options);
	require_success(what, ringline_format(device.handle(), &job.options, &completion), completion);
	report(device, job, options, *warnings);
	return Exit::done;
}

} // namespace nvmectl
