# SPDX-License-Identifier: MIT OR Apache-2.0
"""Commands as values: what Queue.execute(), aexecute() and push_command() take. Each can be used many times."""

import ctypes
import errno
from typing import Any, Callable, Iterable, List, NamedTuple, Optional, Sequence, Tuple, Union

from . import _raw
from .batch import fill, let_go
from .device import Device
from .errors import Error, check
from .memory import Hold, export
from .structs import new, put

_ZONE_HEADER_BYTES = _ZONE_BYTES = 64


class Tags(NamedTuple):
    """Those of protection information, and access hints (Read and Write: frequency 3:0, latency 5:4, sequential 6, incompressible 7)."""

    reference: int = 0
    """Of the first block. Type 1: the low bits of the LBA, or of the zone's start."""
    application: int = 0
    application_mask: int = 0
    """Which bits of the application tag are compared."""
    storage: int = 0
    access_hints: int = 0


class CopyRange(NamedTuple):
    """What a copy copies: 1 to 65,536 blocks, and the tags that they are expected to have."""

    lba: int
    blocks: int
    reference_tag: int = 0
    application_tag: int = 0
    application_mask: int = 0
    nsid: int = 0
    """Formats 2 and 3: the source's namespace."""


class Command:
    """One command and its memory. Made by the functions below."""

    def __init__(self, device: Device, opcode: int, lba: int = 0, buffer: Any = None, *, blocks: Optional[int] = None, action: int = 0,
                 flags: int = 0, metadata: Any = None, tags: Optional[Tags] = None, timeout_ms: int = 0):
        self.device = device
        self.opcode = opcode
        self.lba = lba
        self.buffer = buffer
        self.blocks = blocks
        self.action = action
        self.flags = flags
        self.metadata = metadata
        self.tags = tags
        self.timeout_ms = timeout_ms
        self.status_opcode = opcode

    def fill(self) -> Tuple[Any, List[Any]]:
        """The library's struct, and what has to be held for it."""
        command = _raw.ringline_command()
        holds = fill(command, self.device, self.opcode, self.lba, self.buffer, self.metadata, self.flags, self.timeout_ms)
        try:
            put(command, action=self.action)
            if self.blocks is not None:
                put(command, blocks=self.blocks)
            if self.tags is None:
                return command, holds
            tags = self.tags
            extended = new(_raw.ringline_command_extended, reference_tag=tags.reference, storage_tag=tags.storage,
                           application_tag=tags.application, application_mask=tags.application_mask, access_hints=tags.access_hints)
            extended.base = command
            return extended, holds
        except BaseException:
            let_go(holds)
            raise


class _AdminCommand(Command):
    """One without effects, to a controller or simulated device. What it transfers was proved."""

    def __init__(self, device: Device, opcode: int, buffer: Any, build: Callable[[Any, int, int], int]):
        super().__init__(device, opcode, buffer=buffer)
        self.status_opcode = -1
        self._build = build

    def fill(self) -> Tuple[Any, List[Any]]:
        raw = new(_raw.ringline_raw_command, flags=_raw.RINGLINE_RAW_ADMIN)
        raw.device = self.device.handle
        holds: List[Any] = [] if self.buffer is None else [export(self.buffer, True)]
        try:
            check(self._build(raw.command, *((holds[0].address, holds[0].length) if holds else (0, 0))))
            return raw, holds
        except BaseException:
            let_go(holds)
            raise


def user_data_of(command: Any) -> Any:
    """The struct that has the command's user_data."""
    return command.base if isinstance(command, _raw.ringline_command_extended) else command


def push(pointer: Any, command: Any) -> int:
    """By the call of its kind."""
    if isinstance(command, _raw.ringline_command):
        return int(_raw.ringline_push(pointer, command, 1))
    if isinstance(command, _raw.ringline_command_extended):
        return int(_raw.ringline_push_extended(pointer, command, 1))
    return int(_raw.ringline_push_raw(pointer, command, 1))


def explain(command: Any, diagnosis: _raw.ringline_diagnosis) -> None:
    """What ringline_explain() says of a command of any kind."""
    if isinstance(command, _raw.ringline_command):
        _raw.ringline_explain(command, diagnosis)
    elif isinstance(command, _raw.ringline_command_extended):
        _raw.ringline_encode(command, None, diagnosis)
    else:
        _raw.ringline_explain_raw(command, diagnosis)


def read(device: Device, lba: int, buffer: Any, **more: Any) -> Command:
    """Read. By keyword, here and below: metadata, tags, flags (RINGLINE_*, of ringline._raw), timeout_ms."""
    return Command(device, _raw.RINGLINE_NVME_READ, lba, buffer, **more)


