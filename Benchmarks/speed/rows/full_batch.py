"""Rows of loss and gradient of softmax regression over all of Fashion-MNIST at once."""

import ctypes
from collections.abc import Sequence

import numpy as np

from .. import images, library, peers
from ..race import Contestant, Row, Target, repeat
from .adam import OURS
from .epoch import samples

Outcome = Sequence[np.ndarray]


def _point() -> tuple[np.ndarray, np.ndarray]:
    """Where the gradient is taken: weights that give every class some of the images."""
    random = np.random.default_rng(seed=1)
    W = 0.05 * random.standard_normal((images.DIMENSION, images.CLASSES), np.float32)
    return W, 0.1 * random.standard_normal(images.CLASSES, np.float32)


def _contestant(name: str, evaluate) -> Contestant:
    return Contestant(name, repeat(evaluate), lambda: [np.array(part, copy=True) for part in evaluate()])


def _libdescent() -> Contestant:
    classifier = library.Classifier(images.DIMENSION, images.CLASSES)
    classifier.weights[:], classifier.bias[:] = _point()
    data = library.dataset(images.as_floats(), images.labels())
    by_weights, by_bias, value = np.empty_like(classifier.weights), np.empty_like(classifier.bias), ctypes.c_double()
    addresses = [ctypes.c_void_p(array.ctypes.data) for array in (by_weights, by_bias)]
    function = library.lib.descent_classifier_loss_gradient

    def evaluate() -> Outcome:
        library.check(function(classifier.handle, ctypes.byref(data), ctypes.byref(value), *addresses))
        return np.float64(value.value), by_weights, by_bias

    return _contestant(OURS, evaluate)


def _blas() -> Contestant:
    W, b = _point()
    scores = np.empty((len(images.labels()), images.CLASSES), np.float32)
    arrays = W, b, scores, np.empty_like(W), np.empty_like(b)

    def evaluate() -> Outcome:
        loss = peers.native.peer_loss_gradient(samples(), *(ctypes.c_void_p(array.ctypes.data) for array in arrays))
        return np.float64(loss), arrays[3], arrays[4]

    return _contestant("C with cblas", evaluate)


def _numpy() -> Contestant:
    X, y = images.as_floats(), images.labels()
    W, b = _point()

    def evaluate() -> Outcome:
        scores = X @ W + b
        scores -= scores.max(axis=1, keepdims=True)
        probabilities = np.exp(scores)
        probabilities /= probabilities.sum(axis=1, keepdims=True)
        rows = np.arange(len(y))
        loss = -np.mean(np.log(probabilities[rows, y]), dtype=np.float64)
        probabilities[rows, y] -= 1
        probabilities /= len(y)
        return loss, X.T @ probabilities, probabilities.sum(axis=0)

    return _contestant("NumPy", evaluate)


def _pytorch() -> Contestant:
    torch = peers.torch
    X, y = torch.from_numpy(images.as_floats()), torch.from_numpy(images.labels().astype(np.int64))
    W, b = (torch.nn.Parameter(torch.from_numpy(array)) for array in _point())

    def evaluate() -> Outcome:
        W.grad = b.grad = None
        loss = torch.nn.functional.cross_entropy(torch.addmm(b, X, W), y)
        loss.backward()
        return np.float64(loss.item()), W.grad.numpy(), b.grad.numpy()

    return _contestant("PyTorch", evaluate)


def _build() -> list[Contestant | None]:
    return [
        _libdescent(),
        _blas() if peers.native else None,
        _numpy(),
        _pytorch() if peers.torch else None,
    ]


def rows() -> list[Row]:
    """With one thread and with two."""
    job, same = "loss and gradient over 60,000 x 784 float32", "loss and gradient"
    targets = [Target(OURS, "C with cblas", 2)]
    return [Row(f"full-batch-{n}", job, _build, n, targets, (1e-4, 1e-5), same) for n in (1, 2)]
