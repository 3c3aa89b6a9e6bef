// SPDX-License-Identifier: MIT OR Apache-2.0
#include "admin_call.h"

#include "classify.h"
#include "error.h"
#include "io_setup.h"
#include "sink.h"
#include "source.h"
#include "status_code.h"
#include "units.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <array>
#include <cerrno>
#include <cstring>

namespace nvmectl
{
namespace
{

Exit exit_of_refusal(std::int32_t returned)
{
	switch (-returned) {
	case ENOTUNIQ:
		return Exit::refused;
	case EINVAL:
	case ENOBUFS:
	case ENXIO:
		return Exit::usage;
	default:
		return classify_error(returned);
	}
}

} // namespace

std::uint32_t admin_number(const std::string &words, const char *option, std::uint32_t max)
{
	if (words.empty()) {
		return 0;
	}
	const std::uint64_t number = parse_number(words, option);
	if (number > max) {
		throw Error(Exit::usage, fmt::format("{} {}: at most {:#x} is possible", option, words, max));
	}
	return static_cast<std::uint32_t>(number);
}

std::uint32_t admin_timeout(const std::string &words)
{
	constexpr std::uint64_t ns_of_ms = 1'000'000;
	if (words.empty()) {
		return 0;
	}
	const std::uint64_t time_ns = parse_duration_ns(words, "--timeout");
	if (time_ns < ns_of_ms || time_ns / ns_of_ms > UINT32_MAX) {
		throw Error(Exit::usage, fmt::format("--timeout {}: from a millisecond to 49 days", words));
	}
	return static_cast<std::uint32_t>(time_ns / ns_of_ms);
}

void require_success(const std::string &what, std::int32_t returned, const ringline_completion &completion)
{
	if (returned < 0) {
		throw Error(exit_of_refusal(returned), fmt::format("{}: {} ({})", what, ringline_error_text(returned),
								   ringline_error_name(returned)));
	}
	if ((completion.flags & RINGLINE_OUTCOME_UNKNOWN) != 0) {
		throw Error(Exit::unknown, fmt::format("the answer to {} was lost ({}): it may or may not have run",
						       what, ringline_error_name(completion.error)));
	}
	if (completion.error != 0) {
		throw Error(classify_error(completion.error),
			    fmt::format("{}: {} ({})", what, ringline_error_text(completion.error),
					ringline_error_name(completion.error)));
	}
	if (completion.status != 0) {
		throw Error(Exit::status,
			    fmt::format("the device answered {} with NVMe status {} ({}): {}", what,
					status_notation(completion.status), ringline_status_name(completion.status, -1),
					ringline_status_text(completion.status, -1)))
			.with_status(completion.status);
	}
}

std::vector<std::uint8_t> identify_page(const Device &device, const ringline_identify_options &options)
{
	std::vector<std::uint8_t> page(RINGLINE_IDENTIFY_BYTES);
	ringline_completion completion = {};
	const std::int32_t returned =
		ringline_identify(device.handle(), &options, page.data(), RINGLINE_IDENTIFY_BYTES, &completion);
	require_success(fmt::format("Identify {:02X}h of {}", options.cns, device.info().node), returned, completion);
	return page;
}

std::vector<std::uint8_t> identify_page(const Device &device, std::uint8_t cns, std::uint32_t nsid)
{
	auto options = sized<ringline_identify_options>();
	options.cns = cns;
	options.nsid = nsid;
	return identify_page(device, options);
}

std::uint64_t page_number(std::uint32_t page, const char *name, std::span<const std::uint8_t> data)
{
	auto field = sized<ringline_field>();
	for (std::uint32_t index = 0; ringline_page_field(page, index, &field) == 0; ++index) {
		std::uint64_t value = 0;
		if (std::strcmp(field.name, name) == 0 && field.list[0] == '\0' &&
		    ringline_page_value(page, index, 0, data.data(), static_cast<std::uint32_t>(data.size()), &value,
					nullptr) == 0) {
			return value;
		}
	}
	throw Error(Exit::internal, fmt::format("{} has no field {}", ringline_page_name(page), name));
}

std::vector<std::uint32_t> namespace_ids(const Device &device, bool allocated)
{
	constexpr std::uint8_t cns_active = 0x02;
	constexpr std::uint8_t cns_allocated = 0x10;
	std::vector<std::uint32_t> ids;
	std::uint32_t above = 0;
	while (true) {
		const std::vector<std::uint8_t> page =
			identify_page(device, allocated ? cns_allocated : cns_active, above);
		for (std::size_t at = 0; at < page.size(); at += 4) {
			const std::uint32_t id = page[at] | std::uint32_t{page[at + 1]} << 8 |
						 std::uint32_t{page[at + 2]} << 16 | std::uint32_t{page[at + 3]} << 24;
			if (id <= above) {
				return ids; // 0 ends the list; anything else that does not grow is no list
			}
			ids.push_back(id);
			above = id;
		}
	}
}

void print_dry_run(const char *schema, const char *name, const char *plane, const Device &device,
		   const ringline_nvme_command &command, const Options &options, const Warnings &warnings)
{
	const std::array<std::uint32_t, 16> dwords = dwords_of(command);
	if (options.json) {
		Json json = document(schema);
		json["dry_run"] = true;
		json["device"] = device.info().node;
		json["command"] = {{"name", name},
				   {"plane", plane},
				   {"opcode", command.opcode},
				   {"nsid", command.nsid},
				   {"data_length", command.data_length},
				   {"timeout_ms", command.timeout_ms},
				   {"dwords", dwords}};
		json["warnings"] = warnings.texts();
		print_document(json);
		return;
	}
	std::string text = fmt::format("dry run on {}: {} (opcode {:02X}h, {}), nothing was sent\n", device.info().node,
				       name, command.opcode, plane);
	text += fmt::format("  nsid {:#x}, {} of data, time limit {}\n", command.nsid,
			    count_of(command.data_length, "byte"),
			    command.timeout_ms == 0 ? "the driver's" : fmt::format("{} ms", command.timeout_ms));
	for (std::size_t i = 0; i < dwords.size(); ++i) {
		const bool address = i >= 4 && i <= 9;
		text += address ? fmt::format("  dword {:>2}  (address)\n", i)
				: fmt::format("  dword {:>2}  {:#010x}\n", i, dwords.at(i));
	}
	print_text(text);
}

void save(const std::string &path, std::span<const std::uint8_t> bytes)
{
	const std::unique_ptr<Sink> sink = open_sink(path, bytes.size());
	const std::int32_t written = sink->write(std::as_bytes(bytes));
	if (written < 0) {
		throw Error(Exit::open, fmt::format("cannot write {}: {}", sink->name(), std::strerror(-written)));
	}
	commit(sink.get());
}

std::vector<std::uint8_t> load(const std::string &path, std::size_t max)
{
	Source source(path);
	std::vector<std::uint8_t> bytes(max + 1);
	std::size_t got = 0;
	while (got < bytes.size()) {
		const ssize_t part = source.read(std::as_writable_bytes(std::span(bytes).subspan(got)));
		if (part < 0) {
			throw Error(Exit::open, fmt::format("cannot read {}: {}", source.name(),
							    std::strerror(static_cast<int>(-part))));
		}
		if (part == 0) {
			break;
		}
		got += static_cast<std::size_t>(part);
	}
	if (got > max) {
		throw Error(Exit::usage,
			    fmt::format("{} has more than the {} bytes that one command takes", source.name(), max));
	}
	bytes.resize(got);
	return bytes;
}

} // namespace nvmectl
