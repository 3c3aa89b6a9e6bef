// SPDX-License-Identifier: MIT OR Apache-2.0
#include "device/simulated_blocks.h"

#include "device/simulated_file.h"
#include "nvme/status.h"

#include <unistd.h>

#include <algorithm>
#include <cstring>

namespace ringline::device
{

namespace
{

FileRange of_data(const Namespace &of, const BlockRange &range)
{
	return {range.lba * of.geometry.block_size, range.count * of.geometry.block_size};
}

FileRange of_metadata(const Namespace &of, const BlockRange &range)
{
	return {range.lba * of.geometry.metadata_size, range.count * of.geometry.metadata_size};
}

/// Between metadata and how its file has it (simulated_medium.h), which is the same both ways.
void complement_protection(const ImageGeometry &geometry, std::uint64_t blocks, std::uint8_t *metadata)
{
	const std::uint32_t bytes = protection_bytes(geometry);
	const bool first = (geometry.flags & RINGLINE_SIM_PI_FIRST) != 0;
	std::uint8_t *protection = metadata + (first ? 0 : geometry.metadata_size - bytes);
	for (std::uint64_t block = 0; bytes != 0 && block < blocks; ++block) {
		for (std::uint32_t i = 0; i < bytes; ++i) {
			protection[i] = static_cast<std::uint8_t>(~protection[i]);
		}
		protection += geometry.metadata_size;
	}
}

} // namespace

std::uint64_t Piece::blocks(const ImageGeometry &geometry)
{
	return bytes / std::max(geometry.block_size, geometry.metadata_size);
}

BlockRange next_piece(const Namespace &of, const BlockRange &range, std::uint64_t done)
{
	return {range.lba + done, std::min(range.count - done, Piece::blocks(of.geometry))};
}

std::uint16_t read_blocks(const Namespace &of, const BlockRange &range, Piece *piece)
{
	if (!read_file(of.image, piece->data, of_data(of, range))) {
		return nvme::status_unrecovered_read; // also past the end of an image that shrank
	}
	if (of.geometry.metadata_size != 0) {
		if (!read_file(of.medium.metadata.get(), piece->metadata, of_metadata(of, range))) {
			return nvme::status_unrecovered_read;
		}
		complement_protection(of.geometry, range.count, piece->metadata);
	}
	return 0;
}

std::uint16_t write_blocks(const Namespace &of, const BlockRange &range, const Piece &piece)
{
	if (!write_file(of.image, piece.data, of_data(of, range))) {
		return nvme::status_write_fault;
	}
	if (of.geometry.metadata_size != 0) {
		std::uint8_t metadata[Piece::bytes];
		std::memcpy(metadata, piece.metadata, range.count * of.geometry.metadata_size);
		complement_protection(of.geometry, range.count, metadata);
		if (!write_file(of.medium.metadata.get(), metadata, of_metadata(of, range))) {
			return nvme::status_write_fault;
		}
	}
	return make_readable(of, range);
}

std::uint16_t zero_blocks(const Namespace &of, const BlockRange &range, bool deallocate)
{
	if (range.count == 0) {
		return 0;
	}
	if (const std::uint16_t status = check_room(of, range); status != 0) {
		return status;
	}
	const FileRange data = of_data(of, range);
	const bool done =
		(deallocate ? punch_file(of.image, data) : zero_file(of.image, data)) &&
		(of.geometry.metadata_size == 0 || punch_file(of.medium.metadata.get(), of_metadata(of, range)));
	return done ? make_readable(of, range) : nvme::status_write_fault;
}

std::uint16_t check_readable(const Namespace &of, const BlockRange &range)
{
	return of.medium.uncorrectable.touches(range.lba, range.count) ? nvme::status_unrecovered_read
								       : std::uint16_t{0};
}

std::uint16_t make_readable(const Namespace &of, const BlockRange &range)
{
	return of.medium.uncorrectable.clear(range.lba, range.count) ? std::uint16_t{0} : nvme::status_write_fault;
}

std::uint16_t check_room(const Namespace &of, const BlockRange &range)
{
	const FileRange data = of_data(of, range);
	return file_reaches(of.image, data.offset + data.length) ? std::uint16_t{0} : nvme::status_write_fault;
}

bool sync_blocks(const Namespace &of)
{
	const Medium &medium = of.medium;
	return ::fdatasync(of.image) == 0 && (!medium.metadata.valid() || ::fdatasync(medium.metadata.get()) == 0) &&
	       medium.uncorrectable.sync() && (!medium.zones_file.valid() || ::fdatasync(medium.zones_file.get()) == 0);
}

} // namespace ringline::device
