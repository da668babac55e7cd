"""Coordinate descent: the conditions of the minimum with l1, scikit-learn's minima, and what it refuses."""

import warnings

import numpy as np
import pytest
from linear_models import (
    COORDINATE_KINDS,
    KINDS,
    LABELLED,
    NOT_FINITE,
    UNSUPPORTED,
    Model,
    Optimizer,
    RefusedError,
    answers_of,
    dataset,
    mean_loss,
    random_case,
    sparse_dataset,
    stored_rows,
)
from sparse_cases import Case, random_matrix
from textbook import central_difference

import descent

SAMPLES, L1 = 120, 0.02
NAME = "coordinate_descent"


def violation(model, features, answers, weights, l1):
    """The most by which a weight, or b, is beyond the conditions of the minimum, by differences of losses in double."""
    matrix, bias = parameters = [np.float64(part) for part in model.weights]

    def loss(_):
        return mean_loss(model, features, answers, weights, parameters)

    slopes = central_difference(loss, matrix, 1e-5)
    held = np.maximum(np.abs(slopes) - l1, 0)
    beyond = np.where(matrix == 0, held, np.abs(slopes + l1 * np.sign(matrix)))
    return max(beyond.max(), np.abs(central_difference(loss, bias, 1e-5)).max())


@pytest.mark.parametrize(("loss", "binary"), COORDINATE_KINDS)
@pytest.mark.parametrize("kind", ["full", "sparse", "weighted", "elastic"])
def test_the_conditions_of_the_minimum(loss, binary, kind):
    random = np.random.default_rng(4)
    start, features, answers = random_case(loss, SAMPLES, 9, binary=binary)
    model = Model(loss, 9, start.outputs, binary=binary, l2=0.01 if kind == "elastic" else 0)
    weights = random.integers(0, 4, SAMPLES).astype(float) if kind == "weighted" else np.ones(SAMPLES)
    others = {**answers_of(model, answers), "weights": weights}
    features[:, 5] = 0
    if kind == "sparse":
        features *= random.random(features.shape) < 0.4
        features[3] = 0
        data = sparse_dataset(stored_rows(features), 9, **others)
    else:
        data = dataset(features, **others)
    # From weights that are not 0, which those of the column without features are to become.
    model.set_weights(0.3 * random.normal(size=(9, model.outputs)), random.normal(size=model.outputs))
    result = model.fit(Optimizer(NAME), data, batch_size=0, epochs=200, l1=L1)
    assert result["reason"] == "minimum"
    assert violation(model, features, answers, weights, L1) < 2e-5
    assert (model.weights[0][5] == 0).all()
    assert 0 < np.count_nonzero(model.weights[0]) < model.weights[0].size


def objective(kind, X, y, W, b, l1):
    """What the tests below minimize, in double."""
    scores = X @ np.float64(W) + b
    losses = (scores - y) ** 2 if kind == "squared" else np.logaddexp(0, -(2 * y - 1) * scores)
    return losses.mean() + l1 * np.abs(np.float64(W)).sum()


@pytest.mark.parametrize("is_sparse", [False, True])
def test_lasso_and_elastic_net(is_sparse):
    linear_model, sparse = pytest.importorskip("sklearn.linear_model"), pytest.importorskip("scipy.sparse")
    random = np.random.default_rng(1)
    X = random.normal(size=(300, 60)) * (random.random((300, 60)) < (0.2 if is_sparse else 1))
    y = X[:, :8] @ random.normal(size=8) + 0.5 * random.normal(size=300) + 3
    given = sparse.csr_array(X) if is_sparse else X
    for l1, l2 in ((0.1, 0), (0.3, 0), (0.05, 0.1)):
        model = descent.LinearRegressor(optimizer=NAME, l1=l1, l2=l2, epochs=100, batch_size=0).fit(given, y)
        # Theirs is half of ours.
        alpha = l1 / 2 + l2
        theirs = linear_model.ElasticNet(alpha=alpha, l1_ratio=l1 / 2 / alpha, tol=1e-12, max_iter=10**5).fit(given, y)
        np.testing.assert_array_equal(model.coef_ == 0, theirs.coef_ == 0)
        np.testing.assert_allclose(model.coef_, theirs.coef_, atol=2e-5)
        np.testing.assert_allclose(model.intercept_, theirs.intercept_, atol=1e-5)
        mine, other = (
            objective("squared", X, y, part.coef_, part.intercept_, l1) + l2 * (np.float64(part.coef_) ** 2).sum()
            for part in (model, theirs)
        )
        assert mine <= other * (1 + 1e-9)


