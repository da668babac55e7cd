"""The library's linear models: one handle, its parameters and what it computes, on checked arrays."""

import ctypes
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from .._c.arrays import DTYPES, Array, address
from .._c.borrowed import Borrowed
from .._c.declarations import (
    Dataset,
    FitOptions,
    FitResult,
    GradientComparison,
    OptimizerPointer,
    SearchOptions,
    SearchOutcome,
)
from .._c.enumerations import SAMPLINGS, name_of
from .._c.errors import CancelledError, InvalidArgumentError, NotFiniteError
from .._c.errors import check as check_status
from .._c.library import Handle, library
from .._c.table import LOSSES
from .._saving import saved_bytes
from ..functions.progress import Observer
from ..optimizers import Optimizer
from ..optimizers._tensors import Layout, TensorList
from ._sparse import VALUE_DTYPES, SparseRows

# What the library's texts on a classifier begin with, and what its user calls that. The first that fits counts.
MODEL_WORDS = {
    f"options: sampling: {given}, but the fit that is to go on has {former}": (
        f"sampling: {name!r}, but the fit that is to go on has {former_name!r}"
    )
    for name, given in SAMPLINGS.items()
    for former_name, former in SAMPLINGS.items()
} | {
    "options: validation: data: features: row": "validation: X contains NaN or infinity: row",
    "options: validation: data: features": "validation: X",
    "options: validation: data: targets": "validation: y",
    "data: weights is NULL": "sample_weight is None",
    "data: features: row": "X contains NaN or infinity: row",
    "data: features": "X",
    "data: row_starts": "X.indptr",
    "data: column_indices": "X.indices",
    "data: labels": "y",
    "data: targets": "y",
    "data: weights": "sample_weight",
    "options: validation: data: ": "validation: ",
    "options: average": "average",
    "parameter: ": "loss_parameter: ",
    "options: l1": "l1",
    "data: samples": "the samples of X",
    "data: ": "",
    "labels[": "y[",
    "dimension, classes": "the features of X, the labels of y",
    "standard_deviation": "initial_standard_deviation",
    "classifier: its": "the classifier's",
    "regressor: its": "the regressor's",
    "tensor 0: ": "weights: ",
    "tensor 1: ": "bias: ",
}

Number = TypeVar("Number", np.int32, np.float32)


@dataclass
class Samples:
    """Samples for the library: features of shape (samples, dimension), and what is known about them."""

    features: Array | SparseRows
    labels: NDArray[np.int32] | None = None
    targets: Array | None = None
    weights: NDArray[np.float64] | None = None
    scale: float = 1.0
    offset: float = 0.0

    def described(self) -> Dataset:
        """Their description, which keeps the arrays alive and in their place."""
        samples, dimension = self.features.shape
        data = Dataset(
            struct_size=ctypes.sizeof(Dataset),
            dtype=VALUE_DTYPES[self.features.dtype],
            samples=samples,
            dimension=dimension,
            scale=self.scale,
            offset=self.offset,
        )
        arrays = self._lend_features(data)
        if self.labels is not None:
            data.labels = self.labels.ctypes.data_as(ctypes.POINTER(ctypes.c_int32))
            arrays["y"] = self.labels
        if self.targets is not None:
            data.targets, data.target_dtype = address(self.targets), DTYPES[self.targets.dtype]
            arrays["y"] = self.targets
        if self.weights is not None:
            data.weights = self.weights.ctypes.data_as(ctypes.POINTER(ctypes.c_double))
            arrays["sample_weight"] = self.weights
        data.borrowed = Borrowed(**arrays)
        return data

    def _lend_features(self, data: Dataset) -> dict[str, Array]:
        """Tells the library where the features are; these arrays, by the names that the user knows."""
        features = self.features
        if not isinstance(features, SparseRows):
            data.features = address(features)
            return {"X": features}
        data.features, data.column_indices = address(features.values), address(features.columns)
        data.row_starts, data.stored_count = address(features.starts), len(features.columns)
        return {"X.data": features.values, "X.indices": features.columns, "X.indptr": features.starts}

    def part(self, rows: Array) -> "Samples":
        """A copy of some of them."""

        def chosen(array: Any) -> Any:
            return None if array is None else np.ascontiguousarray(array[rows])

        labels, targets, weights = map(chosen, (self.labels, self.targets, self.weights))
        features = self.features.part(rows) if isinstance(self.features, SparseRows) else chosen(self.features)
        return Samples(features, labels, targets, weights, self.scale, self.offset)

    @property
    def are_sparse(self) -> bool:
        """Whether only some of the features are stored."""
        return isinstance(self.features, SparseRows)

    @property
    def total_weight(self) -> float:
        """How many samples they stand for."""
        with np.errstate(over="ignore"):  # the library refuses such
            return float(len(self.features)) if self.weights is None else float(self.weights.sum())


def make_fit_options(**settings: Any) -> FitOptions:
    """Describes how a fit goes: the defaults, and these."""
    options = FitOptions()
    library.descent_fit_options_init(ctypes.byref(options))
    for name, value in settings.items():
        setattr(options, name, value)
    return options


