"""One row of the table: a data set, what was done to its columns, and how well each model does."""

import time
import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import descent

from .data_sets import Array, DataSet

# How far below the better of the others: of an accuracy, and as a share of R².
MOST_POINTS, MOST_SHARE = 0.005, 0.01


@dataclass
class Row:
    """Scores are accuracies or R², means over the splits; seconds are those of all fits."""

    data_set: str
    columns: str
    is_classification: bool
    ours: float
    plain: float
    scaled: float
    seconds: tuple[float, float, float]

    @property
    def best(self) -> float:
        """The better one of scikit-learn's two."""
        return max(self.plain, self.scaled)

    @property
    def is_right(self) -> bool:
        """Whether ours is as good, within the tolerance."""
        return self.ours >= self.best - (MOST_POINTS if self.is_classification else MOST_SHARE * abs(self.best))


def measured(data: DataSet, columns: str, features: Array) -> Row:
    """Fits and tests all three models on every split."""
    ours, theirs = (
        (descent.LinearClassifier, LogisticRegression) if data.is_classification else (descent.LinearRegressor, Ridge)
    )
    models = (ours, theirs, lambda: make_pipeline(StandardScaler(), theirs()))
    scores, seconds = np.zeros((len(models), len(data.splits))), np.zeros(len(models))
    for place, make in enumerate(models):
        for fold, (train, test) in enumerate(data.splits):
            start = time.perf_counter()
            fitted = _fitted(make(), features[train], data.answers[train])
            seconds[place] += time.perf_counter() - start
            scores[place, fold] = fitted.score(features[test], data.answers[test])
    return Row(data.name, columns, data.is_classification, *scores.mean(axis=1).tolist(), tuple(seconds.tolist()))


def _fitted(model: Any, features: Array, answers: Array) -> Any:
    with warnings.catch_warnings():
        # Data that are not scaled are too much for the others' solvers; that is what the table shows.
        warnings.simplefilter("ignore")
        return model.fit(features, answers)
