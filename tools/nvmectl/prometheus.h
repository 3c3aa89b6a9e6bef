// SPDX-License-Identifier: MIT OR Apache-2.0
// The SMART log in Prometheus' text format, for a node exporter's text file collector.
#pragma once

#include <ringline/ringline.h>

#include <cstdint>
#include <span>
#include <string>

namespace nvmectl
{

/// In Prometheus' base units: bytes, seconds, Celsius, ratios. Temperatures that are not reported are left out.
std::string prometheus_text(std::uint32_t page, std::span<const std::uint8_t> data, const ringline_device_info &info);

} // namespace nvmectl
