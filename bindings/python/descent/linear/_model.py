"""The library's linear classifier: one handle, its parameters and what it computes, on checked arrays."""

import ctypes
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .._c.arrays import DTYPES, Array, address
from .._c.borrowed import Borrowed
from .._c.declarations import ClassifierPointer, Dataset, FitOptions, GradientComparison, SearchOptions, SearchOutcome
from .._c.enumerations import SAMPLINGS, name_of
from .._c.errors import CancelledError
from .._c.errors import check as check_status
from .._c.library import Handle, library
from .._c.table import LOSSES
from .._saving import saved_bytes
from ..functions.progress import Observer
from ..optimizers import Optimizer
from ..optimizers._tensors import Layout, TensorList

# What the library's texts on a classifier begin with, and what its user calls that. The first that fits counts.
CLASSIFIER_WORDS = {
    f"options: sampling: {given}, but the fit that is to go on has {former}": (
        f"sampling: {name!r}, but the fit that is to go on has {former_name!r}"
    )
    for name, given in SAMPLINGS.items()
    for former_name, former in SAMPLINGS.items()
} | {
    "data: features": "X",
    "data: labels": "y",
    "data: samples": "the samples of X",
    "data: ": "",
    "labels[": "y[",
    "dimension, classes": "the features of X, the labels of y",
    "standard_deviation": "initial_standard_deviation",
    "classifier: its": "the classifier's",
    "tensor 0: ": "weights: ",
    "tensor 1: ": "bias: ",
}


def _check(status: int) -> None:
    check_status(status, CLASSIFIER_WORDS)


def make_dataset(features: Array, labels: NDArray[np.int32] | None, scale: float, offset: float) -> Dataset:
    """Describes features of shape (samples, dimension), and keeps the arrays alive and in their place."""
    samples, dimension = features.shape
    data = Dataset(
        struct_size=ctypes.sizeof(Dataset),
        dtype=DTYPES[features.dtype],
        features=address(features),
        labels=None if labels is None else labels.ctypes.data_as(ctypes.POINTER(ctypes.c_int32)),
        samples=samples,
        dimension=dimension,
        scale=scale,
        offset=offset,
    )
    data.borrowed = Borrowed(X=features) if labels is None else Borrowed(X=features, y=labels)
    return data


def make_fit_options(epochs: int, batch_size: int, sampling: str, seed: int) -> FitOptions:
    """Describes how a fit goes through its samples."""
    options = FitOptions()
    library.descent_fit_options_init(ctypes.byref(options))
    options.epochs, options.batch_size, options.seed = epochs, batch_size, seed
    options.sampling = SAMPLINGS[sampling]
    return options


