// SPDX-License-Identifier: MIT OR Apache-2.0
// The words of each admin command, as the specification's tables have them, and what the builders refuse.
#include "nvme/admin.h"

#include <gtest/gtest.h>

#include <array>
#include <cerrno>
#include <cstring>

using namespace ringline;

namespace
{

/// opcode, nsid, address, data_length, cdw10 to cdw15, timeout_ms.
using Words = std::array<std::uint64_t, 11>;

Words words(const ringline_nvme_command &command)
{
	EXPECT_EQ(command.flags, 0);
	EXPECT_EQ(command.cdw2 | command.cdw3 | command.reserved0 | command.reserved1, 0U);
	EXPECT_EQ(command.metadata | command.metadata_length, 0U);
	return {command.opcode, command.nsid,  command.address, command.data_length, command.cdw10,     command.cdw11,
		command.cdw12,  command.cdw13, command.cdw14,   command.cdw15,       command.timeout_ms};
}

ringline_nvme_command untouched()
{
	ringline_nvme_command command;
	std::memset(&command, 0xa5, sizeof command);
	return command;
}

/// A builder that refuses this, and writes nothing.
template <class F> void refuses(std::int32_t error, F &&build)
{
	ringline_nvme_command command = untouched();
	const ringline_nvme_command before = command;
	EXPECT_EQ(build(&command), error);
	EXPECT_EQ(std::memcmp(&command, &before, sizeof command), 0);
}

TEST(admin_command, identify_has_its_golden_words)
{
	ringline_nvme_command command = untouched();
	ringline_identify_options options = {};
	options.nsid = 7;
	options.cns = 0x05;
	options.csi = 2;
	options.controller = 0x1234;
	options.specific = 0x5678;
	options.uuid_index = 127;
	ASSERT_EQ(nvme::build_identify(options, 0x1000, &command), 0);
	EXPECT_EQ(words(command), (Words{0x06, 7, 0x1000, 4096, 0x12340005, 0x02005678, 0, 0, 127, 0, 0}));
	options.uuid_index = 128;
	refuses(-EINVAL, [&](auto *to) { return nvme::build_identify(options, 0x1000, to); });
}

TEST(admin_command, a_log_read_is_one_based_and_has_the_whole_offset)
{
	ringline_nvme_command command = untouched();
	ringline_log_options options = {};
	options.lid = 0x02;
	ASSERT_EQ(nvme::build_log_read(options, {0x2000, 512}, &command), 0);
	EXPECT_EQ(words(command), (Words{0x02, 0xffffffff, 0x2000, 512, 0x007f0002, 0, 0, 0, 0, 0, 0}));

	options = {};
	options.flags = RINGLINE_LOG_RETAIN;
	options.nsid = 3;
	options.timeout_ms = 5000;
	options.offset = 0x123456789abcdef0;
	options.lid = 0xc1;
	options.lsp = 0x7f;
	options.lsi = 0xbeef;
	options.csi = 2;
	options.uuid_index = 5;
	ASSERT_EQ(nvme::build_log_read(options, {0x2000, 0x00400004}, &command), 0);
	EXPECT_EQ(words(command), (Words{0x02, 3, 0x2000, 0x00400004, 0x0000ffc1, 0xbeef0010, 0x9abcdef0, 0x12345678,
					 0x02000005, 0, 5000}));
}

TEST(admin_command, a_log_read_that_makes_no_sense_is_refused)
{
	const ringline_log_options good = {};
	for (const std::uint32_t length : {0U, 1U, 510U}) {
		refuses(-EINVAL, [&](auto *to) { return nvme::build_log_read(good, {0x2000, length}, to); });
	}
	for (int wrong = 0; wrong < 6; ++wrong) {
		ringline_log_options options = {};
		switch (wrong) {
		case 0:
			options.offset = 2;
			break;
		case 1:
			options.lsp = 128;
			break;
		case 2:
			options.uuid_index = 128;
			break;
		case 3:
			options.flags = 2;
			break;
		case 4:
			options.reserved0[1] = 1;
			break;
		default:
			options.offset = UINT64_MAX - 3; // the last dword: nothing longer
			break;
		}
		refuses(-EINVAL, [&](auto *to) { return nvme::build_log_read(options, {0x2000, 8}, to); });
	}
}

TEST(admin_command, features_have_their_golden_words)
{
	ringline_nvme_command command = untouched();
	ringline_feature_options options = {};
	options.nsid = 1;
	options.fid = 0x05;
	options.sel = RINGLINE_FEATURE_SAVED;
	options.cdw11 = 11;
	options.cdw12 = 12;
	options.cdw13 = 13;
	options.cdw15 = 15;
	options.uuid_index = 9;
	options.timeout_ms = 100;
	ASSERT_EQ(nvme::build_feature_get(options, {0, 0}, &command), 0);
	EXPECT_EQ(words(command), (Words{0x0a, 1, 0, 0, 0x205, 11, 12, 13, 9, 15, 100}));

	refuses(-EINVAL, [&](auto *to) { return nvme::build_feature_set(options, {0, 0}, to); });
	options.sel = 0;
	options.flags = RINGLINE_FEATURE_SAVE;
	ASSERT_EQ(nvme::build_feature_set(options, {0, 0}, &command), 0);
	EXPECT_EQ(words(command), (Words{0x09, 1, 0, 0, 0x80000005, 11, 12, 13, 9, 15, 100}));
	refuses(-EINVAL, [&](auto *to) { return nvme::build_feature_get(options, {0, 0}, to); });
	options.fid = 0;
	refuses(-EINVAL, [&](auto *to) { return nvme::build_feature_set(options, {0, 0}, to); });
}

TEST(admin_command, the_memory_of_a_feature_holds_what_the_device_will_write)
{
	struct Case {
		std::uint8_t fid;
		std::uint32_t cdw11;
		std::uint32_t bytes;
	};
	for (const Case &feature : {Case{0x03, 0, 4096}, Case{0x0c, 0, 256}, Case{0x0d, 0, 4096}, Case{0x0e, 0, 8},
				    Case{0x13, 0, 512}, Case{0x16, 0, 512}, Case{0x81, 0, 8}, Case{0x81, 1, 16}}) {
		ringline_feature_options options = {};
		options.fid = feature.fid;
		options.cdw11 = feature.cdw11;
		ringline_nvme_command command = {};
		EXPECT_EQ(nvme::build_feature_get(options, {0x3000, feature.bytes}, &command), 0) << int{feature.fid};
		EXPECT_EQ(command.data_length, feature.bytes);
		refuses(-ENOBUFS, [&](auto *to) {
			return nvme::build_feature_get(options, {0x3000, feature.bytes - 1}, to);
		});
		options.sel = RINGLINE_FEATURE_CAPABILITIES;
		EXPECT_EQ(nvme::build_feature_get(options, {0, 0}, &command), 0) << int{feature.fid};
	}
	ringline_feature_options options = {};
	options.fid = 0x06;
	refuses(-ENOBUFS, [&](auto *to) { return nvme::build_feature_get(options, {0x3000, 8}, to); });
	options.fid = 0xc0; // a vendor's: what the caller says
	ringline_nvme_command command = {};
	EXPECT_EQ(nvme::build_feature_get(options, {0x3000, 100}, &command), 0);
	refuses(-EINVAL, [&](auto *to) { return nvme::build_feature_get(options, {0, 100}, to); });
	refuses(-EINVAL, [&](auto *to) { return nvme::build_feature_get(options, {0x3000, 4097}, to); });
	options.fid = 0x0d; // the host memory buffer takes no data when it is set
	EXPECT_EQ(nvme::build_feature_set(options, {0, 0}, &command), 0);
}

TEST(admin_command, format_has_its_golden_words)
{
	ringline_nvme_command command = untouched();
	ringline_format_options options = {};
	options.nsid = 2;
	options.lba_format = 0x2b; // 43: both parts of the index
	options.flags = RINGLINE_FORMAT_METADATA_INLINE | RINGLINE_FORMAT_PI_FIRST;
	options.pi_type = 3;
	options.erase = RINGLINE_ERASE_CRYPTOGRAPHIC;
	options.timeout_ms = 1;
	ASSERT_EQ(nvme::build_format(options, &command), 0);
	EXPECT_EQ(words(command), (Words{0x80, 2, 0, 0, 0x257b, 0, 0, 0, 0, 0, 1}));

	options = {};
	options.nsid = 1;
	ASSERT_EQ(nvme::build_format(options, &command), 0);
	EXPECT_EQ(words(command), (Words{0x80, 1, 0, 0, 0, 0, 0, 0, 0, 0, 600000}))
		<< "the driver's own time-out would reset the controller under a long format";
}

TEST(admin_command, a_format_of_all_namespaces_wants_its_flag)
{
	ringline_format_options options = {};
	refuses(-EINVAL, [&](auto *to) { return nvme::build_format(options, to); });
	options.nsid = RINGLINE_NSID_ALL;
	refuses(-EINVAL, [&](auto *to) { return nvme::build_format(options, to); });
	options.flags = RINGLINE_FORMAT_OTHER_NAMESPACE;
	refuses(-EINVAL, [&](auto *to) { return nvme::build_format(options, to); });
	options.flags = RINGLINE_FORMAT_ALL_NAMESPACES;
	ringline_nvme_command command = {};
	EXPECT_EQ(nvme::build_format(options, &command), 0);
	EXPECT_EQ(command.nsid, 0xffffffffU);
}

TEST(admin_command, a_format_that_makes_no_sense_is_refused)
{
	for (int wrong = 0; wrong < 6; ++wrong) {
		ringline_format_options options = {};
		options.nsid = 1;
		options.lba_format = wrong == 0 ? 64 : 0;
		options.pi_type = wrong == 1 ? 4 : 0;
		options.erase = wrong == 2 ? 3 : 0;
		options.flags = wrong == 3 ? 0x10 : wrong == 4 ? RINGLINE_FORMAT_PI_FIRST : 0;
		options.reserved0[4] = wrong == 5 ? 1 : 0;
		refuses(-EINVAL, [&](auto *to) { return nvme::build_format(options, to); });
	}
}

TEST(admin_command, sanitize_has_its_golden_words)
{
	ringline_nvme_command command = untouched();
	ringline_sanitize_options options = {};
	options.action = RINGLINE_SANITIZE_OVERWRITE;
	options.flags = RINGLINE_SANITIZE_UNRESTRICTED | RINGLINE_SANITIZE_INVERT | RINGLINE_SANITIZE_NO_DEALLOCATE;
	options.passes = 3;
	options.pattern = 0xdeadbeef;
	options.timeout_ms = 9;
	ASSERT_EQ(nvme::build_sanitize(options, &command), 0);
	EXPECT_EQ(words(command), (Words{0x84, 0, 0, 0, 0x33b, 0xdeadbeef, 0, 0, 0, 0, 9}));
	options.passes = 16;
	ASSERT_EQ(nvme::build_sanitize(options, &command), 0);
	EXPECT_EQ(command.cdw10, 0x30bU) << "16 passes are 0 on the wire";
	options = {};
	options.action = RINGLINE_SANITIZE_BLOCK_ERASE;
	ASSERT_EQ(nvme::build_sanitize(options, &command), 0);
	EXPECT_EQ(words(command), (Words{0x84, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0}));
}

TEST(admin_command, a_sanitize_that_makes_no_sense_is_refused)
{
	const auto wrong = [](std::uint32_t action, std::uint32_t flags, std::uint32_t passes, std::uint32_t pattern) {
		ringline_sanitize_options options = {};
		options.action = action;
		options.flags = flags;
		options.passes = passes;
		options.pattern = pattern;
		refuses(-EINVAL, [&](auto *to) { return nvme::build_sanitize(options, to); });
	};
	wrong(0, 0, 0, 0);
	wrong(5, 0, 0, 0);
	wrong(RINGLINE_SANITIZE_OVERWRITE, 0, 0, 0);
	wrong(RINGLINE_SANITIZE_OVERWRITE, 0, 17, 0);
	wrong(RINGLINE_SANITIZE_OVERWRITE, 8, 1, 0);
	wrong(RINGLINE_SANITIZE_BLOCK_ERASE, 0, 1, 0);
	wrong(RINGLINE_SANITIZE_CRYPTO_ERASE, 0, 0, 1);
	wrong(RINGLINE_SANITIZE_BLOCK_ERASE, RINGLINE_SANITIZE_INVERT, 0, 0);
	wrong(RINGLINE_SANITIZE_EXIT_FAILURE, RINGLINE_SANITIZE_UNRESTRICTED, 0, 0);
}

TEST(admin_command, self_test_and_attachment_have_their_golden_words)
{
	ringline_nvme_command command = untouched();
	ASSERT_EQ(nvme::build_self_test(0xffffffff, RINGLINE_SELF_TEST_EXTENDED, &command), 0);
	EXPECT_EQ(words(command), (Words{0x14, 0xffffffff, 0, 0, 2, 0, 0, 0, 0, 0, 0}));
	for (const std::uint32_t code : {0U, 3U, 13U, 16U}) {
		refuses(-EINVAL, [&](auto *to) { return nvme::build_self_test(0, code, to); });
	}
	ASSERT_EQ(nvme::build_attachment(5, true, 0x4000, &command), 0);
	EXPECT_EQ(words(command), (Words{0x15, 5, 0x4000, 4096, 0, 0, 0, 0, 0, 0, 0}));
	ASSERT_EQ(nvme::build_attachment(5, false, 0x4000, &command), 0);
	EXPECT_EQ(words(command), (Words{0x15, 5, 0x4000, 4096, 1, 0, 0, 0, 0, 0, 0}));
	for (const std::uint32_t nsid : {0U, 0xffffffffU}) {
		refuses(-EINVAL, [&](auto *to) { return nvme::build_attachment(nsid, true, 0x4000, to); });
	}
}

} // namespace
