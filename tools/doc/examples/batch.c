/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* batch DEVICE: fills a pinned buffer, writes it with 16 commands in one call, flushes, reads it back the same way. */
#include <ringline/ringline.h>

#include <err.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

enum { commands = 16, command_bytes = 4096 };

static ringline_queue *queue;

/** [exchange] */
/* Pushes an array, submits it and takes what is done, by one call; again until all of it is. */
static void run(ringline_command *array, uint32_t count)
{
	ringline_completion done[commands];
	uint32_t pushed = 0;
	uint32_t completed = 0;
	while (completed < count) {
		uint32_t taken = 0;
		const int32_t n =
			ringline_exchange(queue, array + pushed, count - pushed, &taken, done, commands, 1, -1);
		if (n < 0 && n != -EINTR && n != -EAGAIN && n != -EBUSY) {
			errx(1, "refused: %s", ringline_error_text(n)); /* about array[pushed] */
		}
		pushed += n < 0 ? 0 : taken;
		for (int32_t i = 0; i < n; i++) {
			if (done[i].error != 0 || done[i].status != 0) {
				errx(1, "command %u: %s", (unsigned)done[i].user_data,
				     done[i].error != 0 ? ringline_error_name(done[i].error)
							: ringline_status_name(done[i].status, -1));
			}
			completed++;
		}
	}
}
/** [exchange] */

int main(int argc, char **argv)
{
	ringline_diagnosis why = {.struct_size = sizeof why, .text = "usage: batch DEVICE"};
	ringline_device device;
	if (argc != 2 || ringline_device_open(argv[1], NULL, &why, &device) != 0 ||
	    ringline_queue_create(NULL, &why, &queue) != 0) {
		errx(1, "%s", why.text);
	}
	ringline_device_info info = {.struct_size = sizeof info};
	if (ringline_queue_attach(queue, device) != 0 || ringline_device_info_get(device, &info) != 0) {
		errx(1, "%s cannot be used", argv[1]);
	}

	/** [buffer] */
	/* Pinned once for every command in it. Where that cannot be (RLIMIT_MEMLOCK), it serves as ordinary memory. */
	const ringline_buffer_options options = {.struct_size = sizeof options, .length = 2 * commands * command_bytes};
	ringline_buffer_info memory = {.struct_size = sizeof memory};
	ringline_buffer buffer;
	if (ringline_buffer_create(&options, &buffer) != 0 || ringline_buffer_info_get(buffer, &memory) != 0 ||
	    ringline_queue_attach_buffer(queue, buffer) < 0) {
		errx(1, "no memory");
	}
	/** [buffer] */

	char *const written = (char *)(uintptr_t)memory.address;
	char *const back = written + commands * command_bytes;
	memset(written, 'b', commands * command_bytes);
	ringline_command array[commands] = {0};
	for (uint32_t i = 0; i < commands; i++) {
		array[i].user_data = i;
		array[i].device = device;
		array[i].opcode = RINGLINE_NVME_WRITE;
		array[i].blocks = command_bytes / info.block_size;
		array[i].lba = (uint64_t)i * array[i].blocks;
		array[i].length = command_bytes;
		array[i].address = (uintptr_t)written + i * command_bytes;
	}
	run(array, commands);
	ringline_command flush = {.device = device, .opcode = RINGLINE_NVME_FLUSH};
	run(&flush, 1); /* It covers writes whose completions were taken before. */
	for (uint32_t i = 0; i < commands; i++) {
		array[i].opcode = RINGLINE_NVME_READ;
		array[i].address += commands * command_bytes;
	}
	run(array, commands);
	if (memcmp(written, back, commands * command_bytes) != 0) {
		errx(1, "read back something else");
	}

	/** [end] */
	/* The queue first: it waits for the device, and lets go of the buffer. */
	if (ringline_queue_destroy(queue) != 0 || ringline_buffer_free(buffer) != 0 ||
	    ringline_device_close(device) != 0) {
		errx(1, "something is still in use");
	}
	/** [end] */
	puts("65536 bytes written, flushed and read back: identical");
	return 0;
}
