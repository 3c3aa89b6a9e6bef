/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "group.h"

int skipped_tests;

void skip_because(const char *why)
{
	++skipped_tests;
	print_message("%s\n", why);
	skip();
}
