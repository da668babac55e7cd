"""Tensors without a gradient: None, or a key that `grads` lacks."""

import numpy as np
import pytest

import descent

METHODS = ("sgd", "momentum", "adam", "nadam", "radam", "lamb", "muon")
# Which of the two tensors has a gradient in each step; in the last steps both have.
STEPS = [(1, 1), (1, 0), (0, 1), (0, 0), (1, 0), (1, 1), (1, 1), (1, 1)]


def arrays(seed):
    random = np.random.default_rng(seed)
    return {"first": random.normal(size=(3, 20)).astype(np.float32), "second": random.normal(size=50)}


def by_update(optimizer, params, grads):
    optimizer.update(params, grads)


def by_update_of_some(optimizer, params, grads):
    optimizer.update(params, {key: grad for key, grad in grads.items() if grad is not None}, missing="skip")


def by_step(optimizer, params, grads):
    optimizer.step([(params[key], grads[key]) for key in params])


@pytest.mark.parametrize("make_step", [by_update, by_update_of_some, by_step])
@pytest.mark.parametrize("name", METHODS)
def test_each_tensor_makes_its_own_steps_only(name, make_step):
    """As if it had an optimizer of its own that knows nothing of the others."""
    kind = descent.OPTIMIZERS[name]
    together, alone = kind(), {key: kind() for key in arrays(0)}
    params, expected = arrays(0), arrays(0)
    for number, which in enumerate(STEPS):
        grads = arrays(number)
        given = {key: grads[key] if has else None for key, has in zip(grads, which, strict=True)}
        make_step(together, params, given)
        for key, grad in given.items():
            if grad is not None:
                alone[key].update({key: expected[key]}, {key: grad})
        for key, array in params.items():
            assert array.tobytes() == expected[key].tobytes(), (key, number)
    assert together.step_count == len(STEPS)
    # And with the arrays of the step before.
    for _ in range(3):
        make_step(together, params, grads)
        for key, grad in grads.items():
            alone[key].update({key: expected[key]}, {key: grad})
    assert all(params[key].tobytes() == expected[key].tobytes() for key in params)


def test_a_first_step_without_some():
    adam, params = descent.Adam(), arrays(0)
    before = params["second"].copy()
    adam.update(params, {"first": np.ones_like(params["first"]), "second": None})
    assert (params["second"] == before).all()
    assert (adam.state("second", "m") == 0).all()
    assert adam.state("second", "m").shape == before.shape
    assert (adam.state("first", "m") != 0).all()


def test_a_missing_key_is_an_error_unless_it_is_to_be_skipped():
    adam, params, grads = descent.Adam(), arrays(0), arrays(1)
    adam.update(params, grads)
    before = {key: array.copy() for key, array in params.items()}
    state = adam.state("first", "m")
    del grads["second"]
    with pytest.raises(descent.ShapeMismatchError, match=r"grads has no key 'second', but params has it"):
        adam.update(params, grads)
    with pytest.raises(descent.ShapeMismatchError, match=r"params has no key 'second'"):
        adam.update({"first": params["first"]}, grads, missing="skip")
    with pytest.raises(descent.ShapeMismatchError, match=r"grads has the key 'third', but params does not have it"):
        adam.update(params, grads | {"third": grads["first"]}, missing="skip")
    with pytest.raises(descent.InvalidArgumentError, match=r"missing: 'ignore' is neither 'refuse' nor 'skip'"):
        adam.update(params, grads, missing="ignore")
    assert all((params[key] == before[key]).all() for key in params)
    assert (adam.state("first", "m") == state).all()
    adam.update(params, grads, missing="skip")
    assert (params["first"] != before["first"]).all()
    assert (params["second"] == before["second"]).all()


def test_what_is_wrong_with_the_others_is_still_an_error():
    adam, params = descent.Adam(), arrays(0)
    with pytest.raises(TypeError, match=r"grads\['first'\]"):
        adam.update(params, {"first": np.ones((3, 20)), "second": None})
    params["second"].flags.writeable = False
    with pytest.raises(descent.InvalidArgumentError, match=r"params\['second'\]"):
        adam.update(params, {"first": np.ones((3, 20), np.float32), "second": None})
    shared = np.zeros((2, 20), np.float32)
    with pytest.raises(descent.InvalidArgumentError, match="overlap"):
        descent.Adam().update({"a": shared, "b": shared[1:]}, {"a": np.ones_like(shared), "b": None})


def test_gradients_that_are_collected_must_be_there():
    adam, params = descent.Adam(accumulate_steps=2), arrays(0)
    with pytest.raises(descent.UnsupportedError, match=r"tensor 'second': gradient is NULL, but accumulate_steps"):
        adam.update(params, {"first": np.ones((3, 20), np.float32)}, missing="skip")


def test_groups_hold_for_tensors_that_are_passed_by():
    sgd, params = descent.SGD(learning_rate=0), arrays(0)
    sgd.set_group(1, learning_rate=1)
    before, ones = params["second"].copy(), np.ones(50)
    sgd.update(params, {"first": np.ones((3, 20), np.float32)}, groups={"second": 1}, missing="skip")
    sgd.update(params, {"second": ones}, missing="skip")
    assert (params["second"] == before - 1).all()


def test_saved_and_loaded_between():
    adam, params, expected = descent.Adam(), arrays(0), arrays(0)
    other = descent.Adam()
    for number, which in enumerate(STEPS):
        grads = arrays(number)
        given = {key: grads[key] for key, has in zip(grads, which, strict=True) if has}
        adam.update(params, given, missing="skip")
        other.update(expected, given, missing="skip")
        reborn = descent.Adam()
        reborn.load_state_dict(adam.state_dict())
        adam = reborn
    assert all(params[key].tobytes() == expected[key].tobytes() for key in params)
