"""Minimizing a function of one's own."""

import ctypes
import math
from collections.abc import Callable, Mapping
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike

from .._c.arrays import doubles, real_number, whole_number
from .._c.barrier import Barrier
from .._c.declarations import ProgressFunction, SearchOutcome, StopCriteria
from .._c.enumerations import DIFFERENCES, number_of
from .._c.errors import InvalidArgumentError, UnsupportedError, check
from .._c.library import library
from ..optimizers import OPTIMIZERS, Optimizer, require_optimizer_name
from ..optimizers._tensors import Layout, TensorList
from ._bounds import Bounds, as_bounds
from ._objective import Function, Objective, Point, start_point
from ._scipy_options import translated
from .progress import ProgressReport, read_report
from .results import OptimizeResult, make_result

# Gets the present point and a report after every step; a true answer stops.
Callback = Callable[[Point, ProgressReport], object]
Jacobian = Function | Literal[True, "numeric", "forward", "central", "richardson"] | None


# What the library's texts begin with, and what minimize() calls that.
_WORDS = {"step: ": "difference_step: ", "tensor 0: ": "x0: ", "lower[": "bounds: lower[", "upper[": "bounds: upper["}


def as_optimizer(optimizer: object) -> Optimizer:
    """The optimizer itself, or a new one by its name."""
    if isinstance(optimizer, Optimizer):
        return optimizer
    return OPTIMIZERS[require_optimizer_name(optimizer)]()


def difference_method(jac: object) -> int | None:
    """The number of the differences that `jac` asks for; None if the gradient comes from the caller."""
    if jac is None or jac == "numeric":
        return DIFFERENCES["central"]
    if isinstance(jac, str):
        return number_of(jac, DIFFERENCES, "jac")
    if jac is True or callable(jac):
        return None
    raise TypeError(f"jac must be True, a function, a name or None, not {jac!r}")


def watcher(callback: Callback | None, point: Point, barrier: Barrier) -> Any:
    """The C callback that hands a copy of the point and a report to a Python function; NULL for none."""
    if callback is None:
        return ProgressFunction()
    if not callable(callback):
        raise TypeError(f"callback must be a function or None, not {type(callback).__name__}")

    def after_step(report: Any, _context: int | None) -> int:
        return int(barrier.call(lambda: bool(callback(point.copy(), read_report(report.contents))), True))

    return ProgressFunction(after_step)


