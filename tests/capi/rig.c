/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "rig.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

_Alignas(4096) uint8_t memory[MEMORY_BYTES];

static uint32_t uring = RINGLINE_ENGINE_URING;
static uint32_t threads = RINGLINE_ENGINE_THREADS;

int with_uring(void **state)
{
	*state = &uring;
	return 0;
}

int with_threads(void **state)
{
	*state = &threads;
	return 0;
}

void assert_gives_(int32_t got, int32_t wanted, const char *call, const char *file, int line)
{
	if (got != wanted) {
		print_error("%s gave %ld (%s) instead of %ld (%s)\n", call, (long)got,
			    got < 0 ? ringline_error_name(got) : "no error", (long)wanted,
			    wanted < 0 ? ringline_error_name(wanted) : "no error");
		_fail(file, line);
	}
}

static void make_image(const struct rig *rig)
{
	ringline_sim_options options;

	memset(&options, 0, sizeof options);
	options.struct_size = sizeof options;
	options.blocks = BLOCKS;
	options.block_size = BLOCK_SIZE;
	options.mdts_bytes = MDTS;
	assert_gives(ringline_sim_create(rig->image, &options), 0);
}

static void make_queue(struct rig *rig)
{
	ringline_queue_options options;
	int32_t error;

	memset(&options, 0, sizeof options);
	options.struct_size = sizeof options;
	options.engine = rig->engine;
	options.depth = 8;
	options.max_devices = 2;
	options.max_buffers = 1;
	error = ringline_queue_create(&options, NULL, &rig->queue);
	if (error != -EOPNOTSUPP || rig->engine != RINGLINE_ENGINE_URING) {
		assert_gives(error, 0);
		assert_gives(ringline_queue_attach(rig->queue, rig->device), 0);
	}
}

int make_rig(void **state)
{
	struct rig *rig = calloc(1, sizeof *rig);

	assert_non_null(rig);
	rig->engine = *state != NULL ? *(const uint32_t *)*state : RINGLINE_ENGINE_AUTO;
	*state = rig;
	(void)snprintf(rig->folder, sizeof rig->folder, "/tmp/ringline-c-XXXXXX");
	assert_non_null(mkdtemp(rig->folder));
	(void)snprintf(rig->image, sizeof rig->image, "%s/disk.img", rig->folder);
	make_image(rig);
	rig->device = open_simulated(rig->image, 0);
	make_queue(rig);
	memset(memory, 0, sizeof memory);
	return 0;
}

int remove_rig(void **state)
{
	struct rig *rig = *state;
	const int32_t destroyed = ringline_queue_destroy(rig->queue);
	const int32_t freed = rig->buffer.value != 0 ? ringline_buffer_free(rig->buffer) : 0;
	const int32_t closed = rig->device.value != 0 ? ringline_device_close(rig->device) : 0;
	int removed;

	remove_image(rig->image);
	removed = rmdir(rig->folder);
	free(rig);
	assert_gives(destroyed, 0);
	assert_gives(freed, 0);
	assert_gives(closed, 0);
	return removed;
}

struct rig *rig_of(void *const *state)
{
	struct rig *rig = *state;

	if (rig->queue == NULL) {
		skip_because("no ring can be had here");
	}
	return rig;
}

const char *path_in(const struct rig *rig, const char *name)
{
	static char path[96];

	(void)snprintf(path, sizeof path, "%s/%s", rig->folder, name);
	return path;
}

void remove_image(const char *path)
{
	char beside[128];

	(void)unlink(path);
	(void)snprintf(beside, sizeof beside, "%s.ringline", path);
	(void)unlink(beside);
	(void)snprintf(beside, sizeof beside, "%s.faults", path);
	(void)unlink(beside);
}

ringline_device open_simulated(const char *path, uint32_t flags)
{
	ringline_device_options options;
	ringline_diagnosis why;
	ringline_device device = {0};

	memset(&options, 0, sizeof options);
	options.struct_size = sizeof options;
	options.flags = RINGLINE_OPEN_SIMULATED | flags;
	memset(&why, 0, sizeof why);
	why.struct_size = sizeof why;
	if (ringline_device_open(path, &options, &why, &device) != 0) {
		fail_msg("%s", why.text);
	}
	return device;
}

ringline_command transfer(const struct rig *rig, uint8_t opcode, uint64_t lba, uint32_t blocks, const void *at,
			  uint64_t user_data)
{
	ringline_command command;

	memset(&command, 0, sizeof command);
	command.user_data = user_data;
	command.device = rig->device;
	command.lba = lba;
	command.address = (uintptr_t)at;
	command.length = blocks * BLOCK_SIZE;
	command.blocks = blocks;
	command.opcode = opcode;
	return command;
}

ringline_completion finish(ringline_queue *queue)
{
	ringline_completion completion;

	memset(&completion, 0x77, sizeof completion);
	assert_gives(ringline_submit_and_wait(queue, &completion, 1, 1, -1), 1);
	return completion;
}

void finish_well(ringline_queue *queue, uint64_t user_data)
{
	const ringline_completion completion = finish(queue);

	assert_int_equal(completion.user_data, user_data);
	assert_gives(completion.error, 0);
	assert_string_equal(ringline_status_name(completion.status, -1), "success");
	assert_int_equal(completion.status, 0);
	assert_int_equal(completion.flags, 0);
}

uint32_t in_flight(const ringline_queue *queue)
{
	ringline_queue_info info;

	memset(&info, 0, sizeof info);
	info.struct_size = sizeof info;
	assert_gives(ringline_queue_info_get(queue, &info), 0);
	return info.in_flight;
}

void fill(uint8_t *bytes, uint32_t length, uint32_t seed)
{
	uint32_t i;

	for (i = 0; i < length; ++i) {
		bytes[i] = (uint8_t)(i * 31u + seed);
	}
}
