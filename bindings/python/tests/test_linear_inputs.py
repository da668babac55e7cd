"""What data may be: the same numbers in other types give the same bits, what is no number is found or
passes harmlessly, and weights count samples."""

import ctypes

import numpy as np
import pytest
from linear_models import (
    INVALID,
    KINDS,
    LABELLED,
    NOT_FINITE,
    REAL,
    Model,
    Optimizer,
    RefusedError,
    answers_of,
    dataset,
    random_case,
)

from descent._c.library import library

kinds = pytest.mark.parametrize(("loss", "binary"), KINDS)
FITS = [
    ("adam", {"batch_size": 16, "epochs": 3}),
    ("adam", {"batch_size": 16, "epochs": 3, "standardize": 1}),
    ("lbfgs", {"batch_size": 0, "epochs": 8}),
    ("lbfgs", {"batch_size": 0, "epochs": 8, "standardize": 1}),
]


def fitted_bits(model, data, optimizer, **options):
    """All that a fit leaves."""
    model = model.another()
    model.fit(Optimizer(optimizer), data, **options)
    parts = [model.bits, *(part.tobytes() for part in model.exact()), model.scores(data).tobytes()]
    return [*parts, model.predict(data).tobytes(), model.evaluate(data)]


@kinds
@pytest.mark.parametrize(("optimizer", "options"), FITS)
def test_the_same_numbers_in_other_types_give_the_same_bits(loss, binary, optimizer, options):
    model, _, answers = random_case(loss, binary=binary)
    raw = np.random.default_rng(1).integers(0, 256, (60, 7)).astype(np.uint8)
    kept = answers_of(model, answers)
    for scale, offset in [(1.0, 0.0), (1 / 255, 0.0), (1 / 128, -1.0)]:
        found = [
            fitted_bits(model, dataset(raw.astype(kind), **kept, scale=scale, offset=offset), optimizer, **options)
            for kind in (np.float32, np.float64, np.uint8)
        ]
        assert found[0] == found[1] == found[2]


def test_doubles_are_centred_before_they_are_rounded():
    random = np.random.default_rng(3)
    features = random.normal(size=(200, 3)) + 1e9
    labels = (features[:, 0] > 1e9).astype(np.int32)
    model, data = Model("softmax_cross_entropy", 3, binary=True), dataset(features, labels)
    model.fit(Optimizer("lbfgs"), data, batch_size=0, epochs=50, standardize=1)
    assert model.evaluate(data)[1] > 0.98


@kinds
@pytest.mark.parametrize(("optimizer", "options"), FITS)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_what_is_no_number_is_named(loss, binary, optimizer, options, dtype):
    model, features, answers = random_case(loss, binary=binary)
    clean = model.another()
    clean.fit(Optimizer(optimizer), dataset(features, **answers_of(model, answers)), **options)
    for value in (np.nan, np.inf, -np.inf):
        spoilt = features.astype(dtype)
        spoilt[37, 4] = value
        data = dataset(spoilt, **answers_of(model, answers))
        for before in (model.another(), clean):
            kept = before.save()
            with pytest.raises(RefusedError, match=r"data: features: row 37, column 4: (nan|inf|-inf)") as refusal:
                before.fit(Optimizer(optimizer), data, check_features=1, **options)
            assert refusal.value.status == NOT_FINITE
            # With minibatches the steps before the one that would have used it were made, unless means came first.
            if options["batch_size"] == 0 or (options.get("standardize") and before is not clean):
                assert before.save() == kept
            else:
                assert all(np.isfinite(part).all() for part in before.weights)


