"""Numeric gradients, gradient checks, random search and range tests of functions, and initialization."""

import math

import numpy as np
import pytest
from test_minimize import OwnError, bowl, slope, value

import descent

METHODS = {"forward": 1e-6, "central": 1e-8, "richardson": 1e-9}


# --- numeric gradients ---


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("scale", [1e-8, 1e-3, 1.0, 1e3, 1e8])
def test_numeric_gradient_over_all_scales(method, scale):
    x = scale * np.array([[1.0, -2.0], [0.5, 3.0]])
    found = descent.numeric_gradient(lambda p: ((p / scale) ** 3).sum(), x, method=method)
    np.testing.assert_allclose(found, 3 * (x / scale) ** 2 / scale, rtol=METHODS[method])


def test_numeric_gradient_is_that_of_numpy():
    def textbook(x, h):
        unit = np.eye(len(x)) * h
        return np.array([(value(x + e) - value(x - e)) / (2 * h) for e in unit])

    x = np.array([0.5, -1.0, 2.0])
    np.testing.assert_allclose(descent.numeric_gradient(value, x, step=0.125), textbook(x, 0.125), rtol=1e-12)
    np.testing.assert_allclose(descent.numeric_gradient(bowl, x), slope(x), rtol=1e-8)  # of a pair the value counts


def test_numeric_gradient_refuses():
    for function, arguments, error, word in [
        (lambda x: math.nan, {}, descent.NotFiniteError, "x|value"),
        (value, {"method": "backward"}, descent.UnknownNameError, "method"),
        (value, {"step": -1}, ValueError, "step"),
        (value, {"step": "1"}, TypeError, "step"),
        (3, {}, TypeError, "fun"),
    ]:
        with pytest.raises(error, match=word):
            descent.numeric_gradient(function, [1.0, 2.0], **arguments)
    with pytest.raises(ValueError, match="x is"):
        descent.numeric_gradient(value, [])


# --- gradient checks ---


def test_right_and_wrong_gradients():
    x = np.linspace(-1, 2, 50)
    right = descent.check_gradient(bowl, x)
    assert right.verdict == "right"
    assert (right.checked, right.suspected_kinks) == (50, 0)

    def wrong(p):
        gradient = slope(p)
        gradient[17] *= 1.01
        return value(p), gradient

    found = descent.check_gradient(wrong, x)
    assert (found.verdict, found.worst_index) == ("wrong", 17)
    assert found.max_relative_error == pytest.approx(0.01 / 1.01, rel=1e-3)
    assert found.analytic == wrong(x)[1][17]
    assert found.numeric == pytest.approx(slope(x)[17])
    assert "wrong" in repr(found)
    assert "17" in repr(found)


def test_index_of_a_matrix():
    def wrong(p):
        gradient = 2 * p
        gradient[1, 2] = 5
        return (p**2).sum(), gradient

    assert descent.check_gradient(wrong, np.ones((2, 3))).worst_index == (1, 2)
    assert descent.check_gradient(lambda p: p**2, 1.0, jac=lambda p: 2 * p).worst_index == ()


def test_planted_error_in_one_of_ten_thousand():
    weights = np.random.default_rng(1).normal(size=10_000)

    def wrong(p):
        gradient = weights * np.cos(p)
        gradient[1234] *= 1.01
        return weights @ np.sin(p), gradient

    found = descent.check_gradient(wrong, np.linspace(0.1, 1, 10_000))
    assert (found.worst_index, found.verdict, found.checked) == (1234, "wrong", 10_000)


def test_subset_is_drawn_by_the_seed():
    seen = [descent.check_gradient(bowl, np.ones(100), count=5, seed=seed) for seed in (1, 1, 2)]
    assert seen[0] == seen[1]
    assert {report.checked for report in seen} == {5}
    assert descent.check_gradient(bowl, np.ones(100), count=100).checked == 100


def test_a_kink_is_no_error():
    def hinge(p):
        return np.maximum(0, 1 - p).sum(), -(p < 1).astype(float)

    found = descent.check_gradient(hinge, [1.0, 0.0, 2.0])
    assert (found.verdict, found.suspected_kinks) == ("right", 1)
    assert "1 with a kink" in repr(found)


def test_checks_refuse():
    for function, arguments, error, word in [
        (bowl, {"count": 0}, ValueError, "count"),
        (bowl, {"count": 3}, ValueError, "count"),
        (bowl, {"count": 1, "seed": -1}, ValueError, "seed"),
        (bowl, {"step": math.inf}, ValueError, "step"),
        (value, {}, TypeError, "pair"),
        (value, {"jac": "central"}, TypeError, "jac"),
        (lambda x: (1.0, x * math.nan), {}, descent.NotFiniteError, "gradient"),
    ]:
        with pytest.raises(error, match=word):
            descent.check_gradient(function, [1.0, 2.0], **arguments)


