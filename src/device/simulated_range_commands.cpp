// SPDX-License-Identifier: MIT OR Apache-2.0
// Commands whose data are ranges of blocks: Dataset Management and Copy.
#include "device/simulated_memory.h"
#include "device/simulated_protection.h"
#include "device/simulated_range.h"
#include "nvme/ranges.h"

namespace ringline::device
{

namespace
{

constexpr unsigned format_bit = 8;         // of cdw12
constexpr std::uint32_t format_mask = 0xf; // of cdw12

/// A copy of an array that the caller may be changing.
class Entries
{
public:
	/// False: there is no such memory.
	[[nodiscard]] bool take(const ringline_nvme_command &command, std::uint32_t bytes)
	{
		const CallerMemory memory(command.address, command.data_length);
		return bytes <= sizeof bytes_ && memory.holds(bytes) && memory.cursor(bytes).take(bytes_, bytes);
	}
	[[nodiscard]] std::uint64_t address() const { return reinterpret_cast<std::uintptr_t>(bytes_); }

private:
	static constexpr std::uint32_t entry_most = 40; // Copy, format 1
	std::uint8_t bytes_[RINGLINE_COPY_RANGES_MAX * entry_most];
};

/// All of Dataset Management's ranges, before any is touched.
std::uint16_t check_dataset(const Namespace &of, std::uint64_t address, std::uint32_t count)
{
	const ImageGeometry &geometry = of.geometry;
	const std::uint64_t range_limit = geometry.dataset_max_range_blocks;
	const std::uint64_t limit = geometry.dataset_max_blocks;
	std::uint64_t sum = 0;
	if (geometry.dataset_max_ranges != 0 && count > geometry.dataset_max_ranges) {
		return nvme::status_command_size;
	}
	for (std::uint32_t i = 0; i < count; ++i) {
		const nvme::Range range = nvme::read_dataset_range(address, i);
		sum += range.blocks;
		if ((range_limit != 0 && range.blocks > range_limit) || (limit != 0 && sum > limit)) {
			return nvme::status_command_size;
		}
		if (const std::uint16_t status = check_bounds(of, {range.lba, range.blocks}); status != 0) {
			return status;
		}
	}
	return 0;
}

// Copy

struct Copy {
	std::uint32_t format;
	std::uint32_t count;
	std::uint64_t destination;
	CommandProtection in;
	CommandProtection out;
};

BlockRange source_of(const Copy &copy, const Entries &entries, std::uint32_t index)
{
	const nvme::Range range = nvme::read_copy_range(entries.address(), copy.format, index);
	return {range.lba, range.blocks};
}

/// How the source with this number is to be checked.
CommandProtection protection_of_source(const Copy &copy, const Entries &entries, std::uint32_t index)
{
	CommandProtection in = copy.in;
	nvme::read_copy_tags(entries.address(), copy.format, index, &in.layout);
	return in;
}

/// What can be said before the ranges are looked at.
std::uint16_t check_copy(const Namespace &of, const Copy &copy)
{
	if (copy.in.action != copy.out.action || copy.format > 1) {
		return nvme::status_invalid_field;
	}
	if (copy.count > of.geometry.copy_max_ranges) {
		return nvme::status_command_size;
	}
	// Format 1 is that of the longer reference tags, and for no other namespace.
	const bool is_long = protection_bytes(of.geometry) == 16;
	return is_long == (copy.format == 1) ? std::uint16_t{0} : nvme::status_invalid_format;
}

/// All of the ranges, and where they go; *blocks is how many.
std::uint16_t check_sources(const Namespace &of, const Copy &copy, const Entries &entries, std::uint64_t *blocks)
{
	std::uint64_t sum = 0;
	for (std::uint32_t i = 0; i < copy.count; ++i) {
		const BlockRange range = source_of(copy, entries, i);
		sum += range.count;
		if (range.count > of.geometry.copy_max_range_blocks || sum > of.geometry.copy_max_blocks) {
			return nvme::status_command_size;
		}
	}
	for (std::uint32_t i = 0; i < copy.count; ++i) {
		const BlockRange range = source_of(copy, entries, i);
		std::uint16_t status = check_bounds(of, range);
		if (status == 0) {
			status = check_zone_read(of, range);
		}
		if (status == 0) {
			status = check_request(protection_of_source(copy, entries, i), range.lba);
		}
		if (status != 0) {
			return status;
		}
	}
	*blocks = sum;
	return check_bounds(of, {copy.destination, sum});
}

/// One piece: reads, checks as the source's protection says, writes as the destination's does.
std::uint16_t copy_piece(const Namespace &of, const CommandProtection &in, const CommandProtection &out,
			 const BlockRange &from, std::uint64_t before, const BlockRange &to, std::uint64_t written)
{
	Piece piece;
	std::uint16_t status = read_blocks(of, from, &piece);
	if (status == 0) {
		status = verify_piece(in, before, from.count, piece);
	}
	if (status == 0 && out.action) {
		generate_piece(out, written, to.count, &piece);
	} else if (status == 0) {
		status = verify_piece(out, written, to.count, piece);
	}
	return status == 0 ? write_blocks(of, to, piece) : status;
}

/// One source range, from its end where the destination overlaps what is not yet read.
std::uint16_t copy_range(const Namespace &of, const Copy &copy, const CommandProtection &in, const BlockRange &source,
			 std::uint64_t written)
{
	if (const std::uint16_t status = check_readable(of, source); status != 0) {
		return status;
	}
	const std::uint64_t destination = copy.destination + written;
	const bool backwards = destination > source.lba && destination < source.lba + source.count;
	const std::uint64_t piece = Piece::blocks(of.geometry);
	const std::uint64_t pieces = (source.count + piece - 1) / piece;
	for (std::uint64_t i = 0; i < pieces; ++i) {
		const std::uint64_t before = (backwards ? pieces - 1 - i : i) * piece;
		const BlockRange from = next_piece(of, source, before);
		const BlockRange to = {destination + before, from.count};
		const std::uint16_t status = copy_piece(of, in, copy.out, from, before, to, written + before);
		if (status != 0) {
			return status;
		}
	}
	return 0;
}

/// What is wrong with the command itself was found before. If a block cannot be read, or its protection is not what is
/// expected, what lies before it is copied, and the result is the number of the first range that is not (NVM command
/// set specification 1.0, section 3.2.2).
Outcome run_copy(const Namespace &of, const Copy &copy, const Entries &entries)
{
	std::uint64_t written = 0;
	for (std::uint32_t i = 0; i < copy.count; ++i) {
		const BlockRange source = source_of(copy, entries, i);
		const CommandProtection in = protection_of_source(copy, entries, i);
		if (const std::uint16_t status = copy_range(of, copy, in, source, written); status != 0) {
			return {.result = i, .status = status};
		}
		written += source.count;
	}
	return {};
}

} // namespace

Outcome manage_dataset(const Namespace &of, const ringline_nvme_command &command)
{
	if ((command.cdw11 & RINGLINE_DATASET_DEALLOCATE) == 0) {
		return {}; // the other attributes are hints
	}
	const std::uint32_t count = (command.cdw10 & 0xff) + 1;
	Entries entries;
	if (!entries.take(command, count * RINGLINE_DATASET_RANGE_BYTES)) {
		return bad_address(0);
	}
	if (const std::uint16_t status = check_dataset(of, entries.address(), count); status != 0) {
		return never(status);
	}
	for (std::uint32_t i = 0; i < count; ++i) {
		const nvme::Range range = nvme::read_dataset_range(entries.address(), i);
		if (const std::uint16_t status = zero_blocks(of, {range.lba, range.blocks}, true); status != 0) {
			return answered(status);
		}
	}
	return {};
}

Outcome copy_blocks(const Namespace &of, const ringline_nvme_command &command)
{
	const Copy copy = {.format = command.cdw12 >> format_bit & format_mask,
			   .count = (command.cdw12 & 0xff) + 1,
			   .destination = lba_of(command),
			   .in = protection_of(of.geometry, command, prinfo_read_bit),
			   .out = protection_of(of.geometry, command)};
	if (const std::uint16_t status = check_copy(of, copy); status != 0) {
		return never(status);
	}
	Entries entries;
	if (!entries.take(command, copy.count * nvme::copy_range_bytes(copy.format))) {
		return bad_address(0);
	}
	std::uint64_t blocks = 0;
	std::uint16_t status = check_sources(of, copy, entries, &blocks);
	if (status == 0) {
		status = check_request(copy.out, copy.destination);
	}
	if (status != 0) {
		return never(status);
	}
	const BlockRange destination = {copy.destination, blocks};
	return write_in_zone(of, destination, (command.cdw12 & fua_bit) != 0, [&] {
		const std::uint16_t room = check_room(of, destination);
		return room != 0 ? answered(room) : run_copy(of, copy, entries);
	});
}

} // namespace ringline::device
