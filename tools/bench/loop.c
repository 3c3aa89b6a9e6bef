/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* ringline-bench-loop: one contestant, one batch size, one thread; what a command costs. Its command line is fixed. */
#include "arguments.h"
#include "session.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char usage[] =
	"Usage: ringline-bench-loop --device DEV --contestant NAME --batch N --commands N [OPTION...]\n"
	"\n"
	"Sends N commands (reads of 4096 bytes) from one thread and prints what one cost.\n"
	"\n"
	"  --device DEV         null:, /dev/null or /dev/ngXnY; it is only read from\n"
	"  --contestant NAME    one of --list\n"
	"  --batch N            commands for each submission, 1 to 512\n"
	"  --commands N         how many to measure, rounded up to whole batches\n"
	"  --buffers KIND       caller (the default): page-aligned memory that the ring does not know;\n"
	"                       library: registered memory; plain: memory as malloc() gives it\n"
	"  --depth N            of the queue (256, or the batch if that is more)\n"
	"  --warm-up N          commands before the measured ones (10000)\n"
	"  --json               one line of JSON\n"
	"  --list               names of the contestants\n";

struct loop_options {
	struct bench_options session;
	uint64_t commands;
	uint64_t warm_up;
	int json;
};

static int parse(int count, char **arguments, struct loop_options *options)
{
	*options = (struct loop_options){.warm_up = 10000};
	for (int i = 1; i < count; i++) {
		const char *name = arguments[i];
		if (strcmp(name, "--json") == 0) {
			options->json = 1;
			continue;
		}
		const char *value = i + 1 < count ? arguments[++i] : NULL;
		const int known = bench_session_argument(name, value, &options->session);
		uint64_t *number = strcmp(name, "--commands") == 0  ? &options->commands
				   : strcmp(name, "--warm-up") == 0 ? &options->warm_up
								    : NULL;
		if (known < 0 || (known == 0 && number == NULL) ||
		    (known == 0 && bench_number(name, value, 0, UINT64_MAX / 2, number) != 0)) {
			if (known == 0 && number == NULL) {
				(void)fprintf(stderr, "ringline-bench-loop: there is no option %s\n%s", name, usage);
			}
			return 2;
		}
	}
	if (options->session.contestant == NULL || options->commands == 0) {
		(void)fprintf(stderr, "ringline-bench-loop: --contestant and --commands are needed\n%s", usage);
		return 2;
	}
	return bench_session_complete(&options->session) == 0 ? 0 : 2;
}

static void print(const struct loop_options *options, const struct bench_cost *cost)
{
	const struct bench_options *session = &options->session;
	const uint64_t batches = (options->commands + session->batch - 1) / session->batch;
	const double commands = (double)(batches * session->batch);
	const double cpu = (double)cost->cpu_ns / commands;
	const double user = (double)cost->user_ns / commands;
	const double system = (double)cost->system_ns / commands;
	const double enters = (double)cost->enters / (double)batches;
	if (options->json) {
		(void)printf(
			"{\"schema\":\"ringline-bench.loop/1\",\"device\":\"%s\",\"contestant\":\"%s\",\"batch\":%u,"
			"\"depth\":%u,\"buffers\":\"%s\",\"commands\":%llu,\"cpu_ns_per_command\":%.3f,"
			"\"user_ns_per_command\":%.3f,\"system_ns_per_command\":%.3f,\"enters\":%llu,"
			"\"enters_per_batch\":%.6f}\n",
			session->device, session->contestant->name, session->batch, session->depth,
			bench_buffers_name(session->buffers), (unsigned long long)commands, cpu, user, system,
			(unsigned long long)cost->enters, enters);
		return;
	}
	(void)printf("%s, %s, batch %u: %.1f ns of CPU for each of %.0f commands (user about %.1f, system about %.1f); "
		     "%llu io_uring_enter calls, %.3f for each batch\n",
		     session->contestant->name, session->device, session->batch, cpu, commands, user, system,
		     (unsigned long long)cost->enters, enters);
}

int main(int count, char **arguments)
{
	struct loop_options options;
	if (count == 2 && strcmp(arguments[1], "--help") == 0) {
		return printf("%s", usage) < 0;
	}
	if (count == 2 && strcmp(arguments[1], "--list") == 0) {
		for (const struct bench_contestant *const *at = bench_contestants; *at != NULL; at++) {
			(void)puts((*at)->name);
		}
		return 0;
	}
	const int wrong = parse(count, arguments, &options);
	if (wrong != 0) {
		return wrong;
	}
	static struct bench_session session;
	struct bench_cost cost;
	int failed = bench_session_open(&session, &options.session);
	if (!failed && options.warm_up != 0) {
		failed = bench_session_run(&session, options.warm_up, &cost);
	}
	if (!failed) {
		failed = bench_session_run(&session, options.commands, &cost);
	}
	if (!failed) {
		print(&options, &cost);
	}
	bench_session_close(&session);
	return failed;
}
