"""Weights of samples and of classes: 2 is a sample twice, 0 one that is not there."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from properties import SEEDS, generator
from test_classifier import blobs

import descent

LABELLED = ["softmax_cross_entropy", "squared_hinge", "multiclass_hinge", "one_vs_rest_squared_hinge"]
REAL = ["squared_error", "huber", "poisson", "logistic", "absolute_error", "quantile", "epsilon_insensitive"]
# Their minima are kinks, which a batch method comes near to only: the more so the fewer samples there are.
KINKED = ("multiclass_hinge", "absolute_error", "quantile", "epsilon_insensitive")


@st.composite
def weighted_samples(draw):
    """(model, features, answers, whole weights), of which some are 0."""
    random = generator(draw(SEEDS))
    samples, dimension = draw(st.integers(8, 60)), draw(st.integers(1, 6))
    features = random.normal(size=(samples, dimension)).astype(draw(st.sampled_from([np.float32, np.float64])))
    weights = random.integers(0, 4, samples)
    loss = draw(st.sampled_from(LABELLED + REAL))
    settings = {"loss": loss, "l2": draw(st.sampled_from([0.01, 0.1]))}
    if loss in LABELLED:
        labels = np.arange(samples) % draw(st.integers(2, 4))
        weights[:4] = np.maximum(weights[:4], 1)  # each class is there
        return descent.LinearClassifier(**settings), features, labels, weights
    targets = random.random(samples) if loss == "logistic" else random.poisson(2, samples).astype(float)
    weights[0] = 1
    return descent.LinearRegressor(**settings), features, targets, weights


@given(weighted_samples())
def test_weights_are_repetitions(made):
    model, features, answers, weights = made
    repeated = np.repeat(np.arange(len(weights)), weights)
    twice = features[repeated], answers[repeated]
    model.fit(features, answers, sample_weight=weights)
    coef, scores = model.coef_, model.evaluate(features, answers, sample_weight=weights)
    # Of the same weights the loss and the score are the same;
    assert scores == pytest.approx(model.evaluate(*twice), rel=1e-5, abs=1e-6)
    if model.loss not in KINKED:
        # and so is the minimum.
        model.fit(*twice)
        assert scores[0] == pytest.approx(model.evaluate(*twice)[0], rel=1e-4, abs=1e-5)
        np.testing.assert_allclose(coef, model.coef_, rtol=2e-3, atol=2e-4)


@given(weighted_samples(), st.floats(0.1, 100))
def test_only_the_ratio_of_weights_counts(made, factor):
    model, features, answers, weights = made
    first = model.fit(features, answers, sample_weight=weights).evaluate(features, answers, sample_weight=weights)
    assert model.evaluate(features, answers, sample_weight=factor * weights) == pytest.approx(first, rel=1e-6)
    if model.loss not in KINKED:
        again = model.fit(features, answers, sample_weight=factor * weights).evaluate(features, answers, weights)
        assert again[0] == pytest.approx(first[0], rel=1e-4, abs=1e-5)


def test_minibatches_weigh_too():
    features, labels = blobs(200)
    weights = np.where(labels == 2, 0.0, 3.0)
    model = descent.LinearClassifier(optimizer=descent.Adam(learning_rate=0.01), batch_size=20, epochs=5)
    assert 2 not in model.fit(features, labels, sample_weight=weights).predict(features)
    assert model.score(features, labels, sample_weight=weights) > 0.95
    drawn = model.set_params(sampling="weighted").fit(features, labels, sample_weight=weights)
    assert 2 not in drawn.predict(features)


def test_weights_of_classes():
    features, labels = blobs(150)
    names = np.array(["a", "b", "c"])[labels]
    counts = np.bincount(labels)
    of_class = {"a": 2.0, "c": 0.5}
    expected = descent.LinearClassifier().fit(features, names, sample_weight=np.array([2, 1, 0.5])[labels])
    given_dict = descent.LinearClassifier(class_weight=of_class).fit(features, names)
    assert given_dict.coef_.tobytes() == expected.coef_.tobytes()
    balanced = descent.LinearClassifier(class_weight="balanced").fit(features, names)
    expected.fit(features, names, sample_weight=(150 / (3 * counts))[labels])
    assert balanced.coef_.tobytes() == expected.coef_.tobytes()
    # Weights multiply; the strength of the regularization is for each sample.
    one, three = (
        descent.LinearClassifier(class_weight=of_class, l2=0.01).fit(
            features, names, sample_weight=np.full(150, weight)
        )
        for weight in (1.0, 3.0)
    )
    np.testing.assert_allclose(three.coef_, one.coef_, rtol=1e-3, atol=1e-5)


def test_balanced_counts_samples_by_their_weights():
    features, labels = blobs(90)
    weights = np.random.default_rng(0).integers(0, 4, 90)
    repeated = np.repeat(np.arange(90), weights)
    balanced = descent.LinearClassifier(class_weight="balanced", l2=0.01)
    expected = balanced.fit(features[repeated], labels[repeated]).coef_
    np.testing.assert_allclose(balanced.fit(features, labels, sample_weight=weights).coef_, expected, atol=2e-4)


@pytest.mark.filterwarnings("error")
def test_balanced_does_without_a_class_that_is_not_there():
    features, labels = blobs(90)
    balanced = descent.LinearClassifier(class_weight="balanced", optimizer="adam")
    # In a chunk, in validation data, and where all samples of a class have weight 0.
    balanced.partial_fit(features[labels < 2], labels[labels < 2], classes=[0, 1, 2])
    balanced.fit(features, labels, validation=(features[labels < 2], labels[labels < 2]))
    without = balanced.fit(features, labels, sample_weight=(labels < 2).astype(float)).coef_
    assert np.isfinite(without).all()


def test_weights_of_classes_do_not_judge():
    features, labels = blobs(90, 3)
    labels[:30] = 0  # wrong ones, so that the weights would matter
    model = descent.LinearClassifier(class_weight={0: 9.0}).fit(features, labels)
    plain = descent.LinearClassifier().fit(features, labels)
    assert model.evaluate(features, labels)[1] == pytest.approx(model.score(features, labels))
    assert model.score(features, labels) != plain.score(features, labels)


def test_weights_of_classes_that_are_times():
    features, labels = blobs(60)
    days = np.array(["2026-01-01", "2026-01-02", "2026-01-03"], "datetime64[D]")
    weighted = descent.LinearClassifier(class_weight={days[1]: 5.0}).fit(features, days[labels])
    expected = descent.LinearClassifier(class_weight={1: 5.0}).fit(features, labels)
    assert weighted.coef_.tobytes() == expected.coef_.tobytes()


@pytest.mark.parametrize(
    ("weights", "error", "text"),
    [
        ({0: -1}, ValueError, r"class_weight\[0\]: -1 is outside \[0, inf\)"),
        ({2: np.nan}, ValueError, r"class_weight\[2\]: nan is outside"),
        ({1: np.inf}, ValueError, r"class_weight\[1\]: inf is outside"),
        ({1: "2"}, TypeError, r"class_weight\[1\] must be a number, not str"),
        ({0: 0, 1: 0, 2: 0}, ValueError, "class_weight: all samples that are there have weight 0"),
        ({7: 1, 8: 1}, ValueError, "class_weight: 7, 8: there is no such class in y"),
        ([1, 2, 3], ValueError, "class_weight must be None, 'balanced' or a dict"),
    ],
)
def test_weights_of_classes_that_are_none(weights, error, text):
    with pytest.raises(error, match=text):
        descent.LinearClassifier(class_weight=weights).fit(*blobs(60))


def test_balanced_helps_a_rare_class():
    random = np.random.default_rng(0)
    labels = (np.arange(2000) < 40).astype(int)
    features = random.normal(size=(2000, 2)) + labels[:, None] * 1.5
    plain, balanced = (descent.LinearClassifier(class_weight=w).fit(features, labels) for w in (None, "balanced"))
    rare = features[labels == 1]
    assert balanced.predict(rare).mean() > 0.8
    assert plain.predict(rare).mean() < 0.4


@pytest.mark.parametrize("model", [descent.LinearClassifier(), descent.LinearRegressor()])
@pytest.mark.parametrize(
    ("weights", "text"),
    [
        (np.zeros(90), "all are zero"),
        (np.full(90, -1.0), r"sample_weight\[0\]: -1"),
        (np.ones(89), r"sample_weight.shape == \(89,\)"),
        (np.ones((90, 1)), "1D"),
    ],
)
def test_weights_that_are_none(model, weights, text):
    features, labels = blobs()
    with pytest.raises(ValueError, match=text):
        model.fit(features, labels, sample_weight=weights)
