// SPDX-License-Identifier: MIT OR Apache-2.0
#include "base/fork_guard.h"

#include <sys/mman.h>

#include <cerrno>

namespace ringline
{

namespace
{

constexpr std::size_t page_bytes = 4096;
static_assert(sizeof(ForkPage) <= page_bytes);

constinit std::atomic<ForkPage *> the_page{nullptr};

} // namespace

ForkPage *fork_page()
{
	ForkPage *page = the_page.load(std::memory_order_acquire);
	if (page != nullptr) {
		return page;
	}
	const int saved = errno;
	void *memory = ::mmap(nullptr, page_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (memory == MAP_FAILED || ::madvise(memory, page_bytes, MADV_WIPEONFORK) != 0) {
		if (memory != MAP_FAILED) {
			(void)::munmap(memory, page_bytes);
		}
		errno = saved;
		return nullptr;
	}
	page = static_cast<ForkPage *>(memory);
	ForkPage *other = nullptr;
	if (!the_page.compare_exchange_strong(other, page, std::memory_order_acq_rel)) {
		(void)::munmap(memory, page_bytes); // another thread was first
		page = other;
	}
	errno = saved;
	return page;
}

} // namespace ringline
