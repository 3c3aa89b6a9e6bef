// SPDX-License-Identifier: MIT OR Apache-2.0
// What the host file does to a command: interruptions, short transfers and errors, by C library calls of our own.
#include "simulated_fixture.h"

#include <gtest/gtest.h>

#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace
{

/// What the next calls do. Counts down.
struct Host {
	std::size_t most = SIZE_MAX; ///< Bytes that one call moves.
	int interruptions = 0;       ///< Calls that fail with EINTR first.
	int error = 0;               ///< What all calls after `good` fail with, or 0.
	int good = 0;
	int syncs = 0; ///< Calls of fdatasync.
	int sync_error = 0;
};

Host host;

/// 0: go on; else the errno to fail with.
int verdict()
{
	if (host.interruptions > 0) {
		--host.interruptions;
		return EINTR;
	}
	return host.error != 0 && host.good-- <= 0 ? host.error : 0;
}

} // namespace

extern "C" {

ssize_t pread(int fd, void *memory, size_t length, off_t offset)
{
	if (const int error = verdict(); error != 0) {
		errno = error;
		return -1;
	}
	return ::syscall(SYS_pread64, fd, memory, std::min(length, host.most), offset);
}

ssize_t pwrite(int fd, const void *memory, size_t length, off_t offset)
{
	if (const int error = verdict(); error != 0) {
		errno = error;
		return -1;
	}
	return ::syscall(SYS_pwrite64, fd, memory, std::min(length, host.most), offset);
}

int fdatasync(int fd)
{
	++host.syncs;
	if (host.sync_error != 0) {
		errno = host.sync_error;
		return -1;
	}
	return static_cast<int>(::syscall(SYS_fdatasync, fd));
}
}

namespace simulated
{

namespace
{

constexpr std::uint32_t fua = 1U << 30;

class SimulatedHostErrorsTest : public ImageTest
{
protected:
	void SetUp() override
	{
		make();
		host = {};
	}
	void TearDown() override { host = {}; }
	const std::vector<std::uint8_t> data_ = pattern(8 * 512);
};

TEST_F(SimulatedHostErrorsTest, short_transfers_are_continued)
{
	host.most = 100;
	EXPECT_TRUE(succeeded(perform(write_command(0, 8, data_))));
	std::vector<std::uint8_t> read(data_.size());
	EXPECT_TRUE(succeeded(perform(read_command(0, 8, read))));
	EXPECT_EQ(read, data_);
}

TEST_F(SimulatedHostErrorsTest, interruptions_are_continued)
{
	host.interruptions = 5;
	EXPECT_TRUE(succeeded(perform(write_command(0, 8, data_))));
	EXPECT_EQ(host.interruptions, 0);
	host.interruptions = 5;
	std::vector<std::uint8_t> read(data_.size());
	EXPECT_TRUE(succeeded(perform(read_command(0, 8, read))));
	EXPECT_EQ(host.interruptions, 0);
	EXPECT_EQ(read, data_);
}

TEST_F(SimulatedHostErrorsTest, errors_of_the_file_are_media_errors)
{
	std::vector<std::uint8_t> read(data_.size());
	for (const int error : {EIO, ENOSPC, EDQUOT, ESTALE, EBADF}) {
		for (const int good : {0, 2}) {
			host = {.most = 512, .error = error, .good = good};
			EXPECT_TRUE(has_status(perform(write_command(0, 8, data_)), 0x280)) << error;
			host = {.most = 512, .error = error, .good = good};
			EXPECT_TRUE(has_status(perform(read_command(0, 8, read)), 0x281)) << error;
		}
	}
}

TEST_F(SimulatedHostErrorsTest, memory_that_fails_halfway_leaves_the_outcome_unknown)
{
	host = {.most = 512, .error = EFAULT, .good = 0};
	EXPECT_TRUE(has_error(perform(write_command(0, 8, data_)), -EFAULT, RINGLINE_NOT_SENT));
	host = {.most = 512, .error = EFAULT, .good = 3};
	EXPECT_TRUE(has_error(perform(write_command(0, 8, data_)), -EFAULT, RINGLINE_OUTCOME_UNKNOWN));
}

TEST_F(SimulatedHostErrorsTest, flush_and_forced_writes_reach_the_medium_and_others_need_not)
{
	EXPECT_TRUE(succeeded(perform(write_command(0, 8, data_))));
	EXPECT_EQ(host.syncs, 0);
	EXPECT_TRUE(succeeded(perform(flush_command())));
	EXPECT_EQ(host.syncs, 1);
	auto forced = write_command(0, 8, data_);
	forced.cdw12 |= fua;
	EXPECT_TRUE(succeeded(perform(forced)));
	EXPECT_EQ(host.syncs, 2);
	std::vector<std::uint8_t> read(data_.size());
	auto forced_read = read_command(0, 8, read);
	EXPECT_TRUE(succeeded(perform(forced_read)));
	EXPECT_EQ(host.syncs, 2);
	forced_read.cdw12 |= fua;
	EXPECT_TRUE(succeeded(perform(forced_read)));
	EXPECT_EQ(host.syncs, 3) << "a forced read is of what is on the medium";
}

TEST_F(SimulatedHostErrorsTest, what_cannot_reach_the_medium_is_a_write_fault)
{
	host.sync_error = EIO;
	EXPECT_TRUE(has_status(perform(flush_command()), 0x280));
	auto forced = write_command(0, 8, data_);
	forced.cdw12 |= fua;
	EXPECT_TRUE(has_status(perform(forced), 0x280));
	std::vector<std::uint8_t> read(data_.size());
	auto forced_read = read_command(0, 8, read);
	forced_read.cdw12 |= fua;
	EXPECT_TRUE(has_status(perform(forced_read), 0x281));
}

} // namespace

} // namespace simulated
