"""The loss of every kind of linear model and its gradient, against textbook code and central differences in double."""

import numpy as np
import pytest
from linear_models import (
    JOINING,
    KINDS,
    LABELLED,
    PARAMETERS,
    REAL,
    Model,
    Optimizer,
    answers_of,
    dataset,
    mean_loss,
    random_case,
)

from descent._c.library import library

kinds = pytest.mark.parametrize(("loss", "binary"), KINDS)


def central_differences(model, features, answers, weights, step=1e-6):
    """The gradient by W and b of the textbook's loss."""
    own = [np.float64(part) for part in model.weights]
    gradient = [np.zeros_like(part) for part in own]
    for part, slopes in zip(own, gradient, strict=True):
        for place in np.ndindex(part.shape):
            kept, values = part[place], []
            for change in (step, -step):
                part[place] = kept + change
                values.append(mean_loss(model, features, answers, weights, own))
            part[place] = kept
            slopes[place] = (values[0] - values[1]) / (2 * step)
    return gradient


def require_right(model, features, answers, weights, **storage):
    data = dataset(storage.pop("stored", features), **answers_of(model, answers), weights=weights, **storage)
    loss, *gradient = model.gradient(data)
    expected = mean_loss(model, features, answers, weights)
    assert loss == pytest.approx(expected, rel=2e-6, abs=1e-6)
    assert model.evaluate(data)[0] == pytest.approx(expected, rel=2e-6, abs=1e-6)
    for found, slopes in zip(gradient, central_differences(model, features, answers, weights), strict=True):
        np.testing.assert_allclose(found, slopes, rtol=2e-4, atol=3e-6 * max(1, abs(expected)))


@kinds
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("l2", [0.0, 0.3])
def test_gradient_against_central_differences(loss, binary, weighted, l2):
    for samples, dimension, outputs in [(1, 1, 2), (9, 5, 1), (61, 17, 3), (130, 3, 2)]:
        if loss in LABELLED and outputs == 1 and not binary:
            continue
        model, features, answers = random_case(loss, samples, dimension, outputs, binary=binary, l2=l2, seed=samples)
        random = np.random.default_rng(3)
        weights = random.integers(0, 4, samples) + 0.25 * random.random(samples) if weighted else None
        require_right(model, features, answers, weights)


@kinds
@pytest.mark.parametrize("standardize", [0, 1])
def test_the_library_s_own_check(loss, binary, standardize):
    model, features, answers = random_case(loss, samples=300, binary=binary, l2=0.01)
    weights = np.random.default_rng(6).integers(0, 3, 300)
    data = dataset(np.float64(features) * 3 + 1, **answers_of(model, answers), weights=weights)
    model.fit(Optimizer("adam"), data, epochs=1, standardize=standardize)
    error, checked = model.check_gradient(data)
    assert checked == model.weights[0].size + model.weights[1].size
    assert error < 1e-3


@kinds
def test_stored_as_doubles_bytes_and_scaled(loss, binary):
    model, features, answers = random_case(loss, binary=binary)
    require_right(model, features, answers, None, stored=np.float64(features))
    halves = np.float64(np.float32(features * 4))
    require_right(model, np.float32(0.25 * halves + 0.5), answers, None, stored=halves, scale=0.25, offset=0.5)
    raw = np.random.default_rng(2).integers(0, 256, features.shape).astype(np.uint8)
    require_right(model, np.float32(raw * np.float64(np.float32(1 / 255))), answers, None, stored=raw, scale=1 / 255)


@kinds
def test_through_matrix_products_too(loss, binary):
    if binary:
        pytest.skip("one column is never so wide")
    # More classes than the fused kernel takes; few samples, so that central differences are quick.
    model, features, answers = random_case(loss, samples=40, dimension=2, outputs=60, spread=0.2)
    weights = np.random.default_rng(4).integers(0, 3, 40).astype(float)
    require_right(model, features, answers, weights)
    require_right(model, features, answers, None)


@pytest.mark.parametrize("loss", REAL)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_targets_of_both_types(loss, dtype):
    model, features, targets = random_case(loss)
    exact = np.float64(np.float32(targets))
    found = model.gradient(dataset(features, targets=targets.astype(dtype)))
    expected = model.gradient(dataset(features, targets=exact))
    assert found[0] == expected[0]
    assert all(np.array_equal(a, b) for a, b in zip(found[1:], expected[1:], strict=True))


