// SPDX-License-Identifier: MIT OR Apache-2.0
// Real namespaces, those that RINGLINE_TEST_DEVICES says may be overwritten.
#include "fixture.h"

#include <fcntl.h>
#include <linux/blkpg.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace contract
{
namespace
{

class NodeTest : public AttachedTest
{
protected:
	/// The node itself, such as /dev/ng0n1; what was opened may be a link to it.
	[[nodiscard]] std::string node() const { return std::filesystem::canonical(facts().node); }
	/// The block node of the namespace: /dev/nvme0n1 for /dev/ng0n1.
	[[nodiscard]] std::string block_node() const { return "/dev/nvme" + node().substr(std::strlen("/dev/ng")); }
	[[nodiscard]] std::string controller() const { return controller_of(facts()); }
};

GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(NodeTest);
RINGLINE_INSTANTIATE(NodeTest, node_combinations);

TEST(RealNamespaces, are_tested_where_RINGLINE_TEST_DEVICES_names_some)
{
	if (test_devices().empty()) {
		GTEST_SKIP() << "RINGLINE_TEST_DEVICES is not set";
	}
	for (const std::string &path : test_devices()) {
		EXPECT_EQ(open_device(path).info().kind, RINGLINE_DEVICE_NAMESPACE);
	}
}

TEST_P(NodeTest, what_is_written_is_on_the_block_device_at_the_same_place)
{
	const Memory memory(std::size_t{4} * block_size());
	fill_pattern(memory.bytes(), 91);
	ASSERT_TRUE(succeeded(run(queue(), write(16, memory))));
	ASSERT_TRUE(succeeded(run(queue(), flush())));
	const int fd = ::open(block_node().c_str(), O_RDONLY | O_DIRECT | O_CLOEXEC);
	ASSERT_GE(fd, 0);
	memory.fill(0);
	EXPECT_EQ(::pread(fd, memory.data(), memory.size(), static_cast<off_t>(16) * block_size()),
		  static_cast<ssize_t>(memory.size()));
	::close(fd);
	EXPECT_EQ(differing_bytes(memory.bytes(), 91), 0U);
}

TEST_P(NodeTest, what_the_block_device_wrote_is_read)
{
	const Memory memory(std::size_t{4} * block_size());
	fill_pattern(memory.bytes(), 92);
	const int fd = ::open(block_node().c_str(), O_WRONLY | O_DIRECT | O_CLOEXEC);
	ASSERT_GE(fd, 0);
	EXPECT_EQ(::pwrite(fd, memory.data(), memory.size(), static_cast<off_t>(24) * block_size()),
		  static_cast<ssize_t>(memory.size()));
	EXPECT_EQ(::fsync(fd), 0);
	::close(fd);
	memory.fill(0);
	ASSERT_TRUE(succeeded(run(queue(), read(24, memory))));
	EXPECT_EQ(differing_bytes(memory.bytes(), 92), 0U);
}

TEST_P(NodeTest, fact_10_the_block_node_opens_its_generic_sibling)
{
	const Device through_block = open_device(block_node());
	const ringline_device_info info = through_block.info();
	EXPECT_EQ(info.kind, RINGLINE_DEVICE_NAMESPACE);
	EXPECT_EQ(info.node, node());
	EXPECT_EQ(info.nsid, facts().nsid);
	EXPECT_EQ(info.blocks, facts().blocks);
	ASSERT_EQ(ringline_queue_attach(queue(), through_block), 0);
	ringline_command command = flush();
	command.device = through_block;
	EXPECT_TRUE(succeeded(run(queue(), command)));
}

TEST_P(NodeTest, another_namespace_than_demanded_is_refused)
{
	ringline_device_options options = {};
	options.struct_size = sizeof options;
	ringline_diagnosis why = blank_diagnosis();
	ringline_device handle = {};
	for (const std::uint32_t more : {1U, 256U, 1U << 16, 1U << 31}) { // which a narrower number would lose
		options.nsid = facts().nsid + more;
		EXPECT_EQ(ringline_device_open(path().c_str(), &options, &why, &handle), -ENXIO) << options.nsid;
		EXPECT_EQ(why.rule, RINGLINE_RULE_NAMESPACE);
	}
	options.nsid = facts().nsid;
	ASSERT_EQ(ringline_device_open(path().c_str(), &options, &why, &handle), 0);
	EXPECT_EQ(ringline_device_close(handle), 0);
}

/// Partition 1 of a block device, in the kernel's memory alone, until the end of the scope.
class Partition
{
public:
	Partition(const std::string &block, std::int64_t start, std::int64_t length)
		: fd_(::open(block.c_str(), O_RDONLY | O_CLOEXEC))
	{
		part_.start = start;
		part_.length = length;
		part_.pno = 1;
		made_ = change(BLKPG_ADD_PARTITION);
	}
	Partition(const Partition &) = delete;
	Partition &operator=(const Partition &) = delete;
	~Partition()
	{
		(void)change(BLKPG_DEL_PARTITION);
		(void)::close(fd_);
	}
	[[nodiscard]] bool made() const { return made_; }

private:
	bool change(int operation)
	{
		blkpg_ioctl_arg argument = {operation, 0, sizeof part_, &part_};
		return ::ioctl(fd_, BLKPG, &argument) == 0;
	}

	int fd_;
	blkpg_partition part_ = {};
	bool made_ = false;
};

TEST_P(NodeTest, a_partition_is_refused)
{
	// Its LBA 0 is not the namespace's: taken for the whole, it would be written over from the front.
	const Partition partition(block_node(), std::int64_t{64} * block_size(), std::int64_t{1024} * block_size());
	ASSERT_TRUE(partition.made());
	ringline_diagnosis why = blank_diagnosis();
	ringline_device handle = {};
	EXPECT_EQ(ringline_device_open((block_node() + "p1").c_str(), nullptr, &why, &handle), -ENOTTY);
	EXPECT_EQ(why.rule, RINGLINE_RULE_NOT_NVME) << why.text;
}

TEST_P(NodeTest, a_controller_says_what_it_is_and_takes_admin_calls)
{
	const Device owner = open_device(controller());
	const ringline_device_info info = owner.info();
	EXPECT_EQ(info.kind, RINGLINE_DEVICE_CONTROLLER);
	EXPECT_EQ(info.nsid, 0U);
	EXPECT_STREQ(info.serial, facts().serial);
	const Memory page(4096);
	ringline_nvme_command identify = {};
	identify.opcode = 0x06;
	identify.cdw10 = 1;
	identify.address = page.address();
	identify.data_length = page.size();
	ringline_completion completion = {};
	ASSERT_EQ(ringline_device_admin(owner, &identify, &completion), 0);
	EXPECT_TRUE(succeeded(completion));
}

TEST_P(NodeTest, the_list_has_the_namespace_and_its_controller)
{
	std::vector<ringline_device_entry> entries(256);
	const std::int32_t count = ringline_device_list(entries.data(), 256);
	ASSERT_GT(count, 0);
	entries.resize(static_cast<std::size_t>(std::min(count, 256)));
	bool has_namespace = false;
	bool has_controller = false;
	for (const ringline_device_entry &entry : entries) {
		if (entry.node == node()) {
			has_namespace = true;
			EXPECT_EQ(entry.kind, RINGLINE_DEVICE_NAMESPACE);
			EXPECT_EQ(entry.nsid, facts().nsid);
			EXPECT_EQ(entry.blocks, facts().blocks);
			EXPECT_EQ(entry.block_size, facts().block_size);
			EXPECT_EQ(entry.access_error, 0);
			EXPECT_STREQ(entry.serial, facts().serial);
			EXPECT_STREQ(entry.model, facts().model);
		}
		if (entry.node == controller()) {
			has_controller = true;
			EXPECT_EQ(entry.kind, RINGLINE_DEVICE_CONTROLLER);
		}
	}
	EXPECT_TRUE(has_namespace);
	EXPECT_TRUE(has_controller);
}

TEST_P(NodeTest, a_raw_command_past_the_end_ends_with_the_devices_status)
{
	const Memory memory(block_size());
	memory.fill(0x21);
	ringline_raw_command raw = {};
	raw.device = device();
	ASSERT_EQ(ringline_nvme_read(&raw.command, facts().nsid, facts().blocks, 1, memory.address(), memory.size()),
		  0);
	ASSERT_EQ(ringline_push_raw(queue(), &raw, 1), 1);
	const ringline_completion completion = collect_one(queue());
	EXPECT_EQ(completion.error, 0);
	EXPECT_EQ(completion.status & RINGLINE_STATUS_CODE_MASK, 0x80U);
	EXPECT_NE(completion.status & RINGLINE_STATUS_DNR, 0U) << "the bits above the code are kept";
	EXPECT_EQ(completion.result, 0U);
	EXPECT_TRUE(memory.holds_only(0x21));
}

TEST_P(NodeTest, a_raw_command_for_another_namespace_never_reaches_it)
{
	ringline_raw_command raw = {};
	raw.device = device();
	ASSERT_EQ(ringline_nvme_flush(&raw.command, facts().nsid + 1), 0);
	ASSERT_EQ(ringline_push_raw(queue(), &raw, 1), 1);
	const ringline_completion completion = collect_one(queue());
	EXPECT_EQ(completion.error, -EINVAL);
	EXPECT_EQ(completion.flags, RINGLINE_NOT_SENT);
}

TEST_P(NodeTest, a_format_makes_the_geometry_unknown_until_a_refresh)
{
	ringline_nvme_command format = {};
	format.opcode = 0x80;
	format.nsid = facts().nsid;
	format.cdw10 = facts().lba_format; // the one that it has
	ringline_completion completion = {};
	ASSERT_EQ(ringline_device_admin(device(), &format, &completion), 0);
	ASSERT_TRUE(succeeded(completion));
	const Memory memory(block_size());
	const ringline_command command = read(0, memory);
	EXPECT_EQ(ringline_push(queue(), &command, 1), -ESTALE);
	EXPECT_EQ(ringline_flush(queue(), device(), 1), -ESTALE);
	ringline_diagnosis why = blank_diagnosis();
	EXPECT_EQ(ringline_explain(&command, &why), -ESTALE);
	EXPECT_GT(std::strlen(why.text), 10U);
	EXPECT_EQ(in_flight(), 0U);
	ASSERT_EQ(ringline_device_refresh(device()), 0);
	EXPECT_TRUE(succeeded(run(queue(), command)));
	const ringline_device_info again = owned_device().info();
	EXPECT_EQ(std::memcmp(&again, &facts(), sizeof again), 0);
}

TEST_P(NodeTest, crooked_memory_is_kept_whole_or_refused)
{
	const Memory memory(std::size_t{4} * block_size());
	fill_pattern(memory.bytes(), 17);
	ASSERT_TRUE(succeeded(run(queue(), write(0, memory))));
	for (const std::size_t shift : {1, 2, 3, 4, 8, 512 - 4}) {
		const Memory target(std::size_t{4} * block_size() + 512);
		const auto bytes = target.bytes().subspan(shift, memory.size());
		const ringline_command command = this->command(RINGLINE_NVME_READ, 0, bytes);
		const std::int32_t n = ringline_push(queue(), &command, 1);
		if (n == 1) {
			EXPECT_TRUE(succeeded(collect_one(queue()))) << shift;
			EXPECT_EQ(differing_bytes(bytes, 17), 0U) << shift;
		} else {
			EXPECT_EQ(n, -EINVAL);
			ringline_diagnosis why = blank_diagnosis();
			EXPECT_EQ(ringline_explain(&command, &why), -EINVAL);
			EXPECT_EQ(why.rule, RINGLINE_RULE_ALIGNMENT);
		}
	}
}

/// Turns io_uring off for the whole machine until the end of the scope. Only in a virtual machine.
class IoUringDisabled
{
public:
	IoUringDisabled() { set("2"); }
	IoUringDisabled(const IoUringDisabled &) = delete;
	IoUringDisabled &operator=(const IoUringDisabled &) = delete;
	~IoUringDisabled() { set("0"); }

private:
	static void set(const char *value) { std::ofstream("/proc/sys/kernel/io_uring_disabled") << value; }
};

TEST_P(NodeTest, commands_go_through_threads_where_io_uring_is_disabled)
{
	const char *guest = std::getenv("RINGLINE_VM_KERNEL");
	if (guest == nullptr || std::string(guest) != "6.12") {
		GTEST_SKIP() << "needs a machine of its own with kernel.io_uring_disabled";
	}
	const IoUringDisabled disabled;
	ringline_queue_options options = {};
	options.struct_size = sizeof options;
	options.engine = RINGLINE_ENGINE_URING;
	ringline_diagnosis why = blank_diagnosis();
	ringline_queue *handle = nullptr;
	EXPECT_EQ(ringline_queue_create(&options, &why, &handle), -EOPNOTSUPP);
	EXPECT_EQ(why.rule, RINGLINE_RULE_IO_URING_DISABLED);
	ASSERT_EQ(ringline_queue_create(nullptr, nullptr, &handle), 0);
	const Queue fallback(handle);
	EXPECT_EQ(fallback.info().engine, RINGLINE_ENGINE_THREADS);
	EXPECT_EQ(fallback.info().engine_reason, RINGLINE_REASON_DISABLED);
	EXPECT_EQ(fallback.info().engine_error, -EPERM);
	ASSERT_EQ(ringline_queue_attach(fallback, device()), 0);
	const Memory memory(block_size());
	fill_pattern(memory.bytes(), 5);
	EXPECT_TRUE(succeeded(run(fallback, write(2, memory))));
	memory.fill(0);
	EXPECT_TRUE(succeeded(run(fallback, read(2, memory))));
	EXPECT_EQ(differing_bytes(memory.bytes(), 5), 0U);
}

} // namespace
} // namespace contract