def sines(factor, offset):
    return lambda x: (offset + np.sin(x).sum(), factor * np.cos(x))


@pytest.mark.parametrize("x", [1e6, 1e8, -1e9])
@pytest.mark.parametrize(("factor", "verdict"), [(1, "right"), (1.01, "wrong"), (-1, "wrong")])
def test_a_wave_far_from_0(x, factor, verdict):
    found = descent.check_gradient(sines(factor, 0.0), [x])
    assert (found.verdict, found.suspected_kinks, found.undetermined) == (verdict, 0, 0)
    assert (found.undetermined_index, found.advice) == (None, "")


@pytest.mark.parametrize("offset", [1e12, 1e13, 1e15, 1e18])
@pytest.mark.parametrize("factor", [1, 1.5, -1])
def test_a_large_offset_hides_the_gradient(offset, factor):
    found = descent.check_gradient(sines(factor, offset), np.linspace(0.5, 1, 6).reshape(2, 3))
    assert (
        found.verdict == "undetermined" if factor == 1 or offset > 1e12 else found.verdict in ("wrong", "undetermined")
    )
    if found.verdict == "undetermined":
        assert (found.undetermined, found.undetermined_index, found.max_relative_error) == (6, (0, 0), 0)
        assert np.spacing(offset) / 4 < found.noise < 4 * np.spacing(offset)
        assert "smaller offset" in found.advice
        assert "6 undetermined" in repr(found)
        assert found.advice in repr(found)


def test_advice_for_single_precision():
    matrix = np.random.default_rng(0).normal(size=(50, 20)).astype(np.float32)

    def least_squares(factor):
        def function(x):
            rest = matrix @ x.astype(np.float32) - np.float32(1)
            return np.float32(0.5) * (rest @ rest), factor * (matrix.T @ rest)

        return function

    x = np.random.default_rng(1).normal(size=20)
    found = descent.check_gradient(least_squares(1), x)
    assert found.verdict in ("right", "undetermined")
    assert found.noise > 1e-9 * found.value
    assert found.undetermined == 0 or "double precision" in found.advice
    for factor in (1.5, -1, 0, 1.02):
        assert descent.check_gradient(least_squares(factor), x).verdict == "wrong"


# --- random search ---


def test_random_search():
    calls = []

    def counted(x):
        calls.append(x)
        return value(x)

    result = descent.random_search(counted, np.zeros(2), trials=300, scale=2, seed=5)
    assert (result.nit, result.reason, result.success) == (300, "steps", True)
    assert result.nfev == len(calls) == 300
    best = min(calls, key=value)
    assert result.x.tobytes() == best.tobytes()
    assert result.fun == value(best)
    assert (result.fun_best, result.x_best.tobytes()) == (result.fun, best.tobytes())
    assert descent.random_search(value, np.ones(2), trials=300, scale=2, seed=5).x.tobytes() == best.tobytes()
    assert descent.random_search(value, np.zeros(2), trials=300, scale=2, seed=6).fun != result.fun


def test_local_search_goes_on_from_its_best():
    far = np.full(4, 9.0)
    result = descent.random_search(value, far, mode="local", scale=0.3, trials=2000)
    assert result.fun < 1
    assert result.fun < descent.random_search(value, far, trials=2000).fun
    assert descent.random_search(value, far, mode="local", scale=0, trials=3).x.tobytes() == far.tobytes()


def test_search_reports_and_stops():
    reports, points = [], []

    def callback(x, report):
        reports.append(report.loss)
        points.append(x)
        return report.step == 20

    result = descent.random_search(value, np.zeros((2, 2)), callback=callback)
    assert (result.reason, result.success, result.nit) == ("callback", False, 20)
    assert reports == sorted(reports, reverse=True)
    assert reports == [value(x) for x in points]


@pytest.mark.parametrize("run", [descent.random_search, descent.numeric_gradient, descent.check_gradient])
def test_exceptions_come_out(run):
    calls, error = [], OwnError()

    def fails(x):
        calls.append(x)
        if len(calls) == 2:
            raise error
        return bowl(x)

    with pytest.raises(OwnError) as caught:
        run(fails, np.ones(3))
    assert caught.value is error
    assert len(calls) == 2


def test_search_refuses():
    for arguments, error, word in [
        ({"mode": "sideways"}, descent.UnknownNameError, "mode"),
        ({"trials": 0}, ValueError, "trials"),
        ({"scale": -1}, ValueError, "scale"),
        ({"seed": 2**64}, ValueError, "seed"),
        ({"callback": 1}, TypeError, "callback"),
    ]:
        with pytest.raises(error, match=word):
            descent.random_search(value, [1.0], **arguments)
    assert descent.random_search(lambda x: math.nan, [1.0], trials=3).reason == "diverged"


