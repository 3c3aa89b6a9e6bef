// SPDX-License-Identifier: MIT OR Apache-2.0
// Input to device.
#pragma once

#include "source.h"
#include "transfer.h"

#include <deque>
#include <vector>

namespace nvmectl
{

struct WriteJob {
	Extent range;                   ///< Of a stream without a length: the room there is on the device.
	std::vector<CommandPart> parts; ///< All of the range, in order. What is zeroed is left out of the input.
	bool open_ended = false;        ///< The range is only the room; the input says how much it is.
	bool verify = false;
	bool pad = false;
	bool protect = false;              ///< Protection information is made here.
	std::uint16_t read_back_flags = 0; ///< Of verification.
};

class WriteTransfer final : public Transfer
{
public:
	/// metadata: where that of the blocks comes from, which is as much as the range has; null: it is zeros.
	WriteTransfer(const TransferSetup &setup, const WriteJob &job, Source &source, Source *metadata);
	/// Throws Error when the input proves to be too short or too long before anything was written.
	void run();

private:
	void on_success(Slot &slot) override;
	void on_verified(Slot &slot);
	[[nodiscard]] bool reads_back_alike(const Slot &slot, std::uint32_t block) const;
	void note_done(const Slot &slot);
	void spoil_read_back(Slot &slot) const;
	[[nodiscard]] bool wants_input() const;
	void begin_slot();
	void take_input();
	void probe_for_more();
	void slot_filled();
	void finish_slot();
	bool read_metadata(Slot &slot);
	void input_ended();
	void admit();
	void send_filled();
	void wait_for_input();

	WriteJob job_;
	Source &source_;
	Source *metadata_;
	std::deque<Slot *> filled_; ///< Not sent yet, in order.
	Slot *current_ = nullptr;   ///< Being filled.
	std::uint64_t current_bytes_ = 0;
	std::uint64_t next_block_ = 0; ///< Of the range: the first that no slot holds.
	std::size_t next_part_ = 0;    ///< The one that it is in.
	bool input_done_ = false;
	/// Nothing is written before the first window of a stream is there: a stream that ends in it has no effect at
	/// all.
	bool held_;
};

} // namespace nvmectl
