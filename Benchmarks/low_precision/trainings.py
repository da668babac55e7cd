"""Trainings with the library: state in fewer bits, and low-precision weights that a small rate moves."""

from collections.abc import Callable
from dataclasses import dataclass

import ml_dtypes
import numpy as np

import descent

from .models import MODELS, Arrays, Model, batches, steps

EPOCHS = 5
STATES = ("same", "bfloat16", "quantized8")
METHODS: dict[str, Callable[..., descent.Optimizer]] = {
    "AdamW": lambda **options: descent.AdamW(learning_rate=1e-3, **options),
    "Momentum": lambda **options: descent.Momentum(learning_rate=0.05, **options),
    "Lion": lambda **options: descent.Lion(learning_rate=1e-4, **options),
}
MOST_EXCESS = 0.005
# Orders of the minibatches; a single training ends some tenths of a percent higher or lower whatever is changed in it.
ORDERS = range(2, 5)


@dataclass
class StateRow:
    """The loss in the end, the mean over the orders, by how the state is stored."""

    model: str
    method: str
    losses: dict[str, float]

    def excess(self, state: str) -> float:
        """Above that of float32, as a share of it."""
        return self.losses[state] / self.losses["same"] - 1

    @property
    def is_right(self) -> bool:
        """Whether none is too far above it."""
        return all(self.excess(state) <= MOST_EXCESS for state in STATES)


def train(model: Model, optimizer: descent.Optimizer, params: Arrays, epochs: int, order: int = ORDERS[0]) -> float:
    """Trains the parameters in place, with gradients of their own type, and returns the loss."""
    for features, labels in batches(epochs, order):
        wide = {key: array.astype(np.float32) for key, array in params.items()}
        grads = model.gradients(wide, features, labels)
        optimizer.update(params, {key: grads[key].astype(params[key].dtype) for key in params})
    return model.loss(params)


def _state_row(model: Model, name: str) -> StateRow:
    losses = dict.fromkeys(STATES, 0.0)
    for state in STATES:
        for order in ORDERS:
            options = {"state_dtype": state, "schedule": descent.schedules.Cosine(steps=steps(EPOCHS))}
            with METHODS[name](rounding_seed=order, **options) as optimizer:
                losses[state] += train(model, optimizer, model.start(), EPOCHS, order) / len(ORDERS)
    return StateRow(model.name, name, losses)


def state_rows() -> list[StateRow]:
    """Each method on each model, with each way to store the state; the rate falls to 0 as a cosine does."""
    rows = []
    for model in MODELS:
        for name in METHODS:
            rows.append(_state_row(model, name))
            print(rows[-1], rows[-1].is_right, flush=True)
    return rows


SMALL_RATES = {"SGD": 5e-4, "AdamW": 3e-6}
FIRST_EPOCHS, MORE_EPOCHS = 1, 3


@dataclass
class RoundingRow:
    """The loss before, and after some epochs with a small rate, by how the weights are stored and rounded."""

    model: str
    method: str
    before: float
    losses: dict[str, float]

    def progress(self, weights: str) -> float:
        """The share of what float32 weights gain that these gain."""
        return (self.before - self.losses[weights]) / (self.before - self.losses["float32"])


def rounding_rows() -> list[RoundingRow]:
    """Models that have been trained are trained on, with small rates."""
    ways = {
        "float32": (np.float32, False),
        "bfloat16, nearest": (ml_dtypes.bfloat16, False),
        "bfloat16, stochastic": (ml_dtypes.bfloat16, True),
    }
    rows = []
    for model in MODELS:
        start = model.start()
        train(model, descent.AdamW(), start, FIRST_EPOCHS)
        start = {key: array.astype(ml_dtypes.bfloat16).astype(np.float32) for key, array in start.items()}
        for name, rate in SMALL_RATES.items():
            losses = {}
            for way, (dtype, is_stochastic) in ways.items():
                optimizer = getattr(descent, name)(learning_rate=rate, stochastic_rounding=is_stochastic)
                params = {key: array.astype(dtype) for key, array in start.items()}
                losses[way] = train(model, optimizer, params, MORE_EPOCHS)
            rows.append(RoundingRow(model.name, name, model.loss(start), losses))
            print(rows[-1], flush=True)
    return rows
