# SPDX-License-Identifier: MIT OR Apache-2.0
"""What became of a command."""

import errno
from typing import Any

from . import _raw
from .errors import CommandError, NvmeError, Status, decode_status


class Completion:
    """What became of a command. It is final: the memory is the caller's again."""

    __slots__ = ("token", "user_data", "device", "opcode", "result", "error", "status", "flags")

    token: int
    """What the push returned."""
    user_data: Any
    """What was given with the command."""
    device: Any
    opcode: int
    result: int
    error: int
    """0 or an errno, positive: it never reached the device, or its answer was lost."""
    status: int
    """0 or the NVMe status as the device gave it."""
    flags: int

    @property
    def ok(self) -> bool:
        return self.error == 0 and self.status == 0

    @property
    def outcome_unknown(self) -> bool:
        """It may or may not have run."""
        return bool(self.flags & _raw.RINGLINE_OUTCOME_UNKNOWN)

    @property
    def not_sent(self) -> bool:
        """It certainly did not run: safe to push again."""
        return bool(self.flags & _raw.RINGLINE_NOT_SENT)

    def decode(self) -> Status:
        return decode_status(self.status, self.opcode)

    def check(self) -> int:
        """The result, or what went wrong as an exception."""
        if self.error:
            text = _raw.ringline_error_text(self.error).decode()
            raise CommandError(self.error, text, self.outcome_unknown, self.not_sent)
        if self.status:
            raise NvmeError(self.decode())
        return self.result

    def __repr__(self) -> str:
        if self.error:
            became = _raw.ringline_error_name(self.error).decode()
        else:
            became = self.decode().name if self.status else "ok"
        marks = (", outcome unknown" if self.outcome_unknown else "") + (", not sent" if self.not_sent else "")
        return f"<Completion {self.token}: {became}{marks}>"


def lost_completion() -> Completion:
    """For those who still wait when the queue is closed."""
    raw = _raw.ringline_completion(error=-errno.ECANCELED, flags=_raw.RINGLINE_OUTCOME_UNKNOWN)
    return completion_of(raw, None, None, -1)


def completion_of(raw: _raw.ringline_completion, user_data: Any, device: Any, opcode: int) -> Completion:
    made = Completion()
    made.token = raw.user_data
    made.user_data = user_data
    made.device = device
    made.opcode = opcode
    made.result = raw.result
    made.error = -raw.error
    made.status = raw.status
    made.flags = raw.flags
    return made
