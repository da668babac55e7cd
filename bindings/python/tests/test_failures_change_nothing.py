"""Calls that fail leave an optimizer as it was: compared by its saved bytes."""

import ctypes
import math

import pytest
from optimizer_bench import (
    ADAGRAD,
    ADAM,
    AMSGRAD,
    CENTERED,
    CLIP_NORM,
    CLIPPING,
    DIALECT,
    EPSILON,
    INITIAL_ACCUMULATOR,
    INVALID,
    LEARNING_RATE,
    MOMENTUM,
    MOMENTUM_DECAY,
    NESTEROV,
    NOT_FINITE,
    NULL_POINTER,
    OK,
    REFUSING,
    RMSPROP,
    SGD,
    TRACK_HEALTH,
    TRACKING,
    UNSUPPORTED,
    WEIGHT_DECAY,
    Bench,
    check,
)

from descent._c.declarations import OptimizerPointer
from descent._c.library import library

NEW_GROUP = 99


def spoiled(value, tensor=1, index=2):
    def step(bench):
        bench.gradients[tensor][index] = value
        return bench.step()

    return step


def changed(field, value, tensor=1):
    return lambda bench: bench.step(lambda tensors: setattr(tensors[tensor], field, value))


def in_group(option, value, group=NEW_GROUP):
    def set_group(bench):
        status = library.descent_optimizer_set_group(bench.handle, group, option, value)
        found = ctypes.c_double()
        got = library.descent_optimizer_get_group(bench.handle, group, LEARNING_RATE, ctypes.byref(found))
        assert got == (OK if group == 0 else INVALID)  # no group was made
        return status

    return set_group


STEPS = [
    ("NaN", ADAM, [REFUSING], spoiled(math.nan), NOT_FINITE),
    ("infinity", SGD, [REFUSING, CLIPPING], spoiled(math.inf), NOT_FINITE),
    ("infinite v", ADAM, [REFUSING], spoiled(1e25), NOT_FINITE),
    ("infinite v, maximized, tracked", ADAM, [REFUSING, TRACKING, (22, 1)], spoiled(-1e25), NOT_FINITE),
    ("infinite v_max", ADAM, [REFUSING, (AMSGRAD, 1)], spoiled(1e25, 0, 0), NOT_FINITE),
    ("infinite sum", ADAGRAD, [REFUSING], spoiled(1e25, 0, 3), NOT_FINITE),
    ("infinite velocity", MOMENTUM, [REFUSING, (LEARNING_RATE, 10)], spoiled(3e38), NOT_FINITE),
    ("infinite value", SGD, [REFUSING, (LEARNING_RATE, 10)], spoiled(3e38), NOT_FINITE),
    ("epsilon", ADAM, [CLIPPING, TRACKING, (EPSILON, 1e-60)], Bench.step, INVALID),
    ("rate", NESTEROV, [CLIPPING, (LEARNING_RATE, 1e300)], Bench.step, INVALID),
    ("weight decay", RMSPROP, [(WEIGHT_DECAY, 1e300)], Bench.step, INVALID),
    ("values", ADAM, [], changed("values", None), NULL_POINTER),
    ("gradient", ADAM, [], changed("gradient", None), NULL_POINTER),
    ("dtype", ADAM, [], changed("dtype", 3), INVALID),
    ("rows", ADAM, [], changed("rows", 0), INVALID),
    ("size", ADAM, [], changed("columns", 2**62), None),
    ("group", ADAM, [], changed("group", NEW_GROUP), INVALID),
    ("no tensors", ADAM, [], lambda bench: bench.step(count=0), INVALID),
]
SETTERS = [
    ("range", ADAM, LEARNING_RATE, -1, INVALID),
    ("NaN", ADAM, EPSILON, math.nan, INVALID),
    ("not an option", ADAM, 99, 0, INVALID),
    ("not this algorithm's", ADAM, MOMENTUM_DECAY, 0.5, UNSUPPORTED),
    ("switch", ADAM, AMSGRAD, 0.5, INVALID),
]
BOUND_SETTERS = [
    ("amsgrad", ADAM, AMSGRAD, 1),
    ("centered", RMSPROP, CENTERED, 1),
    ("momentum", RMSPROP, MOMENTUM_DECAY, 0.5),
    ("dialect", ADAM, DIALECT, 2),
    ("accumulator", ADAGRAD, INITIAL_ACCUMULATOR, 3),
]


@pytest.mark.parametrize("steps", [0, 3])
@pytest.mark.parametrize("case", STEPS, ids=lambda case: case[0])
def test_step(case, steps):
    _, algorithm, options, action, status = case
    check(Bench(algorithm, steps, options), action, status)


@pytest.mark.parametrize("algorithm", range(SGD, ADAM + 1))
@pytest.mark.parametrize("bad", [math.nan, math.inf, 3e38])
@pytest.mark.parametrize("tracked", [0, 1])
def test_refused_steps_leave_no_trace_in_later_ones(algorithm, bad, tracked):
    refusing = Bench(algorithm, 0, [REFUSING, (TRACK_HEALTH, tracked), (LEARNING_RATE, 10), (CLIP_NORM, 1e38)])
    plain = Bench(algorithm, 0, [REFUSING, (TRACK_HEALTH, tracked), (LEARNING_RATE, 10), (CLIP_NORM, 1e38)])
    if math.isfinite(bad):
        assert refusing.set(CLIP_NORM, 0) == plain.set(CLIP_NORM, 0) == OK
    for _ in range(4):
        good = refusing.gradients[0].copy()
        refusing.gradients[0][1] = bad
        assert refusing.step() == NOT_FINITE
        refusing.gradients[0][:] = good
        assert refusing.step() == plain.step() == OK
        assert refusing.state() == plain.state()
    refusing.close()
    plain.close()


@pytest.mark.parametrize("steps", [0, 3])
@pytest.mark.parametrize("case", SETTERS, ids=lambda case: case[0])
def test_options(case, steps):
    _, algorithm, option, value, status = case
    check(Bench(algorithm, steps), lambda bench: bench.set(option, value), status)
    check(Bench(algorithm, steps), in_group(option, value), status)


@pytest.mark.parametrize("option", [CLIP_NORM, TRACK_HEALTH, AMSGRAD, DIALECT])
@pytest.mark.parametrize("steps", [0, 3])
def test_options_that_groups_cannot_have(option, steps):
    check(Bench(ADAM, steps), in_group(option, 1), INVALID)


@pytest.mark.parametrize("case", BOUND_SETTERS, ids=lambda case: case[0])
def test_options_that_come_too_late(case):
    _, algorithm, option, value = case
    check(Bench(algorithm, 3), lambda bench: bench.set(option, value), INVALID)
    check(Bench(algorithm, 3), in_group(option, value), INVALID)


def test_loading_makes_nothing():
    bench = Bench(ADAM, 3)
    saved = bytearray(bench.state()[0])
    for place in range(0, len(saved), 7):
        out = OptimizerPointer()
        before = bytes(out)
        saved[place] ^= 1
        buffer = (ctypes.c_char * len(saved)).from_buffer_copy(saved)
        assert library.descent_optimizer_load(buffer, len(saved), ctypes.byref(out)) == 7
        assert bytes(out) == before
        saved[place] ^= 1
    bench.close()
