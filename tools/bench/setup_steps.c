/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "setup_steps.h"

#include <linux/io_uring.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define DEVICES 4
#define BUFFERS 8
#define ENTRY_BYTES 128
#define COMPLETION_BYTES 32

const char *const setup_step_names[STEPS] = {
	[STEP_SETUP] = "io_uring_setup", [STEP_MAP] = "mmap (2)",
	[STEP_FILES] = "register files", [STEP_BUFFERS] = "register buffers",
	[STEP_ENABLE] = "enable",        [STEP_RING_FD] = "register ring fd",
	[STEP_UNMAP] = "munmap (2)",     [STEP_CLOSE] = "unregister ring fd, close",
};

uint64_t setup_now_ns(void)
{
	struct timespec now;
	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

struct ring {
	int fd;
	struct io_uring_params params;
	void *rings, *entries;
	size_t rings_bytes, entries_bytes;
};

static int register_sparse(int fd, unsigned what, uint32_t count)
{
	struct io_uring_rsrc_register table = {.nr = count, .flags = IORING_RSRC_REGISTER_SPARSE};
	return (int)syscall(__NR_io_uring_register, fd, what, &table, sizeof table);
}

static int map(struct ring *ring)
{
	const struct io_uring_params *params = &ring->params;
	ring->rings_bytes = params->cq_off.cqes + (size_t)params->cq_entries * COMPLETION_BYTES;
	ring->entries_bytes = (size_t)params->sq_entries * ENTRY_BYTES;
	ring->rings = mmap(NULL, ring->rings_bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, ring->fd,
			   IORING_OFF_SQ_RING);
	ring->entries = mmap(NULL, ring->entries_bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, ring->fd,
			     IORING_OFF_SQES);
	return ring->rings == MAP_FAILED || ring->entries == MAP_FAILED ? -1 : 0;
}

static int step(enum setup_step which, struct ring *ring)
{
	struct io_uring_rsrc_update slot = {.offset = UINT32_MAX, .data = (uint32_t)ring->fd};
	switch (which) {
	case STEP_SETUP:
		ring->fd = (int)syscall(__NR_io_uring_setup, ring->params.sq_entries, &ring->params);
		return ring->fd < 0 ? -1 : 0;
	case STEP_MAP:
		return map(ring);
	case STEP_FILES:
		return register_sparse(ring->fd, IORING_REGISTER_FILES2, DEVICES);
	case STEP_BUFFERS:
		return register_sparse(ring->fd, IORING_REGISTER_BUFFERS2, BUFFERS);
	case STEP_ENABLE:
		if ((ring->params.flags & IORING_SETUP_R_DISABLED) == 0) {
			return 0;
		}
		return (int)syscall(__NR_io_uring_register, ring->fd, IORING_REGISTER_ENABLE_RINGS, NULL, 0);
	case STEP_RING_FD:
		return syscall(__NR_io_uring_register, ring->fd, IORING_REGISTER_RING_FDS, &slot, 1) == 1 ? 0 : -1;
	case STEP_UNMAP:
		return munmap(ring->rings, ring->rings_bytes) | munmap(ring->entries, ring->entries_bytes);
	default:
		slot = (struct io_uring_rsrc_update){.offset = 0};
		(void)syscall(__NR_io_uring_register, ring->fd, IORING_UNREGISTER_RING_FDS, &slot, 1);
		return close(ring->fd);
	}
}

int setup_steps_run(uint32_t depth, uint32_t flags, uint64_t took_ns[STEPS])
{
	struct ring ring = {.params = {.sq_entries = depth, .flags = flags, .cq_entries = 2 * depth}};
	for (int which = 0; which < STEPS; which++) {
		const uint64_t began = setup_now_ns();
		if (step((enum setup_step)which, &ring) != 0) {
			return -1;
		}
		took_ns[which] = setup_now_ns() - began;
	}
	return ring.params.sq_entries < depth ? -1 : 0;
}
