"""The linear classifier against NumPy: losses, gradients, training, and scikit-learn's manners."""

import copy
import ctypes
import pickle
import threading

import numpy as np
import pytest
import textbook

import descent
from descent._c.library import library
from descent.demonstrations import image_sets
from descent.linear._model import LinearModel, Samples

LOSSES = list(textbook.LABEL_LOSSES)


def blobs(samples=90, dimension=5, classes=3, seed=0):
    """Points around a centre for each class."""
    random = np.random.default_rng(seed)
    labels = random.integers(0, classes, samples)
    centres = 2 * random.normal(size=(classes, dimension))
    return (centres[labels] + random.normal(size=(samples, dimension))).astype(np.float32), labels


def model_of(loss, l2, weights, bias):
    """The library's classifier with these parameters."""
    model = LinearModel("classifier", *weights.shape, loss)
    model.set_l2(l2)
    own_weights, own_bias = model._parameter_views()
    own_weights[:], own_bias[:] = weights, bias
    return model


@pytest.fixture(scope="module")
def digits():
    return image_sets.load(image_sets.OPTICAL_DIGITS)


@pytest.mark.parametrize("l2", [0, 0.1])
@pytest.mark.parametrize("loss", LOSSES)
def test_loss_and_gradient_are_those_of_a_central_difference(loss, l2):
    features, labels = blobs(40, 6, 4)
    random = np.random.default_rng(1)
    weights, bias = random.normal(size=(6, 4)).astype(np.float32), random.normal(size=4).astype(np.float32)
    model = model_of(loss, l2, weights, bias)
    data = Samples(features, labels.astype(np.int32)).described()
    value = ctypes.c_double()
    slopes, bias_slopes = np.empty_like(weights), np.empty_like(bias)
    pointers = (slopes.ctypes.data_as(ctypes.POINTER(ctypes.c_float)) for slopes in (slopes, bias_slopes))
    status = library.descent_classifier_loss_gradient(
        model._pointer, ctypes.byref(data), ctypes.byref(value), *pointers
    )
    assert status == 0

    x, w, b = features.astype(np.float64), weights.astype(np.float64), bias.astype(np.float64)

    def expected():
        return textbook.classifier_loss(loss, x, labels, w, b, l2=l2)[0]

    assert value.value == pytest.approx(expected(), rel=1e-6)
    assert model.evaluate(data)[0] == pytest.approx(expected(), rel=1e-6)
    numeric = textbook.central_difference(lambda _: expected(), w, 1e-6)
    bias_numeric = textbook.central_difference(lambda _: expected(), b, 1e-6)
    np.testing.assert_allclose(slopes, numeric, rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(bias_slopes, bias_numeric, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("l2", [0, 0.01])
@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("name", textbook.RULES)
def test_batch_gradient_descent_is_that_of_numpy(name, loss, l2):
    features, labels = blobs()
    epochs, rate = 25, 0.003
    optimizer = descent.OPTIMIZERS[name](learning_rate=rate)
    classifier = descent.LinearClassifier(loss=loss, optimizer=optimizer, l2=l2, epochs=epochs, batch_size=0)
    classifier.fit(features, labels)

    x, state, losses = features.astype(np.float64), ({}, {}), []
    w, b = np.zeros((5, 3)), np.zeros(3)
    for t in range(1, epochs + 1):
        value, slopes, bias_slopes = textbook.classifier_loss(loss, x, labels, w, b, l2=l2)
        losses.append(value)
        w = textbook.RULES[name](w, slopes, state[0], t, learning_rate=rate)
        b = textbook.RULES[name](b, bias_slopes, state[1], t, learning_rate=rate)
    np.testing.assert_allclose(classifier.coef_, w.T, rtol=1e-3, atol=2e-5)
    np.testing.assert_allclose(classifier.intercept_, b, rtol=1e-3, atol=2e-5)
    np.testing.assert_allclose([entry["loss"] for entry in classifier.history_], losses, rtol=1e-5)
    scores = x @ w + b
    np.testing.assert_allclose(classifier.decision_function(features), scores, rtol=1e-3, atol=1e-3)
    expected = textbook.classifier_loss(loss, x, labels, w, b, l2=l2)[0], (scores.argmax(axis=1) == labels).mean()
    np.testing.assert_allclose(classifier.evaluate(features, labels), expected, rtol=1e-4)
    assert optimizer.step_count == epochs
    if "velocity" in state[0]:
        np.testing.assert_allclose(optimizer.state("weights", "velocity"), state[0]["velocity"], rtol=1e-3, atol=1e-5)
        np.testing.assert_allclose(optimizer.state("bias", "velocity"), state[1]["velocity"], rtol=1e-3, atol=1e-5)


@pytest.mark.parametrize("sampling", ["shuffle", "replacement", "stratified"])
@pytest.mark.parametrize("loss", LOSSES)
def test_learns_to_read_digits(digits, loss, sampling):
    classifier = descent.LinearClassifier(
        loss=loss,
        optimizer=descent.Adam(learning_rate=0.01),
        epochs=30,
        batch_size=32,
        sampling=sampling,
        scale=digits.scale,
        seed=3,
    )
    classifier.fit(digits.train_images, digits.train_labels)
    assert classifier.score(digits.test_images, digits.test_labels) > 0.87
    assert classifier.coef_.shape == (10, 64)
    assert classifier.intercept_.shape == (10,)
    assert classifier.n_features_in_ == 64
    np.testing.assert_array_equal(classifier.classes_, range(10))


def test_bytes_and_floats_give_the_same_bits(digits):
    as_bytes, labels = digits.train_images, digits.train_labels
    as_floats = as_bytes * np.float32(1 / 255)
    settings = {"optimizer": "adam", "epochs": 3, "batch_size": 50, "initial_standard_deviation": 0.1}
    from_bytes = descent.LinearClassifier(**settings).fit(as_bytes, labels)
    from_floats = descent.LinearClassifier(**settings).fit(as_floats, labels)
    assert as_floats.dtype == np.float32
    assert from_bytes.coef_.tobytes() == from_floats.coef_.tobytes()
    assert from_bytes.decision_function(as_bytes).tobytes() == from_floats.decision_function(as_floats).tobytes()
    assert from_bytes.evaluate(as_bytes, labels) == from_floats.evaluate(as_floats, labels)


def test_scale_and_offset():
    features, labels = blobs()
    prepared = features * np.float32(0.5) + np.float32(0.25)
    raw = descent.LinearClassifier(optimizer="adam", scale=0.5, offset=0.25, epochs=2).fit(features, labels)
    assert (
        raw.coef_.tobytes()
        == descent.LinearClassifier(optimizer="adam", epochs=2).fit(prepared, labels).coef_.tobytes()
    )


def test_doubles_are_rounded_and_read_only_features_are_welcome():
    features, labels = blobs()
    expected = descent.LinearClassifier(optimizer="adam", epochs=2).fit(features, labels)
    features.flags.writeable = False
    for given in (features, features.astype(np.float64)):
        classifier = descent.LinearClassifier(optimizer="adam", epochs=2).fit(given, labels)
        assert classifier.coef_.tobytes() == expected.coef_.tobytes()
        np.testing.assert_array_equal(classifier.predict(given), expected.predict(features))


def test_an_offset_takes_away_what_float32_cannot_hold():
    # Times of a day in seconds since 1970: float32 has three different values for them.
    random = np.random.default_rng(5)
    seconds = np.sort(random.integers(1_700_000_000, 1_700_000_300, (400, 1)), axis=0)
    labels = (seconds[:, 0] > 1_700_000_150).astype(int)
    settings = {
        "offset": -1_700_000_150 / 150,
        "scale": 1 / 150,
        "epochs": 30,
        "optimizer": descent.Adam(learning_rate=0.1),
    }
    near = ((seconds - 1_700_000_150) / 150).astype(np.float32)
    expected = descent.LinearClassifier(**(settings | {"offset": 0, "scale": 1})).fit(near, labels)
    for dtype in (np.float64, np.int64, np.uint64, np.int32, np.uint32):
        times = seconds.astype(dtype)
        classifier = descent.LinearClassifier(**settings).fit(times, labels)
        assert classifier.score(times, labels) > 0.98
        np.testing.assert_allclose(classifier.coef_, expected.coef_, rtol=1e-4)
        np.testing.assert_array_equal(classifier.predict(times), expected.predict(near))
        # The method that goes on, and the others, see the same numbers.
        classifier.set_params(epochs=31).resume(times, labels)
        assert classifier.evaluate(times, labels)[1] > 0.98
        assert classifier.check_gradient(times, labels).checked == 2
        assert np.isfinite(classifier.random_search(times, labels, trials=3).fun)


@pytest.mark.parametrize("dtype", ["f8", "f4", "i1", "u2", "i4", "i8", "u8"])
def test_features_are_scaled_in_double_and_rounded_once(dtype):
    random = np.random.default_rng(7)
    features = random.integers(0, 100, (3000, 50)).astype(dtype)
    if dtype[0] == "f":
        features += random.random(features.shape).astype(dtype)
    labels = np.arange(3000) % 3
    classifier = descent.LinearClassifier(
        scale=0.0123, offset=-0.61, epochs=1, optimizer=descent.SGD(learning_rate=0.01)
    )
    # What is used in float32 is scaled in float32.
    is_narrow = dtype in ("f4", "i1", "u2")
    scale, offset = (np.float32(0.0123), np.float32(-0.61)) if is_narrow else (0.0123, -0.61)
    exact = (features.astype(np.float64) * np.float64(scale) + np.float64(offset)).astype(np.float32)
    plain = descent.LinearClassifier(epochs=1, optimizer=descent.SGD(learning_rate=0.01)).fit(exact, labels)
    classifier.fit(features, labels)
    assert classifier.coef_.tobytes() == plain.coef_.tobytes()
    assert classifier.decision_function(features).tobytes() == plain.decision_function(exact).tobytes()


def test_scales_that_float32_cannot_hold():
    features, labels = blobs()
    far = features.astype(np.float64) * 1e200
    expected = descent.LinearClassifier(optimizer="adam", epochs=1).fit(features, labels).coef_
    np.testing.assert_allclose(
        descent.LinearClassifier(optimizer="adam", epochs=1, scale=1e-200).fit(far, labels).coef_, expected, rtol=1e-5
    )
    # A scale that would be rounded to 0.
    large = features * np.float32(1e30)
    tiny = descent.LinearClassifier(epochs=1, scale=1e-60, optimizer=descent.SGD(learning_rate=1e20)).fit(large, labels)
    assert tiny.coef_.any()
    with pytest.raises(ValueError, match=r"scale: 1e\+39 does not fit into float32"):
        descent.LinearClassifier(optimizer="adam", scale=1e39).fit(features, labels)


def test_resume_refuses_other_data(tmp_path):
    features, labels = blobs()
    half = descent.LinearClassifier(
        optimizer="adam", epochs=2, batch_size=10, progress=lambda report: report.step == 3
    ).fit(features, labels)
    half.save(tmp_path / "half")
    other = features.copy()
    other[0, 0] += 1
    for classifier in (half, descent.LinearClassifier.load(tmp_path / "half")):
        classifier.set_params(progress=None)
        for wrong in (-features, other, features[::-1].copy()):
            with pytest.raises(ValueError, match="X: not those of the fit"):
                classifier.resume(wrong, labels)
        with pytest.raises(ValueError, match="y: not those of the fit"):
            classifier.resume(features, np.roll(labels, 1))
        assert len(classifier.history_) == 0
        # The same numbers in another type are the same data.
        classifier.resume(features.astype(np.float64), labels)
        assert len(classifier.history_) == 2


def test_seed_decides():
    features, labels = blobs()
    fits = [
        descent.LinearClassifier(optimizer="adam", seed=seed, epochs=2, batch_size=10)
        .fit(features, labels)
        .coef_.tobytes()
        for seed in (0, 0, 1, 2**64 - 1)
    ]
    assert fits[0] == fits[1]
    assert len(set(fits)) == 3


def test_initial_weights_are_normal():
    features, labels = np.zeros((3, 2000), np.float32), [0, 1, 2]
    still = descent.LinearClassifier(
        optimizer=descent.SGD(learning_rate=0), initial_standard_deviation=0.5, epochs=1, seed=4
    )
    weights = still.fit(features, labels).coef_
    assert abs(weights.mean()) < 0.03
    assert abs(weights.std() - 0.5) < 0.02
    assert not still.intercept_.any()
    still.seed = 5
    assert still.fit(features, labels).coef_.tobytes() != weights.tobytes()


def test_labels_of_any_kind():
    features, labels = blobs()
    expected = descent.LinearClassifier(optimizer="adam", epochs=3).fit(features, labels)
    for names in (np.array(["pear", "plum", "quince"]), np.array([-5, 0, 7]), np.array([0.0, 2.0, 1e9])):
        classifier = descent.LinearClassifier(optimizer="adam", epochs=3).fit(features, names[labels].tolist())
        np.testing.assert_array_equal(classifier.classes_, names)
        np.testing.assert_array_equal(classifier.predict(features), names[expected.predict(features)])
        assert classifier.coef_.tobytes() == expected.coef_.tobytes()
        assert classifier.score(features, names[labels]) == expected.score(features, labels)
        assert classifier.evaluate(features, names[labels]) == expected.evaluate(features, labels)


def test_probabilities_are_the_softmax_of_the_scores():
    features, labels = blobs()
    classifier = descent.LinearClassifier().fit(features, labels)
    scores = classifier.decision_function(features).astype(np.float64)
    expected = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    np.testing.assert_allclose(classifier.predict_proba(features), expected, rtol=1e-5)
    hinge = descent.LinearClassifier(loss="multiclass_hinge").fit(features, labels)
    with pytest.raises(AttributeError, match="softmax"):
        hinge.predict_proba(features)


def test_every_fit_starts_afresh():
    features, labels = blobs()
    momentum = descent.Momentum(learning_rate=0.1)
    momentum.step([(np.ones(7), np.ones(7))])  # tensors of another task
    classifier = descent.LinearClassifier(optimizer=momentum, epochs=2)
    first = classifier.fit(features, labels).coef_
    assert classifier.fit(features, labels).coef_.tobytes() == first.tobytes()
    assert momentum.step_count == 2
    assert classifier.optimizer is momentum
    momentum.learning_rate = 0.2
    assert classifier.fit(features, labels).coef_.tobytes() != first.tobytes()


@pytest.mark.parametrize(("optimizer", "same"), [("adam", descent.Adam), ("sgd", descent.SGD)])
def test_optimizer_by_name(optimizer, same):
    features, labels = blobs()
    named = descent.LinearClassifier(optimizer=optimizer, epochs=2).fit(features, labels)
    made = descent.LinearClassifier(optimizer=same(), epochs=2).fit(features, labels)
    assert named.coef_.tobytes() == made.coef_.tobytes()


def test_parameters_are_frozen_copies():
    features, labels = blobs()
    classifier = descent.LinearClassifier(optimizer="adam", epochs=1).fit(features, labels)
    kept = classifier.coef_
    with pytest.raises(ValueError, match="read-only"):
        kept[0, 0] = 1
    with pytest.raises(AttributeError):
        classifier.coef_ = kept
    before = kept.tobytes()
    classifier.set_params(epochs=5).fit(features, labels)
    assert kept.tobytes() == before != classifier.coef_.tobytes()


def test_settings_are_read_and_written_by_name():
    classifier = descent.LinearClassifier(epochs=3, loss="squared_hinge")
    assert classifier.get_params()["epochs"] == 3
    assert descent.LinearClassifier(**classifier.get_params()).get_params() == classifier.get_params()
    assert classifier.set_params(l2=0.5, seed=9) is classifier
    assert (classifier.l2, classifier.seed) == (0.5, 9)
    assert repr(classifier) == "LinearClassifier(loss='squared_hinge', l2=0.5, epochs=3, seed=9)"
    with pytest.raises(ValueError, match=r"'C'.*loss, optimizer"):
        classifier.set_params(C=1)


@pytest.mark.parametrize("twin_of", [copy.copy, copy.deepcopy, lambda c: pickle.loads(pickle.dumps(c))])
def test_fitted_classifier_can_be_copied_and_pickled(twin_of):
    features, labels = blobs()
    classifier = descent.LinearClassifier(optimizer=descent.Adam(learning_rate=0.1), l2=0.1).fit(features, labels)
    twin = twin_of(classifier)
    assert twin.coef_.tobytes() == classifier.coef_.tobytes()
    assert twin.evaluate(features, labels) == classifier.evaluate(features, labels)
    assert twin.optimizer.options == classifier.optimizer.options
    twin.fit(features, labels)
    assert twin.optimizer.step_count == classifier.optimizer.step_count


def test_predictions_from_several_threads():
    features, labels = blobs(500)
    classifier = descent.LinearClassifier(optimizer="adam", epochs=2).fit(features, labels)
    expected, wrong = classifier.predict(features), []

    def work():
        wrong.extend((classifier.predict(features) != expected).any() for _ in range(100))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(wrong) == 400
    assert not any(wrong)
