"""Every optimizer against textbook code in double precision: 200 steps, kind and ill-scaled gradients."""

import numpy as np
import pytest
import textbook

import descent

STEPS = 200
SIZE = 40

# The error allowed, relative to the largest weight and update that an element has seen. In 200 steps the roundings of
# decays like 0.999 add up to some 100 units of the last place.
TOLERANCES = {np.float32: 3e-5, np.float64: 1e-13}

OTHER_OPTIONS = {
    "sgd": {"learning_rate": 0.3},
    "momentum": {"learning_rate": 0.003, "momentum_decay": 0.5},
    "nesterov": {"learning_rate": 0.003, "momentum_decay": 0.5},
    "adagrad": {"learning_rate": 0.2, "epsilon": 1e-3},
    "rmsprop": {"learning_rate": 0.02, "rho": 0.7, "epsilon": 1e-3},
    "adam": {"learning_rate": 0.02, "beta1": 0.6, "beta2": 0.95, "epsilon": 1e-3, "bias_correction": False},
}


def kind_gradients(random):
    return random.normal(size=(STEPS, SIZE))


def ill_scaled_gradients(random):
    """Sixteen orders of magnitude, in one tensor as well as from step to step of one element."""
    return random.choice([-1, 1], (STEPS, SIZE)) * 10 ** random.uniform(-8, 8, (STEPS, SIZE))


def steadily_ill_scaled_gradients(random):
    """Sixteen orders of magnitude between the elements, each of which stays at its own."""
    return random.normal(size=(STEPS, SIZE)) * np.logspace(-8, 8, SIZE)


SCHEDULES = {
    "defaults": lambda name: lambda t: {},
    "other options": lambda name: lambda t: OTHER_OPTIONS[name],
    "weight decay": lambda name: lambda t: {"weight_decay": 0.1},
    "changed midway": lambda name: lambda t: {} if t <= STEPS // 2 else {**OTHER_OPTIONS[name], "weight_decay": 0.01},
}


@pytest.mark.parametrize("schedule", SCHEDULES)
@pytest.mark.parametrize("gradients", [kind_gradients, ill_scaled_gradients, steadily_ill_scaled_gradients])
@pytest.mark.parametrize("dtype", TOLERANCES)
@pytest.mark.parametrize("name", textbook.RULES)
def test_follows_the_textbook(name, dtype, gradients, schedule):
    random = np.random.default_rng(7)
    options_at = SCHEDULES[schedule](name)
    weights = random.normal(size=SIZE).astype(dtype)
    slopes = gradients(random).astype(dtype)
    optimizer = descent.OPTIMIZERS[name]()
    scale = np.abs(weights.astype(np.float64))
    former, largest = weights.astype(np.float64), {}
    for t, expected, state in textbook.descend(name, weights, slopes, options_at):
        for option, value in options_at(t).items():
            setattr(optimizer, option, value)
        optimizer.step([(weights, slopes[t - 1])])
        scale = np.maximum.reduce([scale, np.abs(expected), np.abs(expected - former)])
        former = expected
        np.testing.assert_array_less(np.abs(weights - expected), TOLERANCES[dtype] * scale, err_msg=f"step {t}")
        # The state is compared often, but not always, which would be slow.
        for buffer in state if t % 50 == 0 else ():
            largest[buffer] = max(largest.get(buffer, 0), np.abs(state[buffer]).max())
            atol = TOLERANCES[dtype] * largest[buffer]
            np.testing.assert_allclose(optimizer.state(0, buffer), state[buffer], rtol=0, atol=atol)
    assert optimizer.step_count == STEPS


def test_every_algorithm_of_the_course_is_tested():
    # The others follow their references in test_methods.py.
    assert set(textbook.RULES) == set(OTHER_OPTIONS) == set(list(descent.OPTIMIZERS)[:6])


@pytest.mark.parametrize("name", textbook.RULES)
def test_minimizes_a_badly_conditioned_bowl(name):
    rates = {"sgd": 0.015, "momentum": 0.01, "nesterov": 0.01, "adagrad": 1.0, "rmsprop": 0.01, "adam": 0.05}
    curvature = np.array([1.0, 10.0, 100.0])
    weights = np.ones(3)
    optimizer = descent.OPTIMIZERS[name](learning_rate=rates[name])
    for _ in range(1000):
        optimizer.step([(weights, curvature * weights)])
    assert (curvature * weights**2).sum() < 0.02
