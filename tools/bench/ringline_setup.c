/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "ringline_setup.h"

#include <stdio.h>
#include <stdlib.h>

static int attach(struct ringline_state *own, const struct bench_setup *setup)
{
	const ringline_queue_options options = {
		.struct_size = sizeof options, .engine = RINGLINE_ENGINE_URING, .depth = setup->depth};
	int error = ringline_queue_create(&options, NULL, &own->queue);
	if (error == 0) {
		error = ringline_queue_attach(own->queue, own->device);
	}
	if (error != 0 || setup->buffers != BENCH_LIBRARY) {
		return error;
	}
	const ringline_buffer_options memory = {.struct_size = sizeof memory, .length = setup->memory_bytes};
	ringline_buffer_info info = {.struct_size = sizeof info};
	error = ringline_buffer_create(&memory, &own->buffer);
	if (error == 0) {
		const int32_t pinned = ringline_queue_attach_buffer(own->queue, own->buffer);
		error = pinned == 1 ? 0 : -ENOMEM; /* not registered would be another comparison */
	}
	if (error == 0) {
		error = ringline_buffer_info_get(own->buffer, &info);
		own->memory = (char *)(uintptr_t)info.address;
	}
	return error;
}

int ringline_state_open(const struct bench_setup *setup, void **state)
{
	struct ringline_state *own = aligned_alloc(64, (sizeof *own + 63) / 64 * 64);
	if (own == NULL) {
		return -ENOMEM;
	}
	*own = (struct ringline_state){.block_bytes = setup->block_bytes};
	int error = ringline_device_open(setup->device, NULL, NULL, &own->device);
	for (uint32_t i = 0; i < BENCH_BATCH_MAX; i++) {
		own->commands[i].device = own->device;
		own->raw_commands[i].device = own->device;
		own->raw_commands[i].command.nsid = setup->nsid;
	}
	if (error == 0) {
		error = attach(own, setup);
	}
	if (error != 0) {
		ringline_state_close(own);
		return error;
	}
	*state = own;
	return 0;
}

char *ringline_state_memory(void *state)
{
	return ((struct ringline_state *)state)->memory;
}

uint64_t ringline_state_enters(const void *state)
{
	const struct ringline_state *own = state;
	ringline_queue_info info = {.struct_size = sizeof info};
	return ringline_queue_info_get(own->queue, &info) == 0 ? info.enters : 0;
}

void ringline_state_close(void *state)
{
	struct ringline_state *own = state;
	(void)ringline_queue_destroy(own->queue);
	if (own->buffer.value != 0) {
		(void)ringline_buffer_free(own->buffer);
	}
	if (own->device.value != 0) {
		(void)ringline_device_close(own->device);
	}
	free(own);
}

int ringline_take_rest(struct ringline_state *own, int32_t taken, const struct bench_work *work)
{
	uint32_t missing = work->batch - (taken > 0 ? (uint32_t)taken : 0);
	while (taken >= 0 || taken == -EINTR || taken == -EAGAIN) {
		if (missing == 0) {
			return 0;
		}
		taken = ringline_submit_and_wait(own->queue, own->completions, missing, missing, -1);
		if (taken > 0) {
			record(own->completions, taken, work->outcomes);
			missing -= (uint32_t)taken;
		}
	}
	return taken;
}
