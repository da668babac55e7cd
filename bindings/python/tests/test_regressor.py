"""The linear regressor against scikit-learn's, and on columns of any scale and place."""

import pickle
import warnings

import numpy as np
import pytest

import descent

linear_model = pytest.importorskip("sklearn.linear_model")

RANDOM = np.random.default_rng(3)
FEATURES = RANDOM.normal(size=(400, 6)) * [1, 2, 0.5, 1, 3, 1] + 1
SCORES = FEATURES @ [0.3, -0.2, 0.5, 0.1, -0.1, 0.2] + 0.4
TARGETS = SCORES + 0.3 * RANDOM.standard_t(2, size=400)
COUNTS = RANDOM.poisson(np.exp(SCORES)).astype(float)


def pinball(errors, quantile):
    return np.maximum(quantile * errors, (quantile - 1) * errors).mean()


def huber(errors, delta):
    size = np.abs(errors)
    return np.where(size <= delta, size**2 / 2, delta * (size - delta / 2)).mean()


def penalty(model, strength):
    return strength * (np.asarray(model.coef_, float) ** 2).sum()


def score(model, features=FEATURES):
    return features @ np.asarray(model.coef_, float) + model.intercept_


def require_same_minimum(ours, theirs, loss):
    """Within a thousandth of the loss, which is computed in double for both."""
    mine, wanted = loss(ours), loss(theirs)
    assert abs(mine - wanted) <= 1e-3 * abs(wanted), f"{mine} and {wanted}"


@pytest.mark.parametrize("alpha", [1e-3, 1.0, 100.0])
def test_ridge(alpha):
    theirs = linear_model.Ridge(alpha=alpha, tol=1e-10).fit(FEATURES, TARGETS)
    ours = descent.LinearRegressor(l2=alpha / 400, standardize=False).fit(FEATURES, TARGETS)
    require_same_minimum(ours, theirs, lambda m: ((TARGETS - score(m)) ** 2).mean() + penalty(m, alpha / 400))
    np.testing.assert_allclose(ours.coef_, theirs.coef_, rtol=1e-2, atol=1e-3)
    assert ours.score(FEATURES, TARGETS) == pytest.approx(theirs.score(FEATURES, TARGETS), abs=1e-4)


def test_the_default_is_ridge_behind_a_scaler():
    centred = (FEATURES - FEATURES.mean(axis=0)) / FEATURES.std(axis=0)
    theirs = linear_model.Ridge().fit(centred, TARGETS)
    ours = descent.LinearRegressor().fit(FEATURES, TARGETS)
    np.testing.assert_allclose(ours.predict(FEATURES), theirs.predict(centred), rtol=1e-3, atol=1e-3)


def test_huber():
    theirs = linear_model.HuberRegressor(epsilon=1.35, alpha=0.01, max_iter=1000, tol=1e-8).fit(FEATURES, TARGETS)
    # It finds a scale sigma too; for that one its minimum is ours.
    delta, l2 = 1.35 * theirs.scale_, 0.01 * theirs.scale_ / (2 * 400)
    ours = descent.LinearRegressor(loss="huber", loss_parameter=delta, l2=l2, standardize=False)
    ours.fit(FEATURES, TARGETS)
    require_same_minimum(ours, theirs, lambda m: huber(TARGETS - score(m), delta) + penalty(m, l2))


@pytest.mark.parametrize("quantile", [0.1, 0.5, 0.8])
@pytest.mark.parametrize("standardize", [None, False])
def test_quantiles(quantile, standardize):
    theirs = linear_model.QuantileRegressor(quantile=quantile, alpha=0).fit(FEATURES, TARGETS)
    settings = {"loss": "quantile", "loss_parameter": quantile, "l2": 0.0, "standardize": standardize}
    ours = descent.LinearRegressor(**settings).fit(FEATURES, TARGETS)
    require_same_minimum(ours, theirs, lambda m: pinball(TARGETS - score(m), quantile))


def test_absolute_error():
    theirs = linear_model.QuantileRegressor(quantile=0.5, alpha=0).fit(FEATURES, TARGETS)
    ours = descent.LinearRegressor(loss="absolute_error", l2=0.0).fit(FEATURES, TARGETS)
    require_same_minimum(ours, theirs, lambda m: np.abs(TARGETS - score(m)).mean())


