// SPDX-License-Identifier: MIT OR Apache-2.0
#include "core/buffer.h"

#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>

namespace ringline::core
{

namespace
{

constexpr std::uint64_t length_max = std::uint64_t{1} << 30; // what one registered buffer may be (io_uring/rsrc.c)

// Not inherited by a child: a child that writes to shared pages while a read is in flight would make the kernel give
// the parent a copy, and the data would land in the other one (facts: fork on 6.1).
void *map(std::uint64_t length)
{
	void *memory = ::mmap(nullptr, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (memory == MAP_FAILED) {
		return nullptr;
	}
	if (::madvise(memory, length, MADV_DONTFORK) != 0) {
		(void)::munmap(memory, length);
		return nullptr;
	}
	return memory;
}

} // namespace

std::int32_t Buffer::create(const ringline_buffer_options &options, Buffer **buffer)
{
	const auto page = static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
	const bool valid = options.flags == 0 && options.length != 0 && options.length <= length_max &&
			   options.address % page == 0 && options.address <= UINT64_MAX - options.length;
	if (!valid) {
		return -EINVAL;
	}
	auto *made = new (nothrow) Buffer;
	if (made == nullptr) {
		return -ENOMEM;
	}
	made->adopted = options.address != 0;
	made->address = options.address;
	made->length = options.length;
	if (!made->adopted) {
		made->length = (options.length + page - 1) / page * page;
		made->address = reinterpret_cast<std::uintptr_t>(map(made->length));
		if (made->address == 0) {
			delete made;
			// NOLINTNEXTLINE(clang-analyzer-unix.Malloc): it does not see the class's own operator delete
			return -ENOMEM;
		}
	}
	*buffer = made;
	return 0;
}

void Buffer::destroy()
{
	if (!adopted) {
		(void)::munmap(reinterpret_cast<void *>(address), length);
	}
	delete this;
}

} // namespace ringline::core
