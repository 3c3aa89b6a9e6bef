/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* roundtrip DEVICE: writes, flushes and reads back the first 64 KiB of it. */
#include <err.h>
#include <ringline/ringline.h>
#include <stdio.h>
#include <string.h>
static ringline_queue *queue;
static void finish(int32_t n)
{
	ringline_completion c = {0};
	if (n < 0 || (n = ringline_submit_and_wait(queue, &c, 1, 1, -1)) != 1 || c.error != 0 || c.status != 0)
		errx(1, "%s", c.status ? ringline_status_name(c.status, -1) : ringline_error_name(n < 1 ? n : c.error));
}
int main(int argc, char **argv)
{
	static char written[65536] = "ringline", back[65536];
	ringline_diagnosis why = {.struct_size = sizeof why, .text = "usage: roundtrip NAMESPACE"};
	ringline_device_info info = {.struct_size = sizeof info};
	ringline_device dev;
	if (argc != 2 || ringline_device_open(argv[1], NULL, &why, &dev) || ringline_queue_create(NULL, &why, &queue) ||
	    ringline_queue_attach(queue, dev) || ringline_device_info_get(dev, &info))
		errx(1, "%s", why.text);
	finish(ringline_write(queue, dev, 0, 65536 / info.block_size, written, 65536, 0, 0));
	finish(ringline_flush(queue, dev, 0));
	finish(ringline_read(queue, dev, 0, 65536 / info.block_size, back, 65536, 0, 0));
	memcmp(written, back, 65536) ? errx(1, "different") : (void)puts("written, flushed and read back: identical");
}
