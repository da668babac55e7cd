"""Losses: value and gradient of scores against labels, or of predictions against targets.

One function for every loss of the library, made from its table when this module is imported. All are sums over a row
and the mean over the batch; the arithmetic is in double for both dtypes. All functions are thread-safe.
"""

import ctypes
import inspect
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from ._c.arrays import (
    DTYPES,
    FLOATS,
    Array,
    address,
    describe,
    int32_labels,
    overlap,
    real_number,
    require_array,
    row_shape,
)
from ._c.errors import InvalidArgumentError, ShapeMismatchError, check
from ._c.library import library
from ._c.table import LOSSES as _TABLE
from ._c.table import Loss

LossFunction = Callable[..., tuple[float, Array | None]]

# s are the scores of a row, y its label, p predictions, t targets. A loss that is newer than this text goes without.
_FORMULAS = {
    "softmax_cross_entropy": "log(sum_j exp(s_j)) - s_y, finite for any finite scores",
    "multiclass_hinge": "sum over j != y of max(0, s_j - s_y + 1), the SVM loss of Weston and Watkins (1999)",
    "squared_hinge": "sum over j != y of max(0, s_j - s_y + 1)^2",
    "one_vs_rest_hinge": "sum over j of max(0, 1 - y_j * s_j), y_j = 1 for j = y and -1 for the others",
    "one_vs_rest_squared_hinge": "sum over j of max(0, 1 - y_j * s_j)^2, y_j = 1 for j = y and -1 for the others",
    "one_vs_rest_logistic": "sum over j of log(1 + exp(-y_j * s_j)), y_j = 1 for j = y and -1 for the others",
    "squared_error": "sum (p - t)^2",
    "absolute_error": "sum |p - t|",
    "huber": "sum of (p - t)^2 / 2 where |p - t| <= delta, delta * (|p - t| - delta / 2) elsewhere",
    "logistic": "sum of log(1 + exp(p)) - t * p for targets in [0, 1], the cross-entropy of a sigmoid",
    "quantile": "sum of q * max(t - p, 0) + (1 - q) * max(p - t, 0), the pinball loss of quantile q",
    "epsilon_insensitive": "sum of max(0, |p - t| - epsilon), that of support vector regression",
    "squared_epsilon_insensitive": "sum of max(0, |p - t| - epsilon)^2",
    "poisson": "sum of exp(p) - t * p for targets >= 0, the likelihood of counts with the mean exp(p)",
}

_RESULTS = """
gradient: whether the gradient is wanted
out: receives the gradient; of the shape and dtype of `{given}`, writable, and possibly `{given}` itself

Returns (value, gradient): the mean over the batch, and d value / d {given}, or None with gradient=False.
At a kink the gradient is 0.

TypeError for a wrong dtype, InvalidArgumentError (a ValueError) for an array that is empty, not C-contiguous or
overlapping, or {refused}; ShapeMismatchError (a ValueError) for shapes that do not fit. Thread-safe.
"""

_WITH_LABELS = """{title}: {formula}, mean over the batch.

scores: array of shape (batch, classes), float32 or float64, C-contiguous
labels: integers of shape (batch,), 0 <= label < classes; int32 is used without a copy
"""

_WITH_TARGETS = """{title}: {formula}, mean over the batch.

predictions: array of shape (batch, outputs), or (batch,) for one output, float32 or float64, C-contiguous
targets: array of the same shape and dtype
"""

_WITH_PARAMETER = """{name}: number from {minimum:g} to {maximum:g}; {default:g} by default
"""


def _gradient_array(given: Array, name: str, wanted: bool, out: Array | None, others: Mapping[str, Array]) -> Any:
    """The array that receives the gradient: `out`, a new one, or None."""
    if out is None:
        return np.empty_like(given, subok=False) if wanted else None
    if not wanted:
        raise InvalidArgumentError("out is given, but gradient is False")
    require_array(out, "out", (given.dtype,), writable=True)
    if out.shape != given.shape:
        raise ShapeMismatchError(f"out is {describe(out)}, but {name} is {describe(given)}; the shapes must be equal")
    same = address(out) == address(given)
    for other, array in others.items() if same else {name: given, **others}.items():
        if overlap(out, array):
            raise InvalidArgumentError(f"out overlaps {other} in memory")
    return out


