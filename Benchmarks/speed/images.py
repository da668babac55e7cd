"""Fashion-MNIST, as the rows of the classifier take it."""

from functools import cache

import numpy as np

from descent.demonstrations import image_sets

DIMENSION, CLASSES = 784, 10


def installed() -> bool:
    """Whether the data set is on this machine."""
    return (image_sets.FASHION_MNIST / "train-images-idx3-ubyte.gz").is_file()


@cache
def as_bytes() -> np.ndarray:
    """The training images: 60,000 x 784 bytes."""
    return np.ascontiguousarray(image_sets.load(image_sets.FASHION_MNIST).train_images)


@cache
def as_floats() -> np.ndarray:
    """The same as float32 in [0, 1]."""
    return as_bytes().astype(np.float32) / np.float32(255)


@cache
def labels() -> np.ndarray:
    """Their labels, 0 to 9, as int32."""
    return image_sets.load(image_sets.FASHION_MNIST).train_labels.astype(np.int32)


def cross_entropy(weights: np.ndarray, bias: np.ndarray) -> float:
    """The mean over the training images, in double, by neither libdescent nor a peer."""
    scores = (as_floats() @ weights.astype(np.float32) + bias.astype(np.float32)).astype(np.float64)
    scores -= scores.max(axis=1, keepdims=True)
    right = scores[np.arange(len(scores)), labels()]
    return float(np.mean(np.log(np.exp(scores).sum(axis=1)) - right))
