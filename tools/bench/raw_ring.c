/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "raw_ring.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/nvme_ioctl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/uio.h>

#ifndef IORING_SETUP_NO_SQARRAY
#define IORING_SETUP_NO_SQARRAY (1U << 16)
#endif

_Static_assert(sizeof(struct raw_entry) == 128, "SQE128");
_Static_assert(offsetof(struct io_uring_sqe, cmd_op) == 8 * RAW_COMMAND, "io_uring_sqe");
_Static_assert(offsetof(struct io_uring_sqe, rw_flags) == 8 * RAW_FLAGS + 4, "io_uring_sqe");
_Static_assert(offsetof(struct io_uring_sqe, user_data) == 8 * RAW_USER_DATA, "io_uring_sqe");
_Static_assert(offsetof(struct io_uring_sqe, buf_index) == 8 * RAW_BUFFER, "io_uring_sqe");
_Static_assert(offsetof(struct io_uring_sqe, cmd) == 8 * RAW_OPCODE, "io_uring_sqe");
_Static_assert(offsetof(struct nvme_uring_cmd, addr) == 8 * (RAW_DATA - RAW_OPCODE), "nvme_uring_cmd");
_Static_assert(offsetof(struct nvme_uring_cmd, data_len) == 8 * (RAW_LENGTHS - RAW_OPCODE) + 4, "nvme_uring_cmd");
_Static_assert(offsetof(struct nvme_uring_cmd, cdw10) == 8 * (RAW_CDW10 - RAW_OPCODE), "nvme_uring_cmd");
_Static_assert(offsetof(struct nvme_uring_cmd, timeout_ms) == 8 * (RAW_TIMEOUT - RAW_OPCODE), "nvme_uring_cmd");

static int raw_register(int fd, unsigned what, const void *argument, unsigned count)
{
	return syscall(__NR_io_uring_register, fd, what, argument, count) < 0 ? -errno : 0;
}

/* NO_SQARRAY came with Linux 6.6. Without it the array names each entry once, and is never written again. */
static int set_up(const struct bench_setup *setup, struct io_uring_params *params)
{
	const uint32_t flags = IORING_SETUP_SQE128 | IORING_SETUP_CQE32 | IORING_SETUP_SINGLE_ISSUER |
			       IORING_SETUP_DEFER_TASKRUN | IORING_SETUP_SUBMIT_ALL;
	memset(params, 0, sizeof *params);
	params->flags = flags | IORING_SETUP_NO_SQARRAY;
	long fd = syscall(__NR_io_uring_setup, setup->depth, params);
	if (fd < 0 && errno == EINVAL) {
		memset(params, 0, sizeof *params);
		params->flags = flags;
		fd = syscall(__NR_io_uring_setup, setup->depth, params);
	}
	return fd < 0 ? -errno : (int)fd;
}

static int map(const struct io_uring_params *params, struct raw_ring *ring)
{
	const size_t submission = params->sq_off.array + params->sq_entries * sizeof(uint32_t);
	const size_t completion = params->cq_off.cqes + params->cq_entries * sizeof(struct raw_completion);
	ring->rings_bytes = submission > completion ? submission : completion;
	const int protection = PROT_READ | PROT_WRITE;
	const int flags = MAP_SHARED | MAP_POPULATE;
	char *rings = mmap(NULL, ring->rings_bytes, protection, flags, ring->fd, IORING_OFF_SQ_RING);
	if (rings == MAP_FAILED) {
		return -errno;
	}
	ring->rings = rings;
	void *entries =
		mmap(NULL, params->sq_entries * sizeof(struct raw_entry), protection, flags, ring->fd, IORING_OFF_SQES);
	if (entries == MAP_FAILED) {
		return -errno;
	}
	ring->entries = entries;
	ring->completions = (void *)(rings + params->cq_off.cqes);
	ring->sq_head = (void *)(rings + params->sq_off.head);
	ring->sq_tail = (void *)(rings + params->sq_off.tail);
	ring->cq_head = (void *)(rings + params->cq_off.head);
	ring->cq_tail = (void *)(rings + params->cq_off.tail);
	ring->entry_mask = params->sq_entries - 1;
	ring->completion_mask = params->cq_entries - 1;
	if ((params->flags & IORING_SETUP_NO_SQARRAY) == 0) {
		uint32_t *array = (void *)(rings + params->sq_off.array);
		for (uint32_t i = 0; i < params->sq_entries; i++) {
			array[i] = i;
		}
	}
	return 0;
}

