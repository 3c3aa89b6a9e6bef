// SPDX-License-Identifier: MIT OR Apache-2.0
// The functions of ringline/nvme.h.
#include "base/struct_size.h"
#include "nvme/command.h"
#include "nvme/ranges.h"
#include "nvme/status.h"

#include <cerrno>
#include <cstddef>

using namespace ringline;

namespace
{

// The size of the struct in 0.1: what the oldest caller can have. It stays when the struct grows.
constexpr std::uint32_t status_info_minimum = 16;
static_assert(sizeof(ringline_status_info) >= status_info_minimum);
static_assert(offsetof(ringline_status_info, struct_size) == 0);
static_assert(offsetof(ringline_status_info, status) == 4);
static_assert(offsetof(ringline_status_info, retry) == 11);

} // namespace

std::int32_t ringline_nvme_read(ringline_nvme_command *command, std::uint32_t nsid, std::uint64_t lba,
				std::uint32_t blocks, std::uint64_t address, std::uint32_t length)
{
	if (command == nullptr) {
		return -EINVAL;
	}
	return nvme::build_read({.lba = lba, .address = address, .nsid = nsid, .blocks = blocks, .length = length},
				command);
}

std::int32_t ringline_nvme_write(ringline_nvme_command *command, std::uint32_t nsid, std::uint64_t lba,
				 std::uint32_t blocks, std::uint64_t address, std::uint32_t length)
{
	if (command == nullptr) {
		return -EINVAL;
	}
	return nvme::build_write({.lba = lba, .address = address, .nsid = nsid, .blocks = blocks, .length = length},
				 command);
}

std::int32_t ringline_nvme_flush(ringline_nvme_command *command, std::uint32_t nsid)
{
	if (command == nullptr) {
		return -EINVAL;
	}
	return nvme::build_flush(nsid, command);
}

std::int32_t ringline_nvme_serialise(const ringline_nvme_command *command, std::uint8_t *bytes)
{
	if (command == nullptr || bytes == nullptr) {
		return -EINVAL;
	}
	nvme::serialise(*command,
			std::span<std::uint8_t, RINGLINE_NVME_SERIALISED_BYTES>(bytes, RINGLINE_NVME_SERIALISED_BYTES));
	return 0;
}

std::int32_t ringline_nvme_dataset_ranges(const ringline_range *ranges, std::uint32_t count, void *data,
					  std::uint32_t length)
{
	return nvme::write_dataset_ranges(ranges, count, data, length);
}

std::int32_t ringline_nvme_copy_ranges(const ringline_range *ranges, std::uint32_t count, std::uint32_t format,
				       void *data, std::uint32_t length)
{
	return nvme::write_copy_ranges(ranges, count, format, data, length);
}

std::int32_t ringline_status_decode(std::uint16_t status, ringline_status_info *info)
{
	const std::int32_t error = check_output(info, status_info_minimum);
	if (error < 0) {
		return error;
	}
	give_output(info, nvme::decode_status(status));
	return 0;
}

const char *ringline_status_name(std::uint16_t status, std::int32_t opcode)
{
	return nvme::status_name(status, opcode);
}

const char *ringline_status_text(std::uint16_t status, std::int32_t opcode)
{
	return nvme::status_text(status, opcode);
}
