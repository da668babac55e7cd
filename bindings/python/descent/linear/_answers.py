"""Labels, targets and weights of an estimator's samples, checked, and as the library takes them."""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .._c.arrays import Array, describe, real_number, require_unmasked
from .._c.errors import InvalidArgumentError, ShapeMismatchError
from ._inputs import as_numbers, is_missing, require_finite, require_length
from ._sklearn import warn

# Fewer steps of float32 than that in a standard deviation of targets cost more than 1e-5 of R2.
_STEPS_IN_A_SPREAD = 100


def as_labels(y: Any, samples: int, owner: str) -> NDArray[Any]:
    """One label for each sample, which must be something else than a measured number."""
    if y is None:
        raise InvalidArgumentError(f"This {owner} estimator requires y to be passed, but the target y is None.")
    require_unmasked(y, "y")
    labels = _one_column(np.asarray(y), samples)
    kind = labels.dtype.kind
    if kind == "c":
        raise InvalidArgumentError(f"Complex data not supported: y is {describe(labels)}")
    if kind == "f":
        require_finite(labels, "y")
        _require_classes(labels)
    elif kind in "OTMm" or (kind in "SU" and isinstance(y, list | tuple)):
        # NumPy makes the text 'nan' of NaN among texts in a list.
        given = labels.tolist() if kind in "OT" else labels if kind in "Mm" else y
        for index, label in enumerate(given):
            if is_missing(label):
                raise InvalidArgumentError(f"Input y contains NaN or None: y[{index}] is {label!r}")
        if all(isinstance(label, float) for label in given):
            _require_classes(labels.astype(np.float64))
    return labels


def _require_classes(labels: NDArray[Any]) -> None:
    if (labels != np.floor(labels)).any():
        raise InvalidArgumentError(
            "Unknown label type: continuous. Maybe you are trying to fit a classifier, which expects discrete "
            "classes on a regression target with continuous values."
        )


