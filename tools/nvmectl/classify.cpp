// SPDX-License-Identifier: MIT OR Apache-2.0
#include "classify.h"

#include <cerrno>

namespace nvmectl
{

Exit classify_error(std::int32_t error)
{
	switch (-error) {
	case EOPNOTSUPP:
	case ENOSYS:
		return Exit::unsupported;
	case EINVAL:
	case EFAULT:
	case EBADF:
	case ESTALE:
	case EPERM:
	case ECHILD:
		return Exit::internal; // the library's proofs, or our use of it, were not good enough
	default:
		return Exit::open;
	}
}

Exit classify(const Happened &happened)
{
	if (happened.outcome_unknown) {
		return Exit::unknown;
	}
	if (happened.status_error) {
		return Exit::status;
	}
	if (happened.miscompare) {
		return Exit::miscompare;
	}
	if (happened.transport_error != 0) {
		return happened.effect ? Exit::partial : classify_error(happened.transport_error);
	}
	if (happened.file_error) {
		return happened.effect ? Exit::partial : Exit::open;
	}
	if (happened.interrupted) {
		return Exit::interrupted;
	}
	if (happened.input_short || happened.device_full) {
		return happened.effect ? Exit::partial : Exit::refused;
	}
	return Exit::done;
}

} // namespace nvmectl
