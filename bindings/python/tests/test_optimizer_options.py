"""Options that have names, options of groups, what becomes of NaN, and the health record."""

import math
import pickle

import numpy as np
import pytest
from stepped import STEPPED

import descent

CLASSES = list(STEPPED.values())


def pair(dtype=np.float64):
    return np.array([1.0, -2.0, 3.0], dtype), np.array([0.5, 0.25, -1.0], dtype)


@pytest.mark.parametrize(
    ("option", "names"),
    [
        ("dialect", ["textbook", "pytorch", "keras", "optax"]),
        ("not_finite_policy", ["propagate", "refuse", "skip"]),
        ("schedule", ["constant", "step", "cosine", "plateau"]),
    ],
)
def test_choices_are_names_or_numbers(option, names):
    for name in names:
        optimizer = descent.Adam(**{option: name})
        assert getattr(optimizer, option) == name
        number = descent.Adam._algorithm.options[option].choices[name]
        assert getattr(descent.Adam(**{option: number}), option) == name
    with pytest.raises(descent.UnknownNameError, match=rf"{option}.*'Nonsense'.*{names[1]}"):
        descent.Adam(**{option: "Nonsense"})
    with pytest.raises(descent.InvalidArgumentError, match=option):
        descent.Adam(**{option: 99})
    with pytest.raises(TypeError, match=option):
        descent.Adam(**{option: None})


def test_a_dialect_has_defaults_of_its_own():
    assert descent.SGD(dialect="pytorch").learning_rate == 0.001
    assert descent.SGD(dialect="pytorch", learning_rate=0.01).learning_rate == 0.01
    assert descent.SGD(learning_rate=0.01, dialect="pytorch").learning_rate == 0.01
    assert repr(descent.SGD(dialect="pytorch")) == "SGD(learning_rate=0.001, dialect='pytorch')"


def test_a_dialect_is_fixed_by_the_first_step():
    adam = descent.Adam(dialect="keras")
    adam.step([pair()])
    with pytest.raises(ValueError, match="dialect"):
        adam.dialect = "optax"
    adam.reset()
    adam.dialect = "optax"


def test_pytorchs_momentum_is_not_the_textbooks():
    (w, g), (v, _) = pair(), pair()
    descent.Momentum(learning_rate=0.1, dialect="pytorch", dampening=0.5).step([(w, g)])
    np.testing.assert_allclose(w, v - 0.1 * g)  # the first step is not dampened
    momentum = descent.Momentum(learning_rate=0.1, dialect="pytorch")
    for _ in range(2):
        momentum.step([(v, g)])
    np.testing.assert_allclose(v, np.array([1.0, -2.0, 3.0]) - 0.1 * (1 + 1.9) * g)


@pytest.mark.parametrize("kind", CLASSES)
def test_maximizing_is_minimizing_the_negative(kind):
    (up, g), (down, _) = pair(), pair()
    kind(maximize=True).step([(up, g)])
    kind().step([(down, -g)])
    assert up.tobytes() == down.tobytes()


def test_clipping_by_value_and_by_norm():
    w, g = np.zeros(3), np.array([3.0, -4.0, 0.0])
    descent.SGD(learning_rate=1, clip_value=2).step([(w, g)])
    np.testing.assert_array_equal(w, [-2, 2, 0])
    w[:] = 0
    clipped = descent.SGD(learning_rate=1, clip_norm=1)
    clipped.step([(w[:1], g[:1]), (w[1:], g[1:])])
    np.testing.assert_allclose(w, [-0.6, 0.8, 0])
    assert clipped.health().clipped_steps == 1


@pytest.mark.parametrize("kind", CLASSES)
@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_not_finite_gradients(kind, bad):
    (w, g), (other, slope) = pair(), pair()
    slope[2] = bad
    refusing, skipping = kind(not_finite_policy="refuse"), kind(not_finite_policy="skip")
    for optimizer in (refusing, skipping):
        optimizer.update({"w": w, "other": other}, {"w": g, "other": -g})
    before = w.tobytes(), other.tobytes()
    with pytest.raises(descent.NotFiniteError, match=r"tensor .other.: gradient\[2\]"):
        refusing.update({"w": w, "other": other}, {"w": g, "other": slope})
    skipping.update({"w": w, "other": other}, {"w": g, "other": slope})
    assert (w.tobytes(), other.tobytes()) == before
    assert refusing.step_count == skipping.step_count == 1
    assert skipping.health().skipped_steps == 1
    refusing.update({"w": w, "other": other}, {"w": g, "other": -g})


def test_health_of_a_step():
    w, g = np.array([3.0, 4.0, 0.0]), np.array([1.0, 0.0, 0.0])
    sgd = descent.SGD(learning_rate=0.5, track_health=True)
    assert sgd.health() == descent.Health(0, 0, 0, 0, 0, 0, 0, 0, 0, 0)
    sgd.step([(w, g)])
    sgd.step([(w, -g)])
    assert sgd.health() == descent.Health(
        step=2,
        gradient_norm=1,
        update_norm=0.5,
        parameter_norm=math.hypot(2.5, 4),
        update_ratio=0.5 / math.hypot(2.5, 4),
        update_cosine=-1,
        zero_fraction=pytest.approx(2 / 3),
        clipped_steps=0,
        skipped_steps=0,
        not_finite=0,
    )


