# SPDX-License-Identifier: MIT OR Apache-2.0
"""What the guest's memory file system holds: busybox, a few tools, the bed's own scripts and the build's programs.

Everything of the build sits at the same absolute path as on the host, so that run paths and compiled-in paths hold.
"""

import os
import re
import subprocess

from . import devices, host, manifest
from .errors import BedError, CannotRunHere

GUEST_SCRIPTS = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "guest")
TOOLS = ("nvme", "setpriv", "mkfs.ext4")
# Loaded by name at run time, so that no dependency list shows them.
EXTRA_LIBRARIES = ("/lib/x86_64-linux-gnu/libgcc_s.so.1",)
MOUNTED_OVER = ("/dev/", "/proc/", "/sys/")
PASSWD = "root:x:0:0:root:/root:/bin/sh\nuser:x:1000:1000:user:/tmp:/bin/sh\n"
GROUP = "root:x:0:\nuser:x:1000:\n"


def add_base(tree):
    for directory in ("/dev", "/proc", "/sys", "/run", "/root", "/results", "/work"):
        tree.add_directory(directory)
    tree.add_directory("/tmp", 0o1777)
    tree.add_character_device("/dev/console", 5, 1)
    tree.add_text("/etc/passwd", PASSWD)
    tree.add_text("/etc/group", GROUP)
    busybox = host.find_program("busybox")
    tree.add_file("/bin/busybox", busybox)
    for name in TOOLS:
        tree.add_file(f"/bin/{name}", host.find_program(name))
    add_libraries(tree, [host.find_program(name) for name in ("busybox",) + TOOLS])
    for library in filter(os.path.exists, EXTRA_LIBRARIES):
        tree.add_file(library, library)
    applets = subprocess.run([busybox, "--list"], capture_output=True, text=True, check=True).stdout.split()
    for applet in applets:
        if f"/bin/{applet}" not in tree:
            tree.add_link(f"/bin/{applet}", "busybox")


def add_scripts(tree, counting, emulator):
    tree.add_file("/init", os.path.join(GUEST_SCRIPTS, "init"))
    for name in ("links", "ask", "suite", "with-sysctl", "as-user", "hotplug", "over-tcp"):
        tree.add_file(f"/bed/{name}", os.path.join(GUEST_SCRIPTS, name))
    tree.add_text("/bed/expected-links", "".join(f"{link}\n" for link in devices.expected_links(counting, emulator)))


def add_modules(tree, directory):
    """The kernel's modules as the cache has them; an older cached kernel has none."""
    if os.path.isdir(directory):
        for name in os.listdir(directory):
            tree.add_file(f"/bed/modules/{name}", os.path.join(directory, name))


def add_path(tree, path):
    """A file or a directory of the host at its own absolute path."""
    path = os.path.abspath(path)
    if path.startswith(MOUNTED_OVER):
        raise BedError(f"{path}: the guest mounts something else there; keep the build elsewhere")
    if not os.path.exists(path):
        raise BedError(f"{path} does not exist: is everything built?")
    if os.path.isfile(path):
        tree.add_file(path, path)
        return
    for directory, _, files in os.walk(path):
        tree.add_directory(directory)
        for name in files:
            tree.add_file(os.path.join(directory, name), os.path.join(directory, name))


def add_program(tree, name):
    """A program of the host, with its libraries, on the guest's PATH."""
    path = host.find_program(name)
    if not path:
        raise CannotRunHere(f"there is no program {name} to carry into the guest")
    tree.add_file(f"/bin/{os.path.basename(name)}", path)
    add_libraries(tree, [path])


def require_file(path):
    if not os.path.isfile(path):
        raise BedError(f"{path} is not a file")


def add_libraries(tree, programs):
    """The shared libraries that these programs load, and the loader."""
    for program in programs:
        listed = subprocess.run(["ldd", program], capture_output=True, text=True, check=False)
        for missing in re.findall(r"(\S+) => not found", listed.stdout):
            raise BedError(f"{program} needs {missing}, which the loader does not find")
        for library in re.findall(r"(/\S+) \(0x", listed.stdout):
            tree.add_file(library, library)


def add_build(tree, build, suite=manifest.FILE_NAME):
    """The build's programs with their libraries, and the files that its manifest `suite` names."""
    paths = build_programs(build, suite)
    if os.path.exists(os.path.join(build, suite)):
        paths += manifest.read(build, suite).paths
    for path in dict.fromkeys(paths):
        add_path(tree, path)
    add_libraries(tree, [path for path in dict.fromkeys(paths) if _is_program(path)])
    tree.add_directory(build)


def build_programs(build, suite=manifest.FILE_NAME):
    """The programs for the guest's PATH: those that the manifest names, or without a manifest all there are."""
    if os.path.exists(os.path.join(build, suite)):
        return [path for path in manifest.read(build, suite).paths if _is_program(path)]
    programs = []
    for directory, children, files in os.walk(build):
        children[:] = [name for name in children if name not in ("CMakeFiles", "_deps")]
        programs += [os.path.join(directory, name) for name in files if _is_program(os.path.join(directory, name))]
    return programs


def _is_program(path):
    """An executable ELF file; a shared library is not one even when it may be executed."""
    if not os.path.isfile(path) or not os.access(path, os.X_OK) or ".so" in os.path.basename(path):
        return False
    with open(path, "rb") as file:
        return file.read(4) == b"\x7fELF"
