"""Made by `make stubs` from the library's table: the losses."""

from typing import Any, Literal, TypeVar, overload

import numpy as np
from numpy.typing import ArrayLike, NDArray

_Float = TypeVar("_Float", bound=np.floating[Any])

@overload
def softmax_cross_entropy(
    scores: NDArray[_Float], labels: ArrayLike, *, gradient: Literal[True] = True, out: NDArray[_Float] | None = None
) -> tuple[float, NDArray[_Float]]: ...
@overload
def softmax_cross_entropy(
    scores: NDArray[_Float], labels: ArrayLike, *, gradient: Literal[False], out: None = None
) -> tuple[float, None]: ...
@overload
def softmax_cross_entropy(
    scores: NDArray[_Float], labels: ArrayLike, *, gradient: bool, out: NDArray[_Float] | None = None
) -> tuple[float, NDArray[_Float] | None]: ...
@overload
def multiclass_hinge(
    scores: NDArray[_Float], labels: ArrayLike, *, gradient: Literal[True] = True, out: NDArray[_Float] | None = None
) -> tuple[float, NDArray[_Float]]: ...
@overload
def multiclass_hinge(
    scores: NDArray[_Float], labels: ArrayLike, *, gradient: Literal[False], out: None = None
) -> tuple[float, None]: ...
@overload
def multiclass_hinge(
    scores: NDArray[_Float], labels: ArrayLike, *, gradient: bool, out: NDArray[_Float] | None = None
) -> tuple[float, NDArray[_Float] | None]: ...
@overload
def squared_hinge(
    scores: NDArray[_Float], labels: ArrayLike, *, gradient: Literal[True] = True, out: NDArray[_Float] | None = None
) -> tuple[float, NDArray[_Float]]: ...
@overload
def squared_hinge(
    scores: NDArray[_Float], labels: ArrayLike, *, gradient: Literal[False], out: None = None
) -> tuple[float, None]: ...
@overload
def squared_hinge(
    scores: NDArray[_Float], labels: ArrayLike, *, gradient: bool, out: NDArray[_Float] | None = None
) -> tuple[float, NDArray[_Float] | None]: ...
@overload
def one_vs_rest_hinge(
    scores: NDArray[_Float], labels: ArrayLike, *, gradient: Literal[True] = True, out: NDArray[_Float] | None = None
) -> tuple[float, NDArray[_Float]]: ...
@overload
def one_vs_rest_hinge(
    scores: NDArray[_Float], labels: ArrayLike, *, gradient: Literal[False], out: None = None
) -> tuple[float, None]: ...
@overload
def one_vs_rest_hinge(
    scores: NDArray[_Float], labels: ArrayLike, *, gradient: bool, out: NDArray[_Float] | None = None
) -> tuple[float, NDArray[_Float] | None]: ...
@overload
def one_vs_rest_squared_hinge(
    scores: NDArray[_Float], labels: ArrayLike, *, gradient: Literal[True] = True, out: NDArray[_Float] | None = None
) -> tuple[float, NDArray[_Float]]: ...
@overload
def one_vs_rest_squared_hinge(
    scores: NDArray[_Float], labels: ArrayLike, *, gradient: Literal[False], out: None = None
) -> tuple[float, None]: ...
@overload
def one_vs_rest_squared_hinge(
    scores: NDArray[_Float], labels: ArrayLike, *, gradient: bool, out: NDArray[_Float] | None = None
) -> tuple[float, NDArray[_Float] | None]: ...
@overload
def one_vs_rest_logistic(
    scores: NDArray[_Float], labels: ArrayLike, *, gradient: Literal[True] = True, out: NDArray[_Float] | None = None
) -> tuple[float, NDArray[_Float]]: ...
@overload
def one_vs_rest_logistic(
    scores: NDArray[_Float], labels: ArrayLike, *, gradient: Literal[False], out: None = None
) -> tuple[float, None]: ...
@overload
def one_vs_rest_logistic(
    scores: NDArray[_Float], labels: ArrayLike, *, gradient: bool, out: NDArray[_Float] | None = None
) -> tuple[float, NDArray[_Float] | None]: ...
@overload
def squared_error(
    predictions: NDArray[_Float],
    targets: NDArray[_Float],
    *,
    gradient: Literal[True] = True,
    out: NDArray[_Float] | None = None,
) -> tuple[float, NDArray[_Float]]: ...
@overload
def squared_error(
    predictions: NDArray[_Float], targets: NDArray[_Float], *, gradient: Literal[False], out: None = None
) -> tuple[float, None]: ...
@overload
def squared_error(
    predictions: NDArray[_Float], targets: NDArray[_Float], *, gradient: bool, out: NDArray[_Float] | None = None
) -> tuple[float, NDArray[_Float] | None]: ...
@overload
def absolute_error(
    predictions: NDArray[_Float],
    targets: NDArray[_Float],
    *,
    gradient: Literal[True] = True,
    out: NDArray[_Float] | None = None,
) -> tuple[float, NDArray[_Float]]: ...
@overload
def absolute_error(
    predictions: NDArray[_Float], targets: NDArray[_Float], *, gradient: Literal[False], out: None = None
) -> tuple[float, None]: ...
@overload
def absolute_error(
    predictions: NDArray[_Float], targets: NDArray[_Float], *, gradient: bool, out: NDArray[_Float] | None = None
) -> tuple[float, NDArray[_Float] | None]: ...
@overload
def huber(
    predictions: NDArray[_Float],
    targets: NDArray[_Float],
    *,
    gradient: Literal[True] = True,
    out: NDArray[_Float] | None = None,
    delta: float = 1.0,
) -> tuple[float, NDArray[_Float]]: ...
@overload
def huber(
    predictions: NDArray[_Float],
    targets: NDArray[_Float],
    *,
    gradient: Literal[False],
    out: None = None,
    delta: float = 1.0,
) -> tuple[float, None]: ...
@overload
def huber(
    predictions: NDArray[_Float],
    targets: NDArray[_Float],
    *,
    gradient: bool,
    out: NDArray[_Float] | None = None,
    delta: float = 1.0,
) -> tuple[float, NDArray[_Float] | None]: ...
@overload
def logistic(
    predictions: NDArray[_Float],
    targets: NDArray[_Float],
    *,
    gradient: Literal[True] = True,
    out: NDArray[_Float] | None = None,
) -> tuple[float, NDArray[_Float]]: ...
@overload
def logistic(
    predictions: NDArray[_Float], targets: NDArray[_Float], *, gradient: Literal[False], out: None = None
) -> tuple[float, None]: ...
@overload
def logistic(
    predictions: NDArray[_Float], targets: NDArray[_Float], *, gradient: bool, out: NDArray[_Float] | None = None
) -> tuple[float, NDArray[_Float] | None]: ...
@overload
def quantile(
    predictions: NDArray[_Float],
    targets: NDArray[_Float],
    *,
    gradient: Literal[True] = True,
    out: NDArray[_Float] | None = None,
    quantile: float = 0.5,
) -> tuple[float, NDArray[_Float]]: ...
@overload
def quantile(
    predictions: NDArray[_Float],
    targets: NDArray[_Float],
    *,
    gradient: Literal[False],
    out: None = None,
    quantile: float = 0.5,
) -> tuple[float, None]: ...
@overload
def quantile(
    predictions: NDArray[_Float],
    targets: NDArray[_Float],
    *,
    gradient: bool,
    out: NDArray[_Float] | None = None,
    quantile: float = 0.5,
) -> tuple[float, NDArray[_Float] | None]: ...
@overload
def epsilon_insensitive(
    predictions: NDArray[_Float],
    targets: NDArray[_Float],
    *,
    gradient: Literal[True] = True,
    out: NDArray[_Float] | None = None,
    epsilon: float = 0.1,
) -> tuple[float, NDArray[_Float]]: ...
@overload
def epsilon_insensitive(
    predictions: NDArray[_Float],
    targets: NDArray[_Float],
    *,
    gradient: Literal[False],
    out: None = None,
    epsilon: float = 0.1,
) -> tuple[float, None]: ...
@overload
def epsilon_insensitive(
    predictions: NDArray[_Float],
    targets: NDArray[_Float],
    *,
    gradient: bool,
    out: NDArray[_Float] | None = None,
    epsilon: float = 0.1,
) -> tuple[float, NDArray[_Float] | None]: ...
@overload
def squared_epsilon_insensitive(
    predictions: NDArray[_Float],
    targets: NDArray[_Float],
    *,
    gradient: Literal[True] = True,
    out: NDArray[_Float] | None = None,
    epsilon: float = 0.1,
) -> tuple[float, NDArray[_Float]]: ...
@overload
def squared_epsilon_insensitive(
    predictions: NDArray[_Float],
    targets: NDArray[_Float],
    *,
    gradient: Literal[False],
    out: None = None,
    epsilon: float = 0.1,
) -> tuple[float, None]: ...
@overload
def squared_epsilon_insensitive(
    predictions: NDArray[_Float],
    targets: NDArray[_Float],
    *,
    gradient: bool,
    out: NDArray[_Float] | None = None,
    epsilon: float = 0.1,
) -> tuple[float, NDArray[_Float] | None]: ...
@overload
def poisson(
    predictions: NDArray[_Float],
    targets: NDArray[_Float],
    *,
    gradient: Literal[True] = True,
    out: NDArray[_Float] | None = None,
) -> tuple[float, NDArray[_Float]]: ...
@overload
def poisson(
    predictions: NDArray[_Float], targets: NDArray[_Float], *, gradient: Literal[False], out: None = None
) -> tuple[float, None]: ...
@overload
def poisson(
    predictions: NDArray[_Float], targets: NDArray[_Float], *, gradient: bool, out: NDArray[_Float] | None = None
) -> tuple[float, NDArray[_Float] | None]: ...
