/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* One contestant made ready: its ring, its memory, the requests that it will be given. */
#ifndef RINGLINE_BENCH_SESSION_H
#define RINGLINE_BENCH_SESSION_H

#include "contestant.h"

/** How many different requests there are. */
#define BENCH_REQUESTS 512u
#define BENCH_BATCH_LIMIT 512u

struct bench_options {
	const char *device; /**< "null:", "/dev/null" or "/dev/ngXnY", which is only read from. */
	const struct bench_contestant *contestant;
	uint32_t batch;
	uint32_t depth;
	enum bench_buffers buffers;
};

struct bench_session {
	struct bench_options options;
	struct bench_setup setup;
	struct bench_request requests[BENCH_REQUESTS];
	int32_t outcomes[BENCH_REQUESTS];
	char *allocated; /**< Memory of ours, or NULL. */
	void *state;
};

/** What a run took. */
struct bench_cost {
	uint64_t cpu_ns;  /**< Of this thread. */
	uint64_t user_ns; /**< Of that, as the kernel divides it: exact only where it accounts each crossing. */
	uint64_t system_ns;
	uint64_t enters; /**< io_uring_enter calls. */
};

/** 0, or 1 after it said on standard error what is wrong. It proves the contestant too: each request must end once,
 * with 0. */
int bench_session_open(struct bench_session *session, const struct bench_options *options);
/** Sends so many commands, rounded up to whole batches. 0, or 1 after it said what is wrong. */
int bench_session_run(struct bench_session *session, uint64_t commands, struct bench_cost *cost);
void bench_session_close(struct bench_session *session);

/** The value of CLOCK_THREAD_CPUTIME_ID. */
uint64_t bench_thread_cpu_ns(void);

#endif
