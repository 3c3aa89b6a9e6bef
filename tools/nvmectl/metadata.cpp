// SPDX-License-Identifier: MIT OR Apache-2.0
#include "metadata.h"

#include "error.h"
#include "protection.h"

#include <unistd.h>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstring>
#include <utility>
#include <vector>

namespace nvmectl
{
namespace
{

void refuse_without_metadata(const ringline_device_info &info, const Options &options)
{
	if (!options.metadata_file.empty() || options.zero_metadata) {
		throw Error(Exit::usage, fmt::format("the blocks of {} have no metadata, which {} is about", info.node,
						     options.zero_metadata ? "--zero-metadata" : "--metadata"))
			.with_rule("metadata");
	}
}

BlockLayout with_metadata(const ringline_device_info &info)
{
	return {info.block_size, info.metadata_size, info.metadata_inline != 0};
}

void require_length(const Source &metadata, std::uint64_t bytes, Warnings *warnings)
{
	if (metadata.stream() || *metadata.size() < bytes) {
		throw Error(Exit::refused,
			    metadata.stream() ? fmt::format("{} is no file whose length is known", metadata.name())
					      : fmt::format("{} has {} bytes, but the blocks need {} of metadata",
							    metadata.name(), *metadata.size(), bytes),
			    "nothing was written")
			.with_rule("metadata-length");
	}
	if (*metadata.size() > bytes) {
		warnings->add(fmt::format("{} has {} bytes, of which the first {} are written", metadata.name(),
					  *metadata.size(), bytes));
	}
}

/// What is read where the input ends is zeros, as --pad has it.
void read_blocks(Source *source, std::span<std::byte> space)
{
	const ssize_t got = source->read_all(space);
	if (got < 0) {
		throw Error(Exit::open,
			    fmt::format("cannot read {}: {}", source->name(), std::strerror(static_cast<int>(-got))));
	}
	std::ranges::fill(space.subspan(static_cast<std::size_t>(got)), std::byte{0});
}

/// Before anything is written: what nobody could read afterwards is not worth writing.
void require_right_protection(const ringline_device_info &info, Source *data, Source *metadata, const Extent &range)
{
	constexpr std::uint32_t at_once = 1024;
	const BlockLayout apart = {info.block_size, info.metadata_size, false};
	ringline_device_info as_apart = info;
	as_apart.metadata_inline = 0;
	std::vector<std::byte> blocks(std::size_t{at_once} * info.block_size);
	std::vector<std::byte> theirs(std::size_t{at_once} * info.metadata_size);
	for (std::uint64_t done = 0; done < range.blocks; done += at_once) {
		const auto count = static_cast<std::uint32_t>(std::min<std::uint64_t>(at_once, range.blocks - done));
		read_blocks(data, std::span(blocks).first(std::size_t{count} * info.block_size));
		read_blocks(metadata, std::span(theirs).first(std::size_t{count} * info.metadata_size));
		Damage damage;
		if (find_damage(as_apart, apart, {range.lba + done, count, blocks.data(), theirs.data()}, &damage)) {
			throw Error(Exit::refused,
				    fmt::format("{} and {} do not go together: {}", data->name(), metadata->name(),
						describe(damage)),
				    "nothing was written; --no-protection-check writes them all the same")
				.with_rule("protection");
		}
	}
}

} // namespace

Carriage carriage_of_read(const ringline_device_info &info, const Options &options)
{
	Carriage carriage;
	carriage.layout = with_metadata(info);
	if (info.metadata_size == 0) {
		refuse_without_metadata(info, options);
	}
	if (info.pi_type != 0) {
		carriage.protection_here = !options.no_protection_check;
		carriage.protection = carriage.protection_here ? "checked" : "not-checked";
	}
	return carriage;
}

Carriage carriage_of_write(const ringline_device_info &info, const Options &options)
{
	Carriage carriage;
	carriage.layout = with_metadata(info);
	const auto checks = static_cast<std::uint16_t>(device_checks(info));
	if (info.metadata_size == 0) {
		refuse_without_metadata(info, options);
	} else if (!options.metadata_file.empty()) {
		carriage.flags = options.no_protection_check ? std::uint16_t{0} : checks;
		carriage.protection = info.pi_type == 0 ? "none" : "given";
	} else if (info.metadata_size == protection_bytes(info)) {
		carriage.layout = {info.block_size, 0, false};
		carriage.flags = RINGLINE_PROTECTION_ACTION;
		carriage.read_back_flags = RINGLINE_PROTECTION_ACTION | checks;
		carriage.protection = "made-by-device";
	} else if (!options.zero_metadata) {
		throw Error(
			Exit::usage,
			fmt::format("each block of {} has {} bytes of metadata{}, and what they shall be is not said",
				    info.node, info.metadata_size,
				    info.pi_type == 0 ? ""
						      : fmt::format(", {} of them not protection information",
								    info.metadata_size - protection_bytes(info))),
			"--metadata FILE has them, and --zero-metadata makes them zeros")
			.with_rule("metadata");
	} else if (info.pi_type != 0) {
		carriage.flags = checks;
		carriage.protection_here = true;
		carriage.protection = "made-here";
	}
	return carriage;
}

std::optional<Source> open_metadata_source(const ringline_device_info &info, const Options &options,
					   const Carriage &carriage, Source *data, const Extent &range,
					   Warnings *warnings)
{
	if (options.metadata_file.empty()) {
		return std::nullopt;
	}
	if (options.metadata_file == "-" || data->stream()) {
		throw Error(Exit::refused,
			    fmt::format("{} has no length that is known before it is read",
					options.metadata_file == "-" ? "standard input" : data->name()),
			    "nothing was written; --metadata needs files, whose lengths are compared first")
			.with_rule("metadata-length");
	}
	if (part_of_image(options.metadata_file, options.device)) {
		throw Error(Exit::refused,
			    fmt::format("{} is a part of {}, which is what is written: it would be read "
					"while it changes",
					options.metadata_file, options.device),
			    "nothing was written; copy it into another file first")
			.with_rule("input-is-target");
	}
	Source metadata(options.metadata_file);
	const std::uint64_t bytes = range.blocks * info.metadata_size;
	require_length(metadata, bytes, warnings);
	if ((carriage.flags & RINGLINE_CHECK_GUARD) != 0) {
		require_right_protection(info, data, &metadata, range);
		data->skip(-static_cast<std::int64_t>(std::min(*data->size(), range.blocks * info.block_size)));
		metadata.skip(-static_cast<std::int64_t>(bytes));
	}
	return metadata;
}

void check_metadata_target(const Options &options)
{
	if (options.metadata_file.empty()) {
		return;
	}
	refuse_image(options.metadata_file, options.device);
	if (options.metadata_file == "-") {
		throw Error(Exit::usage, "--metadata needs a file, not standard output");
	}
	// A new file would take the place of the one that the data went into.
	const bool same = options.file == "-" ? is_redirected(STDOUT_FILENO, options.metadata_file)
					      : same_place(options.file, options.metadata_file);
	if (same) {
		throw Error(Exit::usage, "the data and the metadata would be in the same file");
	}
}

std::unique_ptr<Sink> open_metadata_sink(const Options &options, std::uint64_t bytes)
{
	return options.metadata_file.empty() ? nullptr : open_sink(options.metadata_file, bytes);
}

void commit(Sink *data, Sink *metadata)
{
	if (metadata == nullptr) {
		commit(data);
		return;
	}
	// Until the data is in its place the read is not done.
	commit(metadata);
	try {
		commit(data);
	} catch (const Error &error) {
		throw Error(Exit::partial, fmt::format("{} is complete, but {}", metadata->name(), error.what()));
	}
}

void put_metadata(Json *json, const Carriage &carriage, const Options &options, std::uint64_t blocks)
{
	const bool is_file = !options.metadata_file.empty();
	(*json)["metadata"] = is_file ? Json(options.metadata_file) : Json(nullptr);
	(*json)["metadata_bytes"] = is_file ? blocks * carriage.layout.metadata_size : 0;
	(*json)["protection"] = carriage.protection;
}

} // namespace nvmectl
