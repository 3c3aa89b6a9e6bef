/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * What is compared: ways for one thread to send NVMe commands through io_uring. Each contestant is a whole loop, as a
 * storage engine would have it written for that way, so that none pays for an interface that it does not need itself.
 *
 * A contestant gets an array of requests that it cannot foresee, sends them in batches, waits for each batch, matches
 * each completion to its request by user_data, and records how each one ended. It may assume the batch, the device and
 * the memory to stay the same, as a storage engine may; nothing else.
 */
#ifndef RINGLINE_BENCH_CONTESTANT_H
#define RINGLINE_BENCH_CONTESTANT_H

#include <stddef.h>
#include <stdint.h>

/** What a storage engine knows about an I/O. 32 bytes. */
struct bench_request {
	uint64_t user_data; /**< Index in bench_work::outcomes. */
	uint64_t lba;
	uint64_t address;
	uint32_t blocks; /**< 0: Flush. */
	uint8_t opcode;  /**< NVMe's. */
	uint8_t reserved0;
	uint16_t buffer; /**< Number of the piece of registered memory that holds the address. */
};

enum bench_buffers {
	BENCH_CALLER,  /**< The caller's page-aligned memory; the ring knows nothing of it. */
	BENCH_LIBRARY, /**< Registered with the ring; by the library's own means where there is one. */
	BENCH_PLAIN    /**< As malloc() gives it: a page's worth of data lies on two pages. */
};

/** How much of the memory is registered under one number: Linux 6.1 takes no more than 126 pages at once. */
#define BENCH_PIECE_BYTES (64u * 4096u)

/** What a contestant needs to begin. */
struct bench_setup {
	const char *device; /**< The node, or "null:". */
	uint32_t nsid;
	uint32_t block_bytes;
	uint32_t depth;
	enum bench_buffers buffers;
	char *memory; /**< What the requests' addresses lie in; NULL: the contestant gives it by memory(). */
	size_t memory_bytes;
};

/** What to do. Requests are taken in order, a whole batch each time, from the front again when no whole one is left. */
struct bench_work {
	const struct bench_request *requests;
	int32_t *outcomes; /**< By user_data: 0, the NVMe status or a negative errno. */
	uint32_t request_count;
	uint32_t batch;
	uint64_t commands; /**< A multiple of batch. */
};

struct bench_contestant {
	const char *name;
	/** 0 or a negative errno. */
	int (*open)(const struct bench_setup *setup, void **state);
	/** Memory of its own that is registered with the ring; NULL: bring some. Only with BENCH_LIBRARY. */
	char *(*memory)(void *state);
	/** 0, or a negative errno that is about the loop and not about a command. */
	int (*run)(void *state, const struct bench_work *work);
	/** io_uring_enter calls of run() so far, as it counted them itself. */
	uint64_t (*enters)(const void *state);
	void (*close)(void *state);
};

/** All contestants, ended by NULL. */
extern const struct bench_contestant *const bench_contestants[];

const struct bench_contestant *bench_find_contestant(const char *name);

/* The next batch begins here. */
static inline uint32_t bench_next(uint32_t at, const struct bench_work *work)
{
	at += work->batch;
	return at + work->batch <= work->request_count ? at : 0;
}

#endif
