// SPDX-License-Identifier: MIT OR Apache-2.0
// Status words (completion queue entry, status field, without the phase bit): SC 7:0, SCT 10:8, CRD 12:11, More 13,
// DNR 14.
#pragma once

#include <ringline/ringline.h>

#include <cstdint>

namespace ringline::nvme
{

inline constexpr std::uint16_t status_invalid_opcode = 0x001;
inline constexpr std::uint16_t status_invalid_field = 0x002;
inline constexpr std::uint16_t status_invalid_namespace = 0x00b;
inline constexpr std::uint16_t status_lba_out_of_range = 0x080;
inline constexpr std::uint16_t status_capacity_exceeded = 0x081;
inline constexpr std::uint16_t status_invalid_format = 0x10a;
inline constexpr std::uint16_t status_invalid_protection = 0x181;
inline constexpr std::uint16_t status_command_size = 0x183;
inline constexpr std::uint16_t status_zone_boundary = 0x1b8;
inline constexpr std::uint16_t status_zone_full = 0x1b9;
inline constexpr std::uint16_t status_zone_read_only = 0x1ba;
inline constexpr std::uint16_t status_zone_offline = 0x1bb;
inline constexpr std::uint16_t status_zone_invalid_write = 0x1bc;
inline constexpr std::uint16_t status_too_many_active_zones = 0x1bd;
inline constexpr std::uint16_t status_too_many_open_zones = 0x1be;
inline constexpr std::uint16_t status_zone_transition = 0x1bf;
inline constexpr std::uint16_t status_write_fault = 0x280;
inline constexpr std::uint16_t status_unrecovered_read = 0x281;
inline constexpr std::uint16_t status_guard = 0x282;
inline constexpr std::uint16_t status_application_tag = 0x283;
inline constexpr std::uint16_t status_reference_tag = 0x284;
inline constexpr std::uint16_t status_compare = 0x285;
inline constexpr std::uint16_t status_storage_tag = 0x288;

/// Takes any word apart; see ringline_status_decode().
ringline_status_info decode_status(std::uint16_t status);
/// See ringline_status_name(). opcode -1: unknown.
const char *status_name(std::uint16_t status, std::int32_t opcode);
const char *status_text(std::uint16_t status, std::int32_t opcode);

} // namespace ringline::nvme
