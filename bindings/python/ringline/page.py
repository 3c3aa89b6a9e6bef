# SPDX-License-Identifier: MIT OR Apache-2.0
"""What is in the pages that Identify, logs and zone reports bring: the library's table of their fields."""

import ctypes
from typing import Any, Iterator, NamedTuple, Optional

from . import _raw
from .errors import check
from .structs import new


class Field(NamedTuple):
    """One field of a page; `raw` has its kind, unit, scale and place."""

    name: str
    list: str
    """Of the list that it is in; empty if in none."""
    text: str
    index: int
    raw: _raw.ringline_field


class Page:
    """The bytes of a page. `page` is RINGLINE_PAGE_* (of ringline._raw) plus the number that the command names it by."""

    def __init__(self, page: int, data: Any):
        self.page = page
        self.data = bytes(data)

    def fields(self) -> Iterator[Field]:
        """All of them, in the order of their places; none if the library does not know the page."""
        index = 0
        while True:
            raw = new(_raw.ringline_field)
            if _raw.ringline_page_field(self.page, index, raw) < 0:
                return
            yield Field(raw.name.decode(), raw.list.decode(), raw.text.decode(), index, raw)
            index += 1

    def number(self, name: str, list: str = "", record: int = 0) -> int:
        """A field's number, as the count where NVMe's is zero-based; not scaled. KeyError: there is none. Error: beyond the data, or a text."""
        low, high = ctypes.c_uint64(), ctypes.c_uint64()
        data = (ctypes.c_uint8 * len(self.data)).from_buffer_copy(self.data)
        check(_raw.ringline_page_value(self.page, self._find(name, list).index, record, data, len(self.data), low, high))
        return high.value << 64 | low.value

    def text(self, name: str) -> Optional[str]:
        """A text, without the blanks and zeros behind it; None if it lies beyond the data or is no text. It is the device's: expect anything."""
        raw = self._find(name, "").raw
        end = raw.offset + raw.bits // 8
        if raw.kind != _raw.RINGLINE_FIELD_TEXT or end > len(self.data):
            return None
        return self.data[raw.offset:end].rstrip(b" \0").decode("ascii", "replace")

    def _find(self, name: str, list: str) -> Field:
        for field in self.fields():
            if field.name == name and field.list == list:
                return field
        raise KeyError(f"{list} {name}".strip())
