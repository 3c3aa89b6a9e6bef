// SPDX-License-Identifier: MIT OR Apache-2.0
#include "base/own_pages.h"

#include "base/errno_guard.h"
#include "base/kernel_version.h"

#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>

namespace ringline
{

namespace
{

constexpr int madvise_populate_write = 23;
constexpr KernelVersion populates_since = {5, 14, 0}; // older ones copy metadata

} // namespace

std::int32_t own_pages(std::uint64_t address, std::uint32_t bytes)
{
	if (bytes == 0) {
		return 0;
	}
	const ErrnoGuard guard;
	const auto page_bytes = static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
	const std::uint64_t first = address / page_bytes * page_bytes;
	auto *const start = reinterpret_cast<void *>(static_cast<std::uintptr_t>(first));
	const auto length = static_cast<std::size_t>(address - first + bytes); // to the end of its last page
	if (::madvise(start, length, madvise_populate_write) == 0) {
		return 0;
	}
	// -EINVAL: memory that may not be written to, or that of a driver, which cannot be pinned either; or a kernel
	// that does not know the advice.
	const int error = errno;
	const bool known = kernel_version() >= populates_since;
	return error == EFAULT || error == ENOMEM || (error == EINVAL && known) ? -EFAULT : 0;
}

} // namespace ringline
