// SPDX-License-Identifier: MIT OR Apache-2.0
#include "core/transfer_plan.h"

#include "base/diagnosis.h"
#include "nvme/command_table.h"
#include "nvme/encode.h"
#include "nvme/explain.h"
#include "nvme/protection.h"
#include "nvme/ranges.h"

#include <algorithm>
#include <cassert>
#include <cerrno>
#include <cinttypes>
#include <cstddef>

namespace ringline::core
{

namespace
{

constexpr std::uint32_t in_flight_default = 32;
constexpr std::uint32_t retries_most = 100;
constexpr std::uint32_t transfer_flags_all = RINGLINE_TRANSFER_CONTINUE | RINGLINE_TRANSFER_NARROW;

bool transfers(std::uint32_t opcode)
{
	return opcode == RINGLINE_NVME_READ || opcode == RINGLINE_NVME_WRITE || opcode == RINGLINE_NVME_COMPARE;
}

bool is_known(std::uint32_t opcode)
{
	return transfers(opcode) || opcode == RINGLINE_NVME_VERIFY || opcode == RINGLINE_NVME_WRITE_ZEROES ||
	       opcode == RINGLINE_NVME_WRITE_UNCORRECTABLE || opcode == RINGLINE_NVME_DATASET_MANAGEMENT ||
	       opcode == RINGLINE_NVME_COPY;
}

bool changes_medium(std::uint32_t opcode)
{
	return nvme::find_command(static_cast<std::uint8_t>(opcode))->changes_medium;
}

bool only_looks(std::uint32_t opcode)
{
	return opcode == RINGLINE_NVME_READ || opcode == RINGLINE_NVME_COMPARE || opcode == RINGLINE_NVME_VERIFY;
}

std::int32_t refuse(ringline_diagnosis *diagnosis, std::size_t offset, std::uint64_t given, std::uint64_t wanted,
		    const char *text)
{
	return fail(diagnosis,
		    {.error = -EINVAL,
		     .rule = RINGLINE_RULE_ARGUMENT,
		     .offset = static_cast<std::uint32_t>(offset),
		     .given = given,
		     .wanted = wanted},
		    "%s", text);
}

} // namespace

std::int32_t TransferPlan::check_options(ringline_diagnosis *diagnosis) const
{
	const ringline_transfer_options &o = options_;
	if (!is_known(o.opcode)) {
		return fail(diagnosis,
			    {.error = -EOPNOTSUPP,
			     .rule = RINGLINE_RULE_OPCODE,
			     .offset = offsetof(ringline_transfer_options, opcode),
			     .given = o.opcode},
			    "Opcode 0x%02" PRIx32 " cannot be done as a transfer of any length.", o.opcode);
	}
	if ((o.flags & ~transfer_flags_all) != 0) {
		return refuse(diagnosis, offsetof(ringline_transfer_options, flags), o.flags & ~transfer_flags_all, 0,
			      "The options have flags that this version does not know.");
	}
	if ((o.flags & RINGLINE_TRANSFER_NARROW) != 0 &&
	    (!only_looks(o.opcode) || (o.flags & RINGLINE_TRANSFER_CONTINUE) == 0)) {
		return refuse(diagnosis, offsetof(ringline_transfer_options, flags), o.flags,
			      RINGLINE_TRANSFER_CONTINUE,
			      "RINGLINE_TRANSFER_NARROW is for Read, Compare and Verify, and needs "
			      "RINGLINE_TRANSFER_CONTINUE.");
	}
	if (o.command_flags > UINT16_MAX || (o.command_flags & RINGLINE_VECTORED) != 0) {
		return refuse(diagnosis, offsetof(ringline_transfer_options, command_flags), o.command_flags, 0,
			      "The command's flags have one that such a transfer cannot have.");
	}
	if (o.retries > retries_most) {
		return refuse(diagnosis, offsetof(ringline_transfer_options, retries), o.retries, retries_most,
			      "At most 100 retries of a command are possible.");
	}
	if (o.action > UINT8_MAX || (o.opcode != RINGLINE_NVME_DATASET_MANAGEMENT && o.action != 0)) {
		return refuse(diagnosis, offsetof(ringline_transfer_options, action), o.action, 0,
			      "Only Dataset Management has an action, RINGLINE_DATASET_*.");
	}
	if (o.opcode != RINGLINE_NVME_COPY && o.source != 0) {
		return refuse(diagnosis, offsetof(ringline_transfer_options, source), o.source, 0,
			      "Only a copy has a source.");
	}
	return 0;
}

std::int32_t TransferPlan::check_events(ringline_diagnosis *diagnosis) const
{
	const ringline_transfer_options &o = options_;
	if ((o.events_address != 0) != (o.events_max != 0) ||
	    o.events_address % alignof(ringline_transfer_event) != 0) {
		return refuse(diagnosis, offsetof(ringline_transfer_options, events_address), o.events_address, 0,
			      "Events need room, at an address that is a multiple of 8, and a number of them.");
	}
	if (o.reserved0 != 0) {
		return refuse(diagnosis, offsetof(ringline_transfer_options, reserved0), o.reserved0, 0,
			      "A reserved field is not 0.");
	}
	return 0;
}

std::int32_t TransferPlan::check_range(ringline_diagnosis *diagnosis) const
{
	const ringline_transfer_options &o = options_;
	if (o.blocks == 0) {
		return refuse(diagnosis, offsetof(ringline_transfer_options, blocks), 0, 1,
			      "The range has no blocks; 1 is the least.");
	}
	const auto fits = [&](std::uint64_t lba) {
		return o.blocks <= geometry_.blocks && lba <= geometry_.blocks - o.blocks;
	};
	if (!fits(o.lba) || (o.opcode == RINGLINE_NVME_COPY && !fits(o.source))) {
		const std::uint64_t lba = fits(o.lba) ? o.source : o.lba;
		const std::size_t offset = fits(o.lba) ? offsetof(ringline_transfer_options, source)
						       : offsetof(ringline_transfer_options, lba);
		return fail(diagnosis,
			    {.error = -ERANGE,
			     .rule = RINGLINE_RULE_BOUNDS,
			     .offset = static_cast<std::uint32_t>(offset),
			     .given = lba,
			     .wanted = geometry_.blocks},
			    "%" PRIu64 " blocks from LBA %" PRIu64
			    " on would reach past the end: the namespace has %" PRIu64 " blocks.",
			    o.blocks, lba, geometry_.blocks);
	}
	if (o.opcode == RINGLINE_NVME_COPY && o.lba < o.source + o.blocks && o.source < o.lba + o.blocks) {
		return refuse(
			diagnosis, offsetof(ringline_transfer_options, source), o.source, 0,
			"Source and destination overlap: what would be copied depends on the order of the commands.");
	}
	return 0;
}

std::int32_t TransferPlan::check_memory(ringline_diagnosis *diagnosis) const
{
	const ringline_transfer_options &o = options_;
	const auto check = [&](std::uint64_t address, std::uint64_t length, std::uint64_t bytes, std::size_t at_address,
			       std::size_t at_length, std::uint32_t rule) {
		// What does not fit 64 bits can never be given.
		const bool countable = bytes == 0 || o.blocks <= UINT64_MAX / bytes;
		if (!countable || length != o.blocks * bytes) {
			const std::uint64_t wanted = countable ? o.blocks * bytes : UINT64_MAX;
			return fail(
				diagnosis,
				{.error = -ENOBUFS,
				 .rule = rule,
				 .offset = static_cast<std::uint32_t>(at_length),
				 .given = length,
				 .wanted = wanted},
				"The %s is %" PRIu64 " bytes; it must be exactly %" PRIu64 " for %" PRIu64 " blocks.",
				rule == RINGLINE_RULE_LENGTH ? "length" : "metadata length", length, wanted, o.blocks);
		}
		if ((length != 0) != (address != 0) || address > UINT64_MAX - length) {
			return fail(diagnosis,
				    {.error = length != 0 ? -EFAULT : -EINVAL,
				     .rule = RINGLINE_RULE_ARGUMENT,
				     .offset = static_cast<std::uint32_t>(at_address),
				     .given = address},
				    length != 0 ? "The address is 0, or the memory would wrap around."
						: "An address is given, and nothing is transferred there.");
		}
		return 0;
	};
	const std::int32_t error =
		check(o.address, o.length, block_bytes_, offsetof(ringline_transfer_options, address),
		      offsetof(ringline_transfer_options, length), RINGLINE_RULE_LENGTH);
	return error < 0 ? error
			 : check(o.metadata_address, o.metadata_length, metadata_bytes_,
				 offsetof(ringline_transfer_options, metadata_address),
				 offsetof(ringline_transfer_options, metadata_length), RINGLINE_RULE_METADATA);
}

/// Blocks that a command may transfer from here on. The page that it begins within counts as a whole one, so if it can
/// it ends with a page: then the next begins with one.
std::uint64_t TransferPlan::most_transferred(std::uint64_t address) const
{
	std::uint64_t bytes = geometry_.max_transfer_bytes;
	if (geometry_.max_segment_bytes != UINT32_MAX) {
		const std::uint64_t within = address & geometry_.page_mask;
		bytes = std::min(bytes, geometry_.max_segment_bytes - within);
		const std::uint64_t whole = (within + bytes) & ~std::uint64_t{geometry_.page_mask};
		if (whole > within && (whole - within) % block_bytes_ == 0) {
			bytes = whole - within;
		}
	}
	return std::max<std::uint64_t>(bytes / block_bytes_, 1);
}

std::uint64_t TransferPlan::most_copied() const
{
	const nvme::CommandLimits &limits = geometry_.limits;
	const std::uint64_t range = std::min<std::uint64_t>(limits.copy_range_blocks, RINGLINE_NVME_BLOCKS_MAX);
	return std::min<std::uint64_t>(range * limits.copy_ranges, limits.copy_blocks);
}

std::uint64_t TransferPlan::most_blocks() const
{
	const nvme::CommandLimits &limits = geometry_.limits;
	switch (options_.opcode) {
	case RINGLINE_NVME_VERIFY:
		return limits.verify_blocks;
	case RINGLINE_NVME_WRITE_ZEROES:
		return limits.write_zeroes_blocks;
	case RINGLINE_NVME_WRITE_UNCORRECTABLE:
		return limits.write_uncorrectable_blocks;
	case RINGLINE_NVME_DATASET_MANAGEMENT:
		return std::min<std::uint64_t>(limits.dataset_range_blocks, limits.dataset_blocks);
	case RINGLINE_NVME_COPY:
		return most_copied();
	default:
		return RINGLINE_NVME_BLOCKS_MAX; // and what the memory allows, piece by piece
	}
}

std::int32_t TransferPlan::allocate_ranges(ringline_diagnosis *diagnosis)
{
	if (options_.opcode == RINGLINE_NVME_DATASET_MANAGEMENT) {
		ranges_bytes_ = RINGLINE_DATASET_RANGE_BYTES;
	} else if (options_.opcode == RINGLINE_NVME_COPY) {
		// A tag of a longer guard needs the longer form.
		const bool longer = geometry_.protection.bytes > 8 && (geometry_.limits.copy_formats & 2) != 0;
		copy_format_ = longer ? 1 : 0;
		ranges_bytes_ = geometry_.limits.copy_ranges * nvme::copy_range_bytes(copy_format_);
	} else {
		return 0;
	}
	if (!ranges_.allocate(std::size_t{ranges_bytes_} / sizeof(std::uint64_t) * in_flight_)) {
		return fail(diagnosis, {.error = -ENOMEM, .rule = RINGLINE_RULE_RESOURCE}, "Out of memory.");
	}
	return 0;
}

/// The first command shows whether the device has it, and all that does not depend on how the range is cut.
std::int32_t TransferPlan::probe(ringline_diagnosis *diagnosis)
{
	const Piece first = cut(options_.lba);
	if (const std::int32_t error = nvme::explain(geometry_, command(first, 0), diagnosis); error < 0) {
		return error;
	}
	const bool in_pages = block_bytes_ == 0 ||
			      (options_.address % block_bytes_ == 0 && (geometry_.page_mask + 1) % block_bytes_ == 0);
	const std::uint64_t worst = std::uint64_t{geometry_.page_mask} + block_bytes_;
	if (first.blocks == options_.blocks || in_pages || worst <= geometry_.max_segment_bytes) {
		return 0;
	}
	return fail(
		diagnosis,
		{.error = -EMSGSIZE,
		 .rule = RINGLINE_RULE_SEGMENTS,
		 .offset = offsetof(ringline_transfer_options, address),
		 .given = worst,
		 .wanted = geometry_.max_segment_bytes},
		"Some block would lie in more pages than the device takes at once: let the memory begin with a page.");
}

std::int32_t TransferPlan::make(ringline_device device, const ringline_device_info &info,
				const ringline_transfer_options &options, std::uint32_t depth,
				ringline_diagnosis *diagnosis)
{
	device_ = device;
	options_ = options;
	geometry_ = nvme::geometry_of(info);
	std::copy(std::begin(info.retry_delay_ms), std::end(info.retry_delay_ms), std::begin(delays_ms_));
	if (const std::int32_t error = check_options(diagnosis); error < 0) {
		return error;
	}
	if (const std::int32_t error = check_events(diagnosis); error < 0) {
		return error;
	}
	if (const std::int32_t error = check_range(diagnosis); error < 0) {
		return error;
	}
	if (transfers(options.opcode)) {
		// With PRACT, metadata that is nothing but protection information stays in the device.
		const bool stays = (options.command_flags & RINGLINE_PROTECTION_ACTION) != 0 &&
				   geometry_.metadata_size == geometry_.protection.bytes;
		block_bytes_ =
			geometry_.block_bytes - (stays && geometry_.metadata_inline ? geometry_.metadata_size : 0);
		metadata_bytes_ = stays ? 0 : geometry_.metadata_bytes;
	}
	if (const std::int32_t error = check_memory(diagnosis); error < 0) {
		return error;
	}
	// Where a zone's write pointer decides, one goes after the other.
	const bool in_order = geometry_.limits.zone_blocks != 0 && changes_medium(options.opcode) &&
			      options.opcode != RINGLINE_NVME_DATASET_MANAGEMENT;
	in_flight_ = in_order ? 1 : std::min(options.in_flight != 0 ? options.in_flight : in_flight_default, depth);
	most_blocks_ = std::max<std::uint64_t>(most_blocks(), 1);
	if (options.max_blocks != 0) {
		most_blocks_ = std::min<std::uint64_t>(most_blocks_, options.max_blocks);
	}
	if (const std::int32_t error = allocate_ranges(diagnosis); error < 0) {
		return error;
	}
	return probe(diagnosis);
}

std::int32_t TransferPlan::preview(std::uint64_t lba, ringline_nvme_command *wire, std::uint64_t *next,
				   ringline_diagnosis *diagnosis)
{
	if (lba < options_.lba || lba >= end()) {
		return fail(diagnosis,
			    {.error = -ERANGE, .rule = RINGLINE_RULE_ARGUMENT, .given = lba, .wanted = options_.lba},
			    "LBA %" PRIu64 " is not in the range of %" PRIu64 " blocks from LBA %" PRIu64 " on.", lba,
			    options_.blocks, options_.lba);
	}
	const Piece piece = cut(lba);
	const ringline_command_extended made = command(piece, 0);
	if (const std::int32_t error = nvme::explain(geometry_, made, diagnosis); error < 0) {
		return error;
	}
	const nvme::Tags tags = nvme::tags_of(made);
	nvme::encode_special(geometry_, made.base, &tags, wire);
	if (ranges_bytes_ != 0) {
		wire->address = 0; // memory that is nobody's any more
	}
	*next = lba + piece.blocks;
	return 0;
}

bool TransferPlan::idempotent() const
{
	return only_looks(options_.opcode) ||
	       (geometry_.limits.zone_blocks == 0 && options_.opcode != RINGLINE_NVME_WRITE_UNCORRECTABLE);
}

Piece TransferPlan::cut(std::uint64_t lba) const
{
	std::uint64_t blocks = std::min(end() - lba, most_blocks_);
	if (block_bytes_ != 0) {
		blocks = std::min(blocks, most_transferred(options_.address + (lba - options_.lba) * block_bytes_));
	}
	const std::uint64_t zone = geometry_.limits.zone_blocks;
	if (zone != 0 && options_.opcode != RINGLINE_NVME_DATASET_MANAGEMENT) {
		blocks = std::min(blocks, zone - lba % zone);
	}
	if (zone != 0 && options_.opcode == RINGLINE_NVME_COPY) {
		blocks = std::min(blocks, zone - (options_.source + (lba - options_.lba)) % zone);
	}
	return {.lba = lba, .blocks = blocks};
}

std::uint32_t TransferPlan::fill_sources(const Piece &piece, std::uint8_t *ranges) const
{
	const nvme::CommandLimits &limits = geometry_.limits;
	const std::uint64_t longest = std::min<std::uint64_t>(limits.copy_range_blocks, RINGLINE_NVME_BLOCKS_MAX);
	std::uint64_t lba = options_.source + (piece.lba - options_.lba);
	std::uint64_t left = piece.blocks;
	std::uint32_t bytes = 0;
	while (left != 0) {
		ringline_range range = {};
		range.lba = lba;
		range.blocks = static_cast<std::uint32_t>(std::min(left, longest));
		if (geometry_.protection.type != 0 && geometry_.protection.type != 3) {
			range.reference_tag = nvme::low_bits(lba, geometry_.protection.reference_bits);
		}
		range.application_tag = options_.application_tag;
		range.application_mask = options_.application_mask;
		[[maybe_unused]] const std::int32_t written =
			nvme::write_copy_ranges(&range, 1, copy_format_, ranges + bytes, ranges_bytes_ - bytes);
		assert(written > 0);
		bytes += nvme::copy_range_bytes(copy_format_);
		lba += range.blocks;
		left -= range.blocks;
	}
	return bytes;
}

ringline_command_extended TransferPlan::command(const Piece &piece, std::uint32_t slot)
{
	const std::uint64_t done = piece.lba - options_.lba;
	ringline_command_extended made = {};
	ringline_command &base = made.base;
	base.user_data = slot;
	base.device = device_;
	base.opcode = static_cast<std::uint8_t>(options_.opcode);
	base.flags = static_cast<std::uint16_t>(options_.command_flags);
	base.timeout_ms = options_.timeout_ms;
	base.lba = piece.lba;
	base.blocks = static_cast<std::uint32_t>(piece.blocks);
	if (block_bytes_ != 0) {
		base.address = options_.address + done * block_bytes_;
		base.length = static_cast<std::uint32_t>(piece.blocks * block_bytes_);
	}
	if (metadata_bytes_ != 0) {
		base.metadata_address = options_.metadata_address + done * metadata_bytes_;
		base.metadata_length = static_cast<std::uint32_t>(piece.blocks * metadata_bytes_);
	}
	if (ranges_bytes_ != 0) {
		auto *ranges = reinterpret_cast<std::uint8_t *>(ranges_.begin()) + std::size_t{ranges_bytes_} * slot;
		base.blocks = 0;
		base.address = reinterpret_cast<std::uintptr_t>(ranges);
		if (options_.opcode == RINGLINE_NVME_COPY) {
			base.action = static_cast<std::uint8_t>(copy_format_);
			base.length = fill_sources(piece, ranges);
		} else {
			ringline_range range = {};
			range.lba = piece.lba;
			range.blocks = static_cast<std::uint32_t>(piece.blocks);
			base.lba = 0;
			base.action = static_cast<std::uint8_t>(options_.action);
			base.length = RINGLINE_DATASET_RANGE_BYTES;
			(void)nvme::write_dataset_ranges(&range, 1, ranges, ranges_bytes_);
		}
	}
	const nvme::Protection &protection = geometry_.protection;
	if (protection.type != 0) {
		const std::uint64_t first = protection.type == 1 ? options_.lba : options_.reference_tag;
		const std::uint64_t tag = protection.type == 3 ? first : first + done;
		made.reference_tag = nvme::low_bits(tag, protection.reference_bits);
	}
	made.storage_tag = options_.storage_tag;
	made.application_tag = options_.application_tag;
	made.application_mask = options_.application_mask;
	return made;
}

} // namespace ringline::core
