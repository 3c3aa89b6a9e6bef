/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* What the command lines of the programs here have in common. Each function says on standard error what is wrong. */
#ifndef RINGLINE_BENCH_ARGUMENTS_H
#define RINGLINE_BENCH_ARGUMENTS_H

#include "session.h"

/** 0, or -1 unless @p text is a decimal number from @p least to @p most. */
int bench_number(const char *option, const char *text, uint64_t least, uint64_t most, uint64_t *number);
/** Takes --device, --contestant, --batch, --depth and --buffers. 1: it was one; 0: another; -1: its value is wrong. */
int bench_session_argument(const char *option, const char *value, struct bench_options *options);
/** Fills in defaults and checks what must fit together. 0 or -1. */
int bench_session_complete(struct bench_options *options);
const char *bench_buffers_name(enum bench_buffers buffers);

#endif
