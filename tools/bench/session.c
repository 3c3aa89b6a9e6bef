/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#define _GNU_SOURCE /* RUSAGE_THREAD */
#include "session.h"

#include <errno.h>
#include <ringline/ringline.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <time.h>

#define TRANSFER_BYTES 4096u
#define PAGE_BYTES 4096u
#define NOT_ENDED INT32_MIN

static int refuse(const struct bench_session *session, const char *what, int error)
{
	(void)fprintf(stderr, "ringline-bench: %s on %s: %s: %s\n", session->options.contestant->name,
		      session->options.device, what, strerror(-error));
	return 1;
}

/* Geometry comes from the library for all contestants: they are compared in what they send. */
static int read_facts(const struct bench_session *session, ringline_device_info *info)
{
	const char *path = session->options.device;
	ringline_device device = {0};
	ringline_diagnosis why = {.struct_size = sizeof why};
	const ringline_device_options options = {.struct_size = sizeof options, .flags = RINGLINE_OPEN_READ_ONLY};
	if (strcmp(path, "/dev/null") == 0) {
		path = "null:";
	}
	if (ringline_device_open(path, &options, &why, &device) != 0) {
		(void)fprintf(stderr, "ringline-bench: %s\n", why.text);
		return 1;
	}
	*info = (ringline_device_info){.struct_size = sizeof *info};
	int failed = ringline_device_info_get(device, info) != 0;
	failed |= ringline_device_close(device) != 0;
	if (failed || info->block_size == 0 || info->metadata_size != 0) {
		(void)fprintf(stderr, "ringline-bench: %s: only namespaces without metadata can be used here\n", path);
		return 1;
	}
	return 0;
}

/* Registered memory is mapped, as ringline's own is: a 4 KiB command in memory with huge pages takes the kernel some 37
 * instructions more, so whoever had others would be compared by that. */
