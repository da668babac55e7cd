"""descent_optimizer_step_parameters(): tensors that are skipped, empty, or come later."""

import ctypes

import numpy as np
import pytest
from parameters import STEPPED, DescentError, Stepper, check, parameter

from descent._c.declarations import Parameter
from descent._c.library import library

# Its distance is one number for all tensors.
COMMON_CLOCK = ("prodigy",)
INVALID, SHAPE, NOT_FINITE, UNSUPPORTED = 2, 4, 5, 8


def tensors(seed, dtypes=(np.float32, np.float64, np.float32), shapes=((3, 4), (5,), (2, 40))):
    random = np.random.default_rng(seed)
    return [random.normal(size=shape).astype(dtype) for shape, dtype in zip(shapes, dtypes, strict=True)]


def copies(arrays):
    return [array.copy() for array in arrays]


def same(left, right):
    return all(a.tobytes() == b.tobytes() for a, b in zip(left, right, strict=True))


@pytest.mark.parametrize("name", STEPPED)
def test_parameters_are_tensors(name):
    one, other = Stepper(name), Stepper(name)
    left = tensors(0)
    right = copies(left)
    for step in range(4):
        gradients = tensors(10 + step)
        one.step_tensors(list(zip(left, gradients, strict=True)))
        other.step(list(zip(right, gradients, strict=True)))
        assert same(left, right)
    assert one.save() == other.save()


@pytest.mark.parametrize("name", [name for name in STEPPED if name not in COMMON_CLOCK])
def test_a_skipped_tensor_is_as_if_it_were_alone(name):
    """Each tensor makes the steps that it would make in an optimizer of its own; groups and saving change nothing."""
    takes_part = [
        (True, True, False),
        (True, False, True),
        (False, True, False),
        (True, True, True),
        (False, True, True),
    ]
    together, alone = Stepper(name), [Stepper(name) for _ in range(3)]
    together.set("learning_rate", 0.02, group=7)
    alone[1].set("learning_rate", 0.02)
    group = {1: {"group": 7}}
    left = tensors(1)
    right = copies(left)
    for step, parts in enumerate(takes_part * 2):
        gradients = tensors(20 + step)
        together.step(
            [
                (values, gradient if part else None)
                for values, gradient, part in zip(left, gradients, parts, strict=True)
            ],
            group,
        )
        for optimizer, values, gradient, part in zip(alone, right, gradients, parts, strict=True):
            if part:
                optimizer.step([(values, gradient)])
        assert same(left, right), step
        if step == 5:
            saved = together.save()
            together = Stepper.load(saved)
            assert together.save() == saved
    assert together.step_count == 2 * len(takes_part)
    for index, optimizer in enumerate(alone):
        dtype = left[index].dtype
        for key, state in optimizer.states(0, dtype).items():
            assert together.state(index, key, dtype).tobytes() == state.tobytes()


def test_prodigy_counts_for_all():
    optimizer, values = Stepper("prodigy"), tensors(2)
    before = values[1].copy()
    optimizer.step([(values[0], tensors(3)[0]), (values[1], None)])
    assert np.array_equal(before, values[1])
    assert b"tensor.1.step_count" not in optimizer.save()


def test_own_counts_are_saved_where_they_differ():
    optimizer, values = Stepper("nadam"), tensors(2)
    gradients = tensors(3)
    optimizer.step(list(zip(values, gradients, strict=True)))
    assert b"tensor.1.step_count" not in optimizer.save()
    optimizer.step([(values[0], gradients[0]), (values[1], None), (values[2], gradients[2])])
    saved = optimizer.save()
    assert b"tensor.1.step_count" in saved
    assert b"tensor.1.kept.momentum_product" in saved
    assert b"tensor.0.step_count" not in saved
    assert b"tensor.2.step_count" not in saved


@pytest.mark.parametrize("name", [name for name in STEPPED if name not in COMMON_CLOCK])
@pytest.mark.parametrize("options", [{}, {"average": 2, "lookahead_steps": 2, "track_health": 1}])
def test_new_tensors_begin_afresh(name, options):
    together, alone = Stepper(name), Stepper(name)
    for option, value in options.items():
        together.set(option, value)
    values = tensors(4)
    late = values[2].copy()
    for step in range(4):
        gradients = tensors(30 + step)
        number = 2 if step < 2 else 3
        together.step(list(zip(values[:number], gradients[:number], strict=True)))
        if step == 2:
            together = Stepper.load(together.save())
        if step >= 2 and not options:
            alone.step([(late, gradients[2])])
    if not options:
        assert late.tobytes() == values[2].tobytes()
    with pytest.raises(DescentError, match="count: 2 tensors") as error:
        together.step(list(zip(values[:2], gradients[:2], strict=True)))
    assert error.value.status == SHAPE


