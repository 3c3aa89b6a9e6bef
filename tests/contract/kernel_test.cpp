// SPDX-License-Identifier: MIT OR Apache-2.0
// What the kernel itself does, asked without the library: a ring and ioctls of our own. The library is built on these
// facts; a kernel of which one does not hold must be known before the library runs on it.
#include "fixture.h"

#include <ringline/admin.h>

#include <fcntl.h>
#include <liburing.h>
#include <linux/nvme_ioctl.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <thread>

namespace contract
{
namespace
{

// Not in the headers of the oldest kernels that this builds on.
struct Command {
	std::uint8_t opcode;
	std::uint8_t flags;
	std::uint16_t reserved1;
	std::uint32_t nsid;
	std::uint32_t cdw2;
	std::uint32_t cdw3;
	std::uint64_t metadata;
	std::uint64_t address;
	std::uint32_t metadata_length;
	std::uint32_t data_length;
	std::uint32_t cdw10;
	std::uint32_t cdw11;
	std::uint32_t cdw12;
	std::uint32_t cdw13;
	std::uint32_t cdw14;
	std::uint32_t cdw15;
	std::uint32_t timeout_ms;
	std::uint32_t reserved2;
};
static_assert(sizeof(Command) == 72);

constexpr std::uint32_t io = 0xC0484E80;
constexpr std::uint32_t admin = 0xC0484E82;
static_assert(_IOWR('N', 0x80, Command) == io);
static_assert(_IOWR('N', 0x82, Command) == admin);

/// A file that commands are sent to by a ring.
class Raw
{
public:
	explicit Raw(const std::string &path) : fd_(::open(path.c_str(), O_RDWR | O_CLOEXEC))
	{
		EXPECT_GE(fd_, 0) << path;
		io_uring_params parameters = {};
		parameters.flags = IORING_SETUP_SQE128 | IORING_SETUP_CQE32;
		EXPECT_EQ(io_uring_queue_init_params(16, &ring_, &parameters), 0);
	}
	Raw(const Raw &) = delete;
	Raw &operator=(const Raw &) = delete;
	~Raw()
	{
		close_ring();
		(void)::close(fd_);
	}

