"""An estimator's samples: X and y, checked, and as the library takes them."""

import math
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .._c.arrays import Array, as_array, describe, require_array
from .._c.errors import InvalidArgumentError, ShapeMismatchError

_IN_PLACE = (np.dtype(np.float32), np.dtype(np.uint8))
_DTYPES: tuple[np.dtype[Any], ...] = tuple(np.dtype(code) for code in "fdbhilqBHILQ")
_GREATEST, _LEAST = float(np.finfo(np.float32).max), float(np.finfo(np.float32).tiny)
# Elements that are converted at a time: few enough to stay in the cache.
_CHUNK = 65536


def require_features(X: Array) -> None:
    """Raises what is wrong with X itself."""
    if not isinstance(X, np.ndarray) or X.dtype not in _DTYPES:
        raise TypeError(f"X is {describe(X)}; it must be a NumPy array of float32, float64 or integers, such as uint8")
    require_array(X, "X", _DTYPES)
    if X.ndim != 2:
        raise ShapeMismatchError(f"X is {describe(X)}; its shape must be (samples, features)")
    for count, noun in zip(X.shape, ("sample", "feature"), strict=True):
        if count == 0:
            raise InvalidArgumentError(f"X is {describe(X)}; it must have at least one {noun}")


def require_labels(y: ArrayLike, samples: int) -> NDArray[Any]:
    """The labels as an array, one for each sample."""
    labels = as_array(y, "y")
    if labels.shape != (samples,):
        raise ShapeMismatchError(f"y is {describe(labels)}; its shape must be ({samples},), a label for each sample")
    return labels


def as_stored(X: Array, scale: float | None, offset: float) -> tuple[Array, float, float]:
    """The features that the library reads, with the scale and the offset that it has still to apply.

    float32 and uint8 are used in place, and scale and offset are rounded to float32. All others are scaled and shifted
    in double, and rounded to float32 once.
    """
    if scale is None:
        scale = 1 / 255 if X.dtype == np.uint8 else 1.0
    scale, offset = float(scale), float(offset)
    for name, value in (("scale", scale), ("offset", offset)):
        if not math.isfinite(value):
            raise InvalidArgumentError(f"{name}: {value} is not finite")
        if X.dtype in _IN_PLACE and abs(value) > _GREATEST:
            raise InvalidArgumentError(
                f"{name}: {value} does not fit into float32, in which features of {X.dtype} are used"
            )
    if X.dtype in _IN_PLACE and (scale == 0 or abs(scale) >= _LEAST):
        return X, scale, offset
    return _converted(X, scale, offset), 1.0, 0.0


def _converted(X: Array, scale: float, offset: float) -> NDArray[np.float32]:
    if scale == 1 and offset == 0:
        return X.astype(np.float32)
    result = np.empty(X.shape, np.float32)
    rows = max(1, _CHUNK // X.shape[1])
    for first in range(0, len(X), rows):
        part = slice(first, first + rows)
        result[part] = X[part].astype(np.float64) * scale + offset
    return result
