"""Stochastic rounding: unbiased, reproducible, and what it is for; and gradients that come scaled."""

import numpy as np
import pytest
from parameters import BFLOAT16, DescentError, Stepper

from descent._c.library import library

HALVES = [np.float16, BFLOAT16]
CODES = {np.float16: 4, BFLOAT16: 5}


def rounded(dtype, value, start, count, seed=0, step=1):
    """`count` elements that go from `start` to `value`."""
    optimizer = Stepper("sgd", learning_rate=1, stochastic_rounding=1, rounding_seed=seed)
    values = np.full(count, start, dtype)
    for _ in range(step - 1):
        optimizer.step([(values.copy(), np.zeros(count, np.float32))])
    gradient = np.float32(np.float32(values[0]) - np.float32(value))
    optimizer.step([(values, np.full(count, gradient, np.float32))])
    return values


@pytest.mark.parametrize("dtype", HALVES)
@pytest.mark.parametrize("share", [0.0, 0.003, 0.25, 0.5, 0.9])
@pytest.mark.parametrize("low", [1.0, -1.5, 3.0e-6, -2e-7, 1000.0])
def test_it_is_unbiased(dtype, share, low):
    """The share that goes up is the distance from the number below, within 5 standard deviations."""
    count = 200_000
    low = dtype(low)
    high = np.nextafter(low, dtype(np.inf))
    value = np.float32(low) + np.float32(share) * (np.float32(high) - np.float32(low))
    found = rounded(dtype, value, low, count)
    assert set(np.unique(found.astype(np.float32))) <= {np.float32(low), np.float32(high)}
    actual = float((np.float32(value) - np.float32(low)) / (np.float32(high) - np.float32(low)))
    up = float((found == high).mean())
    assert abs(up - actual) <= 5 * np.sqrt(actual * (1 - actual) / count) + 2**-16


@pytest.mark.parametrize("dtype", HALVES)
def test_draws_are_independent(dtype):
    """Of elements, steps, seeds and tensors: over many seeds no two of them agree more often than by chance.

    In one step, whose draws are made of a few hundred words, two of them agree a little more or less often.
    """
    low = dtype(1.0)
    high = np.nextafter(low, dtype(np.inf))
    value = (np.float32(low) + np.float32(high)) / 2
    count, agreements = 20_000, []
    for seed in range(0, 60, 2):
        rows = [rounded(dtype, value, low, count, seed + i, step) == high for i in (0, 1) for step in (1, 2)]
        optimizer = Stepper("sgd", learning_rate=1, stochastic_rounding=1, rounding_seed=seed)
        pair = [np.full(count, low, dtype) for _ in range(2)]
        gradient = np.full(count, np.float32(low) - value, np.float32)
        optimizer.step([(values, gradient) for values in pair])
        rows += [pair[1] == high, *(np.roll(rows[0], by) for by in (1, 16, 64, 256, 1024))]
        assert np.array_equal(pair[0] == high, rows[0])
        agreements.append([(one == other).mean() for i, one in enumerate(rows) for other in rows[:i]])
    found = np.array(agreements) - 0.5
    assert np.abs(found).max() < 0.06
    assert np.abs(found.mean(axis=0)).max() < 0.01


