// SPDX-License-Identifier: MIT OR Apache-2.0
#include "admin_call.h"
#include "commands.h"
#include "error.h"
#include "interrupt.h"
#include "page_view.h"
#include "prometheus.h"
#include "sink.h"
#include "units.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace nvmectl
{
namespace
{

constexpr std::uint8_t lid_error = 0x01;
constexpr std::uint32_t length_max = 256U << 20;

std::vector<std::uint8_t> read_log(const Device &device, const ringline_log_options &options, std::uint32_t length)
{
	std::vector<std::uint8_t> bytes(length);
	ringline_completion completion = {};
	const std::int32_t returned = ringline_log_read(device.handle(), &options, bytes.data(), length, &completion);
	require_success(fmt::format("Get Log Page {:02X}h of {}", options.lid, device.info().node), returned,
			completion);
	return bytes;
}

Json log_json(const std::string &schema, const Device &device, std::uint32_t page, std::span<const std::uint8_t> data)
{
	Json json = document(schema);
	json["device"] = device.info().node;
	json["log"] = page_json(page, data);
	return json;
}

/// As many entries as the controller keeps.
std::uint32_t error_log_length(const Device &device)
{
	constexpr std::uint32_t entry = 64;
	const std::vector<std::uint8_t> page = identify_page(device, cns_controller, 0);
	return static_cast<std::uint32_t>(page_number(RINGLINE_PAGE_IDENTIFY + cns_controller, "elpe", page)) * entry;
}

void show(const Device &device, const NamedLog &log, const ringline_log_options &options, std::uint32_t length,
	  const Options &given)
{
	const std::uint32_t page = RINGLINE_PAGE_LOG + log.lid;
	const std::vector<std::uint8_t> bytes = read_log(device, options, length);
	if (given.admin.prom) {
		print_text(prometheus_text(page, bytes, device.info()));
	} else if (given.json) {
		print_document(log_json(fmt::format("log-{}", log.name), device, page, bytes));
	} else {
		const std::string text = page_text(page, bytes);
		print_text(text.empty() ? "no entries\n" : text);
	}
}

} // namespace

Exit run_log(const NamedLog &log, const Options &options, Warnings * /*warnings*/)
{
	if (options.admin.prom && options.json) {
		throw Error(Exit::usage, "--prom and --json are two formats: one of them");
	}
	const std::uint64_t pause_ns =
		options.admin.watch.empty() ? 0 : parse_duration_ns(options.admin.watch, "--watch");
	if (!options.admin.watch.empty() && pause_ns < 1'000'000) {
		throw Error(Exit::usage, fmt::format("--watch {}: a millisecond at least", options.admin.watch));
	}
	const Device device(options.device, RINGLINE_OPEN_READ_ONLY);
	auto wanted = sized<ringline_log_options>();
	wanted.lid = log.lid;
	wanted.nsid = admin_number(options.admin.nsid, "--nsid", UINT32_MAX);
	const std::uint32_t length = log.lid == lid_error ? error_log_length(device) : log.length;
	if (pause_ns == 0) {
		show(device, log, wanted, length, options);
		return Exit::done;
	}
	interrupt::install();
	do {
		show(device, log, wanted, length, options);
	} while (output_works() && !interrupt::sleep_ns(pause_ns));
	return Exit::done;
}

Exit run_log_get(const Options &options, Warnings * /*warnings*/)
{
	refuse_image(options.admin.raw, options.device);
	constexpr std::uint32_t seven_bits = 0x7f;
	const AdminOptions &words = options.admin;
	auto wanted = sized<ringline_log_options>();
	wanted.lid = static_cast<std::uint8_t>(admin_number(words.lid, "--lid", UINT8_MAX));
	wanted.lsp = static_cast<std::uint8_t>(admin_number(words.lsp, "--lsp", seven_bits));
	wanted.lsi = static_cast<std::uint16_t>(admin_number(words.lsi, "--lsi", UINT16_MAX));
	wanted.csi = static_cast<std::uint8_t>(admin_number(words.csi, "--csi", UINT8_MAX));
	wanted.nsid = admin_number(words.nsid, "--nsid", UINT32_MAX);
	wanted.offset = parse_bytes(words.log_offset, "--offset");
	wanted.flags = words.retain ? RINGLINE_LOG_RETAIN : 0;
	const std::uint64_t length = parse_bytes(words.length, "--length");
	if (length == 0 || length % 4 != 0 || length > length_max || wanted.offset % 4 != 0) {
		throw Error(
			Exit::usage,
			fmt::format("--offset {} --length {}: both are multiples of 4, and the length is at most {}",
				    words.log_offset, words.length, human_bytes(length_max)));
	}
	const Device device(options.device, RINGLINE_OPEN_READ_ONLY);
	const std::vector<std::uint8_t> bytes = read_log(device, wanted, static_cast<std::uint32_t>(length));
	if (!words.raw.empty()) {
		save(words.raw, bytes);
	}
	if (!options.json) {
		if (words.raw.empty()) {
			print_text(hex_dump(bytes));
		}
		return Exit::done;
	}
	Json json = document("log-get");
	json["device"] = device.info().node;
	json["lid"] = wanted.lid;
	json["offset"] = wanted.offset;
	json["length"] = length;
	json["bytes"] = hex_bytes(bytes);
	print_document_beside(words.raw, json);
	return Exit::done;
}

} // namespace nvmectl