class LinearModel:
    """scores = features * weights + bias, in float32. A lock makes its users take turns."""

    _pointer: Any
    _lock: threading.Lock
    # The thread whose fit holds the lock.
    _fitting_thread: int | None

    def __init__(self, dimension: int, classes: int, loss: str, l2: float) -> None:
        """Makes weights and bias, all zero."""
        pointer = ClassifierPointer()
        _check(library.descent_classifier_create(dimension, classes, LOSSES[loss].value, ctypes.byref(pointer)))
        self._own(Handle(pointer, library.descent_classifier_free), loss, l2, (dimension, classes))
        _check(library.descent_classifier_set_l2(pointer, l2))

    def initialize(self, standard_deviation: float, seed: int) -> None:
        """Draws the weights from a normal distribution."""
        _check(library.descent_classifier_initialize(self._pointer, standard_deviation, seed))

    def fit(
        self, optimizer: Optimizer, data: Dataset, options: FitOptions, observer: Observer, *, goes_on: bool = False
    ) -> bool:
        """Trains with a fresh optimizer, or goes on with the last fit and its own.

        Answers whether the observer stopped it; raises what it held back.
        """
        call = library.descent_classifier_resume if goes_on else library.descent_classifier_fit
        with self._watched_call(), observer.watching(data.borrowed):
            status = call(
                self._pointer, optimizer._pointer, ctypes.byref(data), ctypes.byref(options), observer.callback, None
            )
        stopped = bool(status == CancelledError.status)
        if not stopped:
            _check(status)
        return stopped

    def search(self, data: Dataset, options: SearchOptions, observer: Observer) -> SearchOutcome:
        """Looks for good weights by chance; raises what the observer held back."""
        outcome = SearchOutcome(struct_size=ctypes.sizeof(SearchOutcome))
        with self._watched_call(), observer.watching(data.borrowed):
            status = library.descent_classifier_random_search(
                self._pointer, ctypes.byref(data), ctypes.byref(options), observer.callback, None, ctypes.byref(outcome)
            )
        _check(status)
        return outcome

    def check_gradient(self, data: Dataset, step: float, count: int, seed: int) -> GradientComparison:
        """Compares the gradient of the loss on the data with differences."""
        comparison = GradientComparison(struct_size=ctypes.sizeof(GradientComparison))
        with self._turn(), data.borrowed:
            _check(
                library.descent_classifier_gradient_check(
                    self._pointer, ctypes.byref(data), step, count, seed, ctypes.byref(comparison)
                )
            )
        return comparison

    def range_test(self, optimizer: Optimizer, data: Dataset, fit: FitOptions, *rest: Any) -> int:
        """Calls the library's range test, whose arguments at the end are `rest`."""
        with self._turn(), data.borrowed:
            return int(
                library.descent_classifier_learning_rate_range(
                    self._pointer, optimizer._pointer, ctypes.byref(data), ctypes.byref(fit), *rest
                )
            )

    def tensors(self) -> TensorList:
        """The tensors that a fit gives to its optimizer."""
        float32 = np.dtype(np.float32)
        return TensorList(
            ["weights", "bias"], [Layout(float32, (self.dimension, self.classes)), Layout(float32, (self.classes,))]
        )

    def evaluate(self, data: Dataset) -> tuple[float, float]:
        """Mean loss, regularization included, and accuracy."""
        loss, accuracy = ctypes.c_double(), ctypes.c_double()
        with self._turn(), data.borrowed:
            _check(
                library.descent_classifier_evaluate(
                    self._pointer, ctypes.byref(data), ctypes.byref(loss), ctypes.byref(accuracy)
                )
            )
        return loss.value, accuracy.value

    def scores(self, data: Dataset) -> NDArray[np.float32]:
        """Scores of shape (samples, classes)."""
        result = np.empty((data.samples, self.classes), np.float32)
        with self._turn(), data.borrowed:
            _check(
                library.descent_classifier_scores(
                    self._pointer, ctypes.byref(data), result.ctypes.data_as(ctypes.POINTER(ctypes.c_float))
                )
            )
        return result

    def predict(self, data: Dataset) -> NDArray[np.int32]:
        """The index of the highest score of each sample."""
        result = np.empty(data.samples, np.int32)
        with self._turn(), data.borrowed:
            _check(
                library.descent_classifier_predict(
                    self._pointer, ctypes.byref(data), result.ctypes.data_as(ctypes.POINTER(ctypes.c_int32))
                )
            )
        return result

    def parameters(self) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Copies of the weights, of shape (dimension, classes), and of the bias."""
        with self._turn():
            weights, bias = self._parameter_views()
            return weights.copy(), bias.copy()

    def with_parameters_of(self, other: "LinearModel") -> "LinearModel":
        """Itself, with the parameters of a model of the same shape."""
        self._set_parameters(*other.parameters())
        return self

    def _set_parameters(self, weights: NDArray[np.float32], bias: NDArray[np.float32]) -> None:
        own_weights, own_bias = self._parameter_views()
        own_weights[:], own_bias[:] = weights, bias

    def _parameter_views(self) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        weights, bias = ctypes.POINTER(ctypes.c_float)(), ctypes.POINTER(ctypes.c_float)()
        _check(library.descent_classifier_parameters(self._pointer, ctypes.byref(weights), ctypes.byref(bias)))
        return (
            np.ctypeslib.as_array(weights, (self.dimension, self.classes)),
            np.ctypeslib.as_array(bias, (self.classes,)),
        )

    def saved(self) -> bytes:
        """What the library saves of it."""
        with self._turn():
            return saved_bytes.save(saved_bytes.CLASSIFIER, self._pointer)

    @contextmanager
    def _watched_call(self) -> Iterator[None]:
        """A call whose observer may ask this model about itself, on the same thread."""
        with self._lock:
            self._fitting_thread = threading.get_ident()
            try:
                yield
            finally:
                self._fitting_thread = None

    @contextmanager
    def _turn(self) -> Iterator[None]:
        """Waits for the others; the observer of its own fit does not wait for that."""
        if self._fitting_thread == threading.get_ident():
            yield
        else:
            with self._lock:
                yield

    @classmethod
    def from_saved(cls, saved: bytes) -> "LinearModel":
        """From what the library saved. CorruptStateError for what it did not."""
        handle = saved_bytes.load(saved_bytes.CLASSIFIER, saved)
        # Anew: earlier versions of the format do not list what they hold.
        entries = saved_bytes.entries(saved_bytes.save(saved_bytes.CLASSIFIER, handle.pointer))
        loss = name_of(int(entries["loss"]), {loss.name: loss.value for loss in LOSSES.values()})
        model = object.__new__(cls)
        model._own(handle, loss, float(entries["l2"]), entries["weights"].shape)
        return model

    def duplicate(self) -> "LinearModel":
        """Another one that goes on with the same bits."""
        model = object.__new__(LinearModel)
        with self._turn():
            handle = saved_bytes.CLASSIFIER.made("copy", self._pointer)
        model._own(handle, self.loss, self.l2, (self.dimension, self.classes))
        return model

    def set_l2(self, l2: float) -> None:
        """The strength of the regularization from now on."""
        _check(library.descent_classifier_set_l2(self._pointer, l2))
        self.l2 = l2

    def _own(self, handle: Handle, loss: str, l2: float, shape: tuple[int, ...]) -> None:
        self.loss, self.l2 = loss, l2
        self.dimension, self.classes = shape
        self._handle, self._pointer = handle, handle.pointer
        self._lock = threading.Lock()
        self._fitting_thread = None

    def __deepcopy__(self, memo: dict[int, Any]) -> "LinearModel":
        """A copy with its parameters, and with where its last fit stands."""
        return self.duplicate()

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickles it with its parameters, and with where its last fit stands."""
        return LinearModel.from_saved, (self.saved(),)
