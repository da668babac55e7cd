"""L-BFGS and conjugate gradients: known minima, bounds, l1, functions that end, and exact resuming."""

import copy
import math
import operator

import numpy as np
import pytest
from more_garbow_hillstrom import PROBLEMS

import descent

BATCH = [kind for kind in descent.OPTIMIZERS.values() if kind._algorithm.is_batch and not kind._algorithm.is_for_models]
INF = math.inf

# Bounds, and the minima that SciPy's L-BFGS-B finds within them too.
BOUNDED = {
    "rosenbrock": ([-2, -2], [0.5, 2], 0.25),
    "beale": ([-1, -1], [2, 0.4], 0.523344836),
    "helical_valley": ([-2, -2, 0.5], [0.8, 2, 3], 0.990422121),
    "wood": ([-10] * 4, [0.5, 10, 10, 0.8], 4.308155955),
    "powell_singular": ([0.1, -10, -10, 0.2], [10] * 4, 0.02010751502),
    "bard": ([0.1, 1.2, 0], [INF] * 3, 0.009582284721),
    "brown_and_dennis": ([-INF, 0, -INF, -1], [-5, 20, 0, 1], 85822.20163),
    "watson": ([-0.02, 0, *[-INF] * 4], [*[INF] * 5, 0.9], 0.002409244923),
    "extended_rosenbrock": ([-INF] * 20, [0.7, 2] * 10, 0.9),
    "penalty_1": ([0.2] * 10, [5] * 10, 0.022564),
    "penalty_2": ([0, 0.05, 0.1, 0], [0.15, 1, 1, 0.2], 0.002509492912),
    "variably_dimensioned": ([-INF] * 10, [0.5, *[2] * 8, 0.3], 0.9373688993),
    "broyden_tridiagonal": ([-0.6] * 10, [0] * 10, 0.4884958104),
    "broyden_banded": ([-0.4] * 10, [0] * 10, 7.40151709),
    "chebyquad": ([0.1] * 8, [0.8] * 8, 0.08191352037),
    "osborne_2": ([1.5, *[0] * 10], [INF] * 11, 0.1177043842),
    "discrete_boundary_value": ([-0.1] * 10, [0] * 10, 0.0003340574917),
}
OTHER_MINIMA = {("conjugate_gradient", "wood"): 8.487128866}
# Curved so badly that conjugate gradients do not arrive.
TOO_HARD = {("conjugate_gradient", "meyer"), ("conjugate_gradient", "penalty_2")}


def bowl(x):
    weights = np.arange(1, x.size + 1)
    return float((weights * (x - 1) ** 2).sum()), 2 * weights * (x - 1)


def valley(x):
    return PROBLEMS["rosenbrock"](x)


@pytest.mark.parametrize("name", PROBLEMS)
@pytest.mark.parametrize("kind", BATCH)
def test_known_minima(kind, name):
    if (kind._algorithm.name, name) in TOO_HARD and name == "meyer":
        pytest.skip("too hard")
    problem = PROBLEMS[name]
    with np.errstate(all="ignore"):
        found = descent.minimize(
            problem, problem.start, jac=True, optimizer=kind(), gradient_tolerance=1e-9, max_steps=20_000
        )
    assert min(abs(found.fun - value) / max(value, 1e-3) for value in problem.minima) < 1e-6
    assert found.reason in ("gradient", "rounding")
    value, gradient = problem(found.x)
    assert value == found.fun
    # Where rounding hides which value is lower, a step may end a few bits higher.
    assert found.fun_best == pytest.approx(found.fun, rel=1e-14)
    assert np.linalg.norm(gradient) == pytest.approx(found.gradient_norm, rel=1e-9, abs=1e-300)
    assert found.nfev < 4000 + 3 * found.nit


