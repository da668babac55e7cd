"""The bytes that the library saves: what surrounds them, numbers in them, and notes of this package's own.

bindings/SAVED_STATE.md describes the format. The library judges what it loads; here, bytes are only taken apart that it
has loaded, and put together that it will load.
"""

import base64
import ctypes
import json
import struct
from collections.abc import Mapping
from typing import Any

import numpy as np

from ._arrays import Array
from ._library import library
from .errors import CorruptStateError, check

OPTIMIZER, SAMPLER, CLASSIFIER, NOTES = 1, 2, 3, 64
_NAMES = {OPTIMIZER: "optimizer", SAMPLER: "sampler", CLASSIFIER: "classifier"}
_KINDS = {OPTIMIZER: "an optimizer", SAMPLER: "a sampler", CLASSIFIER: "a classifier", NOTES: "notes"}
_HEADER = struct.Struct("<8sIIQ")
_MAGIC, _VERSION, _CHECKSUM_SIZE = b"\x93DESCENT", 1, 8


def save(kind: int, pointer: Any) -> bytes:
    """What the library saves of an object."""
    name = _NAMES[kind]
    size = ctypes.c_size_t()
    check(getattr(library, f"descent_{name}_save_size")(pointer, ctypes.byref(size)))
    buffer = ctypes.create_string_buffer(size.value)
    check(getattr(library, f"descent_{name}_save")(pointer, buffer, size, ctypes.byref(size)))
    return buffer.raw


def load(kind: int, saved: bytes, pointer: Any) -> None:
    """Makes a new object, whose pointer is written. CorruptStateError with what is wrong with the bytes."""
    check(getattr(library, f"descent_{_NAMES[kind]}_load")(saved, len(saved), ctypes.byref(pointer)))


def frame(kind: int, content: bytes) -> bytes:
    """Puts header and checksum around a content."""
    size = _HEADER.size + len(content) + _CHECKSUM_SIZE
    framed = _HEADER.pack(_MAGIC, _VERSION, kind, size) + content
    return framed + struct.pack("<Q", library.descent_checksum(framed, len(framed)))


def pack(notes: Mapping[str, Array], *saved: bytes) -> bytes:
    """A file: the notes, and behind them what the library saved."""
    described = {
        name: {
            "dtype": array.dtype.newbyteorder("<").str,
            "shape": array.shape,
            "base64": base64.b64encode(elements(array)).decode(),
        }
        for name, array in notes.items()
    }
    text = json.dumps({"parts": len(saved), "arrays": described})
    return b"".join((frame(NOTES, text.encode()), *saved))


def unpack(file: bytes, *kinds: int) -> tuple[dict[str, Array] | None, list[bytes]]:
    """The notes, if there are any, and what the library saved: one of the first kind, then any number of the others.

    CorruptStateError says what is wrong, unless it is within what the library saved, which it judges itself.
    """
    parts = _split(file)
    notes = None
    if parts[0][0] == NOTES:
        notes, count = _read_notes(parts.pop(0)[1])
        if count != len(parts):
            raise CorruptStateError(f"{count} parts were saved, but {len(parts)} are there")
    found = [kind for kind, _ in parts]
    if found[:1] != [kinds[0]] or not {*found[1:]} <= {*kinds[1:]}:
        names = " and ".join(_KINDS.get(kind, f"something of kind {kind}") for kind in found) or "nothing"
        raise CorruptStateError(f"{names} was saved here, not {_KINDS[kinds[0]]}")
    return notes, [part for _, part in parts]


def _split(file: bytes) -> list[tuple[int, bytes]]:
    """The parts that lie one after the other: (kind, bytes with header and checksum)."""
    parts: list[tuple[int, bytes]] = []
    rest = file
    while rest or not parts:
        if len(rest) < _HEADER.size + _CHECKSUM_SIZE or not rest.startswith(_MAGIC):
            raise CorruptStateError("this was not saved by libdescent, or it is cut off")
        _, version, kind, size = _HEADER.unpack_from(rest)
        if version != _VERSION:
            raise CorruptStateError(f"format version {version}, but this version of the package reads {_VERSION} only")
        if not _HEADER.size + _CHECKSUM_SIZE <= size <= len(rest):
            raise CorruptStateError(f"{size} bytes were saved, but there are {len(rest)}: it is cut off or altered")
        parts.append((kind, rest[:size]))
        rest = rest[size:]
    return parts


def _read_notes(part: bytes) -> tuple[dict[str, Array], int]:
    (stored,) = struct.unpack("<Q", part[-_CHECKSUM_SIZE:])
    if stored != library.descent_checksum(part, len(part) - _CHECKSUM_SIZE):
        raise CorruptStateError("the checksum of the notes is another one: the bytes were altered")
    try:
        notes = json.loads(part[_HEADER.size : -_CHECKSUM_SIZE])
        return {name: _read_array(item) for name, item in notes["arrays"].items()}, int(notes["parts"])
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise CorruptStateError(f"the notes are not those of this package: {error}") from None


def _read_array(item: Mapping[str, Any]) -> Array:
    stored = np.dtype(item["dtype"])
    array = np.frombuffer(base64.b64decode(item["base64"]), stored).reshape(item["shape"])
    return array.astype(stored.newbyteorder("="))


def content(saved: bytes) -> "Cursor":
    """What lies between header and checksum."""
    return Cursor(memoryview(saved)[_HEADER.size : -_CHECKSUM_SIZE])


class Cursor:
    """Takes numbers from bytes, one after the other."""

    def __init__(self, content: memoryview) -> None:
        """Begins at the first byte."""
        self._rest = content

    def integers(self, count: int) -> tuple[int, ...]:
        """Unsigned integers of 8 bytes."""
        return struct.unpack(f"<{count}Q", self._take(8 * count))

    def integer(self) -> int:
        """One of them."""
        return self.integers(1)[0]

    def doubles(self, count: int) -> tuple[float, ...]:
        """Doubles."""
        return struct.unpack(f"<{count}d", self._take(8 * count))

    def array(self, dtype: Any, count: int) -> Array:
        """A copy of some numbers, in this machine's order of bytes."""
        stored = np.dtype(dtype).newbyteorder("<")
        return np.frombuffer(self._take(stored.itemsize * count), stored).astype(dtype)

    def _take(self, size: int) -> memoryview:
        taken, self._rest = self._rest[:size], self._rest[size:]
        return taken


def integers(*numbers: int) -> bytes:
    """Unsigned integers of 8 bytes."""
    return struct.pack(f"<{len(numbers)}Q", *numbers)


def doubles(*numbers: float) -> bytes:
    """Doubles."""
    return struct.pack(f"<{len(numbers)}d", *numbers)


def elements(array: Array) -> bytes:
    """The numbers of an array, with the least significant bytes first."""
    return np.ascontiguousarray(array, array.dtype.newbyteorder("<")).tobytes()
