// SPDX-License-Identifier: MIT OR Apache-2.0
// The image of a simulated device: a regular file with block n at n x block size, and the files beside it. Their
// formats: "PATH.ringline" in simulated_geometry.h, "PATH.faults" in simulated_faults.h, the others in
// simulated_medium.h.
#pragma once

#include "base/fd.h"
#include "device/simulated_faults.h"
#include "device/simulated_geometry.h"

#include <ringline/ringline.h>

#include <climits>
#include <cstdint>
#include <span>

namespace ringline::device
{

inline constexpr const char *metadata_suffix = ".metadata";
inline constexpr const char *zones_suffix = ".zones";
inline constexpr const char *uncorrectable_suffix = ".uncorrectable";

/// A path with a suffix; too long a one is empty, which no call opens.
struct Beside {
	char path[PATH_MAX + 16];
	Beside(const char *image, const char *suffix);
};

/// Opens an image, which must be a regular file. -EROFS: it exists, but cannot be written.
std::int32_t open_image(const char *path, bool writable, ringline_diagnosis *diagnosis, Fd *fd);
/// Finds the geometry of an open image: the file beside it, or else asked_block_size (0: 512), and its size.
std::int32_t read_geometry(const char *path, int fd, std::uint32_t asked_block_size, ringline_diagnosis *diagnosis,
			   ImageGeometry *geometry);
/// Opens a file of at least so many bytes beside an image.
std::int32_t open_beside(const Beside &beside, bool writable, std::uint64_t bytes, ringline_diagnosis *diagnosis,
			 Fd *fd);
/// Reads "PATH.faults", if there is one. The number of rules, or a negative errno.
std::int32_t read_faults(const char *path, ringline_diagnosis *diagnosis,
			 std::span<ringline_fault_rule, fault_rules_max> rules);

} // namespace ringline::device
