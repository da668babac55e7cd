"""Minimizing: known minima, each reason to end, numeric gradients, and functions that fail."""

import math
import signal
import threading

import numpy as np
import pytest

import descent
from descent.demonstrations.landscapes import BEALE, LANDSCAPES, ROSENBROCK


def bowl(x):
    """Its minimum is 0, at (1, 2, ...)."""
    difference = x - np.arange(1.0, x.size + 1).reshape(x.shape)
    return (difference**2).sum(), 2 * difference


def value(x):
    return bowl(x)[0]


def slope(x):
    return bowl(x)[1]


# Algorithm, a rate that suits Rosenbrock's valley, and one for the bowl.
RATES = {
    "sgd": (0.001, 0.1),
    "momentum": (0.001, 0.02),
    "nesterov": (0.001, 0.02),
    "adagrad": (1.0, 1.0),
    "rmsprop": (0.001, 0.01),
    "adam": (0.1, 0.1),
}


@pytest.mark.parametrize("name", RATES)
def test_every_optimizer_finds_the_bottom(name):
    optimizer = descent.OPTIMIZERS[name](learning_rate=RATES[name][1])
    result = descent.minimize(bowl, np.zeros(5), jac=True, optimizer=optimizer, max_steps=20_000)
    assert result.fun < 1e-4
    np.testing.assert_allclose(result.x, range(1, 6), atol=0.01)
    assert result.fun == value(result.x)


@pytest.mark.parametrize("name", RATES)
def test_every_optimizer_goes_through_rosenbrocks_valley(name):
    optimizer = descent.OPTIMIZERS[name](learning_rate=RATES[name][0])
    result = descent.minimize(ROSENBROCK, ROSENBROCK.start, jac=True, optimizer=optimizer, max_steps=30_000)
    np.testing.assert_allclose(result.x, (1, 1), atol=0.05)


@pytest.mark.parametrize("landscape", LANDSCAPES, ids=lambda landscape: landscape.name)
def test_adam_finds_each_minimum(landscape):
    adam = descent.Adam(learning_rate=0.1)
    result = descent.minimize(landscape, landscape.start, jac=True, optimizer=adam, max_steps=20_000)
    assert result.success
    assert min(np.linalg.norm(result.x - minimum) for minimum in landscape.minima) < 1e-3
    assert descent.check_gradient(landscape, landscape.start).verdict == "right"


@pytest.mark.parametrize(
    ("reason", "success", "options"),
    [
        ("steps", False, {"max_steps": 7, "gradient_tolerance": 0}),
        ("gradient", True, {"gradient_tolerance": 0.1}),
        ("value_tolerance", True, {"value_tolerance": 1e-3, "gradient_tolerance": 0}),
        ("target", True, {"target_value": 0.5}),
        ("target", True, {"target_value": 0, "gradient_tolerance": 0, "max_steps": 0}),
        ("time", False, {"max_seconds": 1e-9, "gradient_tolerance": 0, "max_steps": 0}),
        ("callback", False, {"callback": lambda x, report: report.step == 3}),
    ],
)
def test_reasons_to_end(reason, success, options):
    result = descent.minimize(bowl, [0.0, 0.0], jac=True, optimizer=descent.SGD(learning_rate=0.25), **options)
    assert (result.reason, result.success) == (reason, success)
    assert result.message
    assert result.seconds >= 0
    assert result.nfev == result.nit + 1
    assert result.gradient_norm == pytest.approx(np.linalg.norm(slope(result.x)))
    for name in ("fun", "nit", "reason", "message"):
        assert f"{name}: {getattr(result, name)}" in repr(result)
    if reason == "steps":
        assert result.nit == 7


def test_what_is_handed_in_stays_and_shapes_are_kept():
    start = [[0, 0, 0], [0, 0, 0]]
    result = descent.minimize(bowl, start, jac=True, optimizer=descent.SGD(learning_rate=0.25))
    np.testing.assert_allclose(result.x, [[1, 2, 3], [4, 5, 6]], atol=1e-5)
    assert start == [[0, 0, 0], [0, 0, 0]]
    assert descent.minimize(lambda x: (x**2, 2 * x), 3.0, jac=True, optimizer="momentum").x.shape == ()


def test_points_may_be_kept_and_changed():
    seen = []

    def greedy(x):
        result = bowl(x)
        seen.append(x)
        x[:] = 99
        return result

    result = descent.minimize(greedy, np.zeros(2), jac=True, optimizer=descent.SGD(learning_rate=0.25))
    np.testing.assert_allclose(result.x, (1, 2), atol=1e-5)
    assert len({id(x) for x in seen}) == len(seen) == result.nfev


@pytest.mark.parametrize("jac", [None, "numeric", "forward", "central", "richardson", slope])
def test_gradients_from_elsewhere(jac):
    result = descent.minimize(value, np.zeros(3), jac=jac, optimizer=descent.SGD(learning_rate=0.25), max_steps=40)
    np.testing.assert_allclose(result.x, (1, 2, 3), atol=1e-5)
    per_step = {None: 7, "numeric": 7, "forward": 4, "central": 7, "richardson": 13}.get(jac, 1)
    assert result.nfev >= per_step * result.nit


