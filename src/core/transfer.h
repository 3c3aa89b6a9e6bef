// SPDX-License-Identifier: MIT OR Apache-2.0
// ringline_transfer(): a range of any length on a queue that has nothing else to do.
#pragma once

#include "core/queue.h"
#include "core/transfer_plan.h"

#include <span>

namespace ringline::core
{

/// Where failures go.
struct FailureRoom {
	ringline_transfer_failure *first;
	std::uint32_t max;
};

class Transfer
{
public:
	Transfer(Queue *queue, const FailureRoom &room) : queue_(*queue), room_(room) {}

	/// The whole of it. The number of failures, or a negative errno: then nothing was sent.
	std::int32_t run(ringline_device device, const ringline_transfer_options &options,
			 ringline_transfer_result *result, ringline_diagnosis *diagnosis);

private:
	std::int32_t prepare(ringline_device device, const ringline_transfer_options &options,
			     ringline_diagnosis *diagnosis);
	[[nodiscard]] bool more() const { return waiting_ != 0 || next_ != plan_.end(); }
	[[nodiscard]] bool room_for(std::uint32_t pieces) const
	{
		return std::uint64_t{failures_} + running_ + waiting_ + pieces <= room_.max;
	}
	void fill();
	bool next_piece(Piece *piece);
	bool push(const Piece &piece);
	void take();
	void settle(const ringline_completion &completion);
	bool try_again(Piece *piece, const ringline_completion &completion);
	bool narrow(const Piece &piece, const ringline_completion &completion);
	void report(const Piece &piece, const ringline_completion &completion);
	void report_lost();
	void note(std::uint32_t kind, const Piece &piece, const ringline_completion &completion);
	void stop();
	void pause();
	[[nodiscard]] std::int64_t soonest() const;

	Queue &queue_;
	FailureRoom room_;
	std::span<ringline_transfer_event> events_; ///< Room for them; none are kept if there is none.
	TransferPlan plan_;
	Array<Piece> pieces_;       ///< In flight, by slot.
	Array<std::uint32_t> free_; ///< Slots not in flight are free_[running_] and on.
	Array<Piece> again_;        ///< To be done (again), the last first.
	ringline_transfer_result done_ = {};
	std::uint64_t next_ = 0; ///< What was not cut yet begins here.
	std::uint32_t running_ = 0;
	std::uint32_t waiting_ = 0; ///< Pieces in again_.
	std::uint32_t failures_ = 0;
	std::int32_t lost_ = 0; ///< The error that says that the device is none any more.
	bool stopped_ = false;
};

} // namespace ringline::core
