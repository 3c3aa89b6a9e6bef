// SPDX-License-Identifier: MIT OR Apache-2.0
#include "read_transfer.h"

#include <algorithm>
#include <cerrno>

namespace nvmectl
{

ReadTransfer::ReadTransfer(const TransferSetup &setup, const ReadJob &job, Sink &sink, Sink *metadata)
	: Transfer(setup), job_(job), sink_(sink), metadata_(metadata)
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
		if (in_flight() == 0 && (stopping() || next_block_ == job_.range.blocks)) {
			return;
		}
		take_completions(true);
	}
}

void ReadTransfer::send_more()
{
	while (!stopping() && next_block_ < job_.range.blocks) {
		Slot *const slot = take_slot();
		if (slot == nullptr) {
			return;
		}
		slot->lba = job_.range.lba + next_block_;
		slot->blocks = static_cast<std::uint32_t>(
			std::min<std::uint64_t>(setup_.plan.blocks_per_command, job_.range.blocks - next_block_));
		next_block_ += slot->blocks;
		in_order_.push_back(slot);
		send(*slot, RINGLINE_NVME_READ, 0);
	}
}

/// Nothing of a command with a damaged block is given to the output.
bool ReadTransfer::is_damaged(const Slot &slot)
{
	Damage damage;
	if (!job_.check || !find_damage(setup_.device->info(), setup_.layout, memory_of(slot), &damage)) {
		return false;
	}
	result_.done.add(slot.lba, damage.lba - slot.lba);
	result_.failed.add(damage.lba, 1);
	if (!result_.damage || damage.lba < result_.damage->lba) {
		result_.damage = damage;
	}
	return true;
}

void ReadTransfer::on_success(Slot &slot)
{
	if (is_damaged(slot)) {
		release(slot);
		stop();
		return;
	}
	slot.complete = true;
	result_.done.add(slot.lba, slot.blocks);
}

std::int32_t ReadTransfer::put_out(const Slot &slot)
{
	take_apart(setup_.layout, slot.blocks, slot.data, slot.metadata);
	if (const std::int32_t error = sink_.write({slot.data, bytes_of(slot)}); error < 0) {
		return error;
	}
	result_.delivered_bytes += bytes_of(slot); // also if its metadata finds no place
	const std::int32_t error =
		metadata_ != nullptr ? metadata_->write({slot.metadata, metadata_bytes_of(slot)}) : 0;
	if (error < 0) {
		result_.failed_file = metadata_->name();
	}
	return error;
}

/// Gives the next blocks in order to the output, if they are there. Behind the first block that failed nothing is
/// given.
bool ReadTransfer::deliver()
{
	if (output_closed_ || in_order_.empty() || !in_order_.front()->complete) {
		return false;
	}
	Slot &slot = *in_order_.front();
	const std::int32_t written = put_out(slot);
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
	in_order_.pop_front();
	release(slot);
	return true;
}

} // namespace nvmectl
