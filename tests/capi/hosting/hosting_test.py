#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""Runs tests in C that fail, skip and pass on purpose (subject.c) under GoogleTest and under cmocka's own runner, and looks at what
each says. Usage: hosting_test.py HOSTED OWN
"""

import os
import re
import subprocess
import sys
import tempfile
import unittest
import xml.etree.ElementTree

SUBJECT = os.path.join(os.path.dirname(os.path.realpath(__file__)), "subject.c")
HOSTED, OWN = sys.argv[1:3]


def line_of(what):
    """Where subject.c has the comment "line of WHAT"."""
    with open(SUBJECT, encoding="utf-8") as file:
        return next(number for number, line in enumerate(file, 1) if f"/* line of {what} */" in line)


class Run:
    """One run of the hosted tests."""

    def __init__(self, tests, *options):
        with tempfile.TemporaryDirectory(prefix="ringline-hosting-") as folder:
            report = os.path.join(folder, "report.xml")
            ended = subprocess.run([HOSTED, f"--gtest_filter={tests}", f"--gtest_output=xml:{report}", *options],
                                   capture_output=True, text=True, check=False)
            self.code, self.out = ended.returncode, ended.stdout
            self.trail = re.findall("trail: (.*)", ended.stderr)
            self.cases = {f"{case.get('classname')}.{case.get('name')}": case
                          for case in xml.etree.ElementTree.parse(report).iter("testcase")}


class HostingTest(unittest.TestCase):
    def failure(self, name):
        """The message of a test that must fail."""
        ran = Run(name)
        self.assertEqual(ran.code, 1, ran.out)
        self.assertIn(f"[  FAILED  ] {name}", ran.out)
        self.assertNotIn("[  SKIPPED ]", ran.out, "CTest would take it for skipped")
        messages = [failure.get("message") for failure in ran.cases[name].iter("failure")] if name in ran.cases else []
        return "\n".join(messages), ran

    def assert_fails_at(self, name, line, said):
        message, ran = self.failure(name)
        # The path is as the compiler was given it.
        self.assertRegex(message, rf"^\S*hosting/subject\.c:{line}\n")
        self.assertRegex(ran.out, rf"(?m)^\S*hosting/subject\.c:{line}: Failure$")
        self.assertIn(said, message)

    def test_a_failed_assertion_has_its_file_and_line(self):
        self.assert_fails_at("outcomes.fails", line_of("fails"), "0x3 != 0x4")

    def test_a_message_is_shown(self):
        self.assert_fails_at("outcomes.fails_with_a_message", line_of("fails_with_a_message"), "the words of the message")
        self.assertIn("printed on the way", self.failure("outcomes.fails_with_a_message")[0])

    def test_a_crash_is_a_failure(self):
        self.assertIn("Segmentation fault", self.failure("outcomes.crashes")[0])

    def test_a_leak_is_a_failure(self):
        self.assertIn(f"subject.c:{line_of('leaks')}", self.failure("outcomes.leaks")[0])

    def test_a_set_up_that_fails_fails_the_test(self):
        message, ran = self.failure("outcomes.set_up_gives_an_error")
        self.assertIn("Test setup failed", message)
        self.assertEqual(ran.trail, [], "the test ran all the same")
        self.assert_fails_at("outcomes.set_up_fails_to_assert", line_of("fail_to_assert"), "0x1 != 0x2")

    def test_a_tear_down_that_fails_fails_the_test(self):
        self.assertIn("Test teardown failed", self.failure("outcomes.tear_down_gives_an_error")[0])
        self.assert_fails_at("outcomes.tear_down_fails_to_assert", line_of("fail_to_assert"), "0x1 != 0x2")

    def test_a_tear_down_runs_behind_a_failure(self):
        self.assertEqual(Run("outcomes.fails_before_its_tear_down").trail, ["tear-down has nothing"])

    def test_a_groups_set_up_that_fails_fails_its_tests(self):
        self.assert_fails_at("bad_set_up.passes", line_of("fail_to_assert"), "0x1 != 0x2")
        message, ran = self.failure("set_up_error.passes")
        self.assertIn("the set-up of the group gave -1", message)
        self.assertEqual(ran.trail, [], "the test ran all the same")

    def test_a_groups_tear_down_that_fails_is_seen(self):
        ran = Run("bad_tear_down.*")
        self.assertEqual(ran.code, 1)
        self.assertIn(f"hosting/subject.c:{line_of('fail_to_assert')}: Failure", ran.out)

    def test_a_skip_is_a_skip_and_says_why(self):
        ran = Run("outcomes.skips")
        self.assertEqual(ran.code, 0)
        self.assertIn("[  SKIPPED ] outcomes.skips", ran.out)
        self.assertIn("there is no such thing here", ran.out)
        self.assertIsNotNone(ran.cases["outcomes.skips"].find("skipped"))

    ORDERED = ["group set-up has nothing",
               "set-up has the group's", "test has the set-up's", "tear-down has the set-up's",
               "test has the group's",
               "group tear-down has the group's"]

    def test_set_ups_tests_and_tear_downs_run_in_cmockas_order(self):
        ran = Run("ordered.*")
        self.assertEqual(ran.code, 0, ran.out)
        self.assertEqual(ran.trail, self.ORDERED)
        self.assertEqual(ran.out.count("[       OK ]"), 2)
        self.assertEqual(Run("outcomes.has_the_tables_state").trail, ["test has the table's"])
        own = subprocess.run([OWN, "ordered"], capture_output=True, text=True, check=False)
        self.assertEqual(re.findall("trail: (.*)", own.stderr), self.ORDERED)

    def test_repetition_runs_everything_again(self):
        ran = Run("ordered.*", "--gtest_repeat=3")
        self.assertEqual(ran.trail, self.ORDERED * 3)
        self.assertEqual(Run("outcomes.fails:outcomes.passes", "--gtest_repeat=2").out.count("[       OK ]"), 2)

    def test_a_failure_leaves_the_next_test_alone(self):
        ran = Run("outcomes.*")
        self.assertEqual(ran.code, 1)
        self.assertIn("[       OK ] outcomes.passes", ran.out)
        self.assertEqual(len(ran.cases), 12)
        self.assertEqual(sum(case.find("failure") is not None for case in ran.cases.values()), 9)

    def test_the_list_has_every_test(self):
        listed = subprocess.run([HOSTED, "--gtest_list_tests"], capture_output=True, text=True, check=True).stdout
        self.assertEqual(len(re.findall(r"^  \w", listed, re.MULTILINE)), 17)
        self.assertIn("ordered.\n  passes\n  has_the_groups_state\n", listed)

    def test_cmockas_own_runner_agrees(self):
        for group, code in {"ordered": 0, "outcomes": 1, "bad_set_up": 1, "set_up_error": 1, "bad_tear_down": 1, "nosuch": 2}.items():
            ended = subprocess.run([OWN, group], capture_output=True, text=True, check=False)
            self.assertEqual(ended.returncode, code, f"{group}: {ended.stdout}{ended.stderr}")


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2)
