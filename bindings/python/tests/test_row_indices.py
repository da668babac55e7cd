"""Gradients that have some rows only."""

import numpy as np
import pytest
from parameters import BFLOAT16, STEPPED, DescentError, Stepper

from descent._c.library import library

EXACT = ("sgd", "adagrad", "ftrl")
ALL_ROWS = (
    "asgd", "schedule_free_sgd", "schedule_free_adamw", "mars", "lars", "lamb", "adafactor", "novograd", "prodigy",
    "muon", "shampoo", "soap",
)  # fmt: skip
LAZY = [name for name in STEPPED if name not in (*EXACT, *ALL_ROWS)]
ROWS, COLUMNS = 40, 33
INVALID, UNSUPPORTED = 2, 8


def some_rows(seed):
    random = np.random.default_rng(seed)
    rows = np.sort(random.choice(ROWS, 7, replace=False)).astype(np.int64)
    return rows, random.normal(size=(7, COLUMNS)).astype(np.float32)


def selection(rows):
    return {0: {"row_indices": rows.ctypes.data, "row_count": len(rows)}}


class Embedding:
    """A matrix that is stepped by rows, or as a whole."""

    def __init__(self, name, dtype=np.float32, **options):
        self.optimizer = Stepper(name, **options)
        self.values = np.random.default_rng(0).normal(size=(ROWS, COLUMNS)).astype(dtype)

    def step_rows(self, rows, gradient):
        self.optimizer.step([(self.values, gradient)], selection(rows))

    def step(self, gradient):
        self.optimizer.step([(self.values, gradient)])


@pytest.mark.parametrize("name", EXACT)
def test_as_a_gradient_with_rows_of_zero(name):
    one, other = Embedding(name), Embedding(name)
    if name == "ftrl":
        # Its first step makes the values what z and n say, so all rows take part in one.
        start = np.random.default_rng(9).normal(size=(ROWS, COLUMNS)).astype(np.float32)
        one.step(start)
        other.step(start)
    for step in range(5):
        rows, gradient = some_rows(step)
        dense = np.zeros((ROWS, COLUMNS), np.float32)
        dense[rows] = gradient
        one.step_rows(rows, gradient)
        other.step(dense)
        assert np.array_equal(one.values, other.values)
    for key, state in other.optimizer.states(0).items():
        assert np.array_equal(one.optimizer.state(0, key), state)


@pytest.mark.parametrize("dtype", [np.float32, BFLOAT16])
@pytest.mark.parametrize("name", [*EXACT, *LAZY])
def test_rows_step_and_others_stay(name, dtype):
    """A row makes the step that it makes among all rows; the others, and their state, keep their bits."""
    one, other = (
        Embedding(name, dtype, not_finite_policy=1, weight_decay=0.01),
        Embedding(name, dtype, weight_decay=0.01),
    )
    random = np.random.default_rng(1)
    for each in (one, other):
        each.step(np.random.default_rng(2).normal(size=(ROWS, COLUMNS)).astype(np.float32))
    rows, gradient = some_rows(3)
    dense = random.normal(size=(ROWS, COLUMNS)).astype(np.float32)
    dense[rows] = gradient
    before, states = one.values.copy(), one.optimizer.states(0)
    one.step_rows(rows, gradient)
    other.step(dense)
    untouched = np.setdiff1d(np.arange(ROWS), rows)
    assert np.array_equal(one.values[rows], other.values[rows])
    assert one.values[untouched].tobytes() == before[untouched].tobytes()
    for key, state in states.items():
        now = one.optimizer.state(0, key).reshape(ROWS, COLUMNS)
        assert np.array_equal(now[rows], other.optimizer.state(0, key).reshape(ROWS, COLUMNS)[rows])
        assert np.array_equal(now[untouched], state.reshape(ROWS, COLUMNS)[untouched])
    assert one.optimizer.save() == Stepper.load(one.optimizer.save()).save()


def test_lazy_adam_is_sparse_adam():
    """PyTorch's SparseAdam, by textbook code in double."""
    embedding = Embedding("adam", learning_rate=0.01)
    w = embedding.values.astype(float)
    m, v = np.zeros_like(w), np.zeros_like(w)
    for step in range(1, 30):
        rows, gradient = some_rows(step)
        m[rows] = 0.9 * m[rows] + 0.1 * gradient
        v[rows] = 0.999 * v[rows] + 0.001 * gradient.astype(float) ** 2
        w[rows] -= 0.01 * (m[rows] / (1 - 0.9**step)) / (np.sqrt(v[rows] / (1 - 0.999**step)) + 1e-8)
        embedding.step_rows(rows, gradient)
    assert np.allclose(embedding.values, w, rtol=1e-4, atol=1e-6)


