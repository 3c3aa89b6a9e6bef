/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Tests that fail, skip and pass on purpose, to see what becomes of each under GoogleTest: hosting_test.py looks. Those
 * that leave a trail write it to standard error's descriptor, which nobody catches. */
#include "../group.h"

#include <signal.h>
#include <stdio.h>
#include <unistd.h>

static char of_the_group[] = "the group's";
static char of_the_table[] = "the table's";
static char of_the_setup[] = "the set-up's";

static void trail(const char *what, void *const *state)
{
	(void)dprintf(STDERR_FILENO, "trail: %s has %s\n", what, *state != NULL ? (const char *)*state : "nothing");
}

static int set_up_group(void **state)
{
	trail("group set-up", state);
	*state = of_the_group;
	return 0;
}

static int tear_down_group(void **state)
{
	trail("group tear-down", state);
	return 0;
}

static int set_up(void **state)
{
	trail("set-up", state);
	*state = of_the_setup;
	return 0;
}

static int tear_down(void **state)
{
	trail("tear-down", state);
	return 0;
}

static int give_error(void **state)
{
	(void)state;
	return -1;
}

static int fail_to_assert(void **state)
{
	(void)state;
	assert_int_equal(1, 2); /* line of fail_to_assert */
	return 0;
}

static void passes(void **state)
{
	trail("test", state);
}

static void fails(void **state)
{
	(void)state;
	assert_int_equal(3, 4); /* line of fails */
}

static void fails_with_a_message(void **state)
{
	(void)state;
	print_message("printed on the way\n");
	fail_msg("%s", "the words of the message"); /* line of fails_with_a_message */
}

static void skips(void **state)
{
	(void)state;
	skip_because("there is no such thing here");
}

static void crashes(void **state)
{
	(void)state;
	(void)raise(SIGSEGV);
}

static void leaks(void **state)
{
	(void)state;
	(void)test_malloc(16); /* line of leaks */
}

static const struct CMUnitTest ordered[] = {
	cmocka_unit_test_setup_teardown(passes, set_up, tear_down),
	{"has_the_groups_state", passes, NULL, NULL, of_the_table},
};
static TEST_GROUP(ordered, ordered, set_up_group, tear_down_group);

static const struct CMUnitTest outcomes[] = {
	cmocka_unit_test(fails),
	cmocka_unit_test(fails_with_a_message),
	cmocka_unit_test(skips),
	cmocka_unit_test(crashes),
	cmocka_unit_test(leaks),
	{"fails_before_its_tear_down", fails, NULL, tear_down, NULL},
	{"set_up_gives_an_error", passes, give_error, NULL, NULL},
	{"set_up_fails_to_assert", passes, fail_to_assert, NULL, NULL},
	{"tear_down_gives_an_error", passes, NULL, give_error, NULL},
	{"tear_down_fails_to_assert", passes, NULL, fail_to_assert, NULL},
	{"has_the_tables_state", passes, NULL, NULL, of_the_table},
	cmocka_unit_test(passes),
};
static TEST_GROUP(outcomes, outcomes, NULL, NULL);

static const struct CMUnitTest passing[] = {cmocka_unit_test(passes)};
static TEST_GROUP(bad_set_up, passing, fail_to_assert, NULL);
static TEST_GROUP(set_up_error, passing, give_error, NULL);
static TEST_GROUP(bad_tear_down, passing, NULL, fail_to_assert);

const struct test_group *const test_groups[] = {&group_ordered,      &group_outcomes,      &group_bad_set_up,
						&group_set_up_error, &group_bad_tear_down, NULL};