def test_an_optimizer_keeps_its_state():
    whole, parts = descent.Adam(learning_rate=0.1), descent.Adam(learning_rate=0.1)
    expected = descent.minimize(bowl, np.zeros(4), jac=True, optimizer=whole, max_steps=30, gradient_tolerance=0)
    first = descent.minimize(bowl, np.zeros(4), jac=True, optimizer=parts, max_steps=10, gradient_tolerance=0)
    second = descent.minimize(bowl, first.x, jac=True, optimizer=parts, max_steps=20, gradient_tolerance=0)
    assert second.x.tobytes() == expected.x.tobytes()
    assert parts.step_count == 30
    assert parts.state(0, "m").shape == (4,)
    with pytest.raises(descent.ShapeMismatchError):
        descent.minimize(bowl, np.zeros(5), jac=True, optimizer=parts)
    parts.reset()
    descent.minimize(bowl, np.zeros(5), jac=True, optimizer=parts)


def test_reports():
    reports, points = [], []

    def callback(x, report):
        reports.append(report)
        points.append(x)

    sgd = descent.SGD(learning_rate=0.25, schedule=descent.schedules.Step(steps=2, factor=0.5))
    result = descent.minimize(
        bowl, [0.0, 0.0], jac=True, optimizer=sgd, max_steps=5, gradient_tolerance=0, callback=callback
    )
    assert [report.step for report in reports] == [1, 2, 3, 4, 5]
    assert {report.step_total for report in reports} == {5}
    assert [report.loss for report in reports] == [value(x) for x in points]
    assert points[-1].tobytes() == result.x.tobytes()


def test_a_function_that_diverges_gives_its_best_point():
    calls = []

    def broken(x):
        calls.append(x)
        return (math.nan if len(calls) > 4 else value(x)), slope(x)

    result = descent.minimize(broken, np.zeros(2), jac=True, optimizer=descent.SGD(learning_rate=0.1))
    assert (result.reason, result.success, len(calls)) == ("diverged", False, 5)
    assert result.x.tobytes() == calls[3].tobytes()
    assert result.fun == value(calls[3])
    assert math.isnan(descent.minimize(lambda x: math.nan, [1.0]).fun)


class OwnError(Exception):
    """Of no kind that the package knows."""


@pytest.mark.parametrize("kind", [OwnError, ValueError, KeyboardInterrupt, SystemExit, StopIteration])
@pytest.mark.parametrize("where", ["fun", "jac", "callback"])
def test_exceptions_come_out_as_themselves(kind, where):
    error, adam, calls = kind("own"), descent.Adam(learning_rate=0.1), []

    def fail_at_third(*_):
        calls.append(1)
        if len(calls) == 3:
            raise error

    def fun(x):
        fail_at_third() if where == "fun" else None
        return value(x)

    def jac(x):
        fail_at_third() if where == "jac" else None
        return slope(x)

    with pytest.raises(kind) as caught:
        descent.minimize(
            fun, np.zeros(3), jac=jac, optimizer=adam, callback=fail_at_third if where == "callback" else None
        )
    assert caught.value is error
    assert len(calls) == 3
    assert adam.step_count == (3 if where == "callback" else 2)
    assert descent.minimize(bowl, np.zeros(3), jac=True, optimizer=adam).success


def test_interrupt_between_the_calls():
    def fun(x):
        signal.raise_signal(signal.SIGINT)
        return bowl(x)

    with pytest.raises(KeyboardInterrupt):
        descent.minimize(fun, np.zeros(2), jac=True)
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_minimizing_inside_of_minimizing():
    def outer(x):
        return descent.minimize(lambda y: ((y - x) ** 2).sum() + value(x), x, optimizer="adagrad", max_steps=3).fun

    result = descent.minimize(outer, [0.0, 0.0], optimizer=descent.SGD(learning_rate=0.25))
    np.testing.assert_allclose(result.x, (1, 2), atol=1e-4)


@pytest.mark.parametrize(
    "use",
    [
        lambda adam: adam.reset(),
        lambda adam: adam.step([(np.ones(2), np.ones(2))]),
        lambda adam: setattr(adam, "learning_rate", 0.5),
        lambda adam: descent.minimize(bowl, np.zeros(2), jac=True, optimizer=adam),
    ],
)
def test_an_optimizer_at_work_is_left_alone(use):
    adam = descent.Adam(learning_rate=0.1)

    def meddle(x):
        use(adam)
        return bowl(x)

    with pytest.raises(descent.InvalidArgumentError, match="at work"):
        descent.minimize(meddle, np.zeros(2), jac=True, optimizer=adam)
    with pytest.raises(descent.InvalidArgumentError, match="at work"):
        descent.minimize(bowl, np.zeros(2), jac=True, optimizer=adam, callback=lambda x, report: use(adam))
    closing = descent.minimize(bowl, np.zeros(2), jac=True, optimizer=adam, callback=lambda x, report: adam.close())
    assert closing.success
    assert adam.step_count


