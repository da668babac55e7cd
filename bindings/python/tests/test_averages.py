"""The averaged parameters of Schedule-Free methods and ASGD, put in place of the training ones and back."""

import copy

import numpy as np
import pytest

import descent

KINDS = (descent.ScheduleFreeSGD, descent.ScheduleFreeAdamW, descent.ASGD)


def made(kind, dtype=np.float32, steps=5, **options):
    random = np.random.default_rng(3)
    optimizer = kind(learning_rate=0.1, **options)
    params = {"a": random.normal(size=(3, 4)).astype(dtype), "b": random.normal(size=7).astype(dtype)}
    for _ in range(steps):
        optimizer.update(params, gradients(random, params))
    return optimizer, params, random


def gradients(random, params):
    return {key: random.normal(size=array.shape).astype(array.dtype) for key, array in params.items()}


def expected(optimizer, params):
    if optimizer.algorithm == "asgd":
        return {key: optimizer.state(key, "average") for key in params}
    beta = optimizer.options.get("momentum_decay", optimizer.options.get("beta1"))
    return {key: (array - (1 - beta) * optimizer.state(key, "z")) / beta for key, array in params.items()}


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("kind", KINDS)
def test_in_place_and_back(kind, dtype):
    optimizer, params, random = made(kind, dtype)
    before, wanted = copy.deepcopy(params), expected(optimizer, params)
    with optimizer.averaged(params):
        for key, array in params.items():
            np.testing.assert_allclose(array, wanted[key], rtol=1e-5 if dtype == np.float32 else 1e-13)
        assert kind is descent.ASGD or any((params[key] != before[key]).any() for key in params)
        with pytest.raises(descent.InvalidArgumentError, match="averaged parameters are in the tensors"):
            optimizer.update(params, gradients(random, params))
        with pytest.raises(descent.InvalidArgumentError, match="in place already"), optimizer.averaged(params):
            pass
        params["a"][:] = np.nan
    assert all(params[key].tobytes() == before[key].tobytes() for key in params)
    assert optimizer.step_count == 5


def test_nothing_is_lost_in_the_block():
    optimizer, params, _ = made(descent.ScheduleFreeSGD)
    before = copy.deepcopy(params)
    state = optimizer.state_dict()
    with optimizer.averaged(params):
        for call in (optimizer.reset, optimizer.close, lambda: optimizer.load_state_dict(state)):
            with pytest.raises(descent.InvalidArgumentError, match="training"):
                call()
    assert all(params[key].tobytes() == before[key].tobytes() for key in params)
    with (
        pytest.raises(descent.InvalidArgumentError, match="overlap in memory"),
        optimizer.averaged({"a": params["a"], "b": params["a"].ravel()[:7]}),
    ):
        pass


def test_a_checkpoint_of_the_block_goes_on(tmp_path):
    optimizer, params, random = made(descent.ScheduleFreeSGD)
    with optimizer.averaged(params):
        optimizer.save(tmp_path / "averaged")
        evaluated = copy.deepcopy(params)
    loaded = descent.ScheduleFreeSGD.load(tmp_path / "averaged")
    loaded.use_average(evaluated, False)
    gradient = gradients(random, params)
    optimizer.update(params, gradient)
    loaded.update(evaluated, gradient)
    assert all(params[key].tobytes() == evaluated[key].tobytes() for key in params)


@pytest.mark.parametrize("kind", KINDS)
def test_training_goes_on_with_the_same_bits(kind):
    optimizer, params, random = made(kind)
    other, twins, same = made(kind)
    for _ in range(3):
        with optimizer.averaged([params["a"], params["b"]]):
            pass
        optimizer.update(params, gradients(random, params))
        other.update(twins, gradients(same, twins))
    assert all(params[key].tobytes() == twins[key].tobytes() for key in params)


@pytest.mark.parametrize("kind", KINDS)
def test_saved_while_in_place(kind):
    optimizer, params, random = made(kind)
    before = copy.deepcopy(params)
    with optimizer.averaged(params):
        filled = kind()
        filled.load_state_dict(optimizer.state_dict())
        for loaded in (copy.deepcopy(optimizer), filled):
            theirs = copy.deepcopy(params)
            with pytest.raises(descent.InvalidArgumentError, match="averaged parameters are in the tensors"):
                loaded.update(theirs, gradients(random, theirs))
            loaded.use_average(theirs, False)
            assert all(theirs[key].tobytes() == before[key].tobytes() for key in theirs)
    optimizer.reset()


def test_the_averages_minimize_better_than_the_points():
    """Noise that does not end: the mean of the points is nearer to the minimum than they are."""
    random = np.random.default_rng(0)
    optimizer, w = descent.ScheduleFreeSGD(learning_rate=0.5), np.full(50, 3.0)
    for _ in range(2000):
        optimizer.step([(w, w + random.normal(size=50))])
    z = optimizer.state(0, "z")
    with optimizer.averaged([w]):
        assert np.linalg.norm(w) < 0.2 * np.linalg.norm(z)


def test_refusals():
    adam = descent.Adam()
    w = np.ones(3)
    with pytest.raises(descent.InvalidArgumentError, match="no step yet"), adam.averaged([w]):
        pass
    adam.step([(w, w.copy())])
    with pytest.raises(descent.UnsupportedError, match="adam has no averaged parameters"), adam.averaged([w]):
        pass
    optimizer, params, _ = made(descent.ScheduleFreeSGD, momentum_decay=0.0)
    before = copy.deepcopy(params)
    with pytest.raises(descent.UnsupportedError, match="momentum_decay"), optimizer.averaged(params):
        pass
    assert all(params[key].tobytes() == before[key].tobytes() for key in params)
    optimizer, params, _ = made(descent.ScheduleFreeSGD)
    with pytest.raises(descent.ShapeMismatchError), optimizer.averaged([params["a"]]):
        pass
    with pytest.raises(descent.ShapeMismatchError), optimizer.averaged([params["b"], params["a"]]):
        pass
