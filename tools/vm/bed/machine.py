# SPDX-License-Identifier: MIT OR Apache-2.0
"""One virtual machine: starts QEMU, follows what the guest says, ends it whatever happens.

The guest (guest/init) speaks in lines over its third serial port:
  @BOOT RELEASE UPTIME   the drives are there, the job starts
  @START NAME            an entry of the suite starts
  @AT NAME LINE          the last line of its output so far, every few seconds
  @END NAME CODE         an entry of the suite ended
  @QMP JSON              the guest wants QEMU to do something; it waits for one line of answer
  @TAINT MASK            the kernel's taint flags after the job
  @PROBLEM TEXT          something that makes the run worthless
  @EXIT CODE             the job's exit code; the results are on the drive bed-results
Only @EXIT makes a result: a guest that panics takes QEMU down with exit code 0.
"""

import ctypes
import dataclasses
import json
import os
import selectors
import signal
import socket
import subprocess
import time

from . import devices, host
from .errors import BedError

BOOT_TIMEOUT_S = 120  # thirty times what it takes on an idle machine
END_TIMEOUT_S = 5
BASE_MEMORY_MIB = 1024
# loglevel=5 shows warnings, which `quiet` hides; the slow clock of emulation is no reason to call a CPU stuck. A polled
# queue comes on top of the ordinary ones, so only rings that ask for IOPOLL notice it.
KERNEL_ARGUMENTS = "console=ttyS0 loglevel=5 panic=-1 tsc=reliable watchdog_thresh=60 nvme.poll_queues=1"
CPUS = ("-smp", "2")
# A guest's instruction takes a nanosecond of the guest's clocks: CPU time counts instructions. An idle CPU executes
# instructions too; if it were halted, time would leap to the next timer, and how far changes what the scheduler does next.
COUNTING_CPUS = ("-smp", "1", "-icount", "shift=0,sleep=on")
COUNTING_KERNEL_ARGUMENTS = "idle=poll"
PR_SET_PDEATHSIG = 1


@dataclasses.dataclass
class Outcome:
    """What became of one boot."""

    booted: bool = False
    exit_code: int | None = None  # None: no result
    taint: int = 0
    problem: str = ""


