"""The data sets, each with its splits, as they are and with columns that are rescaled and shifted."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray
from sklearn import datasets
from sklearn.model_selection import KFold, StratifiedKFold
from speed import images

Array = NDArray[np.generic]
Split = tuple[NDArray[np.intp], NDArray[np.intp]]

FOLDS = 5
IMAGES_TO_TRAIN, IMAGES_TO_TEST = 12_000, 2_000
LEAST_SCALE, GREATEST_SCALE = 1e-3, 1e6
GREATEST_SHIFT = 1e6


@dataclass
class DataSet:
    """Samples, and which of them train and test."""

    name: str
    features: Array
    answers: Array
    splits: list[Split]
    is_classification: bool


def _folded(name: str, load: Callable[[], tuple[Array, Array]], is_classification: bool) -> DataSet:
    features, answers = load()
    folds = (StratifiedKFold if is_classification else KFold)(FOLDS, shuffle=True, random_state=0)
    return DataSet(name, features, answers, list(folds.split(features, answers)), is_classification)


def _fashion() -> DataSet:
    chosen = np.random.default_rng(0).permutation(len(images.labels()))[: IMAGES_TO_TRAIN + IMAGES_TO_TEST]
    split = np.arange(IMAGES_TO_TRAIN), np.arange(IMAGES_TO_TRAIN, len(chosen))
    return DataSet("Fashion-MNIST", images.as_bytes()[chosen], images.labels()[chosen], [split], True)


def data_sets() -> Iterator[DataSet]:
    """All that are on this machine."""
    for name in ("iris", "wine", "breast_cancer", "digits"):
        load = partial(getattr(datasets, f"load_{name}"), return_X_y=True)
        yield _folded(name.replace("_", " "), load, is_classification=True)
    if images.installed():
        yield _fashion()
    yield _folded("diabetes", partial(datasets.load_diabetes, return_X_y=True), is_classification=False)
    made = partial(datasets.make_regression, 1000, 30, n_informative=20, noise=20, random_state=0)
    yield _folded("make_regression", made, is_classification=False)


def _as_is(features: Array) -> Array:
    return features


def _rescaled(features: Array) -> Array:
    exponents = np.random.default_rng(1).uniform(np.log10(LEAST_SCALE), np.log10(GREATEST_SCALE), features.shape[1])
    return features.astype(np.float64) * 10**exponents


def _shifted(features: Array) -> Array:
    rescaled = _rescaled(features)
    deviations = rescaled.std(axis=0)
    shifts = np.random.default_rng(2).uniform(-GREATEST_SHIFT, GREATEST_SHIFT, features.shape[1])
    return rescaled + shifts * np.where(deviations > 0, deviations, 1)


# What is done to the columns of each data set.
COLUMNS: dict[str, Callable[[Array], Array]] = {
    "as they are": _as_is,
    "rescaled": _rescaled,
    "rescaled, shifted": _shifted,
}
