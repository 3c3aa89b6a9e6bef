/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * The best loop that can be written with liburing 2.3. Compiled as `liburing`, with BENCH_WHOLE_ENTRIES as
 * `liburing-whole`, and once more as `liburing-copy`, the A/A copy.
 *
 * Why it is the best. io_uring_get_sqe() is inline, and io_uring_submit_and_wait() is one tail call and one return
 * behind the system call, which is as few as a function can have. The archive spares the procedure linkage table (no
 * difference could be measured). What was tried besides, as ratios to `raw` at batches 1 / 8 / 32 / 128, with an A/A
 * spread of 0.01 (0.03 at batch 1), CPU time on /dev/null, Linux 6.18:
 *
 *   this loop                                                            1.31  1.13   1.065 1.038
 *   io_uring_for_each_cqe(), which loads the tail for each completion    1.32  1.14   1.076 1.043
 *   io_uring_peek_batch_cqe()                                            1.35  1.14   1.065 1.044
 *   entries written whole instead of patched (liburing-whole)            1.28  1.20   1.106 1.067  (first
 * row: 1.27 1.18 1.086 1.053)
 *   -O3                                                                  1.33  1.15   1.076 1.045
 *   its tail stored by hand, then io_uring_enter()                       1.31  1.13   1.056 1.026
 *
 * The last row is not taken: it goes behind the library's back (sqe_head, ktail), and is `raw` with one more return.
 */
#include "contestant.h"

#include <errno.h>
#include <fcntl.h>
#include <liburing.h>
#include <linux/nvme_ioctl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct liburing_state {
	struct io_uring ring;
	uint32_t nsid;
	uint32_t block_shift;
	uint32_t command_flags;
	int device;
	uint64_t enters;
};

static inline void put(struct io_uring_sqe *sqe, const struct bench_request *request, const struct liburing_state *own)
{
	struct nvme_uring_cmd *command = (struct nvme_uring_cmd *)sqe->cmd;
#ifdef BENCH_WHOLE_ENTRIES
	sqe->opcode = IORING_OP_URING_CMD;
	sqe->flags = IOSQE_FIXED_FILE;
	sqe->ioprio = 0;
	sqe->fd = 0;
	sqe->off = NVME_URING_CMD_IO;
	sqe->addr = 0;
	sqe->len = 0;
	sqe->rw_flags = (int)own->command_flags;
	sqe->personality = 0;
	sqe->splice_fd_in = 0;
	command->flags = 0;
	command->rsvd1 = 0;
	command->nsid = own->nsid;
	command->cdw2 = 0;
	command->cdw3 = 0;
	command->metadata = 0;
	command->metadata_len = 0;
	command->cdw13 = 0;
	command->cdw14 = 0;
	command->cdw15 = 0;
	command->timeout_ms = 0;
	command->rsvd2 = 0;
	memset(command + 1, 0, 8);
#endif
	sqe->user_data = request->user_data;
	sqe->buf_index = request->buffer;
	command->opcode = request->opcode;
	command->addr = request->address;
	command->data_len = request->blocks << own->block_shift;
	command->cdw10 = (uint32_t)request->lba;
	command->cdw11 = (uint32_t)(request->lba >> 32);
	command->cdw12 = request->blocks - (request->blocks != 0);
}

/* Submits everything and waits for the batch; takes what is there. 0 or a negative errno. */
static inline int exchange(struct liburing_state *own, const struct bench_work *work)
{
	uint32_t missing = work->batch;
	int32_t *const outcomes = work->outcomes;
	const struct io_uring_cqe *const cqes = own->ring.cq.cqes;
	const unsigned mask = own->ring.cq.ring_mask;
	do {
		const int result = io_uring_submit_and_wait(&own->ring, missing);
		if (__builtin_expect(result < 0 && result != -EINTR && result != -EAGAIN, 0)) {
			return result;
		}
		own->enters++;
		unsigned head = *own->ring.cq.khead;
		const unsigned tail = io_uring_smp_load_acquire(own->ring.cq.ktail);
		const unsigned taken = tail - head;
		for (; head != tail; head++) {
			const struct io_uring_cqe *cqe = &cqes[(head & mask) << 1];
			outcomes[cqe->user_data] = cqe->res;
		}
		io_uring_cq_advance(&own->ring, taken);
		missing -= taken;
	} while (__builtin_expect(missing != 0, 0));
	return 0;
}

