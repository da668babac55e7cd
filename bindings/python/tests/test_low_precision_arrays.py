"""float16 and bfloat16 arrays in Python's step() and update(), and state in fewer bits."""

import pickle

import ml_dtypes
import numpy as np
import pytest

import descent

HALVES = [np.float16, ml_dtypes.bfloat16]


@pytest.mark.parametrize("dtype", HALVES)
def test_steps_are_float32s_rounded(dtype):
    random = np.random.default_rng(0)
    params = {"w": random.normal(size=(5, 7)).astype(dtype)}
    stored, wide = descent.AdamW(), descent.AdamW()
    for _ in range(4):
        gradient = random.normal(size=(5, 7)).astype(dtype)
        others = {"w": params["w"].astype(np.float32)}
        stored.update(params, {"w": gradient})
        wide.update(others, {"w": gradient.astype(np.float32)})
        assert params["w"].tobytes() == others["w"].astype(dtype).tobytes()
        stored = pickle.loads(pickle.dumps(stored))
    found = stored.state("w", "m")
    assert found.dtype == np.float32
    assert found.tobytes() == wide.state("w", "m").tobytes()


@pytest.mark.parametrize("kind", ["bfloat16", "quantized8"])
def test_state_in_fewer_bits_is_widened(kind):
    optimizer = descent.Adam(state_dtype=kind, beta1=0)
    values, gradient = np.ones(5000, np.float32), np.linspace(-1, 1, 5000, dtype=np.float32)
    optimizer.step([(values, gradient)])
    found = optimizer.state(0, "m")
    assert found.dtype == np.float32
    assert found.shape == (5000,)
    assert np.abs(found - gradient).max() <= (2**-8 if kind == "bfloat16" else 1 / 8)
    assert optimizer.state_dtype == kind
    again = pickle.loads(pickle.dumps(optimizer))
    assert np.array_equal(again.state(0, "m"), found)


def test_averaged():
    optimizer = descent.SGD(average="uniform")
    params = {"w": np.ones(10, ml_dtypes.bfloat16)}
    for _ in range(3):
        optimizer.update(params, {"w": np.ones(10, ml_dtypes.bfloat16)})
    before = params["w"].copy()
    with optimizer.averaged(params):
        assert params["w"].astype(float).mean() > before.astype(float).mean()
    assert params["w"].tobytes() == before.tobytes()


def test_types_must_agree():
    with pytest.raises(TypeError, match="same dtype"):
        descent.SGD().step([(np.ones(3, np.float16), np.ones(3, np.float32))])
    with pytest.raises(TypeError, match="float16"):
        descent.SGD().step([(np.ones(3, np.int16), np.ones(3, np.int16))])