@pytest.mark.parametrize("is_sparse", [False, True])
def test_logistic_regression(is_sparse):
    linear_model, sparse = pytest.importorskip("sklearn.linear_model"), pytest.importorskip("scipy.sparse")
    random = np.random.default_rng(2)
    X = random.normal(size=(400, 50)) * (random.random((400, 50)) < (0.3 if is_sparse else 1))
    y = (X[:, :6] @ random.normal(size=6) + 0.3 + random.logistic(size=400) > 0).astype(int)
    given, l1 = sparse.csr_array(X) if is_sparse else X, 0.01
    model = descent.LinearClassifier(optimizer=NAME, l1=l1, epochs=100, batch_size=0).fit(given, y)
    mine = objective("logistic", X, y, model.coef_[0], model.intercept_, l1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for solver, scale in (("saga", 1), ("liblinear", 1000)):
            theirs = linear_model.LogisticRegression(
                l1_ratio=1, C=1 / (l1 * 400), solver=solver, tol=1e-8, max_iter=5000, intercept_scaling=scale
            )
            theirs.fit(given, y)
            other = objective("logistic", X, y, theirs.coef_[0], theirs.intercept_, l1)
            assert mine <= other * (1 + 1e-7)
            assert other <= mine * (1 + 1e-4)
            assert np.sum((model.coef_ == 0) != (theirs.coef_ == 0)) <= 1


def test_standardized_features():
    """As if they had been standardized before."""
    random = np.random.default_rng(3)
    X = random.normal(size=(200, 8)) * 10.0 ** np.arange(-4, 4) + np.arange(8)
    y = (X / 10.0 ** np.arange(-4, 4))[:, 1:4].sum(1) + random.normal(size=200)
    spread = X.std(0)
    options = {"optimizer": NAME, "l1": 0.2, "epochs": 50, "batch_size": 0}
    model = descent.LinearRegressor(standardize=True, **options).fit(X, y)
    other = descent.LinearRegressor(**options).fit((X - X.mean(0)) / spread, y)
    np.testing.assert_array_equal(model.coef_ == 0, other.coef_ == 0)
    np.testing.assert_allclose(model.coef_ * spread, other.coef_, rtol=1e-4, atol=1e-6)
    assert 0 < np.count_nonzero(model.coef_) < 8


@pytest.mark.parametrize("outputs", [1, 3, 17, 58])
def test_sparse_rows_are_full_rows(outputs):
    case = Case("one_vs_rest_logistic", outputs, binary=outputs == 1, matrix=random_matrix(300, 80))
    case.spread(0)
    found = []
    for data in (case.sparse, case.full):
        case.spread(0)
        case.model.fit(Optimizer(NAME), data, batch_size=0, epochs=20, l1=0.01)
        found.append([part.copy() for part in case.model.weights])
    for mine, other in zip(*found, strict=True):
        np.testing.assert_allclose(mine, other, rtol=1e-3, atol=1e-4)


def test_the_number_of_threads_does_not_show():
    case = Case("one_vs_rest_squared_hinge", 7, matrix=random_matrix(500, 80))
    found, before = set(), descent.thread_count()
    try:
        for threads in (1, 2, 3, 8):
            descent.set_thread_count(threads)
            case.spread(0.5)
            case.model.fit(Optimizer(NAME), case.sparse, batch_size=0, epochs=4, l1=0.005, l2=0)
            found.add(case.model.bits)
    finally:
        descent.set_thread_count(before)
    assert len(found) == 1


def test_far_from_the_minimum():
    """Where the second derivatives vanish too, as of scores beyond all measure."""
    model, features, answers = random_case("logistic", 200, 5)
    data = dataset(features, **answers_of(model, answers))
    model.set_weights(np.full((5, 3), 300.0), np.full(3, -500.0))
    assert model.fit(Optimizer(NAME), data, batch_size=0, epochs=100, l1=L1)["reason"] == "minimum"
    assert violation(model, features, answers, None, L1) < 2e-5


def test_everything_is_held_at_0():
    """By a large l1; b is at its own minimum then."""
    model, features, answers = random_case("logistic", 200, 5)
    model = model.another()
    result = model.fit(Optimizer(NAME), dataset(features, **answers_of(model, answers)), batch_size=0, epochs=9, l1=10)
    assert result["reason"] == "minimum"
    assert not model.weights[0].any()
    means = answers.mean(0)
    np.testing.assert_allclose(model.weights[1], np.log(means / (1 - means)), atol=3e-6)


def test_a_weight_counts_as_copies():
    model, features, answers = random_case("huber", 80, 6)
    weights = np.random.default_rng(1).integers(0, 3, 80)
    copies = np.repeat(np.arange(80), weights)
    found = []
    for data in (
        dataset(features, **answers_of(model, answers), weights=weights.astype(float)),
        dataset(features[copies], **answers_of(model, answers[copies])),
    ):
        other = model.another()
        other.fit(Optimizer(NAME), data, batch_size=0, epochs=100, l1=L1)
        found.append(other.weights[0].copy())
    np.testing.assert_allclose(*found, atol=1e-5)


def test_it_ends_where_nothing_moves():
    model, features, answers = random_case("squared_error", 50)
    data = dataset(features, **answers_of(model, answers))
    optimizer = Optimizer(NAME)
    result = model.fit(optimizer, data, batch_size=0, epochs=1000, l1=L1)
    assert result["reason"] == "minimum"
    assert result["steps"] < 50
    before = model.bits
    assert model.fit(optimizer, data, goes_on=True, batch_size=0, epochs=1000, l1=L1)["steps"] == 0
    assert model.bits == before


@pytest.mark.parametrize(("loss", "binary"), sorted({*KINDS} - {*COORDINATE_KINDS}))
def test_losses_that_it_has_not(loss, binary):
    model, features, answers = random_case(loss, binary=binary)
    refuse(model, dataset(features, **answers_of(model, answers)), UNSUPPORTED, f"does not go with the loss {loss}")


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"batch_size": 8}, f"batch_size: 8, but {NAME} needs all samples"),
        ({"sampling": "replacement"}, f"sampling: {NAME} needs all samples"),
        ({"shards": 2}, f"{NAME} has no shards"),
    ],
)
def test_options_that_it_has_not(options, text):
    model, features, answers = random_case("one_vs_rest_logistic")
    refuse(model, dataset(features, **answers_of(model, answers)), UNSUPPORTED, text, **options)


