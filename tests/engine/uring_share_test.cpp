// SPDX-License-Identifier: MIT OR Apache-2.0
// What the kernel does with memory that several rings share; null: never looks at the table, a READ_FIXED does.
#include "engine/uring_share.h"

#include "base/kernel_version.h"

#include <liburing.h>
#include <sys/mman.h>

#include <gtest/gtest.h>

#include <array>
#include <cerrno>
#include <thread>

namespace
{

using ringline::engine::SharedPin;

constexpr std::size_t bytes = 65536;
constexpr unsigned places = 8;

class Ring
{
public:
	Ring()
	{
		EXPECT_EQ(io_uring_queue_init(8, &ring_, IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN), 0);
		EXPECT_EQ(io_uring_register_buffers_sparse(&ring_, places), 0);
	}
	Ring(const Ring &) = delete;
	Ring &operator=(const Ring &) = delete;
	~Ring() { io_uring_queue_exit(&ring_); }

	[[nodiscard]] int fd() const { return ring_.ring_fd; }
	/// Does the table hold this memory there? What a read into it ends with.
	std::int32_t read_through(unsigned place, std::uint64_t address)
	{
		const int zero = ::memfd_create("zero", MFD_CLOEXEC);
		EXPECT_EQ(::ftruncate(zero, 512), 0);
		io_uring_prep_read_fixed(io_uring_get_sqe(&ring_), zero, reinterpret_cast<void *>(address), 512, 0,
					 static_cast<int>(place));
		EXPECT_EQ(io_uring_submit_and_wait(&ring_, 1), 1);
		io_uring_cqe *cqe = nullptr;
		EXPECT_EQ(io_uring_peek_cqe(&ring_, &cqe), 0);
		const std::int32_t result = cqe != nullptr ? cqe->res : -ENODATA;
		io_uring_cqe_seen(&ring_, cqe);
		::close(zero);
		return result;
	}
	void clear(unsigned place)
	{
		const iovec none = {};
		const __u64 tag = 0;
		EXPECT_EQ(io_uring_register_buffers_update_tag(&ring_, place, &none, &tag, 1), 1);
	}

private:
	io_uring ring_ = {};
};

struct Memory {
	Memory()
	{
		void *mapped = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		EXPECT_NE(mapped, MAP_FAILED);
		address = reinterpret_cast<std::uintptr_t>(mapped);
	}
	Memory(const Memory &) = delete;
	Memory &operator=(const Memory &) = delete;
	~Memory() { (void)::munmap(reinterpret_cast<void *>(address), bytes); }

	std::uint64_t address = 0;
	SharedPin pin;
};

class SharedPinTest : public testing::Test
{
protected:
	void SetUp() override
	{
		if (ringline::kernel_version() < ringline::KernelVersion{6, 18, 3}) {
			GTEST_SKIP() << "this kernel shares no registered memory";
		}
	}
};

TEST_F(SharedPinTest, a_place_between_others_leaves_them_alone)
{
	Ring ring;
	std::array<Memory, places> memories;
	for (unsigned i = places; i-- != 0;) {
		ASSERT_TRUE(memories[i].pin.join(ring.fd(), i, memories[i].address, bytes)) << i;
	}
	ring.clear(3);
	memories[3].pin.leave();
	EXPECT_EQ(ring.read_through(3, memories[3].address), -EFAULT);
	ASSERT_TRUE(memories[3].pin.join(ring.fd(), 3, memories[3].address, bytes));
	for (unsigned i = 0; i < places; ++i) {
		EXPECT_EQ(ring.read_through(i, memories[i].address), 512) << i;
		ring.clear(i);
		memories[i].pin.leave();
	}
}

TEST_F(SharedPinTest, rings_of_several_threads_have_it_until_the_last_leaves)
{
	Memory memory;
	Ring mine;
	ASSERT_TRUE(memory.pin.join(mine.fd(), 0, memory.address, bytes));
	std::thread([&] {
		Ring other;
		ASSERT_TRUE(memory.pin.join(other.fd(), 5, memory.address, bytes));
		EXPECT_EQ(memory.pin.rings(), 2U);
		EXPECT_EQ(other.read_through(5, memory.address), 512);
		other.clear(5);
		memory.pin.leave();
	}).join();
	EXPECT_EQ(memory.pin.rings(), 1U);
	EXPECT_EQ(mine.read_through(0, memory.address), 512);
	mine.clear(0);
	memory.pin.leave();
	EXPECT_EQ(memory.pin.rings(), 0U);
}

TEST_F(SharedPinTest, a_ring_that_refuses_leaves_nothing_pinned)
{
	Memory memory;
	EXPECT_FALSE(memory.pin.join(-1, 0, memory.address, bytes));
	EXPECT_FALSE(memory.pin.join(-1, 0, 4096, bytes)) << "memory that is not there";
	EXPECT_EQ(memory.pin.rings(), 0U);
}

} // namespace
