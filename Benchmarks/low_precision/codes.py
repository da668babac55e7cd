"""Which code: how far off Adam's state and step are in each, and where trainings with it end."""

from dataclasses import dataclass

import numpy as np

from .candidates import CODES, Code
from .models import MODELS, Arrays, Model, batches, steps

EPOCHS, RATE, BETA1, BETA2, EPSILON = 2, 1e-3, 0.9, 0.999, 1e-8
SEEDS = range(2)
LEAST_QUANTIZED = 4096


class Adam:
    """Adam in NumPy, whose large states go through a code after each step."""

    def __init__(self, code: Code | None = None, random: np.random.Generator | None = None) -> None:
        """code: None for states of float32; random: None for rounding to the nearest"""
        self.m: Arrays = {}
        self.v: Arrays = {}
        self._code, self._random, self._step = code, random, 0

    def update(self, params: Arrays, grads: Arrays, rate: float) -> None:
        """One step."""
        self._step += 1
        for key, g in grads.items():
            m = BETA1 * self.m.get(key, np.zeros_like(g)) + (1 - BETA1) * g
            v = BETA2 * self.v.get(key, np.zeros_like(g)) + (1 - BETA2) * g * g
            corrections = 1 - BETA1**self._step, 1 - BETA2**self._step
            params[key] -= rate * (m / corrections[0]) / (np.sqrt(v / corrections[1]) + EPSILON)
            if self._code is not None and g.size >= LEAST_QUANTIZED:
                m = self._code.through(m, True, self._random)
                v = self._code.through(v, False, self._random)
            self.m[key], self.v[key] = m, v


def trained(model: Model, optimizer: Adam) -> float:
    """The loss in the end."""
    params, last = model.start(), steps(EPOCHS)
    for number, batch in enumerate(batches(EPOCHS)):
        rate = RATE * (1 + np.cos(np.pi * number / last)) / 2
        optimizer.update(params, model.gradients(params, *batch), rate)
    return model.loss(params)


@dataclass
class Row:
    """Errors are relative: of m and of the root of v over the numbers that are not 0, and of the step as a whole.

    Losses are shares above that of float32 state; with stochastic rounding means over some seeds.
    """

    code: Code
    errors: dict[str, tuple[float, float, float]]
    longest: float
    nearest: dict[str, float]
    stochastic: dict[str, float]


def _errors(code: Code, adam: Adam) -> tuple[float, float, float]:
    random = np.random.default_rng(seed=3)
    m, v = adam.m["W0"], adam.v["W0"]
    rough_m, rough_v = code.through(m, True, random), code.through(v, False, random)
    of_m = np.abs(rough_m[m != 0] / m[m != 0] - 1).mean()
    of_v = np.abs(np.sqrt(rough_v[v != 0] / v[v != 0]) - 1).mean()
    step, rough = (a / (np.sqrt(b) + EPSILON) for a, b in ((m, v), (rough_m, rough_v)))
    return float(of_m), float(of_v), float(np.linalg.norm(rough - step) / np.linalg.norm(step))


def _longest(code: Code) -> float:
    """The greatest element of a step that has 1 in each: the first one, with normally distributed gradients."""
    random = np.random.default_rng(seed=3)
    g = random.standard_normal(1 << 20).astype(np.float32)
    m, v = code.through(g, True, random), code.through(g * g, False, random)
    return float((np.abs(m) / np.sqrt(v)).max())


def rows() -> list[Row]:
    """A row for each code."""
    plain = {model.name: Adam() for model in MODELS}
    goals = {model.name: trained(model, plain[model.name]) for model in MODELS}

    def excess(code: Code, model: Model, seed: int | None) -> float:
        random = None if seed is None else np.random.default_rng(seed)
        return trained(model, Adam(code, random)) / goals[model.name] - 1

    found = []
    for code in CODES:
        errors = {name: _errors(code, adam) for name, adam in plain.items()}
        nearest = {model.name: excess(code, model, None) for model in MODELS}
        stochastic = {model.name: float(np.mean([excess(code, model, seed) for seed in SEEDS])) for model in MODELS}
        found.append(Row(code, errors, _longest(code), nearest, stochastic))
        print(found[-1], flush=True)
    return found
