# SPDX-License-Identifier: MIT OR Apache-2.0
"""Queues: commands go in, completions come out, and what is in between is held."""

import collections
import ctypes
import errno
import itertools
import os
import threading
import time
import warnings
import weakref
from typing import Any, Deque, Dict, List, NamedTuple, Optional, Tuple, Union

from . import _raw
from .aio import AsyncCalls
from .batch import FLUSH, INDEX_BITS, READ, WRITE, Batch, Entry, drop, fill
from .command import Command, explain, push, user_data_of
from .completion import Completion, lost_completion
from .device import Device
from .errors import Error, check, error_of, new_diagnosis
from .memory import Buffer
from .structs import new
from .transfer import Transferred, run_transfer

ENGINES = {
    "auto": _raw.RINGLINE_ENGINE_AUTO,
    "uring": _raw.RINGLINE_ENGINE_URING,
    "threads": _raw.RINGLINE_ENGINE_THREADS,
}
_NAMES = {value: name for name, value in ENGINES.items()}
_COMPLETION_BYTES = ctypes.sizeof(_raw.ringline_completion)
_COMPLETION_WORDS = _COMPLETION_BYTES // 8
_TAKEN_MAX = 1024
_FOR_EVER = (1 << 63) - 1
_AGAIN_NS = 1_000_000
# ringline_exchange() without checks and conversions, for arguments that have the right types already.
_exchange = _raw.library["ringline_exchange"]
_exchange.restype = ctypes.c_int32


class QueueInfo(NamedTuple):
    """What runs, why, and how full it is; `raw` has all of ringline_queue_info."""

    engine: str
    engine_reason: int
    depth: int
    in_flight: int
    not_submitted: int
    enters: int
    raw: _raw.ringline_queue_info


class _Run(NamedTuple):
    """What running a batch by one call needs, made once: to make it costs more than the call."""

    count: int
    arguments: Tuple[Any, ...]
    outcomes: memoryview
    well: memoryview
    slots: memoryview
    empty: bytes


class _State:
    """What outlives the Queue object until the library's queue is destroyed."""

    def __init__(self) -> None:
        self.pointer: Any = ctypes.POINTER(_raw.ringline_queue)()
        self.pid = os.getpid()
        self.lock = threading.RLock()
        self.held: Dict[int, Union[Entry, Batch]] = {}
        self.attached: Dict[int, Union[Device, Buffer]] = {}

    def destroy(self) -> int:
        """Waits until the device has let go of all memory. What the library says; 0 if it was done before."""
        # ringline_queue_wakeup() must not meet a queue under destruction.
        with self.lock:
            pointer, self.pointer = self.pointer, None
        if not pointer:
            return 0
        code: int = _raw.ringline_queue_destroy(pointer)
        if code == -errno.EPERM:
            self.pointer = pointer
        return code


def _finalize(state: _State) -> None:
    """The safety net for a queue that nobody closed."""
    if state.destroy() == -errno.EPERM:
        # Another thread's: the device may still use the memory, so it stays for ever, and the queue too.
        ctypes.pythonapi.Py_IncRef(ctypes.py_object(state))
    # Last, because it may be made an error.
    if state.pid == os.getpid():
        warnings.warn("a ringline.Queue was dropped without close()", ResourceWarning, stacklevel=2)


