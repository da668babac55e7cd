"""Minimizations, fits and range tests that fail or make no step leave optimizer and classifier as they were."""

import ctypes
import math

import numpy as np
import pytest
from c_calls import sized
from optimizer_bench import (
    ADAM,
    CLIPPING,
    EPSILON,
    INVALID,
    LEARNING_RATE,
    NOT_FINITE,
    OK,
    POLICY,
    REFUSE,
    REFUSING,
    SGD,
    SHAPE,
    SKIP,
    TRACKING,
    Bench,
    Training,
    check,
)

from descent._c.declarations import (
    FitOptions,
    ObjectiveFunction,
    ProgressFunction,
    RangeOptions,
    SearchOutcome,
    StopCriteria,
)
from descent._c.library import library

DIVERGED = 7


def bowl(n, x, gradient, context):
    for index in range(n if gradient else 0):
        gradient[index] = x[index]
    return sum(x[index] ** 2 for index in range(n)) / 2


def minimize(bench, x, objective=bowl, progress=None, numerically=False, **criteria):
    result = sized(SearchOutcome)
    stop = sized(StopCriteria, **criteria)
    place = (
        bench.handle,
        len(x),
        x.ctypes.data_as(ctypes.POINTER(ctypes.c_double)),
        ObjectiveFunction(objective),
        None,
    )
    method = (2, 0.0) if numerically else ()
    function = library.descent_minimize_numerically if numerically else library.descent_minimize
    rest = ctypes.byref(stop), ProgressFunction(progress) if progress else ProgressFunction(), None
    return function(*place, *method, *rest, ctypes.byref(result)), result


@pytest.mark.parametrize("numerically", [False, True])
@pytest.mark.parametrize(
    "make",
    [
        lambda: (np.zeros(5), bowl, {"gradient_tolerance": 1e-3}),
        lambda: (np.ones(5), bowl, {"target_value": 10.0}),
        lambda: (np.ones(5), lambda *_: math.nan, {"max_steps": 9}),
        lambda: (np.full(5, np.inf), bowl, {"max_steps": 9}),
    ],
    ids=["at the minimum", "at the target", "nan", "infinite"],
)
def test_minimizing_without_a_step(make, numerically):
    x, objective, criteria = make()
    before = x.tobytes()

    def action(bench):
        status, result = minimize(bench, x, objective, numerically=numerically, **criteria)
        assert result.steps == 0
        return status

    check(Bench(ADAM, 0, [TRACKING]), action, OK)
    assert x.tobytes() == before


@pytest.mark.parametrize("criteria", [{}, {"max_steps": 3, "gradient_tolerance": -1.0}])
def test_minimizing_that_fails(criteria):
    check(Bench(ADAM, 0), lambda bench: minimize(bench, np.ones(5), **criteria)[0], INVALID)
    check(Bench(ADAM, 3), lambda bench: minimize(bench, np.ones(5), max_steps=3)[0], SHAPE)


@pytest.mark.parametrize("policy", [REFUSE, SKIP])
@pytest.mark.parametrize("steps", [0, 4])
def test_minimizing_ends_where_no_step_can_be_made(policy, steps):
    """A gradient of 1e200, whose square is infinite: refused or skipped, it would be evaluated for ever."""
    calls = []

    def objective(n, x, gradient, context):
        calls.append(None)
        bowl(n, x, gradient, context)
        if len(calls) > steps:
            gradient[0] = 1e200
        return 1.0 + len(calls)

    bench = Bench(ADAM, 0, [(POLICY, policy)])
    status, result = minimize(bench, np.ones(2), objective, gradient_tolerance=1e-9)
    assert (status, result.reason, result.steps, len(calls)) == (OK, DIVERGED, steps, steps + 1)
    assert bench.is_unbound() == (steps == 0)
    bench.close()


def test_minimizing_ends_where_the_rate_is_too_large():
    # 10^(100 k) times 1e-3: beyond Adam's correction of the rate in the fourth step.
    options = [(LEARNING_RATE, 1e-3), (30, 2), (32, 1), (33, 1e155)]
    bench = Bench(ADAM, 0, options)
    status, result = minimize(bench, np.ones(2), lambda n, x, g, c: bowl(n, x, g, c) * 0 + 1, max_steps=50)
    assert (status, result.reason) == (OK, DIVERGED)
    assert 0 < result.steps < 5
    bench.close()
    check(Bench(ADAM, 0, [(LEARNING_RATE, 1e308)]), lambda bench: minimize(bench, np.ones(2), max_steps=3)[0], INVALID)


def spoil_features(training, value):
    training.features[:] = value


