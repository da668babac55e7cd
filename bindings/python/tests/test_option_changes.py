"""Options that call for state of their own, changed between steps: they hold from the next step on."""

import numpy as np
import pytest

import descent

GRADIENTS = [10, 10, 0.01, 0.01, 0.01, 0.01]
SWITCHES = {
    "amsgrad": (descent.Adam, {}, 1, 0),
    "centered": (descent.RMSProp, {}, 1, 0),
    "momentum_decay": (descent.RMSProp, {}, 0.9, 0),
}


def stepped(optimizer, changes):
    """The weight after all gradients; `changes` are the options set before each step."""
    w = np.ones(1)
    for step, gradient in enumerate(GRADIENTS):
        for name, value in changes.get(step, {}).items():
            setattr(optimizer, name, value)
        optimizer.update({"w": w}, {"w": np.array([gradient], float)})
    return w[0]


@pytest.mark.parametrize(
    ("dialect", "expected"),
    [
        ("textbook", 0.5594169411133364),
        ("pytorch", 0.5594169411133364),
        ("keras", 0.5594170484153158),
        ("optax", 0.5735872219751719),
    ],
)
def test_amsgrad_that_ends(dialect, expected):
    adam = descent.Adam(learning_rate=0.1, amsgrad=True, epsilon=1e-8, dialect=dialect)
    if dialect == "keras":
        adam = descent.Adam(learning_rate=0.1, amsgrad=True, dialect=dialect)
    assert stepped(adam, {3: {"amsgrad": False}}) == pytest.approx(expected, rel=1e-14)


def textbook_rmsprop(switches):
    """`switches` has (centered, momentum_decay) of each step. What is off keeps its buffer as it is."""
    h = mean = velocity = 0.0
    w, rate, rho, epsilon = 1.0, 0.1, 0.99, 1e-7
    for gradient, (centered, decay) in zip(GRADIENTS, switches, strict=True):
        h = rho * h + (1 - rho) * gradient**2
        if centered:
            mean = rho * mean + (1 - rho) * gradient
        change = rate * gradient / (np.sqrt(h - centered * mean**2) + epsilon)
        if decay:
            change = velocity = decay * velocity + change
        w -= change
    return w


@pytest.mark.parametrize("off", [1, 2, 3])
@pytest.mark.parametrize("on_again", [4, 6])
@pytest.mark.parametrize("name", ["centered", "momentum_decay"])
def test_rmsprop_switched_off_and_on(name, off, on_again):
    on = 0.9 if name == "momentum_decay" else True
    optimizer = descent.RMSProp(learning_rate=0.1, **{name: on})
    weight = stepped(optimizer, {off: {name: 0 if name == "momentum_decay" else False}, on_again: {name: on}})
    values = [on if step < off or step >= on_again else 0 for step in range(6)]
    switches = [(value, 0) if name == "centered" else (0, value) for value in values]
    assert weight == pytest.approx(textbook_rmsprop(switches), rel=1e-13)


@pytest.mark.parametrize("name", SWITCHES)
@pytest.mark.parametrize("dialect", ["textbook", "pytorch", "keras", "optax"])
def test_what_is_off_in_a_group_is_as_if_never_on(name, dialect):
    kind, options, on, off = SWITCHES[name]
    mixed, never = kind(dialect=dialect, **options, **{name: on}), kind(dialect=dialect, **options)
    if name in ("amsgrad", "centered"):
        pytest.skip("holds for the whole optimizer")
    mixed.set_group(1, **{name: off})
    a, b, alone = np.ones(3), np.ones(3), np.ones(3)
    for gradient in GRADIENTS:
        g = np.array([gradient, -gradient, 1.0])
        mixed.update({"a": a, "b": b}, {"a": g, "b": g.copy()}, groups={"b": 1})
        never.update({"w": alone}, {"w": g})
    assert b.tobytes() == alone.tobytes()
    assert a.tobytes() != alone.tobytes()


def test_a_buffer_at_rest_is_saved_and_used_again():
    whole, resumed = (descent.Adam(learning_rate=0.1, amsgrad=True) for _ in range(2))
    w, v = np.ones(1), np.ones(1)
    for step, gradient in enumerate(GRADIENTS * 2):
        amsgrad = step % 4 < 2
        whole.amsgrad = amsgrad
        whole.update({"w": w}, {"w": np.array([gradient], float)})
        resumed.amsgrad = amsgrad
        resumed.update({"w": v}, {"w": np.array([gradient], float)})
        state, resumed = resumed.state_dict(), descent.Adam()
        resumed.load_state_dict(state)
        assert w == v


def test_an_option_without_its_buffer_is_refused():
    optimizer = descent.RMSProp()
    optimizer.update({"w": np.ones(1)}, {"w": np.ones(1)})
    for name, value in {"centered": True, "momentum_decay": 0.5}.items():
        with pytest.raises(descent.InvalidArgumentError, match="needs state, which is made in the first step only"):
            setattr(optimizer, name, value)
