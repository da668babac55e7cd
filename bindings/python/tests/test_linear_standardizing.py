"""Centring and scaling: the figures, their effect on data of any scale, and weights in the data's own units."""

import ctypes

import numpy as np
import pytest
from linear_models import KINDS, Model, Optimizer, RefusedError, answers_of, dataset, random_case

from descent._c.declarations import SavedEntry
from descent._c.library import library

kinds = pytest.mark.parametrize(("loss", "binary"), KINDS)
KINKED = ("multiclass_hinge", "one_vs_rest_hinge", "absolute_error", "quantile", "epsilon_insensitive")
SMOOTH = [kind for kind in KINDS if kind[0] not in KINKED]

# Losses of how far a score is from its target.
MOVING = [
    "squared_error",
    "absolute_error",
    "huber",
    "quantile",
    "epsilon_insensitive",
    "squared_epsilon_insensitive",
]


def figures(model):
    """Centres and factors of a model, read out of its saved bytes."""
    saved, size = model.save(), ctypes.c_size_t()
    assert library.descent_saved_entries(saved, len(saved), None, 0, ctypes.byref(size)) == 0
    entries = (SavedEntry * size.value)()
    for entry in entries:
        entry.struct_size = ctypes.sizeof(SavedEntry)
    assert library.descent_saved_entries(saved, len(saved), entries, size, ctypes.byref(size)) == 0
    found = {entry.name.decode(): entry for entry in entries}
    return [
        np.frombuffer(ctypes.string_at(found[name].data, 8 * found[name].rows * found[name].columns))
        for name in ("scaling.centers", "scaling.factors")
    ]


