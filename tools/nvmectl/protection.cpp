// SPDX-License-Identifier: MIT OR Apache-2.0
#include "protection.h"

namespace nvmectl
{

/// Where blocks have protection information, the device makes that of what it zeroes or copies, as of any other block
/// that is written here: else who checks, as the kernel does, could not read it. What is damaged is not copied, as
/// then it would look right, and fails to be verified.
std::uint32_t protection_flags(const ringline_device_info &info, std::uint8_t opcode)
{
	if (info.pi_type == 0) {
		return 0;
	}
	const std::uint32_t checks =
		RINGLINE_CHECK_GUARD | (info.pi_type == 1 ? std::uint32_t{RINGLINE_CHECK_REFERENCE_TAG} : 0U);
	switch (opcode) {
	case RINGLINE_NVME_VERIFY:
		return checks;
	case RINGLINE_NVME_COPY:
		return RINGLINE_PROTECTION_ACTION | checks;
	default:
		return RINGLINE_PROTECTION_ACTION;
	}
}

} // namespace nvmectl
