"""Rows of the linear models against themselves: what another form of the data, one column less or a watcher costs."""

from collections.abc import Callable
from typing import Any

import numpy as np

from .. import images, library, peers
from ..race import Contestant, Row, Target, repeat
from .epoch import BATCH, FLOATS, LEARNING_RATE, SEED

FIRST, SECOND = 0, 6
DOUBLES = "libdescent, float64"
ONE, TWO = "libdescent, one column", "libdescent, two columns"
WATCHED = "libdescent, watched"


def _fits(
    name: str,
    classes: int,
    data: tuple[np.ndarray, np.ndarray],
    rate: float = LEARNING_RATE,
    progress: Any = None,
) -> Contestant:
    """Epochs of SGD. The outcome of two classes is the difference of their columns, which one column is."""

    def start() -> tuple[library.Classifier, Callable[[], None]]:
        classifier = library.Classifier(images.DIMENSION, classes)
        optimizer = library.Optimizer(library.SGD, {library.LEARNING_RATE: rate})
        dataset = library.dataset(*data)
        return classifier, lambda: classifier.fit(optimizer, dataset, 1, batch_size=BATCH, seed=SEED, progress=progress)

    (verified, fit_once), (_, fit) = start(), start()

    def outcome() -> list[np.ndarray]:
        fit_once()
        parameters = [verified.weights, verified.bias]
        return [np.diff(array) for array in parameters] if classes == 2 else parameters

    return Contestant(name, repeat(fit), outcome)


def _float64() -> list[Contestant | None]:
    X, y = images.as_floats(), images.labels()
    return [_fits(DOUBLES, images.CLASSES, (X.astype(np.float64), y)), _fits(FLOATS, images.CLASSES, (X, y))]


def _watching() -> list[Contestant | None]:
    data = images.as_floats(), images.labels()
    watched = _fits(WATCHED, images.CLASSES, data, progress=peers.native.go_on) if peers.native else None
    return [watched, _fits(FLOATS, images.CLASSES, data)]


def _columns() -> list[Contestant | None]:
    chosen = np.isin(images.labels(), (FIRST, SECOND))
    X = np.ascontiguousarray(images.as_floats()[chosen])
    y = (images.labels()[chosen] == SECOND).astype(np.int32)
    # Both columns go by as much, against each other.
    return [_fits(ONE, 1, (X, y), 2 * LEARNING_RATE), _fits(TWO, 2, (X, y))]


def rows() -> list[Row]:
    """With one thread."""
    epoch, same = "epoch of softmax + SGD, 60,000 x 784, batches of 128", "weights after an epoch"
    two = "epoch of two classes, 12,000 x 784 float32, batches of 128"
    less, doubled, slower = Target(ONE, TWO, 1.6), Target(DOUBLES, FLOATS, 1 / 2.1), Target(WATCHED, FLOATS, 1 / 1.05)
    return [
        Row("two-classes", two, _columns, targets=[less], tolerance=(1e-4, 1e-5), same=same),
        Row("float64", f"{epoch}, features in float64", _float64, targets=[doubled], same=same),
        Row("watching", f"{epoch}, with a callback", _watching, targets=[slower], same=same),
    ]
