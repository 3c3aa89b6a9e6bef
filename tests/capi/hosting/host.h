/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Runs one cmocka test, or what runs before and after a group, and hands the outcome back. C++ includes this, not
 * cmocka.h, whose `fail` and `skip` are macros; and cmocka's longjmp() ends here, in C, before it meets a frame of C++.
 */
#ifndef RINGLINE_TESTS_HOST_H
#define RINGLINE_TESTS_HOST_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

enum hosted_verdict { HOSTED_PASSED, HOSTED_SKIPPED, HOSTED_FAILED };

struct hosted_outcome {
	enum hosted_verdict verdict;
	char file[256]; /* Of the first assertion that failed; empty if it was none (a crash, a set-up that gave an
			   error). */
	int line;
	char text[4096]; /* What cmocka said, or why the test was skipped. */
};

/* Groups and their tests are counted from 0. */
size_t hosted_groups(void);
const char *hosted_group_name(size_t group);
const char *hosted_group_file(size_t group);
int hosted_group_line(size_t group);
size_t hosted_tests(size_t group);
const char *hosted_test_name(size_t group, size_t test);

/* The group's set-up; the tests that follow get what it left in *state. Passes if the group has none. */
void hosted_set_up(size_t group, struct hosted_outcome *outcome);
void hosted_tear_down(size_t group, struct hosted_outcome *outcome);
/* The test between its own set-up and tear-down. */
void hosted_run(size_t group, size_t test, struct hosted_outcome *outcome);

#ifdef __cplusplus
}
#endif
#endif
