// SPDX-License-Identifier: MIT OR Apache-2.0
// One kind of command over a range of any length: by ringline_transfer(), in slices, so that progress shows and data
// need not be in memory as a whole.
#pragma once

#include "block_layout.h"
#include "data_queue.h"
#include "options.h"
#include "progress.h"
#include "report.h"
#include "transfer.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

namespace nvmectl
{

/// What of a slice failed, in any order.
using RangeFailures = std::vector<ringline_transfer_failure>;

struct RangeJob {
	std::uint8_t opcode = 0;
	Extent range;
	std::uint64_t source = 0;        ///< Of a copy.
	std::uint32_t command_flags = 0; ///< RINGLINE_FUA and so on.
	std::uint32_t action = 0;        ///< Of Dataset Management.
	bool keep_going = false;
	std::uint32_t in_flight = 0;
	std::uint32_t retries = 0;

	/// Moves data: through the queue's memory, so many bytes at a time. There it lies as commands have it, and
	/// metadata that is apart from it behind that.
	bool moves_data = false;
	BlockLayout layout = {}; ///< Of data that is moved.
	/// Before a slice with data is sent: fills the memory. False, and in the result why: it ends here.
	std::function<bool(std::span<std::byte> memory, TransferResult *result)> before = {};
	/// After what of a slice was dealt with: adds what is found wrong with it. False, and in the result why: it
	/// ends here, and this part counts as not done.
	std::function<bool(const Extent &part, std::span<const std::byte> memory, RangeFailures *failures,
			   TransferResult *result)>
		after = {};
};

struct RangeOutcome {
	TransferResult result;
	std::uint64_t commands = 0;
	std::uint64_t retried = 0;
};

/// Bytes of a slice of data; the memory that the queue must have.
inline constexpr std::uint64_t slice_bytes = 8U << 20;

/// Of blocks that were dealt with, those that did not fail.
Extents done_of(const Extent &part, RangeFailures failures);

CommandFailure command_failure(const ringline_transfer_failure &failure, std::uint8_t opcode);

/// Its blocks are failed or unknown, and of all failures the worst is kept.
void add_failure(const ringline_transfer_failure &failure, std::uint8_t opcode, TransferResult *result);

/// Runs it to its end, to the first failure, or to a signal. Throws Error if the library refuses it.
RangeOutcome run_range(const DataQueue &queue, const Device &device, const RangeJob &job, Progress *progress);

/// --dry-run: how many commands it would send, and the first and the last of them with their dwords.
void range_dry_run(const char *command, const Device &device, const Options &options, const RangeJob &job,
		   const Warnings &warnings);

} // namespace nvmectl
