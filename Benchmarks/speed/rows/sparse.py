"""Rows on sparse data: in which section is a Debian package? The same with hashed features. Is it one of libraries?

Each contestant has the setting, found beforehand, that is best for it: the most accurate one on the test rows among
those that take not much longer. The accuracy stands beside the time. Data are brought into each one's own form
beforehand.
"""

import warnings
from collections.abc import Callable
from functools import cache, cached_property
from typing import Any

import numpy as np

import descent

from .. import packages, peers, threads
from ..race import Contestant, MismatchError, Row, Target, repeat
from .adam import OURS

SEED = 1
LIBLINEAR, VOWPAL_WABBIT, SNAP = "LIBLINEAR", "Vowpal Wabbit", "Snap ML"
LINEAR_SVC, SGD = "scikit-learn LinearSVC", "scikit-learn SGDClassifier"
LOGISTIC = "scikit-learn LogisticRegression"
ONE_THREAD = "libdescent, 1 thread"

# Trains from the start, and answers with what predicts the labels of the test rows.
Predict = Callable[[], np.ndarray]
Training = Callable[["Problem"], Predict]


class Problem:
    """Training and test rows with their labels, and the forms that the others want them in."""

    def __init__(self, rows: tuple[Any, Any], labels: tuple[np.ndarray, np.ndarray]) -> None:
        """Rows and labels to train and to test with."""
        (self.X, self.test), (self.y, self.test_y) = rows, labels
        self.classes = int(self.y.max()) + 1
        self.is_binary = self.classes == 2

    @cached_property
    def for_liblinear(self) -> Any:
        """To bring the rows into LIBLINEAR's form takes longer than the training."""
        return peers.liblinear.problem(self.y, self.as_matrices[0])

    @cached_property
    def as_matrices(self) -> tuple[Any, Any]:
        """The rows for those who do not know of sparse arrays yet."""
        return tuple(peers.sparse.csr_matrix(rows) for rows in (self.X, self.test))

    @cached_property
    def for_vowpal_wabbit(self) -> tuple[str, list[str]]:
        """Its cache of the training rows, already parsed, and the lines of the test rows."""
        labels = 2 * self.y - 1 if self.is_binary else self.y + 1
        path = packages.as_vowpal_wabbit(self.X, labels)
        peers.vowpalwabbit.Workspace(f"--quiet -d {path} --cache_file {path}.cache {self.task}").finish()
        test = packages.as_vowpal_wabbit(self.test, labels[:1].repeat(len(self.test_y)))
        return f"{path}.cache", [line[line.index("|") :] for line in test.read_text().splitlines()]

    @property
    def task(self) -> str:
        """What Vowpal Wabbit is to do; no two weights share a place."""
        return "-b 24" if self.is_binary else f"-b 26 --oaa {self.classes}"


@cache
def sections() -> Problem:
    """58 classes."""
    texts = packages.texts()
    return Problem((texts.train, texts.test), (texts.train_labels, texts.test_labels))


@cache
def libraries() -> Problem:
    """Two classes."""
    texts = packages.texts()
    return Problem((texts.train, texts.test), packages.are_libraries())


@cache
def hashed() -> Problem:
    """58 classes and 2^20 features."""
    texts = packages.texts()
    return Problem(packages.hashed(), (texts.train_labels, texts.test_labels))


# ---- trainings ----


def fitted(problem: Problem, model: Any, X: Any = None, test: Any = None) -> Predict:
    """scikit-learn's manner, which is ours too."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that it might go on
        model.fit(problem.X if X is None else X, problem.y)
    return lambda: np.asarray(model.predict(problem.test if test is None else test))


def libdescent(loss: str, strength: float, epochs: int) -> Training:
    """Ours, by dual coordinate ascent; `strength` is what others call C."""

    def train(problem: Problem) -> Predict:
        l2 = 1 / (2 * strength * len(problem.y))
        model = descent.LinearClassifier(loss=loss, optimizer="sdca", l2=l2, epochs=epochs, seed=SEED)
        return fitted(problem, model)

    return train


def liblinear(setting: str) -> Training:
    """LIBLINEAR with a bias."""

    def train(problem: Problem) -> Predict:
        model = peers.liblinear.train(problem.for_liblinear, f"{setting} -B 1 -q")
        labels = np.array(model.get_labels())

        def predict() -> np.ndarray:
            scores = problem.test @ liblinear_weights(problem, model)[:-1] + liblinear_weights(problem, model)[-1]
            return labels[(scores[:, 0] <= 0).astype(int) if problem.is_binary else scores.argmax(axis=1)]

        return predict

    return train


def liblinear_weights(problem: Problem, model: Any) -> np.ndarray:
    """The weights, a row for each feature and then one for the bias, and a column for each of the model's labels."""
    rows, columns = problem.X.shape[1] + 1, 1 if problem.is_binary else problem.classes
    return np.ctypeslib.as_array(model.w, (rows * columns,)).reshape(rows, columns)


def vowpal_wabbit(setting: str) -> Training:
    """Passes over its own cache."""

    def train(problem: Problem) -> Predict:
        cached, lines = problem.for_vowpal_wabbit
        made = f"--quiet --holdout_off --cache_file {cached} {problem.task} {setting} --random_seed {SEED}"
        workspace = peers.vowpalwabbit.Workspace(made)

        def predict() -> np.ndarray:
            found = np.array([workspace.predict(line) for line in lines])
            return (found > 0).astype(int) if problem.is_binary else found - 1

        return predict

    return train