static int run(void *state, const struct bench_work *given)
{
	struct liburing_state *own = state;
	const struct bench_work work = *given;
	int result = 0;
	uint32_t at = 0;
	for (uint64_t left = work.commands; left != 0 && result == 0; left -= work.batch) {
		const struct bench_request *request = work.requests + at;
		at = bench_next(at, &work);
		for (uint32_t i = 0; i < work.batch; i++) {
			struct io_uring_sqe *sqe = io_uring_get_sqe(&own->ring);
			if (__builtin_expect(sqe == NULL, 0)) {
				return -EOVERFLOW;
			}
			put(sqe, request++, own);
		}
		result = exchange(own, &work);
	}
	return result;
}

static int register_memory(struct liburing_state *own, const struct bench_setup *setup)
{
	struct iovec pieces[64];
	const size_t count = (setup->memory_bytes + BENCH_PIECE_BYTES - 1) / BENCH_PIECE_BYTES;
	if (count > sizeof pieces / sizeof pieces[0]) {
		return -E2BIG;
	}
	for (size_t i = 0; i < count; i++) {
		const size_t left = setup->memory_bytes - i * BENCH_PIECE_BYTES;
		pieces[i].iov_base = setup->memory + i * BENCH_PIECE_BYTES;
		pieces[i].iov_len = left < BENCH_PIECE_BYTES ? left : BENCH_PIECE_BYTES;
	}
	own->command_flags = IORING_URING_CMD_FIXED;
	return io_uring_register_buffers(&own->ring, pieces, (unsigned)count);
}

/* What is the same in all entries is written once: neither liburing nor the kernel changes an entry. */
static void set_constants(struct liburing_state *own)
{
	const size_t bytes = (size_t)*own->ring.sq.kring_entries * 2 * sizeof(struct io_uring_sqe);
	memset(own->ring.sq.sqes, 0, bytes);
	for (unsigned i = 0; i < *own->ring.sq.kring_entries; i++) {
		struct io_uring_sqe *sqe = &own->ring.sq.sqes[2 * i];
		sqe->opcode = IORING_OP_URING_CMD;
		sqe->flags = IOSQE_FIXED_FILE;
		sqe->off = NVME_URING_CMD_IO;
		sqe->rw_flags = (int)own->command_flags;
		((struct nvme_uring_cmd *)sqe->cmd)->nsid = own->nsid;
	}
}

static int open_ring(const struct bench_setup *setup, void **state)
{
	struct liburing_state *own = calloc(1, sizeof *own);
	if (own == NULL) {
		return -ENOMEM;
	}
	own->nsid = setup->nsid;
	own->block_shift = (uint32_t)__builtin_ctz(setup->block_bytes);
	own->device = open(strcmp(setup->device, "null:") == 0 ? "/dev/null" : setup->device, O_RDWR | O_CLOEXEC);
	struct io_uring_params params = {.flags = IORING_SETUP_SQE128 | IORING_SETUP_CQE32 |
						  IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN |
						  IORING_SETUP_SUBMIT_ALL};
	int error = own->device < 0 ? -errno : io_uring_queue_init_params(setup->depth, &own->ring, &params);
	if (error == 0) {
		error = io_uring_register_files(&own->ring, &own->device, 1);
	}
	if (error == 0 && setup->buffers == BENCH_LIBRARY) {
		error = register_memory(own, setup);
	}
	if (error == 0) {
		error = io_uring_register_ring_fd(&own->ring) == 1 ? 0 : -EBUSY;
	}
	if (error != 0) {
		free(own); /* the program ends: what was opened goes with it */
		return error;
	}
	set_constants(own);
	*state = own;
	return 0;
}

static uint64_t count_enters(const void *state)
{
	return ((const struct liburing_state *)state)->enters;
}

static void close_ring(void *state)
{
	struct liburing_state *own = state;
	io_uring_queue_exit(&own->ring);
	(void)close(own->device);
	free(own);
}

extern const struct bench_contestant BENCH_SYMBOL;
const struct bench_contestant BENCH_SYMBOL = {
	.name = BENCH_NAME, .open = open_ring, .run = run, .enters = count_enters, .close = close_ring};
