# SPDX-License-Identifier: MIT OR Apache-2.0
"""Kernel NVMe passthrough over io_uring, by libringline.

Open a Device, make a Queue on it, and read, write and flush: blocking, by asyncio, or pushing and taking completions.
"""

from ._raw import (
    RINGLINE_FAULT_ADMIN as FAULT_ADMIN,
    RINGLINE_FAULT_ANY_OPCODE as FAULT_ANY_OPCODE,
    RINGLINE_FAULT_DELAY as FAULT_DELAY,
    RINGLINE_FAULT_DROP as FAULT_DROP,
    RINGLINE_FAULT_ERROR as FAULT_ERROR,
    RINGLINE_FAULT_EXECUTED as FAULT_EXECUTED,
    RINGLINE_FAULT_REORDER as FAULT_REORDER,
    RINGLINE_FAULT_STATUS as FAULT_STATUS,
    RINGLINE_FAULT_VANISH as FAULT_VANISH,
    RINGLINE_NVME_FLUSH as OPCODE_FLUSH,
    RINGLINE_NVME_READ as OPCODE_READ,
    RINGLINE_NVME_WRITE as OPCODE_WRITE,
    VERSION as __version__,
    ringline_version as _version,
)
from . import command
from .admin import Answer
from .batch import Batch
from .command import Command, CopyRange, Tags, Zone, zones
from .completion import Completion
from .device import Device, DeviceEntry, DeviceInfo, list_devices, sim_create
from .errors import (
    RETRY_IF_IDEMPOTENT,
    RETRY_NEVER,
    RETRY_OTHER_PATH,
    CommandError,
    Error,
    NvmeError,
    RinglineError,
    Status,
    decode_status,
)
from .memory import Buffer
from .page import Field, Page
from .queue import Queue, QueueInfo
from .transfer import Transferred

__all__ = [
    "FAULT_ADMIN", "FAULT_ANY_OPCODE", "FAULT_DELAY", "FAULT_DROP", "FAULT_ERROR", "FAULT_EXECUTED", "FAULT_REORDER",
    "FAULT_STATUS", "FAULT_VANISH", "OPCODE_FLUSH", "OPCODE_READ", "OPCODE_WRITE", "RETRY_IF_IDEMPOTENT", "RETRY_NEVER",
    "RETRY_OTHER_PATH", "Answer", "Batch", "Buffer", "Command", "CommandError", "Completion", "CopyRange", "Device", "DeviceEntry",
    "DeviceInfo", "Error", "Field", "NvmeError", "Page", "Queue", "QueueInfo", "RinglineError", "Status", "Tags", "Transferred", "Zone",
    "command", "decode_status", "library_version", "list_devices", "sim_create", "zones",
]


def library_version() -> str:
    """The version of the library that was found."""
    number = _version()
    return f"{number >> 16}.{number >> 8 & 255}.{number & 255}"