def test_untracked_health_counts_only():
    sgd = descent.SGD()
    sgd.step([pair()])
    assert sgd.health().step == 0


# --- groups ---


@pytest.mark.parametrize("kind", CLASSES)
def test_a_group_has_options_of_its_own(kind):
    (w, g), (b, h), (expected_w, _), (expected_b, _) = (pair() for _ in range(4))
    grouped = kind(learning_rate=0.1, weight_decay=0.5)
    grouped.set_group(1, learning_rate=0.01, weight_decay=0)
    assert grouped.groups == {1: {"learning_rate": 0.01, "weight_decay": 0.0}}
    grouped.update({"w": w, "b": b}, {"w": g, "b": h}, groups={"b": 1})
    kind(learning_rate=0.1, weight_decay=0.5).step([(expected_w, g)])
    kind(learning_rate=0.01).step([(expected_b, g)])
    assert w.tobytes() == expected_w.tobytes()
    assert b.tobytes() == expected_b.tobytes()


def test_groups_are_remembered_until_others_are_given():
    (w, g), (b, h) = pair(), pair()
    sgd = descent.SGD(learning_rate=1)
    sgd.set_group(1, learning_rate=0)
    still = b.tobytes()
    for groups in ({1: 1}, None, {1: 1}):
        sgd.step([(w, g), (b, h)], groups=groups)
        assert b.tobytes() == still
    still = w.tobytes()
    sgd.step([(w, g), (b, h)], groups={0: 1})
    assert w.tobytes() == still
    sgd.step([(w, g), (b, h)], groups={})
    assert w.tobytes() != still
    assert sgd.step_count == 5


def test_positions_stand_for_keys():
    (w, g), (b, h) = pair(), pair()
    sgd = descent.SGD(learning_rate=1)
    sgd.set_group(7, learning_rate=0)
    sgd.update({"w": w, "b": b}, {"w": g, "b": h}, groups={"b": 7})
    still = b.tobytes()
    sgd.step([(w, g), (b, h)])
    sgd.step([(w, g), (b, h)], groups={1: 7})
    assert b.tobytes() == still


def test_wrong_groups_change_nothing():
    (w, g), (b, h) = pair(), pair()
    sgd = descent.SGD(learning_rate=1)
    sgd.set_group(1, learning_rate=0)
    sgd.step([(w, g), (b, h)], groups={1: 1})
    still, before = b.tobytes(), w.tobytes()
    for groups, error in [
        ({0: 2}, descent.InvalidArgumentError),
        ({5: 1}, descent.InvalidArgumentError),
        ({"w": 1}, descent.InvalidArgumentError),
        ({0: -1}, descent.InvalidArgumentError),
        ({0: 0.5}, TypeError),
        ([1], TypeError),
    ]:
        with pytest.raises(error, match="group"):
            sgd.step([(w, g), (b, h)], groups=groups)
    assert (w.tobytes(), sgd.step_count) == (before, 1)
    sgd.step([(w, g), (b, h)])  # still in the groups of the first step
    assert b.tobytes() == still


def test_wrong_options_of_a_group_change_nothing():
    adam = descent.Adam()
    for arguments, options, error, word in [
        ((0,), {"learning_rate": 1}, ValueError, "group"),
        ((-1,), {"learning_rate": 1}, ValueError, "group"),
        (("bias",), {"learning_rate": 1}, TypeError, "group"),
        ((1,), {"learning_rate": 1, "beta1": 2}, ValueError, "beta1"),
        ((1,), {"learning_rate": 1, "schedule": "cosine"}, ValueError, "schedule"),
        ((1,), {"rho": 0.5}, TypeError, "rho"),
    ]:
        with pytest.raises(error, match=word):
            adam.set_group(*arguments, **options)
    assert adam.groups == {}
    with pytest.raises(ValueError, match="group"):
        adam.step([pair()], groups={0: 1})


def test_groups_survive_a_copy():
    adam = descent.Adam()
    adam.set_group(3, learning_rate=0.5)
    twin = pickle.loads(pickle.dumps(adam))
    assert twin.groups == adam.groups == {3: {"learning_rate": 0.5}}
    twin.step([pair()], groups={0: 3})


def test_state_names_depend_on_the_first_step():
    adam = descent.Adam(amsgrad=True)
    adam.step([pair()])
    assert adam.state_names == ("m", "v", "v_max")
    rmsprop = descent.RMSProp(centered=True, momentum_decay=0.5)
    rmsprop.step([pair()])
    assert rmsprop.state_names == ("mean_square", "mean_gradient", "velocity")
