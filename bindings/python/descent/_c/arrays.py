"""Checks of single arrays: what may be handed to the library by address, without a copy."""

import ctypes
import numbers
import operator
from collections.abc import Collection, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .declarations import FLOAT32, FLOAT64, UINT8
from .errors import InvalidArgumentError

Array = NDArray[Any]

DTYPES: dict[np.dtype[Any], int] = {
    np.dtype(np.float32): FLOAT32,
    np.dtype(np.float64): FLOAT64,
    np.dtype(np.uint8): UINT8,
}
FLOATS = (np.dtype(np.float32), np.dtype(np.float64))

POINTER_TO_DOUBLE = ctypes.POINTER(ctypes.c_double)
_INT32 = np.iinfo(np.int32)
# NumPy looks no deeper into lists in lists.
_MOST_AXES = 64
# Sequences that hold no arrays.
_FLAT = (str, bytes, bytearray, memoryview, range)


def describe(value: object) -> str:
    """A few words on what was given, for a message: 'an int64 array of shape (3, 4)'."""
    if not isinstance(value, np.ndarray):
        return f"of type {type(value).__name__}"
    dtype = value.dtype.name if value.dtype.isnative else f"byte-swapped {value.dtype.name}"
    article = "an" if dtype[0] in "aiou" and not dtype.startswith("uint") else "a"
    return f"{article} {dtype} array of shape {value.shape}"


def require_unmasked(value: object, name: str) -> None:
    """InvalidArgumentError where something is masked, be it in an array in a list: the library would not see that."""
    count = _masked_elements(value)
    if count:
        verb = "is" if isinstance(value, np.ma.MaskedArray) else "holds"
        raise InvalidArgumentError(
            f"{name} {verb} a masked array with {count} masked elements; fill them in (numpy.ma.filled), or leave out "
            "what they belong to"
        )


def _masked_elements(value: object, depth: int = _MOST_AXES) -> int:
    """How many elements are masked in what NumPy would make an array of."""
    if isinstance(value, np.ma.MaskedArray):
        return int(np.ma.getmaskarray(value).sum()) if np.ma.is_masked(value) else 0
    if isinstance(value, np.ndarray):
        if value.dtype != object:
            return 0
        value = list(value.flat)
    if depth == 0 or not _is_nested(type(value)):
        return 0
    items: Sequence[object] = value  # type: ignore[assignment]
    # By their types first: a long list of numbers is passed over quickly.
    if any(_is_nested(kind) or issubclass(kind, np.ndarray) for kind in set(map(type, items))):
        return sum(_masked_elements(item, depth - 1) for item in items)
    return 0


def _is_nested(kind: type) -> bool:
    return issubclass(kind, Sequence) and not issubclass(kind, _FLAT)


def as_array(value: object, name: str) -> Array:
    """What NumPy makes of it, which must not be masked."""
    require_unmasked(value, name)
    return np.asarray(value)


def require_array(value: object, name: str, dtypes: Collection[np.dtype[Any]], *, writable: bool = False) -> None:
    """Raises TypeError for anything but an array of one of the dtypes, InvalidArgumentError if its memory is no use."""
    if not isinstance(value, np.ndarray) or value.dtype not in dtypes:
        needed = " or ".join(dtype.name for dtype in dtypes)
        raise TypeError(f"{name} is {describe(value)}; it must be a NumPy array of {needed}")
    require_unmasked(value, name)
    if not value.flags.c_contiguous:
        raise InvalidArgumentError(
            f"{name} is {describe(value)} that is not C-contiguous; it must lie in memory row by row without gaps "
            "(numpy.ascontiguousarray makes such a copy)"
        )
    if writable and not value.flags.writeable:
        raise InvalidArgumentError(f"{name} is {describe(value)} that is read-only; it must be writable")


def address(array: Array) -> int:
    """Where the elements start."""
    if array.flags.writeable and array.size:
        # Five times faster than array.ctypes.data, which matters in a step of small tensors.
        try:
            return ctypes.addressof(ctypes.c_char.from_buffer(array))  # type: ignore[arg-type]
        except ValueError:  # a type that has no buffer, as bfloat16
            return array.ctypes.data
    return array.ctypes.data


def doubles(array: NDArray[np.float64]) -> Any:
    """Where the elements start, as the library's functions take arrays of doubles."""
    return ctypes.cast(address(array), POINTER_TO_DOUBLE)


def overlap(first: Array, second: Array) -> bool:
    """Whether two C-contiguous arrays have a byte in common."""
    start, other = address(first), address(second)
    return start < other + second.nbytes and other < start + first.nbytes


def row_shape(shape: tuple[int, ...]) -> tuple[int, int]:
    """The matrix (rows, columns) that the library sees in an array of this shape.

    One number is 1 x 1, a vector a single row; with more than two axes the first one counts the rows.
    """
    if len(shape) < 2:
        return 1, shape[0] if shape else 1
    columns = 1
    for length in shape[1:]:
        columns *= length
    return shape[0], columns


def int32_labels(labels: object, name: str) -> NDArray[np.int32]:
    """One-dimensional labels as contiguous int32, which are the given array itself if it is of that kind."""
    array = as_array(labels, name)
    if array.dtype.kind not in "iu":
        raise TypeError(f"{name} is {describe(array)}; it must hold integers")
    if array.ndim != 1:
        raise InvalidArgumentError(f"{name} is {describe(array)}; it must have one axis, the batch")
    if array.size and not (_INT32.min <= array.min() and array.max() <= _INT32.max):
        wrong = int(np.argmax((array < _INT32.min) | (array > _INT32.max)))
        raise InvalidArgumentError(f"{name}[{wrong}]: {array[wrong]} does not fit into 32 bits")
    return np.ascontiguousarray(array, dtype=np.int32)


def real_number(value: object, name: str) -> float:
    """A number, or an array without axes, as a float; TypeError otherwise. The library judges the range."""
    require_unmasked(value, name)
    if isinstance(value, np.ndarray) and value.ndim == 0:
        value = value[()]
    if not isinstance(value, numbers.Real | np.bool_):
        raise TypeError(f"{name} must be a number, not {type(value).__name__}")
    return float(value)


def whole_number(value: object, name: str, bits: int) -> int:
    """An integer that fits into an unsigned field of so many bits: ctypes would cut off what does not."""
    require_unmasked(value, name)
    try:
        number = operator.index(value)  # type: ignore[arg-type]
    except TypeError:
        raise TypeError(f"{name} must be an integer, not {type(value).__name__}") from None
    if not 0 <= number < 2**bits:
        raise InvalidArgumentError(f"{name}: {number} is outside [0, {2**bits - 1}]")
    return number
