# SPDX-License-Identifier: MIT OR Apache-2.0
"""The calls of a queue for asyncio: the event loop waits on the queue's fd, and no thread is blocked."""

import asyncio
import errno
import functools
import os
import weakref
from typing import TYPE_CHECKING, Any, List, Optional

from . import _raw
from .batch import FLUSH, INDEX_BITS, READ, WRITE, Batch
from .completion import Completion
from .errors import Error

if TYPE_CHECKING:
    from .batch import Entry
    from .command import Command
    from .device import Device

_AGAIN_SECONDS = 0.001


def _resolve(future: "asyncio.Future[Any]", completion: Completion) -> None:
    """A cancelled task's future is done already: the result is dropped, and the memory was held until now."""
    if not future.done():
        future.set_result(completion)


class AsyncCalls:
    """The part of a Queue that asyncio uses. One loop at a time, in the queue's thread; not for IOPOLL queues.

    A cancelled task leaves its command to the queue, which cancels it if the device does not have it yet and holds its memory
    until it has completed.
    """

    # What Queue has.
    _held: Any
    _prepare: Any
    _prepare_any: Any
    _try_push: Any
    _refused: Any
    _push_some: Any
    _take_all: Any
    _pointer: Any
    fileno: Any
    closed: bool

    def __init__(self) -> None:
        self._loop: Optional[asyncio.AbstractEventLoop] = None
        self._fd = -1
        self._users = 0
        self._space: Optional["asyncio.Future[None]"] = None

    async def aread(self, device: "Device", lba: int, buffer: Any, *, metadata: Any = None, limited_retry: bool = False,
                    timeout_ms: int = 0) -> None:
        """Reads into the buffer (or a list of them)."""
        flags = _raw.RINGLINE_LIMITED_RETRY if limited_retry else 0
        await self._acomplete(*self._prepare(device, READ, lba, buffer, metadata, flags, timeout_ms, None))

    async def awrite(self, device: "Device", lba: int, buffer: Any, *, metadata: Any = None, fua: bool = False,
                     limited_retry: bool = False, timeout_ms: int = 0) -> None:
        """Writes the buffer (or a list of them). Do not change it meanwhile, nor after a cancellation until the queue is closed."""
        flags = (_raw.RINGLINE_FUA if fua else 0) | (_raw.RINGLINE_LIMITED_RETRY if limited_retry else 0)
        await self._acomplete(*self._prepare(device, WRITE, lba, buffer, metadata, flags, timeout_ms, None))

    async def aflush(self, device: "Device", *, timeout_ms: int = 0) -> None:
        """Makes durable the writes that were awaited before."""
        await self._acomplete(*self._prepare(device, FLUSH, 0, None, None, 0, timeout_ms, None))

    async def aexecute(self, command: "Command") -> int:
        """Runs any command, and returns the device's 64-bit answer, such as where an append went."""
        return await self._acomplete(*self._prepare_any(command, None))

    async def arun(self, batch: Batch) -> List[Completion]:
        """Pushes a batch, and returns the completions of what failed when all of it has completed."""
        if batch.in_flight:
            raise Error(errno.EBUSY, "commands of this batch are still in flight: take their completions first")
        if batch.queue() is not self:
            raise ValueError("the batch is another queue's")
        loop = self._watch()
        results: List[Completion] = []
        end: "asyncio.Future[None]" = loop.create_future()
        count = len(batch)

        def sink(completion: Completion) -> None:
            results.append(completion)
            if len(results) == count and not end.done():
                end.set_result(None)

        batch.sink = sink
        refused: Optional[Error] = None
        try:
            pushed = 0
            while pushed < count:
                code = self._push_some(batch, pushed, count - pushed)
                if code == -errno.EAGAIN and self._held:
                    await self._room_again(loop)
                elif code < 0:
                    refused, count = self._refused(code, batch.commands[pushed]), pushed
                else:
                    pushed += code
                    self._submit_all()
            if len(results) < count:
                await end
        except BaseException:
            batch.abandon()
            raise
        finally:
            self._unwatch(loop)
        batch.sink = None
        if refused is not None:
            raise refused
        return [completion for completion in results if not completion.ok]

    async def _acomplete(self, serial: int, entry: "Entry", command: Any) -> int:
        try:
            loop = self._watch()
        except BaseException:
            entry.release()
            raise
        future: "asyncio.Future[Completion]" = loop.create_future()
        entry.sink = functools.partial(_resolve, future)
        try:
            while True:
                code = self._try_push(serial, entry, command)
                if code >= 0:
                    break
                if code != -errno.EAGAIN or not self._held:
                    raise self._refused(code, command)
                await self._room_again(loop)
            self._submit_all()
            completion = await future
        except BaseException:
            if serial in self._held:
                self._cancel_quietly(serial, loop)
            else:
                entry.release()
            raise
        finally:
            self._unwatch(loop)
        return completion.check()

    def _cancel_quietly(self, serial: int, loop: asyncio.AbstractEventLoop) -> None:
        # Who waits is gone, but the loop keeps watching until the command's completion was taken: the memory is held until then.
        entry = self._held[serial]
        self._users += 1
        # Not a strong reference: what is in flight must not keep a queue from being collected.
        queue = weakref.ref(self)

        def sink(_: Completion) -> None:
            owner = queue()
            if owner is not None:
                owner._unwatch(loop)

        entry.sink = sink
        if not self.closed:
            _raw.ringline_cancel(self._pointer, serial << INDEX_BITS)

    def _watch(self) -> asyncio.AbstractEventLoop:
        """From the first command that is awaited to the last, the loop watches the fd (and so keeps the queue alive)."""
        loop = asyncio.get_running_loop()
        if self._loop is not loop:
            if self._loop is not None and not self._loop.is_closed():
                raise RuntimeError("commands of this queue are being awaited in another event loop")
            self._fd = self.fileno()
            self._users = 0
            loop.add_reader(self._fd, self._readable)
            self._loop = loop
        self._users += 1
        return loop

    def _unwatch(self, loop: asyncio.AbstractEventLoop) -> None:
        # A command may outlive its loop, and then another one may count its own.
        if self._loop is not loop:
            return
        self._users -= 1
        if self._users <= 0:
            self._lost()

    def _lost(self) -> None:
        loop, self._loop = self._loop, None
        self._users = 0
        if loop is not None and not loop.is_closed():
            loop.remove_reader(self._fd)
        if self._space is not None and not self._space.done():
            self._space.set_result(None)

    def _readable(self) -> None:
        # The eight bytes first: a completion that comes between the two then makes the fd readable again.
        try:
            os.read(self._fd, 8)
        except BlockingIOError:
            pass
        self._take_all()
        if self._space is not None and not self._space.done():
            self._space.set_result(None)

    async def _room_again(self, loop: asyncio.AbstractEventLoop) -> None:
        """Until completions were taken, after which a full queue may have room."""
        if self._space is None or self._space.done():
            self._space = loop.create_future()
        self._submit_all()
        await asyncio.shield(self._space)

    def _submit_all(self) -> None:
        if self.closed:
            return
        while True:
            code = _raw.ringline_submit(self._pointer)
            if code in (-errno.EAGAIN, -errno.EBUSY) and self._loop is not None:
                # The kernel is short of memory, or wants completions to be taken first, which the loop does.
                self._loop.call_later(_AGAIN_SECONDS, self._submit_all)
                return
            if code <= 0 and code != -errno.EINTR:
                return
