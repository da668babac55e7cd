"""State that comes from elsewhere: made without a step, written, and gone on with."""

import ctypes

import numpy as np
import pytest
from parameters import STEPPED, DescentError, Stepper, check, parameter

from descent._c.declarations import Parameter
from descent._c.library import library
from descent._c.table import ALGORITHMS

SHAPES = [(6, 5), (1, 7), (300, 16)]
INVALID, UNKNOWN_NAME = 2, 3
# What one tensor keeps and another does not: group 1 has another rate.
GROUPS = (0, 1, 0)


def arrays(seed):
    random = np.random.default_rng(seed)
    return [random.normal(size=shape).astype(np.float32) for shape in SHAPES]


def steps(optimizer, values, numbers, skipping=()):
    """Steps with gradients by their number; the first tensor has none in some."""
    for number in numbers:
        gradients = arrays(100 + number)
        if number in skipping:
            gradients[0] = None
        fields = {index: {"group": group} for index, group in enumerate(GROUPS)}
        optimizer.step(list(zip(values, gradients, strict=True)), fields)


def prepare(optimizer, values):
    structs = [parameter(array, None, group=group) for array, group in zip(values, GROUPS, strict=False)]
    array = (Parameter * len(structs))(*structs)
    check(library.descent_optimizer_prepare(optimizer.handle, array, len(structs)))


def number(optimizer, tensor, name):
    value = ctypes.c_double()
    place = ctypes.byref(value)
    check(library.descent_optimizer_tensor_number(optimizer.handle, tensor, GROUPS[tensor], name.encode(), place))
    return value.value


def set_number(optimizer, tensor, name, value):
    check(library.descent_optimizer_set_tensor_number(optimizer.handle, tensor, GROUPS[tensor], name.encode(), value))


def narrow(optimizer, tensor, name, numbers):
    place = numbers.ctypes.data_as(ctypes.POINTER(ctypes.c_double))
    check(library.descent_optimizer_narrow_state(optimizer.handle, tensor, name.encode(), place, numbers.size))


def make(name, **options):
    optimizer = Stepper(name, **options)
    optimizer.set("weight_decay", 0.01, group=1)
    return optimizer


def names_of(name):
    return ALGORITHMS[name].state_names, ALGORITHMS[name].kept_names


def move_state(name, source, target):
    """By what the header offers for it."""
    buffers, kept = names_of(name)
    for tensor in range(len(SHAPES)):
        for buffer in (*buffers, "average_values", "slow_values"):
            try:
                numbers = source.state(tensor, buffer)
            except DescentError as error:
                if error.status == UNKNOWN_NAME:
                    continue
                raise
            narrow(target, tensor, buffer, numbers.astype(float))
        for each in (*kept, "averaged_steps", "step_count"):
            set_number(target, tensor, each, number(source, tensor, each))


@pytest.mark.parametrize("skipping", [(), (1, 3)])
@pytest.mark.parametrize("name", STEPPED)
def test_it_goes_on_with_the_same_bits(name, skipping):
    one, values = make(name), arrays(0)
    steps(one, values, range(1, 5), skipping)
    other, copies = make(name), [array.copy() for array in values]
    prepare(other, copies)
    assert other.step_count == 0
    move_state(name, one, other)
    assert other.step_count == 4
    steps(one, values, range(5, 8))
    steps(other, copies, range(5, 8))
    assert [array.tobytes() for array in values] == [array.tobytes() for array in copies]


def test_averages_and_slow_values_go_on_too():
    options = {"average": 2, "lookahead_steps": 2}
    one, values = make("adam", **options), arrays(0)
    steps(one, values, range(1, 6))
    other, copies = make("adam", **options), [array.copy() for array in values]
    prepare(other, copies)
    move_state("adam", one, other)
    steps(one, values, range(6, 9))
    steps(other, copies, range(6, 9))
    assert [array.tobytes() for array in values] == [array.tobytes() for array in copies]
    assert one.state(2, "average_values").tobytes() == other.state(2, "average_values").tobytes()


@pytest.mark.parametrize("state_dtype", [0, 1, 2])
def test_numbers_are_stored_as_the_state_is(state_dtype):
    """Those of a state in fewer bits are widened to themselves, and others become the nearest that there are.

    A block of codes whose greatest number is just above half the greatest code's may get the next smaller scale, and
    with it half as large a foot.
    """
    one, values = make("adam", state_dtype=state_dtype), arrays(0)
    steps(one, values, range(1, 4))
    count = values[2].size
    for name in ("m", "v"):
        wide = one.widened(2, name, count)
        narrow(one, 2, name, wide)
        foot = {0: 0, 1: 0, 2: 2**-15}[state_dtype] * np.abs(wide).max()
        assert np.allclose(one.widened(2, name, count), wide, rtol=1e-6, atol=foot)
        # Within what a block of signed codes resolves.
        other = np.random.default_rng(3).uniform(0.01, 1, count)
        narrow(one, 2, name, other)
        bound = {0: 2**-24, 1: 2**-8, 2: 1 / 8}[state_dtype]
        assert (np.abs(one.widened(2, name, count) - other) <= bound * np.abs(other)).all()


def test_numbers_of_each_tensor():
    nadam, values = make("nadam"), arrays(0)
    steps(nadam, values, range(1, 6), skipping=(2, 3))
    assert [number(nadam, tensor, "step_count") for tensor in range(3)] == [3, 5, 5]
    products = [number(nadam, tensor, "momentum_product") for tensor in range(3)]
    assert products[1] == products[2] != products[0]
    assert names_of("prodigy")[1] == ("distance", "greatest_distance", "numerator")
    with pytest.raises(DescentError, match='keeps no number "distance"'):
        number(nadam, 0, "distance")


def test_what_cannot_be_is_refused_and_changes_nothing():
    adam, values = make("adam"), arrays(0)
    for ask in (number, lambda *asked: set_number(*asked, 1)):
        with pytest.raises(DescentError, match="before the first step") as refusal:
            ask(adam, 0, "step_count")
        assert refusal.value.status == INVALID
    prepare(adam, values)
    saved = adam.save()
    for name, value in (("step_count", 0.5), ("step_count", -1), ("averaged_steps", 3), ("collected_gradients", 1)):
        with pytest.raises(DescentError, match="value: ") as refusal:
            set_number(adam, 0, name, value)
        assert refusal.value.status == INVALID
    with pytest.raises(DescentError, match="count: 3, but the state has 30 numbers"):
        narrow(adam, 0, "m", np.zeros(3))
    with pytest.raises(DescentError, match="count: 2 tensors"):
        prepare(adam, values[:2])
    with pytest.raises(DescentError, match="batch"):
        prepare(Stepper("lbfgs"), values)
    assert adam.save() == saved


def test_a_tensor_that_is_restored_behind_the_others():
    """It has made fewer steps, as the saved bytes say too."""
    adam, values = make("adam"), arrays(0)
    prepare(adam, values)
    for tensor, count in enumerate((7, 7, 2)):
        set_number(adam, tensor, "step_count", count)
    assert adam.step_count == 7
    assert [number(Stepper.load(adam.save()), tensor, "step_count") for tensor in range(3)] == [7, 7, 2]
    steps(adam, values, [1])
    assert [number(adam, tensor, "step_count") for tensor in range(3)] == [8, 8, 3]
