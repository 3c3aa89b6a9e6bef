/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * The hand-written loop of raw.c behind an interface like ringline's, and nothing of ringline behind it: commands are
 * taken from an array and completions are given in one, but there are no functions, handles, slots or checks. What it
 * costs more than `raw` is the price of having an interface between the loop and the ring; what ringline costs more
 * than it is the price of what ringline does.
 */
#include "raw_ring.h"
#include "ringline_setup.h"

#include <errno.h>
#include <stdlib.h>

struct arrays {
	struct raw_ring ring;
	ringline_command commands[BENCH_BATCH_MAX];
	ringline_completion completions[BENCH_BATCH_MAX];
};

static inline void send_one(struct raw_entry *restrict entry, const ringline_command *command,
			    const struct raw_ring *ring)
{
	entry->word[RAW_USER_DATA] = command->user_data;
	entry->word[RAW_BUFFER] = command->placement; /* which ringline has no use for yet: the registered buffer */
	entry->word[RAW_OPCODE] = ring->constant.word[RAW_OPCODE] | command->opcode;
	entry->word[RAW_DATA] = command->address;
	entry->word[RAW_LENGTHS] = (uint64_t)command->length << 32;
	entry->word[RAW_CDW10] = command->lba;
	entry->word[RAW_CDW12] = command->blocks - (command->blocks != 0);
}

static int run(void *state, const struct bench_work *given)
{
	struct arrays *const own = state;
	const struct raw_ring ring = own->ring;
	const struct bench_work work = *given;
	const uint32_t block_bytes = 1U << ring.block_shift;
	uint32_t tail = *ring.sq_tail;
	uint32_t head = *ring.cq_head;
	uint32_t at = 0;
	for (uint64_t left = work.commands; left != 0; left -= work.batch) {
		const struct bench_request *request = work.requests + at;
		at = bench_next(at, &work);
		for (uint32_t i = 0; i < work.batch; i++) {
			own->commands[i].placement = request->buffer;
			put(&own->commands[i], request++, block_bytes);
		}
		for (uint32_t i = 0; i < work.batch; i++) {
			send_one(&ring.entries[tail++ & ring.entry_mask], &own->commands[i], &ring);
		}
		raw_store(ring.sq_tail, tail);
		uint32_t missing = work.batch;
		uint32_t submit = work.batch;
		do {
			const int result = raw_enter(ring.enter_fd, submit, missing, ring.enter_flags);
			own->ring.enters++;
			const uint32_t end = raw_load(ring.cq_tail);
			const uint32_t count = end - head;
			missing -= count;
			for (uint32_t i = 0; head != end; head++, i++) {
				const struct raw_completion *done = &ring.completions[head & ring.completion_mask];
				own->completions[i] = (ringline_completion){.user_data = done->user_data,
									    .result = done->big[0],
									    .device = own->commands[0].device,
									    .error = done->result};
			}
			raw_store(ring.cq_head, head);
			record(own->completions, (int32_t)count, work.outcomes);
			if (__builtin_expect(result < 0 && result != -EINTR && result != -EAGAIN, 0)) {
				return result;
			}
			submit = tail - raw_load(ring.sq_head);
		} while (__builtin_expect(missing != 0, 0));
	}
	return 0;
}

static int open_arrays(const struct bench_setup *setup, void **state)
{
	struct arrays *own = aligned_alloc(64, (sizeof *own + 63) / 64 * 64);
	if (own == NULL) {
		return -ENOMEM;
	}
	*own = (struct arrays){0};
	const int error = raw_ring_open(setup, &own->ring);
	if (error != 0) {
		free(own);
		return error;
	}
	*state = own;
	return 0;
}

static uint64_t count_enters(const void *state)
{
	return ((const struct arrays *)state)->ring.enters;
}

static void close_arrays(void *state)
{
	raw_ring_close(&((struct arrays *)state)->ring);
	free(state);
}

extern const struct bench_contestant BENCH_SYMBOL;
const struct bench_contestant BENCH_SYMBOL = {
	.name = BENCH_NAME, .open = open_arrays, .run = run, .enters = count_enters, .close = close_arrays};
