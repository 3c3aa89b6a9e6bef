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

#define OPENS 200
#define QUEUES 100

static const uint32_t depths[] = {1, 32, 256, 1024, 4096, 32768};

static double microseconds(uint64_t nanoseconds, int count)
{
	return (double)nanoseconds / 1000 / count;
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
	uint64_t opening = 0;
	uint64_t closing = 0;
	for (int i = 0; i < OPENS; i++) {
		ringline_device device;
		const uint64_t began = setup_now_ns();
		if (check(ringline_device_open(path, NULL, NULL, &device), path)) {
			return 1;
		}
		const uint64_t opened = setup_now_ns();
		if (check(ringline_device_close(device), path)) {
			return 1;
		}
		opening += opened - began;
		closing += setup_now_ns() - opened;
	}
	(void)printf("\"%s\":{\"open_us\":%.2f,\"close_us\":%.2f}%s", name, microseconds(opening, OPENS),
		     microseconds(closing, OPENS), last ? "" : ",");
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
	uint64_t create, first_use, destroy;
	uint64_t memory_bytes;
	uint32_t flags;
};

/* The first call of the owner binds the ring to its thread, and so is part of the price. */
static int time_queue(uint32_t depth, ringline_device device, struct queue_times *times)
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
	times->destroy += setup_now_ns() - ending;
	times->create += created - began;
	times->first_use += used - created;
	times->memory_bytes = info.memory_bytes;
	times->flags = info.ring_setup_flags;
	return 0;
}

static int time_depth(uint32_t depth, ringline_device device, int last)
{
	struct queue_times times = {0};
	uint64_t steps[STEPS] = {0};
	const int count = depth > 4096 ? QUEUES / 10 : QUEUES;
	for (int i = 0; i < count; i++) {
		if (time_queue(depth, device, &times) != 0) {
			return 1;
		}
		if (setup_steps_run(depth, times.flags, steps) != 0) {
			perror("ringline-bench-setup: the steps by hand");
			return 1;
		}
	}
	(void)printf("{\"depth\":%u,\"create_us\":%.2f,\"first_use_us\":%.2f,\"destroy_us\":%.2f,\"memory_bytes\":%llu,"
		     "\"steps_us\":{",
		     depth, microseconds(times.create, count), microseconds(times.first_use, count),
		     microseconds(times.destroy, count), (unsigned long long)times.memory_bytes);
	for (int which = 0; which < STEPS; which++) {
		(void)printf("%s\"%s\":%.2f", which == 0 ? "" : ",", setup_step_names[which],
			     microseconds(steps[which], count));
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
