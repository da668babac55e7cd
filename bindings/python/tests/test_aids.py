"""What every step method can have besides its rule: prepared gradients, cautious steps, Lookahead, averages.

Each is compared with textbook code in double, around the same optimizer without it.
"""

import itertools

import numpy as np
import pytest

import descent

STEPS = 9
KINDS = [
    descent.SGD,
    descent.Momentum,
    descent.AdamW,
    descent.Lion,
    descent.LAMB,
    descent.MARS,
    descent.ScheduleFreeSGD,
]
TOLERANCE = {np.float32: 2e-5, np.float64: 1e-12}
AIDS = [
    {"average": "ema", "average_decay": 0.8},
    {"average": "uniform", "average_start": 4},
    {"lookahead_steps": 3, "lookahead_rate": 0.4},
    {"accumulate_steps": 3},
    {"centralize": True},
    {"adaptive_clip": 0.02},
    {"cautious": True},
    {
        "average": "ema",
        "average_start": 2,
        "lookahead_steps": 2,
        "accumulate_steps": 2,
        "centralize": True,
        "adaptive_clip": 0.05,
        "cautious": True,
    },
]
SHAPES = {"matrix": (5, 4), "column": (6, 1), "row": (1, 7), "bias": (4,), "one": (1,)}


def names(aids):
    return "+".join(aids)


def problem(dtype=np.float64, shapes=SHAPES, steps=STEPS):
    random = np.random.default_rng(11)
    params = {key: random.normal(size=shape).astype(dtype) for key, shape in shapes.items()}
    gradients = [
        {key: (0.3 * random.normal(size=shape)).astype(dtype) for key, shape in shapes.items()} for _ in range(steps)
    ]
    return params, gradients


def as_matrix(array):
    return array.reshape(1, -1) if array.ndim == 1 else array


def prepared(gradient, values, options):
    """The gradient as a rule gets it, of a tensor with one row or several."""
    matrix, weights = as_matrix(gradient).copy(), as_matrix(values)
    if options.get("centralize") and len(matrix) > 1:
        matrix -= matrix.mean(axis=0)
    if clip := options.get("adaptive_clip"):
        axis = None if len(matrix) == 1 else 0
        norm = np.sqrt((matrix**2).sum(axis=axis))
        bound = clip * np.maximum(np.sqrt((weights**2).sum(axis=axis)), 1e-3)
        matrix *= np.where(norm > bound, bound / norm, 1)
    return matrix.reshape(gradient.shape)


class Textbook:
    """The aids in double, around an optimizer that has none."""

    def __init__(self, optimizer, params, options, kept=1.0):
        self.optimizer, self.options, self.kept = optimizer, options, kept
        self.params = {key: values.astype(float) for key, values in params.items()}
        self.collected = []
        self.slow = {key: values.copy() for key, values in self.params.items()}
        self.average, self.averaged, self.step = {}, 0, 0

    def update(self, gradients):
        options = self.options
        self.collected.append({key: gradient.astype(float) for key, gradient in gradients.items()})
        if len(self.collected) < options.get("accumulate_steps", 1):
            return
        mean = {key: np.mean([g[key] for g in self.collected], axis=0) for key in self.params}
        self.collected = []
        self.step += 1
        gradients = {key: prepared(mean[key], self.params[key], options) for key in self.params}
        before = {key: values.copy() for key, values in self.params.items()}
        self.optimizer.update(self.params, gradients)
        for key, values in self.params.items():
            if options.get("cautious"):
                move = values - self.kept * before[key]
                agrees = move * gradients[key] < 0
                values[:] = self.kept * before[key] + np.where(agrees, move, 0) * values.size / (agrees.sum() + 1)
            if (period := options.get("lookahead_steps", 0)) and self.step % period == 0:
                self.slow[key] += options.get("lookahead_rate", 0.5) * (values - self.slow[key])
                values[:] = self.slow[key]
        if options.get("average", "none") != "none" and self.step >= options.get("average_start", 0):
            self.averaged += 1
            for key, values in self.params.items():
                if self.averaged == 1:
                    self.average[key] = values.copy()
                elif options["average"] == "uniform":
                    self.average[key] += (values - self.average[key]) / self.averaged
                else:
                    decay = options.get("average_decay", 0.999)
                    self.average[key] = decay * self.average[key] + (1 - decay) * values