# --- range tests ---


@pytest.mark.parametrize("jac", [True, slope, None])
def test_range_of_learning_rates(jac):
    sgd = descent.SGD(learning_rate=0.125)
    test = descent.learning_rate_range(
        bowl if jac is True else value, np.zeros(3), optimizer=sgd, jac=jac, steps=100, minimum=1e-4, maximum=10
    )
    assert (sgd.step_count, sgd.learning_rate) == (0, 0.125)
    assert len(test.rates) == len(test.losses) <= 100
    np.testing.assert_allclose(test.rates, np.geomspace(1e-4, 10, 100)[: len(test.rates)], rtol=1e-9)
    assert test.losses[0] == value(np.zeros(3))
    assert 1e-3 < test.proposal < 1  # above 1 the bowl overshoots
    assert "proposal" in repr(test)


def test_range_over_all_rates():
    test = descent.learning_rate_range(bowl, np.zeros(3), optimizer="sgd", jac=True, minimum=1e-300, maximum=1e10)
    assert test.rates[0] == 1e-300
    assert 150 < test.rates.size < 200
    ratios = test.rates[1:] / test.rates[:-1]
    np.testing.assert_allclose(ratios, 10 ** (310 / 199), rtol=1e-9)
    # The loss that ended it was reached by the last of these steps, and no step was made from there.
    assert test.losses.max() <= 4 * test.losses[0]


def test_range_that_never_falls_proposes_nothing():
    test = descent.learning_rate_range(lambda x: (0.0, 0 * x), [1.0], jac=True, steps=20)
    assert test.proposal is None
    assert "no proposal" in repr(test)


def test_range_refuses():
    for arguments, error, word in [
        ({"steps": 1}, ValueError, "steps"),
        ({"minimum": 0}, ValueError, "minimum"),
        ({"minimum": 2, "maximum": 1}, ValueError, "maximum"),
        ({"optimizer": "none"}, descent.UnknownNameError, "optimizer"),
        ({"steps": 2**32}, ValueError, "steps"),
    ]:
        with pytest.raises(error, match=word):
            descent.learning_rate_range(bowl, [1.0], jac=True, **arguments)
    with pytest.raises(ZeroDivisionError):
        descent.learning_rate_range(lambda x: 1 / 0, [1.0])


# --- initialization ---

ROWS, COLUMNS = 400, 250
DEVIATIONS = {
    "zeros": 0,
    "normal": 1,
    "uniform": 1 / math.sqrt(3),
    "xavier_normal": math.sqrt(2 / (ROWS + COLUMNS)),
    "xavier_uniform": math.sqrt(2 / (ROWS + COLUMNS)),
    "he_normal": math.sqrt(2 / ROWS),
    "he_uniform": math.sqrt(2 / ROWS),
}


@pytest.mark.parametrize("method", DEVIATIONS)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_initialization(method, dtype):
    values = descent.initialize((ROWS, COLUMNS), method, scale=0.5, seed=3, dtype=dtype)
    assert (values.shape, values.dtype) == ((ROWS, COLUMNS), dtype)
    assert values.std() == pytest.approx(0.5 * DEVIATIONS[method], rel=0.02)
    assert abs(values.mean()) <= 0.02 * 0.5 * DEVIATIONS[method]
    if method.endswith("uniform"):
        assert np.abs(values).max() <= 0.5 * DEVIATIONS[method] * math.sqrt(3) * (1 + 1e-6)
    assert values.tobytes() == descent.initialize((ROWS, COLUMNS), method, scale=0.5, seed=3, dtype=dtype).tobytes()
    other = descent.initialize((ROWS, COLUMNS), method, scale=0.5, seed=4, dtype=dtype)
    assert (other.tobytes() == values.tobytes()) == (method == "zeros")


def test_shapes_and_refusals():
    assert descent.initialize(5).shape == (5,)
    assert descent.initialize([2, 3, 4]).shape == (2, 3, 4)
    assert descent.initialize((), "normal").shape == ()
    for arguments, options, error, word in [
        (((3, 0),), {}, ValueError, "shape"),
        (((3, -1),), {}, ValueError, "shape"),
        ((2.5,), {}, TypeError, "integer"),
        ((3, "glorot"), {}, descent.UnknownNameError, "method"),
        ((3,), {"scale": -1}, ValueError, "scale"),
        ((3,), {"dtype": np.int32}, TypeError, "dtype"),
        ((3,), {"seed": -1}, ValueError, "seed"),
    ]:
        with pytest.raises(error, match=word):
            descent.initialize(*arguments, **options)
