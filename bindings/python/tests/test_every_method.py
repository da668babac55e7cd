"""What holds for every method: options have effects; zeros, single elements, rows and columns do no harm."""

import numpy as np
import pytest
from stepped import STEPPED

import descent

STEPS = 14
COMMON = set(descent.SGD._algorithm.options) - {"learning_rate"}
# Values other than the middle of the range, and what an option needs to have an effect.
VALUES = {
    "epsilon": 0.1,
    "epsilon_root": 0.1,
    "slow_warmup_steps": 10,
    "t0": 3,
    "minimum_step": 0.05,
    "maximum_step": 0.01,
    "eta_plus": 2.0,
    "growth_rate": 1.01,
    "distance_coefficient": 3.0,
    "initial_distance": 1e-3,
    "rate_power": 0.5,
    "average_power": 1.5,
    "initial_accumulator": 0.5,
    "minimum_side": 10,
    "maximum_side": 4,
    "orthogonalization_steps": 3,
    "precondition_frequency": 3,
    "scale_floor": 5.0,
}
COMPANY = {
    # The weight of a step depends on the greatest rate so far only where that rises.
    "rate_power": {"warmup_steps": 10},
    "vector_learning_rate": {"vectors_too": False},
    "safeguard_warmup": {"schedule": "exponential", "schedule_steps": 5},
    # ADOPT's limit is reached by the first normalized gradients only if they are large.
    "clip_update": {"beta2": 0.1},
}
PAIRS = [
    (kind, option.name)
    for kind in STEPPED.values()
    for option in kind._algorithm.options.values()
    if option.name not in COMMON
]


def trained(kind, gradients, dtype=np.float64, **options):
    optimizer = kind(**options)
    random = np.random.default_rng(1)
    params = {"matrix": random.normal(size=(4, 5)).astype(dtype), "vector": random.normal(size=6).astype(dtype)}
    for step in range(STEPS):
        optimizer.update(params, {key: gradients(random, array, step) for key, array in params.items()})
    return np.concatenate([array.ravel() for array in params.values()]), optimizer


def noisy(random, array, step):
    """Downhill in a bowl, with noise, which is great once."""
    return 3 * array + random.normal(size=array.shape).astype(array.dtype) * (10 if step == 5 else 1)


@pytest.mark.parametrize(("kind", "name"), PAIRS)
def test_options_have_an_effect(kind, name):
    option = kind._algorithm.options[name]
    company = {key: value for key, value in COMPANY.get(name, {}).items() if key in kind._algorithm.options}
    if option.is_switch:
        value = not option.default
    else:
        value = VALUES.get(name, 0.5 * option.default if option.default else 0.25)
    dtype = np.float32 if name == "bfloat16_products" else np.float64  # which has its own products
    usual, optimizer = trained(kind, noisy, dtype, **company)
    changed, other = trained(kind, noisy, dtype, **company, **{name: value})
    if kind is descent.ASGD and name == "t0":  # it decides what is averaged, not where the weights go
        usual, changed = optimizer.state("matrix", "average"), other.state("matrix", "average")
    assert (usual != changed).any()


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("kind", STEPPED.values())
def test_zeros_do_no_harm(kind, dtype):
    optimizer, w = kind(), np.linspace(-1, 1, 21, dtype=dtype)
    for step in range(30):
        gradient = np.zeros(21, dtype)
        gradient[::3] = 0 if step % 2 else 0.5
        optimizer.step([(w, gradient), (np.ones((2, 2)), np.zeros((2, 2)))])
    assert np.isfinite(w).all()
    assert all(np.isfinite(optimizer.state(index, name)).all() for name in optimizer.state_names for index in (0, 1))


@pytest.mark.parametrize("kind", STEPPED.values())
def test_steady_gradients_lead_downhill(kind):
    optimizer, w = kind(), np.ones(5)
    for _ in range(40):
        optimizer.step([(w, np.full(5, 2.0))])
    assert (w < 1).all()


@pytest.mark.parametrize("shape", [(1,), (1, 1), (1, 9), (9, 1), (3, 3), ()])
@pytest.mark.parametrize("kind", STEPPED.values())
def test_shapes(kind, shape):
    optimizer, w = kind(), np.ones(shape)
    random = np.random.default_rng(2)
    for _ in range(5):
        optimizer.step([(w, np.asarray(random.normal(size=shape)))])
    assert np.isfinite(w).all()
    assert w.shape == shape


@pytest.mark.parametrize("kind", STEPPED.values())
def test_reset_begins_anew(kind):
    first, optimizer = trained(kind, noisy)
    optimizer.reset()
    again, _ = trained(lambda: optimizer, noisy)
    assert first.tobytes() == again.tobytes()
