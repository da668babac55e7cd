"""Rows of one epoch of softmax regression with SGD on shuffled minibatches of Fashion-MNIST."""

import ctypes
from collections.abc import Callable, Sequence

import numpy as np

from .. import images, library, peers
from ..race import Contestant, Row, Target, repeat
from .adam import OURS

BATCH, LEARNING_RATE, SEED = 128, 0.1, 1
BYTES, FLOATS = "libdescent, bytes", "libdescent, floats"
Parameters = Sequence[np.ndarray]
# Trains for an epoch, in the given order of the samples or else in a random one of its own, and returns W and b.
Epoch = Callable[[np.ndarray | None], Parameters]


def _contestant(name: str, start: Callable[[], Epoch]) -> Contestant:
    """Verified on the order in which a fit of libdescent takes the samples, timed with an order of its own."""
    verified, timed = start(), start()

    def outcome() -> Parameters:
        return verified(library.epoch_order(len(images.labels()), BATCH, SEED))

    return Contestant(name, repeat(lambda: timed(None)), outcome)


def _libdescent(features: np.ndarray, scale: float) -> Epoch:
    classifier = library.Classifier(images.DIMENSION, images.CLASSES)
    optimizer = library.Optimizer(library.SGD, {library.LEARNING_RATE: LEARNING_RATE})
    data = library.dataset(features, images.labels(), scale)
    seed = SEED

    def epoch(_: np.ndarray | None) -> Parameters:
        nonlocal seed
        classifier.fit(optimizer, data, 1, batch_size=BATCH, seed=seed)
        seed += 1
        return classifier.weights, classifier.bias

    return epoch


def _on_floats() -> Epoch:
    return _libdescent(images.as_floats(), 1.0)


def _on_bytes() -> Epoch:
    return _libdescent(images.as_bytes(), 1 / 255)


def _pytorch() -> Epoch:
    torch = peers.torch
    features, labels = torch.from_numpy(images.as_floats()), torch.from_numpy(images.labels().astype(np.int64))
    model = torch.nn.Linear(images.DIMENSION, images.CLASSES)
    torch.nn.init.zeros_(model.weight)
    torch.nn.init.zeros_(model.bias)
    optimizer = torch.optim.SGD(model.parameters(), lr=LEARNING_RATE, fused=True)
    cross_entropy = torch.nn.functional.cross_entropy

    def epoch(order: np.ndarray | None) -> Parameters:
        indices = torch.randperm(len(labels)) if order is None else torch.from_numpy(order)
        for batch in indices.split(BATCH):
            optimizer.zero_grad()
            cross_entropy(model(features[batch]), labels[batch]).backward()
            optimizer.step()
        return model.weight.detach().numpy().T, model.bias.detach().numpy()

    return epoch


def _numpy() -> Epoch:
    """The course's softmax classifier."""
    X, y = images.as_floats(), images.labels()
    W = np.zeros((images.DIMENSION, images.CLASSES), np.float32)
    b = np.zeros(images.CLASSES, np.float32)
    random = np.random.default_rng(seed=1)

    def epoch(order: np.ndarray | None) -> Parameters:
        indices = random.permutation(len(y)) if order is None else order
        for first in range(0, len(y), BATCH):
            batch = indices[first : first + BATCH]
            features, labels = X[batch], y[batch]
            scores = features @ W + b
            scores -= scores.max(axis=1, keepdims=True)
            probabilities = np.exp(scores)
            probabilities /= probabilities.sum(axis=1, keepdims=True)
            probabilities[np.arange(len(batch)), labels] -= 1
            probabilities /= len(batch)
            np.subtract(W, LEARNING_RATE * (features.T @ probabilities), out=W)
            np.subtract(b, LEARNING_RATE * probabilities.sum(axis=0), out=b)
        return W, b

    return epoch


class Samples(ctypes.Structure):
    """The struct `samples` of softmax_blas.c."""

    _fields_ = (
        ("features", ctypes.c_void_p),
        ("labels", ctypes.c_void_p),
        ("count", ctypes.c_size_t),
        ("dimension", ctypes.c_size_t),
        ("classes", ctypes.c_size_t),
    )


def samples() -> Samples:
    """The training images for the C program."""
    features, labels = images.as_floats(), images.labels()  # both are cached for ever
    return Samples(features.ctypes.data, labels.ctypes.data, len(labels), images.DIMENSION, images.CLASSES)


def _blas() -> Epoch:
    weights = np.zeros((images.DIMENSION, images.CLASSES), np.float32)
    bias = np.zeros(images.CLASSES, np.float32)
    own_order, count, seed = np.empty(len(images.labels()), np.int64), ctypes.c_size_t(len(images.labels())), 1

    def epoch(order: np.ndarray | None) -> Parameters:
        nonlocal seed
        if order is None:
            peers.native.peer_shuffle(own_order.ctypes.data_as(ctypes.c_void_p), count, ctypes.c_uint64(seed))
            order, seed = own_order, seed + 1
        addresses = [ctypes.c_void_p(array.ctypes.data) for array in (order, weights, bias)]
        size, rate = ctypes.c_size_t(BATCH), ctypes.c_float(LEARNING_RATE)
        peers.native.peer_softmax_epoch(samples(), addresses[0], size, rate, *addresses[1:])
        return weights, bias

    return epoch


def _one_pass() -> Epoch:
    weights = np.zeros((images.CLASSES, images.DIMENSION), np.float32)
    bias = np.zeros(images.CLASSES, np.float32)
    features, labels = images.as_floats(), images.labels()
    own_order, seed = np.empty(len(labels), np.int64), 1
    count, dimension, batch = ctypes.c_size_t(len(labels)), ctypes.c_size_t(images.DIMENSION), ctypes.c_size_t(BATCH)

    def epoch(order: np.ndarray | None) -> Parameters:
        nonlocal seed
        if order is None:
            peers.native.peer_shuffle(own_order.ctypes.data_as(ctypes.c_void_p), count, ctypes.c_uint64(seed))
            order, seed = own_order, seed + 1
        data = [ctypes.c_void_p(array.ctypes.data) for array in (features, labels, order, weights, bias)]
        rate = ctypes.c_float(LEARNING_RATE)
        peers.native.peer_one_pass_epoch(*data[:2], count, dimension, data[2], batch, rate, *data[3:])
        return weights.T, bias

    return epoch


def _build() -> list[Contestant | None]:
    return [
        _contestant(OURS, _on_floats),
        _contestant("PyTorch", _pytorch) if peers.torch else None,
        _contestant("NumPy", _numpy),
        _contestant("C with cblas", _blas) if peers.native else None,
        _contestant("C, one pass", _one_pass) if peers.native else None,
    ]


def _build_bytes() -> list[Contestant | None]:
    return [_contestant(BYTES, _on_bytes), _contestant(FLOATS, _on_floats)]


def rows() -> list[Row]:
    """One thread and two against the peers, and bytes against floats."""
    job = f"epoch of softmax + SGD, 60,000 x 784 float32, batches of {BATCH}"
    targets = (Target(OURS, "PyTorch", 5), Target(OURS, "NumPy", 2.4), Target(OURS, "C with cblas", 1.75))
    same, tolerance = "W and b after the epoch", (1e-3, 1e-4)
    one = Row("epoch-1", job, _build, 1, targets, tolerance, same)
    two = Row("epoch-2", job, _build, 2, (), tolerance, same)
    on_bytes = Row("epoch-bytes", "the same epoch on bytes", _build_bytes, tolerance=tolerance, same=same)
    return [one, two, on_bytes]
