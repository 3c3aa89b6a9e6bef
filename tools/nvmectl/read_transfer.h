// SPDX-License-Identifier: MIT OR Apache-2.0
// Device to output, in order.
#pragma once

#include "sink.h"
#include "transfer.h"

#include <deque>

namespace nvmectl
{

struct ReadJob {
	Extent range;
	bool check = false; ///< Protection information, here.
};

class ReadTransfer final : public Transfer
{
public:
	/// metadata: where that of the blocks goes; null: nowhere.
	ReadTransfer(const TransferSetup &setup, const ReadJob &job, Sink &sink, Sink *metadata);
	void run();

private:
	void on_success(Slot &slot) override;
	bool is_damaged(const Slot &slot);
	void send_more();
	bool deliver();
	std::int32_t put_out(const Slot &slot);

	ReadJob job_;
	Sink &sink_;
	Sink *metadata_;
	std::uint64_t next_block_ = 0;
	std::deque<Slot *> in_order_; ///< Sent or complete, and not given to the output yet.
	bool output_closed_ = false;
};

} // namespace nvmectl
