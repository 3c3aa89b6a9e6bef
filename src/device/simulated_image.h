// SPDX-License-Identifier: MIT OR Apache-2.0
// The image of a simulated device: a regular file with block n at n x block size, and "PATH.ringline" beside it with
// the geometry.
//
// The geometry file is in the line format of the rules file (simulated_faults.h). Its first line is "ringline-image 1";
// the keys are block_size= (512 or 4096, needed), blocks= (if there, the image must be exactly so long: a copy that was
// cut short is noticed) and mdts_bytes= (a power of two, at least 4096; else 1 MiB).
#pragma once

#include "base/fd.h"
#include "device/simulated_faults.h"

#include <ringline/ringline.h>

#include <cstdint>
#include <span>
#include <string_view>

namespace ringline::device
{

struct ImageGeometry {
	std::uint64_t blocks;
	std::uint32_t block_size;
	std::uint32_t mdts_bytes;
};

/// In one word, so that a refresh replaces it under commands that run. An image has fewer than 2^55 blocks.
std::uint64_t pack_geometry(const ImageGeometry &geometry);
ImageGeometry unpack_geometry(std::uint64_t word);

/// Opens an image, which must be a regular file. -EROFS: it exists, but cannot be written.
std::int32_t open_image(const char *path, bool writable, ringline_diagnosis *diagnosis, Fd *fd);
/// Finds the geometry of an open image: the file beside it, or else asked_block_size (0: 512), and its size.
std::int32_t read_geometry(const char *path, int fd, std::uint32_t asked_block_size, ringline_diagnosis *diagnosis,
			   ImageGeometry *geometry);
/// Reads a geometry file. Its blocks are 0 where it does not say.
std::int32_t parse_geometry(std::string_view text, const char *name, ringline_diagnosis *diagnosis,
			    ImageGeometry *geometry);
/// Reads "PATH.faults", if there is one. The number of rules, or a negative errno.
std::int32_t read_faults(const char *path, ringline_diagnosis *diagnosis,
			 std::span<ringline_fault_rule, fault_rules_max> rules);

} // namespace ringline::device
