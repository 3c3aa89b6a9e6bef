// SPDX-License-Identifier: MIT OR Apache-2.0
#include "health.h"

#include "admin_call.h"

#include <fmt/format.h>

#include <array>

namespace nvmectl
{
namespace
{

constexpr std::uint8_t lid_smart = 0x02;
constexpr std::uint32_t smart_bytes = 512;

constexpr std::array<const char *, 6> critical_warnings = {"spare",     "temperature", "reliability",
							   "read-only", "backup",      "pmr"};

} // namespace

Health read_health(const Device &device)
{
	auto options = sized<ringline_log_options>();
	options.lid = lid_smart;
	std::vector<std::uint8_t> page(smart_bytes);
	ringline_completion completion = {};
	const std::int32_t returned =
		ringline_log_read(device.handle(), &options, page.data(), smart_bytes, &completion);
	require_success(fmt::format("the health log of {}", device.info().node), returned, completion);
	const auto number = [&](const char *name) { return page_number(RINGLINE_PAGE_LOG + lid_smart, name, page); };
	Health health;
	health.critical_warning = static_cast<std::uint8_t>(number("critical_warning"));
	constexpr std::int32_t freezing_kelvin = 273;
	if (const std::uint64_t kelvin = number("temperature"); kelvin != 0) {
		health.temperature_celsius = static_cast<std::int32_t>(kelvin) - freezing_kelvin;
	}
	health.spare_percent = number("avail_spare");
	health.spare_threshold_percent = number("spare_thresh");
	health.used_percent = number("percent_used");
	health.media_errors = number("media_errors");
	health.error_entries = number("num_err_log_entries");
	return health;
}

std::vector<std::string> warning_names(std::uint8_t critical_warning)
{
	std::vector<std::string> names;
	for (std::size_t bit = 0; bit < 8; ++bit) {
		if ((critical_warning >> bit & 1) != 0) {
			names.push_back(bit < critical_warnings.size() ? critical_warnings.at(bit)
								       : fmt::format("bit-{}", bit));
		}
	}
	return names;
}

} // namespace nvmectl
