# SPDX-License-Identifier: MIT OR Apache-2.0
"""The comparison: many short processes, each with all contestants in shuffled slices, in several code layouts."""

import os
import random

from . import statistics
from .process import progress, run_json

CONTESTANTS = ("raw", "raw-whole", "raw-copy", "raw-arrays", "liburing", "liburing-whole", "liburing-copy",
               "ringline-typed", "ringline-array", "ringline-array-copy", "ringline-raw", "ringline-exchange",
               "ringline-two-calls")
BASES = ("raw", "liburing")
COPIES = {"raw-copy": "raw", "liburing-copy": "liburing", "ringline-array-copy": "ringline-array"}
# Commands in a slice: a third of a millisecond, long enough for the clock, short enough to meet no more than one timer tick.
SLICES = {1: 768, 8: 1536}
SLICE = 2048
ENVIRONMENT_BYTES_MAX = 4096


def layouts(build):
    directory = os.path.join(build, "tools", "bench")
    found = sorted(name for name in os.listdir(directory) if name.startswith("layout"))
    programs = [os.path.join(directory, name, "ringline-bench-compare") for name in found]
    return [program for program in programs if os.access(program, os.X_OK)]


def measure(options, buffers, batches):
    """A list of groups, one for each batch."""
    programs = layouts(options.build)
    jobs = [(batch, number) for batch in batches for number in range(options.processes)]
    random.Random(options.seed).shuffle(jobs)
    ran = {batch: [] for batch in batches}
    for done, (batch, number) in enumerate(jobs):
        if done % 20 == 0:
            progress(f"comparing with {buffers} memory: process {done + 1} of {len(jobs)}")
        ran[batch].append(_run(options, programs[number % len(programs)], buffers, batch, number))
    return [_group(buffers, batch, ran[batch]) for batch in batches]


def _run(options, program, buffers, batch, number):
    chance = random.Random(f"{options.seed} {buffers} {batch} {number}")
    environment = dict(os.environ, RINGLINE_BENCH_PADDING="x" * chance.randrange(ENVIRONMENT_BYTES_MAX))
    command = [program, "--device", "null:", "--contestants", ",".join(CONTESTANTS), "--batch", str(batch), "--buffers",
               buffers, "--rounds", str(options.rounds), "--slice", str(SLICES.get(batch, SLICE)), "--seed",
               str(chance.randrange(1, 1 << 32))]
    if options.cpu is not None:
        command += ["--cpu", str(options.cpu)]
    return run_json(command, environment)["ns_per_command"]


def _group(buffers, batch, processes):
    def ratio(name, base):
        return statistics.summary([statistics.paired_ratio(ran[name], ran[base]) for ran in processes])

    copies = {name: ratio(name, base) for name, base in COPIES.items()}
    rows = {}
    for name in CONTESTANTS:
        if name not in COPIES:
            nanoseconds = statistics.summary([statistics.summary(ran[name])["median"] for ran in processes])
            rows[name] = {"ns_per_command": nanoseconds, **{f"to_{base}": ratio(name, base) for base in BASES}}
    return {"buffers": buffers, "batch": batch, "processes": len(processes), "copies": copies,
            "spread": statistics.spread(copies.values()), "contestants": rows}
