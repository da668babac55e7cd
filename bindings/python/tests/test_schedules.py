"""Schedules as objects: what they set, and what the library makes of them, against formulas written out here."""

import dataclasses
import json
import math
from pathlib import Path

import numpy as np
import pytest
from stepped import STEPPED

import descent
from descent import schedules

STEPS = 40
GOLDEN = Path(__file__).resolve().parents[3] / "Tests" / "Golden"


def cosine(share):
    return (1 + math.cos(math.pi * share)) / 2


# A schedule and its factor after k steps, by the table of the manual.
FORMULAS = [
    (schedules.Constant(), lambda k: 1),
    (schedules.Step(steps=7, factor=0.5), lambda k: 0.5 ** (k // 7)),
    (schedules.Exponential(steps=10, factor=0.3), lambda k: 0.3 ** (k / 10)),
    (schedules.InverseTime(steps=5, factor=2), lambda k: 1 / (1 + 2 * k / 5)),
    (schedules.Polynomial(steps=20, power=2, floor=0.1), lambda k: 0.1 + 0.9 * (1 - min(k / 20, 1)) ** 2),
    (schedules.Cosine(steps=20, floor=0.2), lambda k: 0.2 + 0.8 * cosine(min(k / 20, 1))),
    (schedules.CosineRestarts(steps=10), lambda k: cosine(k % 10 / 10)),
]


@pytest.mark.parametrize(("schedule", "formula"), FORMULAS, ids=lambda item: getattr(item, "name", None))
@pytest.mark.parametrize("warmup", [0, 4])
def test_factors_follow_the_formula(schedule, formula, warmup):
    warm = dataclasses.replace(schedule, warmup=warmup)
    expected = [(t + 1) / warmup if t < warmup else formula(t - warmup) for t in range(STEPS)]
    np.testing.assert_allclose(warm.factors(STEPS), expected, rtol=1e-12, atol=1e-15)


def test_restarts_with_longer_cycles():
    factors = schedules.CosineRestarts(steps=5, cycle_factor=2).factors(36)
    assert [t for t in range(36) if factors[t] == 1] == [0, 5, 15, 35]


def test_restarts_that_begin_lower():
    factors = schedules.CosineRestarts(steps=5, cycle_factor=2, cycle_decay=0.5).factors(36)
    plain = schedules.CosineRestarts(steps=5, cycle_factor=2).factors(36)
    cycles = np.repeat([0, 1, 2, 3], [5, 10, 20, 1])
    np.testing.assert_allclose(factors, plain * 0.5**cycles, rtol=1e-14)
    equal = schedules.CosineRestarts(steps=4, cycle_decay=0.9).factors(21)
    np.testing.assert_allclose(equal[::4], 0.9 ** np.arange(6), rtol=1e-14)


def _reduce_on_plateau(values, *, factor, patience, threshold, cooldown, floor, rises):
    """PyTorch's ReduceLROnPlateau in its relative mode, written anew: the rate after each value."""
    best, bad, ignored, rate, rates = None, 0, 0, 1.0, []
    for value in values:
        margin = 0 if best is None else threshold * abs(best)
        if best is None or (value > best + margin if rises else value < best - margin):
            best, bad = value, 0
        else:
            bad += 1
        if ignored:
            ignored, bad = ignored - 1, 0
        if bad > patience:
            rate, ignored, bad = max(rate * factor, floor), cooldown, 0
        rates.append(rate)
    return rates


@pytest.mark.parametrize("rises", [False, True])
@pytest.mark.parametrize("cooldown", [0, 3])
@pytest.mark.parametrize("threshold", [0, 1e-4, 0.05])
def test_plateau_of_rising_values_with_threshold_and_cooldown(rises, cooldown, threshold):
    random = np.random.default_rng(8)
    walk = np.cumsum(random.normal(0.02 if rises else -0.02, 0.05, 60)) + (0.3 if rises else 3)
    plateau = schedules.Plateau(factor=0.5, patience=2, floor=0.01, threshold=threshold, rises=rises, cooldown=cooldown)
    expected = _reduce_on_plateau(
        walk, factor=0.5, patience=2, threshold=threshold, cooldown=cooldown, floor=0.01, rises=rises
    )
    assert len(set(expected)) > 2
    np.testing.assert_array_equal(plateau.factors(61, losses=walk), [1, *expected])


def test_decay_that_the_rate_does_not_touch():
    for rate in (0.0, 0.1):
        optimizer, w = descent.Adam(learning_rate=rate, rate_free_weight_decay=0.25), np.array([8.0])
        optimizer.step([(w, np.zeros(1))])
        assert w[0] == 6
    optimizer, w = descent.ScheduleFreeSGD(learning_rate=0.0, rate_free_weight_decay=0.25), np.array([8.0])
    optimizer.step([(w, np.zeros(1))])
    assert w[0] == 6


def test_one_cycle_rises_and_falls():
    factors = schedules.OneCycle(steps=50, rise=0.4, start=0.1, floor=0.01).factors(60)
    assert factors[0] == pytest.approx(0.1)
    assert factors.argmax() == 19
    assert factors.max() == pytest.approx(1)
    np.testing.assert_allclose(factors[49:], 0.01)


def test_plateau_is_lowered_by_losses_without_progress():
    plateau = schedules.Plateau(factor=0.5, patience=2, floor=0.2)
    losses = [5, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4]
    np.testing.assert_array_equal(plateau.factors(12, losses=losses), [1] * 5 + [0.5] * 3 + [0.25] * 3 + [0.2])
    np.testing.assert_array_equal(plateau.factors(3), 1)


@pytest.mark.parametrize("kind", STEPPED.values())
@pytest.mark.parametrize("schedule", [item for item, _ in FORMULAS] + [schedules.OneCycle(), schedules.Plateau()])
def test_an_optimizer_takes_it_over(kind, schedule):
    made, given = kind(schedule=schedule, learning_rate=0.5), kind(learning_rate=0.5)
    given.schedule = schedule
    assert made.options == given.options
    assert made.schedule == schedule.name
    assert {name: made.options[name] for name in schedule.options} == schedule.options
    assert made.current_learning_rate == 0.5 * schedule.factors(1)[0]
    assert eval(repr(made), vars(descent)).options == made.options


def test_a_schedule_changes_the_steps():
    schedule = schedules.Cosine(steps=8, warmup=2)
    sgd = descent.SGD(learning_rate=0.5, schedule=schedule)
    w, g, seen = np.zeros(1), np.ones(1), []
    for _ in range(10):
        before = w.copy()
        assert sgd.current_learning_rate == 0.5 * schedule.factors(len(seen) + 1)[-1]
        sgd.step([(w, g)])
        seen.append((before - w)[0])
    np.testing.assert_allclose(seen, 0.5 * schedule.factors(10), rtol=1e-12, atol=1e-15)


def test_reported_losses_lower_the_rate():
    sgd = descent.SGD(learning_rate=1, schedule=schedules.Plateau(patience=0, factor=0.5))
    for loss in (3, 2, 2):
        sgd.report_loss(loss)
    assert sgd.current_learning_rate == 0.5
    assert sgd.learning_rate == 1
    with pytest.raises(ValueError, match="loss"):
        sgd.report_loss(math.nan)
    with pytest.raises(TypeError, match="loss"):
        sgd.report_loss("2")


def test_defaults_are_the_librarys_and_repr_makes_an_equal_one():
    assert schedules.Cosine() == schedules.Cosine(steps=1000, floor=0.0, warmup=0)
    assert schedules.OneCycle().rise == 0.3
    for schedule, _ in FORMULAS:
        assert eval(repr(schedule), vars(schedules)) == schedule
    assert len({schedules.Cosine(), schedules.Cosine(steps=1000)}) == 1


@pytest.mark.parametrize(
    ("make", "error", "word"),
    [
        (lambda: schedules.Cosine(steps=0), ValueError, "^steps: 0"),
        (lambda: schedules.Cosine(steps=2.5), ValueError, "^steps: 2.5"),
        (lambda: schedules.Cosine(floor=2), ValueError, "^floor: 2"),
        (lambda: schedules.Step(factor=math.nan), ValueError, "^factor: nan"),
        (lambda: schedules.Plateau(patience=-1), ValueError, "patience"),
        (lambda: schedules.Cosine(steps="10"), TypeError, "^steps"),
        (lambda: schedules.Cosine(factor=0.1), TypeError, "factor"),
        (lambda: schedules.Cosine(10), TypeError, "positional"),
        (schedules.Schedule, TypeError, "Cosine"),
        (lambda: schedules.Cosine().factors(-1), ValueError, "steps"),
    ],
)
def test_wrong_values_are_named(make, error, word):
    with pytest.raises(error, match=word):
        make()


RESTARTS = json.loads((GOLDEN / "restarts.json").read_text())


def test_cosine_restarts_against_60_digits():
    assert len(RESTARTS) > 300
    weights = np.ones(1)
    for steps, growth, step, expected in RESTARTS:
        schedule = schedules.CosineRestarts(steps=steps, cycle_factor=float.fromhex(growth))
        sgd = descent.SGD(learning_rate=1, schedule=schedule)
        sgd.step([(weights, np.zeros(1))])
        sgd.load_state_dict({**sgd.state_dict(), "step_count": np.array(step - 1, np.uint64)})
        found = sgd.current_learning_rate
        assert found == pytest.approx(float.fromhex(expected), abs=1e-9), (steps, growth, step)


@pytest.mark.parametrize(
    "schedule",
    [
        schedules.Exponential(steps=1, factor=1e300),
        schedules.Step(steps=1, factor=1e300),
        schedules.Plateau(patience=0, factor=1e300),
        schedules.InverseTime(steps=1, factor=1e300),
        schedules.Polynomial(steps=1, power=1e300),
        schedules.CosineRestarts(steps=1, cycle_factor=1e300),
        schedules.OneCycle(steps=1),
    ],
    ids=lambda schedule: schedule.name,
)
@pytest.mark.parametrize("rate", [0, 1e-300, 1.7e308])
def test_rate_stays_finite(schedule, rate):
    sgd = descent.SGD(learning_rate=rate, schedule=schedule)
    weights = np.zeros(1)
    for _ in range(9):
        sgd.step([(weights, np.zeros(1))])
        sgd.report_loss(1)
        assert math.isfinite(sgd.current_learning_rate)
        assert sgd.current_learning_rate >= 0
    if isinstance(schedule, schedules.Plateau):
        sgd.schedule = schedules.Plateau(patience=0, factor=0)
        for _ in range(3):
            sgd.report_loss(1)
        assert sgd.current_learning_rate == 0
