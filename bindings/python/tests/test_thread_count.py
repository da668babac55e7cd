"""How many threads the library uses."""

import numpy as np
import pytest

import descent


@pytest.fixture(autouse=True)
def restored():
    count = descent.thread_count()
    yield
    descent.set_thread_count(count)


@pytest.mark.parametrize("count", [1, 2, 256, np.int32(3)])
def test_count_that_was_set(count):
    descent.set_thread_count(count)
    assert descent.thread_count() == count


def test_zero_is_the_number_of_processors():
    descent.set_thread_count(0)
    assert 1 <= descent.thread_count() <= 256


@pytest.mark.parametrize("count", [-1, 257, 2**31, 2**40])
def test_count_out_of_range(count):
    descent.set_thread_count(3)
    with pytest.raises(descent.InvalidArgumentError):
        descent.set_thread_count(count)
    assert descent.thread_count() == 3


@pytest.mark.parametrize("count", [None, 1.0, "2"])
def test_count_of_another_type(count):
    with pytest.raises(TypeError, match="n must be an integer"):
        descent.set_thread_count(count)


def test_same_bits_for_any_count():
    results = []
    for count in (1, 2, 5):
        descent.set_thread_count(count)
        weights = np.ones(200_000, np.float32)
        adam = descent.Adam(clip_norm=1.0)
        for _ in range(3):
            adam.step([(weights, np.arange(200_000, dtype=np.float32))])
        results.append(weights.tobytes())
    assert results[0] == results[1] == results[2]
