/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* ringline, by raw commands: nothing is proved. */
#include "ringline_setup.h"

static inline void put_raw(ringline_raw_command *command, const struct bench_request *request, uint32_t block_bytes)
{
	command->user_data = request->user_data;
	command->command.opcode = request->opcode;
	command->command.address = request->address;
	command->command.data_length = request->blocks * block_bytes;
	command->command.cdw10 = (uint32_t)request->lba;
	command->command.cdw11 = (uint32_t)(request->lba >> 32);
	command->command.cdw12 = request->blocks - (request->blocks != 0);
}

static int run(void *state, const struct bench_work *given)
{
	struct ringline_state *own = state;
	const struct bench_work work = *given;
	ringline_raw_command *const commands = own->raw_commands;
	const uint32_t block_bytes = own->block_bytes;
	uint32_t at = 0;
	for (uint64_t left = work.commands; left != 0; left -= work.batch) {
		const struct bench_request *request = work.requests + at;
		at = bench_next(at, &work);
		for (uint32_t i = 0; i < work.batch; i++) {
			put_raw(&commands[i], request++, block_bytes);
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
