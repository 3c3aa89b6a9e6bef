// SPDX-License-Identifier: MIT OR Apache-2.0
#include "device/simulated_transfer.h"

#include "device/simulated_range.h"
#include "nvme/status.h"

#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace ringline::device
{

namespace
{

/// Moves the caller's data and metadata from and to pieces, block by block where they alternate.
class Blocks
{
public:
	Blocks(const Namespace &of, const Transfer &transfer)
		: geometry_(of.geometry),
		  metadata_(transfer.protection.strips(of.geometry) ? 0 : of.geometry.metadata_size),
		  inline_((of.geometry.flags & RINGLINE_SIM_METADATA_INLINE) != 0 && metadata_ != 0),
		  data_cursor_(transfer.data.cursor(data_bytes(geometry_, transfer.protection, transfer.range.count))),
		  metadata_cursor_(transfer.metadata.cursor(
			  metadata_bytes(geometry_, transfer.protection, transfer.range.count)))
	{
	}

	[[nodiscard]] std::size_t done() const { return data_cursor_.done(); }

	[[nodiscard]] bool take(std::uint64_t count, Piece *piece)
	{
		if (metadata_ == 0) {
			// What the caller does not give is zeros, but for what is generated.
			std::memset(piece->metadata, 0, count * geometry_.metadata_size);
		}
		return move(
			count,
			[&](Cursor *cursor, std::uint8_t *of, std::size_t bytes) { return cursor->take(of, bytes); },
			piece);
	}

	[[nodiscard]] bool give(std::uint64_t count, Piece *piece)
	{
		return move(
			count,
			[&](Cursor *cursor, const std::uint8_t *of, std::size_t bytes) {
				return cursor->give(of, bytes);
			},
			piece);
	}

private:
	template <class Move> bool move(std::uint64_t count, Move &&one, Piece *piece)
	{
		const std::size_t block = geometry_.block_size;
		if (!inline_) {
			return one(&data_cursor_, piece->data, count * block) &&
			       (metadata_ == 0 || one(&metadata_cursor_, piece->metadata, count * metadata_));
		}
		for (std::uint64_t i = 0; i < count; ++i) {
			if (!one(&data_cursor_, piece->data + i * block, block) ||
			    !one(&data_cursor_, piece->metadata + i * metadata_, metadata_)) {
				return false;
			}
		}
		return true;
	}

	const ImageGeometry &geometry_;
	std::size_t metadata_; ///< Of a block, in the caller's memory.
	bool inline_;
	Cursor data_cursor_;
	Cursor metadata_cursor_;
};

/// Data alone goes between the file and the caller's memory without a copy.
Outcome read_plain(const Namespace &of, const Transfer &transfer)
{
	const std::uint64_t offset = transfer.range.lba * of.geometry.block_size;
	Cursor cursor = transfer.data.cursor(transfer.range.count * of.geometry.block_size);
	while (cursor.left() != 0) {
		const ssize_t got =
			::pread(of.image, cursor.memory(), cursor.left(), static_cast<off_t>(offset + cursor.done()));
		if (got > 0) {
			cursor.advance(static_cast<std::size_t>(got));
		} else if (got < 0 && errno == EFAULT) {
			return bad_address(cursor.done());
		} else if (got == 0 || errno != EINTR) {
			return answered(nvme::status_unrecovered_read); // also past the end of an image that shrank
		}
	}
	return {};
}

Outcome write_plain(const Namespace &of, const Transfer &transfer)
{
	const std::uint64_t offset = transfer.range.lba * of.geometry.block_size;
	Cursor cursor = transfer.data.cursor(transfer.range.count * of.geometry.block_size);
	while (cursor.left() != 0) {
		const ssize_t put =
			::pwrite(of.image, cursor.memory(), cursor.left(), static_cast<off_t>(offset + cursor.done()));
		if (put > 0) {
			cursor.advance(static_cast<std::size_t>(put));
		} else if (put < 0 && errno == EFAULT) {
			return bad_address(cursor.done());
		} else if (put == 0 || errno != EINTR) {
			return answered(nvme::status_write_fault);
		}
	}
	return answered(make_readable(of, transfer.range));
}

/// Runs a step for each piece of a transfer until one fails: step(range, blocks before it).
template <class Step> Outcome each_piece(const Namespace &of, const BlockRange &whole, Step &&step)
{
	for (std::uint64_t done = 0; done < whole.count;) {
		const BlockRange range = next_piece(of, whole, done);
		if (const Outcome outcome = step(range, done); outcome.error != 0 || outcome.status != 0) {
			return outcome;
		}
		done += range.count;
	}
	return {};
}

Outcome read_pieces(const Namespace &of, const Transfer &transfer)
{
	Piece piece;
	Blocks blocks(of, transfer);
	return each_piece(of, transfer.range, [&](const BlockRange &range, std::uint64_t done) {
		if (const std::uint16_t status = read_blocks(of, range, &piece); status != 0) {
			return answered(status);
		}
		if (const std::uint16_t status = verify_piece(transfer.protection, done, range.count, piece);
		    status != 0) {
			return answered(status);
		}
		return blocks.give(range.count, &piece) ? Outcome{} : bad_address(blocks.done());
	});
}

/// All of the caller's protection information is checked before anything is written.
Outcome verify_caller(const Namespace &of, const Transfer &transfer)
{
	Piece piece;
	Blocks blocks(of, transfer);
	return each_piece(of, transfer.range, [&](const BlockRange &range, std::uint64_t done) {
		if (!blocks.take(range.count, &piece)) {
			return bad_address(0);
		}
		return answered(verify_piece(transfer.protection, done, range.count, piece));
	});
}

Outcome write_pieces(const Namespace &of, const Transfer &transfer)
{
	if (!transfer.protection.action && transfer.protection.checks != 0) {
		const Outcome checked = verify_caller(of, transfer);
		if (checked.error != 0 || checked.status != 0) {
			return checked;
		}
	}
	Piece piece;
	Blocks blocks(of, transfer);
	return each_piece(of, transfer.range, [&](const BlockRange &range, std::uint64_t done) {
		if (!blocks.take(range.count, &piece)) {
			return bad_address(done);
		}
		if (transfer.protection.action) {
			generate_piece(transfer.protection, done, range.count, &piece);
		}
		return answered(write_blocks(of, range, piece));
	});
}

/// Protection information is not compared: it is checked.
bool same_metadata(const ImageGeometry &geometry, std::uint64_t blocks, const Piece &one, const Piece &other)
{
	const std::uint32_t protection = protection_bytes(geometry);
	const std::size_t compared = geometry.metadata_size - protection;
	const std::size_t start = (geometry.flags & RINGLINE_SIM_PI_FIRST) != 0 ? protection : 0;
	for (std::uint64_t i = 0; i < blocks; ++i) {
		const std::size_t offset = i * geometry.metadata_size + start;
		if (std::memcmp(one.metadata + offset, other.metadata + offset, compared) != 0) {
			return false;
		}
	}
	return true;
}

} // namespace

std::uint64_t data_bytes(const ImageGeometry &geometry, const CommandProtection &protection, std::uint64_t blocks)
{
	const bool extended = (geometry.flags & RINGLINE_SIM_METADATA_INLINE) != 0 && !protection.strips(geometry);
	return blocks * (geometry.block_size + (extended ? geometry.metadata_size : 0));
}

std::uint64_t metadata_bytes(const ImageGeometry &geometry, const CommandProtection &protection, std::uint64_t blocks)
{
	const bool separate = (geometry.flags & RINGLINE_SIM_METADATA_INLINE) == 0 && !protection.strips(geometry);
	return separate ? blocks * geometry.metadata_size : 0;
}

Outcome read_transfer(const Namespace &of, const Transfer &transfer)
{
	if (transfer.forced && !sync_blocks(of)) {
		return answered(nvme::status_unrecovered_read);
	}
	if (const std::uint16_t status = check_readable(of, transfer.range); status != 0) {
		return answered(status);
	}
	return of.geometry.metadata_size == 0 ? read_plain(of, transfer) : read_pieces(of, transfer);
}

Outcome write_transfer(const Namespace &of, const Transfer &transfer)
{
	if (const std::uint16_t status = check_room(of, transfer.range); status != 0) {
		return answered(status);
	}
	return of.geometry.metadata_size == 0 ? write_plain(of, transfer) : write_pieces(of, transfer);
}

Outcome compare_transfer(const Namespace &of, const Transfer &transfer)
{
	if (transfer.forced && !sync_blocks(of)) {
		return answered(nvme::status_unrecovered_read);
	}
	if (const std::uint16_t status = check_readable(of, transfer.range); status != 0) {
		return answered(status);
	}
	Piece stored;
	Piece given;
	Blocks blocks(of, transfer);
	return each_piece(of, transfer.range, [&](const BlockRange &range, std::uint64_t done) {
		if (!blocks.take(range.count, &given)) {
			return bad_address(0);
		}
		std::uint16_t status = read_blocks(of, range, &stored);
		if (status == 0) {
			status = verify_piece(transfer.protection, done, range.count, stored);
		}
		const std::size_t bytes = range.count * of.geometry.block_size;
		if (status == 0 && (std::memcmp(stored.data, given.data, bytes) != 0 ||
				    !same_metadata(of.geometry, range.count, stored, given))) {
			status = nvme::status_compare | RINGLINE_STATUS_DNR;
		}
		return answered(status);
	});
}

} // namespace ringline::device
