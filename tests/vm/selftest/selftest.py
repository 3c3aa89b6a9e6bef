#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""Proves that the test bed can fail: a bed that calls everything a pass would be worse than none."""

import contextlib
import io
import os
import subprocess
import sys
import tempfile
import unittest
from unittest import mock

sys.dont_write_bytecode = True
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(os.path.realpath(__file__)))))
sys.path.insert(0, os.path.join(ROOT, "tools", "vm"))

from bed import apt, cli, console, emulators, host, junit, kernels, manifest, scratch, suite  # noqa: E402  (the path must be set first)
from bed.errors import BED_FAILED, FAILED, SKIPPED, BedError, CannotRunHere  # noqa: E402

# Entries of a suite in which nearly everything goes wrong, with the verdict that each must get.
MANIFEST = """run:passes\tsh -c 'ls /dev/vm/ringA-ng1 /dev/vm/ringB-ng1 /dev/vm/ringT-ng1 /dev/vm/ringF-ng1'
run:fails\tfalse
run:skips\tsh -c 'echo no such feature; exit 77'
run:hangs\tsleep 60\t1
gtest:silent\ttrue
gtest:crashes\tsh -c 'echo "[ RUN      ] Some.test"; kill -SEGV $$'
run:leaves_a_process\tsh -c 'sleep 60 & true'
run:warns\tsh -c 'echo "<4>WARNING: CPU: 0 PID: 1 at some/file.c" >/dev/kmsg'
"""
VERDICTS = {"passes": 0, "fails": FAILED, "skips": SKIPPED, "hangs": FAILED, "silent": FAILED, "crashes": FAILED,
            "leaves_a_process": 0, "warns": 0, "never_registered": FAILED}


def bed(*arguments):
    """(exit code, what it said) of the command line."""
    said = io.StringIO()
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
        said.buffer = io.BytesIO()
        code = cli.main(list(arguments))
    return code, said.getvalue() + said.buffer.getvalue().decode()


class Directories(unittest.TestCase):
    """Gives each test a build directory and a results directory."""

    def setUp(self):
        temporary = tempfile.TemporaryDirectory(prefix="ringline-vm-selftest-")
        self.addCleanup(temporary.cleanup)
        self.build = os.path.join(temporary.name, "build")
        self.results = os.path.join(temporary.name, "results")
        os.mkdir(self.build)

    def write_manifest(self, text):
        with open(os.path.join(self.build, manifest.FILE_NAME), "w", encoding="utf-8") as file:
            file.write(text)

    def run_suite(self, *more):
        return bed("suite", "--build", self.build, "--results", self.results, *more)

    def verdict(self, *more):
        return bed("verdict", "--results", self.results, *more)


class InAGuest(Directories):
    """Each of these boots a guest."""

    def test_every_way_to_fail_is_a_failure(self):
        self.write_manifest(MANIFEST)
        code, said = self.run_suite()
        self.assertEqual(code, FAILED, said)
        for entry, expected in VERDICTS.items():
            code, told = self.verdict("--entry", entry)
            self.assertEqual(code, expected, f"{entry}: {told}\n{said}")
        code, told = self.verdict()
        self.assertEqual(code, FAILED, "a kernel's WARNING must fail the run")
        self.assertIn("some/file.c", told)

    def test_a_panic_is_no_result(self):
        self.write_manifest("run:first\ttrue\nrun:panics\tsh -c 'echo c >/proc/sysrq-trigger'\n")
        code, said = self.run_suite("--report-only")
        self.assertEqual(code, BED_FAILED, said)
        self.assertIn("no result from the guest", said)
        self.assertIn("Kernel panic", said)
        self.assertIn("was running panics", said)
        self.assertEqual(said.count("booting"), 1, "a guest that booted must not be given a second try")
        self.assertEqual(self.verdict("--entry", "first")[0], FAILED)

    def test_a_guest_that_never_ends_is_ended_and_says_how_far_it_got(self):
        self.write_manifest("run:hangs\tsh -c 'echo got here; sleep 600'\n")
        code, said = self.run_suite("--timeout", "8")
        self.assertEqual(code, BED_FAILED, said)
        self.assertIn("still running", said)
        self.assertIn("last seen at 'got here'", said)

    def test_a_qemu_that_does_not_start_is_said_so(self):
        code, said = bed("--build", self.build, "--accel", "nonsense", "--", "true")
        self.assertEqual(code, BED_FAILED, said)
        self.assertIn("QEMU ended at once", said)

    def test_a_command_gets_its_files_and_gives_its_exit_code(self):
        os.chdir(self.build)
        with open("in", "w", encoding="utf-8") as file:
            file.write("carried")
        script = "cat in; head -c 3000000 /dev/zero >out; seq 20000; exit 7"
        code, said = bed("--kernel", "6.1", "--build", self.build, "--put", "in", "--get", "out", "--get", "never",
                         "--", "sh", "-c", script)
        self.assertEqual(code, 7, said)
        self.assertIn("carried", said)
        self.assertIn("\n20000\n", said, "the end of a long output must arrive")
        self.assertIn("the guest left no never", said)
        self.assertEqual(os.path.getsize("out"), 3000000)


