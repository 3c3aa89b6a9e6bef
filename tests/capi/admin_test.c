/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Admin commands by name, on a simulated device; the fields of what they bring. */
#include "rig.h"

#include <string.h>
#include <unistd.h>

static const ringline_device never = {0};

/* Options of zeros with their size. */
#define OPTIONS(type, name)                                                                                            \
	type name;                                                                                                     \
	memset(&name, 0, sizeof name);                                                                                 \
	name.struct_size = sizeof name

static void assert_well(const ringline_completion *completion)
{
	assert_gives(completion->error, 0);
	assert_int_equal(completion->status, 0);
}

/* A field by its name; fails if there is none. */
static uint64_t field_value(uint32_t page, const char *name, const uint8_t *data, uint32_t length)
{
	uint32_t index;
	uint64_t value;

	for (index = 0;; ++index) {
		OPTIONS(ringline_field, field);
		assert_gives(ringline_page_field(page, index, &field), 0);
		if (strcmp(field.name, name) == 0) {
			assert_gives(ringline_page_value(page, index, 0, data, length, &value, NULL), 0);
			return value;
		}
	}
}

static void identify_brings_pages_that_agree_with_the_device(void **state)
{
	const struct rig *rig = rig_of(state);
	ringline_completion completion;
	OPTIONS(ringline_identify_options, options);

	options.nsid = 1;
	assert_gives(ringline_identify(rig->device, &options, memory, 4096, &completion), 0);
	assert_well(&completion);
	assert_int_equal(completion.device.value, rig->device.value);
	assert_int_equal(field_value(RINGLINE_PAGE_IDENTIFY, "nsze", memory, 4096), BLOCKS);
	options.nsid = 0;
	options.cns = 1;
	assert_gives(ringline_identify(rig->device, &options, memory, 4096, &completion), 0);
	assert_well(&completion);
	assert_int_equal(field_value(RINGLINE_PAGE_IDENTIFY + 1, "nn", memory, 4096), 1);
	assert_int_equal(field_value(RINGLINE_PAGE_IDENTIFY + 1, "mdts", memory, 4096), 4); /* 64 KiB */
	options.cns = 0x77;
	assert_gives(ringline_identify(rig->device, &options, memory, 4096, &completion), 0);
	assert_int_equal(completion.status, 0x4002); /* the device's answer, not the call's */
}

static void identify_proves_its_arguments(void **state)
{
	const struct rig *rig = rig_of(state);
	ringline_completion completion;
	OPTIONS(ringline_identify_options, options);

	assert_gives(ringline_identify(rig->device, NULL, memory, 4096, &completion), -EINVAL);
	assert_gives(ringline_identify(rig->device, &options, NULL, 4096, &completion), -EINVAL);
	assert_gives(ringline_identify(rig->device, &options, memory, 4096, NULL), -EINVAL);
	assert_gives(ringline_identify(rig->device, &options, memory, 4095, &completion), -ENOBUFS);
	assert_gives(ringline_identify(never, &options, memory, 4096, &completion), -EBADF);
	options.uuid_index = 128;
	assert_gives(ringline_identify(rig->device, &options, memory, 4096, &completion), -EINVAL);
}

static void a_log_is_read_in_parts_that_fit_together(void **state)
{
	const struct rig *rig = rig_of(state);
	static uint8_t parts[8192];
	ringline_completion completion;
	uint32_t at;
	OPTIONS(ringline_log_options, options);

	options.lid = 5;
	memset(memory, 0xa5, sizeof memory);
	assert_gives(ringline_log_read(rig->device, &options, memory, 8192, &completion), 8192);
	assert_well(&completion);
	assert_int_equal(field_value(RINGLINE_PAGE_LOG + 5, "csupp", memory, 8192), 0); /* admin opcode 0 */
	assert_int_equal(memory[6 * 4], 1);                                             /* Identify is supported */
	assert_int_equal(memory[1024 + 4], 3); /* Write is, and changes blocks */
	for (at = 0; at < 4096; at += 1020) {
		options.offset = at;
		assert_gives(ringline_log_read(rig->device, &options, parts + at, 1020, &completion), 1020);
	}
	assert_memory_equal(parts, memory, 4096);
	options.offset = 0x100000000u; /* beyond 4 GiB: the device sees all 64 bits, and has no page there */
	assert_gives(ringline_log_read(rig->device, &options, memory, 4, &completion), 0);
	assert_int_equal(completion.status, 0x4002);
}

