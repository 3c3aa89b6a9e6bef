// SPDX-License-Identifier: MIT OR Apache-2.0
#include "prometheus.h"

#include "page_view.h"

#include <fmt/format.h>

#include <string_view>

namespace nvmectl
{
namespace
{

std::string escaped(std::string_view text)
{
	std::string safe;
	for (const char character : text) {
		if (character == '\\' || character == '"') {
			safe += '\\';
		}
		safe += character == '\n' ? ' ' : character;
	}
	return safe;
}

struct Measure {
	const char *suffix;
	double factor;
	double offset;
};

Measure measure_of(std::uint32_t unit)
{
	switch (unit) {
	case RINGLINE_UNIT_BYTES:
		return {"_bytes", 1, 0};
	case RINGLINE_UNIT_PERCENT:
		return {"_ratio", 0.01, 0};
	case RINGLINE_UNIT_KELVIN:
		return {"_celsius", 1, -273.15};
	case RINGLINE_UNIT_SECONDS:
		return {"_seconds", 1, 0};
	case RINGLINE_UNIT_MINUTES:
		return {"_seconds", 60, 0};
	case RINGLINE_UNIT_HOURS:
		return {"_seconds", 3600, 0};
	default:
		return {"", 1, 0};
	}
}

/// What only grows is as wide as 32 bits or wider in this log.
bool is_counter(const ringline_field &field)
{
	constexpr std::uint32_t narrowest = 32;
	return field.kind == RINGLINE_FIELD_NUMBER && field.bits >= narrowest;
}

} // namespace

std::string prometheus_text(std::uint32_t page, std::span<const std::uint8_t> data, const ringline_device_info &info)
{
	const std::string labels = fmt::format("device=\"{}\",serial=\"{}\",model=\"{}\"", escaped(info.node),
					       escaped(info.serial), escaped(info.model));
	std::string text;
	std::string last;
	for (const FieldValue &value : read_page(page, data)) {
		const ringline_field &field = value.field;
		if (field.kind == RINGLINE_FIELD_TEMPERATURE && value.low == 0) {
			continue;
		}
		const Measure measure = measure_of(field.unit);
		const bool listed = field.list[0] != '\0';
		const std::string name = fmt::format("nvme_smart_{}{}{}{}", listed ? "sensor_" : "", field.name,
						     measure.suffix, is_counter(field) ? "_total" : "");
		if (name != last) {
			text += fmt::format("# HELP {} {}\n# TYPE {} {}\n", name, field.text, name,
					    is_counter(field) ? "counter" : "gauge");
		}
		last = name;
		const std::string sensor = listed ? fmt::format(",sensor=\"{}\"", value.record + 1) : "";
		// Decimal fractions such as 0.97 and 26.85 must not show what binary ones lack.
		text += fmt::format("{}{{{}{}}} {:.15g}\n", name, labels, sensor,
				    scaled(value) * measure.factor + measure.offset);
	}
	return text;
}

} // namespace nvmectl
