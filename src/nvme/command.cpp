// SPDX-License-Identifier: MIT OR Apache-2.0
#include "nvme/command.h"

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstring>

namespace ringline::nvme
{
namespace
{

// serialise() copies the struct as it lies in memory, and the kernel reads those bytes as struct nvme_uring_cmd.
static_assert(sizeof(ringline_nvme_command) == 72);
static_assert(offsetof(ringline_nvme_command, opcode) == 0);
static_assert(offsetof(ringline_nvme_command, flags) == 1);
static_assert(offsetof(ringline_nvme_command, reserved0) == 2);
static_assert(offsetof(ringline_nvme_command, nsid) == 4);
static_assert(offsetof(ringline_nvme_command, cdw2) == 8);
static_assert(offsetof(ringline_nvme_command, cdw3) == 12);
static_assert(offsetof(ringline_nvme_command, metadata) == 16);
static_assert(offsetof(ringline_nvme_command, address) == 24);
static_assert(offsetof(ringline_nvme_command, metadata_length) == 32);
static_assert(offsetof(ringline_nvme_command, data_length) == 36);
static_assert(offsetof(ringline_nvme_command, cdw10) == 40);
static_assert(offsetof(ringline_nvme_command, cdw11) == 44);
static_assert(offsetof(ringline_nvme_command, cdw12) == 48);
static_assert(offsetof(ringline_nvme_command, cdw13) == 52);
static_assert(offsetof(ringline_nvme_command, cdw14) == 56);
static_assert(offsetof(ringline_nvme_command, cdw15) == 60);
static_assert(offsetof(ringline_nvme_command, timeout_ms) == 64);
static_assert(offsetof(ringline_nvme_command, reserved1) == 68);

std::int32_t build_transfer(std::uint8_t opcode, const Transfer &transfer, ringline_nvme_command *command)
{
	if (transfer.nsid == 0 || transfer.nsid == nsid_broadcast) {
		return -EINVAL;
	}
	if (transfer.blocks == 0 || transfer.blocks > RINGLINE_NVME_BLOCKS_MAX) {
		return -EINVAL;
	}
	ringline_nvme_command built = {};
	built.opcode = opcode;
	built.nsid = transfer.nsid;
	built.address = transfer.address;
	built.data_length = transfer.length;
	built.cdw10 = static_cast<std::uint32_t>(transfer.lba & 0xffffffff);
	built.cdw11 = static_cast<std::uint32_t>(transfer.lba >> 32);
	built.cdw12 = transfer.blocks - 1; // zero-based on the wire, and nowhere else
	*command = built;
	return 0;
}

} // namespace

std::int32_t build_read(const Transfer &transfer, ringline_nvme_command *command)
{
	return build_transfer(RINGLINE_NVME_READ, transfer, command);
}

std::int32_t build_write(const Transfer &transfer, ringline_nvme_command *command)
{
	return build_transfer(RINGLINE_NVME_WRITE, transfer, command);
}

std::int32_t build_flush(std::uint32_t nsid, ringline_nvme_command *command)
{
	if (nsid == 0) {
		return -EINVAL;
	}
	ringline_nvme_command built = {};
	built.opcode = RINGLINE_NVME_FLUSH;
	built.nsid = nsid;
	*command = built;
	return 0;
}

void serialise(const ringline_nvme_command &command, std::span<std::uint8_t, RINGLINE_NVME_SERIALISED_BYTES> bytes)
{
	std::memcpy(bytes.data(), &command, sizeof command);
	std::ranges::fill(bytes.subspan<sizeof command>(), std::uint8_t{0});
}

} // namespace ringline::nvme
