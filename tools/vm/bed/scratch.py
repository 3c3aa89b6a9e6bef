# SPDX-License-Identifier: MIT OR Apache-2.0
"""The directory for the drives and the initramfs of one run, and the removal of what a killed run left behind."""

import contextlib
import fcntl
import os
import shutil
import tempfile
import time

PREFIX = "ringline-vm-"
NEEDED_BYTES = 1 << 30
# A directory as young as this may not have been locked yet by the run that made it.
YOUNG_S = 60


@contextlib.contextmanager
def directory():
    """Memory is best: the drives are sparse and short-lived."""
    memory = "/dev/shm"
    fits = os.access(memory, os.W_OK) and shutil.disk_usage(memory).free > NEEDED_BYTES
    parent = memory if fits else tempfile.gettempdir()
    _remove_abandoned(parent)
    path = tempfile.mkdtemp(prefix=PREFIX, dir=parent)
    lock = os.open(path, os.O_RDONLY)
    fcntl.flock(lock, fcntl.LOCK_EX)  # held while this process lives, however it ends
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)
        os.close(lock)


def _remove_abandoned(parent):
    for name in os.listdir(parent):
        path = os.path.join(parent, name)
        try:
            if name.startswith(PREFIX) and time.time() - os.stat(path).st_ctime > YOUNG_S:
                _remove_unless_locked(path)
        except OSError:
            continue  # another run's, or gone already


def _remove_unless_locked(path):
    lock = os.open(path, os.O_RDONLY)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        shutil.rmtree(path, ignore_errors=True)
    except BlockingIOError:
        pass
    finally:
        os.close(lock)
