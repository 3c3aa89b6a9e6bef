// SPDX-License-Identifier: MIT OR Apache-2.0
#include "nvme/pages.h"

#include "nvme/little_endian.h"

#include <algorithm>
#include <cerrno>

namespace ringline::nvme
{

namespace
{

constexpr std::uint32_t group_mask = 0xff00; // RINGLINE_PAGE_IDENTIFY and so on

std::span<const Page> pages_of(std::uint32_t number)
{
	switch (number & group_mask) {
	case RINGLINE_PAGE_IDENTIFY:
		return identify_pages();
	case RINGLINE_PAGE_LOG:
	case RINGLINE_PAGE_REPORT:
		return log_pages();
	case RINGLINE_PAGE_FEATURE:
		return feature_pages();
	default:
		return {};
	}
}

/// Up to eight bytes, little-endian.
std::uint64_t word(std::span<const std::uint8_t> bytes)
{
	return get_little_endian<std::uint64_t>(bytes.data(), bytes.size());
}

} // namespace

const Page *find_page(std::uint32_t number)
{
	for (const Page &page : pages_of(number)) {
		if (page.number == number) {
			return &page;
		}
	}
	return nullptr;
}

std::uint64_t field_offset(const Field &field, std::uint32_t record)
{
	return field.offset + std::uint64_t{field.stride} * record;
}

std::uint32_t field_bytes(const Field &field)
{
	return (field.bit + std::uint32_t{field.bits} + 7) / 8;
}

std::uint32_t page_length(const Page &page)
{
	std::uint64_t length = 0;
	for (const Field &field : page.fields) {
		const std::uint32_t last = field.records == 0 ? 0 : field.records - 1U;
		length = std::max(length, field_offset(field, last) + field_bytes(field));
	}
	return static_cast<std::uint32_t>(length);
}

std::int32_t field_value(const Field &field, std::uint32_t record, std::span<const std::uint8_t> data,
			 std::uint64_t *low, std::uint64_t *high)
{
	if (field.kind == RINGLINE_FIELD_TEXT || field.kind == RINGLINE_FIELD_BYTES) {
		return -EINVAL;
	}
	if (field.records != 0 && record >= field.records) {
		return -ENOENT;
	}
	const std::uint64_t offset = field_offset(field, record);
	const std::size_t length = field_bytes(field);
	if (offset > data.size() || length > data.size() - offset) {
		return -ENODATA;
	}
	const std::span<const std::uint8_t> bytes = data.subspan(static_cast<std::size_t>(offset), length);
	const std::size_t first = std::min<std::size_t>(length, 8);
	std::uint64_t value = word(bytes.first(first)) >> field.bit;
	const std::uint64_t rest = word(bytes.subspan(first));
	if (field.bits < 64) {
		value &= (std::uint64_t{1} << field.bits) - 1;
	}
	if (rest != 0 && high == nullptr) {
		return -EOVERFLOW;
	}
	*low = value + (value == 0 && field.zero_is_none ? 0U : field.bias);
	if (high != nullptr) {
		*high = rest;
	}
	return 0;
}

} // namespace ringline::nvme
