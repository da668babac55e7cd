"""How minimizing and searching end."""

from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .._c.enumerations import REASONS, name_of

_MESSAGES = {
    "steps": "all steps or trials were made",
    "gradient": "the gradient is within its tolerance",
    "value_tolerance": "the last step changed the value by less than its tolerance",
    "target": "the target value was reached",
    "time": "the time is over",
    "callback": "the callback stopped it",
    "diverged": "the value or the gradient was NaN or infinite, or falls without end; x is the best point before",
    "rounding": "the line search found no lower value: the function changes by no more than rounding there",
    "wrong_gradient": "the line search found no lower value; the gradient disagrees with the function, or jumps there",
}
_SUCCESSES = frozenset({"gradient", "value_tolerance", "target"})


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class OptimizeResult:
    """The end of minimize() or of a random search, with the names of SciPy's result.

    x: the point, in the shape of the one it began with
    fun: the value there
    nit: steps, or trials
    nfev: calls of the function, those for numeric gradients included
    x_best, fun_best: the point with the smallest value that was seen, and that value. x may be far from it: with a
        learning rate that is too large, the last value may be worse than the first
    success: whether a tolerance or the target was reached; for a random search, whether all trials were made
    reason: 'steps', 'gradient', 'value_tolerance', 'target', 'time', 'callback', 'diverged', 'rounding' or
        'wrong_gradient'; message says what each means
    message: the reason as a sentence
    gradient_norm: Euclidean, at x; 0 for a random search
    seconds: how long it took
    """

    x: NDArray[Any]
    fun: float
    nit: int
    nfev: int
    success: bool
    reason: str
    message: str
    gradient_norm: float
    seconds: float
    x_best: NDArray[Any]
    fun_best: float

    def __repr__(self) -> str:
        """One line for each attribute."""
        width = max(len(item.name) for item in fields(self))
        return "\n".join(f"{item.name:>{width}}: {_written(getattr(self, item.name))}" for item in fields(self))


def _written(value: object) -> str:
    return np.array2string(value, threshold=20) if isinstance(value, np.ndarray) else str(value)


def make_result(
    x: NDArray[Any], outcome: Any, *, best: NDArray[Any] | None = None, is_search: bool = False
) -> OptimizeResult:
    """The library's result, with its point, and the best one where that may be another."""
    reason = name_of(outcome.reason, REASONS)
    return OptimizeResult(
        x=x,
        fun=outcome.value,
        nit=outcome.steps,
        nfev=outcome.evaluations,
        success=reason in _SUCCESSES or (is_search and reason == "steps"),
        reason=reason,
        message=_MESSAGES.get(reason, reason),
        gradient_norm=outcome.gradient_norm,
        seconds=outcome.seconds,
        x_best=x.copy() if best is None else best,
        fun_best=outcome.best_value,
    )
