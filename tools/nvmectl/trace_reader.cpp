// SPDX-License-Identifier: MIT OR Apache-2.0
#include "trace_reader.h"

#include "cut_command.h"
#include "error.h"
#include "io_setup.h"
#include "report.h"
#include "session.h"
#include "status_code.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <limits>
#include <unordered_map>

namespace nvmectl
{
namespace
{

constexpr const char *schema_name = "nvmectl.trace/";

[[noreturn]] void refuse_line(const std::string &path, std::uint64_t line, const std::string &why, const char *rule,
			      Exit exit = Exit::refused)
{
	throw Error(exit, fmt::format("{}, line {}: {}", path, line, why), "nothing was sent").with_rule(rule);
}

class Reader
{
public:
	explicit Reader(const std::string &path) : path_(path), file_(path)
	{
		if (!file_) {
			throw Error(Exit::open, fmt::format("cannot read {}: {}", path_, std::strerror(errno)));
		}
		record_.path = path;
	}

	TraceRecord read()
	{
		Json json;
		if (!next(&json)) {
			refuse("it is empty, or its only line is cut off");
		}
		check_header(json);
		while (next(&json)) {
			const std::string event = text(json, "event");
			if (event == "command") {
				add_command(json);
			} else if (event == "completion") {
				add_completion(json);
			} else if (event == "lost") {
				record_.lost += number<std::uint64_t>(json, "count");
			} else {
				refuse(fmt::format("there is no event '{}'", event));
			}
		}
		return std::move(record_);
	}

private:
	[[noreturn]] void refuse(const std::string &why, const char *rule = "trace", Exit exit = Exit::refused) const
	{
		refuse_line(path_, line_, why, rule, exit);
	}

	/// False at the end. A last line without its end that makes no sense was cut off: it is left out.
	bool next(Json *json)
	{
		std::string line;
		if (!std::getline(file_, line)) {
			if (file_.bad()) {
				throw Error(Exit::open, fmt::format("cannot read {}: {}", path_, std::strerror(errno)));
			}
			return false;
		}
		++line_;
		*json = Json::parse(line, nullptr, false);
		if (!json->is_object()) {
			if (!file_.eof()) {
				refuse("it is not a JSON object");
			}
			record_.cut = true;
			return false;
		}
		return true;
	}

	template <class T> T number(const Json &json, const char *name) const
	{
		const auto found = json.find(name);
		if (found == json.end() || !found->is_number_integer()) {
			refuse(fmt::format("the number '{}' is missing", name));
		}
		if constexpr (std::is_signed_v<T>) {
			const auto value = found->template get<std::int64_t>();
			if (value >= std::numeric_limits<T>::min() && value <= std::numeric_limits<T>::max()) {
				return static_cast<T>(value);
			}
		} else if (found->is_number_unsigned()) {
			const auto value = found->template get<std::uint64_t>();
			if (value <= std::numeric_limits<T>::max()) {
				return static_cast<T>(value);
			}
		}
		refuse(fmt::format("the number '{}' is out of range", name));
	}

	std::string text(const Json &json, const char *name) const
	{
		const auto found = json.find(name);
		if (found == json.end() || !found->is_string()) {
			refuse(fmt::format("the text '{}' is missing", name));
		}
		return found->get<std::string>();
	}

	bool flag(const Json &json, const char *name) const
	{
		const auto found = json.find(name);
		if (found == json.end() || !found->is_boolean()) {
			refuse(fmt::format("'{}', true or false, is missing", name));
		}
		return found->get<bool>();
	}

	void check_header(const Json &json)
	{
		const std::string schema = text(json, "schema");
		if (!schema.starts_with(schema_name)) {
			refuse(fmt::format("it is a '{}', not a trace", schema));
		}
		if (schema != std::string(schema_name) + "1") {
			refuse(fmt::format("this version reads {}1, and it is {}", schema_name, schema), "schema",
			       Exit::unsupported);
		}
		const auto device = json.find("device");
		if (device == json.end() || !device->is_object()) {
			refuse("the 'device' is missing");
		}
		const auto of_device = [&](const char *name) { return number<std::uint64_t>(*device, name); };
		record_.device = {of_device("block_size"), of_device("metadata_size"), of_device("zone_blocks"),
				  of_device("blocks")};
	}

	std::array<std::uint32_t, 16> dwords_of_line(const Json &json) const
	{
		std::array<std::uint32_t, 16> dwords = {};
		const auto found = json.find("dwords");
		const bool whole = found != json.end() && found->is_array() && found->size() == dwords.size();
		for (std::size_t i = 0; i < dwords.size(); ++i) {
			if (!whole || !found->at(i).is_number_unsigned() ||
			    found->at(i).template get<std::uint64_t>() > UINT32_MAX) {
				refuse("the 16 'dwords' are missing");
			}
			dwords.at(i) = found->at(i).template get<std::uint32_t>();
		}
		return dwords;
	}