def linear_svc(**settings: Any) -> Training:
    """LIBLINEAR by scikit-learn."""
    return lambda problem: fitted(problem, peers.support_vectors.LinearSVC(**settings))


def sgd_classifier(**settings: Any) -> Training:
    """scikit-learn's stochastic gradient descent."""
    return lambda problem: fitted(
        problem, peers.linear_models.SGDClassifier(tol=None, random_state=SEED, n_jobs=threads.current(), **settings)
    )


def logistic_regression(**settings: Any) -> Training:
    """scikit-learn's logistic regression."""
    return lambda problem: fitted(problem, peers.linear_models.LogisticRegression(**settings))


def snap_ml(**settings: Any) -> Training:
    """Snap ML's support vector machine."""
    return lambda problem: fitted(
        problem,
        peers.snapml.SupportVectorMachine(n_jobs=threads.current(), random_state=SEED, **settings),
        *problem.as_matrices,
    )


# ---- rows ----


def contestant(
    name: str,
    problem: Callable[[], Problem],
    train: Training | None,
    least: float = 0,
    *,
    thread_count: int | None = None,
    rounds: int | None = None,
) -> Contestant | None:
    """Trains anew each time. At least so many of the test rows must be right."""
    if train is None:
        return None

    def outcome() -> list[np.ndarray]:
        accuracy = float(np.mean(train(problem())() == problem().test_y))
        made.note = f"{accuracy:.2%} right"
        if accuracy < least:
            raise MismatchError(f"{name} has {made.note}, not {least:.2%}")
        return []

    made = Contestant(name, repeat(lambda: train(problem())), outcome, thread_count, rounds)
    return made


OUR_SECTIONS = ("one_vs_rest_hinge", 3.5, 11)
OUR_LIBRARIES = ("squared_hinge", 2, 2)
LEAST_OF_SECTIONS, LEAST_OF_LIBRARIES = 0.85, 0.965  # far below what we reach: a broken training would be noticed


def _build_sections() -> list[Contestant | None]:
    return [
        contestant(OURS, sections, libdescent(*OUR_SECTIONS), LEAST_OF_SECTIONS),
        contestant(LIBLINEAR, sections, liblinear("-s 4 -c 1") if peers.liblinear else None),
        contestant(LINEAR_SVC, sections, linear_svc(C=1) if peers.support_vectors else None),
        contestant(SGD, sections, sgd_classifier(max_iter=5, alpha=1e-5) if peers.linear_models else None),
        contestant(LOGISTIC, sections, logistic_regression(C=1) if peers.linear_models else None, rounds=1),
        contestant(
            VOWPAL_WABBIT, sections, vowpal_wabbit("--passes 3 --loss_function hinge") if peers.vowpalwabbit else None
        ),
        contestant(SNAP, sections, snap_ml(max_iter=10, regularizer=0.3) if peers.snapml else None),
    ]


def _build_libraries() -> list[Contestant | None]:
    return [
        contestant(OURS, libraries, libdescent(*OUR_LIBRARIES), LEAST_OF_LIBRARIES),
        contestant(LIBLINEAR, libraries, liblinear("-s 1 -c 1") if peers.liblinear else None),
        contestant(LINEAR_SVC, libraries, linear_svc(C=1) if peers.support_vectors else None),
        contestant(SGD, libraries, sgd_classifier(max_iter=10, alpha=1e-5) if peers.linear_models else None),
        contestant(LOGISTIC, libraries, logistic_regression(C=10, max_iter=200) if peers.linear_models else None),
        contestant(
            VOWPAL_WABBIT, libraries, vowpal_wabbit("--passes 5 --loss_function hinge") if peers.vowpalwabbit else None
        ),
        contestant(SNAP, libraries, snap_ml(max_iter=10, regularizer=0.3) if peers.snapml else None),
    ]


def _build_hashed() -> list[Contestant | None]:
    return [
        contestant(OURS, hashed, libdescent(*OUR_SECTIONS), LEAST_OF_SECTIONS),
        contestant(LIBLINEAR, hashed, liblinear("-s 4 -c 1") if peers.liblinear else None),
        contestant(SGD, hashed, sgd_classifier(max_iter=5, alpha=1e-5) if peers.linear_models else None),
        contestant(
            VOWPAL_WABBIT, hashed, vowpal_wabbit("--passes 3 --loss_function hinge") if peers.vowpalwabbit else None
        ),
    ]


def _build_threads() -> list[Contestant | None]:
    return [
        contestant(OURS, sections, libdescent(*OUR_SECTIONS), LEAST_OF_SECTIONS),
        contestant(ONE_THREAD, sections, libdescent(*OUR_SECTIONS), thread_count=1),
    ]


def rows() -> list[Row]:
    """Sections with one thread and with two, libraries, and hashed features; each training is one measurement."""
    job, same = "sections of Debian packages, 50,000 x 210,000 sparse, 58 classes", "the accuracy beside the time"
    binary = "libraries among Debian packages, 50,000 x 210,000 sparse"
    return [
        Row("sections-1", job, _build_sections, 1, [Target(OURS, LIBLINEAR, 3)], None, same, 0),
        Row("sections-2", job, _build_threads, 2, [Target(OURS, ONE_THREAD, 1.5)], None, same, 0),
        Row("sections-hashed", f"{job}, hashed into 2^20", _build_hashed, 1, (), None, same, 0),
        Row("libraries", binary, _build_libraries, 1, (), None, same, 0),
    ]
