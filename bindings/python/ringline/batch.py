# SPDX-License-Identifier: MIT OR Apache-2.0
"""Commands: one with what it holds, and arrays of them that are filled once and pushed many times."""

import ctypes
import weakref
from typing import Any, Callable, List, Optional, Tuple

from . import _raw
from .completion import Completion, completion_of
from .device import Device
from .memory import Hold, export
from .structs import put

Sink = Callable[[Completion], None]
FLUSH, WRITE, READ = _raw.RINGLINE_NVME_FLUSH, _raw.RINGLINE_NVME_WRITE, _raw.RINGLINE_NVME_READ
_FROM_DEVICE = (READ, _raw.RINGLINE_NVME_ZONE_MANAGEMENT_RECEIVE)
# user_data at the library: a serial number, which is never used twice on a queue, and an index below it.
INDEX_BITS = 16
BATCH_MAX = 32768


def drop(_: Completion) -> None:
    """The sink of a command that nobody waits for any more."""


def let_go(holds: List[Any]) -> None:
    """Of what was held for a command."""
    for hold in holds:
        if isinstance(hold, Hold):
            hold.release()


class Entry:
    """A command on its way: whom its completion goes to, and what is held until then."""

    __slots__ = ("user_data", "device", "opcode", "holds", "sink")

    def __init__(self, device: Device, opcode: int, holds: List[Any], user_data: Any, sink: Optional[Sink] = None):
        self.user_data = user_data
        self.device = device
        self.opcode = opcode
        self.holds = holds
        self.sink = sink

    def release(self) -> None:
        let_go(self.holds)
        self.holds = []

    def abandon(self) -> None:
        self.sink = drop

    def completion(self, raw: _raw.ringline_completion) -> Completion:
        return completion_of(raw, self.user_data, self.device, self.opcode)

    def settle(self) -> bool:
        """Its completion has come: nothing is held any more. True: that was the last."""
        self.release()
        return True


def fill(command: _raw.ringline_command, device: Device, opcode: int, lba: int, buffer: Any, metadata: Any, flags: int,
         timeout_ms: int) -> List[Any]:
    """Writes a command. Returns what has to be held for it; nothing is if this fails."""
    writable = opcode in _FROM_DEVICE
    holds: List[Any] = []
    length = 0
    try:
        if isinstance(buffer, (list, tuple)):
            pieces = (_raw.ringline_segment * len(buffer))()
            for piece, part in zip(pieces, buffer):
                hold = export(part, writable)
                holds.append(hold)
                piece.address, piece.length = hold.address, hold.length
                length += hold.length
            # The array of segments, too, is the library's until the completion.
            holds.append(pieces)
            put(command, address=ctypes.addressof(pieces), segments=len(buffer))
            flags |= _raw.RINGLINE_VECTORED
        elif buffer is not None:
            hold = export(buffer, writable)
            holds.append(hold)
            command.address, length = hold.address, hold.length
        if metadata is not None:
            hold = export(metadata, writable)
            holds.append(hold)
            put(command, metadata_address=hold.address, metadata_length=hold.length)
        if buffer is not None:
            # Part of a block counts as one, so that the library says what is missing.
            put(command, blocks=-(-length // (device.stride or 1)))
        command.device = device.handle
        put(command, opcode=opcode, lba=lba, length=length, flags=flags, timeout_ms=timeout_ms)
    except BaseException:
        let_go(holds)
        raise
    return holds


class Batch:
    """Commands of one queue, filled once and pushed as often as wanted, by one call each time. From Queue.batch().

    The batch holds the memory of all its commands until clear(); while some are in flight the queue holds the batch.
    `commands` is the array itself: a program may change an lba there between two pushes. Its addresses are not for changing.
    """

    def __init__(self, queue: "weakref.ReferenceType[Any]", serial: int, capacity: int):
        if not 1 <= capacity <= BATCH_MAX:
            raise ValueError(f"a batch has room for 1 to {BATCH_MAX} commands, not {capacity}")
        self.queue = queue
        self.serial = serial
        self.capacity = capacity
        self.commands: Any = (_raw.ringline_command * capacity)()
        self.entries: List[Tuple[Device, int, Any]] = []
        self.holds: List[Any] = []
        self.in_flight = 0
        self.sink: Optional[Sink] = None
        # What Queue.run() keeps for the next time.
        self.prepared: Any = None

    def __len__(self) -> int:
        return len(self.entries)

    def read(self, device: Device, lba: int, buffer: Any, *, metadata: Any = None, limited_retry: bool = False, timeout_ms: int = 0,
             user_data: Any = None) -> "Batch":
        flags = _raw.RINGLINE_LIMITED_RETRY if limited_retry else 0
        return self._add(device, READ, lba, buffer, metadata, flags, timeout_ms, user_data)

    def write(self, device: Device, lba: int, buffer: Any, *, metadata: Any = None, fua: bool = False, limited_retry: bool = False,
              timeout_ms: int = 0, user_data: Any = None) -> "Batch":
        flags = (_raw.RINGLINE_FUA if fua else 0) | (_raw.RINGLINE_LIMITED_RETRY if limited_retry else 0)
        return self._add(device, WRITE, lba, buffer, metadata, flags, timeout_ms, user_data)

    def flush(self, device: Device, *, timeout_ms: int = 0, user_data: Any = None) -> "Batch":
        return self._add(device, FLUSH, 0, None, None, 0, timeout_ms, user_data)

    def _add(self, device: Device, opcode: int, lba: int, buffer: Any, metadata: Any, flags: int, timeout_ms: int,
             user_data: Any) -> "Batch":
        index = len(self.entries)
        if index == self.capacity:
            raise ValueError(f"the batch has room for {self.capacity} commands, and has them")
        command = _raw.ringline_command()
        self.holds += fill(command, device, opcode, lba, buffer, metadata, flags, timeout_ms)
        command.user_data = self.serial << INDEX_BITS | index
        self.commands[index] = command
        self.entries.append((device, opcode, user_data))
        return self

    def clear(self) -> None:
        """Forgets the commands and lets go of their memory. Refused while some are in flight."""
        if self.in_flight:
            raise ValueError(f"{self.in_flight} commands of the batch are in flight: take their completions first")
        holds, self.holds, self.entries = self.holds, [], []
        let_go(holds)

    def release(self) -> None:
        """The queue is gone, and nothing in flight any more. The batch keeps its memory, as before the push."""
        self.in_flight = 0

    def abandon(self) -> None:
        self.sink = drop

    def completion(self, raw: _raw.ringline_completion) -> Completion:
        device, opcode, user_data = self.entries[raw.user_data & ((1 << INDEX_BITS) - 1)]
        return completion_of(raw, user_data, device, opcode)

    def settle(self) -> bool:
        self.in_flight -= 1
        return self.in_flight == 0
