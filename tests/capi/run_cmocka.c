/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* run_cmocka GROUP...: cmocka's own runner. Exit 0: all passed; 77: none failed, but some were skipped; else 1. */
#include "group.h"

#include <stdio.h>
#include <string.h>

static const struct test_group *running;
static int teardown_returned;
static int teardown_result;

/* cmocka says that a group's tear-down failed, but does not count it. */
static int teardown_and_note(void **state)
{
	teardown_returned = 0;
	teardown_result = running->teardown(state);
	teardown_returned = 1;
	return teardown_result;
}

static const struct test_group *find(const char *name)
{
	size_t i;

	for (i = 0; test_groups[i] != NULL; ++i) {
		if (strcmp(test_groups[i]->name, name) == 0) {
			return test_groups[i];
		}
	}
	return NULL;
}

/* 1: something failed. */
static int run(const struct test_group *group)
{
	int failed;

	running = group;
	teardown_returned = 1;
	teardown_result = 0;
	failed = _cmocka_run_group_tests(group->name, group->tests, group->count, group->setup,
					 group->teardown != NULL ? teardown_and_note : NULL);
	return failed != 0 || teardown_returned == 0 || teardown_result != 0;
}

int main(int argc, char **argv)
{
	int failed = 0;
	int i;

	for (i = 1; i < argc; ++i) {
		const struct test_group *group = find(argv[i]);

		if (group == NULL) {
			(void)fprintf(stderr, "there is no group \"%s\"\n", argv[i]);
			return 2;
		}
		failed |= run(group);
	}
	if (failed) {
		return 1;
	}
	return argc > 1 && skipped_tests == 0 ? 0 : 77;
}
