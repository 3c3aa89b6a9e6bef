/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* A ring set up by hand, without liburing: what the hand-written loops run on. */
#ifndef RINGLINE_BENCH_RAW_RING_H
#define RINGLINE_BENCH_RAW_RING_H

#include "contestant.h"

#include <linux/io_uring.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

#if !defined(__x86_64__)
#include <errno.h>
#endif

/** A submission entry as the sixteen words that it is. */
enum raw_word {
	RAW_HEAD,    /**< opcode, flags, ioprio, fd */
	RAW_COMMAND, /**< cmd_op */
	RAW_ADDRESS,
	RAW_FLAGS, /**< length, uring_cmd_flags */
	RAW_USER_DATA,
	RAW_BUFFER, /**< buf_index, personality, splice_fd */
	RAW_OPCODE, /**< NVMe opcode, flags, nsid; from here on struct nvme_uring_cmd */
	RAW_CDW2,
	RAW_METADATA,
	RAW_DATA,
	RAW_LENGTHS, /**< metadata_len, data_len */
	RAW_CDW10,   /**< and 11: the LBA */
	RAW_CDW12,   /**< and 13 */
	RAW_CDW14,   /**< and 15 */
	RAW_TIMEOUT,
	RAW_PAD,
	RAW_WORDS
};

struct raw_entry {
	uint64_t word[RAW_WORDS];
};

/** CQE32. */
struct raw_completion {
	uint64_t user_data;
	int32_t result;
	uint32_t flags;
	uint64_t big[2];
};

struct raw_ring {
	struct raw_entry *entries;
	struct raw_completion *completions;
	uint32_t *sq_head, *sq_tail, *cq_head, *cq_tail;
	uint32_t entry_mask, completion_mask;
	int enter_fd;
	uint32_t enter_flags;
	struct raw_entry constant; /**< What is the same in all entries; the rest is 0. */
	uint32_t block_shift;
	uint64_t enters;
	/* Cold. */
	int fd, device;
	void *rings;
	size_t rings_bytes;
};

int raw_ring_open(const struct bench_setup *setup, struct raw_ring *ring);
void raw_ring_close(struct raw_ring *ring);

static inline uint32_t raw_load(const uint32_t *at)
{
	return __atomic_load_n(at, __ATOMIC_ACQUIRE);
}
static inline void raw_store(uint32_t *at, uint32_t value)
{
	__atomic_store_n(at, value, __ATOMIC_RELEASE);
}

/* No function stands between the system call and the loop: the first return after one is mispredicted. */
__attribute__((always_inline)) static inline int raw_enter(int fd, uint32_t submit, uint32_t min, uint32_t flags)
{
#if defined(__x86_64__)
	long result = __NR_io_uring_enter;
	register long r10 __asm__("r10") = (long)flags;
	register long r8 __asm__("r8") = 0;
	register long r9 __asm__("r9") = 0;
	__asm__ volatile("syscall"
			 : "+a"(result)
			 : "D"((long)fd), "S"((unsigned long)submit), "d"((unsigned long)min), "r"(r10), "r"(r8),
			   "r"(r9)
			 : "rcx", "r11", "memory");
	return (int)result;
#else
	const long result = syscall(__NR_io_uring_enter, fd, submit, min, flags, NULL, 0);
	return result < 0 ? -errno : (int)result;
#endif
}

#endif
