# SPDX-License-Identifier: MIT OR Apache-2.0
"""Stock Debian kernels, downloaded by apt, unpacked into the cache, never installed.

A cached kernel is a directory named after its package's version; it appears by one rename, so that it is whole or
absent, whoever is killed or runs at the same time.
"""

import collections
import fcntl
import lzma
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
# What guest/over-tcp loads, in that order, which is what each needs of the others.
MODULES = ("configfs", "nvmet", "nvmet-tcp", "nvme-fabrics", "nvme-tcp")
RESOLVE_AGAIN_AFTER_S = 24 * 3600

PARTS = ("vmlinux", "modules")

Kernel = collections.namedtuple("Kernel", "series release version vmlinux modules")


def find(series, refresh=False):
    """The newest kernel of a series, from the cache if it is there. `refresh` asks apt even when asked lately."""
    directory = os.path.join(host.cache_directory(), "kernels")
    os.makedirs(directory, exist_ok=True)
    with open(os.path.join(directory, f"{series}.lock"), "w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        pointer = os.path.join(directory, f"{series}.newest")
        name = None if refresh else _recent_name(pointer)
        if not name or not _is_whole(os.path.join(directory, name)):
            name = _update(series, directory, pointer)
        release, version = name.split("_", 1)
        return Kernel(series, release, version, *(os.path.join(directory, name, part) for part in PARTS))


def _is_whole(kernel):
    return all(os.path.exists(os.path.join(kernel, part)) for part in PARTS)


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
        if not _is_whole(os.path.join(directory, name)):
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
        _unpack(package, scratch, unpacked)
        if os.path.isdir(target):  # from before there were modules in the cache; others may be using it
            os.rename(os.path.join(unpacked, "modules"), os.path.join(target, "modules"))
        else:
            os.rename(unpacked, target)
        host.progress(f"kernel {package} is in the cache")


def _unpack(package, directory, kernel):
    """Takes the boot image out of the package, the ELF kernel out of the boot image, and the modules that the guest may load."""
    (archive,) = [name for name in os.listdir(directory) if name.endswith(".deb")]
    files = os.path.join(directory, "files")
    done = apt.run(["dpkg-deb", "-x", os.path.join(directory, archive), files])
    if done.returncode != 0:
        raise BedError(f"{archive}: {apt.last_line(done.stderr)}")
    release = package.removeprefix("linux-image-")
    _extract_elf(os.path.join(files, "boot", f"vmlinuz-{release}"), os.path.join(kernel, "vmlinux"))
    _copy_modules(os.path.join(files, "lib", "modules", release, "kernel"), os.path.join(kernel, "modules"))


def _copy_modules(tree, target):
    """The modules without compression, since the guest has nothing to unpack them, and a list of them in order."""
    os.mkdir(target)
    found = {}
    for directory, _, names in os.walk(tree):
        found.update({name.split(".ko")[0]: os.path.join(directory, name) for name in names if ".ko" in name})
    for module in MODULES:
        if module not in found:
            raise BedError(f"the kernel's package has no module {module}")
        opened = lzma.open if found[module].endswith(".xz") else open
        with opened(found[module], "rb") as source, open(os.path.join(target, f"{module}.ko"), "wb") as out:
            shutil.copyfileobj(source, out)
    with open(os.path.join(target, "order"), "w", encoding="utf-8") as out:
        out.writelines(f"{module}\n" for module in MODULES)


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
