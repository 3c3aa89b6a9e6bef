/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* ringline, with push, submit and wait as calls of their own. */
#include "ringline_setup.h"

static int run(void *state, const struct bench_work *given)
{
	struct ringline_state *own = state;
	const struct bench_work work = *given;
	ringline_command *const commands = own->commands;
	const uint32_t block_bytes = own->block_bytes;
	uint32_t at = 0;
	for (uint64_t left = work.commands; left != 0; left -= work.batch) {
		const struct bench_request *request = work.requests + at;
		at = bench_next(at, &work);
		for (uint32_t i = 0; i < work.batch; i++) {
			put(&commands[i], request++, block_bytes);
		}
		const int32_t pushed = ringline_push(own->queue, commands, work.batch);
		if (__builtin_expect(pushed != (int32_t)work.batch, 0)) {
			return pushed < 0 ? pushed : -EAGAIN;
		}
		const int32_t submitted = ringline_submit(own->queue);
		if (__builtin_expect(submitted < 0 && submitted != -EINTR && submitted != -EAGAIN, 0)) {
			return submitted;
		}
		const int32_t taken = ringline_wait(own->queue, own->completions, work.batch, work.batch, -1);
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
