/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* event_loop DEVICE: the round trip in a loop around poll(2), as in a program that has other descriptors to watch. */
#include <ringline/ringline.h>

#include <err.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static ringline_queue *queue;
static ringline_device device;
static uint32_t blocks;
static char written[65536];
static char back[65536];

/* What follows what: the user_data of a command is the step that it ends. */
enum step { WRITE = 1, FLUSH, READ, FINISHED };

/** [push] */
static void push(enum step step)
{
	int32_t pushed = 0;
	switch (step) {
	case WRITE:
		pushed = ringline_write(queue, device, 0, blocks, written, sizeof written, 0, step);
		break;
	case FLUSH:
		pushed = ringline_flush(queue, device, step);
		break;
	case READ:
		pushed = ringline_read(queue, device, 0, blocks, back, sizeof back, 0, step);
		break;
	case FINISHED:
		return;
	}
	if (pushed != 0 || (pushed = ringline_submit(queue)) < 0) {
		errx(1, "step %d: %s", step, ringline_error_text(pushed));
	}
}
/** [push] */

/** [readable] */
/* Reading the descriptor comes first, then polling until there is less than room for: the other order loses wake-ups.
 */
static enum step look(int fd, enum step step)
{
	uint64_t ignored;
	ringline_completion done[8];
	int32_t n = 0;
	if (read(fd, &ignored, sizeof ignored) < 0) {
		/* Nothing to read: somebody else woke us. Looking does no harm. */
	}
	do {
		n = ringline_poll(queue, done, 8);
		for (int32_t i = 0; i < n; i++) {
			if (done[i].error != 0 || done[i].status != 0) {
				errx(1, "step %d: %s", step,
				     done[i].error != 0 ? ringline_error_name(done[i].error)
							: ringline_status_name(done[i].status, -1));
			}
			step = (enum step)done[i].user_data + 1;
			push(step);
		}
	} while (n == 8);
	return step;
}
/** [readable] */

int main(int argc, char **argv)
{
	ringline_diagnosis why = {.struct_size = sizeof why, .text = "usage: event_loop DEVICE"};
	ringline_device_info info = {.struct_size = sizeof info};
	if (argc != 2 || ringline_device_open(argv[1], NULL, &why, &device) != 0 ||
	    ringline_queue_create(NULL, &why, &queue) != 0) {
		errx(1, "%s", why.text);
	}
	if (ringline_queue_attach(queue, device) != 0 || ringline_device_info_get(device, &info) != 0) {
		errx(1, "%s cannot be used", argv[1]);
	}
	blocks = sizeof written / info.block_size;
	memset(written, 'e', sizeof written);

	/** [loop] */
	struct pollfd watched = {.fd = ringline_queue_fd(queue), .events = POLLIN};
	if (watched.fd < 0) {
		errx(1, "no descriptor: %s", ringline_error_text(watched.fd));
	}
	enum step step = WRITE;
	push(step);
	while (step != FINISHED) {
		if (poll(&watched, 1, -1) > 0) {
			step = look(watched.fd, step);
		}
	}
	/** [loop] */
	if (memcmp(written, back, sizeof back) != 0) {
		errx(1, "read back something else");
	}
	puts("65536 bytes written, flushed and read back: identical");
	return ringline_queue_destroy(queue) != 0 || ringline_device_close(device) != 0;
}