static void a_part_that_fails_ends_a_log_read(void **state)
{
	const struct rig *rig = rig_of(state);
	ringline_completion completion;
	int32_t number;
	OPTIONS(ringline_log_options, options);
	OPTIONS(ringline_fault_rule, rule);

	rule.action = RINGLINE_FAULT_STATUS;
	rule.flags = RINGLINE_FAULT_ADMIN;
	rule.opcode = RINGLINE_NVME_GET_LOG_PAGE;
	rule.status = 0x0006;
	rule.skip = 1;
	number = ringline_sim_fault_set(rig->device, &rule);
	assert_true(number > 0);
	options.lid = 5;
	assert_gives(ringline_log_read(rig->device, &options, memory, 8192, &completion), 4096);
	assert_int_equal(completion.status, 6);
	assert_int_equal(ringline_sim_fault_clear(rig->device, (uint32_t)number), 1);
}

static void a_log_read_proves_its_arguments(void **state)
{
	const struct rig *rig = rig_of(state);
	ringline_completion completion;
	OPTIONS(ringline_log_options, options);

	options.lid = 2;
	assert_gives(ringline_log_read(rig->device, NULL, memory, 512, &completion), -EINVAL);
	assert_gives(ringline_log_read(rig->device, &options, NULL, 512, &completion), -EINVAL);
	assert_gives(ringline_log_read(rig->device, &options, memory, 512, NULL), -EINVAL);
	assert_gives(ringline_log_read(rig->device, &options, memory, 0, &completion), -EINVAL);
	assert_gives(ringline_log_read(rig->device, &options, memory, 510, &completion), -EINVAL);
	assert_gives(ringline_log_read(rig->device, &options, memory, 0x80000000u, &completion), -EINVAL);
	assert_gives(ringline_log_read(never, &options, memory, 512, &completion), -EBADF);
	options.offset = 2;
	assert_gives(ringline_log_read(rig->device, &options, memory, 512, &completion), -EINVAL);
}

static void features_are_got_and_set(void **state)
{
	const struct rig *rig = rig_of(state);
	ringline_completion completion;
	OPTIONS(ringline_feature_options, options);

	options.fid = 6;
	assert_gives(ringline_feature_get(rig->device, &options, NULL, 0, &completion), 0);
	assert_well(&completion);
	assert_int_equal(completion.result, 1);
	options.cdw11 = 0;
	assert_gives(ringline_feature_set(rig->device, &options, NULL, 0, &completion), 0);
	assert_int_equal(completion.status, 0x410e); /* not changeable */
	options.cdw11 = 1;
	assert_gives(ringline_feature_set(rig->device, &options, NULL, 0, &completion), 0);
	assert_well(&completion);
	options.fid = 0x0e; /* its eight bytes would be written past the memory */
	assert_gives(ringline_feature_get(rig->device, &options, memory, 7, &completion), -ENOBUFS);
	assert_gives(ringline_feature_set(rig->device, &options, NULL, 0, &completion), -ENOBUFS);
	options.fid = 0;
	assert_gives(ringline_feature_get(rig->device, &options, NULL, 0, &completion), -EINVAL);
	assert_gives(ringline_feature_set(never, NULL, NULL, 0, &completion), -EINVAL);
}

static void a_format_erases_and_makes_the_geometry_unknown(void **state)
{
	const struct rig *rig = rig_of(state);
	ringline_completion completion;
	OPTIONS(ringline_format_options, options);

	fill(memory, BLOCK_SIZE, 1);
	assert_gives(ringline_write(rig->queue, rig->device, 3, 1, memory, BLOCK_SIZE, 0, 1), 0);
	finish_well(rig->queue, 1);
	options.lba_format = 1;
	assert_gives(ringline_format(rig->device, &options, &completion), 0);
	assert_int_equal(completion.status, 0x410a); /* it has one format */
	assert_gives(ringline_read(rig->queue, rig->device, 3, 1, memory, BLOCK_SIZE, 0, 2), 0);
	finish_well(rig->queue, 2);
	assert_int_not_equal(memory[8], 0);
	options.lba_format = 0;
	assert_gives(ringline_format(rig->device, &options, &completion), 0);
	assert_well(&completion);
	assert_gives(ringline_read(rig->queue, rig->device, 3, 1, memory, BLOCK_SIZE, 0, 3), -ESTALE);
	assert_gives(ringline_device_refresh(rig->device), 0);
	memset(memory, 0xa5, BLOCK_SIZE);
	assert_gives(ringline_read(rig->queue, rig->device, 3, 1, memory, BLOCK_SIZE, 0, 4), 0);
	finish_well(rig->queue, 4);
	assert_memory_equal(memory, memory + BLOCK_SIZE, BLOCK_SIZE); /* zeros */
}

