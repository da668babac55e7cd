"""Rows of L1 on sparse data: is a Debian package one of libraries? In which section is it, one against the rest?

Everybody minimizes LIBLINEAR's objective, divided by the rows: mean log(1 + exp(-y (w x + b))) + sum |w| / n, summed
over the classes, with the bias free. All are done within a thousandth of the minimum.
"""

import warnings
from functools import cache
from typing import Any

import numpy as np

import descent

from .. import peers
from ..race import Contestant, Row, Target
from . import sparse, trainings
from .adam import OURS
from .sparse import LIBLINEAR

SAGA = "scikit-learn saga"
# The minima are 0.1144168 and 1.3519, of LIBLINEAR with -e 1e-6 and 1e-3.
LIBRARIES_GOAL, SECTIONS_GOAL = 0.114531, 1.3532

Parameters = tuple[np.ndarray, np.ndarray]


@cache
def _signs(problem: sparse.Problem) -> np.ndarray:
    """A column for each classifier of the problem: 1 for its own class, and else -1."""
    own = problem.y == 1 if problem.is_binary else problem.y[:, None] == np.arange(problem.classes)
    return np.where(own.reshape(len(problem.y), -1), 1.0, -1.0)


def _objective(problem: sparse.Problem, weights: np.ndarray, bias: np.ndarray) -> float:
    margins = _signs(problem) * (problem.X @ weights.astype(np.float64) + bias)
    penalty = np.abs(weights).sum(dtype=np.float64) / len(problem.y)
    return float(np.logaddexp(0, -margins).mean(axis=0).sum() + penalty)


def _libdescent(problem: sparse.Problem, **settings: Any) -> Parameters:
    """A logistic regressor has an output for each class, and the sum of their losses: one against the rest."""
    targets = (_signs(problem) > 0).astype(np.float32)
    model = descent.LinearRegressor(loss="logistic", l1=1 / len(problem.y), l2=0, **settings)
    model.fit(problem.X, targets)
    return model.coef_.T, model.intercept_


def _liblinear(problem: sparse.Problem, tolerance: float) -> Parameters:
    model = peers.liblinear.train(problem.for_liblinear, f"-s 6 -c 1 -e {tolerance} -B 1 -R -q")
    weights, labels = sparse.liblinear_weights(problem, model).copy(), model.get_labels()
    if problem.is_binary:
        weights = weights if labels[0] == 1 else -weights
        return weights[:-1], weights[-1]
    weights = weights[:, np.argsort(labels)]
    return weights[:-1], weights[-1]


def _saga(problem: sparse.Problem, epochs: int) -> Parameters:
    model = peers.linear_models.LogisticRegression(
        l1_ratio=1, C=1, solver="saga", max_iter=epochs, tol=1e-9, random_state=sparse.SEED
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that it might go on
        model.fit(problem.X, problem.y)
    return model.coef_.T, model.intercept_


def _contestant(name: str, problem: Any, goal: float, train: Any, rounds: int | None = None) -> Contestant:
    made = trainings.contestant(
        name, lambda: train(problem()), lambda *parameters: _objective(problem(), *parameters), goal, 6
    )
    made.rounds = rounds
    return made


# Found beforehand, as all below.
OUR_SETTINGS: dict[str, Any] = {"optimizer": "coordinate_descent", "epochs": 2, "batch_size": 0}


def _ours(problem: sparse.Problem) -> Parameters:
    return _libdescent(problem, **OUR_SETTINGS)


def _build_libraries() -> list[Contestant | None]:
    job = sparse.libraries, LIBRARIES_GOAL
    return [
        _contestant(OURS, *job, _ours),
        _contestant(LIBLINEAR, *job, lambda problem: _liblinear(problem, 6e-3)) if peers.liblinear else None,
        _contestant(SAGA, *job, lambda problem: _saga(problem, 21)) if peers.linear_models else None,
    ]


def _build_sections() -> list[Contestant | None]:
    job = sparse.sections, SECTIONS_GOAL
    return [
        _contestant(OURS, *job, _ours),
        _contestant(LIBLINEAR, *job, lambda problem: _liblinear(problem, 6e-3), 2) if peers.liblinear else None,
    ]


def _build_threads() -> list[Contestant | None]:
    job = sparse.sections, SECTIONS_GOAL
    one = _contestant(sparse.ONE_THREAD, *job, _ours)
    one.thread_count = 1
    return [_contestant(OURS, *job, _ours), one]


def rows() -> list[Row]:
    """Two classes and 58, these with two threads too; each training is one measurement."""
    same = "LIBLINEAR's objective, computed apart"
    binary = "L1 logistic regression, libraries among Debian packages"
    job = "L1 logistic regression, sections of Debian packages, one against the rest"
    both, one = [Target(OURS, LIBLINEAR, 3), Target(OURS, SAGA, 3)], [Target(OURS, LIBLINEAR, 3)]
    pair = [Target(OURS, sparse.ONE_THREAD, 1.5)]
    return [
        Row("libraries-l1", f"{binary}, to 0.1 % above the minimum", _build_libraries, 1, both, None, same, 0),
        Row("sections-l1", f"{job}, to 0.1 % above the minimum", _build_sections, 1, one, None, same, 0),
        Row("sections-l1-2", f"{job}, to 0.1 % above the minimum", _build_threads, 2, pair, None, same, 0),
    ]