@pytest.mark.parametrize("loss", ["absolute_error", "quantile", "epsilon_insensitive", "squared_epsilon_insensitive"])
def test_kinks(loss):
    """Where the prediction is right to the bit, or off by epsilon, the gradient is 0, and so is the loss."""
    epsilon = 0.25 if "epsilon" in loss else 0.0
    model = Model(loss, 1, 3, parameter={"quantile": 0.3}.get(loss, epsilon if epsilon else None))
    model.set_weights(0, [1.0, -2.0, 0.5])
    features = np.ones((2, 1), np.float32)
    targets = np.array([[1.0, -2.0, 0.5]] * 2) + epsilon * np.array([[1.0, -1.0, 1.0], [-1.0, 1.0, -1.0]])
    value, weights, bias = model.gradient(dataset(features, targets=targets))
    assert value == 0
    assert not weights.any()
    assert not bias.any()


def test_hubers_pieces_meet():
    model = Model("huber", 1, 1, parameter=0.75)
    for error, slope in [(0.75, 0.75), (-0.75, -0.75), (3.0, 0.75), (-3.0, -0.75), (0.5, 0.5)]:
        model.set_weights(0, error)
        _, _, bias = model.gradient(dataset(np.ones((1, 1), np.float32), targets=np.zeros((1, 1))))
        assert bias[0] == slope


@pytest.mark.parametrize("loss", JOINING)
@pytest.mark.parametrize("standardize", [0, 1])
def test_one_column_is_two_with_opposite_weights(loss, standardize):
    """W of two antisymmetric columns learns what one does, if its rate is half as large."""
    _, features, labels = random_case(loss, samples=80, binary=True)
    data = dataset(features, labels=labels)
    one, two = Model(loss, 7, 1, binary=True), Model(loss, 7, 2)
    one.fit(Optimizer("sgd", learning_rate=0.05), data, epochs=40, batch_size=16, standardize=standardize)
    two.fit(Optimizer("sgd", learning_rate=0.025), data, epochs=40, batch_size=16, standardize=standardize)
    np.testing.assert_allclose(np.diff(two.scores(data), axis=1), one.scores(data), rtol=1e-4, atol=1e-4)
    np.testing.assert_array_equal(one.predict(data), two.predict(data))
    np.testing.assert_allclose(one.evaluate(data), two.evaluate(data), rtol=1e-5)


@pytest.mark.parametrize("loss", PARAMETERS)
def test_parameters_that_are_refused(loss):
    model = Model(loss, 2, 1)
    before = model.save()
    wrong = [*{"huber": [0], "quantile": [0, 1]}.get(loss, []), -0.5, np.nan, np.inf, -np.inf]
    for value in wrong:
        assert library.descent_regressor_set_loss_parameter(model.pointer, value) == 2
        assert library.descent_loss_parameter_name({**REAL}[loss]) in library.descent_last_error()
    assert model.save() == before
    assert library.descent_regressor_set_loss_parameter(Model("poisson", 2, 1).pointer, 0.5) == 8


@pytest.mark.parametrize(("loss", "response"), [("logistic", lambda s: 1 / (1 + np.exp(-s))), ("poisson", np.exp)])
def test_predictions_are_the_means(loss, response):
    model, features, targets = random_case(loss)
    data = dataset(features, targets=targets)
    np.testing.assert_allclose(model.predict(data), response(np.float64(model.scores(data))), rtol=1e-6)


@pytest.mark.parametrize("loss", REAL)
@pytest.mark.parametrize("outputs", [1, 3, 60])
@pytest.mark.parametrize("weighted", [False, True])
def test_determination(loss, outputs, weighted):
    metrics = pytest.importorskip("sklearn.metrics")
    model, features, targets = random_case(loss, samples=1500, outputs=outputs, seed=5, spread=0.1)
    weights = np.random.default_rng(1).random(1500) if weighted else None
    data = dataset(features, targets=targets, weights=weights)
    expected = metrics.r2_score(targets, model.predict(data), sample_weight=weights)
    assert model.evaluate(data)[1] == pytest.approx(expected, abs=1e-9)


def test_determination_of_targets_that_do_not_vary():
    model = Model("squared_error", 1, 2)
    features, targets = np.ones((4, 1), np.float32), np.full((4, 2), 3.0)
    data = dataset(features, targets=targets)
    assert model.evaluate(data)[1] == 0
    model.set_weights(0, [3, 3])
    assert model.evaluate(data)[1] == 1
    model.set_weights(0, [3, 0])
    assert model.evaluate(data)[1] == 0.5