def different_labels(labels: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
    """The different ones, sorted, and the place of each label among them."""
    try:
        classes, indices = np.unique(labels, return_inverse=True)
    except TypeError as error:
        raise TypeError(f"the labels of y cannot be sorted, they must be of one kind: {error}") from None
    return classes, indices


def _one_column(labels: NDArray[Any], samples: int) -> NDArray[Any]:
    if labels.ndim == 2 and labels.shape[1] == 1:
        warn(
            "A column-vector y was passed when a 1d array was expected. Please change the shape of y to (n_samples,), "
            "for example using ravel().",
            "DataConversionWarning",
        )
        labels = labels.ravel()
    if labels.ndim != 1:
        raise ShapeMismatchError(f"y should be a 1d array, got an array of shape {labels.shape} instead.")
    require_length(labels, samples, "y")
    return labels


def as_targets(y: Any, samples: int, owner: str) -> Array:
    """Real numbers, one for each sample or a row of them, as float32 or float64."""
    if y is None:
        raise InvalidArgumentError(f"This {owner} estimator requires y to be passed, but the target y is None.")
    require_unmasked(y, "y")
    targets = np.asarray(y)
    if targets.dtype.kind == "c":
        raise InvalidArgumentError(f"Complex data not supported: y is {describe(targets)}")
    try:
        targets = as_numbers(targets, "y")
    except (TypeError, ValueError) as error:
        raise InvalidArgumentError(str(error)) from None
    dtype = np.float32 if targets.dtype == np.float32 else np.float64
    targets = np.ascontiguousarray(targets, dtype)
    if targets.ndim not in (1, 2):
        raise ShapeMismatchError(f"y is {describe(targets)}; its shape must be (samples,) or (samples, outputs)")
    require_length(targets, samples, "y")
    if targets.size == 0:
        raise InvalidArgumentError(f"y is {describe(targets)}; it must have at least one output")
    require_finite(targets, "y")
    return targets


def warn_of_coarse(targets: Array) -> None:
    """Warns if the model, which predicts in float32, cannot tell targets apart: far from 0 with little between them."""
    for output, column in enumerate(targets.reshape(len(targets), -1).T):
        greatest = float(np.abs(column).max())
        with np.errstate(over="ignore", invalid="ignore"):
            step, spread = float(np.spacing(np.float32(greatest))), float(np.std(column, dtype=np.float64))
        if column.min() < column.max() and spread < _STEPS_IN_A_SPREAD * step:
            which = "y" if targets.ndim == 1 else f"column {output} of y"
            warn(
                f"{which} has numbers up to {greatest:.6g}, which differ by {spread:.3g} only (their standard "
                f"deviation): predictions are in float32, whose steps are {step:.3g} there. Subtract the mean and "
                "divide by the deviation, as sklearn.compose.TransformedTargetRegressor does with a StandardScaler",
                "UserWarning",
            )


# The least and the greatest unit that float32 leaves room around.
UNITS = (1e-20, 1e20)


def _spreads(targets: Array) -> Array:
    """The standard deviation of each output; of a constant one exactly 0."""
    with np.errstate(over="ignore", invalid="ignore"):
        spreads: Array = np.std(targets - targets[:1], axis=0, dtype=np.float64, keepdims=True).ravel()
    return spreads


def unit_of(targets: Array) -> float:
    """The standard deviation of the targets, of several outputs together; 1 where there is none to reckon with."""
    spreads = _spreads(targets)
    with np.errstate(over="ignore", invalid="ignore", under="ignore"):
        unit = float(np.sqrt(np.mean(spreads**2)))
    return unit if UNITS[0] < unit < UNITS[1] else 1.0


def warn_of_units(targets: Array, method: str, limits: tuple[float, float]) -> None:
    """Warns if targets vary by less or more than a method can cope with."""
    spreads = _spreads(targets)
    for spread in spreads[(spreads > limits[1]) | (spreads > 0) & (spreads < limits[0])][:1]:
        warn(
            f"the standard deviation of y is {spread:.3g}, too far from 1 for {method} to learn much: divide y by it, "
            "as sklearn.compose.TransformedTargetRegressor does with a StandardScaler",
            "UserWarning",
        )


def as_weights(weights: Any, samples: int) -> NDArray[np.float64] | None:
    """The weights of the samples, or None."""
    if weights is None:
        return None
    require_unmasked(weights, "sample_weight")
    array = np.asarray(weights)
    if array.ndim == 0:
        array = np.full(samples, real_number(weights, "sample_weight"))
    array = np.ascontiguousarray(as_numbers(array, "sample_weight"), np.float64)
    if array.ndim != 1:
        raise ShapeMismatchError(f"Sample weights must be 1D array or scalar; sample_weight is {describe(array)}")
    if len(array) != samples:
        raise ShapeMismatchError(f"sample_weight.shape == {array.shape}, expected ({samples},)!")
    require_finite(array, "sample_weight")
    if (array < 0).any():
        wrong = int(np.argmax(array < 0))
        raise InvalidArgumentError(f"sample_weight[{wrong}]: {array[wrong]} is outside [0, inf)")
    if not array.any():
        raise InvalidArgumentError("sample_weight: all are zero")
    return array


def class_weights(
    setting: Any, classes: NDArray[Any], indices: Array, weights: Any, totals: Any, *, is_all: bool
) -> Any:
    """The samples' weights, times those of their classes: 'balanced' gives all classes the same total weight.

    totals: the total weight of each class; None: that of these samples
    is_all: whether there are no other samples than these
    """
    if setting is None:
        return weights
    given = np.ones(len(indices)) if weights is None else weights
    if isinstance(setting, str) and setting == "balanced":
        own_totals = np.bincount(indices, given, minlength=len(classes)) if totals is None else totals
        of_class = _balanced(own_totals.astype(np.float64))
    elif isinstance(setting, Mapping):
        of_class = _weight_of_each(classes, setting)
    else:
        raise InvalidArgumentError(f"class_weight must be None, 'balanced' or a dict, not {setting!r}")
    own = of_class[indices] * given
    if is_all and not own.any():
        raise InvalidArgumentError("class_weight: all samples that are there have weight 0")
    return own


def _balanced(totals: NDArray[np.float64]) -> NDArray[np.float64]:
    """What makes equal the total weights of the classes, of which some may have no samples here."""
    of_class, present = np.ones(len(totals)), totals > 0
    of_class[present] = totals.sum() / (present.sum() * totals[present])
    return of_class


def _weight_of_each(classes: NDArray[Any], setting: Mapping[Any, Any]) -> NDArray[np.float64]:
    unknown = [label for label in setting if label not in classes]
    if unknown:
        raise InvalidArgumentError(f"class_weight: {', '.join(map(repr, unknown))}: there is no such class in y")
    of_class = np.ones(len(classes))
    for label, weight in setting.items():
        name = f"class_weight[{label!r}]"
        if not 0 <= real_number(weight, name) < math.inf:
            raise InvalidArgumentError(f"{name}: {weight} is outside [0, inf)")
        of_class[classes == label] = weight
    return of_class
