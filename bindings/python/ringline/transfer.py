# SPDX-License-Identifier: MIT OR Apache-2.0
"""Ranges of any length as one call."""

import ctypes
from typing import Any, Dict, List, NamedTuple, Tuple

from . import _raw
from .device import Device
from .errors import check, new_diagnosis
from .memory import Hold, export
from .structs import new, put


class Transferred(NamedTuple):
    """What a transfer did."""

    complete: bool
    """All of it is done."""
    next_lba: int
    """Every block before it is done or among the failures."""
    done_blocks: int
    commands: int
    """Sent, retries included."""
    retried: int
    interrupted: bool
    """A signal or wakeup() ended it early: go on from next_lba."""
    failures: List[_raw.ringline_transfer_failure]
    """Ranges that failed."""


def run_transfer(pointer: Any, device: Device, what: Tuple[int, Any, Any], room: int, given: Dict[str, int]) -> Transferred:
    """ringline_transfer(), with the memory held."""
    opcode, buffer, metadata = what
    if not 1 <= room <= 65536:
        raise ValueError(f"room for {room} failures: 1 to 65,536")
    options = new(_raw.ringline_transfer_options, opcode=opcode, **given)
    writable = opcode == _raw.RINGLINE_NVME_READ
    holds: List[Hold] = []
    try:
        for memory, name in ((buffer, ""), (metadata, "metadata_")):
            if memory is not None:
                hold = export(memory, writable)
                holds.append(hold)
                put(options, **{f"{name}address": hold.address, f"{name}length": hold.length})
        if buffer is not None and "blocks" not in given:
            # Part of a block counts as one, so that the library says what is missing.
            put(options, blocks=-(-holds[0].length // (device.stride or 1)))
        failures = (_raw.ringline_transfer_failure * room)()
        result = new(_raw.ringline_transfer_result)
        diagnosis = new_diagnosis()
        failed = check(_raw.ringline_transfer(pointer, device.handle, options, failures, room, ctypes.byref(result), diagnosis), diagnosis)
    finally:
        for hold in holds:
            hold.release()
    complete = failed == 0 and result.next_lba == options.lba + options.blocks
    return Transferred(complete, result.next_lba, result.done_blocks, result.commands, result.retried, bool(result.interrupted),
                       list(failures[:failed]))
