// SPDX-License-Identifier: MIT OR Apache-2.0
// "null:": a made-up geometry over a /dev/null that is proved to be one.
#include "simulated_fixture.h"

#include <gtest/gtest.h>

#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <sched.h>

#include <cerrno>

namespace simulated
{

namespace
{

Opening open_null(const std::string &path, std::uint32_t block_size = 0, std::uint32_t nsid = 0)
{
	device::OpenRequest request;
	request.path = path.c_str();
	request.remainder = path.c_str() + 5;
	request.options = {.struct_size = sizeof request.options, .flags = 0, .nsid = nsid, .block_size = block_size};
	Opening opening;
	opening.diagnosis.struct_size = sizeof opening.diagnosis;
	device::Device *opened = nullptr;
	opening.error = device::open_null(request, &opening.diagnosis, &opened);
	opening.device.reset(opened);
	return opening;
}

class NullTest : public FolderTest
{
};

TEST_F(NullTest, it_is_a_tebibyte_behind_the_descriptor_of_the_null_device)
{
	for (const std::uint32_t block_size : {0U, 512U, 4096U}) {
		const Opening opening = open_null("null:", block_size);
		ASSERT_EQ(opening.error, 0) << opening.text();
		const ringline_device_info info = opening.device->info();
		EXPECT_EQ(info.kind, RINGLINE_DEVICE_NULL);
		EXPECT_EQ(info.nsid, 1U);
		EXPECT_EQ(info.block_size, block_size == 4096 ? 4096U : 512U);
		EXPECT_EQ(info.blocks * info.block_size, std::uint64_t{1} << 40);
		EXPECT_EQ(info.max_transfer_bytes, RINGLINE_NVME_BLOCKS_MAX * info.block_size) << "the largest command";
		EXPECT_STREQ(info.node, "null:");
		struct stat facts = {};
		ASSERT_EQ(::fstat(opening.device->fd(), &facts), 0);
		EXPECT_TRUE(S_ISCHR(facts.st_mode));
		EXPECT_EQ(facts.st_rdev, makedev(1, 3));
		EXPECT_EQ(::fcntl(opening.device->fd(), F_GETFL) & O_ACCMODE, O_RDWR);
		EXPECT_EQ(::fcntl(opening.device->fd(), F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
	}
}

TEST_F(NullTest, commands_succeed_and_touch_no_memory)
{
	const Opening opening = open_null("null:");
	ASSERT_EQ(opening.error, 0);
	std::vector<std::uint8_t> memory(512, 0xa5);
	EXPECT_TRUE(succeeded(opening.device->perform(read_command(0, 1, memory))));
	EXPECT_EQ(memory, std::vector<std::uint8_t>(512, 0xa5));
	EXPECT_TRUE(succeeded(opening.device->execute(write_command(0, 1, memory)).outcome));
	EXPECT_TRUE(succeeded(opening.device->perform(command(RINGLINE_NVME_READ, 0, 1, nullptr, 512))));
}

TEST_F(NullTest, it_takes_no_admin_commands_and_no_fault_rules)
{
	const Opening opening = open_null("null:");
	ASSERT_EQ(opening.error, 0);
	device::Outcome outcome;
	EXPECT_EQ(opening.device->admin(flush_command(), &outcome), -EOPNOTSUPP);
	EXPECT_EQ(opening.device->set_fault(status_fault(RINGLINE_NVME_READ, 0x281)), -EOPNOTSUPP);
	EXPECT_EQ(opening.device->clear_fault(0), -EOPNOTSUPP);
}

TEST_F(NullTest, a_path_behind_it_is_refused)
{
	const Opening opening = open_null("null:/dev/sda");
	EXPECT_EQ(opening.error, -EINVAL);
	EXPECT_EQ(opening.diagnosis.rule, RINGLINE_RULE_PATH);
	EXPECT_NE(opening.text().find("null:/dev/sda"), std::string::npos);
}

TEST_F(NullTest, options_out_of_range_are_refused)
{
	const Opening size = open_null("null:", 1024);
	EXPECT_EQ(size.error, -EINVAL);
	EXPECT_EQ(size.diagnosis.rule, RINGLINE_RULE_ARGUMENT);
	EXPECT_EQ(size.diagnosis.offset, offsetof(ringline_device_options, block_size));
	const Opening nsid = open_null("null:", 0, 2);
	EXPECT_EQ(nsid.error, -ENXIO);
	EXPECT_EQ(nsid.diagnosis.rule, RINGLINE_RULE_NAMESPACE);
	EXPECT_EQ(nsid.diagnosis.given, 2U);
	EXPECT_EQ(nsid.diagnosis.wanted, 1U);
}

TEST_F(NullTest, another_file_in_the_place_of_the_null_device_is_not_opened)
{
	write_file(file("impostor"), "");
	for (const std::string &impostor : {file("impostor"), std::string("/dev/zero")}) {
		const int result = in_child([&impostor] {
			if (::unshare(CLONE_NEWNS) != 0 ||
			    ::mount("", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
			    ::mount(impostor.c_str(), "/dev/null", nullptr, MS_BIND, nullptr) != 0) {
				return 77;
			}
			const Opening opening = open_null("null:");
			return opening.error == -ENOTTY && opening.diagnosis.rule == RINGLINE_RULE_NOT_NVME ? 0 : 1;
		});
		if (result == 77) {
			GTEST_SKIP() << "bind mounts are not permitted here";
		}
		EXPECT_EQ(result, 0) << impostor;
	}
}

} // namespace

} // namespace simulated
