"""An estimator's samples: X, y and weights, checked, and as the library takes them."""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .._c.arrays import Array, describe, require_unmasked
from .._c.errors import InvalidArgumentError, ShapeMismatchError
from ._sklearn import warn
from ._sparse import SparseRows, as_rows, is_sparse

# What the library reads where it is.
_IN_PLACE = tuple(np.dtype(kind) for kind in (np.float32, np.float64, np.uint8))
Features = Array | SparseRows
_GREATEST, _LEAST = float(np.finfo(np.float32).max), float(np.finfo(np.float32).tiny)
_MOST_NAMES = 5


def as_features(X: Any, owner: str) -> Features:
    """X as an array of two axes, or sparse rows, that the library can read: itself if it is one, else a copy.

    C-contiguous float32, float64 and uint8 are used in place. bool, float16 and integers of 8 and 16 bits become
    float32, all others float64. What becomes of sparse ones, as_rows() says.
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
    if array.dtype.kind in "OSU":
        try:
            array = array.astype(np.float64)
        except (TypeError, ValueError) as error:
            raise type(error)(f"X must hold numbers: {error}") from None
    if array.dtype.kind not in "fiub":
        raise TypeError(f"X is {describe(array)}; it must hold numbers")
    dtype = array.dtype.newbyteorder("=")
    if dtype not in _IN_PLACE:
        dtype = np.dtype(np.float32 if dtype.itemsize <= 2 else np.float64)
    converted: Array = np.ascontiguousarray(array, dtype)
    return converted


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


def as_scaled(X: Features, scale: float | None, offset: float) -> tuple[Features, float, float]:
    """The features that the library reads, with the scale and the offset that it has still to apply.

    Those that float32 cannot hold are applied here, in double, unless the features are in float32 themselves.
    """
    if scale is None:
        scale = 1 / 255 if X.dtype == np.uint8 else 1.0
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


def as_labels(y: Any, samples: int, owner: str) -> NDArray[Any]:
    """One label for each sample, which must be something else than a measured number."""
    if y is None:
        raise InvalidArgumentError(f"This {owner} estimator requires y to be passed, but the target y is None.")
    require_unmasked(y, "y")
    labels = np.asarray(y)
    labels = _one_column(labels, samples)
    if labels.dtype.kind == "f":
        _require_finite(labels, "y")
        if (labels != np.floor(labels)).any():
            raise InvalidArgumentError(
                "Unknown label type: continuous. Maybe you are trying to fit a classifier, which expects discrete "
                "classes on a regression target with continuous values."
            )
    elif labels.dtype.kind == "O":
        for index, label in enumerate(labels.flat):
            if label is None or label != label:  # noqa: PLR0124
                raise InvalidArgumentError(f"Input y contains NaN or None: y[{index}] is {label!r}")
    elif labels.dtype.kind == "c":
        raise InvalidArgumentError(f"Complex data not supported: y is {describe(labels)}")
    return labels


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
    _require_length(labels, samples, "y")
    return labels


def as_targets(y: Any, samples: int, owner: str) -> Array:
    """Real numbers, one for each sample or a row of them, as float32 or float64."""
    if y is None:
        raise InvalidArgumentError(f"This {owner} estimator requires y to be passed, but the target y is None.")
    require_unmasked(y, "y")
    targets = np.asarray(y)
    if targets.dtype.kind == "c":
        raise InvalidArgumentError(f"Complex data not supported: y is {describe(targets)}")
    if targets.dtype.kind not in "fiub":
        try:
            targets = targets.astype(np.float64)
        except (TypeError, ValueError) as error:
            raise InvalidArgumentError(f"y must hold numbers: {error}") from None
    dtype = np.float32 if targets.dtype == np.float32 else np.float64
    targets = np.ascontiguousarray(targets, dtype)
    if targets.ndim not in (1, 2):
        raise ShapeMismatchError(f"y is {describe(targets)}; its shape must be (samples,) or (samples, outputs)")
    _require_length(targets, samples, "y")
    if targets.size == 0:
        raise InvalidArgumentError(f"y is {describe(targets)}; it must have at least one output")
    _require_finite(targets, "y")
    return targets


def as_weights(weights: Any, samples: int) -> NDArray[np.float64] | None:
    """The weights of the samples, or None."""
    if weights is None:
        return None
    if isinstance(weights, int | float):
        weights = np.full(samples, weights)
    require_unmasked(weights, "sample_weight")
    array = np.ascontiguousarray(weights, np.float64)
    if array.ndim != 1:
        raise ShapeMismatchError(f"Sample weights must be 1D array or scalar; sample_weight is {describe(array)}")
    if len(array) != samples:
        raise ShapeMismatchError(f"sample_weight.shape == {array.shape}, expected ({samples},)!")
    _require_finite(array, "sample_weight")
    if (array < 0).any():
        wrong = int(np.argmax(array < 0))
        raise InvalidArgumentError(f"sample_weight[{wrong}]: {array[wrong]} is outside [0, inf)")
    if not array.any():
        raise InvalidArgumentError("sample_weight: all are zero")
    return array


def class_weights(setting: Any, classes: NDArray[Any], indices: Array, weights: Any) -> Any:
    """The samples' weights, times those of their classes: 'balanced' gives all classes the same total weight."""
    if setting is None:
        return weights
    if isinstance(setting, str) and setting == "balanced":
        counts = np.bincount(indices, minlength=len(classes))
        of_class = len(indices) / (len(classes) * counts)
    elif isinstance(setting, dict):
        unknown = [label for label in setting if label not in classes]
        if unknown:
            raise InvalidArgumentError(f"The classes, {unknown}, are not in class_weight")
        of_class = np.array([float(setting.get(label, 1.0)) for label in classes.tolist()])
    else:
        raise InvalidArgumentError(f"class_weight must be None, 'balanced' or a dict, not {setting!r}")
    own = of_class[indices]
    return own if weights is None else own * weights


def _require_length(array: Array, samples: int, name: str) -> None:
    if len(array) != samples:
        raise ShapeMismatchError(
            f"Found input variables with inconsistent numbers of samples: {name} is {describe(array)}, but X has "
            f"{samples} samples"
        )


def _require_finite(array: Array, name: str) -> None:
    bad = ~np.isfinite(array)
    if bad.any():
        place = tuple(int(index) for index in np.argwhere(bad)[0])
        where = ", ".join(map(str, place))
        what = "NaN" if np.isnan(array[place]) else "infinity"
        raise InvalidArgumentError(f"Input {name} contains {what}: {name}[{where}] is {array[place]}")
