"""The linear classifier on data of any shape, against NumPy."""

import numpy as np
import textbook
from hypothesis import given
from hypothesis import strategies as st
from linear_models import JOINING
from properties import SEEDS, generator
from stepped import STEPPED

import descent

# In float32, after a few steps with features of about 1.
TOLERANCE = 2e-4


@st.composite
def data_sets(draw):
    """Features, labels, and the settings that belong to them."""
    samples, dimension, classes = draw(st.integers(2, 80)), draw(st.integers(1, 40)), draw(st.integers(2, 12))
    random = generator(draw(SEEDS))
    if draw(st.booleans()):
        features = random.integers(0, 256, (samples, dimension)).astype(np.uint8)
        scale, offset = draw(st.sampled_from([(1 / 255, 0.0), (1 / 128, -1.0)]))
    else:
        features = random.normal(size=(samples, dimension)).astype(np.float32)
        scale, offset = draw(st.sampled_from([(1.0, 0.0), (0.5, 0.0), (2.0, 0.25)]))
    labels = random.integers(0, classes, samples)
    settings = {
        "loss": draw(st.sampled_from(JOINING)),
        "l2": draw(st.sampled_from([0.0, 0.01, 1.0])),
        "batch_size": draw(st.sampled_from([0, 1, 7, 32])),
        "sampling": draw(st.sampled_from(["shuffle", "replacement", "stratified"])),
        "epochs": draw(st.integers(1, 2)),
        "seed": draw(st.integers(0, 2**32)),
        "scale": scale,
        "offset": offset,
    }
    return features, labels, settings


def train_in_numpy(features, indices, settings, rate):
    """Gradient descent on the library's minibatches; the last loss too."""
    x = (features * np.float32(settings["scale"]) + np.float32(settings["offset"])).astype(np.float64)
    classes = indices.max() + 1
    weights, bias = np.zeros((x.shape[1], classes)), np.zeros(classes)
    batch_size = min(settings["batch_size"] or len(x), len(x))
    sampler = descent.Sampler(len(x), batch_size, sampling=settings["sampling"], labels=indices, seed=settings["seed"])
    for _ in range(settings["epochs"]):
        for batch in sampler:
            _, of_weights, of_bias = textbook.classifier_loss(
                settings["loss"], x[batch], indices[batch], weights, bias, l2=settings["l2"]
            )
            # Of two classes the first has no weights of its own.
            of_weights[:, : int(classes == 2)], of_bias[: int(classes == 2)] = 0, 0
            weights, bias = weights - rate * of_weights, bias - rate * of_bias
    return x, weights, bias


@given(data_sets())
def test_training_and_prediction_against_numpy(made):
    features, labels, settings = made
    rate = 0.002
    classifier = descent.LinearClassifier(optimizer=descent.SGD(learning_rate=rate), **settings).fit(features, labels)
    known, indices = np.unique(labels, return_inverse=True)
    x, weights, bias = train_in_numpy(features, indices, settings, rate)
    scale = max(np.abs(weights).max(), np.abs(bias).max(), 1e-3)
    # A hinge whose margin is 0 up to rounding may count or not: then a sample's whole gradient differs.
    slack = 0 if settings["loss"] == "softmax_cross_entropy" else 0.01
    own_weights, own_bias = classifier.coef_.T.astype(np.float64), classifier.intercept_.astype(np.float64)
    if len(known) == 2:
        own_weights, own_bias = np.insert(own_weights, 0, 0, axis=1), np.insert(own_bias, 0, 0)
    assert np.abs(own_weights - weights).max() <= (TOLERANCE + slack) * scale
    assert np.abs(own_bias - bias).max() <= (TOLERANCE + slack) * scale

    scores = x @ own_weights + own_bias
    largest = max(1, np.abs(x).max()) * max(1e-3, np.abs(own_weights).max()) * x.shape[1]
    given_scores = classifier.decision_function(features)
    if len(known) == 2:
        given_scores = np.stack([np.zeros_like(given_scores), given_scores], axis=1)
    assert np.abs(given_scores - scores).max() <= 1e-5 * largest
    predicted = given_scores.argmax(axis=1)
    assert np.array_equal(classifier.predict(features), known[predicted])

    loss, accuracy = classifier.evaluate(features, labels)
    value, _, _ = textbook.classifier_loss(settings["loss"], x, indices, own_weights, own_bias, l2=settings["l2"])
    assert abs(loss - value) <= 1e-4 * max(1, abs(value))
    assert accuracy == np.mean(predicted == indices)


@given(data_sets(), st.sampled_from(sorted(STEPPED)), st.integers(1, 5))
def test_a_fit_that_was_stopped_goes_on_with_the_same_bits(made, algorithm, stop_at):
    features, labels, settings = made
    whole = descent.LinearClassifier(optimizer=algorithm, **settings).fit(features, labels)
    parts = descent.LinearClassifier(optimizer=algorithm, progress=lambda report: report.step >= stop_at, **settings)
    parts.fit(features, labels)
    parts.set_params(progress=None).resume(features, labels)
    assert parts.coef_.tobytes() == whole.coef_.tobytes()
    assert parts.intercept_.tobytes() == whole.intercept_.tobytes()
    assert parts.history_[-1]["step"] == whole.history_[-1]["step"]
