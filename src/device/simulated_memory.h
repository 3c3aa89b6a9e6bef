// SPDX-License-Identifier: MIT OR Apache-2.0
// The caller's memory, as a command names it: one piece or many. A raw command may name any address: bytes are moved so
// that a wrong one is an error and not the end of the process.
#pragma once

#include "device/device.h"

#include <ringline/ringline.h>

#include <cstddef>
#include <cstdint>
#include <span>

namespace ringline::device
{

/// The host's side failed to reach the caller's memory.
Outcome bad_address(std::size_t done);

/// Where a transfer is in its memory. Ends at the length, or where the segments do.
class Cursor
{
public:
	Cursor(std::span<const ringline_segment> memory, std::size_t length) : memory_(memory), length_(length) {}
	/// Bytes that can be moved at once; 0: nothing more.
	[[nodiscard]] std::size_t left() const;
	[[nodiscard]] std::byte *memory() const
	{
		return reinterpret_cast<std::byte *>(static_cast<std::uintptr_t>(memory_[0].address)) + within_;
	}
	[[nodiscard]] std::size_t done() const { return done_; }
	void advance(std::size_t bytes);
	/// The next bytes, from the caller. False: that is no memory, or there are not so many.
	[[nodiscard]] bool take(void *to, std::size_t bytes);
	/// ... and to the caller.
	[[nodiscard]] bool give(const void *from, std::size_t bytes);

private:
	std::span<const ringline_segment> memory_;
	std::size_t length_;
	std::size_t within_ = 0; // of the first segment of memory_
	std::size_t done_ = 0;
};

/// The memory of a command's data (or of its metadata, which is one piece). Not to be copied: it may hold the piece.
class CallerMemory
{
public:
	/// Data: with segments the address is that of an array of them.
	CallerMemory(std::uint64_t address, std::uint64_t length, std::uint32_t segments = 0);
	CallerMemory(const CallerMemory &) = delete;
	CallerMemory &operator=(const CallerMemory &) = delete;

	[[nodiscard]] std::uint64_t length() const { return length_; }
	/// Is there memory for so many bytes? A real device would transfer past its end; here nothing moves at all.
	[[nodiscard]] bool holds(std::uint64_t bytes) const;
	/// At the first of so many bytes.
	[[nodiscard]] Cursor cursor(std::uint64_t bytes) const { return {pieces_, static_cast<std::size_t>(bytes)}; }

private:
	std::uint64_t address_;
	std::uint64_t length_;
	ringline_segment whole_;
	std::span<const ringline_segment> pieces_;
};

} // namespace ringline::device
