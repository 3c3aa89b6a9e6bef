/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* What the contestants of ringline have in common: a queue with the device and the memory attached. */
#ifndef RINGLINE_BENCH_RINGLINE_SETUP_H
#define RINGLINE_BENCH_RINGLINE_SETUP_H

#include "contestant.h"

#include <errno.h>
#include <ringline/ringline.h>

#define BENCH_BATCH_MAX 512

struct ringline_state {
	ringline_queue *queue;
	ringline_device device;
	uint32_t block_bytes;
	uint32_t nsid;
	ringline_completion completions[BENCH_BATCH_MAX];
	ringline_buffer buffer;
	char *memory;
};

int ringline_state_open(const struct bench_setup *setup, void **state);
char *ringline_state_memory(void *state);
uint64_t ringline_state_enters(const void *state);
void ringline_state_close(void *state);

/* Records how @p count commands ended. */
static inline void record(const ringline_completion *completions, int32_t count, int32_t *outcomes)
{
	for (int32_t i = 0; i < count; i++) {
		outcomes[completions[i].user_data] = completions[i].error | completions[i].status;
	}
}

/* A request as ringline takes it. */
static inline ringline_command command_of(const struct bench_request *request, const struct ringline_state *own)
{
	return (ringline_command){.user_data = request->user_data,
				  .device = own->device,
				  .lba = request->lba,
				  .address = request->address,
				  .length = request->blocks * own->block_bytes,
				  .blocks = request->blocks,
				  .opcode = request->opcode};
}

/* Takes what is missing, after a wait that ended early (a signal). 0 or a negative errno. */
int ringline_take_rest(struct ringline_state *own, int32_t taken, const struct bench_work *work);

#define RINGLINE_CONTESTANT(symbol_, name_)                                                                            \
	extern const struct bench_contestant symbol_;                                                                  \
	const struct bench_contestant symbol_ = {.name = (name_),                                                      \
						 .open = ringline_state_open,                                          \
						 .memory = ringline_state_memory,                                      \
						 .run = run,                                                           \
						 .enters = ringline_state_enters,                                      \
						 .close = ringline_state_close}

#endif
