# SPDX-License-Identifier: MIT OR Apache-2.0
"""Filling the library's structs. ctypes cuts off what does not fit a field, and then something else would be asked for."""

import ctypes
from typing import Any, Type, TypeVar

_Struct = TypeVar("_Struct", bound=ctypes.Structure)


def put(struct: Any, **fields: int) -> None:
    """Sets fields, or says which value does not fit."""
    for name, value in fields.items():
        descriptor = getattr(type(struct), name, None)
        if descriptor is None:
            raise TypeError(f"{type(struct).__name__} has no field {name}")
        setattr(struct, name, value)
        if getattr(struct, name) != value:
            raise ValueError(f"{name}: {value} does not fit {descriptor.size * 8} bits")


def new(kind: Type[_Struct], **fields: int) -> _Struct:
    """A struct with its struct_size, if it has one, and these fields."""
    struct = kind()
    if hasattr(kind, "struct_size"):
        put(struct, struct_size=ctypes.sizeof(kind))
    put(struct, **fields)
    return struct
