// SPDX-License-Identifier: MIT OR Apache-2.0
// Memory that the kernel lets a device write to without having asked whether this process may.
#pragma once

#include <cstdint>

namespace ringline
{

/// Makes the pages of a range the process's own, as a write to each would: not the page of zeros that all memory shares
/// until it is written to, nor one that is shared with a child. 0, or -EFAULT: it cannot be written to.
///
/// For the metadata that a command reads. Kernels that map it instead of copying it pin those pages as if the device
/// only read them (block/bio-integrity.c, bio_integrity_map_user(); tried on 6.12.117, where one such read put metadata
/// into the zeros of every process of the machine).
std::int32_t own_pages(std::uint64_t address, std::uint32_t bytes);

} // namespace ringline
