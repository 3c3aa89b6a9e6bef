/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Convention 6 from a C caller's side: structs with struct_size that are smaller and larger than the library's. The
 * size that a first client had is written here as a number: what is compiled in today says nothing about it. */
#include "rig.h"

#include <string.h>

/* Room for the largest struct and what a later version may add. */
#define ROOM 512u
#define LATER 16u

struct cold {
	const char *name;
	uint32_t size;       /* Now. */
	uint32_t first_size; /* Of the first version: the smallest that is taken. */
	int32_t (*call)(void *bytes, const struct rig *rig);
};

static int32_t open_with(void *options, const struct rig *rig)
{
	ringline_device device;
	const int32_t error = ringline_device_open("null:", options, NULL, &device);

	(void)rig;
	return error == 0 ? ringline_device_close(device) : error;
}

static int32_t create_queue_with(void *options, const struct rig *rig)
{
	ringline_queue *queue = NULL;
	const int32_t error = ringline_queue_create(options, NULL, &queue);

	(void)rig;
	return error == 0 ? ringline_queue_destroy(queue) : error;
}

static int32_t create_buffer_with(void *options, const struct rig *rig)
{
	ringline_buffer_options *buffer_options = options;
	ringline_buffer buffer;
	int32_t error;

	(void)rig;
	buffer_options->length = 4096;
	error = ringline_buffer_create(buffer_options, &buffer);
	return error == 0 ? ringline_buffer_free(buffer) : error;
}

static int32_t create_image_with(void *options, const struct rig *rig)
{
	const char *path = path_in(rig, "another.img");
	int32_t error;

	((ringline_sim_options *)options)->blocks = 8;
	error = ringline_sim_create(path, options);
	remove_image(path);
	return error;
}

static int32_t set_fault_with(void *rule, const struct rig *rig)
{
	int32_t number;

	((ringline_fault_rule *)rule)->action = RINGLINE_FAULT_DROP;
	number = ringline_sim_fault_set(rig->device, rule);
	return number > 0 ? ringline_sim_fault_clear(rig->device, (uint32_t)number) : number;
}

static int32_t get_device_info(void *info, const struct rig *rig)
{
	return ringline_device_info_get(rig->device, info);
}

static int32_t get_queue_info(void *info, const struct rig *rig)
{
	return ringline_queue_info_get(rig->queue, info);
}

static int32_t get_buffer_info(void *info, const struct rig *rig)
{
	return ringline_buffer_info_get(rig->buffer, info);
}

static int32_t decode_status(void *info, const struct rig *rig)
{
	(void)rig;
	return ringline_status_decode(0x0281, info);
}

static void lay_out(ringline_protection *protection)
{
	protection->block_size = 512;
	protection->metadata_size = 8;
	protection->pi_type = 1;
	protection->guard_bits = 16;
}

static int32_t protect_with(void *protection, const struct rig *rig)
{
	uint8_t data[512] = {0};
	uint8_t metadata[8];

	(void)rig;
	lay_out(protection);
	return ringline_protection_generate(protection, 1, data, sizeof data, metadata, sizeof metadata);
}

static int32_t describe_protection(void *protection, const struct rig *rig)
{
	ringline_device_info info;

	(void)rig;
	memset(&info, 0, sizeof info);
	info.struct_size = sizeof info;
	info.pi_type = 1;
	return ringline_protection_of(&info, protection);
}

/* It is an output that is written when blocks are wrong: that is the success of this call. */
static int32_t find_wrong_block(void *error, const struct rig *rig)
{
	const uint8_t data[512] = {1};
	const uint8_t metadata[8] = {0};
	ringline_protection protection;
	int32_t found;

	(void)rig;
	memset(&protection, 0, sizeof protection);
	protection.struct_size = sizeof protection;
	lay_out(&protection);
	found = ringline_protection_verify(&protection, 1, data, sizeof data, metadata, sizeof metadata, error);
	return found == -EBADMSG ? 0 : found;
}

/* The builders take the same options as the calls. */
static int32_t identify_with(void *options, const struct rig *rig)
{
	ringline_nvme_command command;

	(void)rig;
	return ringline_nvme_identify(&command, options, 4096);
}

static int32_t read_log_with(void *options, const struct rig *rig)
{
	ringline_completion completion;
	const int32_t got = ringline_log_read(rig->device, options, memory, 4, &completion);

	return got < 0 ? got : 0;
}

