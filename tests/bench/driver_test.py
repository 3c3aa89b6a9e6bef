#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""Tests of the benchmark's driver. Usage: driver_test.py TOOLS_BENCH BUILD. No time is compared with anything."""
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import unittest

TOOLS, BUILD = (os.path.realpath(path) for path in sys.argv[1:3])
sys.dont_write_bytecode = True
sys.path.insert(0, TOOLS)

import gates  # noqa: E402  (beside this file)
from driver import compare, report, statistics  # noqa: E402  (the path must be set first)

PROGRAM = [sys.executable, os.path.join(TOOLS, "run"), "--build", BUILD]


def driver(*arguments):
    return subprocess.run([*PROGRAM, *arguments], capture_output=True, text=True, check=False)


class Claims(unittest.TestCase):
    def test_a_ratio_within_the_copies_difference_is_not_claimed(self):
        noise = statistics.spread([statistics.summary([0.99, 1.0, 1.02]), statistics.summary([0.97, 0.98, 1.0])])
        self.assertAlmostEqual(noise, 0.025)
        self.assertFalse(statistics.claimable(statistics.summary([1.02, 1.02, 1.02]), noise))
        self.assertTrue(statistics.claimable(statistics.summary([1.03, 1.03, 1.03]), noise))
        self.assertTrue(statistics.claimable(statistics.summary([0.97, 0.97, 0.97]), noise))

    def test_a_ratio_is_paired_within_its_round(self):
        self.assertEqual(statistics.paired_ratio([2, 200, 4], [1, 100, 2]), 2)

    def test_a_copy_that_differs_makes_its_whole_group_silent(self):
        even = {name: [100.0, 100.0] for name in compare.CONTESTANTS}
        process = {**even, "raw-copy": [150.0, 150.0], "ringline-array": [140.0, 140.0], "ringline-array-copy": [140.0, 140.0]}
        group = compare._group("caller", 32, [process, process])
        self.assertAlmostEqual(group["spread"], 0.5)
        line = next(line for line in report._group(group) if line.strip().startswith("ringline-array "))
        self.assertEqual(line.count("="), 2)


class Runs(unittest.TestCase):
    def test_a_run_measures_each_contestant_and_writes_json(self):
        with tempfile.TemporaryDirectory() as scratch:
            path = os.path.join(scratch, "figures.json")
            ended = driver("--quick", "--processes", "2", "--batches", "32", "--parts", "compare,setup", "--json", path)
            self.assertEqual(ended.returncode, 0, ended.stderr)
            self.assertEqual(os.listdir(scratch), ["figures.json"])
            with open(path, encoding="utf-8") as file:
                document = json.load(file)
        self.assertEqual(document["schema"], "ringline-bench.report/1")
        group, = document["groups"]
        self.assertEqual(set(group["contestants"]) | set(compare.COPIES), set(compare.CONTESTANTS))
        for row in group["contestants"].values():
            self.assertGreater(row["ns_per_command"]["q1"], 0)
        self.assertEqual(group["contestants"]["raw"]["to_raw"]["median"], 1)
        self.assertGreater(document["set_up"]["devices"]["sim:"]["open_us"], 0)
        self.assertIn("ringline-array", ended.stdout)

    def test_an_interrupted_run_says_so_and_leaves_nothing(self):
        with tempfile.TemporaryDirectory() as scratch:
            path = os.path.join(scratch, "figures.json")
            child = subprocess.Popen([*PROGRAM, "--parts", "compare", "--json", path], stdout=subprocess.PIPE,
                                     stderr=subprocess.PIPE, text=True, start_new_session=True)
            for line in child.stderr:
                if "process 1 of" in line:
                    break
            time.sleep(0.2)
            os.killpg(child.pid, signal.SIGINT)
            said, complaint = child.communicate(timeout=30)
            self.assertEqual(child.returncode, 130, complaint)
            self.assertEqual(said, "")
            self.assertEqual(os.listdir(scratch), [])

    def test_bad_arguments_are_usage_errors(self):
        for arguments in (["--batches", "0"], ["--parts", "nothing"], ["--processes", "1"]):
            ended = driver(*arguments)
            self.assertEqual(ended.returncode, 2, arguments)
            self.assertIn("error:", ended.stderr)

    def test_a_build_without_the_programs_says_what_builds_them(self):
        with tempfile.TemporaryDirectory() as empty:
            os.makedirs(os.path.join(empty, "tools", "bench"))
            ended = driver("--build", empty)
        self.assertEqual(ended.returncode, 1)
        self.assertIn("tools/dev bench", ended.stderr)


if __name__ == "__main__":
    gates.need_ring(os.path.join(BUILD, "tools", "bench", "ringline-bench-loop"))
    unittest.main(argv=sys.argv[:1])
