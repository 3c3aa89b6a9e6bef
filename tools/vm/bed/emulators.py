# SPDX-License-Identifier: MIT OR Apache-2.0
"""The QEMU that is installed, or a newer one of Debian's backports: downloaded by apt, unpacked into the cache.

The newer one has flexible data placement (ringD of devices.py). It runs with the libraries of the installed one.
"""

import collections
import fcntl
import os
import re
import tempfile

from . import apt, host
from .errors import BedError, CannotRunHere

INSTALLED = "installed"
# The version that is asked for, and the suite that has it.
BACKPORTS = {"10": "bookworm-backports"}
CHOICES = (INSTALLED, *BACKPORTS)
KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"
PACKAGES = ("qemu-system-x86", "qemu-system-common", "qemu-system-data", "seabios")

Emulator = collections.namedtuple("Emulator", "version program arguments")


def find(version):
    if version == INSTALLED:
        return Emulator(version, host.find_program("qemu-system-x86_64"), [])
    directory = os.path.join(host.cache_directory(), "qemu")
    os.makedirs(directory, exist_ok=True)
    target = os.path.join(directory, version)
    with open(os.path.join(directory, f"{version}.lock"), "w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not os.path.isdir(target):
            _download(version, BACKPORTS[version], directory, target)
    share = os.path.join(target, "usr", "share")
    return Emulator(version, os.path.join(target, "usr", "bin", "qemu-system-x86_64"),
                    ["-L", os.path.join(share, "qemu"), "-L", os.path.join(share, "seabios")])


def _download(version, suite, directory, target):
    host.require_programs(apt.PROGRAMS)
    with tempfile.TemporaryDirectory(prefix=f"download-{version}-", dir=directory) as scratch:
        options = _lists_of(suite, scratch)
        unpacked = os.path.join(scratch, "unpacked")
        for package in PACKAGES:
            host.progress(f"downloading {package} of {suite}")
            if not apt.fetch(f"{package}/{suite}", scratch, options):
                raise BedError(f"apt-get download {package}/{suite} failed")
        for archive in filter(lambda name: name.endswith(".deb"), os.listdir(scratch)):
            done = apt.run(["dpkg-deb", "-x", os.path.join(scratch, archive), unpacked])
            if done.returncode != 0:
                raise BedError(f"{archive}: {apt.last_line(done.stderr)}")
        os.rename(unpacked, target)
    host.progress(f"QEMU {version} is in the cache")


def _lists_of(suite, scratch):
    """apt's options for package lists of our own with that suite, from where this machine gets Debian's main archive."""
    shown = apt.run(["apt-get", "indextargets", "--format", "$(REPO_URI) $(CODENAME)", "Created-By: Packages"])
    base = suite.removesuffix("-backports")
    found = re.search(rf"^(\S+) {base}$", shown.stdout, re.MULTILINE)
    if not found:
        raise CannotRunHere(f"apt is not configured for Debian's {base}, so there is no way to {suite} and its QEMU")
    for part in ("lists/partial", "cache/archives/partial"):
        os.makedirs(os.path.join(scratch, part))
    sources = os.path.join(scratch, "sources.list")
    signed_by = f"[signed-by={KEYRING}] " if os.path.exists(KEYRING) else ""
    with open(sources, "w", encoding="utf-8") as file:
        file.write(f"deb {signed_by}{found[1]} {suite} main\n")
    options = ["-o", f"Dir::Etc::sourcelist={sources}", "-o", "Dir::Etc::sourceparts=/dev/null",
               "-o", f"Dir::State::lists={scratch}/lists", "-o", f"Dir::Cache={scratch}/cache"]
    host.progress(f"asking for the packages of {suite}")
    updated = apt.run(["apt-get", "-qq", "-o", "APT::Sandbox::User=root", *options, "update"])
    if updated.returncode != 0 or "\nE:" in "\n" + updated.stderr:
        raise CannotRunHere(f"this machine's mirror of Debian has no {suite}: {apt.last_line(updated.stderr)}")
    return options