FITS = [
    ("NaN", [REFUSING], lambda t: spoil_features(t, math.nan), {}, NOT_FINITE),
    ("infinite v", [REFUSING, TRACKING], lambda t: spoil_features(t, 1e25), {}, NOT_FINITE),
    ("epsilon", [(EPSILON, 1e-60)], None, {}, INVALID),
    ("rate", [(LEARNING_RATE, 1e300), CLIPPING], None, {}, INVALID),
    ("label", [], lambda t: t.labels.fill(3), {}, INVALID),
    ("epochs", [], None, {"epochs": 0}, INVALID),
    ("sampling", [], None, {"sampling": 9}, INVALID),
    ("no rows", [], None, {"rows": 0}, INVALID),
]


@pytest.mark.parametrize("watched", [False, True])
@pytest.mark.parametrize("was_fitted", [False, True])
@pytest.mark.parametrize("case", FITS, ids=lambda case: case[0])
def test_fit(case, was_fitted, watched):
    """Neither the optimizer nor the classifier changes, whose former fit can still go on."""
    _, options, spoil, fields, status = case
    training = Training()
    trainer = Bench(ADAM, 0)
    if was_fitted:
        assert training.run(library.descent_classifier_fit, trainer) == OK
    kept = training.features.copy(), training.labels.copy()
    if spoil:
        spoil(training)
    before = training.state()
    progress = (lambda report, context: 0) if watched else None
    fit = library.descent_classifier_fit
    check(Bench(ADAM, 0, options), lambda bench: training.run(fit, bench, progress=progress, **fields), status)
    assert training.state() == before
    training.features[:], training.labels[:] = kept
    resumed = training.run(library.descent_classifier_resume, trainer, epochs=3)
    assert resumed == (OK if was_fitted else INVALID)
    trainer.close()
    library.descent_classifier_free(training.handle)


def test_resume_with_another_optimizer():
    training, trainer = Training(), Bench(ADAM, 0)
    assert training.run(library.descent_classifier_fit, trainer) == OK
    resume = library.descent_classifier_resume
    before = training.state()
    check(Bench(ADAM, 0), lambda bench: training.run(resume, bench, epochs=3), INVALID)
    check(Bench(ADAM, 3), lambda bench: training.run(resume, bench, epochs=3), INVALID)
    # Complete: no step is made.
    check(Bench(SGD, 0), lambda bench: training.run(resume, bench), INVALID)
    trainer.is_fresh = False
    check(trainer, lambda bench: training.run(resume, bench), OK)
    assert training.state() == before
    library.descent_classifier_free(training.handle)


def test_a_first_step_that_is_skipped_binds_nothing():
    for spoil in (math.nan, 1e25):
        training, bench = Training(), Bench(ADAM, 0, [(POLICY, SKIP), TRACKING])
        spoil_features(training, spoil)
        before = bench.state()
        assert training.run(library.descent_classifier_fit, bench) == OK
        assert len(bench.state()[0]) == len(before[0])  # counted, but without tensors
        assert bench.is_unbound()
        bench.close()
        library.descent_classifier_free(training.handle)


@pytest.mark.parametrize("steps", [0, 3])
@pytest.mark.parametrize("maximum", [10.0, 1e300])
def test_range_tests(steps, maximum):
    """They work on copies; with a rate that float32 cannot hold the test ends."""
    training = Training()
    rates, losses = np.full(8, -1.0), np.full(8, -2.0)
    count, proposal = ctypes.c_size_t(77), ctypes.c_double(78)
    options = sized(RangeOptions, steps=8, minimum=1e-3, maximum=maximum)
    fit, data = FitOptions(), training.data()
    library.descent_fit_options_init(ctypes.byref(fit))
    data.scale = 1.0
    double = ctypes.POINTER(ctypes.c_double)
    out = rates.ctypes.data_as(double), losses.ctypes.data_as(double), ctypes.byref(count), ctypes.byref(proposal)
    before = training.state()

    def classify(bench):
        place = training.handle, bench.handle, ctypes.byref(data), ctypes.byref(fit), ctypes.byref(options)
        return library.descent_classifier_learning_rate_range(*place, *out)

    check(Bench(ADAM, steps), classify, OK)
    assert training.state() == before
    assert np.isfinite(losses[: count.value]).all()
    assert (rates[count.value :] == -1).all()
    assert count.value <= 8 if maximum < 1e30 else 0 < count.value < 8
    library.descent_classifier_free(training.handle)

    rates[:], losses[:], count.value, proposal.value = -1, -2, 77, 78
    x = np.ones(3)

    def function(bench):
        place = bench.handle, 3, x.ctypes.data_as(double), ObjectiveFunction(bowl), None, ctypes.byref(options)
        return library.descent_learning_rate_range(*place, *out)

    check(Bench(ADAM, steps, [(EPSILON, 1e-60)] if not steps else []), function, OK)
    options.steps = 1
    before = rates.tobytes(), losses.tobytes(), count.value, proposal.value
    check(Bench(ADAM, steps), function, INVALID)
    assert (rates.tobytes(), losses.tobytes(), count.value, proposal.value) == before
