// SPDX-License-Identifier: MIT OR Apache-2.0
// Identify pages (NVMe base specification, "Identify command"; NVM command set, "I/O Command Set specific Identify
// Namespace"). Each decoder fills the members of ringline_device_info that its page knows and leaves the others alone;
// each encoder is its inverse, for simulated devices. Pages are little-endian and come from a device: every value is
// possible, none is trusted.
#pragma once

#include <ringline/ringline.h>

#include <cstddef>
#include <cstdint>
#include <span>

namespace ringline::nvme
{

inline constexpr std::size_t identify_bytes = 4096;
using IdentifyPage = std::span<const std::uint8_t, identify_bytes>;
using MutableIdentifyPage = std::span<std::uint8_t, identify_bytes>;

/// Values of CNS (cdw10 bits 7:0).
inline constexpr std::uint8_t cns_namespace = 0x00;
inline constexpr std::uint8_t cns_controller = 0x01;
inline constexpr std::uint8_t cns_active_namespaces = 0x02;
inline constexpr std::uint8_t cns_descriptors = 0x03;
inline constexpr std::uint8_t cns_csi_namespace = 0x05;
inline constexpr std::uint8_t cns_csi_controller = 0x06;
/// Values of CSI (cdw11 bits 31:24).
inline constexpr std::uint8_t csi_nvm = 0x00;
inline constexpr std::uint8_t csi_zoned = 0x02;
inline constexpr std::uint8_t opcode_identify = 0x06;

/// The smallest memory page that a controller can have (CAP.MPSMIN 0), and the unit of encode_controller().
inline constexpr std::uint32_t smallest_page_bytes = 4096;

/// CNS 01h: serial, model, firmware, mdts_bytes, retry_delay_ms, volatile_cache, commands, copy_formats,
/// format_attributes. page_bytes: the smallest memory page
/// (CAP.MPSMIN), a power of two. A limit of 4 GiB or more is none (0): no length can reach it.
void decode_controller(IdentifyPage page, std::uint32_t page_bytes, ringline_device_info *info);
/// CNS 00h: blocks, capacity_blocks, lba_format, block_size, metadata_size, metadata_inline, pi_type, pi_first, nguid,
/// eui64, guard_bits (16 where there is PI), storage_tag_bits (0), the limits of Copy and endurance_group;
/// decode_descriptors() and decode_nvm() come after it and know better. False, and *info unchanged, when the page is
/// not that of an active namespace with a usable format (NSZE 0, LBADS below 9 or above 16, 2^63 bytes or more).
[[nodiscard]] bool decode_namespace(IdentifyPage page, ringline_device_info *info);
/// CNS 03h: command_set, nguid, eui64, uuid. A descriptor with an impossible length ends the list.
void decode_descriptors(IdentifyPage page, ringline_device_info *info);
/// CNS 05h, CSI 0: guard_bits and storage_tag_bits of the format in use (ELBAF of info->lba_format), where there is PI.
/// An entry that contradicts itself or the metadata size changes nothing.
void decode_nvm(IdentifyPage page, ringline_device_info *info);
/// CNS 05h, CSI 2: zone_blocks, zone_max_open and zone_max_active, for the format in use.
void decode_zoned(IdentifyPage page, ringline_device_info *info);
/// CNS 06h, CSI 0: limits of Verify, Write Zeroes, Write Uncorrectable and Dataset Management, in blocks of the format
/// in use: it comes after decode_namespace(). page_bytes as above.
void decode_nvm_controller(IdentifyPage page, std::uint32_t page_bytes, ringline_device_info *info);
/// CNS 06h, CSI 2: append_max_bytes, 0 where ZASL says as MDTS.
void decode_zoned_controller(IdentifyPage page, std::uint32_t page_bytes, ringline_device_info *info);

// The encoders write the whole page. What a page cannot hold exactly is rounded to the careful side: MDTS, a power of
// two of at least two pages of 4096 bytes, downwards where it can be; retry delays, tenths of a second, upwards.
void encode_controller(const ringline_device_info &info, MutableIdentifyPage page);
void encode_namespace(const ringline_device_info &info, MutableIdentifyPage page);
void encode_descriptors(const ringline_device_info &info, MutableIdentifyPage page);
// Of a limit that there is not these say so, in whichever way the info has that (apply_limits()).
void encode_nvm(const ringline_device_info &info, MutableIdentifyPage page);
void encode_zoned(const ringline_device_info &info, MutableIdentifyPage page);
void encode_nvm_controller(const ringline_device_info &info, MutableIdentifyPage page);
void encode_zoned_controller(const ringline_device_info &info, MutableIdentifyPage page);

} // namespace ringline::nvme
