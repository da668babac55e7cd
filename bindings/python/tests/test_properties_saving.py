"""What is saved goes on with the same bits, and bytes that were changed are refused."""

import io
import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from properties import DTYPES, SEEDS, generator
from test_properties_optimizers import draw_gradients, optimizers, shapes
from test_properties_samplers import samplers

import descent


def stepped(optimizer, shapes, dtype, seed, steps):
    """The weights after some steps; the same seed and shapes have the same gradients."""
    random = generator(seed)
    weights = [random.normal(size=shape).astype(dtype) for shape in shapes]
    for _ in range(steps):
        optimizer.step(list(zip(weights, draw_gradients(random, shapes, dtype), strict=True)))
    return weights


@given(optimizers(), shapes, DTYPES, SEEDS, st.integers(0, 4), st.integers(1, 4), st.booleans())
def test_an_optimizer_goes_on(made, shapes, dtype, seed, before, after, with_health):
    optimizer, _ = made
    optimizer.track_health = with_health
    optimizer.set_group(3, learning_rate=0.125)
    stepped(optimizer, shapes, dtype, seed, before)
    loaded = pickle.loads(pickle.dumps(optimizer))
    # A state dictionary is plain arrays, which survive a file of NumPy's.
    file = io.BytesIO()
    np.savez(file, **optimizer.state_dict())
    file.seek(0)
    with np.load(file) as arrays:
        from_arrays = type(optimizer)()
        from_arrays.load_state_dict(dict(arrays))
    expected = stepped(optimizer, shapes, dtype, seed + 1, after)
    for other in (loaded, from_arrays):
        assert other.step_count == before
        found = stepped(other, shapes, dtype, seed + 1, after)
        assert [one.tobytes() for one in found] == [one.tobytes() for one in expected]
        assert other.health() == optimizer.health()
        assert other.options == optimizer.options


def saved_bytes(thing, path):
    thing.save(path)
    return bytearray(path.read_bytes())


@given(st.data(), st.integers(0, 2**32), st.integers(0, 7))
def test_no_changed_bit_is_let_in(tmp_path_factory, data, place, bit):
    path = tmp_path_factory.getbasetemp() / "saved.descent"
    if data.draw(st.booleans()):
        thing, _ = data.draw(optimizers())
        stepped(thing, [(3, 5), (2,)], np.float32, 7, 2)
    else:
        sizes, words = data.draw(samplers())
        thing = descent.Sampler(*sizes, **words)
    kind = descent.optimizers.Optimizer if isinstance(thing, descent.optimizers.Optimizer) else descent.Sampler
    saved = saved_bytes(thing, path)
    assert saved_bytes(kind.load(path), path) == saved
    changed = saved.copy()
    changed[place % len(saved)] ^= 1 << bit
    for wrong in (changed, saved[: place % len(saved)], saved + saved[: 1 + place % 9]):
        path.write_bytes(wrong)
        with pytest.raises(descent.CorruptStateError):
            kind.load(path)
