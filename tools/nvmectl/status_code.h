// SPDX-License-Identifier: MIT OR Apache-2.0
// NVMe status codes as people and logs write them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace nvmectl
{

/// "641", "0x4281", "281h", "2/81h", "2/0x81", "2/81": the raw status word. In the form SCT/SC the SC is hexadecimal,
/// as in the specification. Throws Error(Exit::usage).
std::uint16_t parse_status(std::string_view text);

/// "read", "write", "flush" or a number.
std::uint8_t parse_opcode(std::string_view text);

/// "read"; numbers without a name as "opcode 0x05".
std::string opcode_name(std::uint8_t opcode);

/// "2/81h".
std::string status_notation(std::uint16_t status);

} // namespace nvmectl