@pytest.mark.parametrize("name", BOUNDED)
@pytest.mark.parametrize("kind", BATCH)
def test_bounded_minima(kind, name):
    if (kind._algorithm.name, name) in TOO_HARD:
        pytest.skip("too hard")
    problem, (low, high, minimum) = PROBLEMS[name], BOUNDED[name]
    low, high = np.array(low, float), np.array(high, float)

    def function(x):
        assert (x >= low).all()
        assert (x <= high).all()
        return problem(x)

    with np.errstate(all="ignore"):
        found = descent.minimize(
            function,
            problem.start,
            jac=True,
            optimizer=kind(),
            bounds=list(zip(low, high, strict=True)),
            gradient_tolerance=1e-9,
            max_steps=20_000,
        )
    minimum = OTHER_MINIMA.get((kind._algorithm.name, name), minimum)
    assert found.fun == pytest.approx(minimum, rel=1e-8)
    gradient = problem(found.x)[1]
    # x - clip(x - g), without the rounding of x - g.
    projected = np.where(gradient > 0, np.minimum(gradient, found.x - low), np.maximum(gradient, found.x - high))
    assert np.linalg.norm(projected) == pytest.approx(found.gradient_norm, rel=1e-9, abs=1e-300)
    assert found.gradient_norm < 1e-7 * max(1, found.fun)


def test_bounds_of_each_optimizer_are_never_left():
    low, high = np.array([-0.5, 0.25, -INF, 2]), np.array([0.5, INF, -1, 2])

    def function(x):
        assert (x >= low).all()
        assert (x <= high).all()
        return bowl(x)

    for name, kind in descent.OPTIMIZERS.items():
        if kind._algorithm.is_for_models:
            continue
        options = {} if kind._algorithm.is_batch else {"learning_rate": 0.3}
        found = descent.minimize(
            function,
            [9, -9, 9, -9],
            jac=True,
            optimizer=kind(**options),
            bounds=list(zip(low, high, strict=True)),
            max_steps=50,
        )
        assert (found.x >= low).all(), name
        assert (found.x <= high).all(), name


@pytest.mark.parametrize("kind", BATCH)
def test_numeric_gradients_within_bounds(kind):
    def function(x):
        assert (x >= 0.5).all()
        assert (x <= 2).all()
        return ((x - [0, 1, 3]) ** 2).sum()

    for method in ("forward", "central", "richardson"):
        found = descent.minimize(function, [0.5, 2, 2], jac=method, optimizer=kind(), bounds=[(0.5, 2)] * 3)
        np.testing.assert_allclose(found.x, (0.5, 1, 2), atol=1e-6)
    with pytest.raises(AssertionError):
        descent.minimize(function, [0.4, 2, 2], jac="central", optimizer=kind())
    # Too narrow for a difference, and none at all.
    found = descent.minimize(lambda x: x.sum(), [1.0, 1], optimizer=kind(), bounds=[(1, 1 + 1e-9), (1, 1)])
    np.testing.assert_array_equal(found.x, (1, 1))


@pytest.mark.parametrize("kind", BATCH)
def test_the_minimum_as_start(kind):
    for options in ({}, {"bounds": [(1, 2), (0, 1)]}):
        found = descent.minimize(bowl, [1, 1], jac=True, optimizer=kind(), gradient_tolerance=0, **options)
        assert (found.reason, found.nit, found.nfev, found.success) == ("gradient", 0, 1, True)
    found = descent.minimize(
        bowl, [2, 3], jac=True, optimizer=kind(), gradient_tolerance=0, bounds=[(2, 3), (None, None)], max_steps=99
    )
    assert found.reason in ("gradient", "rounding")
    np.testing.assert_allclose(found.x, (2, 1))