@pytest.mark.parametrize("alpha", [0.0, 0.1])
def test_poisson(alpha):
    theirs = linear_model.PoissonRegressor(alpha=alpha, max_iter=1000, tol=1e-8).fit(FEATURES, COUNTS)
    ours = descent.LinearRegressor(loss="poisson", l2=alpha / 2, standardize=False).fit(FEATURES, COUNTS)
    require_same_minimum(ours, theirs, lambda m: (np.exp(score(m)) - COUNTS * score(m)).mean() + penalty(m, alpha / 2))
    np.testing.assert_allclose(ours.predict(FEATURES), theirs.predict(FEATURES), rtol=1e-2)


def test_logistic_targets_are_shares():
    shares = 1 / (1 + np.exp(-SCORES))
    ours = descent.LinearRegressor(loss="logistic", l2=0.0).fit(FEATURES, shares)
    np.testing.assert_allclose(ours.predict(FEATURES), shares, atol=1e-3)
    with pytest.raises(ValueError, match="y"):
        ours.fit(FEATURES, TARGETS)


def test_several_outputs():
    both = np.stack([TARGETS, -2 * TARGETS + 1], axis=1)
    ours = descent.LinearRegressor().fit(FEATURES, both)
    alone = [descent.LinearRegressor().fit(FEATURES, column) for column in both.T]
    assert ours.coef_.shape == (2, 6)
    assert ours.predict(FEATURES).shape == (400, 2)
    for place, one in enumerate(alone):
        np.testing.assert_allclose(ours.coef_[place], one.coef_, rtol=1e-3, atol=1e-4)
    assert pickle.loads(pickle.dumps(ours)).predict(FEATURES).tobytes() == ours.predict(FEATURES).tobytes()
    with pytest.raises(ValueError, match="outputs"):
        ours.score(FEATURES, TARGETS)


CHANGES = {
    "scaled": (10.0 ** np.array([-3, 6, 0, 2, -2, 4]), 0),
    "shifted": (np.ones(6), 1e6 * np.array([1, -1, 0.5, 0, 0.1, -0.7])),
    "both": (10.0 ** np.array([-3, 6, 0, 2, -2, 4]), 1e6 * np.array([1, -1, 0.5, 0, 0.1, -0.7])),
}


@pytest.mark.parametrize("kind", ["regressor", "classifier", "two classes"])
@pytest.mark.parametrize("change", CHANGES)
def test_scale_and_place_of_columns_do_not_matter(change, kind):
    scales, shifts = CHANGES[change]
    changed = (FEATURES + shifts * FEATURES.std(axis=0)) * scales
    if kind == "regressor":
        make, answers = descent.LinearRegressor, SCORES + 0.1 * RANDOM.normal(size=400)
    else:
        make, edges = descent.LinearClassifier, [0.3] if kind == "two classes" else [0, 0.8]
        answers = np.digitize(TARGETS, edges)
    plain, other = make().fit(FEATURES, answers), make().fit(changed, answers)
    assert other.score(changed, answers) == pytest.approx(plain.score(FEATURES, answers), abs=0.005)
    ask = "predict" if kind == "regressor" else "predict_proba"
    expected = getattr(plain, ask)(FEATURES)
    np.testing.assert_allclose(getattr(other, ask)(changed), expected, rtol=5e-3, atol=5e-3)
    # The weights are in the units of the data.
    np.testing.assert_allclose(other.coef_ * scales, plain.coef_, rtol=0.02, atol=5e-3)


@pytest.mark.parametrize(
    ("loss", "parameter", "error", "text"),
    [
        ("huber", "a", TypeError, "loss_parameter must be a number, not str"),
        ("huber", [1], TypeError, "loss_parameter must be a number, not list"),
        ("huber", -1, ValueError, r"loss_parameter: delta: -1 is outside \(0, inf\)"),
        ("quantile", 1, ValueError, r"loss_parameter: quantile: 1 is outside \(0, 1\)"),
        ("squared_error", 1, ValueError, "squared_error has no parameter"),
    ],
)
def test_a_loss_parameter_that_is_none(loss, parameter, error, text):
    with pytest.raises(error, match=text):
        descent.LinearRegressor(loss=loss, loss_parameter=parameter).fit(np.eye(3), np.ones(3))


