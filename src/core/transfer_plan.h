// SPDX-License-Identifier: MIT OR Apache-2.0
// How a range of any length is cut into commands: what may be asked for, how long one command may be, and the command
// for a piece. Knows no queue.
#pragma once

#include "base/memory.h"
#include "nvme/geometry.h"

#include <ringline/ringline.h>

#include <cstdint>

namespace ringline::core
{

/// A part of the range: one command's.
struct Piece {
	std::uint64_t lba;
	std::uint64_t blocks;
	std::uint32_t starved = 0;   ///< How often in a row the kernel had no memory for it.
	std::int64_t not_before = 0; ///< CLOCK_MONOTONIC, ns.
	std::uint32_t attempts = 0;  ///< How often it was sent.
	std::uint32_t number = 0;    ///< While it is in flight: which of the transfer's commands.
};

class TransferPlan
{
public:
	/// Checks the options against the device. 0 or a negative errno, with the diagnosis filled.
	std::int32_t make(ringline_device device, const ringline_device_info &info,
			  const ringline_transfer_options &options, std::uint32_t depth, ringline_diagnosis *diagnosis);

	[[nodiscard]] std::uint32_t in_flight() const { return in_flight_; }
	[[nodiscard]] std::uint64_t end() const { return options_.lba + options_.blocks; }
	/// The piece that begins here.
	[[nodiscard]] Piece cut(std::uint64_t lba) const;
	/// Its command, as number `slot` of those in flight, which has memory of its own for ranges.
	[[nodiscard]] ringline_command_extended command(const Piece &piece, std::uint32_t slot);
	/// The command that begins here, as it would be sent, but without the address of ranges; *next: where the next
	/// one begins. 0 or a negative errno.
	std::int32_t preview(std::uint64_t lba, ringline_nvme_command *wire, std::uint64_t *next,
			     ringline_diagnosis *diagnosis);
	/// May it be done again? In a zone, what was written has moved the write pointer.
	[[nodiscard]] bool idempotent() const;
	/// Does it tell more to do it again in halves?
	[[nodiscard]] bool narrows() const { return (options_.flags & RINGLINE_TRANSFER_NARROW) != 0; }
	[[nodiscard]] bool goes_on() const { return (options_.flags & RINGLINE_TRANSFER_CONTINUE) != 0; }
	[[nodiscard]] std::uint32_t retries() const { return options_.retries; }
	[[nodiscard]] std::uint32_t retry_delay_ms(std::uint8_t crd) const
	{
		return crd != 0 ? delays_ms_[crd - 1] : 0;
	}

private:
	std::int32_t check_options(ringline_diagnosis *diagnosis) const;
	std::int32_t check_range(ringline_diagnosis *diagnosis) const;
	std::int32_t check_memory(ringline_diagnosis *diagnosis) const;
	std::int32_t check_events(ringline_diagnosis *diagnosis) const;
	std::int32_t probe(ringline_diagnosis *diagnosis);
	std::int32_t allocate_ranges(ringline_diagnosis *diagnosis);
	[[nodiscard]] std::uint64_t most_blocks() const;
	[[nodiscard]] std::uint64_t most_transferred(std::uint64_t address) const;
	[[nodiscard]] std::uint64_t most_copied() const;
	std::uint32_t fill_sources(const Piece &piece, std::uint8_t *ranges) const;

	ringline_device device_ = {};
	ringline_transfer_options options_ = {};
	nvme::Geometry geometry_ = {};
	std::uint32_t delays_ms_[3] = {};
	std::uint32_t in_flight_ = 0;
	std::uint32_t block_bytes_ = 0;    ///< What a block transfers.
	std::uint32_t metadata_bytes_ = 0; ///< ... and of separate metadata.
	std::uint64_t most_blocks_ = 0;    ///< Of one command, wherever its memory is.
	std::uint32_t copy_format_ = 0;
	std::uint32_t ranges_bytes_ = 0; ///< Of each slot.
	Array<std::uint64_t> ranges_;    ///< In wire form; dword-aligned.
};

} // namespace ringline::core
