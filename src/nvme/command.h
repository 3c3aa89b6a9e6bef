// SPDX-License-Identifier: MIT OR Apache-2.0
// Building the 72-byte command from plain arguments, and the bytes it has in a submission entry.
#pragma once

#include <ringline/ringline.h>

#include <cstdint>
#include <span>

namespace ringline::nvme
{

inline constexpr std::uint32_t nsid_broadcast = 0xffffffff;

/// What Read and Write have in common.
struct Transfer {
	std::uint64_t lba;
	std::uint64_t address;
	std::uint32_t nsid;
	std::uint32_t blocks; ///< One-based.
	std::uint32_t length; ///< Bytes.
};

/// Each writes the whole of *command and returns 0, or writes nothing and returns -EINVAL.
[[nodiscard]] std::int32_t build_read(const Transfer &transfer, ringline_nvme_command *command);
[[nodiscard]] std::int32_t build_write(const Transfer &transfer, ringline_nvme_command *command);
[[nodiscard]] std::int32_t build_flush(std::uint32_t nsid, ringline_nvme_command *command);

/// The command area of a 128-byte submission entry.
void serialise(const ringline_nvme_command &command, std::span<std::uint8_t, RINGLINE_NVME_SERIALISED_BYTES> bytes);

} // namespace ringline::nvme
