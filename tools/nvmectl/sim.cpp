// SPDX-License-Identifier: MIT OR Apache-2.0
#include "commands.h"
#include "error.h"
#include "report.h"
#include "session.h"
#include "units.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <cerrno>
#include <limits>

namespace nvmectl
{
namespace
{

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
	if (size == 0 || size % block_size != 0) {
		throw Error(Exit::usage, fmt::format("--size {}: a multiple of the block size of {} bytes is needed",
						     options.size, block_size));
	}
	sim.blocks = size / block_size;
	const std::uint64_t mdts = parse_bytes(options.mdts, "--mdts");
	if (mdts < 8192 || mdts > std::numeric_limits<std::uint32_t>::max() || (mdts & (mdts - 1)) != 0) {
		throw Error(Exit::usage, fmt::format("--mdts {}: a power of two of at least 8192 bytes", options.mdts));
	}
	sim.mdts_bytes = static_cast<std::uint32_t>(mdts);
	return sim;
}

} // namespace

Exit run_sim_create(const Options &options, Warnings * /*warnings*/)
{
	const std::string path = options.image.starts_with("sim:") ? options.image.substr(4) : options.image;
	const ringline_sim_options sim = geometry(options);
	const std::int32_t made = ringline_sim_create(path.c_str(), &sim);
	if (made == -EEXIST) {
		throw Error(Exit::refused, fmt::format("{} is there already, or the file with its geometry is", path),
			    "an image is never overwritten: choose another name, or remove it yourself");
	}
	if (made < 0) {
		throw Error(made == -EINVAL ? Exit::usage : Exit::open,
			    fmt::format("cannot create {}: {} ({})", path, ringline_error_text(made),
					ringline_error_name(made)));
	}
	if (options.json) {
		Json json = document("sim-create");
		json["device"] = "sim:" + path;
		json["blocks"] = sim.blocks;
		json["block_size"] = sim.block_size;
		json["bytes"] = sim.blocks * sim.block_size;
		json["mdts_bytes"] = sim.mdts_bytes;
		print_document(json);
	} else if (!options.quiet) {
		print_text(fmt::format("created {}: {} blocks of {} bytes, {}; use it as sim:{}\n", path, sim.blocks,
				       sim.block_size, human_bytes(sim.blocks * sim.block_size), path));
	}
	return Exit::done;
}

} // namespace nvmectl