def test_numbers_and_draws_are_those_of_philox():
    """By textbook code: Philox4x32-10 with the step's key, and rounding in integers."""

    def philox(counter, key):
        (a, b, c, d), (k0, k1) = counter, key
        for _ in range(10):
            x, y = a * 0xD2511F53, c * 0xCD9E8D57
            a, b, c, d = (y >> 32) ^ b ^ k0, y & 0xFFFFFFFF, (x >> 32) ^ d ^ k1, x & 0xFFFFFFFF
            k0, k1 = (k0 + 0x9E3779B9) & 0xFFFFFFFF, (k1 + 0xBB67AE85) & 0xFFFFFFFF
        return a, b, c, d

    seed, step, count = 2**40 + 12345, 3, 1500
    words = philox((step >> 1, 0, 0, 5), (seed & 0xFFFFFFFF, seed >> 32))
    key = words[2:] if step & 1 else words[:2]
    random = np.random.default_rng(0)
    optimizer = Stepper("sgd", learning_rate=1, stochastic_rounding=1, rounding_seed=seed)
    first = np.ones(3, BFLOAT16)
    values = random.normal(size=count).astype(BFLOAT16)
    zeros = np.zeros(count, np.float32)
    for _ in range(step - 1):
        optimizer.step([(first, zeros[:3]), (values, zeros)])
    gradient = random.normal(size=count).astype(np.float32)
    wide = values.astype(np.float32) - gradient
    optimizer.step([(first, zeros[:3]), (values, gradient)])
    bits = wide.view(np.uint32)
    lists = [[philox((i % 64, 0, 0, last), key)[i // 64] for i in range(256)] for last in (2**32 - 1, 2**32 - 2)]
    for element in range(count):
        block, place = divmod(element, 256)
        word = philox((block, 0, 1, 0), key)[0]
        mixed = word ^ lists[0][(place + 16 * (word & 15)) % 256] ^ lists[1][(place + 16 * (word >> 20 & 15)) % 256]
        assert values.view(np.uint16)[element] == (int(bits[element]) + (mixed >> 4 & 0xFFFF)) >> 16


def test_rows_draw_what_the_whole_tensor_does():
    """A row may begin and end anywhere in a block."""
    random = np.random.default_rng(0)
    start, gradient = random.normal(size=(2, 40, 37)).astype(BFLOAT16)
    whole, rows = start.copy(), start.copy()
    indices = np.int64([0, 3, 4, 17, 39])
    some = np.ascontiguousarray(gradient[indices])
    options = {"learning_rate": 0.01, "stochastic_rounding": 1, "state_dtype": 1, "momentum_decay": 0.5}
    one, other = Stepper("momentum", **options), Stepper("momentum", **options)
    one.step([(whole, gradient)])
    other.step([(rows, some)], {0: {"row_indices": indices.ctypes.data, "row_count": len(indices)}})
    assert rows[indices].tobytes() == whole[indices].tobytes()
    velocity = [stepper.widened(0, "velocity", start.size).reshape(start.shape)[indices] for stepper in (one, other)]
    assert velocity[0].tobytes() == velocity[1].tobytes()


@pytest.mark.parametrize("dtype", HALVES)
def test_what_is_not_between_two_numbers_stays(dtype):
    greatest = np.float32(np.finfo(np.float16).max) if dtype is np.float16 else np.float32(3.3895314e38)
    values = np.float32(
        [0, -0.0, 1, -2, greatest, -greatest, np.inf, -np.inf, np.nan, 6e-8 if dtype is np.float16 else 1e-40]
    )
    values = values.astype(dtype)
    before = values.copy()
    Stepper("sgd", learning_rate=0, stochastic_rounding=1).step([(values, np.zeros(values.size, np.float32))])
    with np.errstate(all="ignore"):
        same = np.isnan(before.astype(np.float32))
    assert np.array_equal(values.view(np.uint16)[~same], before.view(np.uint16)[~same])
    assert np.isnan(values.astype(np.float32)[same]).all()


def test_errors_have_no_structure():
    """As matrices they have no direction in which they add up: that of independent ones is the unit here.

    Draws of one list for all blocks would make it 9.
    """
    value = (np.float32(1) + np.nextafter(BFLOAT16(1), BFLOAT16(2)).astype(np.float32)) / 2
    signs = np.where(rounded(BFLOAT16, value, 1.0, 512 * 256) == 1, -1.0, 1.0).reshape(512, 256)
    usual = np.sqrt(512) + np.sqrt(256)
    assert np.linalg.svd(signs, compute_uv=False)[0] < 1.6 * usual
    columns = signs.reshape(-1, 32)  # a narrow matrix has places of a block in each column
    assert np.linalg.svd(columns, compute_uv=False)[0] < 1.6 * (np.sqrt(4096) + np.sqrt(32))


def test_it_goes_on_where_the_nearest_stalls():
    """bfloat16 weights and a small rate: each change is below half a unit."""
    ends = []
    for rounding in (0, 1):
        optimizer = Stepper("sgd", learning_rate=1e-3, stochastic_rounding=rounding)
        values = np.full(2000, 2, BFLOAT16)
        for _ in range(1000):
            optimizer.step([(values, values.copy())])
        ends.append(values.astype(np.float64).mean())
    assert ends[0] == 2
    assert abs(ends[1] / (2 * (1 - 1e-3) ** 1000) - 1) < 0.01


@pytest.mark.parametrize("name", ["adamw", "lamb", "adafactor", "muon"])
def test_resumed(name):
    def run(breaks):
        optimizer = Stepper(name, stochastic_rounding=1, rounding_seed=9)
        values = np.random.default_rng(1).normal(size=(9, 130)).astype(BFLOAT16)
        for step in range(6):
            optimizer.step([(values, np.random.default_rng(step).normal(size=(9, 130)).astype(BFLOAT16))])
            if breaks:
                optimizer = Stepper.load(optimizer.save())
        return values.tobytes(), optimizer.save()

    assert run(False) == run(True)


def test_pieces_of_threads_draw_the_same():
    results = set()
    for threads in (1, 2, 3):
        library.descent_set_thread_count(threads)
        optimizer = Stepper("adam", stochastic_rounding=1, not_finite_policy=1, cautious=1)
        values = [
            np.random.default_rng(i).normal(size=count).astype(np.float16) for i, count in enumerate((777, 90_001))
        ]
        for step in range(2):
            optimizer.step([(v, np.random.default_rng(step).normal(size=v.size).astype(np.float16)) for v in values])
        results.add(b"".join(v.tobytes() for v in values))
    library.descent_set_thread_count(0)
    assert len(results) == 1


# ---- gradient_scale


@pytest.mark.parametrize(
    "options",
    [{}, {"clip_norm": 0.5}, {"clip_value": 0.1, "weight_decay": 0.1}, {"adaptive_clip": 0.01, "centralize": 1},
     {"accumulate_steps": 2, "clip_norm": 0.5}, {"track_health": 1, "maximize": 1}],
)  # fmt: skip
@pytest.mark.parametrize("name", ["sgd", "adam", "lamb", "muon"])
def test_a_scale_that_is_a_power_of_two_changes_nothing(name, options):
    plain, scaled = Stepper(name, **options), Stepper(name, **options)
    random = np.random.default_rng(0)
    left = random.normal(size=(20, 30)).astype(np.float32)
    right = left.copy()
    for step in range(4):
        gradient = random.normal(size=left.shape).astype(np.float32)
        scale = 2.0 ** (8 + step)
        scaled.set("gradient_scale", scale)
        plain.step([(left, gradient)])
        scaled.step([(right, gradient * np.float32(scale))])
        assert left.tobytes() == right.tobytes()
    assert plain.health() == scaled.health()


def test_an_infinity_of_a_scaled_gradient():
    skipping, refusing = (Stepper("adam", gradient_scale=65536, not_finite_policy=policy) for policy in (2, 1))
    values = np.ones(5, np.float16)
    gradient = np.float16([1, np.inf, 1, 1, 1])
    skipping.step([(values, gradient)])
    assert (values == 1).all()
    assert skipping.health()["skipped_steps"] == 1
    assert skipping.step_count == 0
    with pytest.raises(DescentError, match=r"gradient\[1\] is inf"):
        refusing.step([(values, gradient)])