def refuse(model, data, status, text, **options):
    """A fit that fails, and changes nothing."""
    before, optimizer = model.bits, Optimizer(NAME)
    saved = optimizer.save()
    with pytest.raises(RefusedError, match=text) as refused:
        model.fit(optimizer, data, **{"batch_size": 0, "l1": L1, **options})
    assert refused.value.status == status
    assert model.bits == before
    assert optimizer.save() == saved


@pytest.mark.parametrize("bad", [np.nan, np.inf, 1e300])
@pytest.mark.parametrize("begins", [False, True])
def test_features_that_are_too_large(bad, begins):
    model, features, answers = random_case("one_vs_rest_logistic")
    if begins:
        model = model.another()
    features = np.float64(features)
    features[5, 2] = bad
    data = dataset(features, **answers_of(model, answers))
    refuse(model, data, NOT_FINITE, "row 5, column 2", check_features=1)
    if not begins:
        refuse(model, data, NOT_FINITE, "the loss is")


def test_it_minimizes_no_functions():
    with pytest.raises(descent.UnsupportedError, match=f"{NAME} is for fits of linear models"):
        descent.minimize(lambda x: (x @ x, 2 * x), np.ones(2), jac=True, optimizer=NAME)
    with pytest.raises(descent.UnsupportedError, match=NAME):
        descent.CoordinateDescent().update({"w": np.ones(2)}, {"w": np.ones(2)})


def test_the_library_chooses_it():
    """With l1, for sparse rows and a loss that it takes."""
    sparse = pytest.importorskip("scipy.sparse")
    random = np.random.default_rng(1)
    X = sparse.random_array((2000, 3000), density=0.01, rng=random, dtype=np.float32, format="csr")
    y = (X @ random.normal(size=3000) > 0).astype(int)
    model = descent.LinearClassifier(l1=1e-3).fit(X, y)
    given = descent.LinearClassifier(optimizer=NAME, l1=1e-3, l2=1 / 4000, epochs=100, batch_size=0).fit(X, y)
    np.testing.assert_allclose(model.coef_, given.coef_, atol=0.05)
    assert np.mean(model.coef_ == 0) > 0.5
    assert model.evaluate(X, y)[0] < given.evaluate(X, y)[0] * 1.01
    assert len(LABELLED) == 6


@pytest.mark.parametrize("offset", [3, 100, 1000])
def test_features_far_from_0_cost_nothing(offset):
    """b goes along with each weight: otherwise the two would crawl."""
    random = np.random.default_rng(2)
    features = random.normal(size=(200, 10)) + offset
    targets = features @ random.normal(size=10) + random.normal(size=200)
    near = descent.LinearRegressor(optimizer=NAME, l1=0.01, epochs=100).fit(features - offset, targets)
    far = descent.LinearRegressor(optimizer=NAME, l1=0.01, epochs=100).fit(features, targets)
    assert far.n_iter_ <= 6
    assert far.evaluate(features, targets)[0] == pytest.approx(near.evaluate(features - offset, targets)[0], rel=1e-3)


def test_residuals_far_beyond_the_limit_of_a_slope():
    random = np.random.default_rng(2)
    features = random.normal(size=(300, 6))
    targets = 1000 * (features @ random.normal(size=6) + random.standard_t(2, size=300))
    settings = {"loss": "huber", "l1": 1e-3, "standardize": False}
    found = descent.LinearRegressor(optimizer=NAME, epochs=100, **settings).fit(features, targets)
    least = descent.LinearRegressor(optimizer="lbfgs", epochs=2000, standardize=True, loss="huber", l1=1e-3)
    least = least.fit(features, targets).evaluate(features, targets)[0]
    assert found.evaluate(features, targets)[0] < 1.001 * least


def test_what_is_rounded_away_is_no_move():
    """Years have weights whose last bit is worth more than what is to be gained."""
    random = np.random.default_rng(0)
    years = random.integers(1990, 2021, (200, 1)).astype(float)
    targets = 0.1 * (years[:, 0] - 2005) + random.normal(size=200)
    fitted = descent.LinearRegressor(optimizer=NAME, l1=0.01, epochs=1000).fit(years, targets)
    assert (fitted.stop_reason_, fitted.n_iter_ < 10) == ("minimum", True)
    assert fitted.score(years, targets) > 0.47