@pytest.mark.parametrize("kind", BATCH)
@pytest.mark.parametrize("nothing", [math.nan, INF, -INF])
def test_a_function_that_ends_shortens_the_step(kind, nothing):
    def barrier(x):
        if (x <= 0).any():
            return nothing, np.full(x.size, nothing)
        return float((x - np.log(x)).sum()), 1 - 1 / x

    found = descent.minimize(barrier, [5.0, 1e-4, 100], jac=True, optimizer=kind())
    assert found.reason == "gradient"
    np.testing.assert_allclose(found.x, 1, rtol=1e-5)
    start = descent.minimize(barrier, [-1.0], jac=True, optimizer=kind())
    assert (start.reason, start.nit, start.nfev) == ("diverged", 0, 1)
    lonely = descent.minimize(
        lambda x: (0.0, np.ones(1)) if x[0] == 3 else (nothing, np.ones(1)), [3], jac=True, optimizer=kind()
    )
    assert (lonely.reason, lonely.nit, lonely.x[0]) == ("diverged", 0, 3)


@pytest.mark.parametrize("kind", BATCH)
def test_why_no_step_goes_down(kind):
    def ascending(x):
        value, gradient = valley(x)
        return value, -gradient

    found = descent.minimize(ascending, [-1.2, 1], jac=True, optimizer=kind())
    assert (found.reason, found.success) == ("wrong_gradient", False)
    found = descent.minimize(lambda x: (abs(x[0]), np.ones(1)), [0.0], jac=True, optimizer=kind())
    assert found.reason == "wrong_gradient"
    # The slope is right, and too small for the value to show it.
    found = descent.minimize(lambda x: (1e40 + x[0], np.ones(1)), [0.0], jac=True, optimizer=kind(line_search_steps=4))
    assert found.reason == "rounding"
    found = descent.minimize(valley, [-1.2, 1], jac=True, optimizer=kind(), gradient_tolerance=1e-300)
    assert found.reason in ("rounding", "gradient")
    assert found.fun < 1e-20


def scaled_bowl(scale):
    def function(x):
        value, gradient = bowl(x)
        return scale * value, scale * gradient

    return function


@pytest.mark.parametrize("kind", BATCH)
@pytest.mark.parametrize("scale", [1e-300, 1e-200, 1e-160, 1e-140, 1e140, 1e160, 1e200, 1e300])
def test_gradients_whose_squares_a_double_cannot_hold(kind, scale):
    start = [3.0, -2, 0.5]
    free = descent.minimize(
        scaled_bowl(scale), start, jac=True, optimizer=kind(), gradient_tolerance=1e-7 * scale, max_steps=200
    )
    assert (free.reason, free.success) == ("gradient", True)
    np.testing.assert_allclose(free.x, 1, atol=1e-7)
    # The least projected gradient is a distance to a bound, whatever the function's scale: it ends where rounding says.
    for bounds in ([(0, 0.5), (None, None), (-1, 9)], [(-5, 0.25), (-5, 0.5), (2, None)]):
        low, high = np.array([(-INF if a is None else a, INF if b is None else b) for a, b in bounds]).T
        found = descent.minimize(
            *(scaled_bowl(scale), start), jac=True, optimizer=kind(), bounds=bounds, gradient_tolerance=0, max_steps=200
        )
        assert found.reason in ("gradient", "rounding", "steps")
        np.testing.assert_allclose(found.x, np.clip(1, low, high), atol=1e-6)
    if "l1" in kind._algorithm.options:
        sparse = descent.minimize(
            *(scaled_bowl(scale), start), jac=True, optimizer=kind(l1=8 * scale), gradient_tolerance=1e-6 * scale
        )
        assert sparse.reason == "gradient"
        np.testing.assert_allclose(sparse.x, [0, 0, 0], atol=0)


@pytest.mark.parametrize("kind", BATCH)
@pytest.mark.parametrize("steps", [1, 2, 3])
def test_short_line_searches_end_for_a_true_reason(kind, steps):
    # The first step along the gradient is far too long each time.
    found = descent.minimize(
        scaled_bowl(1e6), [1.01, 0.99, 1.02], jac=True, optimizer=kind(line_search_steps=steps), gradient_tolerance=1e-3
    )
    assert found.reason == "gradient"
    narrow = descent.minimize(
        lambda x: (x @ x if abs(x[0]) < 1e-3 else math.nan, 2 * x),
        [1e-4],
        jac=True,
        optimizer=kind(line_search_steps=steps),
    )
    assert narrow.reason == "gradient"
    found = descent.minimize(
        valley, [-1.2, 1], jac=True, optimizer=kind(line_search_steps=steps), gradient_tolerance=1e-5
    )
    assert found.reason == "gradient"