def write(device: Device, lba: int, buffer: Any, **more: Any) -> Command:
    """Write."""
    return Command(device, _raw.RINGLINE_NVME_WRITE, lba, buffer, **more)


def compare(device: Device, lba: int, buffer: Any, **more: Any) -> Command:
    """Compare. A difference is a NvmeError of status 0x285."""
    return Command(device, _raw.RINGLINE_NVME_COMPARE, lba, buffer, **more)


def write_zeroes(device: Device, lba: int, blocks: int, *, deallocate: bool = False, flags: int = 0, **more: Any) -> Command:
    """Write Zeroes."""
    flags |= _raw.RINGLINE_DEALLOCATE if deallocate else 0
    return Command(device, _raw.RINGLINE_NVME_WRITE_ZEROES, lba, blocks=blocks, flags=flags, **more)


def verify(device: Device, lba: int, blocks: int, **more: Any) -> Command:
    """Verify: the device reads the blocks and checks them."""
    return Command(device, _raw.RINGLINE_NVME_VERIFY, lba, blocks=blocks, **more)


def write_uncorrectable(device: Device, lba: int, blocks: int, **more: Any) -> Command:
    """Write Uncorrectable: reads of the blocks fail until they are written again."""
    return Command(device, _raw.RINGLINE_NVME_WRITE_UNCORRECTABLE, lba, blocks=blocks, **more)


def dataset_management(device: Device, ranges: Iterable[Tuple[int, int]], action: int, **more: Any) -> Command:
    """Dataset Management of 1 to 256 ranges, each an LBA and how many blocks; the action is RINGLINE_DATASET_*, added up."""
    wire = [new(_raw.ringline_range, lba=lba, blocks=blocks) for lba, blocks in ranges]
    data = _in_wire_form(wire, _raw.RINGLINE_DATASET_RANGE_BYTES, _raw.ringline_nvme_dataset_ranges)
    return Command(device, _raw.RINGLINE_NVME_DATASET_MANAGEMENT, 0, data, blocks=0, action=action, **more)


def deallocate(device: Device, ranges: Iterable[Tuple[int, int]], **more: Any) -> Command:
    """The blocks of these ranges, each an LBA and how many, are not needed any more."""
    return dataset_management(device, ranges, _raw.RINGLINE_DATASET_DEALLOCATE, **more)


def copy(device: Device, lba: int, ranges: Iterable[Union[CopyRange, Tuple[int, int]]], *, format: int = 0, **more: Any) -> Command:
    """Copy, to `lba` and behind it, of 1 to 256 ranges, in their order. The device must have the format, 0 to 3."""
    wire = [new(_raw.ringline_range, **CopyRange(*one)._asdict()) for one in ranges]
    data = _in_wire_form(wire, 40 if format & 1 else 32,
                         lambda ranges, count, data, length: _raw.ringline_nvme_copy_ranges(ranges, count, format, data, length))
    return Command(device, _raw.RINGLINE_NVME_COPY, lba, data, blocks=0, action=format, **more)


def zone_append(device: Device, zone: int, buffer: Any, **more: Any) -> Command:
    """Zone Append; the result is the LBA that it went to."""
    return Command(device, _raw.RINGLINE_NVME_ZONE_APPEND, zone, buffer, **more)


_ZONE_ACTIONS = {"close": _raw.RINGLINE_ZONE_CLOSE, "finish": _raw.RINGLINE_ZONE_FINISH, "open": _raw.RINGLINE_ZONE_OPEN,
                 "reset": _raw.RINGLINE_ZONE_RESET, "offline": _raw.RINGLINE_ZONE_OFFLINE}
_ZONES = {"all": _raw.RINGLINE_ZONES_ALL, "empty": _raw.RINGLINE_ZONES_EMPTY, "implicitly open": _raw.RINGLINE_ZONES_IMPLICITLY_OPEN,
          "explicitly open": _raw.RINGLINE_ZONES_EXPLICITLY_OPEN, "closed": _raw.RINGLINE_ZONES_CLOSED, "full": _raw.RINGLINE_ZONES_FULL,
          "read-only": _raw.RINGLINE_ZONES_READ_ONLY, "offline": _raw.RINGLINE_ZONES_OFFLINE}


