"""Trainings on the digits of this repository: state in fewer bits, and bfloat16 weights that a small rate moves.

`make low-precision` does the same on Fashion-MNIST.
"""

import numpy as np
import pytest
from parameters import BFLOAT16

import descent
from descent.demonstrations import image_sets

UNITS, BATCH, EPOCHS = 128, 64, 20
METHODS = {
    "AdamW": {"learning_rate": 5e-3},
    "Momentum": {"learning_rate": 0.1},
    "Lion": {"learning_rate": 1e-3},
}


@pytest.fixture(scope="module")
def digits():
    images = image_sets.load(image_sets.OPTICAL_DIGITS)
    return images.train_images.astype(np.float32) * np.float32(images.scale), images.train_labels.astype(int)


def start():
    random = np.random.default_rng(0)
    return {
        "hidden": (random.normal(size=(64, UNITS)) * np.sqrt(2 / 64)).astype(np.float32),
        "shift": np.zeros(UNITS, np.float32),
        "last": (random.normal(size=(UNITS, 10)) * np.sqrt(2 / UNITS)).astype(np.float32),
        "bias": np.zeros(10, np.float32),
    }


def loss_and_gradients(params, features, labels):
    """Of a network with one hidden layer, by softmax cross-entropy."""
    wide = {key: array.astype(np.float32) for key, array in params.items()}
    hidden = np.maximum(features @ wide["hidden"] + wide["shift"], 0)
    loss, by_scores = descent.softmax_cross_entropy(hidden @ wide["last"] + wide["bias"], labels)
    by_hidden = (by_scores @ wide["last"].T) * (hidden > 0)
    return loss, {
        "hidden": features.T @ by_hidden,
        "shift": by_hidden.sum(axis=0),
        "last": hidden.T @ by_scores,
        "bias": by_scores.sum(axis=0),
    }


def train(optimizer, params, digits, epochs):
    features, labels = digits
    random = np.random.default_rng(1)
    for _ in range(epochs):
        order = random.permutation(len(labels))
        for first in range(0, len(order), BATCH):
            chosen = order[first : first + BATCH]
            _, grads = loss_and_gradients(params, features[chosen], labels[chosen])
            optimizer.update(params, {key: np.ascontiguousarray(grads[key], params[key].dtype) for key in params})
    return loss_and_gradients(params, features, labels)[0]


@pytest.mark.parametrize("name", METHODS)
def test_state_in_fewer_bits_trains_as_well(digits, name):
    steps = EPOCHS * -(-len(digits[1]) // BATCH)
    losses = {}
    for state in ("same", "bfloat16", "quantized8"):
        schedule = descent.schedules.Cosine(steps=steps)
        optimizer = getattr(descent, name)(state_dtype=state, schedule=schedule, **METHODS[name])
        losses[state] = train(optimizer, start(), digits, EPOCHS)
    untrained = loss_and_gradients(start(), *digits)[0]
    assert losses["same"] < 0.1 * untrained
    for state in ("bfloat16", "quantized8"):
        assert losses[state] <= 1.02 * losses["same"], losses


def test_stochastic_rounding_goes_on_where_the_nearest_stalls(digits):
    first = start()
    train(descent.AdamW(learning_rate=2e-3), first, digits, 3)
    before = loss_and_gradients(first, *digits)[0]
    gains = {}
    for way, (dtype, is_stochastic) in {
        "float32": (np.float32, False),
        "nearest": (BFLOAT16, False),
        "stochastic": (BFLOAT16, True),
    }.items():
        params = {key: array.astype(BFLOAT16).astype(dtype) for key, array in first.items()}
        optimizer = descent.AdamW(learning_rate=1e-4, stochastic_rounding=is_stochastic)
        gains[way] = before - train(optimizer, params, digits, 10)
    assert gains["float32"] > 0.1 * before
    assert gains["nearest"] < 0.5 * gains["float32"], gains
    assert gains["stochastic"] > 0.9 * gains["float32"], gains
