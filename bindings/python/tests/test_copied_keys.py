"""Copies of optimizers whose tensors have keys that are compared by identity."""

import copy
import gc
import pickle
import weakref

import numpy as np
import pytest

import descent


class Key:
    """Compared by identity."""


class Layer:
    """In a cycle, as parts of a model that know it are."""

    def __init__(self):
        self.model = [self]


class Slotted:
    """Without weak references."""

    __slots__ = ()


KINDS = {
    "object": Key,
    "in a tuple": lambda: (Key(), "weights"),
    "in a cycle": Layer,
    "without weak references": Slotted,
}


@pytest.fixture(params=KINDS)
def params(request):
    return {KINDS[request.param](): np.ones(3), "b": np.ones(2), None: np.ones(1)}


def gradients(params):
    return {key: np.full(values.shape, 0.5) for key, values in params.items()}


def trained(params):
    adam = descent.Adam()
    adam.update(params, gradients(params), groups={})
    return adam


def pickled(value):
    return pickle.loads(pickle.dumps(value))


def goes_on(optimizer, params):
    """Steps it, and compares with an optimizer that was never copied."""
    expected = {index: values.copy() for index, values in enumerate(params.values())}
    alike = descent.Adam()
    alike.update({key: values.copy() for key, values in expected.items()}, gradients(expected))
    alike.update(expected, gradients(expected))
    first = next(iter(params))
    assert optimizer.state(first, "m").shape == (3,)
    optimizer.update(params, gradients(params))
    assert [a.tobytes() for a in params.values()] == [a.tobytes() for a in expected.values()]
    assert optimizer.state(first, "m").tobytes() == alike.state(0, "m").tobytes()
    for _ in range(4):
        optimizer.update(params, gradients(params))


@pytest.mark.parametrize("order", ["optimizer first", "parameters first"])
@pytest.mark.parametrize("ways", [[copy.deepcopy], [pickled], [copy.deepcopy] * 2, [copy.deepcopy, pickled, copy.copy]])
def test_a_copy_with_its_parameters_has_their_keys(params, order, ways):
    training = [trained(params), params]
    if order == "parameters first":
        training.reverse()
    for way in ways:
        training = way(training)
    if order == "parameters first":
        training.reverse()
    optimizer, own = training
    assert next(iter(own)) is not next(iter(params))
    goes_on(optimizer, own)
    with pytest.raises(descent.ShapeMismatchError, match="params has no key"):
        optimizer.update(params, gradients(params))


@pytest.mark.parametrize(
    "ways", [[copy.deepcopy], [copy.copy], [copy.deepcopy] * 2, [copy.copy, copy.deepcopy], [copy.deepcopy] * 6]
)
def test_a_copy_by_itself_goes_on_with_the_parameters(params, ways):
    optimizer = trained(params)
    for way in ways:
        optimizer = way(optimizer)
    goes_on(optimizer, params)


def test_a_copy_by_itself_can_be_copied_with_the_parameters(params):
    optimizer, own = copy.deepcopy([copy.deepcopy(trained(params)), params])
    goes_on(optimizer, own)


@pytest.mark.parametrize("way", [pickled, lambda optimizer: copy.deepcopy(pickled(optimizer))])
def test_a_pickle_without_its_parameters_says_what_helps(way):
    params = {Key(): np.ones(3)}
    optimizer = way(trained(params))
    with pytest.raises(descent.ShapeMismatchError, match=r"params has no key .*: copy or pickle it together with its"):
        optimizer.update(params, gradients(params))
    other = {"b": np.ones(3)}
    with pytest.raises(descent.ShapeMismatchError, match=r"has it$"):
        trained({"a": np.ones(3)}).update(other, gradients(other))


def test_groups_belong_to_the_tensors():
    one, other = Key(), Key()
    params = {one: np.ones(2), other: np.ones(2)}
    sgd = descent.SGD(learning_rate=1)
    sgd.set_group(3, learning_rate=0)
    sgd.update(params, gradients(params), groups={other: 3})
    again, own = copy.deepcopy([sgd, params])
    again.update(own, gradients(own))
    assert [values.tolist() for values in own.values()] == [[0, 0], [1, 1]]


def test_a_key_may_refer_to_the_optimizer():
    key = Key()
    key.optimizer = descent.Adam()
    params = {key: np.ones(3)}
    key.optimizer.update(params, gradients(params))
    again, own = copy.deepcopy([key.optimizer, params])
    (own_key,) = own
    assert own_key.optimizer is again
    goes_on(again, own)


def test_a_key_that_cannot_be_copied_stays():
    class Unique:
        def __deepcopy__(self, memo):
            raise TypeError("there is only one")

    params = {Unique(): np.ones(3)}
    goes_on(copy.deepcopy(trained(params)), params)


def test_a_copy_keeps_no_copies_of_keys_alive():
    made = []

    class Counted:
        def __deepcopy__(self, memo):
            made.append(weakref.ref(copied := Counted()))
            return copied

    params = {Counted(): np.ones(3)}
    twin = copy.deepcopy(trained(params))
    gc.collect()
    assert [copied() for copied in made] == [None]
    goes_on(twin, params)
