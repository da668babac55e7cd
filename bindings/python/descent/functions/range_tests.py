"""Learning-rate range tests: which learning rate suits?"""

import ctypes
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .._c.arrays import doubles, real_number, whole_number
from .._c.barrier import Barrier
from .._c.declarations import RangeOptions
from .._c.enumerations import DIFFERENCES, name_of
from .._c.errors import check
from .._c.library import library
from ..optimizers import Optimizer
from ._objective import Function, Objective, Point, start_point
from .gradients import numeric_gradient
from .minimizing import Jacobian, as_optimizer, difference_method


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class RangeTest:
    """The record of a range test.

    rates: the learning rates, rising geometrically: a float64 array with one for each step that was made
    losses: the loss before the step with that rate: an array of the same shape. The test ends early when the loss is no
        longer finite, or above four times its first value
    proposal: the rate at which the smoothed loss fell fastest; None if it never fell
    """

    rates: NDArray[np.float64]
    losses: NDArray[np.float64]
    proposal: float | None

    def __repr__(self) -> str:
        """The proposal, and how many rates were tried."""
        proposal = "no proposal" if self.proposal is None else f"proposal {self.proposal:.3g}"
        tried = f"{self.rates[0]:.3g} to {self.rates[-1]:.3g}" if self.rates.size else "none"
        return f"RangeTest({proposal}; {self.rates.size} rates, {tried})"


def learning_rate_range(
    fun: Function,
    x0: ArrayLike,
    *,
    optimizer: str | Optimizer = "adam",
    jac: Jacobian = None,
    steps: int = 200,
    minimum: float = 1e-6,
    maximum: float = 10.0,
) -> RangeTest:
    """Minimizes a copy of x0 with a learning rate that rises geometrically, and records the losses (Smith 2017).

    fun, x0, jac: as in minimize()
    optimizer: the name of an algorithm, or an Optimizer, of which a fresh one with the same options is taken; it is not
        changed
    steps: at least 2
    minimum, maximum: the first rate and the last, 0 < minimum < maximum

    TypeError; InvalidArgumentError for an empty x0, or steps and rates out of range; UnknownNameError;
    ShapeMismatchError for a gradient of another shape than x0. Whatever `fun` or `jac` raises comes out.
    """
    point = start_point(x0, "x0")
    chosen = as_optimizer(optimizer)
    method = difference_method(jac)
    slopes = jac
    if method is not None:
        # The library takes this gradient from the function itself.
        def slopes(x: Point) -> Point:
            return numeric_gradient(fun, x, method=name_of(method, DIFFERENCES))

    barrier = Barrier()
    objective = Objective(fun, point.shape, slopes, barrier)  # type: ignore[arg-type]
    # The function may do with the given optimizer what it likes.
    own = chosen._afresh()
    beginning = own._pointer, point.size, doubles(point), objective.callback, None

    def run(*rest: Any) -> int:
        with barrier:
            return int(library.descent_learning_rate_range(*beginning, *rest))

    return run_range_test(run, steps, minimum, maximum)


def run_range_test(
    run: Callable[..., int], steps: int, minimum: float, maximum: float, words: Mapping[str, str] | None = None
) -> RangeTest:
    """Calls one of the library's range tests with the arguments that both have at their end."""
    options = RangeOptions(
        struct_size=ctypes.sizeof(RangeOptions),
        steps=whole_number(steps, "steps", 32),
        minimum=real_number(minimum, "minimum"),
        maximum=real_number(maximum, "maximum"),
    )
    rates, losses = np.zeros(max(options.steps, 1)), np.zeros(max(options.steps, 1))
    count, proposal = ctypes.c_size_t(), ctypes.c_double()
    check(
        run(ctypes.byref(options), doubles(rates), doubles(losses), ctypes.byref(count), ctypes.byref(proposal)),
        words or {},
    )
    return RangeTest(rates[: count.value].copy(), losses[: count.value].copy(), proposal.value or None)