def decay_options(kind):
    """Decay whose share the textbook can tell apart; rules that decay themselves have none here."""
    own = {descent.LAMB, descent.MARS, descent.ScheduleFreeSGD}
    vectors = {"vector_weight_decay": 0.0} if kind is descent.MARS else {}
    return {"decoupled_weight_decay": 0.0 if kind in own else 0.1, **vectors}


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("aids", AIDS, ids=names)
@pytest.mark.parametrize("kind", KINDS)
def test_against_textbook(kind, aids, dtype):
    options = {"learning_rate": 0.05, **decay_options(kind)}
    params, gradients = problem(dtype)
    optimizer = kind(**options, **aids)
    kept = 1 - 0.05 * options["decoupled_weight_decay"]
    textbook = Textbook(kind(**options), params, aids, kept)
    for gradient in gradients:
        optimizer.update(params, gradient)
        textbook.update(gradient)
        assert optimizer.step_count == textbook.step
        for key, values in params.items():
            np.testing.assert_allclose(values, textbook.params[key], rtol=TOLERANCE[dtype], atol=TOLERANCE[dtype])
    if textbook.average:
        before = {key: values.copy() for key, values in params.items()}
        with optimizer.averaged(params):
            for key, values in params.items():
                expected = textbook.average[key]
                np.testing.assert_allclose(values, expected, rtol=TOLERANCE[dtype], atol=TOLERANCE[dtype])
                assert (optimizer.state(key, "average_values") == values).all()
        assert all((params[key] == before[key]).all() for key in params)


def test_adaptive_clip_and_mean_against_optax_form():
    # Optax's adaptive_grad_clip(0.1): a unit is a column of a matrix, and the whole of a vector.
    gradient = np.array([[3.0, 0.01], [4.0, 0.02]])
    weights = np.array([[1.0, 1.0], [0.0, 1.0]])
    params = {"w": weights.copy(), "b": np.zeros(2)}
    descent.SGD(learning_rate=1, adaptive_clip=0.1).update(params, {"w": gradient, "b": np.array([0.0, 1.0])})
    np.testing.assert_allclose(weights - params["w"], [[0.06, 0.01], [0.08, 0.02]], rtol=1e-14)
    np.testing.assert_allclose(params["b"], [0, -1e-4], rtol=1e-14)


@pytest.mark.parametrize("aids", AIDS, ids=names)
def test_groups_have_their_own(aids):
    """What a group can have for itself holds for its tensors only."""
    own = {name: value for name, value in aids.items() if name in ("centralize", "adaptive_clip", "cautious")}
    params, gradients = problem(shapes={"a": (4, 3), "b": (4, 3)})
    params["b"][:] = params["a"]
    optimizer = descent.Adam(learning_rate=0.1)
    optimizer.set_group(1, **own) if own else None
    alone, plain = descent.Adam(learning_rate=0.1, **own), descent.Adam(learning_rate=0.1)
    first, second = params["a"].copy(), params["a"].copy()
    for gradient in gradients:
        gradient["b"] = gradient["a"].copy()
        optimizer.update(params, gradient, groups={"b": 1} if own else None)
        plain.update({"w": first}, {"w": gradient["a"]})
        alone.update({"w": second}, {"w": gradient["a"]})
    assert (params["a"] == first).all()
    assert (params["b"] == second).all()


