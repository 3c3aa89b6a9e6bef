# SPDX-License-Identifier: MIT OR Apache-2.0
"""fio's own io_uring_cmd engine on /dev/null, by the CPU time of its process."""

import os
import shutil

from . import statistics
from .process import cpu_seconds, progress, run_json

# What fio can leave away it leaves away: clocks, the map of random blocks, output. Sequential reads need no random numbers.
FLAGS = ("--name=bench", "--filename=/dev/null", "--ioengine=io_uring_cmd", "--cmd_type=nvme", "--rw=read", "--bs=4k",
         "--size=1000g", "--registerfiles", "--fixedbufs", "--nonvectored=1", "--gtod_reduce=1", "--disable_lat=1",
         "--disable_clat=1", "--disable_slat=1", "--disable_bw_measurement=1", "--norandommap", "--thread", "--eta=never")
SMALL, LARGE = 200_000, 1_200_000


def measure(options, batches):
    """A list of rows, or a sentence that says why there is none."""
    program = shutil.which("fio")
    if program is None:
        return "not measured: install fio"
    directory = os.path.join(options.build, "tools", "bench")
    environment = dict(os.environ, LD_PRELOAD=os.path.join(directory, "fio_null.so"))
    prefix = ["taskset", "-c", str(options.cpu)] if options.cpu is not None and shutil.which("taskset") else []
    rows = []
    for batch in batches:
        progress(f"fio, batch {batch}")
        fio, to_raw, to_ringline = [], [], []
        for _ in range(options.repeats):
            each = [_count(prefix + [program], environment, batch, ios) for ios in (SMALL, LARGE)]
            fio.append((each[1] - each[0]) * 1e9 / (LARGE - SMALL))
            # The others right behind it, so that the machine is in the same mood.
            loop = prefix + [os.path.join(directory, "ringline-bench-loop"), "--device", "null:", "--buffers", "library",
                             "--batch", str(batch), "--commands", str(LARGE // 2), "--json", "--contestant"]
            to_raw.append(fio[-1] / run_json(loop + ["raw"])["cpu_ns_per_command"])
            to_ringline.append(fio[-1] / run_json(loop + ["ringline-array"])["cpu_ns_per_command"])
        rows.append({"batch": batch, "ns_per_command": statistics.summary(fio), "to_raw": statistics.summary(to_raw),
                     "to_ringline_array": statistics.summary(to_ringline)})
    return rows


def _count(program, environment, batch, ios):
    depth = [f"--iodepth={batch}", f"--iodepth_batch_submit={batch}", f"--iodepth_batch_complete_min={batch}",
             f"--iodepth_batch_complete_max={batch}", f"--number_ios={ios}"]
    return cpu_seconds([*program, *FLAGS, *depth], environment)
