# SPDX-License-Identifier: MIT OR Apache-2.0
"""Running a program of the benchmark, and telling the person who waits."""

import json
import os
import subprocess
import sys
import tempfile
import time

_started = time.monotonic()


class BenchError(Exception):
    """What went wrong, in words for the person at the terminal."""


def progress(message):
    print(f"bench [{time.monotonic() - _started:5.1f} s] {message}", file=sys.stderr, flush=True)


def run_json(command, environment=None):
    """What a program of ours printed: one line of JSON."""
    ended = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if ended.returncode != 0:
        raise BenchError(f"{os.path.basename(command[0])} ended with {ended.returncode}: {ended.stderr.strip()}")
    return json.loads(ended.stdout)


def cpu_seconds(command, environment):
    """CPU time, user and system, of a program and all of its threads."""
    with tempfile.TemporaryFile() as output:
        child = subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL, stdout=output, stderr=output)
        try:
            _, status, usage = os.wait4(child.pid, 0)
        except BaseException:
            child.kill()
            child.wait()
            raise
        child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode != 0:
            output.seek(0)
            said = output.read().decode(errors="replace").strip().splitlines()
            raise BenchError(f"{command[0]} ended with {child.returncode}: {' | '.join(said[-3:])}")
    return usage.ru_utime + usage.ru_stime
