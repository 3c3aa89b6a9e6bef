/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * ringline-bench-scale: what a command costs by the number of devices attached to a queue, and by the number of threads
 * that each have a queue of their own. Commands go to the devices in turn.
 */
#include "arguments.h"
#include "session.h"
#include <ringline/ringline.h>

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DEVICES_MAX 256u
#define THREADS_MAX 64u
#define WARM_UP 20000u

static const char usage[] =
	"Usage: ringline-bench-scale [--devices N] [--threads N] [--batch N] [--depth N] [--commands N]\n"
	"\n"
	"Prints one line of JSON. Defaults: 1 device, 1 thread, batch 32, depth 256, 1000000 commands a thread.\n";

struct scale_options {
	uint64_t devices, threads, batch, depth, commands;
};

struct scale_thread {
	pthread_t thread;
	const struct scale_options *options;
	const ringline_device *devices;
	uint64_t cpu_ns;
	int failed;
};

/* One loop, as in ringline_array.c, but each command may go to another device. */
static int run(ringline_queue *queue, const struct scale_thread *own, uint64_t commands)
{
	static char memory[BENCH_BATCH_LIMIT];
	ringline_command array[BENCH_BATCH_LIMIT];
	ringline_completion completions[BENCH_BATCH_LIMIT];
	const uint32_t batch = (uint32_t)own->options->batch;
	uint64_t device = 0;
	uint64_t lba = 0;
	memset(array, 0, sizeof array);
	for (uint64_t sent = 0; sent < commands; sent += batch) {
		for (uint32_t i = 0; i < batch; i++) {
			array[i].user_data = i;
			array[i].device = own->devices[device];
			array[i].lba = lba++;
			array[i].address = (uintptr_t)memory;
			array[i].length = 512;
			array[i].blocks = 1;
			array[i].opcode = RINGLINE_NVME_WRITE;
			device = device + 1 == own->options->devices ? 0 : device + 1;
		}
		if (ringline_push(queue, array, batch) != (int32_t)batch) {
			return 1;
		}
		const int32_t taken = ringline_submit_and_wait(queue, completions, batch, batch, -1);
		if (taken != (int32_t)batch) {
			return 1;
		}
		for (uint32_t i = 0; i < batch; i++) {
			if ((completions[i].error | completions[i].status) != 0) {
				return 1;
			}
		}
	}
	return 0;
}

static void *work(void *argument)
{
	struct scale_thread *own = argument;
	ringline_queue *queue = NULL;
	const ringline_queue_options options = {.struct_size = sizeof options,
						.engine = RINGLINE_ENGINE_URING,
						.depth = (uint32_t)own->options->depth,
						.max_devices = (uint32_t)own->options->devices};
	own->failed = ringline_queue_create(&options, NULL, &queue) != 0;
	for (uint64_t i = 0; i < own->options->devices && !own->failed; i++) {
		own->failed = ringline_queue_attach(queue, own->devices[i]) != 0;
	}
	if (!own->failed) {
		own->failed = run(queue, own, WARM_UP);
	}
	const uint64_t began = bench_thread_cpu_ns();
	if (!own->failed) {
		own->failed = run(queue, own, own->options->commands);
	}
	own->cpu_ns = bench_thread_cpu_ns() - began;
	own->failed |= ringline_queue_destroy(queue) != 0;
	return NULL;
}

static int parse(int count, char **arguments, struct scale_options *options)
{
	const struct {
		const char *name;
		uint64_t *value;
		uint64_t most;
	} known[] = {{"--devices", &options->devices, DEVICES_MAX},
		     {"--threads", &options->threads, THREADS_MAX},
		     {"--batch", &options->batch, BENCH_BATCH_LIMIT},
		     {"--depth", &options->depth, 32768},
		     {"--commands", &options->commands, UINT32_MAX}};
	for (int i = 1; i < count; i += 2) {
		size_t at = 0;
		while (at < sizeof known / sizeof known[0] && strcmp(known[at].name, arguments[i]) != 0) {
			at++;
		}
		if (at == sizeof known / sizeof known[0]) {
			(void)fprintf(stderr, "ringline-bench-scale: there is no option %s\n%s", arguments[i], usage);
			return -1;
		}
		if (bench_number(arguments[i], i + 1 < count ? arguments[i + 1] : NULL, 1, known[at].most,
				 known[at].value) != 0) {
			return -1;
		}
	}
	if (options->batch > options->depth) {
		(void)fprintf(stderr, "ringline-bench-scale: the batch must not be larger than the depth\n");
		return -1;
	}
	return 0;
}

static int run_threads(const struct scale_options *options, const ringline_device *devices)
{
	static struct scale_thread threads[THREADS_MAX];
	double total_ns = 0;
	int failed = 0;
	for (uint64_t i = 0; i < options->threads; i++) {
		threads[i] = (struct scale_thread){.options = options, .devices = devices};
		if (pthread_create(&threads[i].thread, NULL, work, &threads[i]) != 0) {
			return 1;
		}
	}
	for (uint64_t i = 0; i < options->threads; i++) {
		failed |= pthread_join(threads[i].thread, NULL) != 0 || threads[i].failed;
		total_ns += (double)threads[i].cpu_ns;
	}
	if (failed) {
		(void)fprintf(stderr, "ringline-bench-scale: a thread could not send all of its commands\n");
		return 1;
	}
	const uint64_t batches = (options->commands + options->batch - 1) / options->batch;
	(void)printf("{\"schema\":\"ringline-bench.scale/"
		     "1\",\"devices\":%llu,\"threads\":%llu,\"batch\":%llu,\"depth\":%llu,"
		     "\"cpu_ns_per_command\":%.2f}\n",
		     (unsigned long long)options->devices, (unsigned long long)options->threads,
		     (unsigned long long)options->batch, (unsigned long long)options->depth,
		     total_ns / (double)options->threads / (double)(batches * options->batch));
	return 0;
}

int main(int count, char **arguments)
{
	static ringline_device devices[DEVICES_MAX];
	struct scale_options options = {.devices = 1, .threads = 1, .batch = 32, .depth = 256, .commands = 1000000};
	if (count == 2 && strcmp(arguments[1], "--help") == 0) {
		return printf("%s", usage) < 0;
	}
	if (parse(count, arguments, &options) != 0) {
		return 2;
	}
	for (uint64_t i = 0; i < options.devices; i++) {
		if (ringline_device_open("null:", NULL, NULL, &devices[i]) != 0) {
			(void)fprintf(stderr, "ringline-bench-scale: null: cannot be opened\n");
			return 1;
		}
	}
	int failed = run_threads(&options, devices);
	for (uint64_t i = 0; i < options.devices; i++) {
		failed |= ringline_device_close(devices[i]) != 0;
	}
	return failed;
}
