// SPDX-License-Identifier: MIT OR Apache-2.0
// Device to output, in order.
#pragma once

#include "sink.h"
#include "transfer.h"

#include <deque>

namespace nvmectl
{

class ReadTransfer final : public Transfer
{
public:
	ReadTransfer(const TransferSetup &setup, const Extent &range, Sink &sink);
	void run();

private:
	void on_success(Slot &slot) override;
	void send_more();
	bool deliver();

	Extent range_;
	Sink &sink_;
	std::uint64_t next_block_ = 0;
	std::deque<Slot *> in_order_; ///< Sent or complete, and not given to the output yet.
	bool output_closed_ = false;
};

} // namespace nvmectl