@pytest.mark.parametrize("kind", BATCH)
def test_a_gradient_that_bounds_cut_off_is_not_wrong(kind):
    # The projected gradient is 1e-9, the slope along it 1e11; the value shows no change.
    found = descent.minimize(
        lambda x: (1e40 + 1e11 * x[0], np.array([1e11])),
        [1e-9],
        jac=True,
        optimizer=kind(),
        bounds=[(0, None)],
        gradient_tolerance=0,
    )
    # Or it has gone to the bound, for all that the value says.
    assert found.reason == "rounding" or found.x[0] == 0
    # A step of the gradient's length ends at the bound after a billionth.
    found = descent.minimize(
        lambda x: (1e20 + 1e-3 * (x[0] - 2 * x[1]), np.array([1e-3, -2e-3])),
        [1e-9, 0],
        jac=True,
        optimizer=kind(),
        bounds=[(0, None), (None, 1)],
        gradient_tolerance=0,
    )
    assert found.reason == "rounding"


@pytest.mark.parametrize("kind", BATCH)
def test_a_function_that_falls_without_end(kind):
    slopes = [1.0, -2.0, 3.0]
    for scale in (1e-200, 1.0, 1e200):
        values = [scale * slope for slope in slopes]
        for bounds in (None, [(-1, None), (None, None), (0, 5)]):
            found = descent.minimize(
                lambda x, values=values: (sum(map(operator.mul, values, x.tolist())), np.array(values)),
                np.zeros(3),
                jac=True,
                optimizer=kind(),
                gradient_tolerance=0,
                bounds=bounds,
            )
            assert (found.reason, found.success) == ("diverged", False)
            assert found.nfev < 200
            assert np.isfinite(found.x).all()
            assert np.isfinite(found.fun)
    with np.errstate(over="ignore"):
        found = descent.minimize(lambda x: (-(x @ x), -2 * x), [1.0, 2], jac=True, optimizer=kind())
    assert found.reason == "diverged"
    # This one only seems to: its minimum is 1e15 away, and is found.
    found = descent.minimize(
        lambda x: (math.hypot(x[0] - 1e15, 1), np.array([(x[0] - 1e15) / math.hypot(x[0] - 1e15, 1)])),
        [0.0],
        jac=True,
        optimizer=kind(),
    )
    assert abs(found.x[0] - 1e15) < 1
    assert found.reason in ("gradient", "rounding")


@pytest.mark.parametrize("kind", BATCH)
@pytest.mark.parametrize("bounds", [None, [(-2, 0.8), (None, 0.5)]])
def test_continuing_gives_the_same_bits(kind, bounds):
    whole = kind()
    options = {"jac": True, "gradient_tolerance": 0, "bounds": bounds}
    for steps in range(1, 16):
        whole.reset()
        expected = descent.minimize(valley, [-1.2, 1], optimizer=whole, max_steps=steps, **options)
        if expected.reason != "steps":
            break
        for first in range(steps):
            part = kind()
            middle = descent.minimize(valley, [-1.2, 1], optimizer=part, max_steps=max(first, 1), **options)
            loaded = copy.deepcopy(part)
            rest = steps - max(first, 1)
            for one in (part, loaded):
                end = (
                    middle
                    if rest == 0
                    else descent.minimize(valley, middle.x, optimizer=one, max_steps=rest, **options)
                )
                assert end.x.tobytes() == expected.x.tobytes()
                assert end.fun == expected.fun
            assert part.state_dict().keys() == loaded.state_dict().keys()
    assert steps > 8


