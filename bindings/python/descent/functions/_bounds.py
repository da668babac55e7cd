"""Bounds of the numbers that a minimization changes."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import ArrayLike

from .._c.arrays import POINTER_TO_DOUBLE, doubles
from .._c.errors import ShapeMismatchError
from ._objective import Point


class BoundsObject(Protocol):
    """What scipy.optimize.Bounds has."""

    lb: ArrayLike
    ub: ArrayLike


Bounds = Sequence[tuple[float | None, float | None]] | BoundsObject | None


@dataclass(frozen=True)
class Limits:
    """Arrays of bounds, or none."""

    lower: Point | None = None
    upper: Point | None = None

    @property
    def pointers(self) -> tuple[Any, Any]:
        """Their addresses, NULL for none. They are borrowed: this must live on."""
        if self.lower is None or self.upper is None:
            return POINTER_TO_DOUBLE(), POINTER_TO_DOUBLE()
        return doubles(self.lower), doubles(self.upper)


def as_bounds(bounds: Any, size: int) -> Limits:
    """Both arrays of a caller's bounds, for `size` numbers."""
    if bounds is None:
        return Limits()
    if hasattr(bounds, "lb") and hasattr(bounds, "ub"):
        return Limits(_array(bounds.lb, size, "bounds.lb"), _array(bounds.ub, size, "bounds.ub"))
    pairs = [tuple(pair) for pair in bounds]
    if any(len(pair) != 2 for pair in pairs):
        raise TypeError("bounds must be pairs (low, high), or an object with lb and ub")
    if len(pairs) != size:
        raise ShapeMismatchError(f"bounds: {len(pairs)} pairs, but x0 has {size} numbers")
    lower = [-np.inf if low is None else low for low, _ in pairs]
    upper = [np.inf if high is None else high for _, high in pairs]
    return Limits(_array(lower, size, "bounds"), _array(upper, size, "bounds"))


def _array(given: ArrayLike, size: int, name: str) -> Point:
    array = np.asarray(given)
    if array.dtype.kind not in "fiub":
        raise TypeError(f"{name} must hold real numbers")
    if array.size == 1:
        array = np.full(size, array.reshape(()))
    if array.size != size:
        raise ShapeMismatchError(f"{name}: {array.size} numbers, but x0 has {size}")
    return np.array(array.reshape(-1), dtype=np.float64, order="C")
