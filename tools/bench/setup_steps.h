/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The system calls that making a queue consists of, one by one, so that it can be told which of them takes how long. */
#ifndef RINGLINE_BENCH_SETUP_STEPS_H
#define RINGLINE_BENCH_SETUP_STEPS_H

#include <stdint.h>

enum setup_step {
	STEP_SETUP,
	STEP_MAP,
	STEP_FILES,
	STEP_BUFFERS,
	STEP_ENABLE,
	STEP_RING_FD,
	STEP_UNMAP,
	STEP_CLOSE,
	STEPS
};

extern const char *const setup_step_names[STEPS];

uint64_t setup_now_ns(void);

/** Does what a queue of this depth does, with these IORING_SETUP_* flags, and tells what each step took. 0 or -1. */
int setup_steps_run(uint32_t depth, uint32_t flags, uint64_t took_ns[STEPS]);

#endif
