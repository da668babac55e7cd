"""An estimator's features, checked, and as the library takes them; and what it makes of other numbers."""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .._c.arrays import Array, describe, require_unmasked
from .._c.errors import InvalidArgumentError, ShapeMismatchError
from ._sklearn import warn
from ._sparse import VALUE_DTYPES, SparseRows, as_rows, is_sparse

# What the library reads where it is.
_IN_PLACE = tuple(VALUE_DTYPES)
Features = Array | SparseRows
_GREATEST, _LEAST = float(np.finfo(np.float32).max), float(np.finfo(np.float32).tiny)
_MOST_NAMES = 5


def as_features(X: Any, owner: str) -> Features:
    """X as an array of two axes, or sparse rows, that the library can read: itself if it is one, else a copy.

    C-contiguous float32, float64, float16, bfloat16 and uint8 are used in place. bool and integers of 8 and 16 bits
    become float32, all others float64. What becomes of sparse ones, as_rows() says.
    """
    if is_sparse(X):
        rows = as_rows(X)
        _require_some(rows.shape, owner)
        return rows
    if not (type(X) is np.ndarray and X.dtype in _IN_PLACE and X.flags.c_contiguous):
        X = _converted(X)
    if X.ndim != 2:
        raise ShapeMismatchError(
            f"Expected 2D array, got {'scalar' if X.ndim == 0 else f'{X.ndim}D'} array instead: X is "
            f"{describe(X)}. Reshape your data, with X.reshape(-1, 1) if it has a single feature or X.reshape(1, -1) "
            "if it contains a single sample."
        )
    _require_some(X.shape, owner)
    checked: Array = X
    return checked


def _require_some(shape: tuple[int, ...], owner: str) -> None:
    for count, noun in zip(shape, ("sample", "feature"), strict=True):
        if count == 0:
            raise InvalidArgumentError(
                f"Found array with 0 {noun}(s) (shape={shape}) while a minimum of 1 is required by {owner}."
            )


def described(X: Features) -> str:
    """A few words on features, for a message."""
    return str(X) if isinstance(X, SparseRows) else describe(X)


def _converted(X: Any) -> Array:
    require_unmasked(X, "X")
    if not hasattr(X, "__array__") and hasattr(X, "__dlpack__"):
        X = np.from_dlpack(X)
    array = np.asarray(X)
    if array.dtype.kind == "c":
        raise InvalidArgumentError(f"Complex data not supported: X is {describe(array)}")
    array = as_numbers(array, "X")
    if array.dtype.kind not in "fiub" and array.dtype not in _IN_PLACE:
        raise TypeError(f"X is {describe(array)}; it must hold numbers")
    dtype = array.dtype.newbyteorder("=")
    if dtype not in _IN_PLACE:
        dtype = np.dtype(np.float32 if dtype.itemsize <= 2 else np.float64)
    converted: Array = np.asarray(array, dtype, order="C")
    return converted


def as_numbers(array: NDArray[Any], name: str) -> NDArray[Any]:
    """Texts and objects as float64, what is missing as NaN; other arrays as they are. Names what is no number."""
    if array.dtype.kind not in "OSUT":
        return array
    try:
        return array.astype(np.float64)
    except (TypeError, ValueError):
        return _one_by_one(array, name)


def _one_by_one(array: NDArray[Any], name: str) -> NDArray[np.float64]:
    result = np.empty(array.shape)
    for place, value in np.ndenumerate(array):
        try:
            result[place] = np.nan if is_missing(value) else float(value)
        except (TypeError, ValueError) as error:
            where = f"{', '.join(f'{axis} {index}' for axis, index in zip(('row', 'column'), place, strict=False))}: "
            shown = str(error).replace(repr(value), repr(getattr(value, "tolist", lambda: value)()))  # noqa: B023
            raise type(error)(f"{name} must hold numbers: {where if place else ''}{shown}") from None
    return result


def is_missing(value: Any) -> bool:
    """Whether it is None, NaN, NaT or pandas.NA."""
    try:
        return value is None or bool(value != value)  # noqa: PLR0124
    except (TypeError, ValueError):
        # pandas.NA answers no such question, and an array has many answers.
        return type(value).__name__ == "NAType"


def feature_names(X: Any) -> NDArray[Any] | None:
    """The names of a data frame's columns, if all are text; None for what has none."""
    columns = getattr(X, "columns", None)
    if columns is None or isinstance(X, np.ndarray):
        return None
    names = np.asarray(columns, dtype=object)
    kinds = {type(name) for name in names}
    if len(kinds) > 1 and any(issubclass(kind, str) for kind in kinds):
        raise TypeError(
            "Feature names are only supported if all input features have string names, but X has names of type "
            f"{sorted(kind.__name__ for kind in kinds)}"
        )
    return names if len(names) and isinstance(names[0], str) else None


