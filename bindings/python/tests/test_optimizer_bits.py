"""The same bits however an array is laid out: split into tensors, placed at an odd address, cut to any length."""

import numpy as np
import pytest
import textbook

import descent

STEPS = 5
LENGTHS = [*range(1, 68), 1000]


def run(name, pairs):
    optimizer = descent.OPTIMIZERS[name](weight_decay=0.01)
    for step in range(STEPS):
        # Another gradient every step, by exact operations only.
        optimizer.step([(weights, gradient * gradient.dtype.type(2.0**-step)) for weights, gradient in pairs])
    return optimizer


def numbers(length, dtype, seed=0):
    random = np.random.default_rng(seed)
    return (random.normal(size=length) * 10 ** random.uniform(-6, 6, length)).astype(dtype)


def whole(name, dtype, length):
    weights = numbers(length, dtype, 1)
    run(name, [(weights, numbers(length, dtype, 2))])
    return weights


@pytest.fixture(scope="module", params=[np.float32, np.float64])
def dtype(request):
    return request.param


@pytest.mark.parametrize("name", textbook.RULES)
def test_length_changes_nothing(name, dtype):
    expected = whole(name, dtype, LENGTHS[-1])
    for length in LENGTHS:
        weights = numbers(LENGTHS[-1], dtype, 1)[:length].copy()
        run(name, [(weights, numbers(LENGTHS[-1], dtype, 2)[:length].copy())])
        assert weights.tobytes() == expected[:length].tobytes(), f"length {length}"


@pytest.mark.parametrize("name", textbook.RULES)
@pytest.mark.parametrize("cuts", [(1,), (3, 10, 11), (31, 64, 67), (500, 501), (1, 2, 3, 5, 8, 13, 21, 34, 55)])
def test_splitting_changes_nothing(name, dtype, cuts):
    weights, gradient = numbers(1000, dtype, 1), numbers(1000, dtype, 2)
    run(name, list(zip(np.split(weights, cuts), np.split(gradient, cuts), strict=True)))
    assert weights.tobytes() == whole(name, dtype, 1000).tobytes()


@pytest.mark.parametrize("name", textbook.RULES)
@pytest.mark.parametrize("offset", [1, 2, 3, 4, 7, 8, 12, 31, 33])
def test_address_changes_nothing(name, dtype, offset):
    length = 1000
    memory = np.zeros(length * np.dtype(dtype).itemsize + 64, np.uint8)
    weights = np.frombuffer(memory, dtype, length, offset)
    weights[:] = numbers(length, dtype, 1)
    run(name, [(weights, numbers(length, dtype, 2))])
    assert weights.tobytes() == whole(name, dtype, length).tobytes()
    assert not memory[:offset].any()
    assert not memory[offset + weights.nbytes :].any()


@pytest.mark.parametrize("name", textbook.RULES)
def test_shape_changes_nothing(name, dtype):
    for shape in [(8, 125), (1000, 1), (2, 5, 100), (10, 10, 10)]:
        weights = numbers(1000, dtype, 1).reshape(shape)
        optimizer = run(name, [(weights, numbers(1000, dtype, 2).reshape(shape))])
        assert weights.tobytes() == whole(name, dtype, 1000).tobytes()
        for buffer in optimizer.state_names:
            assert optimizer.state(0, buffer).shape == shape


def test_different_dtypes_share_a_step():
    single, double = numbers(9, np.float32, 1), numbers(9, np.float64, 1)
    run("adam", [(single, numbers(9, np.float32, 2)), (double, numbers(9, np.float64, 2))])
    assert single.tobytes() == whole("adam", np.float32, 9).tobytes()
    assert double.tobytes() == whole("adam", np.float64, 9).tobytes()