def test_orthants_against_proximal_gradients():
    random = np.random.default_rng(1)
    matrix, goal = random.normal(size=(50, 80)), random.normal(size=50)

    def squares(x):
        rest = matrix @ x - goal
        return 0.5 * rest @ rest, matrix.T @ rest

    size = np.linalg.norm(matrix, 2) ** 2
    for l1 in (2.0, 8.0, 1e3):
        x = ahead = np.zeros(80)
        pace = 1.0
        for _ in range(4000):
            moved = ahead - squares(ahead)[1] / size
            new = np.sign(moved) * np.maximum(np.abs(moved) - l1 / size, 0)
            later = (1 + math.sqrt(1 + 4 * pace**2)) / 2
            ahead, x, pace = new + (pace - 1) / later * (new - x), new, later
        expected = squares(x)[0] + l1 * np.abs(x).sum()
        found = descent.minimize(
            squares, np.zeros(80), jac=True, optimizer=descent.LBFGS(l1=l1), gradient_tolerance=1e-8
        )
        assert found.fun == pytest.approx(expected, rel=1e-12)
        np.testing.assert_array_equal(found.x == 0, x == 0)
        value, gradient = squares(found.x)
        assert found.fun == pytest.approx(value + l1 * np.abs(found.x).sum(), rel=1e-15)
        assert (np.abs(gradient[found.x == 0]) <= l1).all()
    with pytest.raises(descent.UnsupportedError, match="l1"):
        descent.minimize(squares, np.zeros(80), jac=True, optimizer=descent.LBFGS(l1=1), bounds=[(0, 1)] * 80)


@pytest.mark.parametrize("kind", BATCH)
def test_what_a_batch_method_does_not_do(kind):
    optimizer = kind()
    with pytest.raises(descent.UnsupportedError, match="it is for minimizing"):
        optimizer.step([(np.zeros(3), np.ones(3))])
    assert optimizer.step_count == 0
    with pytest.raises(descent.UnsupportedError, match="learning rate"):
        _ = optimizer.current_learning_rate
    with pytest.raises(descent.UnsupportedError, match="has no schedule"):
        optimizer.report_loss(1.0)
    with pytest.raises(descent.UnsupportedError, match="learning rate"):
        descent.learning_rate_range(lambda x: x @ x, [1.0], optimizer=optimizer)
    with pytest.raises(TypeError):
        kind(weight_decay=0.1)
    with pytest.raises(descent.InvalidArgumentError, match="not for a group"):
        optimizer.set_group(1, line_search_steps=3)
    features, labels = np.eye(4, dtype=np.float32), np.arange(4) % 2
    with pytest.raises(descent.UnsupportedError, match="batch_size 0"):
        descent.LinearClassifier(optimizer=optimizer, batch_size=2).fit(features, labels)
    with pytest.raises(descent.UnsupportedError, match="replacement"):
        descent.LinearClassifier(optimizer=optimizer, batch_size=0, sampling="replacement").fit(features, labels)
    assert optimizer.step_count == 0
    assert repr(optimizer).startswith(kind.__name__)