def _require_elements(array: Array, name: str, shape: str) -> None:
    if array.size == 0:
        raise InvalidArgumentError(f"{name} is {describe(array)}; of its shape {shape} none may be 0")


def _classification(loss: Loss) -> LossFunction:
    def function(
        scores: Array, labels: Any, *, gradient: bool = True, out: Array | None = None
    ) -> tuple[float, Array | None]:
        require_array(scores, "scores", FLOATS)
        if scores.ndim != 2:
            raise ShapeMismatchError(f"scores is {describe(scores)}; its shape must be (batch, classes)")
        _require_elements(scores, "scores", "(batch, classes)")
        indices = int32_labels(labels, "labels")
        if len(indices) != len(scores):
            raise ShapeMismatchError(f"there are {len(indices)} labels for {len(scores)} rows of scores")
        slope = _gradient_array(scores, "scores", gradient, out, {"labels": indices})
        value = ctypes.c_double()
        check(
            library.descent_loss_classify(
                loss.value,
                DTYPES[scores.dtype],
                *scores.shape,
                address(scores),
                indices.ctypes.data_as(ctypes.POINTER(ctypes.c_int32)),
                None if slope is None else address(slope),
                ctypes.byref(value),
            )
        )
        return value.value, slope

    return _named(function, loss, _WITH_LABELS, "scores", "a label that is out of range")


def _regression(loss: Loss) -> LossFunction:
    parameter = loss.parameter

    def function(
        predictions: Array, targets: Array, *, gradient: bool = True, out: Array | None = None, **numbers: float
    ) -> tuple[float, Array | None]:
        number = numbers.pop(parameter.name, parameter.default) if parameter else 0.0
        if numbers:
            raise TypeError(f"{loss.name}() got an unexpected keyword argument {min(numbers)!r}")
        require_array(predictions, "predictions", FLOATS)
        require_array(targets, "targets", (predictions.dtype,))
        if predictions.ndim == 0 or targets.shape != predictions.shape:
            raise ShapeMismatchError(
                f"predictions is {describe(predictions)} and targets {describe(targets)}; "
                "both must have the same shape, (batch,) or (batch, outputs)"
            )
        _require_elements(predictions, "predictions", "(batch, outputs)")
        slope = _gradient_array(predictions, "predictions", gradient, out, {"targets": targets})
        value = ctypes.c_double()
        # A vector holds a batch of single outputs here, and not one row of many.
        shape = row_shape(predictions.shape) if predictions.ndim > 1 else (len(predictions), 1)
        arguments = (
            DTYPES[predictions.dtype],
            *shape,
            address(predictions),
            address(targets),
            None if slope is None else address(slope),
            ctypes.byref(value),
        )
        check(
            library.descent_loss_regress_with(loss.value, real_number(number, parameter.name), *arguments)
            if parameter
            else library.descent_loss_regress(loss.value, *arguments)
        )
        return value.value, slope

    signature = inspect.signature(function)
    keywords = list(signature.parameters.values())[:-1]
    text, refused = _WITH_TARGETS, "a target that the loss refuses"
    if parameter:
        keywords.append(inspect.Parameter(parameter.name, inspect.Parameter.KEYWORD_ONLY, default=parameter.default))
        text += _WITH_PARAMETER.format(**vars(parameter))
        refused = f"a target or {parameter.name} that the loss refuses"
    function.__signature__ = signature.replace(parameters=keywords)  # type: ignore[attr-defined]
    return _named(function, loss, text, "predictions", refused)


def _named(function: LossFunction, loss: Loss, text: str, given: str, refused: str) -> LossFunction:
    title = loss.name.replace("_", " ").capitalize()
    formula = _FORMULAS.get(loss.name, "see descent.h")
    function.__name__ = function.__qualname__ = loss.name
    function.__doc__ = text.format(title=title, formula=formula) + _RESULTS.format(given=given, refused=refused)
    return function


# By the loss's name in the library.
LOSSES: Mapping[str, LossFunction] = {
    name: _classification(loss) if loss.takes_labels else _regression(loss) for name, loss in _TABLE.items()
}

globals().update(LOSSES)

__all__ = ["LOSSES"]
__all__ += list(LOSSES)

if TYPE_CHECKING:
    # They exist at run time only; `make stubs` describes them.
    from ._loss_functions import *  # noqa: F403