def test_targets_that_float32_cannot_tell_apart_warn():
    random = np.random.default_rng(0)
    features = random.normal(size=(200, 3))
    targets = features @ [1.0, 2, 3]
    for shift in (0, 1e3):
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            model = descent.LinearRegressor().fit(features, targets + shift)
        assert model.score(features, targets + shift) > 0.9999
    for shift in (1e6, -1.7e9):
        with pytest.warns(UserWarning, match="y has numbers up to .* which differ by 3"):
            descent.LinearRegressor().fit(features, targets + shift)
    with pytest.warns(UserWarning, match="column 1 of y has numbers up to 1e"):
        descent.LinearRegressor().fit(features, np.column_stack([targets, targets + 1e9]))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        # Nothing to tell apart.
        descent.LinearRegressor().fit(features, np.full(200, 1e9 + 0.1))


@pytest.mark.parametrize("samples", [400, 40_000])  # in double, and in float32
@pytest.mark.parametrize("factor", [1e30, 1e15, 1e-15, 1e-30])
@pytest.mark.parametrize("standardize", [None, False])
def test_targets_of_any_size(samples, factor, standardize):
    features = np.resize(FEATURES, (samples, 6))
    targets = np.resize(TARGETS, samples)
    plain = descent.LinearRegressor(standardize=standardize).fit(features, targets)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        sized = descent.LinearRegressor(standardize=standardize).fit(features, factor * targets)
    np.testing.assert_allclose(sized.coef_ / factor, plain.coef_, rtol=1e-3, atol=1e-4)
    assert sized.score(features, factor * targets) == pytest.approx(plain.score(features, targets), abs=1e-5)


@pytest.mark.parametrize("factor", [1e15, 1e4, 1e-4, 1e-15])
def test_chosen_steps_go_by_the_size_of_the_targets(factor):
    def stream(targets):
        regressor = descent.LinearRegressor()
        for begin in 30 * list(range(0, 400, 40)):
            regressor.partial_fit(FEATURES[begin : begin + 40], targets[begin : begin + 40])
        return regressor

    def minibatches(targets):
        return descent.LinearRegressor(batch_size=32, epochs=100).fit(FEATURES, targets)

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for fit in (stream, minibatches):
            plain, sized = fit(TARGETS), fit(factor * TARGETS)
            assert sized.score(FEATURES, factor * TARGETS) == pytest.approx(plain.score(FEATURES, TARGETS), abs=1e-3)


@pytest.mark.parametrize("loss", ["absolute_error", "huber", "quantile", "epsilon_insensitive"])
@pytest.mark.parametrize("factor", [1e2, 1e4, 1e10])
def test_large_targets_with_losses_whose_slopes_have_a_limit(loss, factor):
    plain = descent.LinearRegressor(loss="absolute_error").fit(FEATURES, TARGETS)
    sized = descent.LinearRegressor(loss=loss).fit(FEATURES, factor * TARGETS)
    expected = plain.score(FEATURES, TARGETS)
    assert sized.score(FEATURES, factor * TARGETS) == pytest.approx(expected, abs=0.02)


def test_wide_data_without_a_tuned_rate():
    """Less than ten samples for each weight, and most of what is to be learned in few of the features."""
    random = np.random.default_rng(3)
    features = random.normal(size=(12000, 2100)).astype(np.float32)
    targets = features[:, :10].sum(1) + random.normal(size=12000)
    for settings in ({}, {"batch_size": 256}):
        regressor = descent.LinearRegressor(**settings).fit(features[:10000], targets[:10000])
        # scikit-learn's Ridge has 0.8794.
        assert regressor.score(features[10000:], targets[10000:]) > 0.875


def test_methods_that_are_for_targets_near_1_warn_of_others():
    small, large = 1e-12 * TARGETS, 1e12 * TARGETS
    for settings, targets in (
        ({"optimizer": "adam"}, small),
        ({"optimizer": "adam"}, large),
        ({"loss": "huber"}, 1e25 * TARGETS),
    ):
        with pytest.warns(UserWarning, match="the standard deviation of y is .* too far from 1"):
            descent.LinearRegressor(**settings).fit(FEATURES, targets)
    sgd = {"optimizer": descent.SGD(learning_rate=0.01), "standardize": True}
    constant = np.full(400, 3.3)
    for settings, targets in ((sgd, large), ({"optimizer": "adam"}, TARGETS), ({"optimizer": "adam"}, constant)):
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            descent.LinearRegressor(**settings).fit(FEATURES, targets)