def test_arguments_in_scipys_manner():
    class Box:
        lb, ub = np.array([-2.0, -2]), 0.5

    pairs = descent.minimize(valley, [-1.2, 1], jac=True, bounds=[(-2, 0.5)] * 2)
    box = descent.minimize(valley, [-1.2, 1], jac=True, bounds=Box())
    assert pairs.x.tobytes() == box.x.tobytes()
    assert (
        descent.minimize(valley, [-1.2, 1], jac=True).nfev
        == descent.minimize(valley, [-1.2, 1], jac=True, optimizer=descent.LBFGS()).nfev
    )
    few = descent.minimize(valley, [-1.2, 1], jac=True, options={"maxiter": 3, "maxcor": 2, "maxls": 30, "gtol": 0})
    assert (few.reason, few.nit) == ("steps", 3)
    loose = descent.minimize(valley, [-1.2, 1], jac=True, tol=1e-2)
    assert loose.reason in ("gradient", "value_tolerance")
    with pytest.raises(descent.UnknownNameError, match="'disp'"):
        descent.minimize(valley, [-1.2, 1], jac=True, options={"disp": 1})
    with pytest.raises(descent.InvalidArgumentError, match="history"):
        descent.minimize(valley, [-1.2, 1], jac=True, optimizer=descent.LBFGS(), options={"maxcor": 3})
    with pytest.raises(descent.UnsupportedError, match="history"):
        descent.minimize(valley, [-1.2, 1], jac=True, optimizer="adam", options={"maxcor": 3})
    for bounds, error, word in [
        ([(0, 1)], descent.ShapeMismatchError, "1 pairs"),
        ([(0, 1), (2, 1)], descent.InvalidArgumentError, r"lower\[1\]"),
        ([(0, 1), (0, math.nan)], descent.InvalidArgumentError, r"upper\[1\]"),
        ([(0, 1), (INF, None)], descent.InvalidArgumentError, r"lower\[1\]"),
        ([(0, 1, 2), (0, 1)], TypeError, "pairs"),
        ([("a", 1), (0, 1)], TypeError, "real numbers"),
    ]:
        with pytest.raises(error, match=word):
            descent.minimize(valley, [-1.2, 1], jac=True, bounds=bounds)


def digits():
    random = np.random.default_rng(0)
    features = random.normal(size=(600, 20)).astype(np.float32)
    scores = features @ random.normal(size=(20, 3)) + random.normal(size=(600, 3))
    return features, scores.argmax(axis=1)


def softmax(features, labels, l2):
    """The classifier's loss in double, and its gradient, of W row by row and b behind it."""
    features = features.astype(float)

    def function(x):
        weights, bias = x[:-3].reshape(-1, 3), x[-3:]
        scores = features @ weights + bias
        scores -= scores.max(axis=1, keepdims=True)
        shares = np.exp(scores)
        shares /= shares.sum(axis=1, keepdims=True)
        rows = np.arange(labels.size)
        loss = -np.log(shares[rows, labels]).mean() + l2 * (weights**2).sum()
        shares[rows, labels] -= 1
        shares /= labels.size
        return loss, np.concatenate([(features.T @ shares + 2 * l2 * weights).ravel(), shares.sum(axis=0)])

    return function


@pytest.mark.parametrize("kind", BATCH)
def test_fits_reach_the_minimum(kind):
    features, labels = digits()
    function = softmax(features, labels, 1e-3)
    expected = descent.minimize(function, np.zeros(63), jac=True, gradient_tolerance=1e-11)
    optimizer = kind()
    classifier = descent.LinearClassifier(optimizer=optimizer, l2=1e-3, epochs=300, batch_size=0)
    classifier.fit(features, labels)
    found = np.concatenate([classifier.coef_.T.ravel(), classifier.intercept_]).astype(float)
    assert function(found)[0] - expected.fun < 1e-8
    assert 10 < optimizer.step_count < 300


def test_a_sparse_fit():
    features, labels = digits()
    l1 = 0.02
    classifier = descent.LinearClassifier(optimizer=descent.LBFGS(l1=l1), epochs=300, batch_size=0)
    classifier.fit(features, labels)
    weights, bias = classifier.coef_.T.astype(float), classifier.intercept_.astype(float)
    assert 0 < (weights == 0).sum() < 60
    gradient = softmax(features, labels, 0)(np.concatenate([weights.ravel(), bias]))[1]
    of_weights = gradient[:-3].reshape(weights.shape)
    # The conditions of the minimum; b is not penalized.
    assert np.abs(gradient[-3:]).max() < 1e-5
    assert np.abs(of_weights[weights == 0]).max() <= l1 + 1e-5
    np.testing.assert_allclose(of_weights[weights != 0], -l1 * np.sign(weights[weights != 0]), atol=1e-5)
