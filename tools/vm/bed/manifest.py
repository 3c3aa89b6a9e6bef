# SPDX-License-Identifier: MIT OR Apache-2.0
"""vm-suite.txt of a build directory: what the guest runs and which files it needs. CMake writes it (tests/vm/vm.cmake).

  gtest:NAME<TAB>COMMAND ARGS...          a GoogleTest program: its own report counts
  run:NAME<TAB>COMMAND ARGS...            any program: 0 passes, 77 skips, everything else fails
  run:NAME<TAB>COMMAND ARGS...<TAB>SECONDS  either kind, with its own time limit
  +PATH                                   one more file or directory that the guest needs
Paths are relative to the build directory, or to the source directory after `src:`, or absolute. Words of COMMAND that
name an existing file are carried into the guest by themselves.
"""

import dataclasses
import os
import re
import shlex

from . import emulators
from .errors import BedError

FILE_NAME = "vm-suite.txt"  # of the machines with the installed emulator
DEFAULT_LIMIT_S = 180
KINDS = ("gtest", "run")


@dataclasses.dataclass(frozen=True)
class Entry:
    name: str
    kind: str
    command: tuple  # words; files as absolute paths
    limit_s: int


@dataclasses.dataclass
class Manifest:
    entries: list
    paths: list  # files and directories that the guest needs, absolute


def source_directory():
    return os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))


def file_name(emulator):
    """Entries that need a newer emulator are in a manifest of their own, and their guest carries no more than they need."""
    return FILE_NAME if emulator == emulators.INSTALLED else f"vm-suite-qemu{emulator}.txt"


def read(build, name=FILE_NAME):
    path = os.path.join(build, name)
    try:
        with open(path, encoding="utf-8") as file:
            lines = file.read().splitlines()
    except FileNotFoundError as error:
        raise BedError(f"{path} does not exist: configure and build first") from error
    manifest = Manifest([], [])
    for number, line in enumerate(lines, start=1):
        if line.startswith("+"):
            manifest.paths.append(_absolute(line[1:], build))
        elif line.strip() and not line.startswith("#"):
            entry = _entry(line, build, f"{path}:{number}")
            if any(entry.name == other.name for other in manifest.entries):
                raise BedError(f"{path}:{number}: a second entry is called {entry.name}")
            manifest.entries.append(entry)
            manifest.paths += [word for word in entry.command if os.path.isabs(word) and os.path.isfile(word)]
    return manifest


def _entry(line, build, where):
    label, *fields = line.split("\t")
    kind, _, name = label.partition(":")
    if kind not in KINDS or not re.fullmatch(r"[A-Za-z0-9_.+-]+", name) or len(fields) not in (1, 2):
        raise BedError(f"{where}: not an entry: {line!r}")
    words = shlex.split(fields[0])
    if not words:
        raise BedError(f"{where}: {name} has no command")
    limit_s = int(fields[1]) if len(fields) == 2 else DEFAULT_LIMIT_S
    command = [_absolute(word, build) if _names_a_file(word, build) else word for word in words]
    return Entry(name, kind, tuple(command), limit_s)


def _absolute(path, build):
    if path.startswith("src:"):
        return os.path.join(source_directory(), path.removeprefix("src:"))
    return os.path.join(build, path)


def _names_a_file(word, build):
    return word.startswith("src:") or ("/" in word and os.path.isfile(os.path.join(build, word)))