def minimize(
    fun: Function,
    x0: ArrayLike,
    *,
    optimizer: str | Optimizer | None = None,
    jac: Jacobian = None,
    bounds: Bounds = None,
    tol: float | None = None,
    max_steps: int = 10_000,
    gradient_tolerance: float = 1e-6,
    value_tolerance: float = 0.0,
    target_value: float | None = None,
    max_seconds: float = 0.0,
    difference_step: float = 0.0,
    return_best: bool = False,
    callback: Callback | None = None,
    options: Mapping[str, float] | None = None,
) -> OptimizeResult:
    """Minimizes a function from x0 with any of the optimizers, in double precision.

        result = descent.minimize(lambda x: (x @ x, 2 * x), [3.0, -4.0], jac=True)
        result.x, result.fun, result.reason

    fun: gets a float64 array of x0's shape; returns the value, or with jac=True the pair (value, gradient)
    x0: where to begin: numbers in any shape; it is not changed
    optimizer: an Optimizer, which keeps its state: a second call goes on where the first one ended (reset() forgets
        it); or the name of an algorithm, with its default options; None is L-BFGS. Its schedule, clipping and so on
        hold here too
    jac: True; a function of x that returns the gradient; or None or 'numeric' for a gradient by central differences,
        'forward', 'central' or 'richardson' for one by that method
    bounds: a pair (low, high) for each number of x0, each of the two a number or None for none; or an object with
        arrays lb and ub, as scipy.optimize.Bounds. An x0 outside is moved to the nearest point within. No optimizer
        ever leaves them, and `fun` is not asked for a point outside. L-BFGS does L-BFGS-B
    tol: gradient_tolerance and value_tolerance in one, as SciPy's
    max_steps, gradient_tolerance (Euclidean norm; with bounds of the projected gradient), value_tolerance (|change of
        f| relative to max(1, |f|)), target_value, max_seconds: it ends as soon as one is reached; 0 (None for the
        target) switches one off, and at least one must be on
    difference_step: of a numeric gradient, (0, inf); 0 chooses one for each coordinate
    return_best: whether the result's x and fun are those of the smallest value that was seen, and not of the last
        (x_best and fun_best tell it in any case)
    callback: gets (x, report) after every step, a copy of the point and a ProgressReport (loss is the value at x); a
        true answer stops
    options: SciPy's names for some of this: maxiter (max_steps), gtol (gradient_tolerance), ftol (value_tolerance),
        eps (difference_step); and with optimizer=None or a name maxcor (history), maxls (line_search_steps), c1 and c2
        (wolfe_decrease, wolfe_curvature). Others are refused by name

    A function that becomes NaN or infinite ends it with the reason 'diverged' and the best point so far; the batch
    methods, LBFGS and ConjugateGradient, shorten their step first. These end with 'rounding' or 'wrong_gradient' where
    no step goes down. Until it ends, nothing else can use the optimizer.

    TypeError for wrong types; InvalidArgumentError for an empty x0, a tolerance out of range, no criterion, or a bound
    that is NaN or above the other; UnknownNameError; UnsupportedError for bounds with L-BFGS's l1; ShapeMismatchError
    for a gradient of another shape than x0, another number of bounds, or an optimizer that was stepped with other
    tensors; OutOfMemoryError. Whatever `fun`, `jac` or `callback` raises comes out; the optimizer then has the state of
    the steps that were made, and can be used.
    """
    given = translated(options, isinstance(optimizer, Optimizer))
    if tol is not None:
        gradient_tolerance = value_tolerance = real_number(tol, "tol")
    point = start_point(x0, "x0")
    limits = as_bounds(bounds, point.size)
    chosen = as_optimizer("lbfgs" if optimizer is None else optimizer)
    for name, value in given.of_optimizer.items():
        if name not in chosen.options:
            raise UnsupportedError(f"options: {chosen.algorithm} has no {name}")
        setattr(chosen, name, value)
    method = difference_method(jac)
    best = point.copy()
    if not isinstance(return_best, bool | np.bool_):
        raise TypeError(f"return_best must be True or False, not {return_best!r}")
    stop = StopCriteria(
        struct_size=ctypes.sizeof(StopCriteria),
        max_steps=whole_number(given.of_call.get("max_steps", max_steps), "max_steps", 64),
        gradient_tolerance=real_number(
            given.of_call.get("gradient_tolerance", gradient_tolerance), "gradient_tolerance"
        ),
        value_tolerance=real_number(given.of_call.get("value_tolerance", value_tolerance), "value_tolerance"),
        # In C a target of 0 is none; the smallest number above 0 does the same as one.
        target_value=0.0 if target_value is None else real_number(target_value, "target_value") or math.ulp(0.0),
        max_seconds=real_number(max_seconds, "max_seconds"),
        best_x=doubles(best),
        return_best=int(return_best),
    )
    outcome = SearchOutcome(struct_size=ctypes.sizeof(SearchOutcome))
    barrier = Barrier()
    objective = Objective(fun, point.shape, jac if method is None else False, barrier)  # type: ignore[arg-type]
    progress = watcher(callback, point, barrier)
    ending = ctypes.byref(stop), progress, None, ctypes.byref(outcome)
    beginning = point.size, doubles(point), *limits.pointers, objective.callback, None
    step = real_number(given.of_call.get("difference_step", difference_step), "difference_step")
    if method is None and step != 0:
        raise InvalidArgumentError("difference_step is given, but the gradient is not numeric")
    try:
        with chosen._at_work() as pointer, barrier:
            if method is None:
                status = library.descent_minimize_bounded(pointer, *beginning, *ending)
            else:
                status = library.descent_minimize_bounded_numerically(pointer, *beginning, method, step, *ending)
    finally:
        if chosen._tensors is None and chosen.step_count:
            chosen._tensors = TensorList([0], [Layout(np.dtype(np.float64), (point.size,))])
    check(status, _WORDS)
    return make_result(point, outcome, best=best)
