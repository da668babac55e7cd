"""Initial values of parameters."""

import operator
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from ._c.arrays import DTYPES, FLOATS, Array, address, real_number, require_unmasked, row_shape, whole_number
from ._c.enumerations import INITIALIZERS, number_of
from ._c.errors import InvalidArgumentError, check
from ._c.library import library


def initialize(
    shape: int | Sequence[int],
    method: str = "he_normal",
    *,
    scale: float = 1.0,
    seed: int = 0,
    dtype: DTypeLike = np.float32,
) -> Array:
    """A new array with random initial values, the same everywhere for the same seed.

    shape: (inputs, outputs), the fan-in first as in W of X @ W. A vector is one row: its fan-in is 1. With more axes
        than two the first one is the fan-in, the others together the fan-out
    method: 'zeros', 'normal' (scale * N(0, 1)), 'uniform' (in (-scale, scale)), 'xavier_normal' and 'xavier_uniform'
        (variance scale^2 * 2 / (inputs + outputs): Glorot and Bengio 2010), 'he_normal' and 'he_uniform'
        (scale^2 * 2 / inputs: He et al. 2015)
    scale: [0, inf)
    dtype: float32 or float64

    TypeError for another dtype or a shape that is none; InvalidArgumentError for an empty shape or a scale out of
    range; UnknownNameError for the method. Thread-safe.
    """
    kind: np.dtype[Any] = np.dtype(dtype)
    if kind not in FLOATS:
        raise TypeError(f"dtype is {kind.name}; it must be float32 or float64")
    require_unmasked(shape, "shape")
    lengths = tuple(map(operator.index, shape)) if isinstance(shape, Sequence) else (operator.index(shape),)
    if any(length < 1 for length in lengths):
        raise InvalidArgumentError(f"shape: {lengths} is empty; every length must be at least 1")
    values = np.empty(lengths, kind)
    check(
        library.descent_initialize(
            number_of(method, INITIALIZERS, "method"),
            DTYPES[kind],
            *row_shape(lengths),
            real_number(scale, "scale"),
            whole_number(seed, "seed", 64),
            address(values),
        )
    )
    return values
