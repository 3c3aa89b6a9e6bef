/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* ringline, one call for each command, and one to submit and wait. */
#include "ringline_setup.h"

static inline int32_t push(const struct bench_request *request, const struct ringline_state *own)
{
	void *memory = (void *)(uintptr_t)request->address;
	const uint32_t length = request->blocks * own->block_bytes;
	switch (request->opcode) {
	case RINGLINE_NVME_READ:
		return ringline_read(own->queue, own->device, request->lba, request->blocks, memory, length, 0,
				     request->user_data);
	case RINGLINE_NVME_WRITE:
		return ringline_write(own->queue, own->device, request->lba, request->blocks, memory, length, 0,
				      request->user_data);
	default:
		return ringline_flush(own->queue, own->device, request->user_data);
	}
}

static int run(void *state, const struct bench_work *given)
{
	struct ringline_state *own = state;
	const struct bench_work work = *given;
	uint32_t at = 0;
	for (uint64_t left = work.commands; left != 0; left -= work.batch) {
		const struct bench_request *request = work.requests + at;
		at = bench_next(at, &work);
		for (uint32_t i = 0; i < work.batch; i++) {
			const int32_t pushed = push(request++, own);
			if (__builtin_expect(pushed != 0, 0)) {
				return pushed;
			}
		}
		const int32_t taken =
			ringline_submit_and_wait(own->queue, own->completions, work.batch, work.batch, -1);
		record(own->completions, taken, work.outcomes);
		if (__builtin_expect(taken != (int32_t)work.batch, 0)) {
			const int error = ringline_take_rest(own, taken, &work);
			if (error != 0) {
				return error;
			}
		}
	}
	return 0;
}

RINGLINE_CONTESTANT(BENCH_SYMBOL, BENCH_NAME);
