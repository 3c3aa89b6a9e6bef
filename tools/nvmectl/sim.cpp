// SPDX-License-Identifier: MIT OR Apache-2.0
#include "commands.h"
#include "error.h"
#include "report.h"
#include "session.h"
#include "units.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <cerrno>
#include <cstring>
#include <limits>
#include <string>
#include <string_view>

namespace nvmectl
{
namespace
{

/// Sets a member from the text of an option, if that was given.
template <class T, class Parse> void take(const std::string &text, std::string_view option, Parse &&parse, T *member)
{
	if (text.empty()) {
		return;
	}
	const std::uint64_t value = parse(text, option);
	if (value == 0 || value > std::numeric_limits<T>::max()) {
		throw Error(Exit::usage, fmt::format("{} {}: from 1 to {}", option, text,
						     std::uint64_t{std::numeric_limits<T>::max()}));
	}
	*member = static_cast<T>(value);
}

/// Bytes that must be whole blocks, as blocks.
template <class T>
void take_blocks(const std::string &text, std::string_view option, std::uint32_t block_size, T *member)
{
	take(
		text, option,
		[block_size](std::string_view given, std::string_view name) {
			const std::uint64_t bytes = parse_bytes(given, name);
			if (bytes % block_size != 0) {
				throw Error(Exit::usage,
					    fmt::format("{} {}: a multiple of the block size of {} bytes is "
							"needed",
							name, given, block_size));
			}
			return bytes / block_size;
		},
		member);
}

void add_layout(const SimOptions &from, ringline_sim_options *sim)
{
	take(from.metadata, "--metadata", parse_bytes, &sim->metadata_size);
	take(from.pi, "--pi", parse_number, &sim->pi_type);
	take(from.guard, "--guard", parse_number, &sim->guard_bits);
	take(from.storage_tag, "--storage-tag", parse_number, &sim->storage_tag_bits);
	if (sim->metadata_size == 0 && (from.metadata_inline || sim->pi_type != 0)) {
		throw Error(Exit::usage, "--inline and --pi are about metadata: say --metadata 8, or more");
	}
	if (sim->pi_type == 0 && (from.pi_first || sim->guard_bits != 0 || sim->storage_tag_bits != 0)) {
		throw Error(Exit::usage, "--pi-first, --guard and --storage-tag are about protection information: say "
					 "--pi 1, 2 or 3");
	}
	if (sim->pi_type > 3) {
		throw Error(Exit::usage, fmt::format("--pi {}: 1, 2 or 3", from.pi));
	}
	if (sim->guard_bits != 0 && sim->guard_bits != 16 && sim->guard_bits != 32 && sim->guard_bits != 64) {
		throw Error(Exit::usage, fmt::format("--guard {}: 16, 32 or 64", from.guard));
	}
	const bool is_long = sim->guard_bits > 16;
	if (sim->pi_type != 0 && sim->metadata_size < (is_long ? 16U : 8U)) {
		throw Error(Exit::usage, fmt::format("--metadata {}: protection information needs {} bytes",
						     from.metadata, is_long ? 16 : 8));
	}
	if (is_long && sim->block_size != 4096) {
		throw Error(Exit::usage, fmt::format("--guard {}: needs --block-size 4096", from.guard));
	}
	sim->flags = (from.metadata_inline ? RINGLINE_SIM_METADATA_INLINE : 0U) |
		     (from.pi_first ? RINGLINE_SIM_PI_FIRST : 0U);
}

void add_zones(const SimOptions &from, ringline_sim_options *sim)
{
	take_blocks(from.zone_size, "--zone-size", sim->block_size, &sim->zone_blocks);
	take_blocks(from.zone_capacity, "--zone-capacity", sim->block_size, &sim->zone_capacity_blocks);
	take(from.max_open, "--max-open", parse_number, &sim->zone_max_open);
	take(from.max_active, "--max-active", parse_number, &sim->zone_max_active);
	take(from.append_max, "--append-max", parse_bytes, &sim->append_max_bytes);
	const bool limited = sim->zone_capacity_blocks != 0 || sim->zone_max_open != 0 || sim->zone_max_active != 0 ||
			     sim->append_max_bytes != 0;
	if (sim->zone_blocks == 0 && limited) {
		throw Error(Exit::usage, "limits of zones need --zone-size");
	}
	if (sim->zone_blocks != 0 && sim->blocks % sim->zone_blocks != 0) {
		throw Error(Exit::usage,
			    fmt::format("--zone-size {}: the size must be a multiple of it", from.zone_size));
	}
	if (sim->zone_capacity_blocks > sim->zone_blocks) {
		throw Error(Exit::usage,
			    fmt::format("--zone-capacity {}: more than the zone size", from.zone_capacity));
	}
	if (sim->zone_max_active != 0 && sim->zone_max_open > sim->zone_max_active) {
		throw Error(Exit::usage, fmt::format("--max-open {}: more than --max-active", from.max_open));
	}
}

void add_limits(const SimOptions &from, ringline_sim_options *sim)
{
	const std::uint32_t block = sim->block_size;
	take_blocks(from.verify_max, "--verify-max", block, &sim->verify_max_blocks);
	take_blocks(from.write_zeroes_max, "--write-zeroes-max", block, &sim->write_zeroes_max_blocks);
	take_blocks(from.write_uncorrectable_max, "--write-uncorrectable-max", block,
		    &sim->write_uncorrectable_max_blocks);
	take(from.copy_max_ranges, "--copy-max-ranges", parse_number, &sim->copy_max_ranges);
	take(from.copy_max_range_blocks, "--copy-max-range-blocks", parse_number, &sim->copy_max_range_blocks);
	take(from.copy_max_blocks, "--copy-max-blocks", parse_number, &sim->copy_max_blocks);
	take(from.dataset_max_ranges, "--dataset-max-ranges", parse_number, &sim->dataset_max_ranges);
	take(from.dataset_max_range_blocks, "--dataset-max-range-blocks", parse_number, &sim->dataset_max_range_blocks);
	take(from.dataset_max_blocks, "--dataset-max-blocks", parse_number, &sim->dataset_max_blocks);
}

ringline_sim_options geometry(const Options &options)
{
	ringline_sim_options sim = {};
	sim.struct_size = sizeof sim;
	const std::uint64_t block_size = parse_bytes(options.block_size, "--block-size");
	if (block_size != 512 && block_size != 4096) {
		throw Error(Exit::usage, fmt::format("--block-size {}: 512 or 4096", options.block_size));
	}
	sim.block_size = static_cast<std::uint32_t>(block_size);
	const std::uint64_t size = parse_bytes(options.size, "--size");
	if (size == 0) {
		throw Error(Exit::usage, fmt::format("--size {}: at least one block of {} bytes is needed",
						     options.size, block_size));
	}
	if (const std::uint64_t rest = size % block_size; rest != 0) {
		throw Error(Exit::usage,
			    fmt::format("--size {}: {} bytes are not a multiple of the block size of {}", options.size,
					size, block_size),
			    fmt::format("the next that are: {}{}",
					size > rest ? fmt::format("{} and ", size - rest) : "",
					size - rest + block_size));
	}
	sim.blocks = size / block_size;
	const std::uint64_t mdts = parse_bytes(options.mdts, "--mdts");
	if (mdts < 8192 || mdts > std::numeric_limits<std::uint32_t>::max() || (mdts & (mdts - 1)) != 0) {
		throw Error(Exit::usage, fmt::format("--mdts {}: a power of two of at least 8192 bytes", options.mdts));
	}
	sim.mdts_bytes = static_cast<std::uint32_t>(mdts);
	add_layout(options.sim, &sim);
	add_zones(options.sim, &sim);
	add_limits(options.sim, &sim);
	return sim;
}

} // namespace

Exit run_sim_create(const Options &options, Warnings * /*warnings*/)
{
	const std::string path = options.image.starts_with("sim:") ? options.image.substr(4) : options.image;
	const ringline_sim_options sim = geometry(options);
	if (path.empty()) {
		throw Error(Exit::usage, "PATH is empty: an image needs a name");
	}
	const std::int32_t made = ringline_sim_create(path.c_str(), &sim);
	if (made == -EEXIST) {
		throw Error(Exit::refused, fmt::format("{} is there already, or the file with its geometry is", path),
			    "an image is never overwritten: choose another name, or remove it yourself");
	}
	if (made == -EINVAL) {
		throw Error(Exit::usage,
			    fmt::format("cannot create {}: {} ({})", path, ringline_error_text(made),
					ringline_error_name(made)),
			    "a limit is out of range, or no power of two of at least 8192 bytes: see nvmectl(1)");
	}
	if (made < 0) {
		const bool no_folder = made == -ENOENT || made == -ENOTDIR;
		throw Error(Exit::open, fmt::format("cannot create {}: {}", path, std::strerror(-made)),
			    no_folder ? "the folder that it is to be in must be there" : "");
	}
	if (options.json) {
		Json json = document("sim-create");
		json["device"] = "sim:" + path;
		json["blocks"] = sim.blocks;
		json["block_size"] = sim.block_size;
		json["bytes"] = sim.blocks * sim.block_size;
		json["mdts_bytes"] = sim.mdts_bytes;
		json["metadata_size"] = sim.metadata_size;
		json["pi_type"] = sim.pi_type;
		json["zone_blocks"] = sim.zone_blocks;
		print_document(json);
	} else if (!options.quiet) {
		print_text(fmt::format("created {}: {} blocks of {} bytes, {}; use it as sim:{}\n", path, sim.blocks,
				       sim.block_size, human_bytes(sim.blocks * sim.block_size), path));
	}
	return Exit::done;
}

} // namespace nvmectl