def fitted(model, data, optimizer="lbfgs", epochs=60, batch_size=0, **options):
    """A new model of the same kind after a standardized fit."""
    model = model.another()
    model.fit(Optimizer(optimizer), data, epochs=epochs, batch_size=batch_size, standardize=1, **options)
    return model


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("samples", [1, 2, 255, 256, 257, 9000])
def test_means_and_deviations(samples, weighted):
    random = np.random.default_rng(samples)
    features = random.normal(size=(samples, 19)) * 10.0 ** np.linspace(-6, 6, 19) + 10.0 ** np.linspace(7, -7, 19)
    weights = random.integers(0, 3, samples) + 0.5 * (np.arange(samples) == samples // 2) if weighted else None
    data = dataset(features, targets=np.zeros((samples, 1)), weights=weights)
    centers, factors = figures(fitted(Model("squared_error", 19), data, "sgd", epochs=1))
    exact = np.longdouble(features)
    mean = np.average(exact, axis=0, weights=weights)
    deviation = np.sqrt(np.average((exact - mean) ** 2, axis=0, weights=weights))
    assert (np.abs(centers - mean) <= 1e-14 * np.abs(mean) + 1e-13 * deviation).all()
    constant = deviation <= 1e-14 * np.abs(mean)
    np.testing.assert_allclose(factors[~constant], 1 / deviation[~constant], rtol=1e-6)
    assert (factors[constant] == 1).all()


@pytest.mark.parametrize("dtype", [np.float32, np.uint8])
def test_figures_of_stored_types(dtype):
    random = np.random.default_rng(5)
    features = random.integers(0, 256, (700, 21)).astype(dtype)
    data = dataset(features, targets=np.zeros((700, 1)), scale=0.25, offset=-3.0)
    centers, factors = figures(fitted(Model("squared_error", 21), data, "sgd", epochs=1))
    seen = np.float64(features) * 0.25 - 3.0
    np.testing.assert_allclose(centers, seen.mean(0), rtol=1e-13)
    np.testing.assert_allclose(factors, 1 / seen.std(0), rtol=1e-12)


@pytest.mark.parametrize(("loss", "binary"), SMOOTH)
def test_shifted_and_scaled_features_are_learned_as_well(loss, binary):
    model, features, answers = random_case(loss, samples=150, binary=binary, l2=1e-3)
    features, kept = np.float64(features), answers_of(model, answers)
    plain = dataset(features, **kept)
    expected = fitted(model, plain)
    scales = 10.0 ** np.linspace(-3, 6, 7)
    other = dataset((features + 1e6) * scales, **kept)
    found = fitted(model, other)
    wanted = expected.scores(plain)
    np.testing.assert_allclose(found.scores(other), wanted, atol=1e-4 * np.abs(wanted).max())
    assert found.evaluate(other) == pytest.approx(expected.evaluate(plain), abs=1e-4)
    # The weights are in the data's own units.
    np.testing.assert_allclose(found.exact()[0] * scales[:, None], expected.exact()[0], rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("loss", [loss for loss, _ in KINDS if loss in MOVING])
@pytest.mark.parametrize("outputs", [1, 3, 60])
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("optimizer", ["lbfgs", "adam"])
def test_shifted_targets_are_learned_as_well(loss, outputs, weighted, optimizer):
    _, features, targets = random_case(loss, samples=150, outputs=outputs, l2=1e-3)
    weights = np.random.default_rng(1).random(150) if weighted else None
    shift = np.resize([1e6, -3e8, 0], outputs)
    plain = dataset(features, targets=np.float64(targets), weights=weights)
    moved = dataset(features, targets=targets + shift, weights=weights)
    fits = [
        fitted(
            Model(loss, 7, outputs, l2=1e-3),
            *(data, optimizer),
            **{"epochs": 30, "batch_size": 0 if optimizer == "lbfgs" else 16, "validation": data},
        )
        for data in (plain, moved)
    ]
    (expected, bias), (found, moved_bias) = (model.exact() for model in fits)
    np.testing.assert_allclose(found, expected, rtol=1e-3, atol=2e-4)
    np.testing.assert_allclose(moved_bias - shift, bias, rtol=1e-3, atol=2e-4)
    np.testing.assert_allclose(fits[1].evaluate(moved), fits[0].evaluate(plain), rtol=1e-3, atol=1e-4)
    # Predictions are in float32.
    np.testing.assert_allclose(fits[1].predict(moved), fits[0].predict(plain) + shift, rtol=1e-6, atol=1e-3)
    again = fits[1].load(fits[1].save())
    np.testing.assert_array_equal(again.predict(moved), fits[1].predict(moved))
    assert again.evaluate(moved) == fits[1].evaluate(moved)


def test_a_bias_that_was_set_stays_where_it_is():
    _, features, targets = random_case("squared_error", outputs=1)
    data = dataset(features, targets=np.float64(targets) + 100)
    for bias, expected in ((0.0, np.mean(targets, dtype=np.float64) + 100), (50.0, 50.0)):
        fresh = Model("squared_error", 7)
        fresh.set_weights(np.zeros((7, 1)), np.array([bias]))
        fresh.fit(Optimizer("sgd", learning_rate=1e-12), data, epochs=1, batch_size=0, standardize=1)
        np.testing.assert_allclose(fresh.exact()[1], expected, rtol=1e-6)


@kinds
@pytest.mark.parametrize("optimizer", ["lbfgs", "adam"])
def test_folded_weights_in_double_give_the_scores(loss, binary, optimizer):
    model, features, answers = random_case(loss, binary=binary)
    features = np.float64(features) * 10.0 ** np.linspace(-3, 3, 7) + 10.0 ** np.linspace(4, -3, 7)
    data = dataset(features, **answers_of(model, answers))
    model = fitted(model, data, optimizer, epochs=5, batch_size=0 if optimizer == "lbfgs" else 16)
    weights, bias = model.exact()
    np.testing.assert_allclose(features @ weights + bias, model.scores(data), rtol=1e-4, atol=1e-5)
    shown = model.weights
    np.testing.assert_array_equal(shown[0], weights.astype(np.float32))
    np.testing.assert_array_equal(shown[1], bias.astype(np.float32))


@kinds
def test_gradient_is_by_the_weights_that_are_shown(loss, binary):
    model, features, answers = random_case(loss, binary=binary, l2=0.0)
    data = dataset(features * 3 + 1, **answers_of(model, answers))
    trained = fitted(model, data, "adam", epochs=2, batch_size=16)
    plain = model.another()
    plain.set_weights(*trained.weights)
    for found, expected in zip(trained.gradient(data), plain.gradient(data), strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-3, atol=2e-4)


def test_penalty_is_that_of_standardized_weights():
    model, features, targets = random_case("squared_error", outputs=1)
    scales = 10.0 ** np.linspace(-2, 2, 7)
    data = dataset(features * scales + 5, targets=targets)
    trained = fitted(model, data)
    loss = trained.evaluate(data)[0]
    trained.call("set_l2", 0.5)
    own = (trained.exact()[0][:, 0] * np.std(np.float64(features * scales + 5), axis=0)) ** 2
    assert trained.evaluate(data)[0] == pytest.approx(loss + 0.5 * own.sum(), rel=1e-5)


def test_the_minimum_is_that_of_ridge_behind_a_scaler():
    ridge = pytest.importorskip("sklearn.linear_model").Ridge(alpha=0.3 * 200)
    scaler = pytest.importorskip("sklearn.preprocessing").StandardScaler()
    model, features, targets = random_case("squared_error", samples=200, outputs=2, l2=0.3)
    features = np.float64(features) * 10.0 ** np.linspace(-3, 6, 7) + 7
    data = dataset(features, targets=targets)
    trained = fitted(model, data, epochs=200)
    scaled = scaler.fit_transform(features)
    np.testing.assert_allclose(trained.scores(data), ridge.fit(scaled, targets).predict(scaled), rtol=1e-3, atol=1e-3)


def test_what_the_caller_writes_to_the_weights_counts():
    model, features, labels = random_case("softmax_cross_entropy")
    data = dataset(features * 4 - 2, labels)
    trained = fitted(model, data)
    random = np.random.default_rng(1)
    weights, bias = random.normal(size=(7, 3)), random.normal(size=3)
    trained.set_weights(weights, bias)
    own = [part.copy() for part in trained.weights]
    expected = np.float64(features * 4 - 2) @ own[0] + own[1]
    np.testing.assert_allclose(trained.scores(data), expected, rtol=1e-5, atol=2e-5)
    assert all(np.array_equal(a, b) for a, b in zip(own, trained.weights, strict=True))
    np.testing.assert_allclose(trained.exact()[0], own[0], rtol=1e-6)
    loaded = trained.load(trained.save())
    np.testing.assert_array_equal(loaded.scores(data), trained.scores(data))
    # A single number, and what is learned from there.
    trained.weights[1][0] += 1
    np.testing.assert_allclose(trained.scores(data)[:, 0], expected[:, 0] + 1, rtol=1e-5, atol=2e-5)
    trained.fit(Optimizer("sgd", learning_rate=1e-12), data, epochs=1, batch_size=0, standardize=1)
    np.testing.assert_allclose(trained.scores(data)[:, 0], expected[:, 0] + 1, rtol=1e-5, atol=2e-5)


def test_one_that_is_standardized_keeps_its_figures():
    model, features, labels = random_case("softmax_cross_entropy")
    trained = fitted(model, dataset(features, labels), "adam", batch_size=16)
    kept = figures(trained)
    trained.fit(Optimizer("adam"), dataset(features * 5 + 3, labels), standardize=1)
    assert all(np.array_equal(a, b) for a, b in zip(kept, figures(trained), strict=True))


def test_a_fit_without_takes_features_as_they_are_again():
    model, features, labels = random_case("softmax_cross_entropy")
    data = dataset(features * 5 + 3, labels)
    trained = fitted(model, data)
    plain = model.another()
    plain.set_weights(*trained.weights)
    for each in (trained, plain):
        each.fit(Optimizer("adam"), data, epochs=2, batch_size=16)
    assert trained.bits == plain.bits
    assert trained.save() == plain.save()


@pytest.mark.parametrize("standardized", [False, True])
def test_a_fit_that_is_stopped_at_the_step_of_the_fit_before_keeps_its_figures(standardized):
    """The step's number must not be mistaken for that of the former fit."""
    model, features, labels = random_case("softmax_cross_entropy")
    data, runs = dataset(features * 5 + 3, labels), []
    for stops in (False, True):
        trained = model.another()
        trained.fit(Optimizer("adam"), data, epochs=1, batch_size=16, standardize=int(standardized))
        options = {"batch_size": 16, "standardize": int(not standardized)}
        if stops:
            with pytest.raises(RefusedError):
                trained.fit(Optimizer("adam"), data, lambda report: report.step == 4, epochs=3, **options)
        else:
            trained.fit(Optimizer("adam"), data, epochs=1, **options)
        runs.append((trained.bits, trained.scores(data).tobytes()))
    assert runs[0] == runs[1]


@pytest.mark.parametrize("fails", ["labels", "average", "features", "callback of nobody"])
def test_a_fit_that_made_no_step_leaves_the_figures(fails):
    model, features, labels = random_case("softmax_cross_entropy")
    for standardized in (0, 1):
        trained = model.another()
        trained.fit(Optimizer("adam"), dataset(features, labels), standardize=standardized)
        kept, options = trained.save(), {"standardize": 1 - standardized}
        spoilt = features.copy()
        spoilt[3, 3] = np.nan
        bad = {
            "labels": (dataset(features, labels + 5), {}),
            "average": (dataset(features, labels), {"average": 1}),
            "features": (dataset(spoilt, labels), {"check_features": 1, "batch_size": 0}),
            "callback of nobody": (dataset(spoilt, labels), {"check_features": 1, "batch_size": 60}),
        }[fails]
        with pytest.raises(RefusedError):
            trained.fit(Optimizer("adam"), bad[0], **options, **bad[1])
        assert trained.save() == kept


@pytest.mark.parametrize("value", [0.0, 1.0, -3e5, 0.1, 1e-30])
def test_constant_columns(value):
    model, features, labels = random_case("softmax_cross_entropy")
    for dtype in (np.float32, np.float64):
        own = features.astype(dtype)
        own[:, 2] = value
        data = dataset(own, labels)
        trained = fitted(model, data)
        centers, factors = figures(trained)
        assert (centers[2], factors[2]) == (own[0, 2], 1)
        assert np.isfinite(trained.scores(data)).all()
        without = np.ascontiguousarray(np.delete(own, 2, axis=1))
        other = fitted(Model("softmax_cross_entropy", 6, 3), dataset(without, labels))
        np.testing.assert_allclose(trained.scores(data), other.scores(dataset(without, labels)), atol=2e-3)


@kinds
def test_one_sample(loss, binary):
    model, features, answers = random_case(loss, samples=1, binary=binary)
    data = dataset(features, **answers_of(model, answers))
    trained = fitted(model, data, "adam", epochs=50)
    assert not trained.exact()[0].any()
    assert np.isfinite(trained.scores(data)).all()
    assert trained.evaluate(data)[0] <= model.another().evaluate(data)[0]


def test_features_too_large_for_it_are_named():
    model, features, labels = random_case("softmax_cross_entropy")
    for size in (1e160, 1e200):
        own = np.float64(features)
        own[:, 4] *= size
        with pytest.raises(RefusedError, match="column 4 is too large to be standardized"):
            fitted(model, dataset(own, labels))


@pytest.mark.parametrize("size", [1e-140, 1e-40, 1e40, 1e140])
def test_features_of_sizes_that_float32_does_not_hold(size):
    model, features, labels = random_case("softmax_cross_entropy", l2=1e-3)
    own = np.float64(features)
    plain = dataset(own, labels)
    scaled = own.copy()
    scaled[:, 4] *= size
    data = dataset(scaled, labels)
    found, expected = fitted(model, data), fitted(model, plain)
    np.testing.assert_allclose(found.scores(data), expected.scores(plain), atol=1e-4)
    loaded = found.load(found.save())
    np.testing.assert_array_equal(loaded.scores(data), found.scores(data))


def test_drawn_weights_are_of_features_as_they_are():
    model, features, labels = random_case("softmax_cross_entropy")
    data = dataset(features * 5 + 3, labels)
    trained, plain = fitted(model, data), model.another()
    for each in (trained, plain):
        each.call("initialize", 0.5, 3)
    assert trained.scores(data).tobytes() == plain.scores(data).tobytes()
    assert trained.save() == plain.save()


def test_a_range_test_sees_features_as_the_fit_will():
    """On one that is standardized, and one whose weights the caller has changed."""
    model, features, labels = random_case("softmax_cross_entropy")
    data = dataset(features * 50 + 30, labels)
    trained, plain, optimizer = fitted(model, data), model.another(), Optimizer("sgd")
    trained.set_weights(0, 0)
    for standardize in (0, 1):
        found = trained.rates(optimizer, data, standardize=standardize, batch_size=16)
        expected = plain.rates(optimizer, data, standardize=standardize, batch_size=16)
        assert found[0].tobytes() == expected[0].tobytes()
        assert found[1].tobytes() == expected[1].tobytes()
    assert trained.rates(optimizer, data, standardize=1)[2] > 20 * trained.rates(optimizer, data, standardize=0)[2]
