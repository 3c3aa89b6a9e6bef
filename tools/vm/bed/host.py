# SPDX-License-Identifier: MIT OR Apache-2.0
"""What the bed needs of the machine it runs on: programs, a cache directory, a clock."""

import os
import shutil
import sys
import time

from .errors import CannotRunHere

# The program and the Debian package that brings it.
PROGRAMS = {
    "qemu-system-x86_64": "qemu-system-x86",
    "busybox": "busybox-static",
    "nvme": "nvme-cli",
    "setpriv": "util-linux",
    "mkfs.ext4": "e2fsprogs",
    "ldd": "libc-bin",
}

_started = time.monotonic()


def progress(message):
    """One line for the person who waits, on standard error so that standard output is the guest's alone."""
    print(f"vm [{time.monotonic() - _started:5.1f} s] {message}", file=sys.stderr, flush=True)


def find_program(name):
    """The path of a program; /usr/sbin counts although users other than root seldom have it in PATH."""
    search = os.environ.get("PATH", "") + ":/usr/sbin:/sbin:/usr/bin:/bin"
    return shutil.which(name, path=search)


def require_programs(programs):
    missing = {name: package for name, package in programs.items() if not find_program(name)}
    if missing:
        raise CannotRunHere(f"the test bed needs {', '.join(missing)}: "
                            f"apt-get install {' '.join(sorted(set(missing.values())))}")


def cache_directory():
    base = os.environ.get("RINGLINE_VM_CACHE")
    if not base:
        user_cache = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
        base = os.path.join(user_cache, "ringline", "vm")
    os.makedirs(base, exist_ok=True)
    return base
