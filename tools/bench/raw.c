/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * The best loop that can be written by hand. It is compiled several times (CMakeLists.txt): as `raw`, with
 * BENCH_WHOLE_ENTRIES as `raw-whole`, and once more as `raw-copy`, the A/A copy.
 *
 * What was tried, as ratios to this loop at batches 1 / 8 / 32 / 128, CPU time on /dev/null, Linux 6.18, GCC 12, with
 * an A/A spread of 0.01 (0.03 at batch 1):
 *
 *   whole entries instead of patched ones         1.01  1.014 1.012 1.015
 *   the same with -O3 -march=native               1.00  1.016 1.015 1.008
 *   -O3                                           0.99  1.000 1.000 0.995
 *   -O3 -march=native                             0.99  0.998 0.997 1.000
 *   loops and functions aligned to 64 bytes       1.02  1.020 1.001 1.005
 *   entries prefetched for writing                1.00  1.004 1.004 1.002
 *   unrolled four times                           1.01  1.015 1.006 1.003
 *   the system call in a function of its own      1.27  1.112 1.036 1.010
 *   with the SQ array (no NO_SQARRAY)             1.01  1.009 1.010 1.010
 *   COOP_TASKRUN instead of DEFER_TASKRUN         1.12  1.035 1.013 1.008
 *   neither, and no SINGLE_ISSUER                 1.13  1.040 1.010 1.005
 *   with TASKRUN_FLAG                             1.01  1.001 0.997 0.999
 *   without SUBMIT_ALL                            1.01  1.000 0.996 1.000
 *   the count of completions taken for granted    0.97  1.003 0.997 1.005  (wrong after a signal: not taken)
 *
 * A ring of 32, 64 or 1,024 entries instead of 256 makes no difference at batch 32 that could be told from noise.
 */
#include "raw_ring.h"

#include <errno.h>
#include <stdlib.h>

/*
 * Writes one request. The kernel leaves entries as they are, so what all of them have in common can stay there from the
 * beginning, and only the seven words that a request decides are written; BENCH_WHOLE_ENTRIES writes all sixteen.
 */
static inline void put(struct raw_entry *restrict entry, const struct bench_request *request,
		       const struct raw_ring *ring)
{
#ifdef BENCH_WHOLE_ENTRIES
	entry->word[RAW_HEAD] = ring->constant.word[RAW_HEAD];
	entry->word[RAW_COMMAND] = ring->constant.word[RAW_COMMAND];
	entry->word[RAW_ADDRESS] = 0;
	entry->word[RAW_FLAGS] = ring->constant.word[RAW_FLAGS];
	entry->word[RAW_CDW2] = 0;
	entry->word[RAW_METADATA] = 0;
	entry->word[RAW_CDW14] = 0;
	entry->word[RAW_TIMEOUT] = 0;
	entry->word[RAW_PAD] = 0;
#endif
	entry->word[RAW_USER_DATA] = request->user_data;
	entry->word[RAW_BUFFER] = request->buffer;
	entry->word[RAW_OPCODE] = ring->constant.word[RAW_OPCODE] | request->opcode;
	entry->word[RAW_DATA] = request->address;
	entry->word[RAW_LENGTHS] = (uint64_t)request->blocks << (32 + ring->block_shift);
	entry->word[RAW_CDW10] = request->lba;
	entry->word[RAW_CDW12] = request->blocks - (request->blocks != 0);
}

static int run(void *state, const struct bench_work *given)
{
	struct raw_ring *const own = state;
	/* Copies, so that no store makes the compiler load them again. */
	const struct raw_ring ring = *own;
	const struct bench_work work = *given;
	int32_t *const outcomes = work.outcomes;
	uint32_t tail = *ring.sq_tail;
	uint32_t head = *ring.cq_head;
	uint64_t enters = 0;
	int result = 0;
	uint32_t at = 0;
	for (uint64_t left = work.commands; left != 0; left -= work.batch) {
		const struct bench_request *request = work.requests + at;
		at = bench_next(at, &work);
		for (uint32_t i = 0; i < work.batch; i++) {
			put(&ring.entries[tail++ & ring.entry_mask], request++, &ring);
		}
		raw_store(ring.sq_tail, tail);
		uint32_t missing = work.batch;
		uint32_t submit = work.batch;
		do {
			result = raw_enter(ring.enter_fd, submit, missing, ring.enter_flags);
			enters++;
			const uint32_t end = raw_load(ring.cq_tail);
			missing -= end - head;
			for (; head != end; head++) {
				const struct raw_completion *done = &ring.completions[head & ring.completion_mask];
				outcomes[done->user_data] = done->result;
			}
			raw_store(ring.cq_head, head);
			if (__builtin_expect(result < 0 && result != -EINTR && result != -EAGAIN, 0)) {
				own->enters += enters;
				return result;
			}
			submit = tail - raw_load(ring.sq_head);
		} while (__builtin_expect(missing != 0, 0));
	}
	own->enters += enters;
	return 0;
}

static int open_ring(const struct bench_setup *setup, void **state)
{
	struct raw_ring *ring = aligned_alloc(64, (sizeof *ring + 63) / 64 * 64);
	if (ring == NULL) {
		return -ENOMEM;
	}
	const int error = raw_ring_open(setup, ring);
	if (error != 0) {
		free(ring);
		return error;
	}
	*state = ring;
	return 0;
}

static uint64_t count_enters(const void *state)
{
	return ((const struct raw_ring *)state)->enters;
}

static void close_ring(void *state)
{
	raw_ring_close(state);
	free(state);
}

extern const struct bench_contestant BENCH_SYMBOL;
const struct bench_contestant BENCH_SYMBOL = {
	.name = BENCH_NAME, .open = open_ring, .run = run, .enters = count_enters, .close = close_ring};
