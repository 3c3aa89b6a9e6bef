/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * ringline-bench-setup: what it takes to open devices and to create and destroy queues, and which step of it takes how
 * long. Prints one line of JSON; times are means in microseconds of elapsed time.
 */
#include "setup_steps.h"

#include <ringline/ringline.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define SAMPLES 201
#define SAMPLES_LARGE 21 /* of queues that take milliseconds */

static const uint32_t depths[] = {1, 32, 256, 1024, 4096, 32768};

static int compare(const void *left, const void *right)
{
	const uint64_t a = *(const uint64_t *)left;
	const uint64_t b = *(const uint64_t *)right;
	return (a > b) - (a < b);
}

/* The median, in microseconds: a mean would tell of the one sample that was interrupted. */
static double median_us(uint64_t *samples, int count)
{
	qsort(samples, (size_t)count, sizeof *samples, compare);
	return (double)samples[count / 2] / 1000;
}

static int check(int32_t error, const char *what)
{
	if (error < 0) {
		(void)fprintf(stderr, "ringline-bench-setup: %s: %s\n", what, ringline_error_text(error));
	}
	return error < 0;
}

static int time_device(const char *name, const char *path, int last)
{
	static uint64_t opening[SAMPLES];
	static uint64_t closing[SAMPLES];
	for (int i = 0; i < SAMPLES; i++) {
		ringline_device device;
		const uint64_t began = setup_now_ns();
		if (check(ringline_device_open(path, NULL, NULL, &device), path)) {
			return 1;
		}
		const uint64_t opened = setup_now_ns();
		if (check(ringline_device_close(device), path)) {
			return 1;
		}
		opening[i] = opened - began;
		closing[i] = setup_now_ns() - opened;
	}
	(void)printf("\"%s\":{\"open_us\":%.2f,\"close_us\":%.2f}%s", name, median_us(opening, SAMPLES),
		     median_us(closing, SAMPLES), last ? "" : ",");
	return 0;
}

static int time_devices(const char *directory)
{
	char path[512];
	char image[528];
	const ringline_sim_options options = {.struct_size = sizeof options, .blocks = 4096};
	(void)snprintf(path, sizeof path, "%s/ringline-bench-%d.img", directory, (int)getpid());
	(void)snprintf(image, sizeof image, "sim:%s", path);
	if (check(ringline_sim_create(path, &options), path)) {
		return 1;
	}
	(void)printf("\"devices\":{");
	const int failed = time_device("null:", "null:", 0) || time_device("sim:", image, 1);
	(void)printf("},");
	(void)unlink(path);
	(void)snprintf(image, sizeof image, "%s.ringline", path);
	(void)unlink(image);
	return failed;
}

struct queue_times {
	uint64_t create[SAMPLES], first_use[SAMPLES], destroy[SAMPLES];
	uint64_t steps[STEPS][SAMPLES];
	uint64_t memory_bytes;
	uint32_t flags;
};

/* The first call of the owner binds the ring to its thread, and so is part of the price. */
static int time_queue(uint32_t depth, ringline_device device, int sample, struct queue_times *times)
{
	const ringline_queue_options options = {
		.struct_size = sizeof options, .engine = RINGLINE_ENGINE_URING, .depth = depth};
	ringline_queue_info info = {.struct_size = sizeof info};
	ringline_queue *queue = NULL;
	const uint64_t began = setup_now_ns();
	if (check(ringline_queue_create(&options, NULL, &queue), "ringline_queue_create")) {
		return 1;
	}
	const uint64_t created = setup_now_ns();
	if (check(ringline_queue_attach(queue, device), "ringline_queue_attach")) {
		return 1;
	}
	const uint64_t used = setup_now_ns();
	if (check(ringline_queue_info_get(queue, &info), "ringline_queue_info_get")) {
		return 1;
	}
	const uint64_t ending = setup_now_ns();
	if (check(ringline_queue_destroy(queue), "ringline_queue_destroy")) {
		return 1;
	}
	times->destroy[sample] = setup_now_ns() - ending;
	times->create[sample] = created - began;
	times->first_use[sample] = used - created;
	times->memory_bytes = info.memory_bytes;
	times->flags = info.ring_setup_flags;
	return 0;
}

static int time_depth(uint32_t depth, ringline_device device, int last)
{
	static struct queue_times times;
	const int count = depth > 4096 ? SAMPLES_LARGE : SAMPLES;
	for (int i = 0; i < count; i++) {
		if (time_queue(depth, device, i, &times) != 0) {
			return 1;
		}
		uint64_t steps[STEPS];
		if (setup_steps_run(depth, times.flags, steps) != 0) {
			perror("ringline-bench-setup: the steps by hand");
			return 1;
		}
		for (int which = 0; which < STEPS; which++) {
			times.steps[which][i] = steps[which];
		}
	}
	(void)printf("{\"depth\":%u,\"create_us\":%.2f,\"first_use_us\":%.2f,\"destroy_us\":%.2f,\"memory_bytes\":%llu,"
		     "\"steps_us\":{",
		     depth, median_us(times.create, count), median_us(times.first_use, count),
		     median_us(times.destroy, count), (unsigned long long)times.memory_bytes);
	for (int which = 0; which < STEPS; which++) {
		(void)printf("%s\"%s\":%.2f", which == 0 ? "" : ",", setup_step_names[which],
			     median_us(times.steps[which], count));
	}
	(void)printf("}}%s", last ? "" : ",");
	return 0;
}

int main(int count, char **arguments)
{
	ringline_device device;
	if (count > 2 || (count == 2 && arguments[1][0] == '-')) {
		(void)fprintf(stderr, "Usage: ringline-bench-setup [DIRECTORY]   (for an image; /tmp)\n");
		return 2;
	}
	(void)printf("{\"schema\":\"ringline-bench.setup/1\",");
	if (time_devices(count == 2 ? arguments[1] : "/tmp") != 0 ||
	    check(ringline_device_open("null:", NULL, NULL, &device), "null:")) {
		return 1;
	}
	(void)printf("\"queues\":[");
	const size_t kinds = sizeof depths / sizeof depths[0];
	for (size_t i = 0; i < kinds; i++) {
		if (time_depth(depths[i], device, i + 1 == kinds) != 0) {
			return 1;
		}
	}
	(void)printf("]}\n");
	return check(ringline_device_close(device), "null:");
}