def test_several_threads():
    results = {}

    def work(start):
        adam = descent.Adam(learning_rate=0.1)
        results[start] = descent.minimize(BEALE, (start, 1.0), jac=True, optimizer=adam).fun

    threads = [threading.Thread(target=work, args=(start,)) for start in (0.5, 1.0, 1.5, 2.0)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(found < 1e-6 for found in results.values())
    assert len(results) == 4


@pytest.mark.parametrize(
    ("arguments", "options", "error", "word"),
    [
        ((None, [0.0]), {}, TypeError, "fun"),
        ((value, []), {}, ValueError, "x0"),
        ((value, "abc"), {}, TypeError, "x0"),
        ((value, [1j]), {}, TypeError, "x0"),
        ((bowl, [0.0]), {}, TypeError, "jac=True"),
        ((value, [0.0]), {"jac": True}, TypeError, "pair"),
        ((lambda x: "1", [0.0]), {}, TypeError, "number"),
        ((lambda x: x, [0.0, 1.0]), {}, TypeError, "number"),
        ((lambda x: (1, [1.0, 2.0]), [0.0]), {"jac": True}, ValueError, "gradient"),
        ((lambda x: (1, None), [0.0]), {"jac": True}, TypeError, "gradient"),
        ((value, [0.0]), {"jac": "sideways"}, ValueError, "jac"),
        ((value, [0.0]), {"jac": 3}, TypeError, "jac"),
        ((value, [0.0]), {"optimizer": "adamv"}, ValueError, "optimizer"),
        ((value, [0.0]), {"optimizer": 1}, TypeError, "optimizer"),
        ((value, [0.0]), {"max_steps": -1}, ValueError, "max_steps"),
        ((value, [0.0]), {"max_steps": 1.5}, TypeError, "max_steps"),
        ((value, [0.0]), {"gradient_tolerance": -1}, ValueError, "gradient_tolerance"),
        ((value, [0.0]), {"value_tolerance": math.nan}, ValueError, "value_tolerance"),
        ((value, [0.0]), {"target_value": math.inf}, ValueError, "target_value"),
        ((value, [0.0]), {"max_seconds": -1}, ValueError, "max_seconds"),
        ((value, [0.0]), {"max_steps": 0, "gradient_tolerance": 0}, ValueError, "criteria"),
        ((value, [0.0]), {"difference_step": -1}, ValueError, "step"),
        ((value, [0.0]), {"callback": 3}, TypeError, "callback"),
        ((bowl, [0.0]), {"jac": True, "difference_step": 0.1}, ValueError, "difference_step"),
    ],
)
def test_wrong_arguments_are_named(arguments, options, error, word):
    with pytest.raises(error, match=word):
        descent.minimize(*arguments, **options)


def test_the_best_point_of_a_rate_that_is_too_large():
    def parabola(x):
        return x @ x, 2 * x

    def run(**options):
        sgd = descent.SGD(learning_rate=1.5)
        return descent.minimize(parabola, [5.0], jac=True, optimizer=sgd, max_steps=50, **options)

    last = run()
    assert last.fun > 1e30
    assert (last.fun_best, last.x_best.tolist()) == (25, [5])
    best = run(return_best=True)
    assert (best.fun, best.x.tolist(), best.gradient_norm, best.nit, best.reason) == (25, [5], 10, 50, "steps")
    assert (best.fun_best, best.x_best.tolist()) == (25, [5])


@pytest.mark.parametrize("jac", [slope, None, "forward"])
@pytest.mark.parametrize("reason", ["steps", "callback", "diverged"])
def test_the_best_of_what_was_seen(reason, jac):
    seen = []

    def function(x):
        return math.nan if reason == "diverged" and len(seen) == 30 else value(x) + 3 * math.cos(5 * x[0])

    def callback(x, report):
        seen.append((report.loss, x.tolist()))
        return reason == "callback" and report.step == 25

    x0 = [4.0, 4.0]
    seen.append((function(np.array(x0)), x0))
    momentum = descent.Momentum(learning_rate=0.2)
    result = descent.minimize(
        function, x0, jac=jac, optimizer=momentum, max_steps=40, gradient_tolerance=0, callback=callback
    )
    assert result.reason == reason
    finite = [entry for entry in seen if math.isfinite(entry[0])]
    assert (result.fun_best, result.x_best.tolist()) == min(finite, key=lambda entry: entry[0])
    assert result.fun == (result.fun_best if reason == "diverged" else seen[-1][0])
    assert result.x_best is not result.x
    assert "x_best" in repr(result)


def test_return_best_is_a_truth_value():
    with pytest.raises(TypeError, match="return_best"):
        descent.minimize(bowl, [1.0], jac=True, return_best=1)