@kinds
def test_what_is_no_number_crashes_nothing(loss, binary):
    model, features, answers = random_case(loss, binary=binary)
    spoilt = features.copy()
    spoilt[5, 2] = np.nan
    data = dataset(spoilt, **answers_of(model, answers))
    trained = model.another()
    result = trained.fit(Optimizer("adam"), data, batch_size=16, epochs=2)
    assert (result["reason"], result["is_amiss"]) == ("epochs", 1)
    assert np.isnan(trained.evaluate(data)[0])
    assert np.isnan(model.scores(data)[5]).all()
    assert not np.isnan(np.delete(model.scores(data), 5, axis=0)).any()
    if model.kind == "classifier":
        with pytest.raises(RefusedError, match="row 5, column 2: nan"):
            model.predict(data)
    else:
        assert np.isnan(model.predict(data)[5]).all()
    with pytest.raises(RefusedError, match="the loss is nan"):
        model.fit(Optimizer("lbfgs"), data, batch_size=0)
    with pytest.raises(RefusedError, match="row 5, column 2: nan"):
        model.fit(Optimizer("adam"), data, standardize=1)


@pytest.mark.parametrize("sampling", ["replacement", "weighted"])
def test_a_sample_that_may_not_be_drawn_is_looked_at(sampling):
    model, features, labels = random_case("squared_hinge")
    features[59, 6] = np.inf
    weights = np.ones(60)
    weights[59] = 0
    with pytest.raises(RefusedError, match="row 59, column 6: inf"):
        model.fit(Optimizer("sgd"), dataset(features, labels, weights=weights), sampling=sampling, check_features=1)


def test_validation_data_are_looked_at():
    model, features, labels = random_case("squared_hinge")
    other = features.copy()
    other[1, 2] = np.nan
    bad, good = dataset(other, labels), dataset(features, labels)
    with pytest.raises(RefusedError, match="options: validation: data: features: row 1, column 2: nan"):
        model.fit(Optimizer("sgd"), good, validation=bad, check_features=1)
    for changes in ({"labels": None}, {"labels": labels + 1}, {"features": np.ones((60, 3), np.float32)}):
        wrong = dataset(**({"features": features, "labels": labels} | changes))
        kept = model.save()
        with pytest.raises(RefusedError, match="options: validation"):
            model.fit(Optimizer("sgd"), good, validation=wrong)
        assert model.save() == kept


def test_check_of_a_data_set():
    for dtype in (np.float32, np.float64):
        features = np.zeros((50, 33), dtype)
        assert library.descent_dataset_check(ctypes.byref(dataset(features)), 1) == 0
        for place in [(0, 0), (49, 32), (17, 16)]:
            features[place] = -np.inf
            assert library.descent_dataset_check(ctypes.byref(dataset(features)), 1) == NOT_FINITE
            assert f"row {place[0]}, column {place[1]}: -inf".encode() in library.descent_last_error()
            features[place] = 0


@pytest.mark.parametrize(
    ("loss", "target", "range_"),
    [("logistic", -1e-9, r"\[0, 1\]"), ("logistic", 1.0000001, r"\[0, 1\]"), ("poisson", -1e-30, r"\[0, inf\)")],
)
def test_targets_that_a_loss_does_not_take(loss, target, range_):
    model, features, targets = random_case(loss)
    targets[20, 1] = target
    kept = model.save()
    with pytest.raises(
        RefusedError, match=f"targets: row 20, column 1: .* is outside {range_}, where those of {loss} lie"
    ) as refusal:
        model.fit(Optimizer("sgd"), dataset(features, targets=targets))
    assert refusal.value.status == INVALID
    assert model.save() == kept


def test_targets_that_float32_does_not_hold():
    targets = np.zeros((2, 1))
    targets[1] = 1e39
    with pytest.raises(RefusedError, match="targets: row 1, column 0: 1e\\+39 is not finite in float32"):
        Model("squared_error", 1).evaluate(dataset(np.ones((2, 1), np.float32), targets=targets))


# Weights.


def counted(loss, *, binary=False, outputs=3):
    """(model, data with weights, the same with samples left out and repeated)"""
    model, features, answers = random_case(loss, binary=binary, outputs=outputs)
    counts = np.random.default_rng(7).integers(0, 4, 60)
    weighted = dataset(features, **answers_of(model, answers), weights=counts * 0.37)
    order = np.repeat(np.arange(60), counts)
    return model, weighted, dataset(features[order], **answers_of(model, answers[order]))


