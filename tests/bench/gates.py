#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""What the data path may cost, in units that do not depend on the machine. Usage: gates.py GATE LOOP [HELPER]

Each gate runs ringline-bench-loop on /dev/null twice, with few and with many commands, and looks at the difference: what
set-up costs is in both. Where a gate cannot run it says why and exits with 77.
"""
import errno
import os
import shutil
import subprocess
import sys
import tempfile

SKIPPED = 77
RINGLINE = ("ringline-typed", "ringline-array", "ringline-raw", "ringline-exchange", "ringline-two-calls")
# User instructions for a command by batch, the caller's own loop (some 25) included: what is reached, so that nothing
# gets worse. PERFORMANCE.md tells what is wanted. The hand-written loop takes 104, 39 and 38, the
# one behind arrays (raw-arrays) 158, 74 and 72: less than LEAST means that
# not all of it was counted.
MOST_INSTRUCTIONS = {"ringline-array": {1: 347, 32: 104, 128: 98}, "ringline-typed": {1: 334, 32: 169, 128: 165},
                     "ringline-raw": {1: 413, 32: 111, 128: 104}}
LEAST_INSTRUCTIONS = 40
IO_URING_ENTER = 426  # the same on every architecture


def skip(why):
    print(f"skipped: {why}")
    sys.exit(SKIPPED)


def loop(bench, contestant, batch, batches):
    return [bench, "--device", "null:", "--contestant", contestant, "--batch", str(batch), "--warm-up", "0",
            "--commands", str(batch * batches)]


def run(command, **more):
    ended = subprocess.run(command, capture_output=True, text=True, check=False, **more)
    if ended.returncode == SKIPPED:
        skip(ended.stderr.strip())
    if ended.returncode != 0:
        sys.exit(f"{' '.join(command)} ended with {ended.returncode}:\n{ended.stdout}{ended.stderr}")
    return ended


def counts(path):
    with open(path, encoding="utf-8") as file:
        return {name: int(count) for name, count in (line.split() for line in file)}


def instructions(bench):
    """User instructions for each command, by callgrind."""
    valgrind = shutil.which("valgrind") or skip("valgrind is not installed")

    def count(contestant, batch, batches):
        ended = run([valgrind, "--tool=callgrind", "--callgrind-out-file=/dev/null",
                     *loop(bench, contestant, batch, batches)])
        return int(next(line.split()[-1].replace(",", "") for line in ended.stderr.splitlines() if "refs:" in line))

    failed = False
    for contestant, limits in MOST_INSTRUCTIONS.items():
        for batch, most in limits.items():
            few, many = 256 // batch, 256 // batch + max(4096 // batch, 32)
            each = (count(contestant, batch, many) - count(contestant, batch, few)) / (batch * (many - few))
            wrong = not LEAST_INSTRUCTIONS <= each <= most
            failed |= wrong
            print(f"{contestant}, batch {batch}: {each:.1f} instructions for a command, at most {most}"
                  f"{': FAILED' if wrong else ''}")
    return failed


def differences(measure, wanted):
    """For each contestant and two batches: how the counts of 300 batches differ from those of 100; wanted(batch) is right."""
    failed = False
    for contestant in RINGLINE:
        for batch in (1, 32):
            few, many = measure(contestant, batch, 100), measure(contestant, batch, 300)
            grown = {name: many.get(name, 0) - few.get(name, 0) for name in sorted(few.keys() | many.keys())}
            grown = {name: count for name, count in grown.items() if count != 0}
            wrong = grown != wanted
            failed |= wrong
            print(f"{contestant}, batch {batch}: 200 batches more took {grown or 'nothing'}"
                  f"{f', instead of {wanted}: FAILED' if wrong else ''}")
    return failed


def system_calls(bench, counter):
    """One io_uring_enter for each batch, and no other system call."""
    with tempfile.TemporaryDirectory() as scratch:
        path = os.path.join(scratch, "counts")

        def measure(contestant, batch, batches):
            run([counter, path, *loop(bench, contestant, batch, batches)])
            return counts(path)

        return differences(measure, {str(IO_URING_ENTER): 200})


def calls(bench, preload):
    """No allocation and no lock."""
    with tempfile.TemporaryDirectory() as scratch:
        path = os.path.join(scratch, "counts")
        environment = dict(os.environ, LD_PRELOAD=preload, COUNT_CALLS=path)

        def measure(contestant, batch, batches):
            run(loop(bench, contestant, batch, batches), env=environment)
            counted = counts(path)
            if counted["allocations"] == 0 or counted["locks"] == 0:
                sys.exit(f"set-up allocates and locks, and the counters saw {counted}: they do not work")
            return counted

        return differences(measure, {})


def need_ring(bench):
    ended = subprocess.run(loop(bench, "raw", 1, 1), capture_output=True, text=True, check=False)
    if ended.returncode != 0 and any(os.strerror(number) in ended.stderr for number in (errno.ENOSYS, errno.EPERM)):
        skip(f"there is no io_uring here: {ended.stderr.strip()}")


def main(arguments):
    gates = {"instructions": instructions, "system_calls": system_calls, "calls": calls}
    if len(arguments) < 2 or arguments[0] not in gates:
        print(__doc__.strip(), file=sys.stderr)
        return 2
    need_ring(arguments[1])
    return 1 if gates[arguments[0]](*arguments[1:]) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