def zone(device: Device, lba: Optional[int], action: str, **more: Any) -> Command:
    """Zone Management Send: close, finish, open, reset or offline, for the zone that begins there; None: for all that it can apply to."""
    flags = _raw.RINGLINE_ALL_ZONES if lba is None else 0
    return Command(device, _raw.RINGLINE_NVME_ZONE_MANAGEMENT_SEND, lba or 0, blocks=0, action=_one_of(_ZONE_ACTIONS, action, "action"),
                   flags=flags, **more)


def zone_report(device: Device, lba: int, buffer: Any, which: str = "all", **more: Any) -> Command:
    """Zone Management Receive, from the zone that has `lba` on, into memory of 64 bytes and 64 for each zone, which zones() reads."""
    return Command(device, _raw.RINGLINE_NVME_ZONE_MANAGEMENT_RECEIVE, lba, buffer, blocks=0, action=_one_of(_ZONES, which, "kind of zones"),
                   **more)


class Zone(NamedTuple):
    """One zone of a report."""

    start: int
    capacity: int
    write_pointer: int
    state: int
    """1 empty, 2 and 3 implicitly and explicitly open, 4 closed, 13 read-only, 14 full, 15 offline."""
    type: int
    attributes: int


def zones(report: Any) -> List[Zone]:
    """The zones in the memory of a report."""
    view = memoryview(report).cast("B")
    if len(view) < _ZONE_HEADER_BYTES:
        return []
    count = min(int.from_bytes(view[:8], "little"), (len(view) - _ZONE_HEADER_BYTES) // _ZONE_BYTES)
    made = []
    for index in range(count):
        record = view[_ZONE_HEADER_BYTES + index * _ZONE_BYTES:][:_ZONE_BYTES]
        capacity, start, pointer = (int.from_bytes(record[at:at + 8], "little") for at in (8, 16, 24))
        made.append(Zone(start, capacity, pointer, record[1] >> 4, record[0] & 15, record[2]))
    return made


def identify(device: Device, buffer: Any, **options: int) -> Command:
    """Identify, into 4,096 bytes; the options are those of ringline_identify_options."""
    wanted = new(_raw.ringline_identify_options, **options)

    def build(command: Any, address: int, length: int) -> int:
        if length != _raw.RINGLINE_IDENTIFY_BYTES:
            raise Error(errno.ENOBUFS, f"{length} bytes of memory: a page has {_raw.RINGLINE_IDENTIFY_BYTES}")
        return int(_raw.ringline_nvme_identify(command, wanted, address))

    return _AdminCommand(device, _raw.RINGLINE_NVME_IDENTIFY, buffer, build)


def log_page(device: Device, buffer: Any, **options: int) -> Command:
    """One Get Log Page for all of the memory; the options are those of ringline_log_options."""
    wanted = new(_raw.ringline_log_options, **options)
    return _AdminCommand(device, _raw.RINGLINE_NVME_GET_LOG_PAGE, buffer,
                         lambda command, address, length: int(_raw.ringline_nvme_log_read(command, wanted, address, length)))


def feature(device: Device, buffer: Any = None, **options: int) -> Command:
    """Get Features; the options are those of ringline_feature_options, and the result is the value. Memory is for features with data."""
    wanted = new(_raw.ringline_feature_options, **options)

    def build(command: Any, address: int, length: int) -> int:
        check_feature_length(wanted, length)
        return int(_raw.ringline_nvme_feature_get(command, wanted, address, length))

    return _AdminCommand(device, _raw.RINGLINE_NVME_GET_FEATURES, buffer, build)


def check_feature_length(options: _raw.ringline_feature_options, length: int) -> None:
    """A device transfers all of a feature's data, whatever memory there is. Of those that NVMe does not define nobody knows the length."""
    known = options.fid < 0x1C or options.fid == 0x1D or 0x7D <= options.fid <= 0x84
    if not known and length != 4096 and options.sel != _raw.RINGLINE_FEATURE_CAPABILITIES:
        raise Error(errno.ENOBUFS, f"{length} bytes for feature 0x{options.fid:02X}, whose length is not known: it must be 4096")


def _one_of(names: Any, name: str, what: str) -> int:
    if name not in names:
        raise ValueError(f"{what} \"{name}\": it is one of {', '.join(names)}")
    return int(names[name])


def _in_wire_form(ranges: Sequence[Any], bytes_each: int, write_ranges: Callable[[Any, int, Any, int], int]) -> bytearray:
    data = bytearray(len(ranges) * bytes_each)
    if not ranges:
        raise ValueError("there are no ranges")
    hold = Hold(data, True)
    try:
        array = (_raw.ringline_range * len(ranges))(*ranges)
        check(write_ranges(array, len(ranges), ctypes.c_void_p(hold.address), len(data)))
    finally:
        hold.release()
    return data