def require_names(known: NDArray[Any] | None, given: NDArray[Any] | None, owner: str) -> None:
    """Names that were known in the fit must come in the same order; a warning where only one of both has names."""
    if known is None or given is None:
        if known is not None:
            warn(f"X does not have valid feature names, but {owner} was fitted with feature names", "UserWarning")
        elif given is not None:
            warn(f"X has feature names, but {owner} was fitted without feature names", "UserWarning")
        return
    if len(known) == len(given) and (known == given).all():
        return
    text = "The feature names should match those that were passed during fit.\n"
    unexpected, missing = sorted(set(given) - set(known)), sorted(set(known) - set(given))
    for title, names in (("unseen at fit time", unexpected), ("seen at fit time, yet now missing", missing)):
        if names:
            shown = [f"- {name}\n" for name in names[:_MOST_NAMES]] + ["- ...\n"] * (len(names) > _MOST_NAMES)
            text += f"Feature names {title}:\n" + "".join(shown)
    if not unexpected and not missing:
        text += "Feature names must be in the same order as they were in fit.\n"
    raise InvalidArgumentError(text)


def usual_scale(X: Features) -> float:
    """By what the features of a fit are multiplied where nothing is set: bytes are the levels of an image."""
    return 1 / 255 if X.dtype == np.uint8 else 1.0


def warn_of_fractions(X: Features, scale: float) -> None:
    """Warns if X seems to be levels between 0 and 1, and the scale is one for bytes."""
    if scale == 1 or isinstance(X, SparseRows) or X.dtype.kind != "f":
        return
    if X.min() < 0 or X.max() > 1 or (np.floor(X) == X).all():
        return
    warn(
        "X lies within [0, 1], but X of the fit was uint8, and 1/255, by which that was multiplied, holds for this X "
        "too: give bytes, or multiply by 255, or set scale",
        "UserWarning",
    )


def as_scaled(X: Features, scale: float, offset: float) -> tuple[Features, float, float]:
    """The features that the library reads, with the scale and the offset that it has still to apply.

    Those that float32 cannot hold are applied here, in double, unless the features are in float32 themselves.
    """
    scale, offset = float(scale), float(offset)
    for name, value in (("scale", scale), ("offset", offset)):
        if not math.isfinite(value):
            raise InvalidArgumentError(f"{name}: {value} is not finite")
    if isinstance(X, SparseRows) and offset != 0:
        raise InvalidArgumentError(f"offset: {offset}, but X is sparse: what is not stored is 0, and must stay so")
    with np.errstate(over="ignore"):
        fits = scale == float(np.float32(scale)) and offset == float(np.float32(offset))
    if fits:
        return X, scale, offset
    if X.dtype != np.float64:
        for name, value in (("offset", offset), ("scale", scale)):
            if abs(value) > _GREATEST:
                raise InvalidArgumentError(
                    f"{name}: {value} does not fit into float32, in which features of {X.dtype} are used"
                )
        if scale == 0 or abs(scale) >= _LEAST:
            return X, scale, offset
    if isinstance(X, SparseRows):
        return X.times(scale), 1.0, 0.0
    return np.multiply(X, scale, dtype=np.float64) + offset, 1.0, 0.0


def as_parameters(values: Any, name: str) -> NDArray[np.float32]:
    """Finite numbers, also as the float32 that they become."""
    require_unmasked(values, name)
    with np.errstate(over="ignore"):
        parameters: NDArray[np.float32] = as_numbers(np.asarray(values), name).astype(np.float32)
    require_finite(parameters, name)
    return parameters


def as_results(array: NDArray[np.float32], name: str, *, allows_infinity: bool = False) -> NDArray[np.float32]:
    """What a model makes of X, which says something if it is finite only."""
    bad = np.isnan(array) if allows_infinity else ~np.isfinite(array)
    if bad.any():
        row = int(np.argmax(bad.any(axis=1)))
        raise InvalidArgumentError(
            f"X: row {row}: the {name} are not finite: numbers of X or weights are too large for float32"
        )
    return array


def require_length(array: Array, samples: int, name: str) -> None:
    if len(array) != samples:
        raise ShapeMismatchError(
            f"Found input variables with inconsistent numbers of samples: {name} is {describe(array)}, but X has "
            f"{samples} samples"
        )


def require_finite(array: Array, name: str) -> None:
    bad = ~np.isfinite(array)
    if bad.any():
        place = tuple(int(index) for index in np.argwhere(bad)[0])
        where = ", ".join(map(str, place))
        what = "NaN" if np.isnan(array[place]) else "infinity"
        raise InvalidArgumentError(f"Input {name} contains {what}: {name}[{where}] is {array[place]}")
