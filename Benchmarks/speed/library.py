"""libdescent through its C interface: what the rows need of include/descent.h, with nothing in between."""

import ctypes
import os
from collections.abc import Sequence
from typing import Any

import numpy as np

from .peers import BUILD

PATH = os.environ.setdefault("DESCENT_LIBRARY", str(BUILD / "lib" / "libdescent.so"))
lib = ctypes.CDLL(PATH)

SGD, MOMENTUM, NESTEROV, ADAGRAD, RMSPROP, ADAM = range(1, 7)
LBFGS = 80
LEARNING_RATE, MOMENTUM_DECAY, EPSILON, RHO, SCHEDULE, SCHEDULE_STEPS, DIALECT = (
    1,
    2,
    5,
    6,
    30,
    32,
    40,
)
HISTORY = 100
COSINE, PYTORCH = 5, 1
FLOAT32, FLOAT64, UINT8 = 1, 2, 3
_FEATURES = {
    np.dtype(np.float32): FLOAT32,
    np.dtype(np.float64): FLOAT64,
    np.dtype(np.uint8): UINT8,
}
SOFTMAX_CROSS_ENTROPY = 1
SHUFFLE = 1

for _function in ("descent_version_string", "descent_last_error", "descent_active_isa"):
    getattr(lib, _function).restype = ctypes.c_char_p
lib.descent_classifier_set_l2.argtypes = (ctypes.c_void_p, ctypes.c_double)
lib.descent_optimizer_set.argtypes = (ctypes.c_void_p, ctypes.c_int32, ctypes.c_double)
lib.descent_optimizer_free.argtypes = lib.descent_classifier_free.argtypes = (ctypes.c_void_p,)
lib.descent_sampler_free.argtypes = (ctypes.c_void_p,)


class Tensor(ctypes.Structure):
    """descent_tensor."""

    _fields_ = (
        ("values", ctypes.c_void_p),
        ("gradient", ctypes.c_void_p),
        ("rows", ctypes.c_size_t),
        ("columns", ctypes.c_size_t),
        ("dtype", ctypes.c_int32),
        ("group", ctypes.c_uint32),
    )


class Dataset(ctypes.Structure):
    """descent_dataset."""

    borrowed: Any = None  # keeps the arrays alive whose addresses the fields hold

    _fields_ = (
        ("struct_size", ctypes.c_uint32),
        ("dtype", ctypes.c_int32),
        ("features", ctypes.c_void_p),
        ("labels", ctypes.c_void_p),
        ("samples", ctypes.c_size_t),
        ("dimension", ctypes.c_size_t),
        ("scale", ctypes.c_float),
        ("offset", ctypes.c_float),
    )


class FitOptions(ctypes.Structure):
    """descent_fit_options."""

    _fields_ = (
        ("struct_size", ctypes.c_uint32),
        ("epochs", ctypes.c_uint32),
        ("batch_size", ctypes.c_uint32),
        ("seed", ctypes.c_uint64),
        ("sampling", ctypes.c_int32),
        ("reserved", ctypes.c_uint32),
    )


def check(status: int) -> None:
    """Raises the library's own text for a status that is not DESCENT_OK."""
    if status != 0:
        raise RuntimeError(lib.descent_last_error().decode())


class Optimizer:
    """descent_optimizer with options by their numbers."""

    def __init__(self, algorithm: int, options: dict[int, float] | None = None) -> None:
        """Makes one; it is freed with this object."""
        self.handle = ctypes.c_void_p()
        check(lib.descent_optimizer_create(algorithm, ctypes.byref(self.handle)))
        for option, value in (options or {}).items():
            check(lib.descent_optimizer_set(self.handle, option, value))

    def __del__(self) -> None:
        """Frees it."""
        lib.descent_optimizer_free(self.handle)


def tensor_array(values: Sequence[np.ndarray], gradients: Sequence[np.ndarray]) -> Any:
    """The C array of descent_tensor for a step; it keeps the arrays alive."""
    pairs = zip(values, gradients, strict=True)
    array = (Tensor * len(values))(*(Tensor(w.ctypes.data, g.ctypes.data, 1, w.size, FLOAT32, 0) for w, g in pairs))
    array.borrowed = (values, gradients)
    return array


class Classifier:
    """descent_classifier for softmax cross-entropy; 1 class stands for two with one column."""

    def __init__(self, dimension: int, classes: int, l2: float = 0.0) -> None:
        """Makes one; it is freed with this object."""
        self.handle = ctypes.c_void_p()
        loss, out, size = (
            SOFTMAX_CROSS_ENTROPY,
            ctypes.byref(self.handle),
            ctypes.c_size_t,
        )
        if classes == 1:
            check(lib.descent_classifier_create_binary(size(dimension), loss, out))
        else:
            check(lib.descent_classifier_create(size(dimension), size(classes), loss, out))
        check(lib.descent_classifier_set_l2(self.handle, l2))
        weights, bias = (
            ctypes.POINTER(ctypes.c_float)(),
            ctypes.POINTER(ctypes.c_float)(),
        )
        check(lib.descent_classifier_parameters(self.handle, ctypes.byref(weights), ctypes.byref(bias)))
        self.weights = np.ctypeslib.as_array(weights, (dimension, classes))
        self.bias = np.ctypeslib.as_array(bias, (classes,))

    def __del__(self) -> None:
        """Frees it; weights and bias must not be used any more."""
        lib.descent_classifier_free(self.handle)

    def fit(
        self, optimizer: Optimizer, data: Dataset, epochs: int, *, batch_size: int, seed: int, progress: Any = None
    ) -> None:
        """Trains with shuffled minibatches; `progress` is a C function."""
        options = FitOptions(ctypes.sizeof(FitOptions), epochs, batch_size, seed, SHUFFLE, 0)
        check(
            lib.descent_classifier_fit(
                self.handle,
                optimizer.handle,
                ctypes.byref(data),
                ctypes.byref(options),
                progress,
                None,
            )
        )

    def loss(self, data: Dataset) -> float:
        """The mean loss, regularization included."""
        value = ctypes.c_double()
        check(lib.descent_classifier_evaluate(self.handle, ctypes.byref(data), ctypes.byref(value), None))
        return value.value


def dataset(features: np.ndarray, labels: np.ndarray, scale: float = 1.0, offset: float = 0.0) -> Dataset:
    """descent_dataset of float32 or float64 features or bytes, and int32 labels; it keeps the arrays alive."""
    size = ctypes.sizeof(Dataset)
    data = Dataset(
        size,
        _FEATURES[features.dtype],
        features.ctypes.data,
        labels.ctypes.data,
        *features.shape,
        scale,
        offset,
    )
    data.borrowed = (features, labels)
    return data


def epoch_order(samples: int, batch_size: int, seed: int) -> np.ndarray:
    """The samples in the order in which the first epoch of a fit with this seed takes them."""
    sampler = ctypes.c_void_p()
    size = ctypes.c_size_t
    check(
        lib.descent_sampler_create(
            size(samples),
            size(batch_size),
            SHUFFLE,
            None,
            ctypes.c_uint64(seed),
            ctypes.byref(sampler),
        )
    )
    order, batch, count, done = (
        np.empty(samples, np.int64),
        np.empty(batch_size, np.uint64),
        size(),
        0,
    )
    while done < samples:
        check(lib.descent_sampler_next(sampler, batch.ctypes.data_as(ctypes.c_void_p), ctypes.byref(count)))
        order[done : done + count.value] = batch[: count.value]
        done += count.value
    lib.descent_sampler_free(sampler)
    return order
