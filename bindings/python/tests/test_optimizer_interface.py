"""What the optimizer classes promise besides their arithmetic: names, options, dicts, state, ownership."""

import copy
import gc
import inspect
import pickle
import weakref

import numpy as np
import pytest
from stepped import STEPPED

import descent
from descent._c.library import library

CLASSES = list(STEPPED.values())

# As the manual states them.
DEFAULTS = {
    "SGD": {"learning_rate": 0.01},
    "Momentum": {"learning_rate": 0.01, "momentum_decay": 0.9},
    "Nesterov": {"learning_rate": 0.01, "momentum_decay": 0.9},
    "AdaGrad": {"learning_rate": 0.01, "epsilon": 1e-7},
    "RMSProp": {"learning_rate": 0.01, "rho": 0.99, "epsilon": 1e-7},
    "Adam": {"learning_rate": 0.001, "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8, "bias_correction": True},
}
# What every optimizer has besides, and what some have.
COMMON = {
    "weight_decay": 0.0,
    "clip_value": 0.0,
    "clip_norm": 0.0,
    "maximize": False,
    "decoupled_weight_decay": 0.0,
    "not_finite_policy": "propagate",
    "track_health": False,
    "schedule": "constant",
    "warmup_steps": 0,
    "schedule_steps": 1000,
    "schedule_factor": 0.1,
    "schedule_power": 1.0,
    "schedule_floor": 0.0,
    "cycle_factor": 1.0,
    "cycle_rise": 0.3,
    "cycle_start": 0.04,
    "patience": 10,
    "rate_free_weight_decay": 0.0,
    "plateau_rises": False,
    "plateau_threshold": 0.0001,
    "cooldown": 0,
    "cycle_decay": 1.0,
    "average": "none",
    "average_decay": 0.999,
    "average_start": 0,
    "lookahead_steps": 0,
    "lookahead_rate": 0.5,
    "accumulate_steps": 1,
    "centralize": False,
    "adaptive_clip": 0.0,
    "cautious": False,
    "state_dtype": "same",
    "stochastic_rounding": False,
    "rounding_seed": 0,
    "gradient_scale": 1.0,
    "dialect": "textbook",
}
SPECIAL = {
    "Momentum": {"dampening": 0.0},
    "AdaGrad": {"learning_rate_decay": 0.0, "initial_accumulator": 0.0},
    "RMSProp": {"momentum_decay": 0.0, "centered": False},
    "Adam": {"amsgrad": False, "epsilon_root": 0.0},
}
STATES = {
    "SGD": [],
    "Momentum": ["velocity"],
    "Nesterov": ["velocity"],
    "AdaGrad": ["sum_of_squares"],
    "RMSProp": ["mean_square"],
    "Adam": ["m", "v"],
}


def arrays(*shapes, dtype=np.float32, seed=0):
    random = np.random.default_rng(seed)
    return [random.normal(size=shape).astype(dtype) for shape in shapes]


@pytest.mark.parametrize("title", DEFAULTS)
def test_class_states_the_librarys_defaults(title):
    kind = getattr(descent, title)
    expected = {**DEFAULTS[title], **COMMON, **SPECIAL.get(title, {})}
    assert {name: item.default for name, item in inspect.signature(kind).parameters.items()} == expected
    assert kind().options == expected
    assert title in descent.__all__
    assert title in kind.__doc__
    for name in [*expected, *STATES[title]]:
        assert name in kind.__doc__
    for name in expected:
        assert getattr(kind, name).__doc__


@pytest.mark.parametrize("kind", CLASSES)
def test_options_are_attributes(kind):
    for option in kind._algorithm.options.values():
        value = min(max(0.25, option.minimum), option.maximum)
        if option.is_switch or option.choices or isinstance(option.default, int):
            value = option.value_of(option.maximum)
        optimizer = kind(**{option.name: value})
        assert getattr(optimizer, option.name) == value
        assert type(getattr(optimizer, option.name)) is type(option.default)
        setattr(optimizer, option.name, option.default)
        if option.name != "dialect":
            assert optimizer.options == kind().options
    assert f"learning_rate={optimizer.learning_rate}" in repr(optimizer)


def test_switch_is_a_bool():
    adam = descent.Adam(bias_correction=0)
    assert adam.bias_correction is False
    adam.bias_correction = np.True_
    assert adam.bias_correction is True


def test_representation_makes_an_equal_optimizer():
    adam = descent.Adam(learning_rate=0.125, bias_correction=False)
    assert eval(repr(adam), vars(descent)).options == adam.options
    assert "closed" in _closed(adam).__repr__()


def _closed(optimizer):
    optimizer.close()
    return optimizer


def test_unknown_option_is_named_with_the_known_ones():
    with pytest.raises(TypeError, match=r"'lr'.*learning_rate, beta1, beta2"):
        descent.Adam(lr=0.1)
    with pytest.raises(TypeError, match="'momentum_decay'"):
        descent.Adam(momentum_decay=0.1)
    with pytest.raises(AttributeError):
        descent.Adam().lr = 0.1


@pytest.mark.parametrize(
    ("option", "value", "error"),
    [
        ("learning_rate", -1, ValueError),
        ("learning_rate", np.nan, ValueError),
        ("learning_rate", np.inf, ValueError),
        ("beta1", 1, ValueError),
        ("beta2", -0.1, ValueError),
        ("weight_decay", -1e-9, ValueError),
        ("bias_correction", 2, ValueError),
        ("learning_rate", "0.1", TypeError),
        ("learning_rate", None, TypeError),
        ("learning_rate", np.array([0.1]), TypeError),
    ],
)
def test_wrong_option_value_is_named_and_changes_nothing(option, value, error):
    adam = descent.Adam()
    before = adam.options
    with pytest.raises(error, match=option):
        setattr(adam, option, value)
    assert adam.options == before
    with pytest.raises(error, match=option):
        descent.Adam(**{option: value})


def test_base_class_is_not_an_optimizer():
    with pytest.raises(TypeError, match=r"SGD.*Adam"):
        descent.Optimizer()


@pytest.mark.parametrize("kind", CLASSES)
def test_update_and_step_do_the_same(kind):
    w, b, gw, gb = arrays((3, 4), 4, (3, 4), 4)
    params, grads = {"w": w.copy(), "b": b.copy()}, {"b": gb, "w": gw}
    by_dict, by_list = kind(), kind()
    for _ in range(3):
        by_dict.update(params, grads)
        by_list.step([(w, gw), [b, gb]])
    assert params["w"].tobytes() == w.tobytes()
    assert params["b"].tobytes() == b.tobytes()
    assert by_dict.step_count == by_list.step_count == 3


def test_later_updates_are_matched_by_key():
    a, b, ga, gb = arrays(5, 5, 5, 5)
    expected, shuffled = {"a": a.copy(), "b": b.copy()}, {"a": a.copy(), "b": b.copy()}
    steady, wandering = descent.Adam(), descent.Adam()
    steady.update(expected, {"a": ga, "b": gb})
    wandering.update(shuffled, {"a": ga, "b": gb})
    steady.update(expected, {"a": ga, "b": gb})
    wandering.update({"b": shuffled["b"], "a": shuffled["a"]}, {"b": gb, "a": ga})
    for key in "ab":
        assert shuffled[key].tobytes() == expected[key].tobytes()
        assert wandering.state(key, "m").tobytes() == steady.state(key, "m").tobytes()


def test_other_addresses_may_follow():
    w, g = arrays(6, 6)
    steady, moving = descent.Momentum(), descent.Momentum()
    moved = w.copy()
    for _ in range(4):
        steady.step([(w, g)])
        moved = moved.copy()
        moving.step([(moved, g.copy())])
    assert moved.tobytes() == w.tobytes()


@pytest.mark.parametrize("shape", [(), (1,), (7,), (3, 5), (2, 3, 4), (2, 1, 3, 2)])
def test_any_number_of_axes(shape):
    w, g = np.ones(shape, np.float64), np.full(shape, 2.0)
    sgd = descent.SGD(learning_rate=0.25)
    sgd.step([(w, g)])
    np.testing.assert_array_equal(w, np.full(shape, 0.5))


def test_read_only_gradient_is_welcome():
    w, g = arrays(3, 3)
    g.flags.writeable = False
    before = w.copy()
    descent.SGD(learning_rate=1).step([(w, g)])
    np.testing.assert_array_equal(w, before - g)


@pytest.mark.parametrize("title", STATES)
def test_state_is_a_copy_in_the_tensors_shape(title):
    w, b, gw, gb = arrays((3, 4), 4, (3, 4), 4)
    optimizer = getattr(descent, title)()
    optimizer.update({"w": w, "b": b}, {"w": gw, "b": gb})
    assert [*optimizer.state_names] == STATES[title]
    assert getattr(descent, title)().state_names == ()
    for name in STATES[title]:
        for key, index, shape in [("w", 0, (3, 4)), ("b", 1, (4,))]:
            state = optimizer.state(key, name)
            assert state.shape == shape
            assert state.dtype == np.float32
            assert state.any()
            assert state.tobytes() == optimizer.state(index, name).tobytes()
            state[:] = 0
            assert optimizer.state(key, name).any()


def test_missing_state_is_named():
    adam = descent.Adam()
    with pytest.raises(ValueError, match="no step"):
        adam.state(0, "m")
    w, g = arrays(3, 3)
    adam.update({"w": w}, {"w": g})
    with pytest.raises(descent.UnknownNameError, match="velocity"):
        adam.state("w", "velocity")
    for tensor in ("b", 1, -1, None, 0.5):
        with pytest.raises(ValueError, match="no tensor"):
            adam.state(tensor, "m")


def test_reset_forgets_state_and_shapes_but_no_options():
    w, g = arrays(5, 5)
    fresh, used = w.copy(), w.copy()
    descent.Adam(learning_rate=0.5).step([(fresh, g)])
    adam = descent.Adam(learning_rate=0.5)
    adam.step(list(zip(arrays(2, (3, 3)), arrays(2, (3, 3)), strict=True)))
    adam.reset()
    assert adam.step_count == 0
    assert adam.learning_rate == 0.5
    adam.step([(used, g)])
    assert used.tobytes() == fresh.tobytes()


def test_closing_is_final_and_repeatable():
    w, g = arrays(3, 3)
    with descent.SGD() as sgd:
        sgd.step([(w, g)])
    sgd.close()
    before = w.copy()
    for use in (
        lambda: sgd.step([(w, g)]),
        lambda: sgd.update({"w": w}, {"w": g}),
        lambda: sgd.learning_rate,
        lambda: setattr(sgd, "learning_rate", 1),
        lambda: sgd.step_count,
        sgd.reset,
    ):
        with pytest.raises(ValueError, match="closed"):
            use()
    assert w.tobytes() == before.tobytes()


def test_memory_is_freed_once(monkeypatch):
    freed = []
    free = library.descent_optimizer_free
    monkeypatch.setattr(library, "descent_optimizer_free", lambda pointer: (freed.append(1), free(pointer)))
    adam = descent.Adam()
    gone = weakref.ref(adam)
    adam.close()
    del adam
    descent.Adam()
    with pytest.raises(ValueError, match="beta1"):
        descent.Adam(beta1=2)
    gc.collect()
    assert gone() is None
    assert len(freed) == 3


def test_copies_are_independent():
    adam = descent.Adam(beta1=0.5)
    w, g = arrays(3, 3)
    for _ in range(2):
        for twin in (copy.copy(adam), copy.deepcopy(adam), pickle.loads(pickle.dumps(adam))):
            assert type(twin) is descent.Adam
            assert twin.options == adam.options
            assert twin.step_count == adam.step_count
            twin.step([(w.copy(), g)])
            twin.close()
        adam.step([(w, g)])
    assert adam.step_count == 2


def test_names_round_trip():
    assert [kind.__name__ for kind in CLASSES][: len(DEFAULTS)] == list(DEFAULTS)
    assert [descent.OPTIMIZERS[name]().algorithm for name in descent.OPTIMIZERS] == list(descent.OPTIMIZERS)
