// SPDX-License-Identifier: MIT OR Apache-2.0
#include "device/simulated_commands.h"

#include "device/simulated_range.h"
#include "device/simulated_transfer.h"
#include "nvme/command_table.h"
#include "nvme/status.h"

namespace ringline::device
{

namespace
{

// Of cdw12.
constexpr std::uint32_t deallocates = 1U << 25; // Write Zeroes
constexpr std::uint32_t remaps = 1U << 25;      // Zone Append

BlockRange range_of(const ringline_nvme_command &command)
{
	return {lba_of(command), (command.cdw12 & 0xffffU) + 1};
}

// Read, Write, Compare, Zone Append

/// The data and metadata of a command.
struct Memory {
	Memory(const ringline_nvme_command &command, std::uint32_t segments)
		: data(command.address, command.data_length, segments),
		  metadata(command.metadata, command.metadata_length)
	{
	}
	CallerMemory data;
	CallerMemory metadata;
};

bool reachable(const ImageGeometry &geometry, const Transfer &transfer)
{
	const std::uint64_t blocks = transfer.range.count;
	const std::uint64_t of_metadata = metadata_bytes(geometry, transfer.protection, blocks);
	return transfer.data.holds(data_bytes(geometry, transfer.protection, blocks)) &&
	       (of_metadata == 0 || transfer.metadata.holds(of_metadata));
}

Outcome transfer(const Namespace &of, const ringline_nvme_command &command, std::uint32_t segments)
{
	const Memory memory(command, segments);
	const Transfer wanted = {.range = range_of(command),
				 .data = memory.data,
				 .metadata = memory.metadata,
				 .protection = protection_of(of.geometry, command),
				 .forced = (command.cdw12 & fua_bit) != 0};
	if (data_bytes(of.geometry, wanted.protection, wanted.range.count) > of.geometry.mdts_bytes) {
		return never(nvme::status_invalid_field);
	}
	if (const std::uint16_t status = check_bounds(of, wanted.range); status != 0) {
		return never(status);
	}
	const bool compares = command.opcode == RINGLINE_NVME_COMPARE;
	if (compares && wanted.protection.action) {
		return never(nvme::status_invalid_protection);
	}
	if (const std::uint16_t status = check_request(wanted.protection, wanted.range.lba); status != 0) {
		return never(status);
	}
	if (!reachable(of.geometry, wanted)) {
		return bad_address(0);
	}
	if (command.opcode == RINGLINE_NVME_WRITE) {
		return write_in_zone(of, wanted.range, wanted.forced, [&] { return write_transfer(of, wanted); });
	}
	if (const std::uint16_t status = check_zone_read(of, wanted.range); status != 0) {
		return never(status);
	}
	return compares ? compare_transfer(of, wanted) : read_transfer(of, wanted);
}

/// The reference tag where the blocks went: Zone Append with PIREMAP.
std::uint16_t remap(const ringline_nvme_command &command, std::uint64_t distance, CommandProtection *protection)
{
	const std::uint8_t type = protection->layout.pi_type;
	const bool wanted = (command.cdw12 & remaps) != 0;
	if ((type == 1 && !wanted) || (type == 3 && wanted)) {
		return nvme::status_invalid_protection;
	}
	if (type != 0 && wanted) {
		protection->layout.reference_tag += distance;
	}
	return 0;
}

Outcome append(const Namespace &of, const ringline_nvme_command &command, std::uint32_t segments)
{
	const Memory memory(command, segments);
	Transfer wanted = {.range = range_of(command),
			   .data = memory.data,
			   .metadata = memory.metadata,
			   .protection = protection_of(of.geometry, command),
			   .forced = (command.cdw12 & fua_bit) != 0};
	const std::uint64_t bytes = data_bytes(of.geometry, wanted.protection, wanted.range.count);
	const std::uint32_t limit = of.geometry.append_max_bytes;
	if (bytes > of.geometry.mdts_bytes || (limit != 0 && bytes > limit)) {
		return never(nvme::status_invalid_field);
	}
	if (const std::uint16_t status = check_bounds(of, wanted.range); status != 0) {
		return never(status);
	}
	const Zones &zones = of.medium.zones;
	const std::uint64_t number = zones.number_of(wanted.range.lba);
	if (wanted.range.lba != zones.start_of(number)) {
		return never(nvme::status_invalid_field);
	}
	// The write pointer of a zone that cannot be written may be another zone's first block.
	std::uint16_t status = zones.check_state(number);
	if (status == 0) {
		status = check_request(wanted.protection, wanted.range.lba);
	}
	wanted.range.lba = zones.write_pointer(number);
	if (status == 0) {
		status = remap(command, wanted.range.lba - zones.start_of(number), &wanted.protection);
	}
	if (status != 0) {
		return never(status);
	}
	if (!reachable(of.geometry, wanted)) {
		return bad_address(0);
	}
	Outcome outcome = write_in_zone(of, wanted.range, wanted.forced, [&] { return write_transfer(of, wanted); });
	outcome.result = failed(outcome) ? 0 : wanted.range.lba;
	return outcome;
}

// Ranges without data

/// 0, or the status of a range that is longer than the command takes (0: no limit), or out of bounds.
std::uint16_t check_range(const Namespace &of, const BlockRange &range, std::uint32_t limit)
{
	if (limit != 0 && range.count > limit) {
		return nvme::status_invalid_field;
	}
	return check_bounds(of, range);
}

/// Writes protection information for blocks of zeros.
std::uint16_t protect_zeros(const Namespace &of, const BlockRange &whole, const CommandProtection &protection)
{
	Piece piece = {};
	for (std::uint64_t done = 0; done < whole.count;) {
		const BlockRange range = next_piece(of, whole, done);
		generate_piece(protection, done, range.count, &piece);
		if (const std::uint16_t status = write_blocks(of, range, piece); status != 0) {
			return status;
		}
		done += range.count;
	}
	return 0;
}

Outcome write_zeroes(const Namespace &of, const ringline_nvme_command &command)
{
	const BlockRange range = range_of(command);
	const CommandProtection protection = protection_of(of.geometry, command);
	if (const std::uint16_t status = check_range(of, range, of.geometry.write_zeroes_max_blocks); status != 0) {
		return never(status);
	}
	if (protection.checks != 0) {
		return never(nvme::status_invalid_protection);
	}
	return write_in_zone(of, range, (command.cdw12 & fua_bit) != 0, [&] {
		if (const std::uint16_t room = check_room(of, range); room != 0) {
			return answered(room);
		}
		const bool deallocate = (command.cdw12 & deallocates) != 0;
		return answered(protection.action ? protect_zeros(of, range, protection)
						  : zero_blocks(of, range, deallocate));
	});
}

Outcome write_uncorrectable(const Namespace &of, const ringline_nvme_command &command)
{
	const BlockRange range = range_of(command);
	const std::uint16_t status = check_range(of, range, of.geometry.write_uncorrectable_max_blocks);
	if (status != 0) {
		return never(status);
	}
	return write_in_zone(of, range, false, [&] {
		const bool done = of.medium.uncorrectable.set(range.lba, range.count);
		return answered(done ? std::uint16_t{0} : nvme::status_write_fault);
	});
}

Outcome verify(const Namespace &of, const ringline_nvme_command &command)
{
	const BlockRange whole = range_of(command);
	const CommandProtection protection = protection_of(of.geometry, command);
	std::uint16_t status = check_range(of, whole, of.geometry.verify_max_blocks);
	if (status == 0) {
		status = protection.action ? nvme::status_invalid_protection : check_request(protection, whole.lba);
	}
	if (status == 0) {
		status = check_zone_read(of, whole);
	}
	if (status != 0) {
		return never(status);
	}
	if ((command.cdw12 & fua_bit) != 0 && !sync_blocks(of)) {
		return answered(nvme::status_unrecovered_read);
	}
	status = check_readable(of, whole);
	Piece piece;
	for (std::uint64_t done = 0; status == 0 && done < whole.count;) {
		const BlockRange range = next_piece(of, whole, done);
		status = read_blocks(of, range, &piece);
		if (status == 0) {
			status = verify_piece(protection, done, range.count, piece);
		}
		done += range.count;
	}
	return answered(status);
}

Outcome flush(const Namespace &of)
{
	return sync_blocks(of) ? Outcome{} : answered(nvme::status_write_fault);
}

/// Is there such a command here?
const nvme::CommandRow *find_row(const Namespace &of, std::uint8_t opcode)
{
	constexpr std::uint32_t missing = RINGLINE_CAN_PLACEMENT | RINGLINE_CAN_STREAMS;
	const nvme::CommandRow *row = nvme::find_command(opcode);
	if (row == nullptr || (row->needed & missing) != 0) {
		return nullptr;
	}
	return (row->needed & RINGLINE_CAN_ZONES) != 0 && !zoned(of) ? nullptr : row;
}

} // namespace

FaultTarget target_of(const ringline_nvme_command &command, bool admin)
{
	const nvme::CommandRow *row = admin ? nullptr : nvme::find_command(command.opcode);
	const nvme::Shape shape = row != nullptr ? row->shape : nvme::Shape::nothing;
	// An action on all zones is on none in particular. Those of many ranges have them in the caller's memory.
	const bool one_zone = shape == nvme::Shape::zone && (command.cdw13 & all_zones_bit) == 0;
	const bool has_range = shape == nvme::Shape::transfer || shape == nvme::Shape::range || one_zone;
	const BlockRange range = one_zone    ? BlockRange{lba_of(command), 1}
				 : has_range ? range_of(command)
					     : BlockRange{0, 0};
	return {.admin = admin,
		.opcode = command.opcode,
		.has_range = has_range,
		.lba = range.lba,
		.blocks = range.count};
}

Outcome run_command(const Namespace &of, const ringline_nvme_command &command, std::uint32_t segments)
{
	const nvme::CommandRow *row = find_row(of, command.opcode);
	if (row == nullptr) {
		return never(nvme::status_invalid_opcode);
	}
	if (command.nsid != the_nsid) {
		return never(nvme::status_invalid_namespace);
	}
	const MediumLock lock(of, row->changes_medium);
	switch (command.opcode) {
	case RINGLINE_NVME_FLUSH:
		return flush(of);
	case RINGLINE_NVME_READ:
	case RINGLINE_NVME_WRITE:
	case RINGLINE_NVME_COMPARE:
		return transfer(of, command, segments);
	case RINGLINE_NVME_WRITE_ZEROES:
		return write_zeroes(of, command);
	case RINGLINE_NVME_WRITE_UNCORRECTABLE:
		return write_uncorrectable(of, command);
	case RINGLINE_NVME_VERIFY:
		return verify(of, command);
	case RINGLINE_NVME_DATASET_MANAGEMENT:
		return manage_dataset(of, command);
	case RINGLINE_NVME_COPY:
		return copy_blocks(of, command);
	case RINGLINE_NVME_ZONE_APPEND:
		return append(of, command, segments);
	case RINGLINE_NVME_ZONE_MANAGEMENT_SEND:
		return manage_zones(of, command);
	case RINGLINE_NVME_ZONE_MANAGEMENT_RECEIVE:
		return report_zones(of, command);
	default:
		return never(nvme::status_invalid_opcode);
	}
}

} // namespace ringline::device
