// SPDX-License-Identifier: MIT OR Apache-2.0
// Convention 1 of the public header: errno is neither read nor set, whatever the calls below us do to it.
#pragma once

#include <cerrno>

namespace ringline
{

class ErrnoGuard
{
public:
	ErrnoGuard() = default;
	~ErrnoGuard() { errno = saved_; }
	ErrnoGuard(const ErrnoGuard &) = delete;
	ErrnoGuard &operator=(const ErrnoGuard &) = delete;

private:
	int saved_ = errno;
};

} // namespace ringline
