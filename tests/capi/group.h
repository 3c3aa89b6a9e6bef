/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* A table of tests in cmocka's own API, and what runs before and after all of them. cmocka's runner runs it
 * (run_cmocka.c), and GoogleTest hosts it (hosting/). C only: cmocka.h breaks C++. */
#ifndef RINGLINE_TESTS_GROUP_H
#define RINGLINE_TESTS_GROUP_H

/* cmocka.h wants these before it, in any order. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

struct test_group {
	const char *name; /* The test suite's name under GoogleTest. */
	const char *file; /* Where the table is. */
	int line;
	const struct CMUnitTest *tests;
	size_t count;
	CMFixtureFunction setup; /* Or NULL. What it leaves in *state, if not NULL, each test gets. */
	CMFixtureFunction teardown;
};

#define TEST_GROUP(name, tests, setup, teardown)                                                                       \
	const struct test_group group_##name = {#name, __FILE__, __LINE__, tests, sizeof(tests) / sizeof((tests)[0]),  \
						setup, teardown}

/* What an executable runs: it has one list (groups.c). Ends with NULL. */
extern const struct test_group *const test_groups[];

/* Skips the test that runs, visibly; `why` is shown. Only in a test: cmocka takes a set-up that skips for one that
 * fails. */
void skip_because(const char *why);
/* How many tests said so. */
extern int skipped_tests;

#endif