	[[nodiscard]] int fd() const { return fd_; }
	void close_ring()
	{
		if (open_) {
			io_uring_queue_exit(&ring_);
			open_ = false;
		}
	}
	void submit(std::uint32_t operation, const Command &command)
	{
		io_uring_sqe *entry = io_uring_get_sqe(&ring_);
		ASSERT_NE(entry, nullptr);
		std::memset(entry, 0, 2 * sizeof *entry);
		entry->opcode = IORING_OP_URING_CMD;
		entry->fd = fd_;
		entry->cmd_op = operation;
		std::memcpy(reinterpret_cast<std::uint8_t *>(entry) + 48, &command, sizeof command);
		ASSERT_EQ(io_uring_submit(&ring_), 1);
	}
	/// The result; INT32_MIN when none came.
	std::int32_t run(std::uint32_t operation, const Command &command)
	{
		submit(operation, command);
		io_uring_cqe *entry = nullptr;
		__kernel_timespec limit = {.tv_sec = 30, .tv_nsec = 0};
		if (io_uring_wait_cqe_timeout(&ring_, &entry, &limit) != 0) {
			return INT32_MIN;
		}
		const std::int32_t result = entry->res;
		io_uring_cqe_seen(&ring_, entry);
		return result;
	}

private:
	int fd_;
	io_uring ring_ = {};
	bool open_ = true;
};

Command read_of(const Memory &memory, std::uint32_t length, std::uint64_t lba, std::uint32_t blocks)
{
	Command command = {};
	command.opcode = RINGLINE_NVME_READ;
	command.nsid = 1;
	command.address = memory.address();
	command.data_length = length;
	command.cdw10 = static_cast<std::uint32_t>(lba);
	command.cdw11 = static_cast<std::uint32_t>(lba >> 32);
	command.cdw12 = blocks - 1;
	return command;
}

/// The drives of the virtual machine, of 512-byte blocks.
class KernelTest : public testing::Test
{
protected:
	void SetUp() override
	{
		if (std::getenv("RINGLINE_VM") == nullptr) {
			GTEST_SKIP() << "needs the drives of the virtual machine (RINGLINE_VM=1)";
		}
	}
	static std::string block_node() { return std::filesystem::canonical("/dev/vm/ringA-n1"); }
	static void write_pattern(std::uint64_t seed, std::uint32_t bytes)
	{
		const Memory memory(bytes);
		fill_pattern(memory.bytes(), seed);
		const int fd = ::open("/dev/vm/ringA-n1", O_WRONLY | O_DIRECT | O_CLOEXEC);
		ASSERT_GE(fd, 0);
		EXPECT_EQ(::pwrite(fd, memory.data(), bytes, 0), static_cast<ssize_t>(bytes));
		::close(fd);
	}
	const std::string node = "/dev/vm/ringA-ng1";
};

TEST_F(KernelTest, fact_1_there_are_four_operations_and_each_node_takes_its_own)
{
	const Memory memory(512);
	Raw generic(node);
	EXPECT_EQ(generic.run(io, read_of(memory, 512, 0, 1)), 0);
	EXPECT_EQ(generic.run(admin, read_of(memory, 512, 0, 1)), -ENOTTY);
	EXPECT_EQ(generic.run(_IOWR('N', 0x84, Command), read_of(memory, 512, 0, 1)), -ENOTTY);
	EXPECT_EQ(generic.run(_IOWR('N', 0x80, std::uint64_t), read_of(memory, 512, 0, 1)), -ENOTTY);
}

TEST_F(KernelTest, fact_2_a_result_is_success_or_a_status_with_its_bits_or_an_errno)
{
	const Memory memory(512);
	Raw generic(node);
	EXPECT_EQ(generic.run(io, read_of(memory, 512, 0, 1)), 0);
	EXPECT_EQ(generic.run(io, read_of(memory, 512, UINT64_MAX / 1024, 1)), 0x4080) << "DNR, LBA out of range";
	Command other = read_of(memory, 512, 0, 1);
	other.nsid = 77;
	EXPECT_EQ(generic.run(io, other), -EINVAL);
}

TEST_F(KernelTest, fact_3_the_device_writes_behind_memory_that_is_too_short)
{
	write_pattern(31, 1024);
	const Memory page(4096);
	page.fill(0x5a);
	Raw generic(node);
	// 512 bytes of memory, two blocks: the kernel asks nothing, and the second block lands behind the first.
	EXPECT_EQ(generic.run(io, read_of(page, 512, 0, 2)), 0);
	EXPECT_EQ(differing_bytes(page.bytes().first(1024), 31), 0U);
}

TEST_F(KernelTest, fact_6_admin_commands_are_the_controllers)
{
	const Memory page(4096);
	Command identify = {};
	identify.opcode = RINGLINE_NVME_IDENTIFY;
	identify.address = page.address();
	identify.data_length = page.size();
	identify.cdw10 = 1;
	Raw controller("/dev/vm/ringA");
	EXPECT_EQ(controller.run(admin, identify), 0);
	EXPECT_EQ(std::memcmp(page.data() + 4, "ringA ", 6), 0);
	EXPECT_EQ(controller.run(io, read_of(page, 512, 0, 1)), -ENOTTY);
}

TEST_F(KernelTest, fact_7_flags_of_a_command_are_refused)
{
	const Memory memory(512);
	Command fused = read_of(memory, 512, 0, 1);
	fused.flags = 1;
	Raw generic(node);
	EXPECT_EQ(generic.run(io, fused), -EINVAL);
}

TEST_F(KernelTest, fact_9_more_than_max_hw_sectors_is_refused)
{
	std::ifstream file("/sys/class/block/" + std::filesystem::path(block_node()).filename().string() +
			   "/queue/max_hw_sectors_kb");
	std::uint32_t most_kib = 0;
	ASSERT_TRUE(file >> most_kib);
	const Memory memory(most_kib * 1024 + 4096);
	Raw generic(node);
	EXPECT_EQ(generic.run(io, read_of(memory, memory.size(), 0, memory.size() / 512)), -EINVAL);
	EXPECT_EQ(generic.run(io, read_of(memory, 64 * 1024, 0, 128)), 0);
}

TEST_F(KernelTest, fact_10_a_block_node_takes_ioctls_alone_and_a_generic_node_does_not_know_exclusion)
{
	const Memory memory(512);
	Raw block("/dev/vm/ringA-n1");
	const std::int32_t refused = block.run(io, read_of(memory, 512, 0, 1));
	EXPECT_TRUE(refused == -EINVAL || refused == -EOPNOTSUPP) << refused;
	nvme_passthru_cmd command = {};
	command.opcode = RINGLINE_NVME_READ;
	command.nsid = 1;
	command.addr = memory.address();
	command.data_len = 512;
	EXPECT_EQ(::ioctl(block.fd(), NVME_IOCTL_IO_CMD, &command), 0);
	const int first = ::open(node.c_str(), O_RDWR | O_EXCL | O_CLOEXEC);
	const int second = ::open(node.c_str(), O_RDWR | O_EXCL | O_CLOEXEC);
	EXPECT_GE(first, 0);
	EXPECT_GE(second, 0) << "which the block node would refuse";
	::close(first);
	::close(second);
}

TEST_F(KernelTest, fact_25_a_generic_node_takes_no_flush_of_all_namespaces)
{
	Command flush = {};
	flush.opcode = RINGLINE_NVME_FLUSH;
	flush.nsid = 1;
	Raw generic(node);
	EXPECT_EQ(generic.run(io, flush), 0);
	flush.nsid = UINT32_MAX;
	EXPECT_EQ(generic.run(io, flush), -EINVAL);
}

/// Pages of this process that nobody has written to yet.
class Untouched
{
public:
	static constexpr std::size_t bytes = 16 * 4096;
	explicit Untouched(int protection = PROT_READ | PROT_WRITE)
		: start_(::mmap(nullptr, bytes, protection, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0))
	{
		EXPECT_NE(start_, MAP_FAILED);
	}
	~Untouched() { ::munmap(start_, bytes); }
	Untouched(const Untouched &) = delete;
	Untouched &operator=(const Untouched &) = delete;
	[[nodiscard]] std::uint64_t address() const { return reinterpret_cast<std::uintptr_t>(start_); }
	[[nodiscard]] bool is_zeros() const
	{
		const auto *first = static_cast<const std::uint8_t *>(start_);
		return std::all_of(first, first + bytes, [](std::uint8_t byte) { return byte == 0; });
	}

private:
	void *start_;
};

// RINGLINE_TRAP_METADATA_PAGES. Where this fails, the guest is lost: its page of zeros is one of metadata.
TEST_F(KernelTest, metadata_is_read_into_memory_of_this_process_alone)
{
	const Device device = open_device("/dev/vm/ringP-ng1");
	ASSERT_EQ(device.info().metadata_size, 8U);
	const Memory data(8 * 512);
	for (const std::uint32_t engine : {RINGLINE_ENGINE_URING, RINGLINE_ENGINE_THREADS}) {
		const Queue queue = queue_for(device, engine);
		const Memory tags(64);
		for (std::size_t i = 0; i < 64; ++i) {
			tags.data()[i] = static_cast<std::uint8_t>(i | 1);
		}
		ringline_command command = {};
		command.device = device;
		command.lba = 100;
		command.blocks = 8;
		command.address = data.address();
		command.length = 8 * 512;
		command.metadata_length = 64;
		command.opcode = RINGLINE_NVME_WRITE;
		command.metadata_address = tags.address();
		ASSERT_EQ(ringline_push(queue, &command, 1), 1);
		ASSERT_TRUE(succeeded(collect_one(queue)));
		const Untouched metadata;
		command.opcode = RINGLINE_NVME_READ;
		command.metadata_address = metadata.address();
		ASSERT_EQ(ringline_push(queue, &command, 1), 1);
		ASSERT_TRUE(succeeded(collect_one(queue)));
		EXPECT_EQ(std::memcmp(reinterpret_cast<const void *>(metadata.address()), tags.data(), 64), 0);
		ASSERT_TRUE(Untouched().is_zeros()) << "engine " << engine;

		const Untouched of_another(PROT_READ);
		command.metadata_address = of_another.address();
		const std::int32_t pushed = ringline_push(queue, &command, 1);
		EXPECT_EQ(pushed == 1 ? collect_one(queue).error : pushed, -EFAULT);
		EXPECT_TRUE(of_another.is_zeros());
	}
}

/// Reads of ringT, of which it answers 40 a second, and memory full of one byte.
class ClosingTest : public KernelTest
{
protected:
	static constexpr std::uint32_t reads = 12; // a third of a second
	static constexpr std::uint8_t after = 0xa5;
	static void wait_for_the_drive() { std::this_thread::sleep_for(std::chrono::milliseconds(1500)); }

