# SPDX-License-Identifier: MIT OR Apache-2.0
"""What can go wrong: a call (Error), a command on its way (CommandError), a command at the device (NvmeError)."""

from typing import NamedTuple, Optional

from . import _raw
from .structs import new

RETRY_NEVER = _raw.RINGLINE_RETRY_NEVER
RETRY_IF_IDEMPOTENT = _raw.RINGLINE_RETRY_IF_IDEMPOTENT
RETRY_OTHER_PATH = _raw.RINGLINE_RETRY_OTHER_PATH


class RinglineError(Exception):
    """All of them: Error and CommandError, which are OSErrors, and NvmeError, which is not."""


class Error(OSError, RinglineError):
    """A call was refused: `errno`, its name, and what the library says about it. Nothing was done.

    `rule`, `given` and `wanted` are those of ringline_diagnosis where the library gives one, else 0.
    """

    rule = 0
    given = 0
    wanted = 0

    @property
    def name(self) -> str:
        """Such as "ENOBUFS"."""
        return _raw.ringline_error_name(self.errno).decode()


class CommandError(Error):
    """A command did not reach the device, or its answer was lost."""

    def __init__(self, code: int, text: str, outcome_unknown: bool = False, not_sent: bool = False):
        super().__init__(code, text)
        self.outcome_unknown = outcome_unknown
        """It may or may not have run."""
        self.not_sent = not_sent
        """It certainly did not run: safe to push again."""


class Status(NamedTuple):
    """An NVMe status word taken apart."""

    word: int
    name: str
    text: str
    sct: int
    sc: int
    crd: int
    more: bool
    dnr: bool
    retry: int
    """RETRY_NEVER, RETRY_IF_IDEMPOTENT or RETRY_OTHER_PATH."""


class NvmeError(RinglineError):
    """The device carried the command out, or refused to, and said so by its status."""

    outcome_unknown = False
    not_sent = False

    def __init__(self, status: Status):
        super().__init__(f"{status.name} (status 0x{status.word:04X}): {status.text}")
        self.status = status.word
        self.name = status.name
        self.text = status.text
        self.retry = status.retry
        self.decoded = status


def decode_status(word: int, opcode: int = -1) -> Status:
    """Takes any status word apart; the opcode, where it is known, makes some names exact."""
    info = new(_raw.ringline_status_info)
    check(_raw.ringline_status_decode(word, info))
    return Status(word, _raw.ringline_status_name(word, opcode).decode(), _raw.ringline_status_text(word, opcode).decode(),
                  info.sct, info.sc, info.crd, bool(info.more), bool(info.dnr), info.retry)


def new_diagnosis() -> _raw.ringline_diagnosis:
    return new(_raw.ringline_diagnosis)


def error_of(code: int, diagnosis: Optional[_raw.ringline_diagnosis] = None) -> Error:
    """The exception for a negative return; the diagnosis counts if it is about this return."""
    if diagnosis is None or diagnosis.error != code:
        return Error(-code, _raw.ringline_error_text(code).decode())
    error = Error(-code, diagnosis.text.decode())
    error.rule, error.given, error.wanted = diagnosis.rule, diagnosis.given, diagnosis.wanted
    return error


def check(code: int, diagnosis: Optional[_raw.ringline_diagnosis] = None) -> int:
    """The return of a call, or its exception."""
    if code < 0:
        raise error_of(code, diagnosis)
    return code
