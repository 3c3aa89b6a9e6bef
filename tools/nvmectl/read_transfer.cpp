// SPDX-License-Identifier: MIT OR Apache-2.0
#include "read_transfer.h"

#include <algorithm>
#include <cerrno>

namespace nvmectl
{

ReadTransfer::ReadTransfer(const TransferSetup &setup, const Extent &range, Sink &sink)
	: Transfer(setup), range_(range), sink_(sink)
{
}

void ReadTransfer::run()
{
	notice_signals();
	while (true) {
		send_more();
		take_completions(false);
		if (deliver()) {
			continue;
		}
		if (in_flight() == 0 && (stopping() || next_block_ == range_.blocks)) {
			return;
		}
		take_completions(true);
	}
}

void ReadTransfer::send_more()
{
	while (!stopping() && next_block_ < range_.blocks) {
		Slot *const slot = take_slot();
		if (slot == nullptr) {
			return;
		}
		slot->lba = range_.lba + next_block_;
		slot->blocks = static_cast<std::uint32_t>(
			std::min<std::uint64_t>(setup_.plan.blocks_per_command, range_.blocks - next_block_));
		next_block_ += slot->blocks;
		in_order_.push_back(slot);
		send(*slot, RINGLINE_NVME_READ, 0);
	}
}

void ReadTransfer::on_success(Slot &slot)
{
	slot.complete = true;
	result_.done.add(slot.lba, slot.blocks);
}

/// Gives the next blocks in order to the output, if they are there. Behind the first block that failed nothing is
/// given.
bool ReadTransfer::deliver()
{
	if (output_closed_ || in_order_.empty() || !in_order_.front()->complete) {
		return false;
	}
	Slot &slot = *in_order_.front();
	const std::int32_t written = sink_.write({slot.data, bytes_of(slot)});
	if (written < 0) {
		output_closed_ = true;
		if (written == -EINTR) {
			notice_signals();
		} else {
			result_.file_error = written;
		}
		stop();
		return false;
	}
	result_.delivered_bytes += bytes_of(slot);
	in_order_.pop_front();
	release(slot);
	return true;
}

} // namespace nvmectl
