// SPDX-License-Identifier: MIT OR Apache-2.0
// Plain commands: reads and writes without flags, time-out or metadata, which is what nearly all of a busy queue's
// commands are. Proving one and writing it in wire form takes a third of what the general way (encode.h) takes. What is
// not plain is not wrong: it goes the general way, which alone decides what to refuse and why. A test holds the two
// against each other.
#pragma once

#include "nvme/geometry.h"

#include <ringline/ringline.h>

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace ringline::nvme
{

/// A ringline_command as eight words. Reading words instead of fields saves a third of the checks: one comparison sees
/// two fields, or five.
struct [[gnu::may_alias]] CommandWords {
	std::uint64_t user_data;
	std::uint64_t device;
	std::uint64_t lba;
	std::uint64_t address;
	std::uint64_t metadata_address;
	std::uint64_t lengths;   ///< length, metadata_length.
	std::uint64_t counts;    ///< blocks, timeout_ms.
	std::uint64_t operation; ///< opcode, action, flags, segments, placement.
};

static_assert(sizeof(CommandWords) == sizeof(ringline_command));
static_assert(offsetof(CommandWords, metadata_address) == offsetof(ringline_command, metadata_address));
static_assert(offsetof(CommandWords, lengths) == offsetof(ringline_command, length));
static_assert(offsetof(CommandWords, counts) == offsetof(ringline_command, blocks));
static_assert(offsetof(CommandWords, operation) == offsetof(ringline_command, opcode));

/// The first field of a word is its low half. Elsewhere nothing is plain.
inline constexpr bool words_are_plain = std::endian::native == std::endian::little;

/// A word of two fields.
constexpr std::uint64_t word_of(std::uint32_t first, std::uint32_t second)
{
	const std::uint64_t low = words_are_plain ? first : second;
	const std::uint64_t high = words_are_plain ? second : first;
	return high << 32 | low;
}

/// The last word of a ringline_command.
constexpr std::uint64_t operation_of(std::uint8_t opcode, std::uint32_t flags)
{
	return words_are_plain ? opcode | std::uint64_t{flags} << 16
			       : std::uint64_t{opcode} << 56 | std::uint64_t{flags} << 32;
}

/// What all plain commands of a geometry keep to. Derived once from the geometry; all zero: nothing is plain.
struct PlainLimits {
	std::uint64_t lba_end;         ///< A plain command starts before it, and so ends within the namespace.
	std::uint64_t blocks_max;      ///< Within every limit, whatever the address.
	std::uint64_t block_bytes;     ///< What one block transfers.
	std::uint64_t address_mask;    ///< Bits of an address that must be 0.
	std::uint64_t operation_first; ///< The lowest opcode of a plain command ...
	std::uint64_t operation_span;  ///< ... and how far the highest is from it: Write and Read, or Read.
	std::uint64_t nsid_word;       ///< The namespace, where the first word of the wire form has it.
	bool raw;                      ///< Raw commands can be plain.
};

PlainLimits plain_limits(const Geometry &geometry);

/// What is_plain() has worked out, kept in registers: the compiler must read the command itself again after each word
/// that it writes.
struct PlainTransfer {
	std::uint64_t operation;
	std::uint64_t last_block; ///< Zero-based.
	std::uint64_t bytes;
	std::uint64_t address;
	std::uint64_t lba;
};

[[gnu::always_inline]] inline bool is_plain(const CommandWords &command, const PlainLimits &limits,
					    PlainTransfer *transfer)
{
	const std::uint64_t counts = command.counts;
	*transfer = {.operation = command.operation,
		     .last_block = counts - 1,
		     .bytes = counts * limits.block_bytes,
		     .address = command.address,
		     .lba = command.lba};
	return transfer->operation - limits.operation_first <= limits.operation_span &&
	       transfer->last_block < limits.blocks_max &&
	       ((command.lengths ^ transfer->bytes) | command.metadata_address |
		(transfer->address & limits.address_mask)) == 0 &&
	       transfer->lba < limits.lba_end && transfer->address != 0;
}

/// A ringline_raw_command as words.
struct [[gnu::may_alias]] RawWords {
	std::uint64_t user_data;
	std::uint64_t device;
	std::uint64_t flags; ///< flags, reserved0.
	std::uint64_t command[9];

	[[nodiscard]] std::uint64_t metadata() const { return command[2]; }
	[[nodiscard]] std::uint64_t address() const { return command[3]; }
	[[nodiscard]] std::uint32_t metadata_bytes() const { return static_cast<std::uint32_t>(command[4]); }
	[[nodiscard]] std::uint32_t bytes() const { return static_cast<std::uint32_t>(command[4] >> 32); }
};
static_assert(sizeof(RawWords) == sizeof(ringline_raw_command));
static_assert(offsetof(RawWords, command) == offsetof(ringline_raw_command, command));

/// A raw command is plain if it can go to a device that may be written to and has no separate metadata.
[[gnu::always_inline]] inline bool is_plain(const RawWords &raw, const PlainLimits &limits)
{
	return limits.raw && (raw.flags | raw.metadata() | raw.metadata_bytes() |
			      ((raw.address() | raw.bytes()) & limits.address_mask)) == 0;
}

/// A plain command in wire form: the nine words of ringline_nvme_command, and the one behind it. First those that are
/// the same in each.
[[gnu::always_inline]] inline void encode_constants(std::uint64_t *wire)
{
	wire[1] = 0;                  // cdw2, cdw3
	wire[2] = 0;                  // metadata
	wire[7] = 0;                  // cdw14, cdw15
	std::memset(wire + 8, 0, 16); // timeout_ms; by one instruction, as the entries of a ring are aligned
}

/// Then those that are not.
[[gnu::always_inline]] inline void encode_plain(const PlainTransfer &transfer, std::uint64_t nsid_word,
						std::uint64_t *wire)
{
	wire[0] = transfer.operation | nsid_word;
	wire[3] = transfer.address;
	wire[4] = transfer.bytes << 32; // metadata_length, data_length
	wire[5] = transfer.lba;         // cdw10, cdw11
	wire[6] = transfer.last_block;  // cdw12, cdw13
}

} // namespace ringline::nvme
