/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* One test at a time through cmocka's own runner, as a group of one: so an assertion, a crash, a failed set-up and a
 * leak mean what they mean there. What it says goes to standard output and standard error, and is caught there: in the
 * C library's streams, not in the descriptors, which a sanitizer that is about to end the process writes to. */
#include "host.h"

#include "../group.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Where what is caught goes. */
struct caught {
	FILE *stream;
	FILE *before;
	char *text;
	size_t length;
};

/* What runs: cmocka's functions know no context of ours but this. */
static struct {
	CMUnitTestFunction test;
	CMFixtureFunction fixture;
	void *group_state;
	int returned; /* 0: an assertion failed, or the test was skipped. */
	int result;   /* Of the fixture. */
} running;

static void test_and_note(void **state)
{
	running.test(state);
	running.returned = 1;
}

/* A group's set-up or tear-down as a test. */
static void fixture_and_note(void **state)
{
	(void)state;
	running.result = running.fixture(&running.group_state);
	running.returned = 1;
}

static void start_catching(struct caught *caught, FILE **stream)
{
	memset(caught, 0, sizeof *caught);
	(void)fflush(*stream);
	caught->before = *stream;
	caught->stream = open_memstream(&caught->text, &caught->length);
	if (caught->stream == NULL) {
		abort();
	}
	*stream = caught->stream;
}

static void stop_catching(struct caught *caught, FILE **stream)
{
	*stream = caught->before;
	if (fclose(caught->stream) != 0) {
		abort();
	}
}

/* Where the first assertion failed: cmocka's line is "[   LINE   ] --- FILE:LINE: error: Failure!". */
static void find_place(const char *said, struct hosted_outcome *outcome)
{
	static const char before[] = "[   LINE   ] --- ";
	static const char after[] = ": error: Failure!";
	const char *start = strstr(said, before);
	const char *end = start != NULL ? strstr(start, after) : NULL;
	const char *colon = end;

	if (end == NULL) {
		return;
	}
	start += sizeof before - 1;
	do {
		--colon;
	} while (colon > start && *colon != ':');
	if (colon > start && (size_t)(colon - start) < sizeof outcome->file) {
		memcpy(outcome->file, start, (size_t)(colon - start));
		outcome->file[colon - start] = '\0';
		outcome->line = (int)strtol(colon + 1, NULL, 10);
	}
}

/* What the test itself printed: cmocka's own lines begin with "[". */
static void keep_own_lines(const char *printed, struct hosted_outcome *outcome)
{
	size_t kept = 0;

	while (*printed != '\0') {
		const size_t length = strcspn(printed, "\n") + (strchr(printed, '\n') != NULL);

		if (*printed != '[' && kept + length < sizeof outcome->text) {
			memcpy(outcome->text + kept, printed, length);
			kept += length;
		}
		printed += length;
	}
	outcome->text[kept] = '\0';
}

/* What the test printed and what cmocka said, without its summary of a group of one. */
static void keep_words(const char *printed, const char *said, struct hosted_outcome *outcome)
{
	const char *summary = strstr(said, "[  PASSED  ]");
	const size_t length = summary != NULL ? (size_t)(summary - said) : strlen(said);
	size_t kept;

	keep_own_lines(printed, outcome);
	kept = strlen(outcome->text);
	(void)snprintf(outcome->text + kept, sizeof outcome->text - kept, "%.*s", (int)length, said);
}

static void run_one(const char *name, const struct CMUnitTest *test, struct hosted_outcome *outcome)
{
	const struct CMUnitTest only[] = {*test};
	struct caught printed;
	struct caught said;
	int failed;

	memset(outcome, 0, sizeof *outcome);
	running.returned = 0;
	start_catching(&printed, &stdout);
	start_catching(&said, &stderr);
	failed = cmocka_run_group_tests_name(name, only, NULL, NULL);
	stop_catching(&said, &stderr);
	stop_catching(&printed, &stdout);
	if (failed != 0) {
		outcome->verdict = HOSTED_FAILED;
		find_place(said.text, outcome);
		keep_words(printed.text, said.text, outcome);
	} else if (running.returned == 0) {
		outcome->verdict = HOSTED_SKIPPED;
		keep_own_lines(printed.text, outcome);
	}
	free(said.text);
	free(printed.text);
}

static void run_fixture(size_t group, CMFixtureFunction fixture, const char *name, struct hosted_outcome *outcome)
{
	const struct CMUnitTest as_test = {name, fixture_and_note, NULL, NULL, NULL};

	memset(outcome, 0, sizeof *outcome);
	if (fixture == NULL) {
		return;
	}
	running.fixture = fixture;
	running.result = 0;
	run_one(hosted_group_name(group), &as_test, outcome);
	if (outcome->verdict == HOSTED_SKIPPED) {
		outcome->verdict = HOSTED_FAILED; /* as cmocka has it */
		(void)snprintf(outcome->text, sizeof outcome->text, "the %s of a group cannot skip", name);
	} else if (outcome->verdict == HOSTED_PASSED && running.result != 0) {
		outcome->verdict = HOSTED_FAILED;
		(void)snprintf(outcome->text, sizeof outcome->text, "the %s of the group gave %d", name,
			       running.result);
	}
}

size_t hosted_groups(void)
{
	size_t count = 0;

	while (test_groups[count] != NULL) {
		++count;
	}
	return count;
}

const char *hosted_group_name(size_t group)
{
	return test_groups[group]->name;
}

const char *hosted_group_file(size_t group)
{
	return test_groups[group]->file;
}

int hosted_group_line(size_t group)
{
	return test_groups[group]->line;
}

size_t hosted_tests(size_t group)
{
	return test_groups[group]->count;
}

const char *hosted_test_name(size_t group, size_t test)
{
	return test_groups[group]->tests[test].name;
}

void hosted_set_up(size_t group, struct hosted_outcome *outcome)
{
	running.group_state = NULL;
	run_fixture(group, test_groups[group]->setup, "set-up", outcome);
}

void hosted_tear_down(size_t group, struct hosted_outcome *outcome)
{
	run_fixture(group, test_groups[group]->teardown, "tear-down", outcome);
}

void hosted_run(size_t group, size_t test, struct hosted_outcome *outcome)
{
	struct CMUnitTest hosted = test_groups[group]->tests[test];

	running.test = hosted.test_func;
	hosted.test_func = test_and_note;
	if (running.group_state != NULL) {
		hosted.initial_state = running.group_state; /* cmocka prefers it to the test's own */
	}
	run_one(hosted_group_name(group), &hosted, outcome);
}
