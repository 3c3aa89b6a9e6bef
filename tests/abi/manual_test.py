#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""What the manual pages make of the headers' words, by the pages that are committed. Usage: manual_test.py ROOT"""

import os
import re
import sys
import unittest

ROOT = sys.argv.pop(1) if len(sys.argv) > 1 else sys.exit(__doc__)
sys.path.insert(0, os.path.join(ROOT, "tools", "abi"))
from abi import manual  # pylint: disable=wrong-import-position


class Page:
    """A page, and what its sections say."""

    def __init__(self, name):
        with open(os.path.join(ROOT, "abi", "man3", name + ".3"), encoding="utf-8") as file:
            self.text = file.read().replace("\\-", "-")
        self.sections = dict(re.findall(r"^\.SH (.*)\n((?:(?!\.SH ).*\n)*)", self.text, re.M))
        errors, _, self.of_all_errors = self.sections.get("ERRORS", "").partition(".PP\n")
        listed = re.split(r"\.TP\n\.B (\S+)\n", errors)
        self.before_errors, self.names, self.words = listed[0].strip(), listed[1::2], dict(zip(listed[1::2], listed[2::2]))


class Manual(unittest.TestCase):
    def test_a_member_is_named_as_in_c(self):
        self.assertEqual(manual.roff("ringline_buffer_info::sharing tells"), "ringline_buffer_info.sharing tells")
        self.assertIn("ringline_buffer_info.sharing tells", Page("ringline_queue_attach_buffer").text)

    def test_a_link_to_a_type_is_its_name(self):
        self.assertEqual(manual.roff("(see ::ringline_segment)"), "(see ringline_segment)")

    def test_a_call_that_pushes_and_waits_has_the_errors_of_both(self):
        page = Page("ringline_exchange")
        self.assertLessEqual({"-ERANGE", "-EINTR", "-EBUSY"}, set(page.names))
        self.assertEqual(len(page.names), len(set(page.names)), "an error is listed twice")
        self.assertIn("Queue full", page.words["-EAGAIN"])
        self.assertIn("as ringline_submit()", page.words["-EAGAIN"])

    def test_what_is_said_of_all_errors_is_a_paragraph_of_its_own(self):
        page = Page("ringline_read")
        self.assertEqual(page.words["-ECHILD"].strip(), "After fork.")
        self.assertEqual(page.of_all_errors.strip(), "ringline_explain() tells which limit and by how much, "
                         "ringline_explain_raw() what is wrong with a raw command.")

    def test_errors_of_array_calls_are_about_the_first_command(self):
        for name in ("ringline_push", "ringline_push_raw"):
            self.assertEqual(Page(name).before_errors, "About commands[0]:")
        self.assertIn("are about commands[0]:", Page("ringline_exchange").before_errors)
        self.assertEqual(Page("ringline_read").before_errors, "")

    def test_a_call_that_pushes_leads_to_those_that_explain_and_submit(self):
        for name, leads in (("ringline_write", True), ("ringline_cancel", False)):
            seen = Page(name).sections["SEE ALSO"]
            self.assertIn(".BR ringline (7),", seen)
            for other in ("ringline_explain", "ringline_submit"):
                self.assertEqual(f".BR {other} (3)," in seen, leads)

    def test_the_synopsis_says_how_to_compile(self):
        self.assertIn("cc program.c $(pkg-config --cflags --libs ringline)", Page("ringline_poll").sections["SYNOPSIS"])


if __name__ == "__main__":
    unittest.main()
