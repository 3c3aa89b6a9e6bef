// SPDX-License-Identifier: MIT OR Apache-2.0
// What monitor looks at on the device itself: the health log.
#pragma once

#include "session.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace nvmectl
{

struct Health {
	std::uint8_t critical_warning = 0;
	std::optional<std::int32_t> temperature_celsius; ///< Nothing: not reported.
	std::uint64_t spare_percent = 0;
	std::uint64_t spare_threshold_percent = 0;
	std::uint64_t used_percent = 0;
	std::uint64_t media_errors = 0;
	std::uint64_t error_entries = 0;

	bool operator==(const Health &) const = default;
};

/// From the SMART log. Throws Error if the device does not give it.
Health read_health(const Device &device);

/// Names of the bits that are set: "spare", "temperature" and so on.
std::vector<std::string> warning_names(std::uint8_t critical_warning);

} // namespace nvmectl