class Queue(AsyncCalls):
    """A queue of commands. It belongs to the first thread that uses it, unless it is movable (any thread, one at a time).

    Three ways to use it, which mix: blocking (`read`), asyncio (`await aread`), and `push_read`, `submit`, `poll`, `wait`.
    From push to completion the queue holds the memory of a command, whatever becomes of the caller.
    """

    def __init__(self, *devices: Device, depth: int = 0, engine: str = "auto", movable: bool = False, iopoll: bool = False,
                 sqpoll: bool = False, sqpoll_cpu: Optional[int] = None, sqpoll_idle_ms: int = 0, max_devices: int = 0,
                 max_buffers: int = 0, workers: int = 0):
        for device in devices:
            if not isinstance(device, Device):
                raise TypeError(f"a queue is made of open devices, not of {device!r}: ringline.Queue(ringline.Device(path))")
        if engine not in ENGINES:
            raise ValueError(f"engine \"{engine}\": it is one of {', '.join(ENGINES)}")
        flags = ((_raw.RINGLINE_QUEUE_MOVABLE if movable else 0) | (_raw.RINGLINE_QUEUE_IOPOLL if iopoll else 0)
                 | (_raw.RINGLINE_QUEUE_SQPOLL if sqpoll else 0)
                 | (_raw.RINGLINE_QUEUE_SQPOLL_CPU if sqpoll_cpu is not None else 0))
        options = new(_raw.ringline_queue_options, flags=flags, engine=ENGINES[engine], depth=depth,
                      max_devices=max_devices or max(len(devices), 4), max_buffers=max_buffers, workers=workers,
                      sqpoll_cpu=sqpoll_cpu or 0, sqpoll_idle_ms=sqpoll_idle_ms)
        super().__init__()
        diagnosis = new_diagnosis()
        self._state = _State()
        check(_raw.ringline_queue_create(options, diagnosis, self._state.pointer), diagnosis)
        self._finalizer = weakref.finalize(self, _finalize, self._state)
        self._held = self._state.held
        self._serials = itertools.count(1)
        self._ready: Deque[Completion] = collections.deque()
        self._room = min(depth or 256, _TAKEN_MAX)
        # Where completions are taken to. A slot whose user_data is not 0 was not yet looked at, and _unseen is how many slots may be
        # such ones: an exception, such as KeyboardInterrupt, may come between the call that fills them and the next line.
        self._slots = (_raw.ringline_completion * self._room)()
        self._bytes = memoryview(self._slots).cast("B")
        self._words = self._bytes.cast("Q")
        self._zeros = bytes(len(self._bytes))
        self._unseen = 0
        self._taken = ctypes.c_uint32()
        try:
            for device in devices:
                self.attach(device)
        except BaseException:
            self.close()
            raise

    # Life, and what is attached.

    @property
    def _pointer(self) -> Any:
        pointer = self._state.pointer
        if pointer is None:
            raise ValueError("the queue is closed")
        return pointer

    @property
    def closed(self) -> bool:
        return self._state.pointer is None

    def close(self) -> None:
        """Waits until the device has let go of all memory, then frees the queue. Completions not taken are dropped.

        Only the owner can (EPERM). In the child of a fork there is nothing to free, and nothing is.
        """
        code = self._state.destroy()
        if code == -errno.EPERM:
            raise error_of(code)
        self._finalizer.detach()
        self._lost()
        held = list(self._held.values())
        self._held.clear()
        self._state.attached.clear()
        for entry in held:
            lost = entry.in_flight if isinstance(entry, Batch) else 1
            entry.release()
            if entry.sink is not None:
                for _ in range(lost):
                    entry.sink(lost_completion())

    def __enter__(self) -> "Queue":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def attach(self, device: Device) -> None:
        check(_raw.ringline_queue_attach(self._pointer, device.handle))
        self._state.attached[device.handle.value] = device

    def detach(self, device: Device) -> None:
        check(_raw.ringline_queue_detach(self._pointer, device.handle))
        self._state.attached.pop(device.handle.value, None)

    def attach_buffer(self, buffer: Buffer) -> bool:
        """Pins a buffer for this queue. False: accounted for but not pinned (RLIMIT_MEMLOCK, or the engine has no use for it)."""
        pinned = check(_raw.ringline_queue_attach_buffer(self._pointer, buffer.handle))
        self._state.attached[buffer.handle.value] = buffer
        return bool(pinned)

    def detach_buffer(self, buffer: Buffer) -> None:
        check(_raw.ringline_queue_detach_buffer(self._pointer, buffer.handle))
        self._state.attached.pop(buffer.handle.value, None)

    def info(self) -> QueueInfo:
        raw = new(_raw.ringline_queue_info)
        check(_raw.ringline_queue_info_get(self._pointer, raw))
        return QueueInfo(_NAMES.get(raw.engine, "unknown"), raw.engine_reason, raw.depth, raw.in_flight, raw.not_submitted,
                         raw.enters, raw)

    def fileno(self) -> int:
        """The fd for event loops. On readable: read eight bytes from it first, then poll() until nothing comes. Do not close it."""
        return check(_raw.ringline_queue_fd(self._pointer))

    def wakeup(self) -> None:
        """Makes the running wait(), or else the next one, return early. Any thread."""
        with self._state.lock:
            check(_raw.ringline_queue_wakeup(self._pointer))

    # Pushing.

    def push_read(self, device: Device, lba: int, buffer: Any, *, metadata: Any = None, limited_retry: bool = False,
                  timeout_ms: int = 0, user_data: Any = None) -> int:
        """Pushes Read; the buffer (or a list of them) says how many blocks. Returns the command's token. EAGAIN: the queue is full."""
        flags = _raw.RINGLINE_LIMITED_RETRY if limited_retry else 0
        return self._push(*self._prepare(device, READ, lba, buffer, metadata, flags, timeout_ms, user_data))

    def push_write(self, device: Device, lba: int, buffer: Any, *, metadata: Any = None, fua: bool = False,
                   limited_retry: bool = False, timeout_ms: int = 0, user_data: Any = None) -> int:
        """Pushes Write, as push_read(). Do not change the buffer until the completion."""
        flags = (_raw.RINGLINE_FUA if fua else 0) | (_raw.RINGLINE_LIMITED_RETRY if limited_retry else 0)
        return self._push(*self._prepare(device, WRITE, lba, buffer, metadata, flags, timeout_ms, user_data))

    def push_flush(self, device: Device, *, timeout_ms: int = 0, user_data: Any = None) -> int:
        """Pushes Flush. It covers only writes whose completions were taken before it was submitted."""
        return self._push(*self._prepare(device, FLUSH, 0, None, None, 0, timeout_ms, user_data))

    def push_command(self, command: Command, *, user_data: Any = None) -> int:
        """Pushes any command. Returns its token. EAGAIN: the queue is full."""
        return self._push(*self._prepare_any(command, user_data))

    def batch(self, capacity: int) -> Batch:
        """Room for commands that are filled in once and pushed many times."""
        return Batch(weakref.ref(self), next(self._serials), capacity)

    def push(self, batch: Batch, start: int = 0) -> int:
        """Pushes the commands of a batch from `start` on. Returns how many were taken; if none, says why."""
        if batch.queue() is not self:
            raise ValueError("the batch is another queue's")
        count = len(batch) - start
        if start < 0 or count < 0:
            raise ValueError(f"start {start}: the batch has {len(batch)} commands")
        batch.sink = None
        code = self._push_some(batch, start, count)
        if code < 0:
            raise self._refused(code, batch.commands[start])
        return code

    def _prepare(self, device: Device, opcode: int, lba: int, buffer: Any, metadata: Any, flags: int, timeout_ms: int,
                 user_data: Any) -> Any:
        _ = self._pointer
        command = _raw.ringline_command()
        holds = fill(command, device, opcode, lba, buffer, metadata, flags, timeout_ms)
        serial = next(self._serials)
        command.user_data = serial << INDEX_BITS
        return serial, Entry(device, opcode, holds, user_data), command

    def _prepare_any(self, command: Command, user_data: Any) -> Any:
        _ = self._pointer
        struct, holds = command.fill()
        serial = next(self._serials)
        user_data_of(struct).user_data = serial << INDEX_BITS
        return serial, Entry(command.device, command.status_opcode, holds, user_data), struct

    def _try_push(self, serial: int, entry: Entry, command: Any) -> int:
        # Held before it is pushed: nothing may come between the two. An interrupt after the call leaves it held too long, never too short.
        self._held[serial] = entry
        code = push(self._pointer, command)
        if code < 0:
            del self._held[serial]
        return code

    def _push(self, serial: int, entry: Entry, command: Any) -> int:
        code = self._try_push(serial, entry, command)
        if code < 0:
            entry.release()
            raise self._refused(code, command)
        return serial << INDEX_BITS

    def _refused(self, code: int, command: Any) -> Error:
        diagnosis = new_diagnosis()
        explain(command, diagnosis)
        return error_of(code, diagnosis)

    def _push_some(self, batch: Batch, start: int, count: int) -> int:
        """Pushes commands of a batch. What the library returns."""
        if count == 0:
            return 0
        pointer = self._pointer
        # Counted before they are pushed. If an exception comes before they are counted down again, nobody knows what was taken, and
        # all are taken to be in flight until the queue is closed.
        self._held[batch.serial] = batch
        batch.in_flight += count
        code: int = _raw.ringline_push(pointer, batch.commands[start], count)
        batch.in_flight -= count - max(code, 0)
        if batch.in_flight == 0:
            self._held.pop(batch.serial, None)
        return code

    def _prepare_run(self, batch: Batch, count: int) -> _Run:
        slots = self._bytes[:count * _COMPLETION_BYTES]
        # The last word of a completion is error, status and flags; each is 0 when all is well.
        outcomes = self._words[_COMPLETION_WORDS - 1:count * _COMPLETION_WORDS:_COMPLETION_WORDS]
        return _Run(count, (self._pointer, ctypes.byref(batch.commands), ctypes.c_uint32(count), ctypes.byref(self._taken),
                            ctypes.byref(self._slots), ctypes.c_uint32(self._room), ctypes.c_uint32(count), ctypes.c_int64(-1)),
                    outcomes, memoryview(bytes(8 * count)).cast("Q"), slots, bytes(len(slots)))

    def _exchange(self, batch: Batch, count: int) -> bool:
        """Runs a batch on a queue that has nothing else. True: all is well and done. Else completions are in the slots."""
        run = batch.prepared
        if run is None or run.count != count:
            run = batch.prepared = self._prepare_run(batch, count)
        taken = self._taken
        taken.value = 0
        self._held[batch.serial] = batch
        batch.in_flight = count
        self._unseen = self._room
        try:
            code = _exchange(*run.arguments)
        finally:
            # Written by the library exactly if something was pushed, so it is right for exceptions too.
            if taken.value != count:
                batch.in_flight = taken.value
                if batch.in_flight == 0:
                    self._held.pop(batch.serial, None)
        if code == count and run.outcomes == run.well:
            # The queue had nothing else, so these are the batch's. The slots first: an interrupt must not count them twice.
            run.slots[:] = run.empty
            self._unseen = 0
            batch.in_flight = 0
            del self._held[batch.serial]
            return True
        self._deliver(max(code, 0))
        return False

    # Submitting and taking.

    def submit(self) -> int:
        """Hands what was pushed to the kernel. Returns how many it took; the rest goes next time."""
        while True:
            code: int = _raw.ringline_submit(self._pointer)
            if code != -errno.EINTR:
                return check(code)

    def poll(self) -> List[Completion]:
        """The completions that are there. Never blocks; does not submit."""
        self._take_all()
        return self._hand_out()

    def wait(self, minimum: int = 1, timeout: Optional[float] = None) -> List[Completion]:
        """Submits, and takes completions until there are `minimum`, the seconds are over, wakeup() was called or nothing is in flight."""
        end = None if timeout is None else time.monotonic() + timeout
        while True:
            # What is here already counts, and so does not what goes to somebody else who waits.
            asked = min(max(minimum - len(self._ready), 0), self._room)
            left = -1 if end is None else min(max(int((end - time.monotonic()) * 1e9), 0), _FOR_EVER)
            code = self._advance(asked, left)
            interrupted = code == -errno.EINTR and left != 0
            if not interrupted and (code < asked or len(self._ready) >= minimum):
                return self._hand_out()

    def cancel(self, token: int) -> int:
        """Cancels what the device does not have yet. ENOENT: not in flight. EALREADY: the device has it."""
        return check(_raw.ringline_cancel(self._pointer, token))

    def _hand_out(self) -> List[Completion]:
        taken = list(self._ready)
        self._ready.clear()
        return taken

    def _take_all(self) -> None:
        self._recover()
        while True:
            self._unseen = self._room
            count = check(_raw.ringline_poll(self._pointer, self._slots, self._room))
            self._deliver(count)
            if count < self._room:
                return

    def _advance(self, minimum: int, timeout_ns: int) -> int:
        """Submits and waits once. How many were taken, or -EINTR after the handlers of signals ran without raising."""
        self._recover()
        self._unseen = self._room
        code: int = _raw.ringline_submit_and_wait(self._pointer, self._slots, self._room, minimum, timeout_ns)
        if code in (-errno.EAGAIN, -errno.EBUSY):
            # The kernel is short of memory, or wants completions to be taken first.
            pause = _AGAIN_NS if timeout_ns < 0 else min(timeout_ns, _AGAIN_NS)
            code = _raw.ringline_wait(self._pointer, self._slots, self._room, minimum, pause) or -errno.EINTR
        if code == -errno.EINTR:
            return code
        self._deliver(check(code))
        return code

    def _recover(self) -> None:
        """Delivers what an exception came between."""
        if self._unseen:
            self._deliver(self._unseen)

    def _deliver(self, count: int) -> None:
        """Gives each completion in the first slots to whom it belongs."""
        words = self._words
        for index in range(0, count * _COMPLETION_WORDS, _COMPLETION_WORDS):
            user_data = words[index]
            entry = self._held.get(user_data >> INDEX_BITS)
            if user_data == 0 or entry is None:
                continue
            completion = entry.completion(self._slots[index // _COMPLETION_WORDS])
            # Seen before it is counted: an interrupt here makes something held too long, never too short.
            words[index] = 0
            if entry.settle():
                self._held.pop(user_data >> INDEX_BITS, None)
            if entry.sink is None:
                self._ready.append(completion)
            else:
                entry.sink(completion)
        self._unseen = 0

    # Blocking.

    def read(self, device: Device, lba: int, buffer: Any, *, metadata: Any = None, limited_retry: bool = False,
             timeout_ms: int = 0) -> None:
        """Reads into the buffer (or a list of them) and waits. What goes wrong is raised."""
        flags = _raw.RINGLINE_LIMITED_RETRY if limited_retry else 0
        self._complete(*self._prepare(device, READ, lba, buffer, metadata, flags, timeout_ms, None)).check()

    def write(self, device: Device, lba: int, buffer: Any, *, metadata: Any = None, fua: bool = False, limited_retry: bool = False,
              timeout_ms: int = 0) -> None:
        """Writes the buffer (or a list of them) and waits."""
        flags = (_raw.RINGLINE_FUA if fua else 0) | (_raw.RINGLINE_LIMITED_RETRY if limited_retry else 0)
        self._complete(*self._prepare(device, WRITE, lba, buffer, metadata, flags, timeout_ms, None)).check()

    def flush(self, device: Device, *, timeout_ms: int = 0) -> None:
        """Makes durable what was written before, and waits."""
        self._complete(*self._prepare(device, FLUSH, 0, None, None, 0, timeout_ms, None)).check()

    def execute(self, command: Command) -> int:
        """Runs any command, waits, and returns the device's 64-bit answer, such as where an append went."""
        return self._complete(*self._prepare_any(command, None)).check()

    def transfer(self, device: Device, opcode: int, *, buffer: Any = None, metadata: Any = None, failures: int = 64,
                 **options: int) -> Transferred:
        """Does a range of any length with as many commands as it takes, and waits: see ringline_transfer(), whose options these are.

        Nothing may be in flight (EBUSY). At most so many failed ranges are told, and no more commands are in flight than that.
        """
        return run_transfer(self._pointer, device, (opcode, buffer, metadata), failures, options)

    def _complete(self, serial: int, entry: Entry, command: Any) -> Completion:
        done: List[Completion] = []
        entry.sink = done.append
        try:
            while True:
                code = self._try_push(serial, entry, command)
                if code >= 0:
                    break
                # A full queue has room again when something has completed.
                if code != -errno.EAGAIN or (self._advance(1, -1) == 0 and self.info().in_flight == 0):
                    raise self._refused(code, command)
            while not done:
                self._advance(1, -1)
        except BaseException:
            entry.abandon()
            if serial not in self._held:
                entry.release()
            raise
        return done[0]

    def run(self, batch: Batch) -> List[Completion]:
        """Pushes a batch and waits for all of it. Returns the completions of what failed: none, and all is well."""
        if batch.in_flight:
            raise Error(errno.EBUSY, "commands of this batch are still in flight: take their completions first")
        if batch.queue() is not self:
            raise ValueError("the batch is another queue's")
        count = len(batch.entries)
        results: List[Completion] = []
        batch.sink = results.append
        self._recover()
        try:
            pushed = 0
            if not self._held and 0 < count <= self._room and self._state.pointer is not None:
                if self._exchange(batch, count):
                    return results
                pushed = self._taken.value
            self._run_rest(batch, pushed, count)
        except BaseException:
            batch.abandon()
            raise
        batch.sink = None
        return [completion for completion in results if not completion.ok]

    def _run_rest(self, batch: Batch, pushed: int, count: int) -> None:
        refused: Optional[Error] = None
        while pushed < count or batch.in_flight:
            if pushed < count:
                code = self._push_some(batch, pushed, count - pushed)
                if code == -errno.EAGAIN and (self._held or self.info().in_flight):
                    code = 0
                if code < 0:
                    # What is in flight comes to its end first.
                    refused, count = self._refused(code, batch.commands[pushed]), pushed
                    continue
                pushed += code
            self._advance(1, -1)
        if refused is not None:
            raise refused


