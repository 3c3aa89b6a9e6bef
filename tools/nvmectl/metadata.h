// SPDX-License-Identifier: MIT OR Apache-2.0
// What becomes of the metadata of blocks that are read or written, and of the protection information in it.
#pragma once

#include "block_layout.h"
#include "extents.h"
#include "options.h"
#include "report.h"
#include "sink.h"
#include "source.h"

#include <ringline/ringline.h>

#include <cstdint>
#include <memory>
#include <optional>

namespace nvmectl
{

/// How the commands of a read or a write move blocks.
struct Carriage {
	BlockLayout layout;
	std::uint16_t flags = 0;           ///< Of each command.
	std::uint16_t read_back_flags = 0; ///< Of one that reads back what was written.
	bool protection_here = false;      ///< It is made, or checked, here.
	const char *protection = "none";   ///< Who does it: a word of the document.
};

/// Throws Error where the options do not go with the namespace.
Carriage carriage_of_read(const ringline_device_info &info, const Options &options);
Carriage carriage_of_write(const ringline_device_info &info, const Options &options);

/// The metadata of a write: as much as the range needs, and right for the data; nothing if none is given. Both are
/// read, but left where they were. Throws Error.
std::optional<Source> open_metadata_source(const ringline_device_info &info, const Options &options,
					   const Carriage &carriage, Source *data, const Extent &range,
					   Warnings *warnings);

/// Throws Error where the metadata of a read cannot go.
void check_metadata_target(const Options &options);

/// Where the metadata of a read goes; null if it is not wanted. Throws Error.
std::unique_ptr<Sink> open_metadata_sink(const Options &options, std::uint64_t bytes);

/// Both outputs of a read. Throws Error.
void commit(Sink *data, Sink *metadata);

/// The members of the document. blocks: that were moved.
void put_metadata(Json *json, const Carriage &carriage, const Options &options, std::uint64_t blocks);

} // namespace nvmectl
