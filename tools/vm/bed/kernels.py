# SPDX-License-Identifier: MIT OR Apache-2.0
"""Stock Debian kernels, downloaded by apt, unpacked into the cache, never installed.

A cached kernel is a directory named after its package's version; it appears by one rename, so that it is whole or
absent, whoever is killed or runs at the same time.
"""

import collections
import fcntl
import os
import re
import shutil
import subprocess
import tempfile
import time

from . import apt, host
from .errors import BedError, CannotRunHere

# The meta package of each series depends on its newest kernel.
META_PACKAGES = {
    "6.1": "linux-image-cloud-amd64",
    "6.12": "linux-image-6.12-cloud-amd64",
}
# The kernel as it sits compressed inside the boot image: how each format starts and what unpacks it.
COMPRESSIONS = [(b"\x02!L\x18", "lz4"), (b"\x28\xb5\x2f\xfd", "zstd")]
PROGRAMS = {**apt.PROGRAMS, "lz4": "lz4", "zstd": "zstd"}
RESOLVE_AGAIN_AFTER_S = 24 * 3600

Kernel = collections.namedtuple("Kernel", "series release version vmlinux")


def find(series, refresh=False):
    """The newest kernel of a series, from the cache if it is there. `refresh` asks apt even when asked lately."""
    directory = os.path.join(host.cache_directory(), "kernels")
    os.makedirs(directory, exist_ok=True)
    with open(os.path.join(directory, f"{series}.lock"), "w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        pointer = os.path.join(directory, f"{series}.newest")
        name = None if refresh else _recent_name(pointer)
        if not name or not os.path.isdir(os.path.join(directory, name)):
            name = _update(series, directory, pointer)
        release, version = name.split("_", 1)
        return Kernel(series, release, version, os.path.join(directory, name, "vmlinux"))


def _recent_name(pointer):
    try:
        if time.time() - os.stat(pointer).st_mtime > RESOLVE_AGAIN_AFTER_S:
            return None
        with open(pointer, encoding="utf-8") as file:
            return file.read().strip()
    except FileNotFoundError:
        return None


def _update(series, directory, pointer):
    """Asks apt for the newest kernel and gets it; without an answer an older cached one will do."""
    host.require_programs(PROGRAMS)
    try:
        package, version = _resolve(META_PACKAGES[series])
        name = f"{package.removeprefix('linux-image-')}_{version}"
        if not os.path.isdir(os.path.join(directory, name)):
            _download(series, package, version, os.path.join(directory, name))
    except BedError as error:
        name = _newest_cached(series, directory)
        if not name:
            raise
        host.progress(f"{error}; using the cached {name}")
    temporary = f"{pointer}.{os.getpid()}"
    with open(temporary, "w", encoding="utf-8") as file:
        file.write(name + "\n")
    os.rename(temporary, pointer)
    return name


def _newest_cached(series, directory):
    names = [name for name in os.listdir(directory)
             if name.startswith(series + ".") and os.path.isfile(os.path.join(directory, name, "vmlinux"))]
    return max(names, key=lambda name: os.stat(os.path.join(directory, name)).st_mtime, default=None)


def _resolve(meta):
    """(package, version) of the newest kernel that the meta package depends on."""
    found = _resolve_from_lists(meta)
    if not found:
        apt.refresh_lists()
        found = _resolve_from_lists(meta)
    if not found:
        raise CannotRunHere(f"apt knows no package {meta}: Debian 12's main and security suites are needed")
    return found


def _resolve_from_lists(meta):
    shown = apt.run(["apt-cache", "show", "--no-all-versions", meta]).stdout
    depends = re.search(r"^Depends:.*?(linux-image-\S+-cloud-amd64)(?: \(= (\S+)\))?", shown, re.MULTILINE)
    version = re.search(r"^Version: (\S+)", shown, re.MULTILINE)
    return (depends[1], depends[2] or version[1]) if depends and version else None


def _download(series, package, version, target):
    directory, prefix = os.path.dirname(target), f"download-{series}-"
    for name in os.listdir(directory):
        if name.startswith(prefix):  # of a run that was killed: the lock is ours
            shutil.rmtree(os.path.join(directory, name))
    with tempfile.TemporaryDirectory(prefix=prefix, dir=directory) as scratch:
        os.chmod(scratch, 0o755)  # apt's own user must be able to write here when root runs us
        host.progress(f"downloading {package} {version}")
        if not apt.fetch(f"{package}={version}", scratch):
            apt.refresh_lists()
            if not apt.fetch(f"{package}={version}", scratch):
                raise BedError(f"apt-get download {package} failed")
        unpacked = os.path.join(scratch, "kernel")
        os.mkdir(unpacked)
        _unpack(package, scratch, os.path.join(unpacked, "vmlinux"))
        os.rename(unpacked, target)
        host.progress(f"kernel {package} is in the cache")


def _unpack(package, directory, vmlinux):
    """Takes the boot image out of the package and the ELF kernel out of the boot image."""
    (archive,) = [name for name in os.listdir(directory) if name.endswith(".deb")]
    image = os.path.join(directory, "vmlinuz")
    member = f"./boot/vmlinuz-{package.removeprefix('linux-image-')}"
    with open(image, "wb") as out:
        files = subprocess.Popen(["dpkg-deb", "--fsys-tarfile", os.path.join(directory, archive)],
                                 stdout=subprocess.PIPE)
        taken = subprocess.run(["tar", "-xO", member], stdin=files.stdout, stdout=out, check=False)
        files.stdout.close()
        files.wait()
    if taken.returncode != 0:
        raise BedError(f"{archive} holds no {member}")
    _extract_elf(image, vmlinux)


def _extract_elf(image, vmlinux):
    """QEMU starts an ELF kernel directly (PVH), which saves the guest from decompressing it in emulation."""
    with open(image, "rb") as file:
        data = file.read()
    for magic, program in COMPRESSIONS:
        for match in re.finditer(re.escape(magic), data):
            unpacked = subprocess.run([program, "-dc"], input=data[match.start():], capture_output=True, check=False)
            if unpacked.stdout.startswith(b"\x7fELF"):
                with open(vmlinux, "wb") as out:
                    out.write(unpacked.stdout)
                return
    raise BedError(f"no ELF kernel found inside {os.path.basename(image)}")
