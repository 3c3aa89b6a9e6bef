// SPDX-License-Identifier: MIT OR Apache-2.0
// The geometry of a simulated device: what "PATH.ringline" beside an image says, and what the device says it is.
//
// The geometry file is in the line format of the rules file (simulated_faults.h). Its first line is "ringline-image 1".
// The keys are those members of ringline_sim_options that have no other name here: block_size= (needed), blocks= (if
// there, the image must be exactly so long: a copy that was cut short is noticed), mdts_bytes=, metadata_size=,
// zone_blocks= and so on; and inline=1, pi=TYPE, pi_first=1, guard=BITS and storage_tag=BITS.
#pragma once

#include <ringline/ringline.h>

#include <cstdint>
#include <span>
#include <string_view>

namespace ringline::device
{

/// With every default in its place; only limits may be 0. blocks is 0 where a file does not say.
using ImageGeometry = ringline_sim_options;

inline constexpr std::uint64_t zones_max = std::uint64_t{1} << 20;
/// Room for the largest geometry file that write_text() makes.
inline constexpr std::size_t geometry_text_max = 1024;

/// Puts defaults in the place of zeros.
ImageGeometry with_defaults(const ringline_sim_options &options);
/// What is wrong with a geometry that has its defaults, in words, or null. blocks may be 0.
const char *geometry_mistake(const ImageGeometry &geometry);
/// The text of a geometry file; its length.
std::size_t write_geometry_text(const ImageGeometry &geometry, std::span<char, geometry_text_max> text);
/// Reads a geometry file. Its blocks are 0 where it does not say.
std::int32_t parse_geometry(std::string_view text, const char *name, ringline_diagnosis *diagnosis,
			    ImageGeometry *geometry);
/// Fills the facts that follow from the geometry: sizes, formats, commands and limits.
void describe_geometry(const ImageGeometry &geometry, ringline_device_info *info);

/// Bytes of the protection information in each block's metadata; 0: there is none.
inline std::uint32_t protection_bytes(const ImageGeometry &geometry)
{
	return geometry.pi_type == 0 ? 0 : geometry.guard_bits == 16 ? 8 : 16;
}

/// Bytes of "PATH.zones": a record of 16 bytes for each zone.
inline constexpr std::uint64_t zone_record_bytes = 16;
inline std::uint64_t zones_file_bytes(const ImageGeometry &geometry)
{
	return geometry.zone_blocks != 0 ? geometry.blocks / geometry.zone_blocks * zone_record_bytes : 0;
}

} // namespace ringline::device
