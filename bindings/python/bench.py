#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""Measures what Python adds to a command on null:, which costs the device nothing. Usage: bench.py [COMMANDS]

"C" is the same work by the raw layer: one ringline_exchange() for many pushes of one array, with what one call by ctypes costs
taken off. So what is left is the library's own time, and "above C" is everything that Python does.
"""
import asyncio
import ctypes
import sys
import time

import ringline
from ringline import _raw

ROUNDS = 15


def best(work, commands):
    """Nanoseconds per command: the best of some rounds, since whatever else runs only adds."""
    taken = []
    for _ in range(ROUNDS):
        start = time.perf_counter_ns()
        work()
        taken.append((time.perf_counter_ns() - start) / commands)
    return min(taken)


def call_ns(queue, count):
    """What a call of ringline_exchange() by ctypes costs that does nothing: NULL is refused at once."""
    taken, slots, commands = ctypes.c_uint32(), queue._slots, (_raw.ringline_command * 1)()

    def work():
        for _ in range(count):
            _raw.ringline_exchange(None, commands, 0, taken, slots, 1, 0, 0)
    return best(work, count)


def raw_ns(queue, batch, size, times):
    pointer, taken, slots, commands = queue._pointer, ctypes.c_uint32(), queue._slots, batch.commands

    def work():
        for _ in range(times):
            _raw.ringline_exchange(pointer, commands, size, taken, slots, size, size, -1)
    return best(work, times * size)


def batch_ns(queue, batch, size, times):
    def work():
        for _ in range(times):
            if queue.run(batch):
                raise SystemExit("a command failed")
    return best(work, times * size)


def async_ns(device, queue, count):
    memory = bytearray(device.block_size)

    async def reads():
        for _ in range(count):
            await queue.aread(device, 0, memory)
    return best(lambda: asyncio.run(reads()), count)


def blocking_ns(device, queue, count):
    memory = bytearray(device.block_size)

    def work():
        for _ in range(count):
            queue.read(device, 0, memory)
    return best(work, count)


def main():
    commands = int(sys.argv[1]) if len(sys.argv) > 1 else 64000
    with ringline.Device("null:") as device, ringline.Queue(device) as queue:
        call = call_ns(queue, commands)
        print(f"Python {sys.version.split()[0]}, engine {queue.info().engine}, one call by ctypes {call:.0f} ns")
        print(f"{'batch':>5} {'C':>8} {'raw':>8} {'run()':>8} {'above C':>8}  ns a command")
        for size in (1, 8, 32):
            batch = queue.batch(size)
            memory = bytearray(size * device.block_size)
            for index in range(size):
                batch.read(device, index, memoryview(memory)[index * device.block_size:(index + 1) * device.block_size])
            raw = raw_ns(queue, batch, size, commands // size)
            queue._bytes[:] = queue._zeros  # the raw layer left its completions there
            run = batch_ns(queue, batch, size, commands // size)
            c = raw - call / size
            print(f"{size:5} {c:8.0f} {raw:8.0f} {run:8.0f} {run - c:8.0f}")
        print(f"blocking read() {blocking_ns(device, queue, commands // 16):.0f} ns, "
              f"await aread() {async_ns(device, queue, commands // 16):.0f} ns a round trip")


if __name__ == "__main__":
    main()
