# SPDX-License-Identifier: MIT OR Apache-2.0
"""One run of the bed: packs the guest's files, boots, and gives back what the guest produced."""

import dataclasses
import os
import shlex
import shutil
import signal
import sys
import tarfile
import time

from . import console, devices, emulators, host, kernels, machine, manifest, payload, scratch
from .errors import BedError

BOOT_ATTEMPTS = 2
# What the guest's programs learn from the caller's environment.
PASSED_ON = ("CI", "ASAN_OPTIONS", "LSAN_OPTIONS", "TSAN_OPTIONS", "UBSAN_OPTIONS")
DEFAULT_ENVIRONMENT = {"UBSAN_OPTIONS": "print_stacktrace=1:halt_on_error=1", "HOME": "/root", "LC_ALL": "C.UTF-8"}


@dataclasses.dataclass
class Settings:
    """What the caller may choose about the machine."""

    kernel: str = "6.12"
    build: str | None = None
    suite: str = manifest.FILE_NAME  # the manifest of the build that says what the guest needs
    accelerator: str = "tcg"
    timeout_s: int = 600
    kernel_arguments: str = ""
    environment: dict = dataclasses.field(default_factory=dict)
    interactive: bool = False
    emulator: str = emulators.INSTALLED
    counting: bool = False  # one CPU whose clocks count instructions, and only the drive that is made for that


@dataclasses.dataclass
class Ended:
    """A run that gave a result."""

    exit_code: int
    trouble: list  # lines about a kernel that went wrong; empty is good
    seconds: float


def run(settings, tree, job, results, on_output, on_event=lambda words: None):
    """Runs the shell script `job` in a guest with the files of `tree`. What the job leaves in /results, and the
    console's log, arrive in the directory `results`. Raises BedError when the guest gives no result."""
    host.require_programs(host.PROGRAMS)
    kernel = kernels.find(settings.kernel)
    emulator = emulators.find(settings.emulator)
    for attempt in range(1, BOOT_ATTEMPTS + 1):
        started = time.monotonic()
        with scratch.directory() as directory:
            guest = _machine(settings, emulator, kernel, tree, job, directory)
            outcome = _boot(guest, settings.timeout_s, on_output, on_event)
            seconds = time.monotonic() - started
            lines = console.read(guest.console_log())
            _write_lines(os.path.join(results, "console.log"), lines)
            trouble = console.trouble(lines, outcome.taint)
            if outcome.exit_code is not None and not outcome.problem:
                _unpack(devices.results_image(directory), results)
                return Ended(outcome.exit_code, trouble, seconds)
            trouble = trouble or lines[-30:] + console.read(guest.qemu_log())[-10:]
        # A guest that got as far as the job may have found something; only one that never booted is worth a retry.
        if outcome.booted or attempt == BOOT_ATTEMPTS:
            break
        host.progress(f"{outcome.problem}; trying once more")
    show(trouble)
    raise BedError(f"{outcome.problem} (kernel {kernel.release})")


def show(lines):
    for line in lines:
        print(f"    {line}", file=sys.stderr)
    sys.stderr.flush()


def _machine(settings, emulator, kernel, tree, job, directory):
    payload.add_base(tree)
    payload.add_scripts(tree, settings.counting, emulator.version)
    payload.add_modules(tree, kernel.modules)
    tree.add_text("/bed/environment", _environment(settings))
    tree.add_text("/bed/job", job, 0o755)
    if settings.interactive:
        tree.add_text("/bed/interactive", "")
    initramfs = os.path.join(directory, "initramfs")
    with open(initramfs, "wb") as out:
        tree.write_cpio(out)
    host.progress(f"booting {kernel.release}, {os.path.getsize(initramfs) >> 20} MiB of files")
    return machine.Machine(emulator, kernel, initramfs, directory, settings.accelerator, settings.interactive,
                           settings.kernel_arguments, settings.counting)


def _boot(guest, timeout_s, on_output, on_event):
    def stop(*_):
        raise BedError("stopped by a signal")

    before = signal.signal(signal.SIGTERM, stop)
    try:
        return guest.run(timeout_s, on_output, on_event)
    finally:
        signal.signal(signal.SIGTERM, before)


def _environment(settings):
    programs = []
    if settings.build:
        programs = sorted({os.path.dirname(path) for path in payload.build_programs(settings.build, settings.suite)})
    values = dict(DEFAULT_ENVIRONMENT)
    values.update({name: os.environ[name] for name in PASSED_ON if name in os.environ})
    values.update({
        "PATH": ":".join(["/bed", *programs, "/bin"]),
        "RINGLINE_VM": "1",
        "RINGLINE_VM_KERNEL": settings.kernel,
        "RINGLINE_VM_QEMU": settings.emulator,
        "RINGLINE_TEST_DEVICES": "" if settings.counting else " ".join(devices.TEST_DEVICES),
    })
    values.update(settings.environment)
    return "".join(f"export {name}={shlex.quote(value)}\n" for name, value in values.items())


def _write_lines(path, lines):
    with open(path, "w", encoding="utf-8") as out:
        out.writelines(f"{line}\n" for line in lines)


def _unpack(image, directory):
    """Takes the plain files out of the guest's archive; nothing in it may name a place outside `directory`."""
    with tarfile.open(image, "r:") as archive:
        for member in archive:
            target = os.path.normpath(os.path.join(directory, member.name))
            if not member.isfile() or not target.startswith(os.path.abspath(directory) + os.sep):
                continue
            os.makedirs(os.path.dirname(target), exist_ok=True)
            with archive.extractfile(member) as source, open(target, "wb") as out:
                shutil.copyfileobj(source, out, 1 << 20)
            os.chmod(target, member.mode & 0o755 | 0o600)
