/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "arguments.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const buffers_names[] = {
	[BENCH_CALLER] = "caller", [BENCH_LIBRARY] = "library", [BENCH_PLAIN] = "plain"};

const char *bench_buffers_name(enum bench_buffers buffers)
{
	return buffers_names[buffers];
}

int bench_number(const char *option, const char *text, uint64_t least, uint64_t most, uint64_t *number)
{
	char *end = NULL;
	errno = 0;
	const unsigned long long value = text != NULL ? strtoull(text, &end, 10) : 0;
	if (text == NULL || *text < '0' || *text > '9' || *end != '\0' || errno != 0 || value < least || value > most) {
		(void)fprintf(stderr, "ringline-bench: %s takes a number from %llu to %llu\n", option,
			      (unsigned long long)least, (unsigned long long)most);
		return -1;
	}
	*number = value;
	return 0;
}

static int parse_buffers(const char *value, enum bench_buffers *buffers)
{
	for (size_t i = 0; i < sizeof buffers_names / sizeof buffers_names[0]; i++) {
		if (value != NULL && strcmp(value, buffers_names[i]) == 0) {
			*buffers = (enum bench_buffers)i;
			return 1;
		}
	}
	(void)fprintf(stderr, "ringline-bench: --buffers takes caller, library or plain\n");
	return -1;
}

static int parse_size(const char *option, const char *value, uint64_t most, uint32_t *size)
{
	uint64_t number = 0;
	if (bench_number(option, value, 1, most, &number) != 0) {
		return -1;
	}
	*size = (uint32_t)number;
	return 1;
}

int bench_session_argument(const char *option, const char *value, struct bench_options *options)
{
	if (strcmp(option, "--device") == 0) {
		options->device = value;
		return 1;
	}
	if (strcmp(option, "--contestant") == 0) {
		options->contestant = value != NULL ? bench_find_contestant(value) : NULL;
		if (options->contestant == NULL) {
			(void)fprintf(stderr, "ringline-bench: --contestant takes a name; --list tells them\n");
			return -1;
		}
		return 1;
	}
	if (strcmp(option, "--batch") == 0) {
		return parse_size(option, value, BENCH_BATCH_LIMIT, &options->batch);
	}
	if (strcmp(option, "--depth") == 0) {
		return parse_size(option, value, 32768, &options->depth);
	}
	if (strcmp(option, "--buffers") == 0) {
		return parse_buffers(value, &options->buffers);
	}
	return 0;
}

int bench_session_complete(struct bench_options *options)
{
	if (options->device == NULL || options->batch == 0) {
		(void)fprintf(stderr, "ringline-bench: --device and --batch are needed\n");
		return -1;
	}
	if (options->depth == 0) {
		options->depth = options->batch > 256 ? options->batch : 256;
	}
	if (options->batch > options->depth) {
		(void)fprintf(stderr, "ringline-bench: a batch of %u does not fit into a queue of depth %u\n",
			      options->batch, options->depth);
		return -1;
	}
	return 0;
}
