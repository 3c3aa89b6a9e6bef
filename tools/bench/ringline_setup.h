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
	ringline_completion completions[BENCH_BATCH_MAX];
	ringline_command commands[BENCH_BATCH_MAX]; /**< With what is the same in all. */
	ringline_raw_command raw_commands[BENCH_BATCH_MAX];
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

/* Makes a request the command of its place in the batch: what all commands have in common stands there already. */
static inline void put(ringline_command *command, const struct bench_request *request, uint32_t block_bytes)
{
	command->user_data = request->user_data;
	command->lba = request->lba;
	command->address = request->address;
	command->length = request->blocks * block_bytes;
	command->blocks = request->blocks;
	command->opcode = request->opcode;
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
