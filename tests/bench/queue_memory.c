/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* What a queue of depth 256 takes of this process, by the kernel's list of mappings and the allocator's own account. */
#include <errno.h>
#include <malloc.h>
#include <ringline/ringline.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define SKIPPED 77
#define MOST_BYTES (64 * 1024)
/* Heap blocks have headers, mappings are whole pages, and the library's account knows of neither. */
#define TOLERANCE_BYTES (8 * 1024)

/* All mappings but the heap's, which the allocator accounts for, and the stack's. Nothing here allocates meanwhile. */
static uint64_t mapped_bytes(void)
{
	static char line[512];
	static char buffer[4096];
	uint64_t total = 0;
	FILE *file = fopen("/proc/self/maps", "r");
	if (file == NULL) {
		return 0;
	}
	(void)setvbuf(file, buffer, _IOFBF, sizeof buffer);
	while (fgets(line, sizeof line, file) != NULL) {
		unsigned long long start = 0;
		unsigned long long end = 0;
		if (sscanf(line, "%llx-%llx", &start, &end) == 2 && strstr(line, "[heap]") == NULL &&
		    strstr(line, "[stack]") == NULL) {
			total += end - start;
		}
	}
	(void)fclose(file);
	return total;
}

static uint64_t used_bytes(void)
{
	return mapped_bytes() + mallinfo2().uordblks;
}

/* A queue that has an owner, a device and a command behind it, so that nothing is left to be made later. */
static int make(ringline_device device, ringline_queue **queue)
{
	const ringline_queue_options options = {
		.struct_size = sizeof options, .engine = RINGLINE_ENGINE_URING, .depth = 256};
	ringline_completion completion;
	int32_t error = ringline_queue_create(&options, NULL, queue);
	if (error == 0) {
		error = ringline_queue_attach(*queue, device);
	}
	if (error == 0) {
		error = ringline_flush(*queue, device, 1);
	}
	if (error == 0) {
		error = ringline_submit_and_wait(*queue, &completion, 1, 1, -1) == 1 ? 0 : -1;
	}
	return error;
}

int main(void)
{
	ringline_device device;
	ringline_queue *queue = NULL;
	if (ringline_device_open("null:", NULL, NULL, &device) != 0) {
		return 1;
	}
	/* The first queue pays for what the process has once. */
	const int error = make(device, &queue);
	if (error == -EOPNOTSUPP) {
		(void)puts("skipped: there is no io_uring here");
		return SKIPPED;
	}
	if (error != 0 || ringline_queue_destroy(queue) != 0) {
		(void)fprintf(stderr, "queue_memory: %s\n", ringline_error_text(error));
		return 1;
	}
	const uint64_t before = used_bytes();
	if (make(device, &queue) != 0) {
		return 1;
	}
	const uint64_t measured = used_bytes() - before;
	ringline_queue_info info = {.struct_size = sizeof info};
	if (ringline_queue_info_get(queue, &info) != 0) {
		return 1;
	}
	(void)printf("a queue of depth %u: %llu bytes measured, %llu by its own account, at most %d allowed\n",
		     info.depth, (unsigned long long)measured, (unsigned long long)info.memory_bytes, MOST_BYTES);
	const int agrees =
		info.memory_bytes <= measured + TOLERANCE_BYTES && measured <= info.memory_bytes + TOLERANCE_BYTES;
	const int failed = measured > MOST_BYTES || measured == 0 || !agrees;
	return failed | (ringline_queue_destroy(queue) != 0) | (ringline_device_close(device) != 0);
}
