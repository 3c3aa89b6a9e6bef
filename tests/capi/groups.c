/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The tests of the C interface: the one list of their tables, which CMakeLists.txt reads too. */
#include "group.h"

#define EACH_GROUP(X)                                                                                                  \
	X(library)                                                                                                     \
	X(protection)                                                                                                  \
	X(struct_size)                                                                                                 \
	X(admin)                                                                                                       \
	X(device)                                                                                                      \
	X(queue_uring)                                                                                                 \
	X(queue_threads)                                                                                               \
	X(command_uring)                                                                                               \
	X(command_threads)                                                                                             \
	X(command_set_uring)                                                                                           \
	X(command_set_threads)                                                                                         \
	X(buffer_uring)                                                                                                \
	X(buffer_threads)                                                                                              \
	X(simulated_uring)                                                                                             \
	X(simulated_threads)

#define DECLARE(name) extern const struct test_group group_##name;
#define LIST(name) &group_##name,

EACH_GROUP(DECLARE)

const struct test_group *const test_groups[] = {EACH_GROUP(LIST) NULL};
