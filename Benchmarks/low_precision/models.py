"""Softmax regression and a small network, written in NumPy."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from speed import images

BATCH = 128
Arrays = dict[str, np.ndarray]


@dataclass(frozen=True)
class Model:
    """Layers of weights and a bias, with max(0, x) between them and cross-entropy behind the last."""

    name: str
    sizes: tuple[int, ...]

    def start(self) -> Arrays:
        """The parameters at first: float32, the same every time."""
        random = np.random.default_rng(seed=1)
        params: Arrays = {}
        for layer, (rows, columns) in enumerate(zip(self.sizes, self.sizes[1:], strict=False)):
            spread = np.sqrt(2 / rows) if len(self.sizes) > 2 else 0
            params[f"W{layer}"] = (spread * random.standard_normal((rows, columns))).astype(np.float32)
            params[f"b{layer}"] = np.zeros(columns, np.float32)
        return params

    def _forward(self, params: Arrays, features: np.ndarray) -> list[np.ndarray]:
        """The inputs of each layer, and the scores."""
        values, last = [features], len(self.sizes) - 2
        for layer in range(last + 1):
            found = values[-1] @ params[f"W{layer}"] + params[f"b{layer}"]
            values.append(found if layer == last else np.maximum(found, 0))
        return values

    def gradients(self, params: Arrays, features: np.ndarray, labels: np.ndarray) -> Arrays:
        """Those of the mean cross-entropy of a minibatch."""
        *values, scores = self._forward(params, features)
        back = np.exp(scores - scores.max(axis=1, keepdims=True))
        back /= back.sum(axis=1, keepdims=True)
        back[np.arange(len(labels)), labels] -= 1
        back /= len(labels)
        grads: Arrays = {}
        for layer in reversed(range(len(values))):
            grads[f"W{layer}"], grads[f"b{layer}"] = values[layer].T @ back, back.sum(axis=0)
            if layer:
                back = (back @ params[f"W{layer}"].T) * (values[layer] > 0)
        return {key: grads[key] for key in params}

    def loss(self, params: Arrays) -> float:
        """The mean cross-entropy over all training images."""
        features, labels = images.as_floats(), images.labels()
        wide = {key: array.astype(np.float32) for key, array in params.items()}
        total = 0.0
        for first in range(0, len(labels), 10_000):
            some = slice(first, first + 10_000)
            scores = self._forward(wide, features[some])[-1].astype(np.float64)
            scores -= scores.max(axis=1, keepdims=True)
            right = scores[np.arange(len(scores)), labels[some]]
            total += float(np.sum(np.log(np.exp(scores).sum(axis=1)) - right))
        return total / len(labels)


MODELS = (Model("softmax", (784, 10)), Model("network", (784, 64, 10)))


def batches(epochs: int, seed: int = 2) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Minibatches of the training images, in a random order that is the same every time."""
    features, labels = images.as_floats(), images.labels()
    random = np.random.default_rng(seed)
    for _ in range(epochs):
        order = random.permutation(len(labels))
        for first in range(0, len(order), BATCH):
            chosen = order[first : first + BATCH]
            yield features[chosen], labels[chosen]


def steps(epochs: int) -> int:
    """How many minibatches that are."""
    return epochs * -(-len(images.labels()) // BATCH)
