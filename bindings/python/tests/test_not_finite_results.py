"""What a step would write that is NaN or infinite; options that a tensor's type cannot hold."""

import numpy as np
import pytest
from stepped import STEPPED

import descent


def saved(optimizer):
    return {name: array.tobytes() for name, array in optimizer.state_dict().items() if not name.startswith("health.")}


# Without squares only a product with the learning rate overflows. The others' squares do, but for those that take a
# sign or divide by a norm.
LINEAR = (descent.SGD, descent.Momentum, descent.Nesterov, descent.ASGD, descent.ScheduleFreeSGD)
BOUNDED = (descent.Adamax, descent.Rprop, descent.Lion, descent.Signum, descent.LARS)


def overflowing(kind):
    """A gradient whose use overflows in float32 though it is finite."""
    return 3e38 if kind in LINEAR else 1e25


@pytest.mark.parametrize("kind", [kind for kind in STEPPED.values() if kind not in BOUNDED])
@pytest.mark.parametrize("steps", [0, 3])
@pytest.mark.parametrize("size", [1, 5, 1000, 100_000])
def test_refused_or_skipped_before_anything_changes(kind, steps, size):
    rate = 10 if kind in LINEAR else 0.01
    for policy in ("refuse", "skip"):
        optimizer = kind(learning_rate=rate, not_finite_policy=policy)
        w, other = np.ones(size, np.float32), np.ones(3)
        g = np.full(size, 0.5, np.float32)
        for _ in range(steps):
            optimizer.step([(other, np.ones(3)), (w, g)])
        before, copies = saved(optimizer), (w.copy(), other.copy())
        bad = g.copy()
        bad[size // 2] = overflowing(kind)
        if policy == "refuse":
            # Of sums and products all elements become NaN. Shampoo makes products up to a size.
            mixes = kind is descent.NovoGrad or (kind is descent.Shampoo and size <= 1000)
            place = 0 if mixes else size // 2
            with pytest.raises(descent.NotFiniteError, match=rf"tensor 1: \w+\[{place}\] would be -?(inf|nan)"):
                optimizer.step([(other, np.ones(3)), (w, bad)])
        else:
            optimizer.step([(other, np.ones(3)), (w, bad)])
            assert optimizer.health().skipped_steps == 1
        assert saved(optimizer) == before
        assert (w.tobytes(), other.tobytes()) == tuple(copy.tobytes() for copy in copies)
        if steps == 0:
            optimizer.step([(np.ones(2), np.ones(2))])  # not bound to the tensors of the step that was not made


def test_the_policy_changes_no_bits():
    results = []
    for policy in ("propagate", "refuse", "skip"):
        optimizer = descent.Adam(amsgrad=True, not_finite_policy=policy)
        w = np.linspace(-1, 1, 70_001).astype(np.float32)
        for step in range(3):
            optimizer.step([(w, w * step + 1)])
        results.append(w.tobytes())
    assert results[0] == results[1] == results[2]


def test_health_counts_state_that_is_not_finite():
    optimizer = descent.Adam(track_health=True)
    w = np.ones(6, np.float32)
    optimizer.step([(w, np.array([1, 1e25, 1, 1e30, 1, 1], np.float32))])
    assert optimizer.health().state_not_finite == 2
    assert optimizer.health().not_finite == 0
    state = optimizer.state_dict()
    other = descent.Adam()
    other.load_state_dict(state)
    assert other.health() == optimizer.health()
    del state["health.state_not_finite"]
    other.load_state_dict(state)
    assert other.health().state_not_finite == 0


WRONG = [
    (descent.Adam, {"epsilon": 1e-60}, "epsilon: 1e-60 is 0"),
    (descent.AdaGrad, {"epsilon": 1e-60}, "epsilon: 1e-60 is 0"),
    (descent.RMSProp, {"epsilon": 1e60}, "epsilon: 1e.60 is infinite"),
    (descent.SGD, {"learning_rate": 1e308}, "learning_rate: 1e.308 is infinite"),
    (descent.Adam, {"learning_rate": 1e38}, "learning_rate: what follows from 1e.38 is infinite"),
    (descent.SGD, {"weight_decay": 1e300}, "weight_decay: 1e.300 is infinite"),
    (descent.SGD, {"decoupled_weight_decay": 1e300}, "decoupled_weight_decay: 1e.300 is infinite"),
    (descent.SGD, {"clip_value": 1e-60}, "clip_value: 1e-60 is 0"),
    (descent.AdaGrad, {"initial_accumulator": 1e39}, "initial_accumulator: 1e.39 is infinite"),
]


@pytest.mark.parametrize(("kind", "options", "text"), WRONG)
def test_option_that_float32_cannot_hold(kind, options, text):
    optimizer = kind(**options)
    before = saved(optimizer)
    w = np.ones(2, np.float32)
    with pytest.raises(descent.InvalidArgumentError, match=rf"tensor 1: {text} in its type, float32"):
        optimizer.step([(np.ones(2), np.zeros(2)), (w, np.zeros(2, np.float32))])
    assert saved(optimizer) == before
    assert w.tolist() == [1, 1]
    doubles = np.ones(2)
    optimizer.step([(doubles, np.zeros(2))])
    assert np.isfinite(doubles).all()


def test_an_epsilon_of_0_and_a_rate_that_vanishes_are_in_order():
    w = np.ones(2, np.float32)
    descent.Adam(epsilon=0, learning_rate=1e-60).step([(w, np.ones(2, np.float32))])
    assert w.tolist() == [1, 1]


def test_a_group_of_doubles_may_have_what_float32_cannot_hold():
    optimizer = descent.Adam()
    optimizer.set_group(1, epsilon=1e-60)
    w, v = np.ones(2, np.float32), np.ones(2)
    optimizer.update({"w": w, "v": v}, {"w": np.zeros(2, np.float32), "v": np.zeros(2)}, groups={"v": 1})
    assert v.tolist() == [1, 1]
