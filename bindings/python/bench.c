/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* What bench.py compares with: pushes one array of reads of null: again and again by ringline_exchange().
 * Usage: bench BATCH COMMANDS; prints the nanoseconds of a command. */
#include <ringline/ringline.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define BATCH_MAX 256

static char memory[BATCH_MAX * 512];

static int64_t now_ns(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

int main(int argc, char **argv)
{
	uint32_t const batch = argc == 3 ? (uint32_t)atoi(argv[1]) : 0;
	if (batch < 1 || batch > BATCH_MAX)
		return 2;
	int64_t const times = atoi(argv[2]) / (int)batch;
	ringline_queue *queue;
	ringline_device device;
	if (ringline_queue_create(NULL, NULL, &queue) || ringline_device_open("null:", NULL, NULL, &device) ||
	    ringline_queue_attach(queue, device))
		return 1;
	static ringline_command commands[BATCH_MAX];
	static ringline_completion completions[BATCH_MAX];
	for (uint32_t i = 0; i < batch; i++) {
		commands[i] = (ringline_command){.user_data = i + 1,
						 .device = device,
						 .lba = i,
						 .length = 512,
						 .blocks = 1,
						 .address = (uint64_t)(uintptr_t)(memory + i * 512),
						 .opcode = RINGLINE_NVME_READ};
	}
	int64_t const start = now_ns();
	for (int64_t turn = 0; turn < times; turn++) {
		uint32_t taken;
		if (ringline_exchange(queue, commands, batch, &taken, completions, batch, batch, -1) != (int32_t)batch)
			return 1;
	}
	printf("%.1f\n", (double)(now_ns() - start) / (double)(times * batch));
	return ringline_queue_destroy(queue) || ringline_device_close(device);
}
