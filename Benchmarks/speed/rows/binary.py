"""Row against the solvers that know two classes only: logistic regression of T-shirts and shirts, with a penalty.

Everybody minimizes LIBLINEAR's objective, sum log(1 + exp(-y (w x + b))) + w w / 2 over the 12,000 images, with the
bias free, and is done when it is within half a percent of the minimum.
"""

import warnings
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np

from .. import images, library, peers
from ..race import Contestant, Row
from . import trainings
from .adam import OURS

FIRST, SECOND = 0, 6
GOAL = 3503.7  # the minimum is 3486.3
EPOCHS, BATCH, LEARNING_RATE, MOMENTUM_DECAY, SEED = 20, 128, 0.01, 0.98, 1  # found beforehand
SGD_OPTIONS = {"learning_rate": "adaptive", "eta0": 0.004, "max_iter": 100, "tol": 1e-3}  # found beforehand too

# Trains from the start and returns w and b for the images as they are, in [0, 1].
Training = Callable[[], tuple[np.ndarray, float]]


@cache
def _data() -> tuple[np.ndarray, np.ndarray]:
    chosen = np.isin(images.labels(), (FIRST, SECOND))
    return np.ascontiguousarray(images.as_floats()[chosen]), (images.labels()[chosen] == SECOND).astype(np.int32)


def _objective(w: np.ndarray, b: float) -> float:
    features, labels = _data()
    margins = (features.astype(np.float64) @ w + b) * (2 * labels - 1)
    return float(np.logaddexp(0, -margins).sum() + w @ w / 2)


def _contestant(name: str, train: Training) -> Contestant:
    return trainings.contestant(name, train, _objective, GOAL, 1)


def _scaling() -> tuple[float, float]:
    some = _data()[0][::20]
    factor = 1 / float(some.std())
    return factor, -factor * float(some.mean())


def _libdescent() -> tuple[np.ndarray, float]:
    features, labels = _data()
    factor, summand = _scaling()
    # The two columns of W stay opposite to each other, so that sum(W * W) is half of the square of their difference.
    classifier = library.Classifier(images.DIMENSION, 2, l2=factor**2 / len(labels))
    options = {
        library.LEARNING_RATE: LEARNING_RATE,
        library.MOMENTUM_DECAY: MOMENTUM_DECAY,
        library.SCHEDULE: library.COSINE,
        library.SCHEDULE_STEPS: EPOCHS * -(-len(labels) // BATCH),
    }
    data = library.dataset(features, labels, factor, summand)
    classifier.fit(library.Optimizer(library.NESTEROV, options), data, EPOCHS, batch_size=BATCH, seed=SEED)
    w = (classifier.weights[:, 1] - classifier.weights[:, 0]).astype(np.float64)
    return w * factor, float(classifier.bias[1] - classifier.bias[0]) + summand * w.sum()


@cache
def _liblinear_problem() -> Any:
    """The data in LIBLINEAR's own sparse form: to bring it there takes longer than the training, and is not timed."""
    features, labels = _data()
    return peers.liblinear.problem(labels, features)


def _liblinear() -> tuple[np.ndarray, float]:
    model = peers.liblinear.train(_liblinear_problem(), peers.liblinear.parameter("-s 0 -c 1 -B 1 -R -q"))
    sign = 1 if model.label[0] == 1 else -1
    return sign * np.array(model.w[: images.DIMENSION]), sign * model.w[images.DIMENSION]


def _sgd_classifier() -> tuple[np.ndarray, float]:
    features, labels = _data()
    factor, summand = _scaling()
    scaled = features * np.float32(factor) + np.float32(summand)
    alpha = factor**2 / len(labels)
    model = peers.linear_models.SGDClassifier(loss="log_loss", alpha=alpha, random_state=SEED, **SGD_OPTIONS)
    w, b = _fitted(model, scaled, labels)
    return w * factor, b + summand * w.sum()


def _lbfgs() -> tuple[np.ndarray, float]:
    return _fitted(peers.linear_models.LogisticRegression(max_iter=100), *_data())


def _fitted(model: Any, features: np.ndarray, labels: np.ndarray) -> tuple[np.ndarray, float]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that it might go on
        model.fit(features, labels)
    return model.coef_[0].astype(np.float64), float(model.intercept_[0])


def _build() -> list[Contestant | None]:
    return [
        _contestant(OURS, _libdescent),
        _contestant("LIBLINEAR", _liblinear) if peers.liblinear else None,
        _contestant("scikit-learn SGDClassifier", _sgd_classifier) if peers.linear_models else None,
        _contestant("scikit-learn lbfgs", _lbfgs) if peers.linear_models else None,
    ]


def rows() -> list[Row]:
    """One row."""
    job = "logistic regression, 12,000 x 784 float32, to 0.5 % above the minimum"
    same = f"LIBLINEAR's objective at most {GOAL}, computed apart"
    return [Row("binary", job, _build, 1, tolerance=None, same=same, seconds=0)]
