"""Row of the estimators as a newcomer takes them: iris with everybody's defaults."""

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

import descent

from .. import peers
from ..race import Contestant, MismatchError, Row, Target, repeat

DEFAULTS, SCIKIT = "libdescent's LinearClassifier", "scikit-learn's LogisticRegression"


def _quiet(action: Callable[..., Any]) -> Callable[..., Any]:
    """The same without the warnings that each fit may give."""

    def run(*arguments: Any) -> Any:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return action(*arguments)

    return run


def _build() -> list[Contestant | None]:
    X, y = peers.datasets.load_iris(return_X_y=True)
    right: dict[str, float] = {}

    def contestant(name: str, make: Callable[[], Any]) -> Contestant:
        def outcome() -> list[np.ndarray]:
            right[name] = make().fit(X, y).score(X, y)
            contestant.note = f"{right[name]:.1%} right"
            if right[name] > right[DEFAULTS]:
                raise MismatchError(f"{name} has {right[name]:.3f} right, and not {right[DEFAULTS]:.3f}")
            return []

        contestant = Contestant(name, _quiet(repeat(lambda: make().fit(X, y))), _quiet(outcome))
        return contestant

    return [
        contestant(DEFAULTS, descent.LinearClassifier),
        contestant(SCIKIT, peers.linear_models.LogisticRegression),
    ]


def rows() -> list[Row]:
    """One row, where scikit-learn is installed."""
    if not peers.datasets or not peers.linear_models:
        return []
    job, same = (
        "fit of iris, 150 x 4, with everybody's defaults",
        "no fewer right than the others have",
    )
    return [
        Row(
            "iris",
            job,
            _build,
            targets=[Target(DEFAULTS, SCIKIT, 5)],
            tolerance=None,
            same=same,
        )
    ]
