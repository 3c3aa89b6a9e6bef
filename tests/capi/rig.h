/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* What most tests begin with: a folder, in it an image, opened as a simulated device, and a queue that it is attached
 * to. */
#ifndef RINGLINE_TESTS_RIG_H
#define RINGLINE_TESTS_RIG_H

#include "group.h"

#include <ringline/ringline.h>

#include <errno.h>

#define BLOCK_SIZE 512u
#define BLOCKS 256u
#define MDTS 65536u

struct rig {
	uint32_t engine; /* RINGLINE_ENGINE_*, as asked for. */
	char folder[32];
	char image[48];
	ringline_device device;
	ringline_queue *queue;  /* NULL: this engine does not run here. */
	ringline_buffer buffer; /* 0 until a test makes one. */
};

/* Set-ups of groups: each test's rig has a queue of that engine. */
int with_uring(void **state);
int with_threads(void **state);
/* Of each test, around a group with one of the above; without, the engine is AUTO. */
int make_rig(void **state);
int remove_rig(void **state);
/* The rig of this test; skips it if its engine does not run here. */
struct rig *rig_of(void *const *state);

#define RIG_TEST(function) cmocka_unit_test_setup_teardown(function, make_rig, remove_rig)

/* A path in the rig's folder, which remove_rig() expects to find empty but for the image. Static: until the next call.
 */
const char *path_in(const struct rig *rig, const char *name);
/* The image at this path with the files that belong to it. */
void remove_image(const char *path);
/* "sim:" and the path. */
ringline_device open_simulated(const char *path, uint32_t flags);
/* A command of the proving kind to the rig's device. */
ringline_command transfer(const struct rig *rig, uint8_t opcode, uint64_t lba, uint32_t blocks, const void *memory,
			  uint64_t user_data);
/* Submits, and waits for one completion. */
ringline_completion finish(ringline_queue *queue);
/* The same, which must be of this command, and a success. */
void finish_well(ringline_queue *queue, uint64_t user_data);
/* How many commands are in flight. */
uint32_t in_flight(const ringline_queue *queue);

/* Memory for transfers, page-aligned. */
#define MEMORY_BYTES 65536u
extern uint8_t memory[MEMORY_BYTES];
void fill(uint8_t *bytes, uint32_t length, uint32_t seed);

/* What a call gave, by the names of errnos. */
void assert_gives_(int32_t got, int32_t wanted, const char *call, const char *file, int line);
#define assert_gives(call, wanted) assert_gives_((call), (wanted), #call, __FILE__, __LINE__)

#endif
