"""float16 and bfloat16 as values, gradients and copies: conversions of every number, and each method's steps."""

import os
import subprocess
import sys

import numpy as np
import pytest
from parameters import BFLOAT16, STEPPED, DescentError, Stepper

HALVES = [np.float16, BFLOAT16]
INVALID = 2
MATRIX = ("adafactor", "muon", "shampoo", "soap")
TWO_ROUNDINGS = {"cautious", "lookahead_steps"}
# The aids, and whatever else looks at values or gradients.
OPTIONS = [
    {},
    {"cautious": 1, "weight_decay": 0.01},
    {"lookahead_steps": 2, "average": 2},
    {"centralize": 1, "adaptive_clip": 0.05, "clip_norm": 0.5},
    {"accumulate_steps": 2},
    {"not_finite_policy": 1, "track_health": 1, "clip_value": 0.5},
]


def arrays(seed, shapes=((6, 50), (1500,), (40, 3))):
    random = np.random.default_rng(seed)
    return [random.normal(size=shape).astype(np.float32) for shape in shapes]


def bits(array):
    return array.view(np.uint16 if array.itemsize == 2 else np.uint32)


@pytest.mark.parametrize("dtype", HALVES)
def test_every_number_is_widened(dtype):
    """As a state of float32 that begins as a copy of the values."""
    values = np.arange(1 << 16, dtype=np.uint16).view(dtype)
    before = values.copy()
    optimizer = Stepper("prodigy")
    optimizer.step([(before.copy(), np.zeros_like(values))])
    found = optimizer.state(0, "initial_values")
    with np.errstate(all="ignore"):
        wanted = before.astype(np.float32)
    is_nan = np.isnan(wanted)
    assert np.array_equal(np.isnan(found), is_nan)
    assert np.array_equal(bits(found)[~is_nan], bits(wanted)[~is_nan])
    # And back.
    Stepper("sgd", learning_rate=0).step([(values, np.zeros_like(values))])
    assert np.array_equal(bits(values)[~is_nan], bits(before)[~is_nan])
    assert np.isnan(values.astype(np.float32)[is_nan]).all()


@pytest.mark.parametrize("dtype", HALVES)
def test_every_case_of_rounding(dtype):
    """Each number of 16 bits, and what lies between it and the next: the middle, and close to it on both sides."""
    numbers = np.arange(1 << 16, dtype=np.uint16).view(dtype)
    with np.errstate(all="ignore"):
        wide = numbers.astype(np.float32)
        wide = wide[np.isfinite(wide)]
        step = np.abs(
            wide - np.nextafter(numbers[np.isfinite(numbers.astype(np.float32))], dtype(np.inf)).astype(np.float32)
        )
        step[~np.isfinite(step)] = step[np.isfinite(step)].max()
        middle = wide + step / 2
        cases = [wide, middle, np.nextafter(middle, np.float32(np.inf)), np.nextafter(middle, np.float32(-np.inf))]
        values = np.concatenate([*cases, np.float32([np.inf, -np.inf, np.nan, 65519.9, 65520, 3.3e38, 3.4e38, 1e-45])])
        values = np.concatenate([values, -values])
        wanted = values.astype(dtype)
    copy = np.zeros(values.size, dtype)
    codes = {np.float16: 4, BFLOAT16: 5}
    optimizer = Stepper("sgd", learning_rate=0)
    gradient = np.zeros_like(values)
    optimizer.step([(values, gradient)], {0: {"copy": copy.ctypes.data, "copy_dtype": codes[dtype]}})
    is_nan = np.isnan(wanted.astype(np.float32))
    assert np.array_equal(np.isnan(copy.astype(np.float32)), is_nan)
    assert np.array_equal(bits(copy)[~is_nan], bits(wanted)[~is_nan])


@pytest.mark.parametrize("options", OPTIONS, ids="-".join)
@pytest.mark.parametrize("name", STEPPED)
@pytest.mark.parametrize("dtype", HALVES)
def test_a_step_is_one_of_float32_and_one_rounding(name, dtype, options):
    stored, wide = Stepper(name, **options), Stepper(name, **options)
    values = [array.astype(dtype) for array in arrays(0)]
    first = values[0].copy()
    for step in range(4):
        gradients = [(array / 8).astype(dtype) for array in arrays(10 + step)]
        others = [array.astype(np.float32) for array in values]
        stored.step(list(zip(values, gradients, strict=True)))
        wide.step([(other, gradient.astype(np.float32)) for other, gradient in zip(others, gradients, strict=True)])
        for one, other in zip(values, others, strict=True):
            # A matrix method's step is stored before what comes after it.
            if name in MATRIX and not TWO_ROUNDINGS.isdisjoint(options):
                assert np.allclose(one.astype(np.float32), other, rtol=0.05, atol=0.02)
            else:
                assert np.array_equal(bits(one), bits(other.astype(dtype))), step
        if step == 3:
            assert not np.array_equal(others[0], first.astype(np.float32))
        if step == 1:
            stored = Stepper.load(stored.save())
    if name in MATRIX and not TWO_ROUNDINGS.isdisjoint(options):
        return
    for tensor in range(len(values)):
        for key, state in wide.states(tensor).items():
            assert stored.state(tensor, key).tobytes() == state.tobytes(), key


