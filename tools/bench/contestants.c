/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The table of contestants. */
#include "contestant.h"

#include <string.h>

extern const struct bench_contestant bench_raw, bench_raw_whole, bench_raw_copy, bench_raw_arrays, bench_liburing,
	bench_liburing_whole, bench_liburing_copy, bench_ringline_typed, bench_ringline_array,
	bench_ringline_array_copy, bench_ringline_raw, bench_ringline_exchange, bench_ringline_two_calls;

const struct bench_contestant *const bench_contestants[] = {
	&bench_raw,
	&bench_raw_whole,
	&bench_raw_copy,
	&bench_raw_arrays,
	&bench_liburing,
	&bench_liburing_whole,
	&bench_liburing_copy,
	&bench_ringline_typed,
	&bench_ringline_array,
	&bench_ringline_array_copy,
	&bench_ringline_raw,
	&bench_ringline_exchange,
	&bench_ringline_two_calls,
	NULL,
};

const struct bench_contestant *bench_find_contestant(const char *name)
{
	for (const struct bench_contestant *const *at = bench_contestants; *at != NULL; at++) {
		if (strcmp((*at)->name, name) == 0) {
			return *at;
		}
	}
	return NULL;
}
