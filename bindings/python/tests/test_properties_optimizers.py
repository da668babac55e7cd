"""Steps of any optimizer, with any options and shapes, against NumPy; and what no option may change."""

import copy

import numpy as np
import pytest
import textbook_dialects
from hypothesis import given, settings
from hypothesis import strategies as st
from properties import DTYPES, SEEDS, generator

import descent

# Relative to the largest weight and step that an element has seen. Gradients differ by a factor of 1,000 at most.
TOLERANCES = {np.float32: 2e-3, np.float64: 1e-10}
DIALECTS = ["textbook", "pytorch", "keras", "optax"]

decays = st.sampled_from([0.0, 0.1, 0.5, 0.9, 0.99])
OPTIONS = {
    "learning_rate": st.sampled_from([0.0, 0.001, 0.01, 0.3]),
    "momentum_decay": decays,
    "beta1": decays,
    "beta2": st.sampled_from([0.5, 0.9, 0.999]),
    "rho": st.sampled_from([0.5, 0.9, 0.99]),
    "epsilon": st.sampled_from([1e-8, 1e-3, 0.1]),
    "bias_correction": st.booleans(),
    "dampening": st.sampled_from([0.0, 0.25]),
    "amsgrad": st.booleans(),
    "learning_rate_decay": st.sampled_from([0.0, 0.1]),
    "initial_accumulator": st.sampled_from([0.0, 0.1]),
    # What is left when the mean is subtracted may be rounding alone: centered is compared with a large epsilon only.
    "centered": st.just(False),
    "weight_decay": st.sampled_from([0.0, 0.01, 0.5]),
    "decoupled_weight_decay": st.sampled_from([0.0, 0.01, 0.5]),
    "clip_value": st.sampled_from([0.0, 0.5, 5.0]),
    "clip_norm": st.sampled_from([0.0, 0.1, 10.0]),
    "maximize": st.booleans(),
}


@st.composite
def optimizers(draw, names=tuple(textbook_dialects.RULES), dialects=tuple(DIALECTS)):
    """An optimizer and its options."""
    name, dialect = draw(st.sampled_from(names)), draw(st.sampled_from(dialects))
    kind = descent.OPTIMIZERS[name]
    options = kind(dialect=dialect).options
    for option in OPTIONS.keys() & options.keys():
        # Mostly the defaults, a few others.
        if draw(st.integers(0, 2)) == 0:
            options[option] = draw(OPTIONS[option])
    if name == "rmsprop" and draw(st.booleans()):
        options |= {"centered": True, "epsilon": 0.1}
    if dialect == "optax" and "dampening" in options:
        options["dampening"] = 0.0  # Optax has none
    return kind(**options), options


shapes = st.lists(st.tuples(st.integers(1, 9), st.integers(1, 40)), min_size=1, max_size=3)


def draw_gradients(random, shapes, dtype):
    """Of either sign, and sizes that differ by a factor of 1,000."""
    return [(random.choice([-1, 1], shape) * 10 ** random.uniform(-1.5, 1.5, shape)).astype(dtype) for shape in shapes]


@settings(max_examples=200)
@given(optimizers(), shapes, DTYPES, SEEDS, st.integers(1, 12))
def test_steps_against_numpy(made, shapes, dtype, seed, steps):
    optimizer, options = made
    random = generator(seed)
    weights = [random.normal(size=shape).astype(dtype) for shape in shapes]
    expected, states = [one.astype(np.float64) for one in weights], [{} for _ in shapes]
    scales = [np.abs(one) for one in expected]
    for t in range(1, steps + 1):
        gradients = draw_gradients(random, shapes, dtype)
        optimizer.step(list(zip(weights, gradients, strict=True)))
        former = expected
        expected = textbook_dialects.step(optimizer.algorithm, expected, gradients, states, t, options)
        for scale, one, before in zip(scales, expected, former, strict=True):
            np.maximum(scale, np.maximum(np.abs(one), np.abs(one - before)), out=scale)
        for one, other, scale in zip(weights, expected, scales, strict=True):
            assert np.all(np.abs(one - other) <= TOLERANCES[dtype] * scale + 1e-30), (t, options)
    assert optimizer.step_count == steps


@given(optimizers(), DTYPES, SEEDS, st.integers(2, 90), st.data())
def test_bits_do_not_depend_on_how_numbers_are_split(made, dtype, seed, size, data):
    """One tensor, or the same numbers in two, at any address."""
    optimizer, _ = made
    cut = data.draw(st.integers(1, size - 1))
    random = generator(seed)
    whole = random.normal(size=size).astype(dtype)
    split = np.concatenate([np.zeros(1, dtype), whole])[1:]
    assert split.ctypes.data % 16 != whole.ctypes.data % 16
    other = copy.copy(optimizer)
    for _ in range(4):
        (gradient,) = draw_gradients(random, [(size,)], dtype)
        optimizer.step([(whole, gradient)])
        other.step([(split[:cut], gradient[:cut]), (split[cut:], gradient[cut:])])
    assert whole.tobytes() == split.tobytes()


@given(optimizers(), DTYPES, SEEDS, st.sampled_from([np.nan, np.inf, -np.inf]), st.integers(0, 200))
def test_what_is_refused_changes_nothing(made, dtype, seed, wrong, place):
    optimizer, _ = made
    random = generator(seed)
    weights = random.normal(size=(5, 13)).astype(dtype)
    optimizer.step([(weights, draw_gradients(random, [(5, 13)], dtype)[0])])
    saved, before = optimizer.state_dict(), weights.copy()
    (gradient,) = draw_gradients(random, [(5, 13)], dtype)
    gradient.flat[place % gradient.size] = wrong
    optimizer.not_finite_policy = "refuse"
    with pytest.raises(descent.NotFiniteError, match=rf"gradient\[{place % gradient.size}\]"):
        optimizer.step([(weights, gradient)])
    optimizer.not_finite_policy = "propagate"
    assert weights.tobytes() == before.tobytes()
    for key, value in optimizer.state_dict().items():
        assert np.array_equal(value, saved[key], equal_nan=value.dtype.kind == "f"), key
