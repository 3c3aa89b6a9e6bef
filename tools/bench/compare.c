/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * ringline-bench-compare: several contestants in one thread, in short slices that are shuffled in each round, so that
 * whatever disturbs the machine meets all of them alike. The driver (tools/bench/run) starts many such processes.
 */
#define _GNU_SOURCE /* sched_setaffinity */
#include "arguments.h"
#include "session.h"

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CONTESTANTS_MAX 16 /* a thread can register so many rings */
#define ROUNDS_MAX 4096u

static const char usage[] =
	"Usage: ringline-bench-compare --device DEV --contestants NAME[,NAME...] --batch N [OPTION...]\n"
	"\n"
	"Prints one line of JSON: nanoseconds of thread CPU time for a command, by contestant and round.\n"
	"\n"
	"  --rounds N          slices of each contestant (100)\n"
	"  --slice N           commands in a slice (2048)\n"
	"  --seed N            of the order (1)\n"
	"  --cpu N             stay on this processor\n"
	"  --buffers KIND, --depth N   as ringline-bench-loop\n";

struct compare_options {
	struct bench_options session;
	const struct bench_contestant *contestants[CONTESTANTS_MAX];
	uint32_t count;
	uint64_t rounds;
	uint64_t slice;
	uint64_t seed;
	uint64_t cpu;
	int pinned;
};

static struct bench_session sessions[CONTESTANTS_MAX];
static double cost_ns[CONTESTANTS_MAX][ROUNDS_MAX];

static int parse_contestants(const char *value, struct compare_options *options)
{
	char name[64];
	while (value != NULL && *value != '\0') {
		const size_t length = strcspn(value, ",");
		if (length >= sizeof name || options->count == CONTESTANTS_MAX) {
			break;
		}
		memcpy(name, value, length);
		name[length] = '\0';
		const struct bench_contestant *found = bench_find_contestant(name);
		if (found == NULL) {
			break;
		}
		options->contestants[options->count++] = found;
		value += length + (value[length] == ',');
	}
	if (value != NULL && *value == '\0' && options->count != 0) {
		return 0;
	}
	(void)fprintf(stderr, "ringline-bench-compare: --contestants takes up to %d names with commas between them\n",
		      CONTESTANTS_MAX);
	return -1;
}

static int parse_option(const char *name, const char *value, struct compare_options *options)
{
	if (strcmp(name, "--contestants") == 0) {
		return parse_contestants(value, options);
	}
	if (strcmp(name, "--rounds") == 0) {
		return bench_number(name, value, 1, ROUNDS_MAX, &options->rounds);
	}
	if (strcmp(name, "--slice") == 0) {
		return bench_number(name, value, 1, UINT32_MAX, &options->slice);
	}
	if (strcmp(name, "--seed") == 0) {
		return bench_number(name, value, 1, UINT64_MAX, &options->seed);
	}
	if (strcmp(name, "--cpu") == 0) {
		options->pinned = 1;
		return bench_number(name, value, 0, CPU_SETSIZE - 1, &options->cpu);
	}
	const int known = bench_session_argument(name, value, &options->session);
	if (known == 0) {
		(void)fprintf(stderr, "ringline-bench-compare: there is no option %s\n%s", name, usage);
	}
	return known == 1 ? 0 : -1;
}

static int parse(int count, char **arguments, struct compare_options *options)
{
	*options = (struct compare_options){.rounds = 100, .slice = 2048, .seed = 1};
	for (int i = 1; i < count; i += 2) {
		if (parse_option(arguments[i], i + 1 < count ? arguments[i + 1] : NULL, options) != 0) {
			return -1;
		}
	}
	if (options->count == 0) {
		(void)fprintf(stderr, "ringline-bench-compare: --contestants is needed\n%s", usage);
		return -1;
	}
	return bench_session_complete(&options->session);
}

static void shuffle(uint32_t *order, uint32_t count, uint64_t *random)
{
	for (uint32_t i = count; i > 1; i--) {
		*random = *random * 6364136223846793005u + 1442695040888963407u;
		const uint32_t other = (uint32_t)((*random >> 33) % i);
		const uint32_t kept = order[i - 1];
		order[i - 1] = order[other];
		order[other] = kept;
	}
}

static int measure(const struct compare_options *options)
{
	uint32_t order[CONTESTANTS_MAX];
	uint64_t random = options->seed;
	for (uint32_t i = 0; i < options->count; i++) {
		order[i] = i;
	}
	const uint64_t batch = options->session.batch;
	const double commands = (double)((options->slice + batch - 1) / batch * batch);
	/* Round 0 only warms up. */
	for (uint64_t round = 0; round <= options->rounds; round++) {
		shuffle(order, options->count, &random);
		for (uint32_t i = 0; i < options->count; i++) {
			struct bench_cost cost;
			if (bench_session_run(&sessions[order[i]], options->slice, &cost) != 0) {
				return 1;
			}
			if (round != 0) {
				cost_ns[order[i]][round - 1] = (double)cost.cpu_ns / commands;
			}
		}
	}
	return 0;
}

static void print(const struct compare_options *options)
{
	(void)printf("{\"schema\":\"ringline-bench.compare/1\",\"device\":\"%s\",\"batch\":%u,\"depth\":%u,"
		     "\"buffers\":\"%s\",\"slice\":%llu,\"ns_per_command\":{",
		     options->session.device, options->session.batch, options->session.depth,
		     bench_buffers_name(options->session.buffers), (unsigned long long)options->slice);
	for (uint32_t i = 0; i < options->count; i++) {
		(void)printf("%s\"%s\":[", i == 0 ? "" : ",", options->contestants[i]->name);
		for (uint64_t round = 0; round < options->rounds; round++) {
			(void)printf("%s%.2f", round == 0 ? "" : ",", cost_ns[i][round]);
		}
		(void)printf("]");
	}
	(void)printf("}}\n");
}

int main(int count, char **arguments)
{
	struct compare_options options;
	if (count == 2 && strcmp(arguments[1], "--help") == 0) {
		return printf("%s", usage) < 0;
	}
	if (parse(count, arguments, &options) != 0) {
		return 2;
	}
	if (options.pinned) {
		cpu_set_t set;
		CPU_ZERO(&set);
		CPU_SET(options.cpu, &set);
		if (sched_setaffinity(0, sizeof set, &set) != 0) {
			perror("ringline-bench-compare: --cpu");
			return 1;
		}
	}
	int failed = 0;
	for (uint32_t i = 0; i < options.count && !failed; i++) {
		options.session.contestant = options.contestants[i];
		failed = bench_session_open(&sessions[i], &options.session);
	}
	if (!failed) {
		failed = measure(&options);
	}
	if (!failed) {
		print(&options);
	}
	for (uint32_t i = 0; i < options.count; i++) {
		bench_session_close(&sessions[i]);
	}
	return failed;
}
