// SPDX-License-Identifier: MIT OR Apache-2.0
// Functions on values, as the shared library exports them: builders, status words, names.
#include "fixture.h"

#include <array>
#include <set>

namespace contract
{
namespace
{

TEST(ValueTest, a_built_command_counts_blocks_from_zero)
{
	ringline_nvme_command command;
	std::memset(&command, 0xFF, sizeof command);
	ASSERT_EQ(ringline_nvme_write(&command, 7, 0x123456789ABCDEF0, 65536, 0x1000, 0x2000000), 0);
	EXPECT_EQ(command.opcode, RINGLINE_NVME_WRITE);
	EXPECT_EQ(command.flags, 0U);
	EXPECT_EQ(command.nsid, 7U);
	EXPECT_EQ(command.cdw10, 0x9ABCDEF0U);
	EXPECT_EQ(command.cdw11, 0x12345678U);
	EXPECT_EQ(command.cdw12, 0xFFFFU);
	EXPECT_EQ(command.address, 0x1000U);
	EXPECT_EQ(command.data_length, 0x2000000U);
	EXPECT_EQ(command.cdw2 | command.cdw3 | command.cdw13 | command.cdw14 | command.cdw15, 0U);
	EXPECT_EQ(command.metadata, 0U);
	EXPECT_EQ(command.metadata_length | command.timeout_ms | command.reserved1, 0U);
}

TEST(ValueTest, builders_refuse_what_no_command_can_say_and_write_nothing)
{
	ringline_nvme_command command;
	std::memset(&command, 0x5A, sizeof command);
	const ringline_nvme_command before = command;
	for (const auto build : {ringline_nvme_read, ringline_nvme_write}) {
		EXPECT_EQ(build(&command, 1, 0, 0, 0x1000, 0), -EINVAL);
		EXPECT_EQ(build(&command, 1, 0, 65537, 0x1000, 0), -EINVAL);
		EXPECT_EQ(build(&command, 0, 0, 1, 0x1000, 512), -EINVAL);
		EXPECT_EQ(build(&command, 0xFFFFFFFF, 0, 1, 0x1000, 512), -EINVAL);
		EXPECT_EQ(build(nullptr, 1, 0, 1, 0x1000, 512), -EINVAL);
	}
	EXPECT_EQ(ringline_nvme_flush(&command, 0), -EINVAL);
	EXPECT_EQ(ringline_nvme_flush(nullptr, 1), -EINVAL);
	EXPECT_EQ(std::memcmp(&command, &before, sizeof command), 0);
	EXPECT_EQ(ringline_nvme_flush(&command, 0xFFFFFFFF), 0);
}

TEST(ValueTest, a_serialised_command_is_72_bytes_and_8_zeros)
{
	ringline_nvme_command command = {};
	ASSERT_EQ(ringline_nvme_read(&command, 1, 5, 2, 0x1000, 1024), 0);
	std::array<std::uint8_t, RINGLINE_NVME_SERIALISED_BYTES + 2> bytes;
	bytes.fill(0xEE);
	ASSERT_EQ(ringline_nvme_serialise(&command, bytes.data() + 1), 0);
	EXPECT_EQ(std::memcmp(bytes.data() + 1, &command, sizeof command), 0);
	for (std::size_t i = 1 + sizeof command; i < 1 + RINGLINE_NVME_SERIALISED_BYTES; ++i) {
		EXPECT_EQ(bytes[i], 0U);
	}
	EXPECT_EQ(bytes.front(), 0xEEU);
	EXPECT_EQ(bytes.back(), 0xEEU);
	EXPECT_EQ(ringline_nvme_serialise(nullptr, bytes.data()), -EINVAL);
	EXPECT_EQ(ringline_nvme_serialise(&command, nullptr), -EINVAL);
}

TEST(ValueTest, every_status_word_is_taken_apart)
{
	for (std::uint32_t word = 0; word < 65536; ++word) {
		const auto status = static_cast<std::uint16_t>(word);
		ringline_status_info info = {};
		info.struct_size = sizeof info;
		ASSERT_EQ(ringline_status_decode(status, &info), 0);
		ASSERT_EQ(info.status, status);
		ASSERT_EQ(info.sc, status & 0xFF);
		ASSERT_EQ(info.sct, status >> 8 & 7);
		ASSERT_EQ(info.crd, status >> 11 & 3);
		ASSERT_EQ(info.more, status >> 13 & 1);
		ASSERT_EQ(info.dnr, status >> 14 & 1);
		if (info.dnr != 0) {
			ASSERT_EQ(info.retry, RINGLINE_RETRY_NEVER);
		}
		ASSERT_NE(ringline_status_name(status, -1), nullptr);
		ASSERT_NE(ringline_status_text(status, RINGLINE_NVME_READ), nullptr);
	}
	EXPECT_STREQ(ringline_status_name(0x0281, -1), "unrecovered-read-error");
	EXPECT_STREQ(ringline_status_name(0x7281, -1), "unrecovered-read-error");
	EXPECT_STREQ(ringline_status_name(0x07FF, -1), ringline_status_name(0x07FF, 2));
}

TEST(ValueTest, every_errno_of_the_header_has_a_name_and_a_sentence)
{
	const int errors[] = {EAGAIN, EINVAL, ERANGE, EMSGSIZE, ENOBUFS, EFAULT, EROFS,    ENXIO,      ESTALE,
			      EBADF,  ENODEV, EPERM,  ECHILD,   E2BIG,   ENOENT, EACCES,   ENOTTY,     EMFILE,
			      ENOMEM, EIO,    EBUSY,  EEXIST,   ENOSPC,  EINTR,  EALREADY, EOPNOTSUPP, ECANCELED};
	std::set<std::string> names;
	for (const int error : errors) {
		EXPECT_TRUE(names.insert(ringline_error_name(error)).second) << error;
		EXPECT_STREQ(ringline_error_name(error), ringline_error_name(-error));
		EXPECT_GT(std::strlen(ringline_error_text(-error)), 10U);
	}
	EXPECT_STREQ(ringline_error_name(-EAGAIN), "EAGAIN");
	EXPECT_NE(ringline_error_name(12345), nullptr);
	EXPECT_NE(ringline_error_name(INT32_MIN), nullptr);
	EXPECT_NE(ringline_error_text(INT32_MIN), nullptr);
	EXPECT_NE(ringline_error_text(0), nullptr);
}

TEST(ValueTest, the_version_that_runs_is_the_version_of_the_header)
{
	EXPECT_EQ(ringline_version(), static_cast<std::uint32_t>(RINGLINE_VERSION_MAJOR << 16 |
								 RINGLINE_VERSION_MINOR << 8 | RINGLINE_VERSION_PATCH));
}

TEST(ValueTest, errno_is_neither_read_nor_set)
{
	errno = 12345;
	ringline_device handle = {};
	EXPECT_LT(ringline_device_open("/dev/null", nullptr, nullptr, &handle), 0);
	EXPECT_LT(ringline_device_close({0}), 0);
	(void)ringline_version();
	EXPECT_EQ(errno, 12345);
}

} // namespace
} // namespace contract
