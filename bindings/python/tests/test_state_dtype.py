"""State in fewer bits: what is stored, how far off it is, and that saving, threads and instruction sets agree on it."""

import os
import subprocess
import sys

import numpy as np
import pytest
from parameters import BFLOAT16, STEPPED, DescentError, Stepper

SIGNED, UNSIGNED = 6, 7
MATRIX = ("adafactor", "muon", "shampoo", "soap")
PRECISE = {
    ("ftrl", "z"), ("asgd", "average"), ("rprop", "previous_gradient"), ("rprop", "step_size"),
    ("schedule_free_sgd", "z"), ("schedule_free_adamw", "z"), ("prodigy", "initial_values"), ("novograd", "n"),
}  # fmt: skip
NO_SIGN = {"v", "v_max", "s", "u", "n", "mean_square", "mean_square_update", "sum_of_squares"}
SIGNED_ALIKE = {("prodigy", "s"), ("adan", "v")}
SIZE = 9000


def numbers(seed, size=SIZE):
    """Of many sizes, zeros among them."""
    random = np.random.default_rng(seed)
    found = random.normal(size=size) * 10.0 ** random.uniform(-4, 0, size)
    return np.where(random.random(size) < 0.05, 0, found).astype(np.float32)


def scales_of(raw, count):
    """Of each block, behind the codes."""
    start = (count + 63) // 64 * 64
    return raw[start : start + 4 * ((count + 255) // 256)].view(np.float32)


def decode(raw, count, signed):
    """By textbook code, as the header describes it."""
    codes = raw[:count]
    scales = scales_of(raw, count)
    magnitude = codes & 0x7F if signed else codes
    bias = 15 if signed else 31
    exponent, mantissa = np.divmod(magnitude.astype(int), 8)
    unit = (1 + mantissa / 8) * 2.0 ** (exponent - bias) - 2.0**-bias
    sign = np.where(signed & (codes >> 7 == 1), -1, 1)
    return unit * sign * np.repeat(scales, 256)[:count].astype(float)


def raw_state(optimizer, name, count):
    whole = (count + 63) // 64 * 64 + 4 * ((count + 255) // 256)
    return optimizer.state(0, name, np.uint8, bytes_=whole)


@pytest.mark.parametrize("count", [4096, 4097, 5000, 9000])
def test_what_is_stored_and_how_far_off_it_is(count):
    gradient = numbers(1, count)
    optimizer = Stepper("adam", state_dtype=2, beta1=0, beta2=0)
    optimizer.step([(np.ones(count, np.float32), gradient)])
    for name, wanted in (("m", gradient), ("v", gradient * gradient)):
        signed = name == "m"
        assert optimizer.state_dtype(0, name) == (SIGNED if signed else UNSIGNED)
        found = optimizer.widened(0, name, count)
        assert np.allclose(found, decode(raw_state(optimizer, name, count), count, signed), rtol=1e-6, atol=0)
        padded = np.pad(wanted, (0, -count % 256)).reshape(-1, 256).astype(float)
        greatest, bias = np.abs(padded).max(axis=1), 15 if signed else 31
        # The least power of 2 whose greatest code is not below the greatest number.
        scales = scales_of(raw_state(optimizer, name, count), count)
        assert np.array_equal(scales, 2.0 ** np.ceil(np.log2(greatest / (1.875 - 2.0**-bias))))
        foot = np.repeat(scales * 2.0**-bias, 256)[:count]
        off = np.abs(found - wanted)
        assert (off <= (np.abs(wanted) + foot) / 8 * (1 + 1e-4)).all()
        assert np.array_equal(found == 0, wanted == 0) or signed
        assert (np.sign(found) * np.sign(wanted) >= 0).all()
    assert np.abs(gradient).min() == 0


@pytest.mark.parametrize("kind", [1, 2])
def test_rounding_is_unbiased(kind):
    gradient = np.repeat(np.float32([1.875 - 2.0**-15, 0.3001, 0.0107, -0.7]), 64)  # the first is a code
    gradient = np.tile(gradient, 200)
    optimizer = Stepper("momentum", state_dtype=kind, rounding_seed=3, learning_rate=1, momentum_decay=0)
    optimizer.step([(np.zeros_like(gradient), gradient)])
    found = optimizer.widened(0, "velocity", gradient.size)
    for value in np.unique(gradient):
        some = found[gradient == value]
        sign = np.sign(some.mean()) * np.sign(value)
        assert abs(sign * some.mean() - value) <= 5 * some.std() / np.sqrt(some.size) + 1e-6 * abs(value)


def test_a_mean_that_moves_slowly_is_followed():
    """v falls by a thousandth in each step, which is less than half a unit."""
    for kind in (1, 2):
        optimizer = Stepper("adam", state_dtype=kind, beta2=0.999, learning_rate=0)
        values = np.zeros(8192, np.float32)
        optimizer.step([(values, np.ones(8192, np.float32))])
        gradient = np.zeros(8192, np.float32)
        gradient[::256] = 1  # so that scales stay
        for _ in range(1000):
            optimizer.step([(values, gradient)])
        found = optimizer.widened(0, "v", 8192).reshape(-1, 256)[:, 1:]
        assert abs(found.mean() / (0.001 * 0.999**1000) - 1) < 0.05


@pytest.mark.parametrize("kind", [1, 2])
@pytest.mark.parametrize("name", STEPPED)
def test_every_method(name, kind):
    """The first step is that of float32 state; states are of the right kind; later steps stay close."""
    if name in MATRIX:
        with pytest.raises(DescentError, match=r"state_dtype: .* has no such option") as error:
            Stepper(name, state_dtype=kind)
        assert error.value.status == 8
        return
    small, plain = Stepper(name, state_dtype=kind), Stepper(name)
    left, right = numbers(2), numbers(2)
    for step in range(10):
        gradient = numbers(10 + step % 3)
        small.step([(left, gradient)])
        plain.step([(right, gradient)])
        if step == 0 and name not in ("rprop", "yogi"):  # whose first states are not 0
            assert left.tobytes() == right.tobytes()
        if step == 5:
            small = Stepper.load(small.save())
    moved, apart = np.linalg.norm(right - numbers(2)), np.linalg.norm(left - right)
    assert apart <= 0.25 * moved
    for key in plain.states(0):
        dtype = small.state_dtype(0, key)
        if (name, key) in PRECISE:
            assert dtype == 1
        else:
            assert dtype == (
                5 if kind == 1 else UNSIGNED if key in NO_SIGN and (name, key) not in SIGNED_ALIKE else SIGNED
            )


def test_small_tensors_and_float64_keep_their_state():
    optimizer = Stepper("adam", state_dtype=2)
    pairs = [
        (np.ones(n, dtype), np.ones(n, dtype)) for n, dtype in ((4095, np.float32), (4096, np.float32), (9000, float))
    ]
    optimizer.step(pairs)
    assert [optimizer.state_dtype(i, "m") for i in range(3)] == [1, SIGNED, 2]


@pytest.mark.parametrize("kind", [1, 2])
def test_what_is_not_finite(kind):
    gradient = numbers(3)
    gradient[700] = np.inf
    optimizer = Stepper("adam", state_dtype=kind, track_health=1)
    values = np.ones(SIZE, np.float32)
    optimizer.step([(values, gradient)])
    found = optimizer.widened(0, "m", SIZE)
    bad = ~np.isfinite(found)
    assert bad[700]
    assert bad.sum() == (1 if kind == 1 else 256)
    assert optimizer.health()["state_not_finite"] == 2 * bad.sum()
    # What would be infinite is seen before it is written.
    careful = Stepper("adam", state_dtype=kind, not_finite_policy=1)
    values, gradient = np.ones(SIZE, np.float32), numbers(4)
    careful.step([(values, gradient)])
    before = careful.save()
    gradient[5000] = 1e30
    with pytest.raises(DescentError, match=r"tensor 0: v\[\d+\] would be"):
        careful.step([(values, gradient)])
    assert careful.save() == before


def test_new_tensors_and_skipped_ones():
    optimizer = Stepper("adamw", state_dtype=2)
    first, second = numbers(5), numbers(6)
    optimizer.step([(first, numbers(7))])
    before = optimizer.state(0, "m", np.uint8)
    optimizer.step([(first, None), (second, numbers(8))])
    assert optimizer.state(0, "m", np.uint8).tobytes() == before.tobytes()
    loaded = Stepper.load(optimizer.save())
    assert loaded.save() == optimizer.save()


def test_no_step_is_far_too_long():
    """Whatever the numbers of a block: a mean that is rounded up is not divided by a root that is far smaller."""
    random = np.random.default_rng(0)
    gradient = (random.normal(size=1 << 18) * 10.0 ** random.uniform(-9, 0, 1 << 18)).astype(np.float32)
    optimizer, values = Stepper("adam", state_dtype=2, learning_rate=1, epsilon=1e-30), np.zeros(1 << 18, np.float32)
    for _ in range(5):
        before = values.copy()
        optimizer.step([(values, gradient)])
        assert np.abs(values - before).max() < 2.5


def test_it_saves_memory():
    sizes = []
    for kind in (0, 1, 2):
        optimizer = Stepper("adam", state_dtype=kind)
        optimizer.step([(np.ones(1 << 20, np.float32), np.ones(1 << 20, np.float32))])
        sizes.append(len(optimizer.save()) / (1 << 20))
    assert sizes[0] > 8
    assert sizes[1] < 4.01
    assert sizes[2] < 2 * (1 + 1 / 64) + 0.01


@pytest.mark.parametrize("greatest", [0, 1e-45, 1e-30, 2.0**-90, 1.8749, 1.875, 1.8751, 1e30, 3.1e38])
def test_blocks_of_any_size_of_numbers(greatest):
    """From 0 on; scales are 2^-90 at the least."""
    optimizer = Stepper("momentum", state_dtype=2, learning_rate=1, momentum_decay=0)
    gradient = np.full(4096, greatest, np.float32)
    gradient[::2] = 0
    optimizer.step([(np.zeros(4096, np.float32), gradient)])
    found = optimizer.widened(0, "velocity", 4096)
    scale = scales_of(raw_state(optimizer, "velocity", 4096), 4096).astype(float)
    assert (scale == np.maximum(2.0**-90, 2.0 ** np.ceil(np.log2(max(greatest, 1e-300) / (1.875 - 2.0**-15))))).all()
    assert (found[::2] == 0).all()
    assert (np.abs(found + gradient) <= (gradient + scale[0] * 2.0**-15) / 8 * (1 + 1e-6)).all()


@pytest.mark.parametrize("values_dtype", [np.float32, BFLOAT16])
@pytest.mark.parametrize("gradient_dtype", [np.float32, BFLOAT16])
@pytest.mark.parametrize("name", ["adam", "adamw"])
@pytest.mark.parametrize(
    "options",
    [{}, {"weight_decay": 0.2}, {"clip_value": 0.5, "gradient_scale": 4}, {"dialect": 1, "maximize": 1}],
    ids="-".join,
)
@pytest.mark.parametrize("stochastic", [0, 1])
def test_whole_blocks_have_a_loop_of_their_own(name, options, values_dtype, gradient_dtype, stochastic):
    """One that knows nothing of copies: with a copy, the numbers go the way of all other rules, and are the same."""
    one, other = (Stepper(name, state_dtype=2, stochastic_rounding=stochastic, **options) for _ in range(2))
    left = numbers(11, 20 * 256 + 77).astype(values_dtype)
    right, copy = left.copy(), np.zeros(left.size, BFLOAT16)
    for step in range(6):
        gradient = numbers(20 + step, left.size).astype(gradient_dtype)
        if step == 4:
            gradient[700] = np.nan
        one.step([(left, gradient)])
        other.step([(right, gradient)], {0: {"copy": copy.ctypes.data, "copy_dtype": 5}})
        assert left.tobytes() == right.tobytes()
        assert one.save() == other.save()


PROGRAM = """
import sys
sys.path[:0] = sys.argv[1:]
import hashlib, numpy as np
from parameters import BFLOAT16, STEPPED, Stepper
digest = hashlib.sha256()
random = np.random.default_rng(0)
for kind in (1, 2):
    for name in STEPPED:
        if name in ("adafactor", "muon", "shampoo", "soap"):
            continue
        for options in ({}, {"cautious": 1, "clip_norm": 0.5, "not_finite_policy": 2}, {"lookahead_steps": 2}):
            optimizer = Stepper(name, state_dtype=kind, stochastic_rounding=1, **options)
            values = [random.normal(size=size).astype(dtype) for size, dtype in ((777, np.float32), (70001, BFLOAT16))]
            for _ in range(3):
                gradients = [random.normal(size=v.shape).astype(v.dtype) for v in values]
                optimizer.step(list(zip(values, gradients)))
            for array in values:
                digest.update(array.tobytes())
            digest.update(optimizer.save())
print(digest.hexdigest())
"""


def test_the_same_bits_everywhere():
    digests = set()
    for isa, threads in (("baseline", "1"), ("avx2", "2"), ("avx512", "3")):
        environment = {**os.environ, "DESCENT_ISA": isa, "DESCENT_NUM_THREADS": threads}
        program = [sys.executable, "-c", PROGRAM, os.path.dirname(__file__), *sys.path]
        digests.add(subprocess.run(program, env=environment, check=True, capture_output=True, text=True).stdout)
    assert len(digests) == 1