def test_clipping_and_skipping_see_these_rows():
    plain, clipped = (
        Embedding("sgd", learning_rate=1),
        Embedding("sgd", learning_rate=1, clip_norm=0.5, not_finite_policy=2),
    )
    rows, gradient = some_rows(4)
    before = plain.values.copy()
    plain.step_rows(rows, gradient)
    clipped.step_rows(rows, gradient)
    scale = 0.5 / np.linalg.norm(gradient)
    assert np.allclose(clipped.values - before, scale * (plain.values - before), atol=1e-6)
    gradient[6, 32] = np.nan
    before = clipped.values.copy()
    clipped.step_rows(rows, gradient)
    assert clipped.values.tobytes() == before.tobytes()
    refusing = Embedding("sgd", learning_rate=1e30, not_finite_policy=1)
    gradient[6, 32] = -3e38
    with pytest.raises(DescentError, match=rf"values\[{rows[6] * COLUMNS + 32}\] would be inf"):
        refusing.step_rows(rows, gradient)


@pytest.mark.parametrize("kind", [0, 1, 2])
def test_quantized_rows_of_whole_blocks(kind):
    random = np.random.default_rng(5)
    values = random.normal(size=(64, 256)).astype(np.float32)
    rows = np.int64([3, 17, 63])
    results = set()
    for threads in (1, 2):
        library.descent_set_thread_count(threads)
        optimizer, own = Stepper("adamw", state_dtype=kind), values.copy()
        gradient = np.random.default_rng(6).normal(size=(3, 256)).astype(np.float32)
        for _ in range(3):
            fields = {0: {"row_indices": rows.ctypes.data, "row_count": 3}}
            optimizer.step([(own, gradient)], fields)
        assert np.array_equal(np.flatnonzero((own != values).any(axis=1)), rows)
        found = optimizer.widened(0, "m", values.size).reshape(values.shape)
        assert np.array_equal(np.flatnonzero(found.any(axis=1)), rows)
        results.add(own.tobytes() + optimizer.save())
    library.descent_set_thread_count(0)
    assert len(results) == 1


def test_many_rows_over_threads():
    results = set()
    for threads in (1, 3):
        library.descent_set_thread_count(threads)
        values = np.ones((5000, 64), BFLOAT16)
        rows = np.arange(0, 5000, 3)
        optimizer = Stepper("adam", stochastic_rounding=1)
        gradient = np.random.default_rng(0).normal(size=(len(rows), 64)).astype(np.float32)
        fields = {0: {"row_indices": rows.ctypes.data, "row_count": len(rows)}}
        optimizer.step([(values, gradient)], fields)
        results.add(values.tobytes())
    library.descent_set_thread_count(0)
    assert len(results) == 1


def test_no_rows_pass_the_tensor_by():
    embedding = Embedding("adam")
    before = embedding.values.copy()
    embedding.step_rows(np.empty(0, np.int64), np.empty((0, COLUMNS), np.float32))
    assert embedding.values.tobytes() == before.tobytes()
    assert embedding.optimizer.step_count == 1
    assert b"tensor.0.step_count" in embedding.optimizer.save()


@pytest.mark.parametrize("rows", [[1, 1], [2, 1], [-1, 3], [0, ROWS], [ROWS + 5], list(range(ROWS + 1))])
def test_rows_that_are_none(rows):
    embedding = Embedding("adam")
    with pytest.raises(DescentError, match="tensor 0: row_") as error:
        embedding.step_rows(np.int64(rows), np.ones((len(rows), COLUMNS), np.float32))
    assert error.value.status == INVALID


@pytest.mark.parametrize("name", ALL_ROWS)
def test_methods_that_need_all_rows(name):
    with pytest.raises(DescentError, match="needs all rows") as error:
        Embedding(name).step_rows(*some_rows(0))
    assert error.value.status == UNSUPPORTED


@pytest.mark.parametrize(
    "options",
    [{"average": 1}, {"lookahead_steps": 3}, {"accumulate_steps": 2}, {"centralize": 1}, {"adaptive_clip": 1},
     {"cautious": 1}, {"track_health": 1}],
)  # fmt: skip
def test_options_that_need_all_rows(options):
    embedding = Embedding("adam", **options)
    before = embedding.optimizer.save()
    with pytest.raises(DescentError, match=next(iter(options))) as error:
        embedding.step_rows(*some_rows(0))
    assert error.value.status == UNSUPPORTED
    assert embedding.optimizer.save() == before
