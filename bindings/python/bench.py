#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""Measures what Python adds to a command on null:, which costs the device nothing.

Usage: bench.py [COMMANDS]. The loop in C beside it (bench.c) is compiled against the ringline that pkg-config finds, or this source
tree with the library that RINGLINE_LIBRARY names. C and Python take turns, and the best round of each counts: what else runs only adds.
"""
import asyncio
import os
import subprocess
import sys
import tempfile
import time

import ringline

ROUNDS = 15
HERE = os.path.dirname(os.path.realpath(__file__))


def compile_c(program):
    library = os.environ.get("RINGLINE_LIBRARY")
    if library:
        words = ["-I", os.path.join(HERE, "..", "..", "include"), library, f"-Wl,-rpath,{os.path.dirname(os.path.realpath(library))}"]
    else:
        words = subprocess.run(["pkg-config", "--cflags", "--libs", "ringline"], capture_output=True, text=True,
                               check=True).stdout.split()
    subprocess.run(["cc", "-O2", "-o", program, os.path.join(HERE, "bench.c"), *words], check=True)


def nanoseconds(work, commands):
    start = time.perf_counter_ns()
    work()
    return (time.perf_counter_ns() - start) / commands


def compare(program, device, queue, size, commands):
    """The best nanoseconds per command of C and of Python."""
    batch = queue.batch(size)
    memory = memoryview(bytearray(size * device.block_size))
    for index in range(size):
        batch.read(device, index, memory[index * device.block_size:(index + 1) * device.block_size])

    def work():
        for _ in range(commands // size):
            if queue.run(batch):
                raise SystemExit("a command failed")
    c, python = [], []
    for _ in range(ROUNDS):
        c.append(float(subprocess.run([program, str(size), str(commands)], capture_output=True, text=True, check=True).stdout))
        python.append(nanoseconds(work, commands))
    return min(c), min(python)


def round_trips(device, queue, commands):
    memory = bytearray(device.block_size)

    def blocking():
        for _ in range(commands):
            queue.read(device, 0, memory)

    async def reads():
        for _ in range(commands):
            await queue.aread(device, 0, memory)
    return (min(nanoseconds(blocking, commands) for _ in range(ROUNDS)),
            min(nanoseconds(lambda: asyncio.run(reads()), commands) for _ in range(ROUNDS)))


def main():
    commands = int(sys.argv[1]) if len(sys.argv) > 1 else 32000
    with tempfile.TemporaryDirectory() as scratch, ringline.Device("null:") as device, ringline.Queue(device) as queue:
        program = os.path.join(scratch, "bench")
        compile_c(program)
        print(f"Python {sys.version.split()[0]}, engine {queue.info().engine}; nanoseconds a command")
        print(f"{'batch':>5} {'C':>8} {'Python':>8} {'above C':>8}")
        for size in (1, 8, 32, 256):
            c, python = compare(program, device, queue, size, commands)
            print(f"{size:5} {c:8.0f} {python:8.0f} {python - c:8.0f}")
        blocking, awaited = round_trips(device, queue, commands // 16)
        print(f"one round trip: read() {blocking:.0f}, await aread() {awaited:.0f}")


if __name__ == "__main__":
    main()
