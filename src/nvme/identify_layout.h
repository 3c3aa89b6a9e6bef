// SPDX-License-Identifier: MIT OR Apache-2.0
// Where the fields of Identify pages are, for those who read and those who write them.
#pragma once

#include "nvme/identify.h"

#include <cassert>

namespace ringline::nvme
{

// Offsets are those of the specification, so that a line can be checked against its tables.
namespace controller
{
inline constexpr std::size_t serial = 4;
inline constexpr std::size_t serial_bytes = 20;
inline constexpr std::size_t model = 24;
inline constexpr std::size_t model_bytes = 40;
inline constexpr std::size_t firmware = 64;
inline constexpr std::size_t firmware_bytes = 8;
inline constexpr std::size_t mdts = 77;
inline constexpr std::size_t version = 80;
inline constexpr std::size_t ctratt = 96;
inline constexpr std::size_t type = 111;
inline constexpr std::size_t crdt = 128; // three of 16 bits
inline constexpr std::size_t sqes = 512;
inline constexpr std::size_t cqes = 513;
inline constexpr std::size_t namespaces = 516;
inline constexpr std::size_t oacs = 256;
inline constexpr std::size_t frmw = 260;
inline constexpr std::size_t lpa = 261;
inline constexpr std::size_t oncs = 520;
inline constexpr std::size_t fna = 524;
inline constexpr std::size_t vwc = 525;
inline constexpr std::size_t ocfs = 534;

inline constexpr std::uint32_t ctratt_placement = 1U << 19; // FDPS
inline constexpr std::uint32_t oacs_directives = 1U << 5;
/// Bits of ONCS, and what they mean here.
struct Ability {
	std::uint16_t oncs;
	std::uint32_t command;
};
inline constexpr Ability abilities[] = {
	{1U << 0, RINGLINE_CAN_COMPARE},
	{1U << 1, RINGLINE_CAN_WRITE_UNCORRECTABLE},
	{1U << 2, RINGLINE_CAN_DATASET_MANAGEMENT},
	{1U << 3, RINGLINE_CAN_WRITE_ZEROES},
	{1U << 7, RINGLINE_CAN_VERIFY},
	{1U << 8, RINGLINE_CAN_COPY},
};
inline constexpr std::uint32_t version_2_0 = 0x00020000;
inline constexpr std::uint8_t type_io = 1;
inline constexpr std::uint16_t oacs_format = 2;
inline constexpr std::uint8_t frmw_one_fixed_slot = 3;
inline constexpr std::uint8_t lpa_effects_and_extended = 6;
inline constexpr std::uint8_t entry_sizes_sq = 0x66; // 64 bytes, both least and most
inline constexpr std::uint8_t entry_sizes_cq = 0x44; // 16 bytes
inline constexpr std::uint32_t crdt_unit_ms = 100;
} // namespace controller

namespace name_space
{
inline constexpr std::size_t nsze = 0;
inline constexpr std::size_t ncap = 8;
inline constexpr std::size_t nuse = 16;
inline constexpr std::size_t nlbaf = 25;
inline constexpr std::size_t flbas = 26;
inline constexpr std::size_t mc = 27;
inline constexpr std::size_t dpc = 28;
inline constexpr std::size_t dps = 29;
inline constexpr std::size_t dlfeat = 33;
inline constexpr std::size_t mssrl = 74;
inline constexpr std::size_t mcl = 76;
inline constexpr std::size_t msrc = 80;
inline constexpr std::size_t endgid = 102;
inline constexpr std::size_t nguid = 104;
inline constexpr std::size_t eui64 = 120;
inline constexpr std::size_t lbaf = 128; // 64 of 4 bytes

inline constexpr std::uint8_t flbas_inline = 0x10;
inline constexpr std::uint8_t dps_first = 0x08;
inline constexpr std::uint8_t dlfeat_zeros = 0x01;        // what deallocated blocks read as
inline constexpr std::uint8_t dlfeat_write_zeroes = 0x08; // which takes the hint to deallocate
inline constexpr unsigned lbads_least = 9;                // 512 bytes
inline constexpr unsigned lbads_most = 16;                // 64 KiB
} // namespace name_space

namespace descriptor
{
inline constexpr std::size_t header_bytes = 4;
inline constexpr std::uint8_t eui64 = 1;
inline constexpr std::uint8_t nguid = 2;
inline constexpr std::uint8_t uuid = 3;
inline constexpr std::uint8_t csi = 4;
} // namespace descriptor

namespace zoned
{
inline constexpr std::size_t mar = 4;
inline constexpr std::size_t mor = 8;
inline constexpr std::size_t lbafe = 2816; // 64 of 16 bytes; the first 8 are ZSZE
inline constexpr std::size_t lbafe_bytes = 16;
inline constexpr std::size_t zasl = 0; // of the controller
} // namespace zoned

namespace nvm_controller
{
inline constexpr std::size_t vsl = 0;
inline constexpr std::size_t wzsl = 1;
inline constexpr std::size_t wusl = 2;
inline constexpr std::size_t dmrl = 3;
inline constexpr std::size_t dmrsl = 4;
inline constexpr std::size_t dmsl = 8;
} // namespace nvm_controller

inline constexpr std::size_t nvm_elbaf = 12; // 64 of 4 bytes
inline constexpr std::size_t formats_most = 64;

// Both tables of formats have entries of 4 bytes.
constexpr std::size_t format_entry(std::size_t table, std::uint8_t index)
{
	return table + std::size_t{4} * index;
}

// Only assertions need it. std::has_single_bit() calls into libgcc where the target has no instruction for it.
[[maybe_unused]] constexpr bool is_power_of_two(std::uint32_t value)
{
	return value != 0 && (value & (value - 1)) == 0;
}

struct Descriptor {
	std::uint8_t type;
	std::span<const std::uint8_t> identifier;
};

} // namespace ringline::nvme