static int32_t get_feature_with(void *options, const struct rig *rig)
{
	ringline_nvme_command command;

	(void)rig;
	((ringline_feature_options *)options)->fid = 6;
	return ringline_nvme_feature_get(&command, options, 0, 0);
}

static int32_t format_with(void *options, const struct rig *rig)
{
	ringline_completion completion;

	((ringline_format_options *)options)->nsid = 1;
	return ringline_format(rig->device, options, &completion);
}

static int32_t sanitize_with(void *options, const struct rig *rig)
{
	ringline_nvme_command command;

	(void)rig;
	((ringline_sanitize_options *)options)->action = RINGLINE_SANITIZE_BLOCK_ERASE;
	return ringline_nvme_sanitize(&command, options);
}

static void read_a_block(ringline_transfer_options *options)
{
	options->opcode = RINGLINE_NVME_READ;
	options->blocks = 1;
	options->address = (uint64_t)(uintptr_t)memory;
	options->length = BLOCK_SIZE;
}

static int32_t transfer_with(void *options, const struct rig *rig)
{
	ringline_transfer_failure failure;
	ringline_transfer_result result;

	assert_gives(ringline_device_refresh(rig->device), 0); /* a format was among the calls before */
	memset(&result, 0, sizeof result);
	result.struct_size = sizeof result;
	read_a_block(options);
	return ringline_transfer(rig->queue, rig->device, options, &failure, 1, &result, NULL);
}

static int32_t get_transfer_result(void *result, const struct rig *rig)
{
	ringline_transfer_failure failure;
	ringline_transfer_options options;

	memset(&options, 0, sizeof options);
	options.struct_size = sizeof options;
	read_a_block(&options);
	return ringline_transfer(rig->queue, rig->device, &options, &failure, 1, result, NULL);
}

static int32_t get_field(void *field, const struct rig *rig)
{
	(void)rig;
	return ringline_page_field(RINGLINE_PAGE_IDENTIFY, 0, field);
}

static const struct cold options[] = {
	{"device_options", sizeof(ringline_device_options), 16, open_with},
	{"queue_options", sizeof(ringline_queue_options), 40, create_queue_with},
	{"buffer_options", sizeof(ringline_buffer_options), 24, create_buffer_with},
	{"sim_options", sizeof(ringline_sim_options), 24, create_image_with},
	{"fault_rule", sizeof(ringline_fault_rule), 72, set_fault_with},
	{"protection", sizeof(ringline_protection), 40, protect_with},
	{"identify_options", sizeof(ringline_identify_options), 16, identify_with},
	{"log_options", sizeof(ringline_log_options), 32, read_log_with},
	{"feature_options", sizeof(ringline_feature_options), 40, get_feature_with},
	{"format_options", sizeof(ringline_format_options), 24, format_with},
	{"sanitize_options", sizeof(ringline_sanitize_options), 24, sanitize_with},
	{"transfer_options", sizeof(ringline_transfer_options), 112, transfer_with},
};

