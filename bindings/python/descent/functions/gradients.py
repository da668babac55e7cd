"""Gradients by differences, and checks of analytic ones against them."""

import ctypes
import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from .._c.arrays import doubles, real_number, whole_number
from .._c.barrier import Barrier
from .._c.declarations import GradientComparison
from .._c.enumerations import DIFFERENCES, number_of
from .._c.errors import check
from .._c.library import library
from ._objective import Function, Objective, Point, start_point

_RIGHT, _WRONG = 1e-6, 1e-3
# Of a value in double precision, as a share of it: a few roundings.
_ROUNDING = 4 * math.ulp(1.0)


def numeric_gradient(fun: Function, x: ArrayLike, *, method: str = "central", step: float = 0.0) -> Point:
    """The gradient of a function at x by differences: a float64 array of x's shape.

    fun: gets a float64 array of x's shape; returns the value, or a pair (value, gradient), of which the value counts
    method: 'forward' (error of order h), 'central' (h^2) or 'richardson' (h^4)
    step: h, the same for every coordinate, (0, inf); or 0: chosen for each coordinate from its magnitude

    TypeError; InvalidArgumentError for an empty x or a step out of range; UnknownNameError; NotFiniteError if a value
    of the function is NaN or infinite. Whatever `fun` raises comes out. Thread-safe.
    """
    point = start_point(x, "x")
    gradient = np.zeros_like(point)
    barrier = Barrier()
    objective = Objective(fun, point.shape, None, barrier)
    number, width = number_of(method, DIFFERENCES, "method"), real_number(step, "step")
    with barrier:
        status = library.descent_numeric_gradient(
            point.size, doubles(point), objective.callback, None, number, width, doubles(gradient)
        )
    check(status)
    return gradient


@dataclass(frozen=True, slots=True, repr=False)
class GradientReport:
    """What a comparison of an analytic gradient with central differences found.

    max_relative_error: |a - n| / max(|a|, |n|) at its worst, of the coordinates that are determined; 0 where the noise
        of the differences explains the deviation
    worst_index: where that is: a number, or a tuple of them if x has several axes
    analytic, numeric: the two derivatives there
    checked: how many coordinates were compared, those with kinks and the undetermined included
    suspected_kinks: coordinates where the function seems to have a corner, as a hinge has, with the analytic derivative
        between the two one-sided ones. They are no errors
    undetermined: coordinates where noise hides whether the derivative is right
    undetermined_index: the first of them, like worst_index; None if there is none
    value, noise: the function at x, and the standard deviation of the noise of one value that was measured
    """

    max_relative_error: float
    worst_index: int | tuple[int, ...]
    analytic: float
    numeric: float
    checked: int
    suspected_kinks: int
    undetermined: int
    undetermined_index: int | tuple[int, ...] | None
    value: float
    noise: float

    @property
    def verdict(self) -> str:
        """'wrong' for an error above 1e-3; else 'undetermined' if noise hides any derivative; else 'right' for an error
        below 1e-6, and 'doubtful' between the two.
        """
        if self.max_relative_error > _WRONG:
            return "wrong"
        if self.undetermined:
            return "undetermined"
        return "right" if self.max_relative_error <= _RIGHT else "doubtful"

    @property
    def advice(self) -> str:
        """What would help where the gradient is undetermined, as a sentence; empty if nothing is."""
        if not self.undetermined:
            return ""
        start = (
            f"the function's values near {self.value:.3g} have a noise of {self.noise:.1e}, which hides the derivative"
        )
        if self.noise > _ROUNDING * abs(self.value):
            help_ = "compute the function in double precision, or with less noise; or give a larger step"
        else:
            help_ = (
                "leave out what is added to all values (a smaller offset), in double precision; or give a larger step"
            )
        return f"{start} at {self.undetermined_index}: {help_}"

    def __repr__(self) -> str:
        """The verdict, and what it rests on."""
        kinks = f", {self.suspected_kinks} with a kink" if self.suspected_kinks else ""
        hidden = f", {self.undetermined} undetermined: {self.advice}" if self.undetermined else ""
        return (
            f"GradientReport({self.verdict}: relative error {self.max_relative_error:.2g} at {self.worst_index}, "
            f"analytic {self.analytic:.9g}, numeric {self.numeric:.9g}; {self.checked} checked{kinks}{hidden})"
        )


def make_report(comparison: Any, shape: tuple[int, ...]) -> GradientReport:
    """The library's report on a gradient of this shape."""

    def place(index: int) -> int | tuple[int, ...]:
        places = tuple(map(int, np.unravel_index(index, shape))) if shape else ()
        return places[0] if len(places) == 1 else places

    return GradientReport(
        max_relative_error=comparison.max_relative_error,
        worst_index=place(comparison.worst_index),
        analytic=comparison.analytic,
        numeric=comparison.numeric,
        checked=comparison.checked,
        suspected_kinks=comparison.suspected_kinks,
        undetermined=comparison.undetermined,
        undetermined_index=place(comparison.undetermined_index) if comparison.undetermined else None,
        value=comparison.value,
        noise=comparison.noise,
    )


def check_gradient(
    fun: Function,
    x: ArrayLike,
    *,
    jac: Function | bool = True,
    step: float = 0.0,
    count: int | None = None,
    seed: int = 0,
) -> GradientReport:
    """Compares the gradient that a function gives at x with central differences. There are three answers, the report's
    verdict: 'right', 'wrong', and 'undetermined' where the noise of the function hides which; then its advice says what
    would help. ('doubtful' is an error between 1e-6 and 1e-3.)

    fun: gets a float64 array of x's shape; with jac=True it returns the pair (value, gradient), else the value
    jac: True, or a function of x that returns the gradient
    step: of the differences, (0, inf); 0 chooses one for each coordinate
    count: check only so many coordinates, 1 <= count <= x.size, drawn without repetition by the seed; None: all

    TypeError; InvalidArgumentError for an empty x, a step or a count out of range; ShapeMismatchError for a gradient of
    another shape than x; NotFiniteError if a value or the gradient is NaN or infinite. Whatever `fun` or `jac` raises
    comes out. Thread-safe.
    """
    if jac is not True and not callable(jac):
        raise TypeError(f"jac must be True or a function, not {jac!r}")
    point = start_point(x, "x")
    barrier = Barrier()
    objective = Objective(fun, point.shape, jac, barrier)
    comparison = GradientComparison(struct_size=ctypes.sizeof(GradientComparison))
    beginning = point.size, doubles(point), objective.callback, None, real_number(step, "step")
    subset = None if count is None else (whole_number(count, "count", 64), whole_number(seed, "seed", 64))
    with barrier:
        if subset is None:
            status = library.descent_gradient_check(*beginning, ctypes.byref(comparison))
        else:
            status = library.descent_gradient_check_subset(*beginning, *subset, ctypes.byref(comparison))
    check(status)
    return make_report(comparison, point.shape)