static void a_format_never_reaches_what_was_not_named(void **state)
{
	struct rig *rig = rig_of(state);
	ringline_completion completion;
	OPTIONS(ringline_format_options, options);

	fill(memory, BLOCK_SIZE, 1);
	assert_gives(ringline_write(rig->queue, rig->device, 0, 1, memory, BLOCK_SIZE, 0, 1), 0);
	finish_well(rig->queue, 1);
	options.nsid = 2;
	assert_gives(ringline_format(rig->device, &options, &completion), -ENXIO);
	options.nsid = RINGLINE_NSID_ALL;
	assert_gives(ringline_format(rig->device, &options, &completion), -EINVAL);
	options.flags = RINGLINE_FORMAT_OTHER_NAMESPACE;
	assert_gives(ringline_format(rig->device, &options, &completion), -EINVAL);
	assert_gives(ringline_format(rig->device, NULL, &completion), -EINVAL);
	assert_gives(ringline_format(rig->device, &options, NULL), -EINVAL);
	assert_gives(ringline_format(never, &options, &completion), -EBADF);
	options.nsid = 2;
	assert_gives(ringline_format(rig->device, &options, &completion), 0);
	assert_int_equal(completion.status, 0x400b); /* was sent, and there is none */
	assert_gives(ringline_read(rig->queue, rig->device, 0, 1, memory + BLOCK_SIZE, BLOCK_SIZE, 0, 2), 0);
	finish_well(rig->queue, 2);
	assert_memory_equal(memory, memory + BLOCK_SIZE, BLOCK_SIZE);
	assert_gives(ringline_device_close(rig->device), 0);
	rig->device = open_simulated(rig->image, RINGLINE_OPEN_READ_ONLY);
	options.nsid = 0;
	options.flags = 0;
	assert_gives(ringline_format(rig->device, &options, &completion), -EROFS);
}

static void what_a_simulated_device_lacks_is_the_devices_answer(void **state)
{
	const struct rig *rig = rig_of(state);
	const uint16_t controllers[] = {3, 1};
	ringline_completion completion;
	OPTIONS(ringline_sanitize_options, sanitize);

	sanitize.action = RINGLINE_SANITIZE_BLOCK_ERASE;
	assert_gives(ringline_sanitize(rig->device, &sanitize, &completion), 0);
	assert_int_equal(completion.status, 0x4001);
	assert_gives(ringline_self_test(rig->device, 1, RINGLINE_SELF_TEST_SHORT, &completion), 0);
	assert_int_equal(completion.status, 0x4001);
	assert_gives(ringline_namespace_attach(rig->device, 1, controllers, 2, &completion), 0);
	assert_int_equal(completion.status, 0x4001);
	assert_gives(ringline_namespace_detach(rig->device, 1, controllers, 2, &completion), 0);
	assert_int_equal(completion.status, 0x4001);
	sanitize.action = 0;
	assert_gives(ringline_sanitize(rig->device, &sanitize, &completion), -EINVAL);
	assert_gives(ringline_self_test(rig->device, 1, 3, &completion), -EINVAL);
	assert_gives(ringline_namespace_attach(rig->device, 0, controllers, 2, &completion), -EINVAL);
	assert_gives(ringline_namespace_attach(rig->device, 1, NULL, 2, &completion), -EINVAL);
	assert_gives(ringline_namespace_attach(rig->device, 1, controllers, 0, &completion), -EINVAL);
	assert_gives(ringline_namespace_detach(rig->device, 1, controllers, 2048, &completion), -EINVAL);
}