	std::vector<ringline_range> ranges_of(const Json &json) const
	{
		std::vector<ringline_range> ranges;
		if (const auto found = json.find("ranges"); found != json.end()) {
			for (const Json &one : *found) {
				ringline_range range = {};
				range.lba = number<std::uint64_t>(one, "lba");
				range.blocks = number<std::uint32_t>(one, "blocks");
				ranges.push_back(range);
			}
		}
		return ranges;
	}

	void add_command(const Json &json)
	{
		TraceCommand made;
		made.number = number<std::uint64_t>(json, "seq");
		made.line = line_;
		ringline_command &base = made.command.base;
		base.opcode = number<std::uint8_t>(json, "opcode");
		base.lba = number<std::uint64_t>(json, "slba");
		base.blocks = number<std::uint32_t>(json, "blocks");
		base.flags = number<std::uint16_t>(json, "flags");
		base.action = number<std::uint8_t>(json, "action");
		base.length = number<std::uint32_t>(json, "data_length");
		base.address = base.length != 0 ? provable_memory : 0;
		made.ranges = ranges_of(json);
		made.dwords = dwords_of_line(json);
		const auto index = static_cast<std::uint32_t>(record_.commands.size());
		if (!numbers_.emplace(made.number, index).second) {
			refuse(fmt::format("there is another command {} before it", made.number));
		}
		record_.events.push_back({index, false, number<std::uint64_t>(json, "time_ns")});
		record_.commands.push_back(std::move(made));
	}

	void add_completion(const Json &json)
	{
		const auto seq = number<std::uint64_t>(json, "seq");
		const auto found = numbers_.find(seq);
		if (found == numbers_.end() || record_.commands[found->second].end.known) {
			refuse(fmt::format("there is no command {} before it that has not ended", seq));
		}
		TraceEnd &end = record_.commands[found->second].end;
		end.known = true;
		end.status = number<std::uint16_t>(json, "status");
		end.error = number<std::int32_t>(json, "error");
		end.flags = static_cast<std::uint16_t>((flag(json, "outcome_unknown") ? RINGLINE_OUTCOME_UNKNOWN : 0U) |
						       (flag(json, "not_sent") ? RINGLINE_NOT_SENT : 0U));
		record_.events.push_back({found->second, true, number<std::uint64_t>(json, "time_ns")});
	}

	std::string path_;
	std::ifstream file_;
	std::uint64_t line_ = 0;
	TraceRecord record_;
	std::unordered_map<std::uint64_t, std::uint32_t> numbers_;
};

void require_same(const TraceRecord &record, const ringline_device_info &info)
{
	const auto must_be = [&](std::uint64_t given, std::uint64_t wanted, const std::string &what) {
		if (given != wanted) {
			refuse_line(
				record.path, 1,
				fmt::format("the trace is of a device with {}, and {} has {}", what, info.node, wanted),
				"geometry");
		}
	};
	const TraceDevice &device = record.device;
	must_be(device.block_size, info.block_size, fmt::format("blocks of {} bytes", device.block_size));
	must_be(device.metadata_size, info.metadata_size,
		fmt::format("blocks with {} bytes of metadata", device.metadata_size));
	must_be(device.zone_blocks, info.zone_blocks, fmt::format("zones of {} blocks", device.zone_blocks));
	if (device.blocks > info.blocks) {
		refuse_line(record.path, 1,
			    fmt::format("the trace is of a device with {} blocks, and {} has only {}", device.blocks,
					info.node, info.blocks),
			    "bounds");
	}
}

/// The library would take the command, and it is the one that the dwords say.
void prove(const std::string &path, const TraceCommand &made, const ringline_device_info &info)
{
	ringline_command_extended command = made.command;
	const std::vector<std::uint8_t> bytes = put_ranges(made.ranges, &command.base);
	ringline_nvme_command wire = {};
	ringline_diagnosis why = {};
	why.struct_size = sizeof why;
	const std::int32_t error = ringline_encode(&command, &wire, &why);
	if (error < 0) {
		refuse_line(
			path, made.line,
			fmt::format("{} cannot do this {}: {}", info.node, opcode_name(command.base.opcode), why.text),
			rule_name(why.rule).c_str(), error == -EOPNOTSUPP ? Exit::unsupported : Exit::refused);
	}
	std::array<std::uint32_t, 16> dwords = dwords_of(wire);
	dwords[1] = made.dwords[1]; // another namespace
	if (dwords != made.dwords) {
		refuse_line(
			path, made.line,
			"its dwords are not those of the command that the other members describe: the line was changed",
			"trace");
	}
}

} // namespace

TraceRecord read_trace(const std::string &path)
{
	return Reader(path).read();
}

void prove_trace(TraceRecord *record, ringline_device device, const ringline_device_info &info)
{
	require_same(*record, info);
	for (TraceCommand &command : record->commands) {
		command.command.base.device = device;
		prove(record->path, command, info);
	}
}

} // namespace nvmectl