def _calling(described: FitOptions | Dataset) -> AbstractContextManager[None]:
    """While the library is called with these: what the communicator raises is raised afterwards."""
    return nullcontext() if described.link is None else described.link.calling()


class LinearModel:
    """scores = features * weights + bias, in float32. A lock makes its users take turns.

    outputs: the columns of the weights. A classifier of two classes has one.
    """

    _pointer: Any
    _lock: threading.Lock
    # The thread whose fit holds the lock.
    _fitting_thread: int | None

    def __init__(self, kind: str, dimension: int, outputs: int, loss: str) -> None:
        """Makes weights and bias, all zero. kind: 'classifier', 'binary' or 'regressor'."""
        number = LOSSES[loss].value
        if kind == "binary":
            handle = saved_bytes.CLASSIFIER.made("create_binary", dimension, number)
        else:
            handle = _KINDS[kind].made("create", dimension, outputs, number)
        self._own(handle, kind, loss, (dimension, outputs))

    def _call(self, function: str, *arguments: Any) -> None:
        self._check(getattr(library, f"descent_{self._kind.name}_{function}")(self._pointer, *arguments))

    def _check(self, status: int) -> None:
        check_status(status, MODEL_WORDS)

    @property
    def _kind(self) -> saved_bytes.Kind:
        return _KINDS[self.kind]

    def initialize(self, standard_deviation: float, seed: int) -> None:
        """Draws the weights from a normal distribution."""
        self._call("initialize", standard_deviation, seed)

    def set_l2(self, l2: float) -> None:
        """The strength of the regularization from now on."""
        self._call("set_l2", l2)

    def set_loss_parameter(self, parameter: float) -> None:
        """The loss's own parameter."""
        self._call("set_loss_parameter", parameter)

    def choose_optimizer(self, data: Dataset, options: FitOptions) -> Optimizer:
        """An optimizer that suits; what goes with it is set in the options."""
        pointer = OptimizerPointer()
        with self._turn(), data.borrowed, _calling(options):
            self._call("choose_optimizer", ctypes.byref(data), ctypes.byref(options), ctypes.byref(pointer))
        return Optimizer._owning(Handle(pointer, library.descent_optimizer_free))

    def fit(
        self, optimizer: Optimizer, data: Dataset, options: FitOptions, observer: Observer, *, goes_on: bool = False
    ) -> bool:
        """Trains with a fresh optimizer, or goes on with the last fit and its own.

        Answers whether the observer stopped it; raises what it held back.
        """
        call = getattr(library, f"descent_{self._kind.name}_{'resume' if goes_on else 'fit'}")
        with _calling(options):
            with self._watched_call(), observer.watching(data.borrowed):
                status = call(
                    self._pointer,
                    optimizer._pointer,
                    ctypes.byref(data),
                    ctypes.byref(options),
                    observer.callback,
                    None,
                )
            stopped = bool(status == CancelledError.status)
            if not stopped:
                self._check(status)
        return stopped

    def fit_result(self) -> FitResult:
        """How the last fit ended."""
        result = FitResult(struct_size=ctypes.sizeof(FitResult))
        self._call("fit_result", ctypes.byref(result))
        return result

    def require_finite(self, data: Dataset) -> None:
        """InvalidArgumentError that names row and column of the first feature that is NaN or infinite."""
        with data.borrowed:
            status = library.descent_dataset_check(ctypes.byref(data), self.outputs)
        if status == NotFiniteError.status:
            try:
                self._check(status)
            except NotFiniteError as error:
                raise InvalidArgumentError(str(error)) from None
        self._check(status)

    def search(self, data: Dataset, options: SearchOptions, observer: Observer) -> SearchOutcome:
        """Looks for good weights by chance; raises what the observer held back."""
        outcome = SearchOutcome(struct_size=ctypes.sizeof(SearchOutcome))
        with self._watched_call(), observer.watching(data.borrowed):
            status = getattr(library, f"descent_{self._kind.name}_random_search")(
                self._pointer, ctypes.byref(data), ctypes.byref(options), observer.callback, None, ctypes.byref(outcome)
            )
        self._check(status)
        return outcome

    def check_gradient(self, data: Dataset, step: float, count: int, seed: int) -> GradientComparison:
        """Compares the gradient of the loss on the data with differences."""
        comparison = GradientComparison(struct_size=ctypes.sizeof(GradientComparison))
        with self._turn(), data.borrowed:
            self._call("gradient_check", ctypes.byref(data), step, count, seed, ctypes.byref(comparison))
        return comparison

    def range_test(self, optimizer: Optimizer, data: Dataset, fit: FitOptions, *rest: Any) -> int:
        """Calls the library's range test, whose arguments at the end are `rest`."""
        with self._turn(), data.borrowed, _calling(fit):
            return int(
                getattr(library, f"descent_{self._kind.name}_learning_rate_range")(
                    self._pointer, optimizer._pointer, ctypes.byref(data), ctypes.byref(fit), *rest
                )
            )

    def tensors(self) -> TensorList:
        """The tensors that a fit gives to its optimizer."""
        float32 = np.dtype(np.float32)
        return TensorList(
            ["weights", "bias"], [Layout(float32, (self.dimension, self.outputs)), Layout(float32, (self.outputs,))]
        )

    def evaluate(self, data: Dataset) -> tuple[float, float]:
        """Mean loss, regularization included, and accuracy or R2."""
        loss, score = ctypes.c_double(), ctypes.c_double()
        with self._turn(), data.borrowed, _calling(data):
            self._call("evaluate", ctypes.byref(data), ctypes.byref(loss), ctypes.byref(score))
        return loss.value, score.value

    def scores(self, data: Dataset) -> NDArray[np.float32]:
        """Scores of shape (samples, outputs)."""
        return self._computed("scores", data, np.empty((data.samples, self.outputs), np.float32))

    def predict_labels(self, data: Dataset) -> NDArray[np.int32]:
        """The index of the class with the highest score of each sample."""
        return self._computed("predict", data, np.empty(data.samples, np.int32))

    def predict_targets(self, data: Dataset) -> NDArray[np.float32]:
        """Predictions of shape (samples, outputs)."""
        return self._computed("predict", data, np.empty((data.samples, self.outputs), np.float32))

    def _computed(self, function: str, data: Dataset, result: NDArray[Number]) -> NDArray[Number]:
        kind = ctypes.c_int32 if result.dtype == np.int32 else ctypes.c_float
        with self._turn(), data.borrowed:
            self._call(function, ctypes.byref(data), result.ctypes.data_as(ctypes.POINTER(kind)))
        return result

    def exact_parameters(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Weights, of shape (dimension, outputs), and bias, as exact as they are known."""
        weights, bias = np.empty((self.dimension, self.outputs)), np.empty(self.outputs)
        with self._turn():
            self._call(
                "exact_parameters",
                *(array.ctypes.data_as(ctypes.POINTER(ctypes.c_double)) for array in (weights, bias)),
            )
        return weights, bias

    def parameters(self) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Copies of the weights, of shape (dimension, classes), and of the bias."""
        with self._turn():
            weights, bias = self._parameter_views()
            return weights.copy(), bias.copy()

    def with_parameters_of(self, other: "LinearModel") -> "LinearModel":
        """Itself, with the parameters of a model of the same shape."""
        self.set_parameters(*other.parameters())
        return self

    def set_parameters(self, weights: Array, bias: Array) -> None:
        """Copies weights of shape (dimension, outputs) and a bias into it."""
        own_weights, own_bias = self._parameter_views()
        own_weights[:], own_bias[:] = weights, bias

    def _parameter_views(self) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        weights, bias = ctypes.POINTER(ctypes.c_float)(), ctypes.POINTER(ctypes.c_float)()
        self._call("parameters", ctypes.byref(weights), ctypes.byref(bias))
        return (
            np.ctypeslib.as_array(weights, (self.dimension, self.outputs)),
            np.ctypeslib.as_array(bias, (self.outputs,)),
        )

    def saved(self) -> bytes:
        """What the library saves of it."""
        with self._turn():
            return saved_bytes.save(self._kind, self._pointer)

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
    def from_saved(cls, saved: bytes, kind: str = "classifier") -> "LinearModel":
        """From what the library saved of a classifier or a regressor. CorruptStateError for what it did not."""
        handle = saved_bytes.load(_KINDS[kind], saved)
        # Anew: earlier versions of the format do not list what they hold.
        entries = saved_bytes.entries(saved_bytes.save(_KINDS[kind], handle.pointer))
        loss = name_of(int(entries["loss"]), {loss.name: loss.value for loss in LOSSES.values()})
        model = object.__new__(cls)
        # Without most of its zeros W is no matrix there.
        rows = int(entries["weights.rows"]) if "weights.rows" in entries else len(entries["weights"])
        shape = rows, len(entries["bias"])
        model._own(handle, _TASKS[int(entries.get("task", 0))], loss, shape)
        return model

    def duplicate(self) -> "LinearModel":
        """Another one that goes on with the same bits."""
        model = object.__new__(LinearModel)
        with self._turn():
            handle = self._kind.made("copy", self._pointer)
        model._own(handle, self.kind, self.loss, (self.dimension, self.outputs))
        return model

    def _own(self, handle: Handle, kind: str, loss: str, shape: tuple[int, ...]) -> None:
        self.kind, self.loss = kind, loss
        self.dimension, self.outputs = shape
        self._handle, self._pointer = handle, handle.pointer
        self._lock = threading.Lock()
        self._fitting_thread = None

    def __deepcopy__(self, memo: dict[int, Any]) -> "LinearModel":
        """A copy with its parameters, and with where its last fit stands."""
        return self.duplicate()

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickles it with its parameters, and with where its last fit stands."""
        return LinearModel.from_saved, (self.saved(), self.kind)


_KINDS = {
    "classifier": saved_bytes.CLASSIFIER,
    "binary": saved_bytes.CLASSIFIER,
    "regressor": saved_bytes.REGRESSOR,
}
# The kinds by the number that is saved of them.
_TASKS = ("classifier", "binary", "regressor")