/* The words themselves are in tests/nvme; here, that each builder is the one of its name and refuses NULL. */
static void builders_write_the_command_of_their_name(void **state)
{
	ringline_nvme_command command;
	OPTIONS(ringline_identify_options, identify);
	OPTIONS(ringline_log_options, log);
	OPTIONS(ringline_feature_options, feature);
	OPTIONS(ringline_format_options, format);
	OPTIONS(ringline_sanitize_options, sanitize);

	(void)state;
	assert_gives(ringline_nvme_identify(&command, &identify, 4096), 0);
	assert_int_equal(command.opcode, RINGLINE_NVME_IDENTIFY);
	assert_gives(ringline_nvme_identify(NULL, &identify, 4096), -EINVAL);
	assert_gives(ringline_nvme_log_read(&command, &log, 4096, 8), 0);
	assert_int_equal(command.opcode, RINGLINE_NVME_GET_LOG_PAGE);
	assert_gives(ringline_nvme_log_read(&command, NULL, 4096, 8), -EINVAL);
	feature.fid = 7;
	assert_gives(ringline_nvme_feature_get(&command, &feature, 0, 0), 0);
	assert_int_equal(command.opcode, RINGLINE_NVME_GET_FEATURES);
	assert_gives(ringline_nvme_feature_set(&command, &feature, 0, 0), 0);
	assert_int_equal(command.opcode, RINGLINE_NVME_SET_FEATURES);
	format.nsid = 1;
	assert_gives(ringline_nvme_format(&command, &format), 0);
	assert_int_equal(command.opcode, RINGLINE_NVME_FORMAT);
	sanitize.action = RINGLINE_SANITIZE_CRYPTO_ERASE;
	assert_gives(ringline_nvme_sanitize(&command, &sanitize), 0);
	assert_int_equal(command.opcode, RINGLINE_NVME_SANITIZE);
	assert_gives(ringline_nvme_self_test(&command, 0, RINGLINE_SELF_TEST_ABORT), 0);
	assert_int_equal(command.opcode, RINGLINE_NVME_SELF_TEST);
	assert_gives(ringline_nvme_self_test(NULL, 0, RINGLINE_SELF_TEST_ABORT), -EINVAL);
}

static void fields_are_told_until_there_are_no_more(void **state)
{
	const uint32_t page = RINGLINE_PAGE_LOG + 2;
	uint8_t log[512];
	uint64_t low = 7;
	uint64_t high = 7;
	uint32_t count = 0;
	OPTIONS(ringline_field, field);

	(void)state;
	while (ringline_page_field(page, count, &field) == 0) {
		++count;
	}
	assert_true(count > 20);
	assert_gives(ringline_page_field(page, count, &field), -ENOENT);
	assert_gives(ringline_page_field(0, 0, &field), -ENOENT);
	assert_gives(ringline_page_field(page, 0, NULL), -EINVAL);
	assert_gives(ringline_page_field(page, 7, &field), 0);
	assert_string_equal(field.name, "temperature");
	assert_int_equal(field.kind, RINGLINE_FIELD_TEMPERATURE);
	assert_int_equal(field.unit, RINGLINE_UNIT_KELVIN);
	assert_int_equal(field.offset, 1);
	assert_int_equal(field.bits, 16);
	memset(log, 0, sizeof log);
	log[1] = 0x2c;
	log[2] = 0x01;
	assert_gives(ringline_page_value(page, 7, 0, log, sizeof log, &low, &high), 0);
	assert_int_equal(low, 300);
	assert_int_equal(high, 0);
	assert_gives(ringline_page_value(page, 7, 1, log, sizeof log, &low, NULL), -ENOENT);
	assert_gives(ringline_page_value(page, 7, 0, log, 2, &low, NULL), -ENODATA);
	assert_gives(ringline_page_value(page, 7, 0, NULL, 2, &low, NULL), -EINVAL);
	assert_gives(ringline_page_value(page, 7, 0, log, 2, NULL, NULL), -EINVAL);
	assert_gives(ringline_page_length(page), 232);
	assert_gives(ringline_page_length(0), -ENOENT);
	assert_string_equal(ringline_page_name(page), "smart-log");
	assert_string_equal(ringline_page_name(0), "unknown");
	assert_string_equal(ringline_unit_name(RINGLINE_UNIT_KELVIN), "K");
	assert_string_equal(ringline_unit_name(RINGLINE_UNIT_NONE), "");
}

static const struct CMUnitTest tests[] = {
	RIG_TEST(identify_brings_pages_that_agree_with_the_device),
	RIG_TEST(identify_proves_its_arguments),
	RIG_TEST(a_log_is_read_in_parts_that_fit_together),
	RIG_TEST(a_part_that_fails_ends_a_log_read),
	RIG_TEST(a_log_read_proves_its_arguments),
	RIG_TEST(features_are_got_and_set),
	RIG_TEST(a_format_erases_and_makes_the_geometry_unknown),
	RIG_TEST(a_format_never_reaches_what_was_not_named),
	RIG_TEST(what_a_simulated_device_lacks_is_the_devices_answer),
	cmocka_unit_test(builders_write_the_command_of_their_name),
	cmocka_unit_test(fields_are_told_until_there_are_no_more),
};

TEST_GROUP(admin, tests, NULL, NULL);
