// SPDX-License-Identifier: MIT OR Apache-2.0
#include "device/outcome.h"

#include <cerrno>

namespace ringline::device
{

std::uint16_t flags_of_error(std::int32_t error)
{
	switch (-error) {
	// Refused before a request existed: by io_uring, by the driver's checks, or while mapping memory
	// (drivers/nvme/host/ioctl.c: nvme_uring_cmd_io, nvme_map_user_request; block/blk-map.c).
	case EINVAL:
	case ENOTTY:
	case EOPNOTSUPP:
	case ENOMEM:
	case EACCES:
	case EPERM:
	case EBADF:
	case EAGAIN:
	case ENODEV:
	case ENXIO:
	case ECANCELED: // io_uring's own, before it was issued; NVMe commands cannot be cancelled (vm.md)
		return RINGLINE_NOT_SENT;
	// -EFAULT is not among them: copying a bounced answer back can fail after the command ran.
	// -EINTR: the host cancelled it (reset, time-out). Everything else, -EIO above all, can come before or after
	// the device saw it.
	default:
		return RINGLINE_OUTCOME_UNKNOWN;
	}
}

} // namespace ringline::device
