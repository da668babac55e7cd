"""The bytes that the library saves: making and loading them, what they hold by name, and files of several of them.

bindings/SAVED_STATE.md describes the format. The library lists what its bytes hold, makes bytes of such a list, and
judges them when it loads them. This package's own notes in a file are bytes of such a list, too.
"""

import base64
import ctypes
import json
import struct
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np

from .._c.arrays import Array, describe
from .._c.declarations import (
    FLOAT32,
    FLOAT64,
    INT32,
    INT64,
    UINT8,
    UINT32,
    UINT64,
    SavedEntry,
)
from .._c.errors import CorruptStateError, InvalidArgumentError
from .._c.kinds import CLASSIFIER, OPTIMIZER, REGRESSOR, SAMPLER, Kind, told
from .._c.library import Handle, library
from .._c.low_precision import LOW_PRECISION

__all__ = [
    "CLASSIFIER",
    "NOTES",
    "OPTIMIZER",
    "REGRESSOR",
    "SAMPLER",
    "Kind",
    "build",
    "entries",
    "holds",
    "load",
    "of_a_state",
    "pack",
    "save",
    "unpack",
]

# This package's own.
NOTES = 64
_NAMES = {1: "an optimizer", 2: "a sampler", 3: "a classifier or regressor", 64: "notes"}
_HEADER = struct.Struct("<8sIIQ")
_MAGIC, _VERSION, _CHECKSUM_SIZE = b"\x93DESCENT", 2, 8
_DTYPES: dict[int, np.dtype[Any]] = {
    FLOAT32: np.dtype(np.float32),
    FLOAT64: np.dtype(np.float64),
    UINT8: np.dtype(np.uint8),
    INT32: np.dtype(np.int32),
    INT64: np.dtype(np.int64),
    UINT32: np.dtype(np.uint32),
    UINT64: np.dtype(np.uint64),
    **LOW_PRECISION,
}
_NUMBERS = {dtype: number for number, dtype in _DTYPES.items()}
# An entry "parts" among the notes says how many saved objects follow them.
_PARTS = "parts"


def save(kind: Kind, pointer: Any) -> bytes:
    """What the library saves of an object."""
    (size,) = told(kind.function("save_size"), pointer, of=[ctypes.c_size_t])
    buffer = ctypes.create_string_buffer(size)
    told(kind.function("save"), pointer, buffer, size, of=[ctypes.c_size_t])
    return buffer.raw


def load(kind: Kind, saved: bytes) -> Handle:
    """A new object of what the library saved. CorruptStateError with what is wrong with the bytes."""
    return kind.made("load", saved, len(saved))


def entries(saved: bytes) -> dict[str, Array]:
    """Everything that saved bytes hold, by name: copies, numbers without axes."""
    (count,) = told(library.descent_saved_entries, saved, len(saved), None, 0, of=[ctypes.c_size_t])
    listed = (SavedEntry * count)()
    if listed:
        listed[0].struct_size = ctypes.sizeof(SavedEntry)
        told(library.descent_saved_entries, saved, len(saved), listed, count, of=[ctypes.c_size_t])
    return {entry.name.decode(): _array_of(entry) for entry in listed}


def _array_of(entry: SavedEntry) -> Array:
    dtype = _DTYPES[entry.dtype]
    shape = ((), (entry.columns,), (entry.rows, entry.columns))[entry.rank]
    array = np.empty(shape, dtype)
    ctypes.memmove(array.ctypes.data, entry.data, array.nbytes)
    return array if dtype.newbyteorder("<").isnative else array.byteswap()


def build(kind: Kind | int, named: Mapping[str, Array]) -> bytes:
    """The bytes of these entries, which the library judges when it loads them."""
    number = kind.number if isinstance(kind, Kind) else kind
    listed = (SavedEntry * max(len(named), 1))()
    listed[0].struct_size = ctypes.sizeof(SavedEntry)
    kept = []
    for entry, (name, value) in zip(listed, named.items(), strict=False):
        array = np.require(value, _stored(value.dtype), "C")
        if array.dtype not in _NUMBERS or array.ndim > 2 or not isinstance(name, str):
            raise InvalidArgumentError(f"the state's {name!r} is {describe(value)}, which cannot be saved")
        kept.append(array)
        rows, columns = (1, 1, *array.shape)[-2:]
        entry.struct_size, entry.name, entry.data = ctypes.sizeof(SavedEntry), name.encode(), array.ctypes.data
        entry.dtype, entry.rank, entry.rows, entry.columns = _NUMBERS[array.dtype], array.ndim, rows, columns
    beginning = number, listed, len(named)
    (size,) = told(library.descent_saved_build, *beginning, None, 0, of=[ctypes.c_size_t])
    buffer = ctypes.create_string_buffer(size)
    told(library.descent_saved_build, *beginning, buffer, size, of=[ctypes.c_size_t])
    return buffer.raw


