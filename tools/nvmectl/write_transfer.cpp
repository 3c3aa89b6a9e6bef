// SPDX-License-Identifier: MIT OR Apache-2.0
#include "write_transfer.h"

#include "error.h"
#include "interrupt.h"
#include "units.h"

#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

namespace nvmectl
{

WriteTransfer::WriteTransfer(const TransferSetup &setup, const WriteJob &job, Source &source, Source *metadata)
	: Transfer(setup), job_(job), source_(source), metadata_(metadata), held_(source.stream())
{
}

void WriteTransfer::run()
{
	notice_signals();
	while (true) {
		const bool ready = wants_input() && source_.ready();
		if (ready) {
			take_input();
		}
		if (held_ && !stopping() && !wants_input()) {
			admit();
		}
		send_filled();
		take_completions(false);
		if (in_flight() == 0 && (stopping() || (input_done_ && filled_.empty()))) {
			return;
		}
		if (!wants_input()) {
			take_completions(true);
		} else if (!ready) {
			wait_for_input();
		}
	}
}

bool WriteTransfer::wants_input() const
{
	// At the end of the range there is still the question whether the input ends there too.
	return !stopping() && !input_done_ &&
	       (current_ != nullptr || has_free_slot() || next_block_ == job_.range.blocks);
}

void WriteTransfer::take_input()
{
	if (next_block_ == job_.range.blocks && current_ == nullptr) {
		probe_for_more();
		return;
	}
	if (current_ == nullptr) {
		begin_slot();
	}
	const std::uint64_t capacity = bytes_of(*current_);
	if (current_->zeroes && !job_.verify) {
		source_.skip(static_cast<std::int64_t>(capacity));
		result_.input_bytes += capacity;
		slot_filled();
		return;
	}
	const ssize_t got = source_.read({current_->data + current_bytes_, capacity - current_bytes_});
	if (got == 0) {
		input_ended();
	} else if (got > 0) {
		result_.input_bytes += static_cast<std::uint64_t>(got);
		current_bytes_ += static_cast<std::uint64_t>(got);
		if (current_bytes_ == capacity) {
			slot_filled();
		}
	} else if (got != -EINTR && got != -EAGAIN) {
		result_.file_error = static_cast<std::int32_t>(got);
		stop();
	}
}

void WriteTransfer::begin_slot()
{
	const CommandPart &part = job_.parts[next_part_];
	const std::uint64_t end = part.range.lba + part.range.blocks - job_.range.lba;
	current_ = take_slot();
	current_bytes_ = 0;
	current_->opcode = part.opcode;
	current_->zeroes = part.opcode == RINGLINE_NVME_WRITE_ZEROES;
	current_->flags = part.flags;
	current_->lba = job_.range.lba + next_block_;
	current_->blocks =
		static_cast<std::uint32_t>(std::min<std::uint64_t>(part.blocks_per_command, end - next_block_));
	next_block_ += current_->blocks;
	next_part_ += next_block_ == end ? 1 : 0;
}

void WriteTransfer::slot_filled()
{
	finish_slot();
	// A stream without a length may only end where the device does.
	input_done_ = next_block_ == job_.range.blocks && !job_.open_ended;
}

/// The data is there: all else that the command needs.
void WriteTransfer::finish_slot()
{
	Slot &slot = *std::exchange(current_, nullptr);
	if (!slot.zeroes && setup_.layout.metadata_size != 0) {
		if (!read_metadata(slot)) {
			stop();
			release(slot);
			return;
		}
		put_together(setup_.layout, slot.blocks, slot.data, slot.metadata);
		if (job_.protect) {
			protect(setup_.device->info(), setup_.layout, memory_of(slot));
		}
	}
	filled_.push_back(&slot);
}

/// False, and in the result why: it cannot be read any more.
bool WriteTransfer::read_metadata(Slot &slot)
{
	std::span<std::byte> space(slot.metadata, metadata_bytes_of(slot));
	if (metadata_ == nullptr) {
		std::ranges::fill(space, std::byte{0});
		return true;
	}
	const ssize_t got = metadata_->read_all(space);
	if (got == static_cast<ssize_t>(space.size())) {
		return true;
	}
	result_.failed_file = metadata_->name();
	result_.file_error = got < 0 ? static_cast<std::int32_t>(got) : -ENODATA; // it was as long as it must be
	return false;
}

void WriteTransfer::probe_for_more()
{
	std::array<std::byte, 1> one;
	const ssize_t got = source_.read(one);
	if (got == -EINTR || got == -EAGAIN) {
		return;
	}
	input_done_ = true;
	result_.device_full = got > 0;
	result_.file_error = got < 0 ? static_cast<std::int32_t>(got) : 0;
}

void WriteTransfer::input_ended()
{
	input_done_ = true;
	const std::uint32_t block_size = setup_.layout.block_size;
	const std::uint64_t rest = current_bytes_ % block_size;
	if (rest != 0 && job_.pad) {
		result_.padded_bytes = block_size - rest;
		std::memset(current_->data + current_bytes_, 0, result_.padded_bytes);
		current_bytes_ += result_.padded_bytes;
	} else {
		result_.left_over_bytes = rest;
	}
	next_block_ -= current_->blocks;
	current_->blocks = static_cast<std::uint32_t>(current_bytes_ / block_size);
	next_block_ += current_->blocks;
	result_.input_short = result_.left_over_bytes != 0 || (!job_.open_ended && next_block_ < job_.range.blocks);
	if (current_->blocks != 0) {
		finish_slot();
	} else {
		release(*std::exchange(current_, nullptr));
	}
}

/// The first window is there and nothing is written yet: the last moment to refuse without harm.
void WriteTransfer::admit()
{
	held_ = false;
	if (result_.device_full) {
		const std::uint64_t room = job_.range.blocks * setup_.layout.block_size;
		throw Error(Exit::usage,
			    fmt::format("{} has more than the {} bytes from LBA {} to the end of the device",
					source_.name(), room, job_.range.lba),
			    "nothing was written; --length or --blocks takes a part of the input")
			.with_rule("bounds");
	}
	if (!input_done_ || result_.file_error != 0) {
		return;
	}
	if (result_.input_bytes == 0) {
		throw Error(Exit::refused, fmt::format("{} is empty: nothing was written", source_.name()))
			.with_rule("input-empty");
	}
	if (!job_.open_ended && next_block_ < job_.range.blocks) {
		throw Error(Exit::refused,
			    fmt::format("{} ended after {} bytes, but {} were asked for: nothing was written",
					source_.name(), result_.input_bytes,
					job_.range.blocks * setup_.layout.block_size),
			    job_.pad ? "--pad fills the last block only" : "")
			.with_rule("input-short");
	}
	if (result_.left_over_bytes != 0) {
		throw Error(Exit::refused,
			    fmt::format("{} has {} bytes, which is not a multiple of the block size of {}: nothing was "
					"written",
					source_.name(), result_.input_bytes, setup_.layout.block_size),
			    "--pad fills the last block with zeros")
			.with_rule("input-partial-block");
	}
}

void WriteTransfer::send_filled()
{
	while (!held_ && !stopping() && !filled_.empty()) {
		Slot &slot = *filled_.front();
		filled_.pop_front();
		send(slot, slot.opcode, slot.flags);
	}
}

/// A slow producer must keep nobody from seeing that the device failed, or that the user wants to stop.
void WriteTransfer::wait_for_input()
{
	const std::int32_t bell = ringline_queue_fd(setup_.queue->get());
	if (bell < 0) {
		throw Error(Exit::internal, fmt::format("the queue gives no descriptor to wait on: {} ({})",
							ringline_error_text(bell), ringline_error_name(bell)));
	}
	std::array<struct pollfd, 3> entries = {{
		{source_.descriptor(), POLLIN, 0},
		{interrupt::fd(), POLLIN, 0},
		{bell, POLLIN, 0},
	}};
	(void)::poll(entries.data(), entries.size(), patience_ms());
	if ((entries[2].revents & POLLIN) != 0) {
		// Read first and take completions then: the other order loses wake-ups.
		std::uint64_t count = 0;
		[[maybe_unused]] const ssize_t taken = ::read(bell, &count, sizeof count);
	}
	take_completions(false);
}

void WriteTransfer::on_success(Slot &slot)
{
	if (slot.opcode == RINGLINE_NVME_READ) {
		on_verified(slot);
	} else if (job_.verify && !stopping()) {
		spoil_read_back(slot);
		send(slot, RINGLINE_NVME_READ, job_.read_back_flags);
		return; // the slot is in use again, or was let go of
	} else {
		note_done(slot);
		result_.not_read_back += job_.verify ? slot.blocks : 0;
	}
	release(slot);
}

void WriteTransfer::note_done(const Slot &slot)
{
	result_.done.add(slot.lba, slot.blocks);
	result_.zeroed_blocks += slot.zeroes ? slot.blocks : 0;
}

/// No block may compare equal because a read left the memory as it was.
void WriteTransfer::spoil_read_back(Slot &slot) const
{
	const std::size_t step = slot.zeroes ? setup_.layout.block_size : setup_.layout.step();
	for (std::size_t i = 0; i < slot.blocks; ++i) {
		slot.read_back[i * setup_.layout.step()] = ~slot.data[i * step];
	}
}

/// A block of both copies, which have been taken apart. The metadata of what was zeroed is the device's affair.
bool WriteTransfer::reads_back_alike(const Slot &slot, std::uint32_t block) const
{
	const std::size_t data = std::size_t{block} * setup_.layout.block_size;
	const std::size_t metadata = std::size_t{block} * setup_.layout.metadata_size;
	return std::memcmp(slot.data + data, slot.read_back + data, setup_.layout.block_size) == 0 &&
	       (slot.zeroes || std::memcmp(slot.metadata + metadata, slot.read_back_metadata + metadata,
					   setup_.layout.metadata_size) == 0);
}

void WriteTransfer::on_verified(Slot &slot)
{
	take_apart(setup_.layout, slot.blocks, slot.read_back, slot.read_back_metadata);
	if (!slot.zeroes) {
		take_apart(setup_.layout, slot.blocks, slot.data, slot.metadata);
	}
	std::uint32_t alike = 0;
	while (alike < slot.blocks && reads_back_alike(slot, alike)) {
		++alike;
	}
	if (alike == slot.blocks) {
		note_done(slot);
		return;
	}
	for (std::uint32_t i = 0; i < slot.blocks; ++i) {
		const std::uint64_t lba = slot.lba + i;
		if (i < alike || reads_back_alike(slot, i)) {
			result_.done.add(lba, 1);
		} else {
			result_.failed.add(lba, 1);
			result_.miscompare_lba = std::min(lba, result_.miscompare_lba.value_or(lba));
		}
	}
	stop();
}

} // namespace nvmectl
