// SPDX-License-Identifier: MIT OR Apache-2.0
// The functions of ringline/protection.h, and what tells a device's protection.
#include "nvme/protection.h"

#include "base/struct_size.h"
#include "nvme/guard.h"

#include <cerrno>
#include <cstddef>

using namespace ringline;

namespace
{

// The sizes of the structs in 0.1: what the oldest caller can have. They stay when the structs grow.
constexpr std::uint32_t protection_minimum = 40;
constexpr std::uint32_t protection_error_minimum = 32;
constexpr std::uint32_t known_minimum = 288;
static_assert(sizeof(ringline_protection) >= protection_minimum);
static_assert(sizeof(ringline_protection_error) >= protection_error_minimum);
static_assert(offsetof(ringline_protection, storage_tag) == 32);
static_assert(offsetof(ringline_protection_error, wanted) == 24);

std::int32_t take_protection(const ringline_protection *protection, const nvme::ProtectedBlocks &blocks,
			     ringline_protection *taken)
{
	if (protection == nullptr) {
		return -EINVAL;
	}
	const std::int32_t error = take_options(taken, protection, protection_minimum);
	return error < 0 ? error : nvme::check_protection(*taken, blocks);
}

} // namespace

std::int32_t ringline_protection_of(const ringline_device_info *info, ringline_protection *protection)
{
	ringline_device_info known = {};
	std::int32_t error = info == nullptr ? -EINVAL : take_options(&known, info, known_minimum);
	if (error == 0) {
		error = check_output(protection, protection_minimum);
	}
	if (error < 0) {
		return error;
	}
	if (known.pi_type == 0) {
		return -EOPNOTSUPP;
	}
	give_output(protection, nvme::protection_of(known));
	return 0;
}

std::int32_t ringline_protection_generate(const ringline_protection *protection, std::uint32_t blocks, void *data,
					  std::uint64_t data_length, void *metadata, std::uint64_t metadata_length)
{
	ringline_protection taken = {};
	const std::int32_t error = data == nullptr ? -EINVAL
						   : take_protection(protection,
								     {.count = blocks,
								      .data_length = data_length,
								      .metadata_length = metadata_length,
								      .has_metadata = metadata != nullptr},
								     &taken);
	if (error < 0) {
		return error;
	}
	nvme::generate_protection(taken, blocks, static_cast<std::uint8_t *>(data),
				  static_cast<std::uint8_t *>(metadata));
	return 0;
}

std::int32_t ringline_protection_verify(const ringline_protection *protection, std::uint32_t blocks, const void *data,
					std::uint64_t data_length, const void *metadata, std::uint64_t metadata_length,
					ringline_protection_error *error)
{
	ringline_protection taken = {};
	std::int32_t wrong = data == nullptr    ? -EINVAL
			     : error == nullptr ? 0
						: check_output(error, protection_error_minimum);
	if (wrong == 0) {
		wrong = take_protection(protection,
					{.count = blocks,
					 .data_length = data_length,
					 .metadata_length = metadata_length,
					 .has_metadata = metadata != nullptr},
					&taken);
	}
	if (wrong < 0) {
		return wrong;
	}
	ringline_protection_error found = {};
	wrong = nvme::verify_protection(taken, blocks, static_cast<const std::uint8_t *>(data),
					static_cast<const std::uint8_t *>(metadata), &found);
	if (wrong < 0 && error != nullptr) {
		give_output(error, found);
	}
	return wrong;
}

std::int32_t ringline_guard(std::uint32_t bits, std::uint64_t before, const void *data, std::uint64_t length,
			    std::uint64_t *guard)
{
	if (guard == nullptr || (data == nullptr && length != 0)) {
		return -EINVAL;
	}
	return nvme::find_guard(bits, before, static_cast<const std::uint8_t *>(data), length, guard);
}
