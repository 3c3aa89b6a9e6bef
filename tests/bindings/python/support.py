# SPDX-License-Identifier: MIT OR Apache-2.0
"""What the tests share: simulated devices in a folder of their own, both engines, and a look at what is held."""
import gc
import os
import sys
import tempfile
import unittest

import ringline

BLOCK = 512
ENGINES = ("uring", "threads")
MEDIA_ERROR = 0x0281  # unrecovered read error


class Simulated(unittest.TestCase):
    """A simulated device of 4,096 blocks, and queues that are closed at the end."""

    def setUp(self):
        self.device = self.new_device()

    def new_device(self):
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        path = os.path.join(scratch.name, "disk.img")
        ringline.sim_create(path, 4096)
        device = ringline.Device("sim:" + path)
        self.addCleanup(device.close)
        return device

    def queue(self, engine="auto", **options):
        queue = ringline.Queue(self.device, engine=engine, **options)
        self.addCleanup(queue.close)
        return queue

    def each_engine(self, **options):
        """A queue of each engine, the device without faults. The body of a loop that fails leaves the name of its engine."""
        for engine in ENGINES:
            self.device.fault_clear()
            with ringline.Queue(self.device, engine=engine, **options) as queue:
                try:
                    yield queue
                except GeneratorExit:
                    print(f"(engine {engine})", file=sys.stderr)
                    raise


def is_held(memory):
    """Whether somebody has a view of a bytearray, which then cannot be resized."""
    gc.collect()
    try:
        memory.append(0)
    except BufferError:
        return True
    memory.pop()
    return False


def pattern(length, seed=1):
    return bytes((seed * 31 + index * 7) & 255 for index in range(length))
