"""The bytes that the library saves: what surrounds them, numbers in them, and notes of this package's own.

bindings/SAVED_STATE.md describes the format. The library lists what its bytes hold, makes bytes of such a list, and
judges them when it loads them.
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
from .._c.declarations import FLOAT32, FLOAT64, INT32, INT64, UINT8, UINT32, UINT64, SavedEntry
from .._c.errors import CorruptStateError, InvalidArgumentError, check
from .._c.library import library

OPTIMIZER, SAMPLER, CLASSIFIER, NOTES = 1, 2, 3, 64
_NAMES = {OPTIMIZER: "optimizer", SAMPLER: "sampler", CLASSIFIER: "classifier"}
_KINDS = {OPTIMIZER: "an optimizer", SAMPLER: "a sampler", CLASSIFIER: "a classifier", NOTES: "notes"}
_HEADER = struct.Struct("<8sIIQ")
_MAGIC, _VERSION, _CHECKSUM_SIZE = b"\x93DESCENT", 2, 8
ENTRY_DTYPES: dict[int, np.dtype[Any]] = {
    number: np.dtype(kind)
    for number, kind in (
        (FLOAT32, np.float32),
        (FLOAT64, np.float64),
        (UINT8, np.uint8),
        (INT32, np.int32),
        (INT64, np.int64),
        (UINT32, np.uint32),
        (UINT64, np.uint64),
    )
}
_ENTRY_TYPES = {dtype: number for number, dtype in ENTRY_DTYPES.items()}


def save(kind: int, pointer: Any) -> bytes:
    """What the library saves of an object."""
    name = _NAMES[kind]
    size = ctypes.c_size_t()
    check(getattr(library, f"descent_{name}_save_size")(pointer, ctypes.byref(size)))
    buffer = ctypes.create_string_buffer(size.value)
    check(getattr(library, f"descent_{name}_save")(pointer, buffer, size, ctypes.byref(size)))
    return buffer.raw


def load(kind: int, saved: bytes, pointer: Any) -> dict[str, Array]:
    """Makes a new object, whose pointer is written; returns its entries.

    CorruptStateError with what is wrong with the bytes.
    """
    check(getattr(library, f"descent_{_NAMES[kind]}_load")(saved, len(saved), ctypes.byref(pointer)))
    # An earlier version of the format has no entries.
    return entries(saved if _HEADER.unpack_from(saved)[1] == _VERSION else save(kind, pointer))


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
        if not 1 <= version <= _VERSION:
            raise CorruptStateError(
                f"format version {version}, but this version of the package reads 1 to {_VERSION} only"
            )
        if not _HEADER.size + _CHECKSUM_SIZE <= size <= len(rest):
            raise CorruptStateError(f"{size} bytes were saved, but there are {len(rest)}: it is cut off or altered")
        parts.append((kind, rest[:size]))
        rest = rest[size:]
    return parts


def _read_notes(part: bytes) -> tuple[dict[str, Array], int]:
    (stored,) = struct.unpack("<Q", part[-_CHECKSUM_SIZE:])
    if stored != library.descent_checksum(part, len(part) - _CHECKSUM_SIZE):
        raise CorruptStateError("checksum mismatch in the notes: the bytes were altered")
    try:
        notes = json.loads(part[_HEADER.size : -_CHECKSUM_SIZE])
        return {name: _read_array(item) for name, item in notes["arrays"].items()}, int(notes["parts"])
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise CorruptStateError(f"the notes are not those of this package: {error}") from None


def _read_array(item: Mapping[str, Any]) -> Array:
    stored = np.dtype(item["dtype"])
    array = np.frombuffer(base64.b64decode(item["base64"]), stored).reshape(item["shape"])
    return array.astype(stored.newbyteorder("="))


def entries(saved: bytes) -> dict[str, Array]:
    """Everything that the library saved, by name: copies, numbers without axes."""
    count = ctypes.c_size_t()
    check(library.descent_saved_entries(saved, len(saved), None, 0, ctypes.byref(count)))
    listed = (SavedEntry * count.value)()
    if listed:
        listed[0].struct_size = ctypes.sizeof(SavedEntry)
        check(library.descent_saved_entries(saved, len(saved), listed, count, ctypes.byref(count)))
    return {entry.name.decode(): _array_of(entry) for entry in listed}


def _array_of(entry: SavedEntry) -> Array:
    dtype = ENTRY_DTYPES[entry.dtype]
    shape = ((), (entry.columns,), (entry.rows, entry.columns))[entry.rank]
    array = np.empty(shape, dtype)
    ctypes.memmove(array.ctypes.data, entry.data, array.nbytes)
    return array if dtype.newbyteorder("<").isnative else array.byteswap()


@contextmanager
def of_a_state() -> Iterator[None]:
    """What is wrong with bytes that were built from a state dictionary is wrong with that."""
    try:
        yield
    except CorruptStateError as error:
        raise InvalidArgumentError(f"the state: {str(error).removeprefix('buffer: ')}") from None


def build(kind: int, named: Mapping[str, Array]) -> bytes:
    """The bytes of these entries, which the library judges when it loads them."""
    listed = (SavedEntry * max(len(named), 1))()
    listed[0].struct_size = ctypes.sizeof(SavedEntry)
    kept = []
    for entry, (name, given) in zip(listed, named.items(), strict=False):
        array = np.require(given, requirements="C")
        if array.dtype not in _ENTRY_TYPES or array.ndim > 2 or not isinstance(name, str):
            raise InvalidArgumentError(f"the state's {name!r} is {describe(array)}, which cannot be saved")
        kept.append(array)
        rows, columns = (1, 1, *array.shape)[-2:]
        entry.struct_size, entry.name, entry.data = ctypes.sizeof(SavedEntry), name.encode(), array.ctypes.data
        entry.dtype, entry.rank, entry.rows, entry.columns = _ENTRY_TYPES[array.dtype], array.ndim, rows, columns
    size = ctypes.c_size_t()
    check(library.descent_saved_build(kind, listed, len(named), None, 0, ctypes.byref(size)))
    buffer = ctypes.create_string_buffer(size.value)
    check(library.descent_saved_build(kind, listed, len(named), buffer, size, ctypes.byref(size)))
    return buffer.raw


def elements(array: Array) -> bytes:
    """The numbers of an array, with the least significant bytes first."""
    return np.ascontiguousarray(array, array.dtype.newbyteorder("<")).tobytes()