def holds(dtype: np.dtype[Any]) -> bool:
    """Whether saved bytes can hold numbers of just this type."""
    return dtype.newbyteorder("=") in _NUMBERS


def _stored(dtype: np.dtype[Any]) -> np.dtype[Any]:
    """The type in which numbers of this one are saved: integers of a rare width in one that the library has."""
    native = dtype.newbyteorder("=")
    if native in _NUMBERS or native.kind not in "biu":
        return native
    return np.dtype(np.uint8 if native.kind == "b" else np.int32)


@contextmanager
def of_a_state() -> Iterator[None]:
    """What is wrong with bytes that were built from a state dictionary is wrong with that."""
    try:
        yield
    except CorruptStateError as error:
        raise InvalidArgumentError(f"the state: {str(error).removeprefix('buffer: ')}") from None


def pack(notes: Mapping[str, Array], *saved: bytes) -> bytes:
    """A file: the notes, and behind them what the library saved."""
    return b"".join((build(NOTES, {_PARTS: np.array(len(saved)), **notes}), *saved))


def unpack(file: bytes, *kinds: Kind) -> tuple[dict[str, Array] | None, list[bytes]]:
    """The notes, if there are any, and what the library saved: one of the first kind, then any number of the others.

    CorruptStateError says what is wrong, unless it is within what the library saved, which it judges itself.
    """
    parts = _split(file)
    notes = None
    if parts[0][0] == NOTES:
        notes = _read_notes(parts.pop(0)[1])
        count = notes.pop(_PARTS, None)
        if count is None or count != len(parts):
            raise CorruptStateError(f"{count} parts were saved, but {len(parts)} are there")
    found = [number for number, _ in parts]
    wanted = [kind.number for kind in kinds]
    if found[:1] != wanted[:1] or not {*found[1:]} <= {*wanted[1:]}:
        names = " and ".join(_NAMES.get(number, f"something of kind {number}") for number in found) or "nothing"
        raise CorruptStateError(f"{names} was saved here, not {_NAMES[wanted[0]]}")
    return notes, [part for _, part in parts]


def _split(file: bytes) -> list[tuple[int, bytes]]:
    """The parts that lie one after the other: (number of the kind, bytes with header and checksum)."""
    parts: list[tuple[int, bytes]] = []
    rest = file
    while rest or not parts:
        if len(rest) < _HEADER.size + _CHECKSUM_SIZE or not rest.startswith(_MAGIC):
            raise CorruptStateError("this was not saved by libdescent, or it is cut off")
        _, version, number, size = _HEADER.unpack_from(rest)
        if not 1 <= version <= _VERSION:
            raise CorruptStateError(
                f"format version {version}, but this version of the package reads 1 to {_VERSION} only"
            )
        if not _HEADER.size + _CHECKSUM_SIZE <= size <= len(rest):
            raise CorruptStateError(f"{size} bytes were saved, but there are {len(rest)}: it is cut off or altered")
        parts.append((number, rest[:size]))
        rest = rest[size:]
    return parts


def _read_notes(part: bytes) -> dict[str, Array]:
    if _HEADER.unpack_from(part)[1] == _VERSION:
        return entries(part)
    # Those of 0.1 are JSON.
    (stored,) = struct.unpack("<Q", part[-_CHECKSUM_SIZE:])
    if stored != library.descent_checksum(part, len(part) - _CHECKSUM_SIZE):
        raise CorruptStateError("checksum mismatch in the notes: the bytes were altered")
    try:
        notes = json.loads(part[_HEADER.size : -_CHECKSUM_SIZE])
        arrays = {name: _read_array(item) for name, item in notes["arrays"].items()}
        return arrays | {_PARTS: np.array(int(notes["parts"]))}
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise CorruptStateError(f"the notes are not those of this package: {error}") from None


def _read_array(item: Mapping[str, Any]) -> Array:
    stored = np.dtype(item["dtype"])
    array = np.frombuffer(base64.b64decode(item["base64"]), stored).reshape(item["shape"])
    return array.astype(stored.newbyteorder("="))