@pytest.mark.parametrize("dtype", HALVES)
@pytest.mark.parametrize("name", STEPPED)
def test_float32_values_with_a_gradient_and_a_copy_of_fewer_bits(name, dtype):
    """What an offloaded optimizer does."""
    one, other = Stepper(name), Stepper(name)
    left, right = arrays(1), arrays(1)
    code = {np.float16: 4, BFLOAT16: 5}[dtype]
    copies = [np.zeros(array.shape, dtype) for array in left]
    fields = {i: {"copy": copy.ctypes.data, "copy_dtype": code} for i, copy in enumerate(copies)}
    for step in range(3):
        gradients = [array.astype(dtype) for array in arrays(20 + step)]
        one.step(list(zip(left, gradients, strict=True)), fields)
        other.step([(values, gradient.astype(np.float32)) for values, gradient in zip(right, gradients, strict=True)])
        for a, b, copy in zip(left, right, copies, strict=True):
            assert a.tobytes() == b.tobytes()
            assert copy.tobytes() == b.astype(dtype).tobytes()


def test_tensors_take_them_too():
    one, other = Stepper("adamw"), Stepper("adamw")
    left = [array.astype(BFLOAT16) for array in arrays(2)]
    right = [array.copy() for array in left]
    gradients = [array.astype(BFLOAT16) for array in arrays(3)]
    one.step_tensors(list(zip(left, gradients, strict=True)))
    other.step(list(zip(right, gradients, strict=True)))
    assert all(a.tobytes() == b.tobytes() for a, b in zip(left, right, strict=True))
    assert one.save() == other.save()


def test_averages_go_in_and_out():
    for name, options in (("sgd", {"average": 2}), ("schedule_free_adamw", {}), ("asgd", {})):
        stored, wide = Stepper(name, **options), Stepper(name, **options)
        values = [array.astype(BFLOAT16) for array in arrays(4)]
        gradient = [array.astype(BFLOAT16) for array in arrays(5)]
        for _ in range(3):
            others = [array.astype(np.float32) for array in values]
            stored.step(list(zip(values, gradient, strict=True)))
            wide.step([(a, b.astype(np.float32)) for a, b in zip(others, gradient, strict=True)])
        training = [array.copy() for array in values]
        others = [array.astype(np.float32) for array in values]
        stored.use_average(values, True)
        wide.use_average(others, True)
        assert all(a.tobytes() == b.astype(BFLOAT16).tobytes() for a, b in zip(values, others, strict=True))
        stored = Stepper.load(stored.save())
        stored.use_average(values, False)
        assert all(a.tobytes() == b.tobytes() for a, b in zip(values, training, strict=True))


def test_a_step_that_would_overflow_float16():
    optimizer = Stepper("sgd", learning_rate=1, not_finite_policy=1)
    values, gradient = np.full(700, 6e4, np.float16), np.zeros(700, np.float16)
    gradient[600] = -6e4
    before = values.copy()
    with pytest.raises(DescentError, match=r"tensor 0: values\[600\] would be inf"):
        optimizer.step([(values, gradient)])
    gradient[3] = np.nan
    with pytest.raises(DescentError, match=r"tensor 0: gradient\[3\] is nan"):
        optimizer.step([(values, gradient)])
    assert values.tobytes() == before.tobytes()


@pytest.mark.parametrize(
    ("values", "gradient", "fields", "text"),
    [
        (np.float64, np.float16, {}, "gradient_dtype"),
        (BFLOAT16, np.float64, {}, "gradient_dtype"),
        (np.float32, np.float32, {"copy": 64, "copy_dtype": 1}, "copy_dtype"),
        (np.float32, np.float32, {"copy": 64, "copy_dtype": 99}, "copy_dtype"),
        (np.float64, np.float64, {"copy": 64, "copy_dtype": 4}, "copy_dtype"),
        (np.float32, BFLOAT16, {"gradient_dtype": 3}, "gradient_dtype"),
    ],
)
def test_pairs_that_do_not_go(values, gradient, fields, text):
    with pytest.raises(DescentError, match=f"tensor 0: {text}") as error:
        Stepper("adam").step([(np.ones(4, values), np.ones(4, gradient))], {0: fields})
    assert error.value.status == INVALID


def test_overlapping_copies():
    room = np.zeros(100, np.float32)
    for place in (0, 39, 40, 59):
        fields = {"copy": room.ctypes.data + 4 * place, "copy_dtype": 4}
        with pytest.raises(DescentError, match="copy overlaps"):
            Stepper("adam").step([(room[:40], room[40:80])], {0: fields})


PROGRAM = """
import sys
sys.path[:0] = sys.argv[1:]
import hashlib, numpy as np
from parameters import BFLOAT16, STEPPED, Stepper
digest = hashlib.sha256()
random = np.random.default_rng(0)
for dtype in (np.float16, BFLOAT16):
    for name in STEPPED:
        for options in ({}, {"cautious": 1, "clip_norm": 0.5}, {"lookahead_steps": 2, "average": 1}):
            optimizer = Stepper(name, **options)
            values = [random.normal(size=shape).astype(dtype) for shape in ((3, 17), (70001,))]
            # Their products are OpenBLAS's.
            if name in ("shampoo", "soap", "muon"):
                continue
            for _ in range(2):
                gradients = [random.normal(size=v.shape).astype(dtype) for v in values]
                optimizer.step(list(zip(values, gradients)))
            for array in values:
                digest.update(array.tobytes())
            digest.update(optimizer.save())
print(digest.hexdigest())
"""


def test_the_same_bits_everywhere():
    digests = set()
    for isa, threads in (("baseline", "1"), ("avx2", "2"), ("avx512", "3"), ("avx2", "1")):
        environment = {**os.environ, "DESCENT_ISA": isa, "DESCENT_NUM_THREADS": threads}
        program = [sys.executable, "-c", PROGRAM, os.path.dirname(__file__), *sys.path]
        digests.add(subprocess.run(program, env=environment, check=True, capture_output=True, text=True).stdout)
    assert len(digests) == 1
