// SPDX-License-Identifier: MIT OR Apache-2.0
// Sends the commands of a trace again, in its order and with as many in flight.
#pragma once

#include "data_queue.h"
#include "trace_reader.h"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace nvmectl
{

/// A command that ended otherwise than in the trace.
struct ReplayDifference {
	std::uint32_t command = 0; ///< Index in the record.
	TraceEnd now;
};

struct ReplaySetup {
	bool original_speed = true;
	std::uint64_t seed = 0;
	bool notes = true; ///< Say on standard error what a signal is waiting for.
};

struct ReplayOutcome {
	std::uint64_t sent = 0;
	std::uint64_t compared = 0;
	/// Compares that ended otherwise only by what they found, which is no wonder: the trace has no data.
	std::uint64_t without_data = 0;
	std::vector<ReplayDifference> differences;
	bool interrupted = false;
	bool gone = false; ///< The device: nothing was sent after that.
	double seconds = 0;
};

/// What a trace takes to be sent again.
struct ReplayNeeds {
	std::uint32_t in_flight = 1;  ///< Most commands at once.
	std::uint64_t slot_bytes = 0; ///< Of the longest data.
};

/// Whether a command may leave other data on the device than it found.
bool changes_blocks(std::uint8_t opcode);
/// Commands that the device never had, since they were taken back, are not sent again.
bool is_sent_again(const TraceCommand &command);
ReplayNeeds replay_needs(const TraceRecord &record);

/// Pattern of the blocks from this one on: the same for the same seed and LBA.
void fill_pattern(std::byte *memory, std::size_t bytes, std::uint64_t seed, std::uint64_t lba,
		  std::uint32_t block_size);

/// queue: has room and memory for what the record needs. Throws Error if the queue breaks.
ReplayOutcome replay(const DataQueue &queue, const TraceRecord &record, const ReplayNeeds &needs,
		     const ReplaySetup &setup, std::uint32_t block_size);

} // namespace nvmectl
