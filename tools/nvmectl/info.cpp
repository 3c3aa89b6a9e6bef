// SPDX-License-Identifier: MIT OR Apache-2.0
#include "commands.h"
#include "error.h"
#include "report.h"
#include "session.h"
#include "units.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <optional>
#include <span>

namespace nvmectl
{
namespace
{

std::string hexadecimal(std::span<const std::uint8_t> bytes)
{
	std::string text;
	for (const std::uint8_t byte : bytes) {
		text += fmt::format("{:02x}", byte);
	}
	return text.find_first_not_of('0') == std::string::npos ? std::string() : text;
}

std::string bytes_text(std::uint64_t bytes, const char *zero)
{
	return bytes == 0 ? zero : fmt::format("{} ({} bytes)", human_bytes(bytes), bytes);
}

std::string traps_text(std::uint32_t traps)
{
	if (traps == 0) {
		return "none known";
	}
	const std::string names = fmt::format("{}", fmt::join(trap_names(traps), ", "));
	return (traps & RINGLINE_TRAP_WRITE_LOST) != 0
		       ? names + ". This kernel's io_uring may report success for a write that it dropped (liburing "
				 "#1386)"
		       : names;
}

class Lines
{
public:
	void add(const char *name, const std::string &value)
	{
		text_ += value.empty() ? "" : fmt::format("{:<18}  {}\n", name, value);
	}
	[[nodiscard]] const std::string &text() const { return text_; }

private:
	std::string text_;
};

std::string metadata_text(const ringline_device_info &info)
{
	if (info.metadata_size == 0) {
		return "none";
	}
	std::string text = fmt::format("{} bytes a block, {}", info.metadata_size,
				       info.metadata_inline != 0 ? "inline" : "separate");
	if (info.pi_type != 0) {
		text += fmt::format(", protection type {} with a guard of {} bits in its {} bytes", info.pi_type,
				    info.guard_bits, info.pi_first != 0 ? "first" : "last");
	}
	return text;
}

void add_namespace(const ringline_device_info &info, Lines *lines)
{
	const std::uint64_t bytes = info.blocks * info.block_size;
	lines->add("namespace id", fmt::format("{}", info.nsid));
	lines->add("size", fmt::format("{} ({} bytes, {} blocks)", human_bytes(bytes), bytes, info.blocks));
	lines->add("capacity", fmt::format("{} blocks", info.capacity_blocks));
	lines->add("block size", fmt::format("{} bytes (LBA format {})", info.block_size, info.lba_format));
	lines->add("metadata", metadata_text(info));
	lines->add("command set", info.command_set == 0   ? "NVM"
				  : info.command_set == 2 ? "zoned"
							  : fmt::format("{}", info.command_set));
	lines->add("volatile cache",
		   info.volatile_cache != 0 ? "yes: data needs a flush or FUA to survive a power cut" : "no");
	lines->add("multipath", info.multipath != 0 ? "yes: a head that picks a path for each command" : "no");
}

/// The engine of commands that open the device for writing, where this one was found by opening it for reading.
std::uint32_t write_engine(const ringline_device_info &info, const ringline_queue_info &queue)
{
	const bool goes_round = info.kind == RINGLINE_DEVICE_NAMESPACE &&
				queue.engine_reason == RINGLINE_REASON_PROBED &&
				(queue.traps & RINGLINE_TRAP_WRITE_LOST) != 0;
	return goes_round ? RINGLINE_ENGINE_THREADS : queue.engine;
}

std::string as_text(const ringline_device_info &info, const std::optional<ringline_queue_info> &queue)
{
	Lines lines;
	lines.add("node", info.node);
	lines.add("kind", kind_name(info.kind));
	lines.add("model", info.model);
	lines.add("serial", info.serial);
	lines.add("firmware", info.firmware);
	if (info.kind != RINGLINE_DEVICE_CONTROLLER) {
		add_namespace(info, &lines);
	}
	lines.add("largest command", fmt::format("{}, by {}", bytes_text(info.max_transfer_bytes, "unknown"),
						 rule_name(info.max_transfer_rule)));
	lines.add("MDTS", bytes_text(info.mdts_bytes, "no limit"));
	lines.add("kernel's limit", bytes_text(info.max_hw_bytes, "unknown"));
	lines.add("segments", info.max_segments == 0 ? "unknown" : fmt::format("{}", info.max_segments));
	lines.add("page size", fmt::format("{} bytes", info.page_size));
	lines.add("retry delays",
		  fmt::format("{}, {}, {} ms", info.retry_delay_ms[0], info.retry_delay_ms[1], info.retry_delay_ms[2]));
	lines.add("NGUID", hexadecimal(info.nguid));
	lines.add("EUI-64", hexadecimal(info.eui64));
	lines.add("UUID", hexadecimal(info.uuid));
	if (queue) {
		lines.add("engine", fmt::format("{}: {}", engine_name(queue->engine), engine_reason(*queue)));
		if (write_engine(info, *queue) != queue->engine) {
			lines.add("engine for writes",
				  "threads: it loses none; --engine uring would write through the ring");
		}
		lines.add("traps", traps_text(queue->traps));
	}
	return lines.text();
}

Json as_json(const ringline_device_info &info, const std::optional<ringline_queue_info> &queue)
{
	Json json = document("info");
	json["node"] = info.node;
	json["kind"] = kind_name(info.kind);
	json["model"] = info.model;
	json["serial"] = info.serial;
	json["firmware"] = info.firmware;
	json["nsid"] = info.nsid;
	json["blocks"] = info.blocks;
	json["capacity_blocks"] = info.capacity_blocks;
	json["block_size"] = info.block_size;
	json["bytes"] = info.blocks * info.block_size;
	json["lba_format"] = info.lba_format;
	json["metadata_size"] = info.metadata_size;
	json["metadata_inline"] = info.metadata_inline != 0;
	json["pi_type"] = info.pi_type;
	json["pi_first"] = info.pi_first != 0;
	json["guard_bits"] = info.guard_bits;
	json["storage_tag_bits"] = info.storage_tag_bits;
	json["command_set"] = info.command_set;
	json["volatile_cache"] = info.volatile_cache != 0;
	json["multipath"] = info.multipath != 0;
	json["max_transfer_bytes"] = info.max_transfer_bytes;
	json["max_transfer_rule"] = rule_name(info.max_transfer_rule);
	json["mdts_bytes"] = info.mdts_bytes;
	json["max_hw_bytes"] = info.max_hw_bytes;
	json["max_segments"] = info.max_segments;
	json["page_size"] = info.page_size;
	json["retry_delay_ms"] = info.retry_delay_ms;
	json["nguid"] = hexadecimal(info.nguid);
	json["eui64"] = hexadecimal(info.eui64);
	json["uuid"] = hexadecimal(info.uuid);
	if (queue) {
		json["engine"] = engine_name(queue->engine);
		json["engine_reason"] = engine_reason(*queue);
		json["write_engine"] = engine_name(write_engine(info, *queue));
		json["traps"] = trap_names(queue->traps);
	}
	return json;
}

} // namespace

Exit run_info(const Options &options, Warnings * /*warnings*/)
{
	const std::uint32_t engine = parse_engine(options.engine);
	const Device device(options.device, RINGLINE_OPEN_READ_ONLY);
	std::optional<ringline_queue_info> queue_info;
	if (device.info().kind != RINGLINE_DEVICE_CONTROLLER) {
		queue_info = Queue(device, engine, 1, 0).info();
	}
	if (options.json) {
		print_document(as_json(device.info(), queue_info));
	} else {
		print_text(as_text(device.info(), queue_info));
	}
	return Exit::done;
}

} // namespace nvmectl