class OnTheHost(Directories):
    """None of these boots anything."""

    def test_an_old_result_never_counts(self):
        suite._empty(self.results)
        junit.write(os.path.join(self.results, "old.xml"), "old", [junit.Case("old", "program", junit.PASSED)])
        self.assertEqual(self.verdict("--entry", "old")[0], 0)
        self.run_suite()  # fails: there is no manifest
        self.assertEqual(self.verdict("--entry", "old")[0], FAILED)

    def test_somebody_elses_directory_is_not_emptied(self):
        os.mkdir(self.results)
        precious = os.path.join(self.results, "precious")
        with open(precious, "w", encoding="utf-8"):
            pass
        self.assertEqual(self.run_suite()[0], BED_FAILED)
        self.assertTrue(os.path.exists(precious))

    def test_without_qemu_it_is_a_skip_but_not_on_ci(self):
        self.write_manifest("run:passes\ttrue\n")
        with mock.patch.object(host, "find_program", lambda name: None):
            for environment, expected in (({}, SKIPPED), ({"CI": "true"}, FAILED)):
                with mock.patch.dict(os.environ, environment, clear=True):
                    os.environ["RINGLINE_VM_CACHE"] = self.build
                    code, said = self.run_suite()
                self.assertEqual(code, expected, said)
                self.assertIn("apt-get install", said)
                verdict = SKIPPED if expected == SKIPPED else FAILED
                self.assertEqual(self.verdict("--entry", "passes")[0], verdict)

    def test_a_newer_qemu_out_of_reach_is_a_skip_that_says_why(self):
        for mirrors, reason in (("", "not configured for Debian's bookworm"),
                                (f"file:{self.build}/ bookworm\n", "has no bookworm-backports")):
            run = apt.run

            def answer(command, *rest, mirrors=mirrors, run=run):
                return subprocess.CompletedProcess(command, 0, mirrors) if "indextargets" in command else run(command, *rest)

            with mock.patch.dict(os.environ, {"RINGLINE_VM_CACHE": self.results}), mock.patch.object(apt, "run", answer):
                os.environ.pop("CI", None)
                with self.assertRaises(CannotRunHere) as caught:
                    emulators.find("10")
            self.assertEqual(caught.exception.exit_code, SKIPPED)
            self.assertIn(reason, str(caught.exception))
            self.assertFalse(os.path.exists(os.path.join(self.results, "qemu", "10")))

    def test_entries_for_a_newer_qemu_are_its_own_and_skipped_without_it(self):
        self.write_manifest("run:ordinary\ttrue\n")
        name = manifest.file_name("10")
        with open(os.path.join(self.build, name), "w", encoding="utf-8") as file:
            file.write("run:newer\ttrue\n")
        self.assertEqual([entry.name for entry in manifest.read(self.build, name).entries], ["newer"])
        with mock.patch.dict(os.environ), mock.patch.object(emulators, "find") as find:
            os.environ.pop("CI", None)
            find.side_effect = CannotRunHere("no QEMU 10")  # made here: what it means depends on CI
            self.assertEqual(self.run_suite("--qemu", "10")[0], SKIPPED)
        self.assertEqual(self.verdict("--entry", "newer")[0], SKIPPED)

    def test_a_manifest_without_entries_is_a_failure(self):
        self.write_manifest("+.\n")
        self.assertEqual(self.run_suite()[0], BED_FAILED)

    def test_a_malformed_manifest_is_refused(self):
        for line in ("run:x", "other:x\ttrue", "run:a/b\ttrue", "run:x\ttrue\t1\t2", "run:x\t", "run:x\ta\nrun:x\tb"):
            self.write_manifest(line + "\n")
            with self.assertRaises(BedError, msg=line):
                manifest.read(self.build)

    def test_an_exit_code_outweighs_a_report_without_failures(self):
        entry = manifest.Entry("leaks", "gtest", ("leaks",), 1)
        cases = suite.judge(entry, 1, None, "", [junit.Case("Some", "test", junit.PASSED)])
        self.assertEqual(junit.count(cases, junit.FAILED), 1)

    def test_cases_before_a_crash_are_kept(self):
        cases = junit.read_log("[ RUN      ] A.b\n[       OK ] A.b (12 ms)\n[ RUN      ] A.c/0\n")
        self.assertEqual([(case.name, case.status) for case in cases], [("b", junit.PASSED), ("c/0", junit.FAILED)])

    def test_a_tainted_kernel_is_trouble_though_nothing_was_printed(self):
        self.assertEqual(console.trouble(["all is well"]), [])
        self.assertTrue(console.trouble(["all is well"], taint=1 << 9))

    def test_what_a_killed_run_left_is_removed_and_a_living_one_kept(self):
        with mock.patch.object(scratch, "YOUNG_S", -1), tempfile.TemporaryDirectory() as parent:
            abandoned = os.path.join(parent, scratch.PREFIX + "abandoned")
            os.mkdir(abandoned)
            with mock.patch("os.access", lambda *_: False), mock.patch.object(tempfile, "tempdir", parent):
                with scratch.directory() as mine, scratch.directory() as another:
                    self.assertFalse(os.path.exists(abandoned))
                    self.assertTrue(os.path.exists(mine) and os.path.exists(another))


if __name__ == "__main__":
    try:
        host.require_programs({**host.PROGRAMS, **kernels.PROGRAMS})
    except CannotRunHere as error:
        print(error)
        sys.exit(error.exit_code)
    unittest.main(verbosity=2)
