# SPDX-License-Identifier: MIT OR Apache-2.0
"""Memory that a device reads or writes: the library's own buffers, and holds on everybody else's."""

import ctypes
import errno
import os
import weakref
from typing import Any, Optional

from . import _raw
from .errors import Error, check
from .structs import new


class _PyBuffer(ctypes.Structure):
    """Python's Py_buffer."""

    _fields_ = (
        ("buf", ctypes.c_void_p),
        ("obj", ctypes.c_void_p),
        ("len", ctypes.c_ssize_t),
        ("itemsize", ctypes.c_ssize_t),
        ("readonly", ctypes.c_int),
        ("ndim", ctypes.c_int),
        ("format", ctypes.c_void_p),
        ("shape", ctypes.c_void_p),
        ("strides", ctypes.c_void_p),
        ("suboffsets", ctypes.c_void_p),
        ("internal", ctypes.c_void_p),
    )


_SIMPLE, _WRITABLE = 0, 1  # PyBUF_*
_get_buffer = ctypes.PYFUNCTYPE(ctypes.c_int, ctypes.py_object, ctypes.c_void_p, ctypes.c_int)(
    ("PyObject_GetBuffer", ctypes.pythonapi))
_release_buffer = ctypes.PYFUNCTYPE(None, ctypes.c_void_p)(("PyBuffer_Release", ctypes.pythonapi))


class Hold:
    """An exported view of an object's memory: until it is released the object lives, and a bytearray cannot be resized.

    A memoryview would do as much, but does not tell the address of memory that is read-only.
    """

    __slots__ = ("_view", "address", "length")

    def __init__(self, memory: Any, writable: bool):
        view = _PyBuffer()
        _get_buffer(memory, ctypes.addressof(view), _WRITABLE if writable else _SIMPLE)
        self._view: Optional[_PyBuffer] = view
        self.address: int = view.buf or 0
        self.length: int = view.len

    def release(self) -> None:
        view, self._view = self._view, None
        if view is not None:
            _release_buffer(ctypes.addressof(view))

    # A plain reference from here keeps the function while an interpreter that ends takes modules apart.
    def __del__(self, release_buffer: Any = _release_buffer, addressof: Any = ctypes.addressof) -> None:
        view = getattr(self, "_view", None)
        if view is not None:
            self._view = None
            release_buffer(addressof(view))


class Buffer:
    """Memory of the library, page-aligned: pinned once by Queue.attach_buffer(), and safe when the process forks.

    `view` is a writable memoryview of it. The memory is given back when the buffer is closed, or dropped, and no view or slice of it is
    left. The child of a fork does not have it: touching a view there is a fault.
    """

    def __init__(self, length: int):
        options = new(_raw.ringline_buffer_options, length=length)
        handle = _raw.ringline_buffer()
        check(_raw.ringline_buffer_create(options, handle))
        self.handle = handle
        info = self.info()
        # The views refer to this object, and it frees the buffer when the last of them is gone.
        memory = (ctypes.c_char * info.length).from_address(info.address)
        # (Not at exit: what still runs then may still look at it.)
        weakref.finalize(memory, _raw.ringline_buffer_free, handle).atexit = False
        self.length: int = info.length
        self._pid = os.getpid()
        self._view: Optional[memoryview] = memoryview(memory).cast("B")

    @property
    def view(self) -> memoryview:
        if self._view is None:
            raise ValueError("the buffer is closed")
        if self._pid != os.getpid():
            raise Error(errno.ECHILD, "the memory of a buffer stays with the process that made it: make one here")
        return self._view

    def info(self) -> _raw.ringline_buffer_info:
        info = new(_raw.ringline_buffer_info)
        check(_raw.ringline_buffer_info_get(self.handle, info))
        return info

    def close(self) -> None:
        """Lets go of the memory. Refused (EBUSY) while a queue has it attached, and by BufferError while a command uses it."""
        if self._view is None:
            return
        if self._pid == os.getpid() and self.info().attachments:
            raise Error(errno.EBUSY, "the buffer is attached to a queue: detach it there, or close the queue first")
        self._view.release()
        self._view = None

    def __enter__(self) -> "Buffer":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __len__(self) -> int:
        return self.length

    def __getitem__(self, part: Any) -> Any:
        """A byte, or a part of the view: memory for a command."""
        return self.view[part]

    def __setitem__(self, part: Any, value: Any) -> None:
        self.view[part] = value


def export(memory: Any, writable: bool) -> Hold:
    """Holds the memory of a Buffer or of anything with the buffer protocol."""
    return Hold(memory.view if isinstance(memory, Buffer) else memory, writable)
