"""A function of the caller's, as the library calls it."""

import ctypes
import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .._c.arrays import address, as_array, describe
from .._c.barrier import Barrier
from .._c.declarations import ObjectiveFunction
from .._c.errors import InvalidArgumentError, ShapeMismatchError

Point = NDArray[np.float64]
Function = Callable[[Point], Any]


def start_point(x: ArrayLike, name: str) -> Point:
    """A copy in double precision; TypeError for what holds no real numbers, InvalidArgumentError if it is empty."""
    given = as_array(x, name)
    if given.dtype.kind not in "fiub":
        raise TypeError(f"{name} is {describe(given)}; it must hold real numbers")
    if given.size == 0:
        raise InvalidArgumentError(f"{name} is {describe(given)}; it must not be empty")
    return np.array(given, dtype=np.float64, order="C")


class Objective:
    """Stands between a Python function and the library, for one call of it.

    fun: gets a copy of the point, in the shape of the one that the caller began with; returns the value, or a pair
        (value, gradient)
    jac: True if the gradient is taken from that pair, a function of the point that returns it, or None if it is never
        asked for; then of a pair only the value counts
    """

    def __init__(self, fun: Function, shape: tuple[int, ...], jac: Function | bool | None, barrier: Barrier) -> None:
        """What `fun` and `jac` raise is held back by the barrier; the library sees NaN, and comes to an end."""
        if not callable(fun):
            raise TypeError(f"fun must be a function, not {type(fun).__name__}")
        self.callback = ObjectiveFunction(self._evaluate)
        self._fun, self._shape, self._jac, self._barrier = fun, shape, jac, barrier

    def _evaluate(self, count: int, x: Any, gradient: Any, _context: int | None) -> float:
        def compute() -> float:
            # Not ctypes.string_at(), whose size is a C int.
            point = np.empty(self._shape)
            ctypes.memmove(address(point), x, 8 * count)
            value, slope = self._value_and_gradient(point, bool(gradient))
            if slope is not None:
                ctypes.memmove(gradient, address(slope), 8 * count)
            return value

        return self._barrier.call(compute, math.nan)

    def _value_and_gradient(self, point: Point, wanted: bool) -> tuple[float, Point | None]:
        result = self._fun(point)
        if self._jac is True:
            if not isinstance(result, tuple | list) or len(result) != 2:
                raise TypeError(f"fun must return a pair (value, gradient) with jac=True, not {type(result).__name__}")
            value, slope = result
        else:
            value = result[0] if self._jac is None and isinstance(result, tuple) and len(result) == 2 else result
            slope = self._jac(point) if callable(self._jac) and wanted else None
        return _number(value), self._gradient(slope) if wanted else None

    def _gradient(self, slope: Any) -> Point:
        given = as_array(slope, "the gradient")
        if given.dtype.kind not in "fiub":
            raise TypeError(f"the gradient is {describe(given)}; it must hold real numbers")
        if given.shape != self._shape:
            raise ShapeMismatchError(f"the gradient is {describe(given)}, but x has the shape {self._shape}")
        return np.ascontiguousarray(given, np.float64)


def _number(value: Any) -> float:
    if isinstance(value, tuple):
        raise TypeError("fun returned a tuple; with jac=True it may return a pair (value, gradient)")
    given = as_array(value, "the value of the function")
    if given.dtype.kind not in "fiub" or given.size != 1:
        raise TypeError(f"fun must return a number, not {describe(value)}")
    return float(given.reshape(()))