	const Memory memory{std::size_t{reads} * 4096};
	const std::string slow = "/dev/vm/ringT-ng1";
};

TEST_F(ClosingTest, fact_11_reads_land_after_their_ring_was_closed)
{
	bool landed = false;
	// A machine that stands still for a moment in between may have them all before the ring is closed.
	for (int attempt = 0; attempt < 5 && !landed; ++attempt) {
		Raw drive(slow);
		for (std::uint32_t i = 0; i < reads; ++i) {
			Command command = read_of(memory, 512, 64, 1);
			command.address += std::uint64_t{i} * 4096;
			drive.submit(io, command);
		}
		drive.close_ring();
		memory.fill(after);
		wait_for_the_drive();
		landed = !memory.holds_only(after);
	}
	EXPECT_TRUE(landed) << "this kernel waits";
}

TEST_F(ClosingTest, fact_11_nothing_lands_after_a_queue_was_destroyed)
{
	const Device device = open_device(slow);
	ringline_queue *const queue = queue_for(device, RINGLINE_ENGINE_URING).release();
	for (std::uint32_t i = 0; i < reads; ++i) {
		ASSERT_EQ(ringline_read(queue, device, 64, 1, memory.data() + std::size_t{i} * 4096, 512, 0, i), 0);
	}
	ASSERT_EQ(ringline_submit(queue), static_cast<std::int32_t>(reads));
	EXPECT_EQ(ringline_queue_destroy(queue), 0);
	memory.fill(after);
	wait_for_the_drive();
	EXPECT_TRUE(memory.holds_only(after));
}

TEST_F(KernelTest, fact_13_a_multipath_head_is_one_namespace_with_two_controllers)
{
	std::vector<ringline_device_entry> entries(256);
	const std::int32_t count = ringline_device_list(entries.data(), 256);
	ASSERT_GT(count, 0);
	entries.resize(static_cast<std::size_t>(count));
	const auto of_kind = [&](std::uint32_t kind) {
		return std::ranges::count_if(entries, [&](const ringline_device_entry &entry) {
			return std::string(entry.serial) == "ringM" && entry.kind == kind;
		});
	};
	EXPECT_EQ(of_kind(RINGLINE_DEVICE_NAMESPACE), 1);
	EXPECT_EQ(of_kind(RINGLINE_DEVICE_CONTROLLER), 2);
	const Memory memory(4096);
	fill_pattern(memory.bytes(), 13);
	const Device head = open_device("/dev/vm/ringM-ng1");
	EXPECT_STREQ(head.info().serial, "ringM");
	const Queue queue = queue_for(head, RINGLINE_ENGINE_AUTO);
	ASSERT_EQ(ringline_write(queue, head, 8, 8, memory.data(), memory.size(), 0, 1), 0);
	EXPECT_TRUE(succeeded(collect_one(queue)));
	memory.fill(0);
	const int fd = ::open("/dev/vm/ringM-n1", O_RDONLY | O_DIRECT | O_CLOEXEC);
	ASSERT_GE(fd, 0);
	EXPECT_EQ(::pread(fd, memory.data(), 4096, 4096), 4096);
	::close(fd);
	EXPECT_EQ(differing_bytes(memory.bytes(), 13), 0U);
}

TEST(NullNodeTest, fact_5_dev_null_completes_anything_and_dev_zero_nothing)
{
	if (ring_error() != 0 || kernel() < (6U << 16 | 2U)) {
		GTEST_SKIP() << "needs a ring with big entries and a kernel whose /dev/null takes commands";
	}
	Command nonsense = {};
	nonsense.opcode = 0xee;
	nonsense.nsid = 99;
	EXPECT_EQ(Raw("/dev/null").run(0x12345678, nonsense), 0);
	EXPECT_EQ(Raw("/dev/zero").run(0x12345678, nonsense), -EOPNOTSUPP);
}

} // namespace
} // namespace contract