@pytest.mark.parametrize("aids", AIDS, ids=names)
@pytest.mark.parametrize("kind", [descent.AdamW, descent.LAMB])
def test_saved_after_any_step(kind, aids, tmp_path):
    """A copy that goes on from a file has the same bits, also in the middle of an accumulation."""
    params, gradients = problem(np.float32)
    optimizer = kind(learning_rate=0.05, **aids)
    for step, gradient in enumerate(gradients):
        file = tmp_path / str(step)
        optimizer.save(file)
        if step % 2:
            copied = kind.load(file)
        else:
            copied = kind()
            copied.load_state_dict(optimizer.state_dict())
        twin = {key: values.copy() for key, values in params.items()}
        copied.update(twin, gradient)
        optimizer.update(params, gradient)
        for key in params:
            assert params[key].tobytes() == twin[key].tobytes()
        for key, name in itertools.product(params, optimizer.state_names):
            assert optimizer.state(key, name).tobytes() == copied.state(key, name).tobytes()


@pytest.mark.parametrize("aids", AIDS, ids=names)
def test_bits_do_not_depend_on_threads(aids):
    shapes = {"large": (300, 700), "wide": (3, 50_000), "row": (1, 120_001)}
    results = []
    before = descent.thread_count()
    try:
        for threads in (1, 3):
            descent.set_thread_count(threads)
            params, gradients = problem(np.float32, shapes, steps=4)
            optimizer = descent.Adam(**aids)
            for gradient in gradients:
                optimizer.update(params, gradient)
            states = [optimizer.state(key, name).tobytes() for key in params for name in optimizer.state_names]
            results.append([params[key].tobytes() for key in params] + states)
    finally:
        descent.set_thread_count(before)
    assert results[0] == results[1]


def test_reset_forgets():
    params, gradients = problem()
    optimizer = descent.SGD(accumulate_steps=2, average="uniform", lookahead_steps=2)
    for gradient in gradients[:3]:
        optimizer.update(params, gradient)
    optimizer.reset()
    assert optimizer.state_names == ()
    before = {key: values.copy() for key, values in params.items()}
    optimizer.update(params, gradients[0])
    assert all((params[key] == before[key]).all() for key in params)
    assert optimizer.state_names == ("gradient_mean", "slow_values", "average_values")


def test_turned_on_and_off_between_steps():
    params, gradients = problem()
    optimizer = descent.SGD(learning_rate=0.1)
    optimizer.update(params, gradients[0])
    optimizer.lookahead_steps = 2
    start = {key: values.copy() for key, values in params.items()}
    optimizer.update(params, gradients[1])  # step 2: half of the way from where it was turned on
    for key, values in params.items():
        np.testing.assert_allclose(values, start[key] - 0.05 * gradients[1][key], rtol=1e-13)
    optimizer.lookahead_steps = 0
    optimizer.accumulate_steps = 4
    optimizer.update(params, gradients[2])
    optimizer.accumulate_steps = 1  # the one that was collected counts
    before = {key: values.copy() for key, values in params.items()}
    optimizer.update(params, gradients[3])
    for key, values in params.items():
        mean = (gradients[2][key] + gradients[3][key]) / 2
        np.testing.assert_allclose(values, before[key] - 0.1 * mean, rtol=1e-12)


def test_a_refused_gradient_changes_nothing():
    params, gradients = problem()
    optimizer = descent.SGD(learning_rate=0.1, accumulate_steps=2, average="ema", not_finite_policy="refuse")
    optimizer.update(params, gradients[0])
    state = optimizer.state("matrix", "gradient_mean")
    before = {key: values.copy() for key, values in params.items()}
    wrong = {key: np.full_like(values, np.nan) for key, values in params.items()}
    with pytest.raises(descent.NotFiniteError):
        optimizer.update(params, wrong)
    assert (optimizer.state("matrix", "gradient_mean") == state).all()
    assert all((params[key] == before[key]).all() for key in params)
    optimizer.update(params, gradients[1])
    assert optimizer.step_count == 1


def test_huge_gradients_do_not_overflow_in_the_mean():
    w = np.zeros(3, np.float32)
    optimizer = descent.SGD(learning_rate=1e-38, accumulate_steps=4)
    for sign in (1, 1, -1, 1):
        optimizer.step([(w, np.full(3, sign * 3e38, np.float32))])
    np.testing.assert_allclose(w, -1.5, rtol=1e-6)