static char *allocate(const struct bench_setup *setup)
{
	if (setup->buffers == BENCH_LIBRARY) {
		char *mapped =
			mmap(NULL, setup->memory_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		return mapped != MAP_FAILED ? mapped : NULL;
	}
	return setup->buffers == BENCH_PLAIN ? malloc(setup->memory_bytes)
					     : aligned_alloc(PAGE_BYTES, setup->memory_bytes);
}

static int get_memory(struct bench_session *session)
{
	struct bench_setup *setup = &session->setup;
	session->allocated = allocate(setup);
	setup->memory = session->allocated;
	if (session->allocated == NULL) {
		return refuse(session, "memory", -ENOMEM);
	}
	memset(setup->memory, 0, setup->memory_bytes);
	return 0;
}

static uint64_t next_random(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

/* Reads of 4096 bytes (or a block) at random places, each to memory of its own. */
static void make_requests(struct bench_session *session, const ringline_device_info *info)
{
	const struct bench_setup *setup = &session->setup;
	const uint32_t transfer = (uint32_t)(setup->memory_bytes / BENCH_REQUESTS);
	const uint32_t blocks = transfer / info->block_size;
	uint64_t seed = 0x9e3779b97f4a7c15;
	for (uint32_t i = 0; i < BENCH_REQUESTS; i++) {
		const size_t offset = (size_t)i * transfer;
		session->requests[i] = (struct bench_request){
			.user_data = i,
			.lba = next_random(&seed) % (info->blocks / blocks) * blocks,
			.address = (uintptr_t)setup->memory + offset,
			.blocks = blocks,
			.opcode = RINGLINE_NVME_READ,
			.buffer = (uint16_t)(setup->buffers == BENCH_LIBRARY ? offset / BENCH_PIECE_BYTES : 0),
		};
	}
}

static int run(struct bench_session *session, const struct bench_request *requests, uint32_t count, uint64_t commands)
{
	const struct bench_work work = {.requests = requests,
					.outcomes = session->outcomes,
					.request_count = count,
					.batch = session->options.batch,
					.commands = commands};
	const int error = session->options.contestant->run(session->state, &work);
	return error == 0 ? 0 : refuse(session, "the loop", error);
}

/* Each batch of the requests by itself: exactly its own must have ended, all with 0. */
static int prove(struct bench_session *session)
{
	const uint32_t batch = session->options.batch;
	for (uint32_t first = 0; first + batch <= BENCH_REQUESTS; first += batch) {
		for (uint32_t i = 0; i < BENCH_REQUESTS; i++) {
			session->outcomes[i] = NOT_ENDED;
		}
		if (run(session, session->requests + first, batch, batch) != 0) {
			return 1;
		}
		for (uint32_t i = 0; i < BENCH_REQUESTS; i++) {
			const int32_t wanted = i >= first && i < first + batch ? 0 : NOT_ENDED;
			if (session->outcomes[i] != wanted) {
				(void)fprintf(stderr,
					      "ringline-bench: %s: request %u ended with 0x%x instead of 0x%x\n",
					      session->options.contestant->name, i, (unsigned)session->outcomes[i],
					      (unsigned)wanted);
				return 1;
			}
		}
	}
	return 0;
}

int bench_session_open(struct bench_session *session, const struct bench_options *options)
{
	ringline_device_info info;
	*session = (struct bench_session){.options = *options};
	if (read_facts(session, &info) != 0) {
		return 1;
	}
	const size_t transfer = info.block_size > TRANSFER_BYTES ? info.block_size : TRANSFER_BYTES;
	session->setup = (struct bench_setup){.device = options->device,
					      .nsid = info.nsid,
					      .block_bytes = info.block_size,
					      .depth = options->depth,
					      .buffers = options->buffers,
					      .memory_bytes = BENCH_REQUESTS * transfer};
	const struct bench_contestant *contestant = options->contestant;
	const int brings_memory = contestant->memory != NULL && options->buffers == BENCH_LIBRARY;
	if (!brings_memory && get_memory(session) != 0) {
		return 1;
	}
	const int error = contestant->open(&session->setup, &session->state);
	if (error != 0) {
		return refuse(session, "set-up", error);
	}
	if (brings_memory) {
		session->setup.memory = contestant->memory(session->state);
		memset(session->setup.memory, 0, session->setup.memory_bytes);
	}
	make_requests(session, &info);
	return prove(session);
}

uint64_t bench_thread_cpu_ns(void)
{
	struct timespec now;
	(void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static uint64_t nanoseconds(const struct timeval *time)
{
	return (uint64_t)time->tv_sec * 1000000000 + (uint64_t)time->tv_usec * 1000;
}

int bench_session_run(struct bench_session *session, uint64_t commands, struct bench_cost *cost)
{
	const struct bench_contestant *contestant = session->options.contestant;
	const uint64_t batches = (commands + session->options.batch - 1) / session->options.batch;
	const uint64_t enters = contestant->enters(session->state);
	struct rusage before;
	struct rusage after;
	(void)getrusage(RUSAGE_THREAD, &before);
	const uint64_t began = bench_thread_cpu_ns();
	const int failed = run(session, session->requests, BENCH_REQUESTS, batches * session->options.batch);
	cost->cpu_ns = bench_thread_cpu_ns() - began;
	(void)getrusage(RUSAGE_THREAD, &after);
	cost->user_ns = nanoseconds(&after.ru_utime) - nanoseconds(&before.ru_utime);
	cost->system_ns = nanoseconds(&after.ru_stime) - nanoseconds(&before.ru_stime);
	cost->enters = contestant->enters(session->state) - enters;
	for (uint32_t i = 0; i < BENCH_REQUESTS && !failed; i++) {
		const int32_t outcome = session->outcomes[i];
		if (outcome != 0 && outcome != NOT_ENDED) {
			(void)fprintf(stderr, "ringline-bench: %s: request %u ended with %d\n", contestant->name, i,
				      outcome);
			return 1;
		}
	}
	return failed;
}

void bench_session_close(struct bench_session *session)
{
	if (session->state != NULL) {
		session->options.contestant->close(session->state);
	}
	if (session->setup.buffers == BENCH_LIBRARY && session->allocated != NULL) {
		(void)munmap(session->allocated, session->setup.memory_bytes);
	} else {
		free(session->allocated);
	}
	session->state = NULL;
	session->allocated = NULL;
}
