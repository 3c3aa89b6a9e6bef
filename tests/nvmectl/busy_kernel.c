// SPDX-License-Identifier: MIT OR Apache-2.0
// Preloaded into nvmectl: for 50 ms from its first wait on, the kernel is out of something, and a signal has come if
// that is handled. How often was asked in that time is told at the end: who pauses asks some dozens of times at most,
// who does not, thousands of times.
#define _GNU_SOURCE
#include <ringline/ringline.h>

#include <dlfcn.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static unsigned asked;

static int64_t now_ms(void)
{
	struct timespec now;
	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

__attribute__((destructor)) static void tell(void)
{
	(void)fprintf(stderr, "asked %u times\n", asked);
}

static void interrupt_handlers(void)
{
	struct sigaction action;
	if (sigaction(SIGINT, NULL, &action) == 0 && action.sa_handler != SIG_DFL) {
		(void)raise(SIGINT);
	}
}

int32_t ringline_submit_and_wait(ringline_queue *queue, ringline_completion *completions, uint32_t max, uint32_t min,
				 int64_t timeout_ns)
{
	static int64_t end_ms;
	int32_t (*real)(ringline_queue *, ringline_completion *, uint32_t, uint32_t, int64_t);
	void *const symbol = dlsym(RTLD_NEXT, "ringline_submit_and_wait");
	memcpy(&real, &symbol, sizeof real);
	if (min > 0 && end_ms == 0) {
		end_ms = now_ms() + 50;
		interrupt_handlers();
	}
	if (min > 0 && now_ms() < end_ms) {
		++asked;
		return -EBUSY;
	}
	return real(queue, completions, max, min, timeout_ns);
}