def test_an_average_begins_with_the_values():
    optimizer = Stepper("sgd", average=2, learning_rate=1)
    first, second = np.zeros(3, np.float32), np.full(3, 8, np.float32)
    gradient = np.full(3, -1, np.float32)
    optimizer.step([(first, gradient)])
    optimizer.step([(first, gradient), (second, gradient)])
    # The mean of 1 and 2; half of the way from 8 to 9.
    assert np.array_equal(optimizer.state(0, "average_values"), [1.5] * 3)
    assert np.array_equal(optimizer.state(1, "average_values"), [8.5] * 3)
    optimizer.step([(first, None), (second, None)])
    assert np.allclose(optimizer.state(0, "average_values"), (1 + 2 + 2) / 3)


@pytest.mark.parametrize("name", STEPPED)
def test_empty_tensors(name):
    optimizer, values = Stepper(name), tensors(5)
    alone, others = Stepper(name), copies(values)
    empty = np.empty((0, 4), np.float32), np.empty((3, 0), np.float64)
    for step in range(3):
        gradients = tensors(40 + step)
        pairs = list(zip(values, gradients, strict=True))
        optimizer.step(
            [(empty[0], empty[0]), pairs[0], (empty[1], None), *pairs[1:], (empty[1], empty[1])], {0: {"values": None}}
        )
        alone.step(list(zip(others, gradients, strict=True)))
        assert same(values, others)
    loaded = Stepper.load(optimizer.save())
    assert loaded.save() == optimizer.save()
    nothing = Stepper(name)
    nothing.step([(empty[0], None)])
    assert nothing.step_count == 1


@pytest.mark.parametrize("policy", [1, 2])
def test_a_step_that_fails_brings_no_tensors(policy):
    optimizer = Stepper("adam", not_finite_policy=policy)
    values, gradients = tensors(6), tensors(7)
    optimizer.step([(values[0], gradients[0])])
    before = optimizer.save()
    huge = np.full(5, 1e200), np.full(5, 1e300)
    kept = copies([*values, huge[0]])
    pairs = [(values[0], gradients[0]), huge]
    if policy == 1:
        with pytest.raises(DescentError) as error:
            optimizer.step(pairs)
        assert error.value.status == NOT_FINITE
    else:
        optimizer.step(pairs)
    assert same([*values, huge[0]], kept)
    if policy == 1:
        assert optimizer.save() == before
    optimizer.step([(values[0], gradients[0])])


def test_gradients_cannot_be_missing_from_a_mean():
    optimizer = Stepper("adam", accumulate_steps=2)
    values, gradients = tensors(6), tensors(7)
    optimizer.step(list(zip(values, gradients, strict=True)))
    with pytest.raises(DescentError, match="tensor 1: gradient is NULL") as error:
        optimizer.step([(values[0], gradients[0]), (values[1], None), (values[2], gradients[2])])
    assert error.value.status == UNSUPPORTED
    with pytest.raises(DescentError, match="new tensors") as error:
        optimizer.step([*zip(values, gradients, strict=True), (values[2].copy(), gradients[2])])
    assert error.value.status == UNSUPPORTED


def test_many_small_tensors_over_threads():
    """Pieces go over tensors that are skipped or empty."""
    random = np.random.default_rng(0)
    shapes = [(0,), *[(random.integers(1, 3000),) for _ in range(60)], (0,)]
    results = []
    for threads in (1, 3):
        check(library.descent_set_thread_count(threads))
        optimizer = Stepper("lamb")
        values = tensors(8, [np.float32] * len(shapes), shapes)
        for step in range(3):
            gradients = tensors(50 + step, [np.float32] * len(shapes), shapes)
            optimizer.step(
                [
                    (v, None if (i + step) % 3 == 0 else g)
                    for i, (v, g) in enumerate(zip(values, gradients, strict=True))
                ]
            )
        results.append(optimizer.save() + b"".join(v.tobytes() for v in values))
    check(library.descent_set_thread_count(0))
    assert results[0] == results[1]


def test_a_larger_struct():
    """Of a later version: what this library does not know must be 0."""

    class Larger(ctypes.Structure):
        _fields_ = (("known", Parameter), ("more", ctypes.c_uint64))

    optimizer, plain = Stepper("adam"), Stepper("adam")
    values, gradients = tensors(9), tensors(10)
    others = copies(values)
    structs = (Larger * 3)()
    for struct, pair in zip(structs, zip(values, gradients, strict=True), strict=True):
        struct.known = parameter(*pair, struct_size=ctypes.sizeof(Larger))
    plain.step(list(zip(others, gradients, strict=True)))
    address = ctypes.cast(structs, ctypes.POINTER(Parameter))
    check(library.descent_optimizer_step_parameters(optimizer.handle, address, 3))
    assert same(values, others)
    structs[2].more = 1
    assert library.descent_optimizer_step_parameters(optimizer.handle, address, 3) == INVALID
    structs[2].more = 0
    structs[1].known.struct_size = ctypes.sizeof(Parameter)
    assert library.descent_optimizer_step_parameters(optimizer.handle, address, 3) == INVALID
    assert b"parameters[1]: struct_size" in library.descent_last_error()
