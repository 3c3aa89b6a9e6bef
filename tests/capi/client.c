/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* A client in C99: makes an image, writes, flushes and reads back. Linked with libringline and liburing alone. */
#include <ringline/ringline.h>

#include <stdio.h>
#include <string.h>

#define LENGTH 4096u

static uint8_t written[LENGTH];
static uint8_t read_back[LENGTH];

/* Waits for the command that was just pushed. 0: it succeeded. */
static int finish(ringline_queue *queue, const char *what)
{
	ringline_completion completion;
	const int32_t taken = ringline_submit_and_wait(queue, &completion, 1, 1, -1);

	if (taken != 1) {
		fprintf(stderr, "%s: the wait gave %ld\n", what, (long)taken);
		return 1;
	}
	if (completion.error != 0 || completion.status != 0) {
		fprintf(stderr, "%s: %s, status 0x%x\n", what, ringline_error_name(completion.error),
			(unsigned)completion.status);
		return 1;
	}
	return 0;
}

static int transfer(ringline_queue *queue, ringline_device device, uint32_t blocks)
{
	if (ringline_write(queue, device, 3, blocks, written, LENGTH, RINGLINE_FUA, 1) != 0 ||
	    finish(queue, "write") != 0) {
		return 1;
	}
	if (ringline_flush(queue, device, 2) != 0 || finish(queue, "flush") != 0) {
		return 1;
	}
	if (ringline_read(queue, device, 3, blocks, read_back, LENGTH, 0, 3) != 0 || finish(queue, "read") != 0) {
		return 1;
	}
	if (memcmp(written, read_back, LENGTH) != 0) {
		fprintf(stderr, "what was read is not what was written\n");
		return 1;
	}
	return 0;
}

static int use_device(ringline_device device)
{
	ringline_device_info info;
	ringline_queue *queue = NULL;
	int failed = 1;

	memset(&info, 0, sizeof info);
	info.struct_size = sizeof info;
	if (ringline_device_info_get(device, &info) == 0 && ringline_queue_create(NULL, NULL, &queue) == 0 &&
	    ringline_queue_attach(queue, device) == 0) {
		failed = transfer(queue, device, LENGTH / info.block_size);
	}
	if (ringline_queue_destroy(queue) != 0) {
		failed = 1;
	}
	return failed;
}

int main(int argc, char **argv)
{
	ringline_sim_options options;
	ringline_device_options how;
	ringline_diagnosis why;
	ringline_device device;
	uint32_t i;
	int failed;

	if (argc != 2) {
		fprintf(stderr, "usage: client IMAGE\n");
		return 2;
	}
	for (i = 0; i < LENGTH; ++i) {
		written[i] = (uint8_t)(i * 31u + 7u);
	}
	memset(&options, 0, sizeof options);
	options.struct_size = sizeof options;
	options.blocks = 64;
	remove(argv[1]);
	if (ringline_sim_create(argv[1], &options) != 0) {
		fprintf(stderr, "no image can be made at %s\n", argv[1]);
		return 1;
	}
	memset(&how, 0, sizeof how);
	how.struct_size = sizeof how;
	how.flags = RINGLINE_OPEN_SIMULATED;
	memset(&why, 0, sizeof why);
	why.struct_size = sizeof why;
	if (ringline_device_open(argv[1], &how, &why, &device) != 0) {
		fprintf(stderr, "%s\n", why.text);
		return 1;
	}
	failed = use_device(device);
	return ringline_device_close(device) != 0 || failed;
}