static const struct cold outputs[] = {
	{"device_info", sizeof(ringline_device_info), 288, get_device_info},
	{"queue_info", sizeof(ringline_queue_info), 64, get_queue_info},
	{"buffer_info", sizeof(ringline_buffer_info), 24, get_buffer_info},
	{"status_info", sizeof(ringline_status_info), 16, decode_status},
	{"protection", sizeof(ringline_protection), 40, describe_protection},
	{"protection_error", sizeof(ringline_protection_error), 32, find_wrong_block},
	{"field", sizeof(ringline_field), 240, get_field},
	{"transfer_result", sizeof(ringline_transfer_result), 40, get_transfer_result},
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* The call with a struct of zeros of this size; the byte at `set`, if not 0, is 1. */
static int32_t call_with(const struct cold *cold, const struct rig *rig, uint32_t size, uint32_t set, uint8_t *bytes)
{
	memset(bytes, 0, ROOM);
	memcpy(bytes, &size, sizeof size);
	bytes[set] = (uint8_t)(set != 0 ? 1 : bytes[0]);
	return cold->call(bytes, rig);
}

static void check_sizes(const struct cold *cold, const struct rig *rig)
{
	_Alignas(8) uint8_t bytes[ROOM];

	print_message("%s\n", cold->name);
	assert_gives(call_with(cold, rig, cold->size, 0, bytes), 0);
	assert_gives(call_with(cold, rig, cold->size, cold->size, bytes), 0); /* behind the end nothing is looked at */
	assert_gives(call_with(cold, rig, cold->first_size, 0, bytes), 0);
	assert_gives(call_with(cold, rig, cold->first_size - 1, 0, bytes), -EINVAL);
	assert_gives(call_with(cold, rig, 4, 0, bytes), -EINVAL);
	assert_gives(call_with(cold, rig, 0, 0, bytes), -EINVAL);
	assert_gives(call_with(cold, rig, cold->size + LATER, 0, bytes), 0);
	assert_gives(call_with(cold, rig, cold->size + LATER, cold->size, bytes), -E2BIG);
	assert_gives(call_with(cold, rig, cold->size + LATER, cold->size + LATER - 1, bytes), -E2BIG);
	assert_gives(call_with(cold, rig, UINT32_MAX, 0, bytes), -E2BIG);
}

static void options_of_other_versions_are_taken(void **state)
{
	const struct rig *rig = rig_of(state);
	size_t i;

	for (i = 0; i < COUNT(options); ++i) {
		check_sizes(&options[i], rig);
	}
}

static void make_buffer(struct rig *rig)
{
	ringline_buffer_options buffer_options;

	memset(&buffer_options, 0, sizeof buffer_options);
	buffer_options.struct_size = sizeof buffer_options;
	buffer_options.length = 4096;
	assert_gives(ringline_buffer_create(&buffer_options, &rig->buffer), 0);
}

static void outputs_of_other_versions_are_filled(void **state)
{
	struct rig *rig = rig_of(state);
	size_t i;

	make_buffer(rig);
	for (i = 0; i < COUNT(outputs); ++i) {
		check_sizes(&outputs[i], rig);
	}
}

/* What an older client has behind its smaller struct, and a newer one in its larger struct, is not written. */
static void outputs_keep_to_the_callers_size(void **state)
{
	struct rig *rig = rig_of(state);
	_Alignas(8) uint8_t bytes[ROOM];
	size_t i;
	uint32_t at;

	make_buffer(rig);
	for (i = 0; i < COUNT(outputs); ++i) {
		const struct cold *cold = &outputs[i];
		uint32_t size = cold->first_size;

		print_message("%s\n", cold->name);
		memset(bytes, 0x77, sizeof bytes);
		memcpy(bytes, &size, sizeof size);
		assert_gives(cold->call(bytes, rig), 0);
		assert_memory_equal(bytes, &size, sizeof size);
		for (at = size; at < ROOM; ++at) {
			assert_int_equal(bytes[at], 0x77);
		}
		size = cold->size + LATER;
		memset(bytes, 0x77, sizeof bytes);
		memcpy(bytes, &size, sizeof size);
		assert_gives(cold->call(bytes, rig), -E2BIG);
		for (at = sizeof size; at < ROOM; ++at) {
			assert_int_equal(bytes[at], 0x77); /* nor is anything on failure */
		}
	}
}

static void a_short_diagnosis_gets_a_short_text(void **state)
{
	ringline_diagnosis why;
	ringline_device device;
	const uint8_t *bytes = (const uint8_t *)&why;
	uint32_t size;
	uint32_t at;

	(void)state;
	for (size = 0; size <= sizeof why; size += 8) {
		memset(&why, 0x77, sizeof why);
		why.struct_size = size;
		assert_gives(ringline_device_open("/dev/null", NULL, &why, &device), -ENOTTY);
		for (at = size > 4 ? size : 4; at < sizeof why; ++at) {
			assert_int_equal(bytes[at], 0x77);
		}
	}
	assert_int_equal(why.rule, RINGLINE_RULE_NOT_NVME);
	assert_int_equal(why.error, -ENOTTY);
	assert_non_null(strstr(why.text, "/dev/null"));
}

static const struct CMUnitTest tests[] = {
	RIG_TEST(options_of_other_versions_are_taken),
	RIG_TEST(outputs_of_other_versions_are_filled),
	RIG_TEST(outputs_keep_to_the_callers_size),
	cmocka_unit_test(a_short_diagnosis_gets_a_short_text),
};
TEST_GROUP(struct_size, tests, NULL, NULL);
