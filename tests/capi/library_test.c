/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The library's own facts, and the NVMe values: version, errnos, status words, builders. */
#include "rig.h"

#include <string.h>

static void the_version_is_that_of_the_header(void **state)
{
	(void)state;
	assert_int_equal(ringline_version(),
			 RINGLINE_VERSION_MAJOR << 16 | RINGLINE_VERSION_MINOR << 8 | RINGLINE_VERSION_PATCH);
}

static void errnos_have_a_name_and_a_sentence(void **state)
{
	(void)state;
	assert_string_equal(ringline_error_name(-EAGAIN), "EAGAIN");
	assert_string_equal(ringline_error_name(ENOBUFS), "ENOBUFS");
	assert_string_equal(ringline_error_text(-ENOBUFS), ringline_error_text(ENOBUFS));
	assert_string_not_equal(ringline_error_text(ENOBUFS), ringline_error_text(ERANGE));
	assert_string_equal(ringline_error_name(0), "OK");
	assert_string_equal(ringline_error_name(INT32_MIN), "unknown");
	assert_true(strlen(ringline_error_text(INT32_MIN)) > 10);
}

static void errno_is_neither_read_nor_set(void **state)
{
	const ringline_device never = {0};
	ringline_device device = {7};

	(void)state;
	errno = 4711;
	assert_gives(ringline_device_open("/dev/null", NULL, NULL, &device), -ENOTTY);
	assert_gives(ringline_device_close(never), -EBADF);
	assert_gives(ringline_queue_destroy(NULL), 0);
	assert_int_equal(errno, 4711);
	assert_int_equal(device.value, 7);
}

static void builders_write_the_whole_command(void **state)
{
	ringline_nvme_command command;
	ringline_nvme_command wanted;

	(void)state;
	memset(&wanted, 0, sizeof wanted);
	wanted.opcode = RINGLINE_NVME_WRITE;
	wanted.nsid = 7;
	wanted.address = 0x1000;
	wanted.data_length = 1024;
	wanted.cdw10 = 0x9ABCDEF0u;
	wanted.cdw11 = 0x12345678u;
	wanted.cdw12 = 0xFFFF; /* NVMe counts from zero */
	memset(&command, 0x77, sizeof command);
	assert_gives(ringline_nvme_write(&command, 7, 0x123456789ABCDEF0u, 65536, 0x1000, 1024), 0);
	assert_memory_equal(&command, &wanted, sizeof wanted);
	wanted.opcode = RINGLINE_NVME_READ;
	memset(&command, 0x77, sizeof command);
	assert_gives(ringline_nvme_read(&command, 7, 0x123456789ABCDEF0u, 65536, 0x1000, 1024), 0);
	assert_memory_equal(&command, &wanted, sizeof wanted);
	memset(&wanted, 0, sizeof wanted);
	wanted.nsid = 0xFFFFFFFFu;
	memset(&command, 0x77, sizeof command);
	assert_gives(ringline_nvme_flush(&command, 0xFFFFFFFFu), 0);
	assert_memory_equal(&command, &wanted, sizeof wanted);
}

static void builders_that_refuse_write_nothing(void **state)
{
	ringline_nvme_command command;
	ringline_nvme_command before;

	(void)state;
	memset(&command, 0x77, sizeof command);
	before = command;
	assert_gives(ringline_nvme_read(NULL, 1, 0, 1, 0x1000, 512), -EINVAL);
	assert_gives(ringline_nvme_read(&command, 0, 0, 1, 0x1000, 512), -EINVAL);
	assert_gives(ringline_nvme_read(&command, 0xFFFFFFFFu, 0, 1, 0x1000, 512), -EINVAL);
	assert_gives(ringline_nvme_write(NULL, 1, 0, 1, 0x1000, 512), -EINVAL);
	assert_gives(ringline_nvme_write(&command, 1, 0, 0, 0x1000, 0), -EINVAL);
	assert_gives(ringline_nvme_write(&command, 1, 0, RINGLINE_NVME_BLOCKS_MAX + 1, 0x1000, 512), -EINVAL);
	assert_gives(ringline_nvme_flush(NULL, 1), -EINVAL);
	assert_gives(ringline_nvme_flush(&command, 0), -EINVAL);
	assert_memory_equal(&command, &before, sizeof command);
}

static void a_serialised_command_is_72_bytes_and_8_zeros(void **state)
{
	static const uint8_t zeros[8];
	uint8_t bytes[RINGLINE_NVME_SERIALISED_BYTES + 2];
	ringline_nvme_command command;

	(void)state;
	assert_gives(ringline_nvme_read(&command, 1, 5, 2, 0x1000, 1024), 0);
	memset(bytes, 0x77, sizeof bytes);
	assert_gives(ringline_nvme_serialise(&command, bytes + 1), 0);
	assert_int_equal(bytes[0], 0x77);
	assert_memory_equal(bytes + 1, &command, 72);
	assert_memory_equal(bytes + 73, zeros, 8);
	assert_int_equal(bytes[81], 0x77);
	assert_gives(ringline_nvme_serialise(NULL, bytes), -EINVAL);
	assert_gives(ringline_nvme_serialise(&command, NULL), -EINVAL);
}

static void a_status_word_is_taken_apart(void **state)
{
	ringline_status_info info;

	(void)state;
	memset(&info, 0, sizeof info);
	info.struct_size = sizeof info;
	assert_gives(ringline_status_decode(0x7281, &info), 0);
	assert_int_equal(info.status, 0x7281);
	assert_int_equal(info.sct, 2);
	assert_int_equal(info.sc, 0x81);
	assert_int_equal(info.crd, 2);
	assert_int_equal(info.more, 1);
	assert_int_equal(info.dnr, 1);
	assert_int_equal(info.retry, RINGLINE_RETRY_NEVER);
	assert_gives(ringline_status_decode(0x0281, NULL), -EINVAL);
}

static void statuses_have_a_name_and_a_sentence(void **state)
{
	(void)state;
	assert_string_equal(ringline_status_name(0, -1), "success");
	assert_string_equal(ringline_status_name(0x0281, -1), "unrecovered-read-error");
	assert_string_equal(ringline_status_name(0x7281, -1), "unrecovered-read-error");
	assert_string_equal(ringline_status_name(0x07FF, RINGLINE_NVME_READ), ringline_status_name(0x07FF, -1));
	assert_true(strlen(ringline_status_text(0x0281, RINGLINE_NVME_READ)) > 10);
	assert_non_null(ringline_status_text(0xFFFF, -1));
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(the_version_is_that_of_the_header),
	cmocka_unit_test(errnos_have_a_name_and_a_sentence),
	cmocka_unit_test(errno_is_neither_read_nor_set),
	cmocka_unit_test(builders_write_the_whole_command),
	cmocka_unit_test(builders_that_refuse_write_nothing),
	cmocka_unit_test(a_serialised_command_is_72_bytes_and_8_zeros),
	cmocka_unit_test(a_status_word_is_taken_apart),
	cmocka_unit_test(statuses_have_a_name_and_a_sentence),
};
TEST_GROUP(library, tests, NULL, NULL);
