"""Row of softmax regression on Fashion-MNIST with a penalty, by L-BFGS until it is 1e-4 above the minimum.

Everybody minimizes mean cross-entropy + 1e-4 sum(W * W), with the bias free. SciPy is given as long a memory as ours;
scikit-learn's is 10, and cannot be set. LIBLINEAR is not here: its logistic regression of more than two classes trains
one against the rest, which is another function.
"""

import warnings
from typing import Any

import numpy as np

from .. import images, library, peers
from ..race import Contestant, Row, Target
from . import trainings
from .adam import OURS

L2 = 1e-4
# The minimum is 0.396024: a point with this value has a gradient of norm 4.4e-6, so that nothing is lower by more than
# 4.4e-6 ** 2 / (4 * L2), or 5e-8.
GOAL = 0.39612
# Found beforehand: the shortest memory beyond which iterations become hardly fewer, and the iterations that suffice.
# Most of ours come after some on a part of the images.
MEMORY, ITERATIONS, SCIPY_ITERATIONS, SCIKIT_ITERATIONS = 60, 26, 125, 370
SCIPY, SCIKIT = "SciPy L-BFGS-B on NumPy", "scikit-learn lbfgs"

Parameters = tuple[np.ndarray, np.ndarray]


def _objective(weights: np.ndarray, bias: np.ndarray) -> float:
    return images.cross_entropy(weights, bias) + L2 * float(np.square(weights, dtype=np.float64).sum())


def _libdescent() -> Parameters:
    classifier = library.Classifier(images.DIMENSION, images.CLASSES, l2=L2)
    optimizer = library.Optimizer(library.LBFGS, {library.HISTORY: MEMORY})
    data = library.dataset(images.as_floats(), images.labels())
    classifier.fit(optimizer, data, ITERATIONS, batch_size=0, seed=0)
    return classifier.weights.copy(), classifier.bias.copy()


def _loss_gradient(parameters: np.ndarray) -> tuple[float, np.ndarray]:
    """The products in float32, as the features are; everything is done in place where that is possible."""
    features, labels = images.as_floats(), images.labels()
    weights, bias = _split(parameters)
    rows = np.arange(len(labels))
    scores = features @ weights.astype(np.float32)
    scores += bias.astype(np.float32)
    scores -= scores.max(axis=1, keepdims=True)
    right = scores[rows, labels]
    np.exp(scores, out=scores)
    totals = scores.sum(axis=1, keepdims=True)
    loss = np.mean(np.log(totals[:, 0]) - right, dtype=np.float64) + L2 * np.square(weights).sum()
    scores /= totals
    scores[rows, labels] -= 1
    scores /= len(labels)
    by_weights = features.T @ scores + 2 * L2 * weights
    return float(loss), np.concatenate([by_weights.ravel(), scores.sum(axis=0)])


def _split(parameters: np.ndarray) -> Parameters:
    size = images.DIMENSION * images.CLASSES
    return parameters[:size].reshape(images.DIMENSION, images.CLASSES), parameters[size:]


def _scipy() -> Parameters:
    options = {"maxiter": SCIPY_ITERATIONS, "maxfun": 10**6, "maxcor": MEMORY, "ftol": 0, "gtol": 0}
    start = np.zeros((images.DIMENSION + 1) * images.CLASSES)
    minimum = peers.minimizing.minimize(_loss_gradient, start, jac=True, method="L-BFGS-B", options=options)
    return _split(minimum.x)


def _scikit_learn() -> Parameters:
    strength = 1 / (2 * L2 * len(images.labels()))
    model: Any = peers.linear_models.LogisticRegression(C=strength, max_iter=SCIKIT_ITERATIONS, tol=1e-10)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it has not converged, which is known
        model.fit(images.as_floats(), images.labels())
    return model.coef_.T, model.intercept_


def _build() -> list[Contestant | None]:
    def contestant(name: str, train: Any) -> Contestant:
        return trainings.contestant(name, train, _objective, GOAL, 5)

    return [
        contestant(OURS, _libdescent),
        contestant(SCIPY, _scipy) if peers.minimizing else None,
        contestant(SCIKIT, _scikit_learn) if peers.linear_models else None,
    ]


def rows() -> list[Row]:
    """With one thread and with two; each training is one measurement."""
    job = "softmax on 60,000 x 784 float32, L2 1e-4, to 1e-4 above the minimum"
    same = f"cross-entropy and penalty at most {GOAL}, computed apart"
    targets = [Target(OURS, SCIPY, 8), Target(OURS, SCIKIT, 8)]
    return [Row(f"minimum-{n}", job, _build, n, targets, None, same, 0) for n in (1, 2)]