static int register_memory(const struct bench_setup *setup, const struct raw_ring *ring)
{
	struct iovec pieces[64];
	const size_t count = (setup->memory_bytes + BENCH_PIECE_BYTES - 1) / BENCH_PIECE_BYTES;
	if (count > sizeof pieces / sizeof pieces[0]) {
		return -E2BIG;
	}
	for (size_t i = 0; i < count; i++) {
		const size_t offset = i * BENCH_PIECE_BYTES;
		const size_t left = setup->memory_bytes - offset;
		pieces[i].iov_base = setup->memory + offset;
		pieces[i].iov_len = left < BENCH_PIECE_BYTES ? left : BENCH_PIECE_BYTES;
	}
	return raw_register(ring->fd, IORING_REGISTER_BUFFERS, pieces, (unsigned)count);
}

static int register_ring(struct raw_ring *ring)
{
	struct io_uring_rsrc_update slot = {.offset = UINT32_MAX, .data = (uint32_t)ring->fd};
	if (syscall(__NR_io_uring_register, ring->fd, IORING_REGISTER_RING_FDS, &slot, 1) != 1) {
		return -errno;
	}
	ring->enter_fd = (int)slot.offset;
	ring->enter_flags = IORING_ENTER_GETEVENTS | IORING_ENTER_REGISTERED_RING;
	return 0;
}

/* An entry's constants: registered file 0, the NVMe command of an I/O, the namespace. */
static void set_constants(const struct bench_setup *setup, struct raw_ring *ring)
{
	uint64_t *word = ring->constant.word;
	word[RAW_HEAD] = IORING_OP_URING_CMD | (uint64_t)IOSQE_FIXED_FILE << 8;
	word[RAW_COMMAND] = NVME_URING_CMD_IO;
	word[RAW_FLAGS] = setup->buffers == BENCH_LIBRARY ? (uint64_t)IORING_URING_CMD_FIXED << 32 : 0;
	word[RAW_OPCODE] = (uint64_t)setup->nsid << 32;
	ring->block_shift = (uint32_t)__builtin_ctz(setup->block_bytes);
	for (uint32_t i = 0; i <= ring->entry_mask; i++) {
		ring->entries[i] = ring->constant;
	}
}

int raw_ring_open(const struct bench_setup *setup, struct raw_ring *ring)
{
	struct io_uring_params params = {0};
	const char *path = strcmp(setup->device, "null:") == 0 ? "/dev/null" : setup->device;
	memset(ring, 0, sizeof *ring);
	ring->device = open(path, O_RDWR | O_CLOEXEC);
	ring->fd = ring->device < 0 ? -errno : set_up(setup, &params);
	int error = ring->fd < 0 ? ring->fd : map(&params, ring);
	if (error == 0) {
		error = raw_register(ring->fd, IORING_REGISTER_FILES, &ring->device, 1);
	}
	if (error == 0 && setup->buffers == BENCH_LIBRARY) {
		error = register_memory(setup, ring);
	}
	if (error == 0) {
		error = register_ring(ring);
	}
	if (error != 0) {
		raw_ring_close(ring);
		return error;
	}
	set_constants(setup, ring);
	return 0;
}

/* The ring is empty: run() waits for what it submits. */
void raw_ring_close(struct raw_ring *ring)
{
	if (ring->entries != NULL) {
		(void)munmap(ring->entries, (ring->entry_mask + 1) * sizeof(struct raw_entry));
	}
	if (ring->rings != NULL) {
		(void)munmap(ring->rings, ring->rings_bytes);
	}
	if (ring->enter_flags != 0) {
		struct io_uring_rsrc_update slot = {.offset = (uint32_t)ring->enter_fd};
		(void)raw_register(ring->fd, IORING_UNREGISTER_RING_FDS, &slot, 1);
	}
	if (ring->fd >= 0) {
		(void)close(ring->fd);
	}
	if (ring->device >= 0) {
		(void)close(ring->device);
	}
}
