/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Protection information from C: a program that protects blocks, checks them and is told what is wrong. */
#include "rig.h"

#include <string.h>

#define IMAGE_BLOCKS 2u
#define IMAGE_BLOCK 512u

/* Blocks and their metadata, apart. */
struct image {
	uint8_t data[IMAGE_BLOCKS * IMAGE_BLOCK];
	uint8_t metadata[IMAGE_BLOCKS * 8];
};

static void describe(ringline_protection *protection)
{
	ringline_device_info info;

	memset(&info, 0, sizeof info);
	info.struct_size = sizeof info;
	info.block_size = IMAGE_BLOCK;
	info.metadata_size = 8;
	info.pi_type = 1;
	info.guard_bits = 16;
	memset(protection, 0, sizeof *protection);
	protection->struct_size = sizeof *protection;
	assert_gives(ringline_protection_of(&info, protection), 0);
}

static int32_t generate(const ringline_protection *protection, struct image *image)
{
	return ringline_protection_generate(protection, IMAGE_BLOCKS, image->data, sizeof image->data, image->metadata,
					    sizeof image->metadata);
}

static int32_t verify(const ringline_protection *protection, const struct image *image,
		      ringline_protection_error *error)
{
	return ringline_protection_verify(protection, IMAGE_BLOCKS, image->data, sizeof image->data, image->metadata,
					  sizeof image->metadata, error);
}

static void what_is_generated_is_found_right(void **state)
{
	/* The guard of 512 zeros is 0; then application tag and LBA. */
	static const uint8_t wanted[16] = {0, 0, 0x12, 0x34, 0, 0, 0x10, 0, 0, 0, 0x12, 0x34, 0, 0, 0x10, 1};
	ringline_protection protection;
	ringline_protection_error error;
	struct image image;

	(void)state;
	describe(&protection);
	protection.application_tag = 0x1234;
	protection.application_mask = 0xFFFF;
	protection.reference_tag = 0x1000;
	memset(&image, 0, sizeof image);
	memset(&error, 0x77, sizeof error);
	error.struct_size = sizeof error;
	assert_gives(generate(&protection, &image), 0);
	assert_memory_equal(image.metadata, wanted, sizeof wanted);
	assert_gives(verify(&protection, &image, &error), 0);
	assert_int_equal(error.status, 0x7777); /* written only when something is wrong */
	assert_gives(verify(&protection, &image, NULL), 0);
}

static void what_is_wrong_is_told(void **state)
{
	ringline_protection protection;
	ringline_protection_error error;
	struct image image;

	(void)state;
	describe(&protection);
	memset(&image, 0, sizeof image);
	memset(&error, 0, sizeof error);
	error.struct_size = sizeof error;
	assert_gives(generate(&protection, &image), 0);
	image.data[IMAGE_BLOCK] = 1;
	assert_gives(verify(&protection, &image, &error), -EBADMSG);
	assert_int_equal(error.block, 1);
	assert_int_equal(error.check, RINGLINE_PROTECTION_GUARD);
	assert_string_equal(ringline_status_name(error.status, RINGLINE_NVME_READ), "guard-check-error");
	assert_int_equal(error.given, 0);
	assert_int_not_equal(error.wanted, 0);
	protection.flags = RINGLINE_PROTECTION_REFERENCE_TAG;
	assert_gives(verify(&protection, &image, &error), 0);
	protection.reference_tag = 7; /* another place of the disk */
	assert_gives(verify(&protection, &image, &error), -EBADMSG);
	assert_int_equal(error.block, 0);
	assert_int_equal(error.check, RINGLINE_PROTECTION_REFERENCE_TAG);
	assert_int_equal(error.status, 0x284);
	assert_int_equal(error.given, 0);
	assert_int_equal(error.wanted, 7);
}

static void a_namespace_without_protection_is_told_apart(void **state)
{
	ringline_device device;
	ringline_device_info info;
	ringline_protection protection;

	(void)state;
	memset(&info, 0, sizeof info);
	memset(&protection, 0, sizeof protection);
	info.struct_size = sizeof info;
	protection.struct_size = sizeof protection;
	assert_gives(ringline_device_open("null:", NULL, NULL, &device), 0);
	assert_gives(ringline_device_info_get(device, &info), 0);
	assert_gives(ringline_protection_of(&info, &protection), -EOPNOTSUPP);
	assert_gives(ringline_device_close(device), 0);
}

static void guards_have_their_check_values(void **state)
{
	uint64_t guard = 0;

	(void)state;
	assert_gives(ringline_guard(16, 0, "123456789", 9, &guard), 0);
	assert_int_equal(guard, 0xD0DB);
	assert_gives(ringline_guard(32, 0, "1234", 4, &guard), 0);
	assert_gives(ringline_guard(32, guard, "56789", 5, &guard), 0);
	assert_int_equal(guard, 0xE3069283u);
	assert_gives(ringline_guard(64, 0, "123456789", 9, &guard), 0);
	assert_true(guard == UINT64_C(0xAE8B14860A799888));
	assert_gives(ringline_guard(8, 0, "1", 1, &guard), -EINVAL);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(what_is_generated_is_found_right),
	cmocka_unit_test(what_is_wrong_is_told),
	cmocka_unit_test(a_namespace_without_protection_is_told_apart),
	cmocka_unit_test(guards_have_their_check_values),
};
TEST_GROUP(protection, tests, NULL, NULL);