def test_averages_before_their_start():
    params, gradients = problem()
    optimizer = descent.Adam(average="ema", average_start=3)
    optimizer.update(params, gradients[0])
    with (
        pytest.raises(descent.InvalidArgumentError, match="no averages before step average_start"),
        optimizer.averaged(params),
    ):
        pass
    optimizer.average = "none"
    with (
        pytest.raises(descent.UnsupportedError, match="adam has no averaged parameters, and average is none"),
        optimizer.averaged(params),
    ):
        pass


def test_keys_are_bound_by_the_first_gradient_that_is_collected():
    optimizer = descent.SGD(learning_rate=1, accumulate_steps=2)
    a, b = np.zeros(2), np.zeros(2)
    optimizer.update({"a": a, "b": b}, {"a": np.ones(2), "b": np.zeros(2)})
    optimizer.update({"b": b, "a": a}, {"b": np.zeros(2), "a": np.ones(2)})
    assert a.tolist() == [-1, -1]
    assert b.tolist() == [0, 0]


def test_cautious_steps_maximize_too():
    w = np.zeros(4)
    optimizer = descent.Momentum(learning_rate=1, cautious=True, maximize=True)
    optimizer.step([(w, np.array([1.0, -1, 2, 1]))])
    np.testing.assert_allclose(w, np.array([1.0, -1, 2, 1]) * 4 / 5)


def test_cautious_steps_keep_nan():
    w = np.zeros(2)
    descent.SGD(cautious=True).step([(w, np.array([np.nan, 1.0]))])
    assert np.isnan(w[0])
    assert np.isfinite(w[1])


def test_steps_of_minimize_are_those_of_the_optimizer():
    optimizer = descent.SGD(learning_rate=0.1, accumulate_steps=3)
    seen = []
    result = descent.minimize(
        lambda x: (x @ x, 2 * x),
        [1.0, 2],
        jac=True,
        optimizer=optimizer,
        max_steps=5,
        callback=lambda _, report: seen.append(report.step),
    )
    assert (result.nit, optimizer.step_count, result.nfev, seen) == (5, 5, 16, [1, 2, 3, 4, 5])


@pytest.mark.parametrize("name", ["soap", "adopt"])
def test_a_first_step_that_moves_nothing_is_no_end(name):
    optimizer = descent.OPTIMIZERS[name](learning_rate=0.1)
    result = descent.minimize(
        lambda x: (x @ x, 2 * x), [1.0, 2], jac=True, optimizer=optimizer, tol=1e-8, max_steps=2000
    )
    assert result.fun < 1e-3


def test_lookahead_begins_anew():
    w, steps = np.zeros(1), []
    optimizer = descent.SGD(learning_rate=1)
    for period in (2, 2, 0, 0, 0, 0, 0, 2):
        optimizer.lookahead_steps = period
        optimizer.step([(w, np.ones(1))])
        steps.append(float(w[0]))
    # The last one goes half of the way from -6, where it was turned on.
    assert steps == [-1, -1, -2, -3, -4, -5, -6, -6.5]


def test_fits_and_minimize_take_them():
    random = np.random.default_rng(0)
    features = random.normal(size=(60, 3)).astype(np.float32)
    labels = (features[:, 0] > 0).astype(int)
    for aids in AIDS:
        optimizer = descent.Adam(learning_rate=0.1, **aids)
        model = descent.LinearClassifier(optimizer=optimizer, epochs=30, batch_size=10, seed=1)
        assert model.fit(features, labels).score(features, labels) > 0.8
        result = descent.minimize(
            lambda x: float(((x - 1) ** 2).sum()),
            np.full(3, 0.5),
            jac=lambda x: 2 * (x - 1),
            optimizer=descent.SGD(learning_rate=0.1, **aids),
            max_steps=600,
        )
        # Clipping by the norm of the weights makes for a slow start.
        assert result.fun < (0.1 if "adaptive_clip" in aids else 1e-3)