class Machine:
    """`directory` takes the drives, the console's log and the sockets. `on_event(words)` hears @START, @AT and @END."""

    def __init__(self, emulator, kernel, initramfs, directory, accelerator="tcg", interactive=False, extra_arguments="",
                 counting=False):
        self._emulator = emulator
        self._kernel = kernel
        self._initramfs = initramfs
        self._directory = directory
        self._accelerator = accelerator
        self._interactive = interactive
        self._extra_arguments = f"{COUNTING_KERNEL_ARGUMENTS} {extra_arguments}" if counting else extra_arguments
        self._counting = counting
        self._selector = selectors.DefaultSelector()
        self._control = None
        self._monitor = None
        self._control_text = b""
        self._since = 0.0  # QEMU's start, then the end of the boot
        self.outcome = Outcome()

    def console_log(self):
        return os.path.join(self._directory, "console.log")

    def qemu_log(self):
        return os.path.join(self._directory, "qemu.log")

    def run(self, timeout_s, on_output, on_event):
        """Boots, waits for the end of the job, `timeout_s` at most, returns the Outcome."""
        self._on_output = on_output
        self._on_event = on_event
        listeners = [self._listen("control"), self._listen("monitor")]
        process = self._start()
        try:
            self._control, self._monitor = (self._accept(listener, process) for listener in listeners)
            self._selector.register(self._control, selectors.EVENT_READ, self._read_control)
            if process.stdout:
                self._selector.register(process.stdout, selectors.EVENT_READ, self._read_output)
            try:
                self._qmp({"execute": "qmp_capabilities"})
            except OSError as error:
                process.wait(END_TIMEOUT_S)
                raise self._died(process) from error
            self._follow(process, timeout_s)
            self._quit(process)
        finally:
            _end(process)
        self._drain_output(process)
        return self.outcome

    def _listen(self, name):
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        listener.bind(os.path.join(self._directory, name))
        listener.listen(1)
        listener.settimeout(0.1)
        return listener

    def _accept(self, listener, process):
        with listener:
            while process.poll() is None:
                try:
                    connection, _ = listener.accept()
                    connection.settimeout(30)
                    return connection
                except TimeoutError:
                    continue
        raise self._died(process)

    def _died(self, process):
        with open(self.qemu_log(), encoding="utf-8", errors="replace") as file:
            return BedError(f"QEMU ended at once with exit code {process.returncode}: {file.read().strip()}")

    def _start(self):
        # QEMU reports every injected fault on standard error: kept apart, shown when the machine fails.
        with open(self.qemu_log(), "wb") as errors:
            if self._interactive:
                return subprocess.Popen(self._command(), stderr=errors, preexec_fn=_die_with_parent)
            return subprocess.Popen(self._command(), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=errors,
                                    start_new_session=True, preexec_fn=_die_with_parent)

    def _command(self):
        # The initramfs is in memory twice while the guest unpacks it.
        memory_mib = BASE_MEMORY_MIB + 2 * (os.path.getsize(self._initramfs) >> 20)
        path = self._directory
        return [
            self._emulator.program, *self._emulator.arguments, "-accel", self._accelerator,
            "-M", "q35", "-cpu", "max,la57=off", "-m", str(memory_mib),
            *(COUNTING_CPUS if self._counting else CPUS),
            "-nodefaults", "-no-user-config", "-display", "none", "-no-reboot",
            "-kernel", self._kernel.vmlinux, "-initrd", self._initramfs,
            "-append", f"{KERNEL_ARGUMENTS} {self._extra_arguments}",
            "-chardev", f"file,id=console,path={self.console_log()}", "-serial", "chardev:console",
            "-chardev", "stdio,id=stream,signal=off", "-serial", "chardev:stream",
            "-chardev", f"socket,id=control,path={path}/control", "-serial", "chardev:control",
            "-chardev", f"socket,id=monitor,path={path}/monitor", "-mon", "chardev=monitor,mode=control",
            *devices.qemu_arguments(path, self._counting, self._emulator.version),
        ]

    def _follow(self, process, timeout_s):
        self._since = time.monotonic()
        while self.outcome.exit_code is None and not self.outcome.problem:
            waited = time.monotonic() - self._since
            if not self.outcome.booted and waited > BOOT_TIMEOUT_S:
                self.outcome.problem = f"the guest did not boot within {BOOT_TIMEOUT_S} s"
            elif self.outcome.booted and waited > timeout_s:
                self.outcome.problem = f"the guest was still running after {timeout_s} s"
            elif process.poll() is not None:
                self.outcome.problem = "no result from the guest: it stopped before its job ended"
            for key, _ in self._selector.select(timeout=0.2):
                key.data(key.fileobj)

    def _quit(self, process):
        """Asks QEMU to end, which is quieter than a signal; _end() sees to it if QEMU does not listen."""
        try:
            self._monitor.sendall(b'{"execute": "quit"}\n')
            process.wait(END_TIMEOUT_S)
        except (OSError, subprocess.TimeoutExpired):
            pass

    def _read_output(self, pipe):
        data = os.read(pipe.fileno(), 1 << 16)
        if data:
            self._on_output(data)
        else:
            self._selector.unregister(pipe)

    def _drain_output(self, process):
        if process.stdout:
            rest = process.stdout.read()
            if rest:
                self._on_output(rest)

    def _read_control(self, connection):
        try:
            data = connection.recv(1 << 16)
        except ConnectionResetError:
            data = b""
        if not data:
            self._selector.unregister(connection)
            return
        self._control_text += data
        *lines, self._control_text = self._control_text.split(b"\n")
        for line in lines:
            self._hear(line.decode(errors="replace").strip())

    def _hear(self, line):
        kind, _, rest = line.partition(" ")
        if kind == "@BOOT":
            self.outcome.booted = True
            self._since = time.monotonic()
            host.progress(f"booted {rest.split()[0]}")
        elif kind in ("@START", "@AT", "@END"):
            self._on_event([kind] + rest.split())
        elif kind == "@QMP":
            self._control.sendall(self._answer(rest).encode() + b"\n")
        elif kind == "@TAINT":
            self.outcome.taint = int(rest)
        elif kind == "@PROBLEM":
            self.outcome.problem = rest
        elif kind == "@EXIT":
            self.outcome.exit_code = int(rest)

    def _answer(self, request):
        try:
            return json.dumps(self._qmp(json.loads(request)))
        except (ValueError, TimeoutError, OSError) as error:
            return json.dumps({"error": str(error)})

    def _qmp(self, request):
        """One command to QEMU and its answer; events and the greeting in between are of no interest."""
        self._monitor.sendall(json.dumps(request).encode() + b"\n")
        text = b""
        while True:
            data = self._monitor.recv(1 << 16)
            if not data:
                raise ConnectionResetError("QEMU closed its monitor")
            text += data
            *lines, text = text.split(b"\n")
            for answer in map(json.loads, filter(bytes.strip, lines)):
                if "return" in answer or "error" in answer:
                    return answer


def _die_with_parent():
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def _end(process):
    """SIGTERM, then SIGKILL: a hung QEMU ignores the first."""
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(END_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
