// SPDX-License-Identifier: MIT OR Apache-2.0
// The data pump: a fixed set of memory slots, each with one command in flight, over one queue. What the commands are
// for is said by write_transfer.cpp and read_transfer.cpp; sending, taking completions, stopping and accounting is
// here.
//
// After the first thing that goes wrong no more is sent, what the device does not have yet is taken back, and what it
// has is waited for: only then is it known which blocks are done, failed or unknown.
#pragma once

#include "block_layout.h"
#include "classify.h"
#include "data_queue.h"
#include "extents.h"
#include "progress.h"
#include "protection.h"
#include "range.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace nvmectl
{

struct CommandFailure {
	Extent range;
	std::uint8_t opcode = 0;
	std::uint16_t status = 0;
	std::uint16_t flags = 0; ///< RINGLINE_OUTCOME_UNKNOWN, RINGLINE_NOT_SENT.
	std::int32_t error = 0;
};

/// The worse of two failures is the one to tell the user about.
int badness(const CommandFailure &failure);

struct TransferResult {
	Extents done;
	Extents failed;
	Extents unknown;
	std::uint64_t not_read_back = 0;       ///< Write with verification: blocks of done that were not compared.
	std::optional<CommandFailure> failure; ///< The first, and of more than one the worst.
	std::optional<std::uint64_t> miscompare_lba; ///< The lowest that differs.
	std::optional<Damage> damage;                ///< Read: the lowest block that is not what it should be.
	std::int32_t file_error = 0;                 ///< Of the input or the output, a negative errno.
	std::string failed_file;                     ///< Its name, if it is not that of the data.
	std::uint64_t zeroed_blocks = 0;             ///< Write: of those done, zeroed instead of written.
	std::uint64_t input_bytes = 0;               ///< Write: taken from the input.
	std::uint64_t padded_bytes = 0;              ///< Write: zeros added.
	std::uint64_t left_over_bytes = 0;           ///< Write: of the input's last block, not written.
	std::uint64_t delivered_bytes = 0;           ///< Read: given to the output.
	bool input_short = false;
	bool device_full = false;
	bool interrupted = false;
};

/// What the classification needs of it. effect: whether someone saw something of it already.
Happened happened(const TransferResult &result, bool effect);

struct TransferSetup {
	DataQueue *queue = nullptr;
	const Device *device = nullptr;
	Plan plan;
	BlockLayout layout;
	std::uint32_t copies = 1;
	Progress *progress = nullptr;
	bool notes = true; ///< Say on standard error what a second Ctrl-C is waiting for.
};

class Transfer
{
public:
	explicit Transfer(const TransferSetup &setup);
	Transfer(const Transfer &) = delete;
	Transfer &operator=(const Transfer &) = delete;
	virtual ~Transfer() = default;

	[[nodiscard]] const TransferResult &result() const { return result_; }

protected:
	struct Slot {
		std::byte *data = nullptr;
		std::byte *metadata = nullptr;           ///< Of all its blocks, if commands move it.
		std::byte *read_back = nullptr;          ///< The second copy, if there are two.
		std::byte *read_back_metadata = nullptr; ///< Of that.
		std::uint64_t lba = 0;
		std::uint32_t blocks = 0;
		std::uint32_t index = 0;
		std::uint8_t opcode = 0;
		std::uint16_t flags = 0; ///< RINGLINE_FUA and so on, of the command that is to be sent.
		bool zeroes = false;     ///< Its blocks get no data, but zeros.
		bool in_flight = false;
		bool complete = false;
	};

	[[nodiscard]] bool has_free_slot() const { return !free_.empty(); }
	/// Null if there is none.
	[[nodiscard]] Slot *take_slot();
	void release(Slot &slot);
	/// Pushes a command on the slot's blocks; a read goes to the second copy, if there is one. What cannot be
	/// pushed is a failure like any other.
	void send(Slot &slot, std::uint8_t opcode, std::uint32_t flags);
	/// Submits, and takes what is complete; waits for at least one if asked to and there can be one.
	void take_completions(bool wait);
	/// No more is sent.
	void stop();
	/// Sees whether the user wants to stop.
	void notice_signals();
	[[nodiscard]] std::uint64_t bytes_of(const Slot &slot) const
	{
		return std::uint64_t{slot.blocks} * setup_.layout.block_size;
	}
	[[nodiscard]] std::uint64_t metadata_bytes_of(const Slot &slot) const
	{
		return std::uint64_t{slot.blocks} * setup_.layout.metadata_size;
	}
	/// The blocks as a command has them.
	[[nodiscard]] BlockMemory memory_of(const Slot &slot) const
	{
		return {slot.lba, slot.blocks, slot.data, setup_.layout.apart() != 0 ? slot.metadata : nullptr};
	}
	[[nodiscard]] bool stopping() const { return stopping_; }
	[[nodiscard]] std::uint32_t in_flight() const { return in_flight_; }
	/// Time between two looks at the progress, or -1.
	[[nodiscard]] int patience_ms() const { return setup_.progress->shown() ? 250 : -1; }

	virtual void on_success(Slot &slot) = 0;

	TransferSetup setup_;
	TransferResult result_;

private:
	void finish(const ringline_completion &completion);
	void fail(Slot &slot, const CommandFailure &failure);

	std::vector<Slot> slots_;
	std::vector<std::uint32_t> free_;
	std::uint32_t in_flight_ = 0;
	int signals_seen_ = 0;
	bool stopping_ = false;
};

} // namespace nvmectl
