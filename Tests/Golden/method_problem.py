"""The weights, gradients and rates that every golden run of generate_methods.py is made with."""

import random

import numpy as np

STEPS = 60
RECORDED = [1, 2, 3, 10, 30, 60]
SEED = 20261127

# Ill-scaled tensors, for every method: each element's gradients are of the order of its scale. 0: always exactly 0.
VECTOR_SCALES = [1e-6, 1e-3, 1, 1e2, 1e4, 0, 1]
MATRIX_SCALES = [[1, 1e-6, 1e2, 1e4], [1e-4, 1, 1e-2, 1], [1e3, 1e-5, 1e-1, 10]]
# Well-conditioned ones, for methods whose matrices could not be reproduced from the others: the gradients of step t are
# of the order of number (t - 1) % 3 of these, so that a norm of 1 is passed in some steps only.
MODERATE_SCALES = [0.125, 0.5, 2]
SHAPES = {"vector": (7,), "matrix": (3, 4), "bias": (7,), "row": (1, 7), "wide": (3, 4), "tall": (4, 3)}
# Before this step, the last element of the vector has no gradient; after it, often none.
LATE = 5

Flat = list[float]


def as_float32(values: Flat) -> Flat:
    """Round to the nearest float32 numbers."""
    return np.asarray(values, dtype=np.float32).astype(np.float64).tolist()


def size(name: str) -> int:
    """Return the number of elements of a tensor."""
    return int(np.prod(SHAPES[name]))


def scaled_gradient(draws: random.Random, scales: Flat) -> Flat:
    """Draw an ill-scaled gradient; one element in eight is 0. Only +, - and *, so that it is the same everywhere."""
    return as_float32([0 if draws.randrange(8) == 0 else draws.uniform(-0.7, 1.3) * scale for scale in scales])


def problem() -> dict[str, dict]:
    """Return shape, initial weights and the gradient of each step, row-major, of every tensor; all are float32."""
    draws = random.Random(SEED)
    tensors = {}
    for name, shape in SHAPES.items():
        initial = as_float32([draws.uniform(-2, 2) for _ in range(size(name))])
        gradients = []
        for step in range(1, STEPS + 1):
            if name == "vector":
                gradient = scaled_gradient(draws, VECTOR_SCALES)
                if step < LATE or draws.randrange(2) == 0:
                    gradient[-1] = 0.0
            elif name == "matrix":
                gradient = scaled_gradient(draws, [scale for row in MATRIX_SCALES for scale in row])
            else:
                scale = MODERATE_SCALES[(step - 1) % len(MODERATE_SCALES)]
                gradient = as_float32([draws.uniform(-0.7, 1.3) * scale for _ in range(size(name))])
            gradients.append(gradient)
        tensors[name] = {"shape": list(shape), "initial": initial, "gradients": gradients}
    return tensors


def rates(first: float, factor: float) -> Flat:
    """Return the learning rate of each step: a running product, which is the same in every language."""
    found = [first]
    for _ in range(STEPS - 1):
        found.append(found[-1] * factor)
    return found
