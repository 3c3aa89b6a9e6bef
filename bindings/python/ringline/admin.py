# SPDX-License-Identifier: MIT OR Apache-2.0
"""Admin commands by name, which wait: the part of a Device that sends them. Options are those of the structs of the C library."""

import ctypes
from typing import Any, Callable, NamedTuple, Sequence

from . import _raw
from .completion import completion_of
from .errors import check
from .memory import export
from .structs import new


class Answer(NamedTuple):
    """What a device said: its 64-bit result, and the page or the feature's data."""

    result: int
    data: bytes


class AdminCalls:
    """What goes wrong is raised: Error for the call, NvmeError for what the device says."""

    # What Device has.
    handle: Any

    def identify(self, **options: int) -> Answer:
        """An Identify page; ringline_identify_options."""
        wanted = new(_raw.ringline_identify_options, **options)
        return self._ask(_raw.RINGLINE_IDENTIFY_BYTES,
                         lambda data, length, raw: _raw.ringline_identify(self.handle, wanted, data, length, raw))

    def log_read(self, length: int, **options: int) -> Answer:
        """So many bytes of a log page, by as many commands as it takes; ringline_log_options."""
        wanted = new(_raw.ringline_log_options, **options)
        return self._ask(length, lambda data, length, raw: _raw.ringline_log_read(self.handle, wanted, data, length, raw))

    def feature(self, length: int = 0, **options: int) -> Answer:
        """A feature's value, and so many bytes of data of one that has some; ringline_feature_options."""
        from .command import check_feature_length
        wanted = new(_raw.ringline_feature_options, **options)
        check_feature_length(wanted, length)
        return self._ask(length, lambda data, length, raw: _raw.ringline_feature_get(self.handle, wanted, data, length, raw))

    def set_feature(self, data: Any = None, **options: int) -> Answer:
        """Sets a feature; ringline_feature_options."""
        from .command import check_feature_length
        wanted = new(_raw.ringline_feature_options, **options)
        if data is None:
            return self._ask(0, lambda _, __, raw: _raw.ringline_feature_set(self.handle, wanted, None, 0, raw))
        hold = export(data, False)
        try:
            check_feature_length(wanted, hold.length)
            return self._ask(0, lambda _, __, raw: _raw.ringline_feature_set(self.handle, wanted, ctypes.c_void_p(hold.address),
                                                                             hold.length, raw))
        finally:
            hold.release()

    def format(self, **options: int) -> Answer:
        """Formats a namespace: all its data is gone. refresh() afterwards. ringline_format_options."""
        wanted = new(_raw.ringline_format_options, **options)
        return self._ask(0, lambda _, __, raw: _raw.ringline_format(self.handle, wanted, raw))

    def sanitize(self, **options: int) -> Answer:
        """Starts to, which reaches every namespace of the NVM subsystem; ringline_sanitize_options."""
        wanted = new(_raw.ringline_sanitize_options, **options)
        return self._ask(0, lambda _, __, raw: _raw.ringline_sanitize(self.handle, wanted, raw))

    def self_test(self, nsid: int, code: int) -> Answer:
        """Starts or aborts one: RINGLINE_SELF_TEST_*."""
        return self._ask(0, lambda _, __, raw: _raw.ringline_self_test(self.handle, nsid, code, raw))

    def attach_namespace(self, nsid: int, controllers: Sequence[int]) -> Answer:
        """Attaches a namespace to controllers, by their ids."""
        return self._attachment(_raw.ringline_namespace_attach, nsid, controllers)

    def detach_namespace(self, nsid: int, controllers: Sequence[int]) -> Answer:
        """Takes it away from them."""
        return self._attachment(_raw.ringline_namespace_detach, nsid, controllers)

    def _attachment(self, call: Any, nsid: int, controllers: Sequence[int]) -> Answer:
        array = (ctypes.c_uint16 * len(controllers))(*controllers)
        return self._ask(0, lambda _, __, raw: call(self.handle, nsid, array, len(controllers), raw))

    def _ask(self, length: int, call: Callable[[Any, int, Any], int]) -> Answer:
        if length < 0:
            raise ValueError(f"{length} bytes")
        data = (ctypes.c_char * length)() if length else None
        raw = _raw.ringline_completion()
        check(call(data, length, raw))
        result = completion_of(raw, None, self, -1).check()
        return Answer(result, data.raw if data is not None else b"")
