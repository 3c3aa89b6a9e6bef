# SPDX-License-Identifier: MIT OR Apache-2.0
"""Devices: opening, geometry, admin commands, and the faults of simulated ones."""

import os
import weakref
from typing import Any, List, NamedTuple, Optional, Union

from . import _raw
from .admin import AdminCalls
from .completion import Completion, completion_of
from .errors import check, new_diagnosis
from .memory import export
from .structs import new, put

KINDS = {
    _raw.RINGLINE_DEVICE_NAMESPACE: "namespace",
    _raw.RINGLINE_DEVICE_CONTROLLER: "controller",
    _raw.RINGLINE_DEVICE_SIMULATED: "simulated",
    _raw.RINGLINE_DEVICE_NULL: "null",
}


class DeviceInfo(NamedTuple):
    """Geometry and identity; `raw` has all of ringline_device_info."""

    kind: str
    node: str
    nsid: int
    blocks: int
    block_size: int
    metadata_size: int
    metadata_inline: bool
    pi_type: int
    """Of protection information: 1 to 3; 0: none."""
    guard_bits: int
    zone_blocks: int
    """Blocks from zone to zone; 0: not zoned."""
    commands: int
    """RINGLINE_CAN_*."""
    max_transfer_bytes: int
    read_only: bool
    volatile_cache: bool
    serial: str
    model: str
    firmware: str
    raw: _raw.ringline_device_info


class DeviceEntry(NamedTuple):
    """One found device. `blocks` is 0 if this user may not read it, and `access_error` then says why."""

    kind: str
    node: str
    nsid: int
    blocks: int
    block_size: int
    access_error: int
    serial: str
    model: str
    firmware: str


class Device(AdminCalls):
    """An open device: "/dev/ng0n1", "/dev/nvme0n1", "/dev/nvme0" (admin only), "sim:PATH" or "null:".

    Any thread may use it. Closing it while commands are in flight is allowed: they finish, and their completions arrive.
    """

    def __init__(self, path: Union[str, "os.PathLike[str]"], *, read_only: bool = False, simulated: bool = False, nsid: int = 0,
                 block_size: int = 0):
        flags = (_raw.RINGLINE_OPEN_READ_ONLY if read_only else 0) | (_raw.RINGLINE_OPEN_SIMULATED if simulated else 0)
        options = new(_raw.ringline_device_options, flags=flags, nsid=nsid, block_size=block_size)
        diagnosis = new_diagnosis()
        self.handle = _raw.ringline_device()
        check(_raw.ringline_device_open(os.fsencode(path), options, diagnosis, self.handle), diagnosis)
        self._finalizer = weakref.finalize(self, _raw.ringline_device_close, self.handle)
        self._finalizer.atexit = False
        self._learn()

    def _learn(self) -> None:
        raw = self.info().raw
        self.block_size: int = raw.block_size
        # What a block takes of the data's memory.
        self.stride: int = raw.block_size + (raw.metadata_size if raw.metadata_inline else 0)

    def info(self) -> DeviceInfo:
        raw = new(_raw.ringline_device_info)
        check(_raw.ringline_device_info_get(self.handle, raw))
        return DeviceInfo(KINDS.get(raw.kind, "unknown"), os.fsdecode(raw.node), raw.nsid, raw.blocks, raw.block_size,
                          raw.metadata_size, bool(raw.metadata_inline), raw.pi_type, raw.guard_bits, raw.zone_blocks, raw.commands,
                          raw.max_transfer_bytes, bool(raw.flags & _raw.RINGLINE_OPEN_READ_ONLY),
                          bool(raw.volatile_cache), _text(raw.serial), _text(raw.model), _text(raw.firmware), raw)

    def refresh(self) -> None:
        """Reads the geometry again: needed after a format or a resize."""
        check(_raw.ringline_device_refresh(self.handle))
        self._learn()

    def admin(self, opcode: int, *, nsid: int = 0, buffer: Any = None, **dwords: int) -> Completion:
        """Runs one admin command (cdw2 to cdw15 by keyword) and waits for it. Nothing is proved about it."""
        command = new(_raw.ringline_nvme_command, opcode=opcode, nsid=nsid, **dwords)
        # Bits 1:0 of an opcode are the direction; 10b brings data from the device.
        hold = None if buffer is None else export(buffer, writable=bool(opcode & 2))
        raw = _raw.ringline_completion()
        try:
            if hold is not None:
                put(command, address=hold.address, data_length=hold.length)
            check(_raw.ringline_device_admin(self.handle, command, raw))
        finally:
            if hold is not None:
                hold.release()
        return completion_of(raw, None, self, opcode)

    def fault_set(self, action: int, **fields: int) -> int:
        """Sets a rule for commands pushed from now on; the fields are those of ringline_fault_rule. Returns its number."""
        rule = new(_raw.ringline_fault_rule, action=action, **fields)
        return check(_raw.ringline_sim_fault_set(self.handle, rule))

    def fault_clear(self, rule: int = 0) -> int:
        """Removes a rule, or all. Returns how often it acted."""
        return check(_raw.ringline_sim_fault_clear(self.handle, rule))

    def close(self) -> None:
        # Once; in the child of a fork there is nothing to close.
        self._finalizer()

    @property
    def closed(self) -> bool:
        return not self._finalizer.alive

    def __enter__(self) -> "Device":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def sim_create(path: Union[str, "os.PathLike[str]"], blocks: int, *, block_size: int = 0, mdts_bytes: int = 0, **more: int) -> None:
    """Creates the image of a simulated device, to be opened as "sim:PATH". Never overwrites.

    By keyword also the other members of ringline_sim_options: metadata_size, pi_type, zone_blocks, copy_max_ranges and so on.
    """
    options = new(_raw.ringline_sim_options, blocks=blocks, block_size=block_size, mdts_bytes=mdts_bytes, **more)
    check(_raw.ringline_sim_create(os.fsencode(path), options))


def list_devices() -> List[DeviceEntry]:
    """The NVMe namespaces and controllers of this machine."""
    room = 0
    entries: Optional[Any] = None
    while True:
        count = check(_raw.ringline_device_list(entries, room))
        if count <= room:
            break
        room = count
        entries = (_raw.ringline_device_entry * room)()
    return [DeviceEntry(KINDS.get(entry.kind, "unknown"), os.fsdecode(entry.node), entry.nsid, entry.blocks, entry.block_size,
                        -entry.access_error, _text(entry.serial), _text(entry.model), _text(entry.firmware))
            for entry in (entries or ())[:count]]


def _text(raw: bytes) -> str:
    return raw.decode("ascii", "replace")
