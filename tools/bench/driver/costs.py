# SPDX-License-Identifier: MIT OR Apache-2.0
"""What is paid once (opening, creating), and how the cost of a command grows with depth, devices and threads."""

import os
import tempfile

from . import statistics
from .process import progress, run_json

DEPTHS = (32, 256, 1024, 4096, 32768)
DEVICES = (1, 4, 64, 256)
THREADS = (1, 2)
BATCH = 32


def set_up(options):
    progress("opening devices, creating queues")
    with tempfile.TemporaryDirectory() as scratch:
        return run_json([os.path.join(options.build, "tools", "bench", "ringline-bench-setup"), scratch])


def growth(options):
    """Rows of {"by", "value", "ns_per_command"}; each by itself, all others at their defaults."""
    directory = os.path.join(options.build, "tools", "bench")
    loop = [os.path.join(directory, "ringline-bench-loop"), "--device", "null:", "--batch", str(BATCH), "--commands",
            str(options.commands), "--json"]
    scale = [os.path.join(directory, "ringline-bench-scale"), "--batch", str(BATCH), "--commands", str(options.commands)]
    points = [("depth, raw", depth, [*loop, "--contestant", "raw", "--depth", str(depth)]) for depth in DEPTHS]
    points += [("depth, ringline-array", depth, [*loop, "--contestant", "ringline-array", "--depth", str(depth)])
               for depth in DEPTHS]
    points += [("devices", count, [*scale, "--devices", str(count)]) for count in DEVICES]
    points += [("threads", count, [*scale, "--threads", str(count)]) for count in THREADS]
    values = [[] for _ in points]
    progress("depth, devices, threads")
    for _ in range(options.repeats):
        for number, (_, _, command) in enumerate(points):
            values[number].append(run_json(command)["cpu_ns_per_command"])
    return [{"by": by, "value": value, "ns_per_command": statistics.summary(measured)}
            for (by, value, _), measured in zip(points, values)]
