// SPDX-License-Identifier: MIT OR Apache-2.0
#include "device/simulated_memory.h"

#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace ringline::device
{

namespace
{

enum class Way : std::uint8_t { from_caller, to_caller };

/// Through the kernel, which knows what is memory. Where a seccomp filter has forbidden that, directly.
bool move(Way way, void *ours, void *callers, std::size_t bytes)
{
	const iovec local = {.iov_base = ours, .iov_len = bytes};
	const iovec remote = {.iov_base = callers, .iov_len = bytes};
	const ssize_t moved = way == Way::from_caller ? ::process_vm_readv(::getpid(), &local, 1, &remote, 1, 0)
						      : ::process_vm_writev(::getpid(), &local, 1, &remote, 1, 0);
	if (moved < 0 && (errno == EPERM || errno == ENOSYS || errno == EACCES)) {
		std::memcpy(way == Way::from_caller ? ours : callers, way == Way::from_caller ? callers : ours, bytes);
		return true;
	}
	return moved >= 0 && static_cast<std::size_t>(moved) == bytes;
}

bool move_all(Way way, std::byte *ours, std::size_t bytes, Cursor *cursor)
{
	while (bytes != 0) {
		const std::size_t piece = std::min(bytes, cursor->left());
		if (piece == 0 || !move(way, ours, cursor->memory(), piece)) {
			return false;
		}
		cursor->advance(piece);
		ours += piece;
		bytes -= piece;
	}
	return true;
}

} // namespace

Outcome bad_address(std::size_t done)
{
	// Once bytes have moved it cannot be said that the command did nothing.
	const std::uint16_t flag = done == 0 ? RINGLINE_NOT_SENT : RINGLINE_OUTCOME_UNKNOWN;
	return {.error = -EFAULT, .flags = flag};
}

std::size_t Cursor::left() const
{
	return memory_.empty() ? 0 : std::min(static_cast<std::size_t>(memory_[0].length) - within_, length_ - done_);
}

void Cursor::advance(std::size_t bytes)
{
	done_ += bytes;
	within_ += bytes;
	if (within_ == memory_[0].length) {
		memory_ = memory_.subspan(1);
		within_ = 0;
	}
}

bool Cursor::take(void *to, std::size_t bytes)
{
	return move_all(Way::from_caller, static_cast<std::byte *>(to), bytes, this);
}

bool Cursor::give(const void *from, std::size_t bytes)
{
	return move_all(Way::to_caller, static_cast<std::byte *>(const_cast<void *>(from)), bytes, this);
}

CallerMemory::CallerMemory(std::uint64_t address, std::uint64_t length, std::uint32_t segments)
	: address_(address), length_(length), whole_{address, length}, pieces_(&whole_, 1)
{
	if (segments != 0) {
		const auto *pieces = reinterpret_cast<const ringline_segment *>(static_cast<std::uintptr_t>(address));
		pieces_ = {pieces, segments};
	}
}

bool CallerMemory::holds(std::uint64_t bytes) const
{
	return bytes <= length_ && address_ != 0 && address_ <= UINTPTR_MAX;
}

} // namespace ringline::device