@kinds
@pytest.mark.parametrize("standardize", [0, 1])
def test_weights_are_numbers_of_samples(loss, binary, standardize):
    model, weighted, repeated = counted(loss, binary=binary)
    np.testing.assert_allclose(model.evaluate(weighted), model.evaluate(repeated), rtol=1e-6)
    for found, expected in zip(model.gradient(weighted), model.gradient(repeated), strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-6)
    one, other = model.another(), model.another()
    # A smooth loss has one minimum; at a kink two batch methods may part.
    smooth = loss in ("softmax_cross_entropy", "squared_hinge", "squared_error", "huber", "logistic", "poisson")
    optimizer, options = ("lbfgs", {"epochs": 100}) if smooth else ("sgd", {"epochs": 30})
    for each, data in ((one, weighted), (other, repeated)):
        each.call("set_l2", 0.01)
        each.fit(Optimizer(optimizer), data, batch_size=0, standardize=standardize, **options)
    np.testing.assert_allclose(one.scores(weighted), other.scores(weighted), atol=2e-3 if smooth else 1e-4)
    if standardize:
        for found, expected in zip(one.exact(), other.exact(), strict=True):
            np.testing.assert_allclose(found, expected, rtol=5e-3, atol=2e-3)


@pytest.mark.parametrize("loss", [*LABELLED, *REAL])
def test_weights_through_matrix_products(loss):
    model, weighted, repeated = counted(loss, outputs=60)
    np.testing.assert_allclose(model.evaluate(weighted), model.evaluate(repeated), rtol=1e-5)
    for found, expected in zip(model.gradient(weighted), model.gradient(repeated), strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-5)


def test_weights_of_equal_size_are_none():
    model, features, labels = random_case("softmax_cross_entropy")
    plain, weighted = dataset(features, labels), dataset(features, labels, weights=np.full(60, 8.0))
    assert model.evaluate(weighted) == model.evaluate(plain)
    assert [part.tobytes() for part in model.gradient(weighted)[1:]] == [
        part.tobytes() for part in model.gradient(plain)[1:]
    ]


@pytest.mark.parametrize("size", [1e-300, 1e-45, 3.7, 1e39, 1e300])
@pytest.mark.parametrize(("optimizer", "options"), FITS)
def test_the_size_of_weights_does_not_matter(optimizer, options, size):
    model, features, labels = random_case("softmax_cross_entropy")
    weights = np.random.default_rng(5).random(60)
    plain, other = (model.another() for _ in range(2))
    for each, scale in ((plain, 1), (other, size)):
        each.call("set_l2", 0.01)
        each.fit(Optimizer(optimizer), dataset(features, labels, weights=weights * scale), **options)
    data = dataset(features, labels)
    np.testing.assert_allclose(other.scores(data), plain.scores(data), atol=2e-4)


@pytest.mark.parametrize("loss", ["softmax_cross_entropy", "squared_error"])
def test_a_score_of_weighted_samples_that_are_all_right_is_1(loss):
    features = np.eye(4, dtype=np.float32)
    model = Model(loss, 4, 4)
    model.set_weights(10 * np.eye(4), np.zeros(4))
    weights = np.array([0.1, 0.7, 1e-3, 3.3])
    answers = answers_of(model, np.arange(4) if loss in LABELLED else 10.0 * np.eye(4))
    assert model.evaluate(dataset(features, **answers, weights=weights))[1] == pytest.approx(1, abs=1e-15)
    assert model.evaluate(dataset(features, **answers, weights=weights))[1] <= 1


def test_weighted_sampling_draws_by_them():
    """A sample of weight 0 is never drawn; the loss of the drawn ones is not weighted once more."""
    features = np.array([[1.0], [np.nan], [1.0]], np.float32)
    targets = np.array([[2.0], [5.0], [2.0]])
    model = Model("squared_error", 1)
    data = dataset(features, targets=targets, weights=np.array([1e-3, 0.0, 7.0]))
    losses = []
    result = model.fit(
        Optimizer("sgd", learning_rate=0.1),
        data,
        lambda report: losses.append(report.loss),
        sampling="weighted",
        batch_size=2,
        epochs=30,
    )
    assert result["reason"] == "epochs"
    assert losses[0] == 4
    assert losses[-1] < 1e-6
