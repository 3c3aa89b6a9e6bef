/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* ringline, by raw commands: nothing is proved. */
#include "ringline_setup.h"

static inline ringline_raw_command raw_command_of(const struct bench_request *request, const struct ringline_state *own)
{
	return (ringline_raw_command){.user_data = request->user_data,
				      .device = own->device,
				      .command = {.opcode = request->opcode,
						  .nsid = own->nsid,
						  .address = request->address,
						  .data_length = request->blocks * own->block_bytes,
						  .cdw10 = (uint32_t)request->lba,
						  .cdw11 = (uint32_t)(request->lba >> 32),
						  .cdw12 = request->blocks - (request->blocks != 0)}};
}

static int run(void *state, const struct bench_work *given)
{
	struct ringline_state *own = state;
	const struct bench_work work = *given;
	ringline_raw_command commands[BENCH_BATCH_MAX];
	uint32_t at = 0;
	for (uint64_t left = work.commands; left != 0; left -= work.batch) {
		const struct bench_request *request = work.requests + at;
		at = bench_next(at, &work);
		for (uint32_t i = 0; i < work.batch; i++) {
			commands[i] = raw_command_of(request++, own);
		}
		const int32_t pushed = ringline_push_raw(own->queue, commands, work.batch);
		if (__builtin_expect(pushed != (int32_t)work.batch, 0)) {
			return pushed < 0 ? pushed : -EAGAIN;
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
