"""Learning from a stream: chunk by chunk, as a program in C has it with a second fit."""

import copy
import pickle

import linear_models
import numpy as np
import pytest
from test_classifier import blobs

import descent

FEATURES, LABELS = blobs(240, 6, 3, seed=2)
TARGETS = (FEATURES @ np.arange(6.0)).astype(np.float32)
CHUNKS = [slice(start, start + 60) for start in range(0, 240, 60)]


def streaming(**settings):
    adam = descent.Adam(learning_rate=0.02, schedule=descent.schedules.Exponential(steps=10))
    return descent.LinearClassifier(**{"optimizer": adam, "batch_size": 16} | settings)


def stream(model, chunks=CHUNKS):
    for chunk in chunks:
        model.partial_fit(FEATURES[chunk], LABELS[chunk], classes=[0, 1, 2])
    return model


def test_it_is_cs_second_fit():
    own = stream(streaming())
    model = linear_models.Model("softmax_cross_entropy", 6, 3)
    optimizer = linear_models.Optimizer.load(streaming().optimizer._saved())
    for chunk in CHUNKS:
        data = linear_models.dataset(FEATURES[chunk].copy(), labels=LABELS[chunk])
        model.fit(optimizer, data, epochs=1, batch_size=16, check_features=1)
    weights, bias = model.weights
    assert own.coef_.tobytes() == np.ascontiguousarray(weights.T).tobytes()
    assert own.intercept_.tobytes() == bias.tobytes()
    assert own.optimizer.step_count == 16


def test_a_stream_is_learned():
    model = descent.LinearClassifier(batch_size=16)
    for _ in range(20):
        stream(model)
    assert model.score(FEATURES, LABELS) > 0.9
    assert model._optimizer.step_count == 320
    regressor = descent.LinearRegressor(optimizer=descent.Adam(learning_rate=0.05), batch_size=16)
    for _ in range(60):
        for chunk in CHUNKS:
            regressor.partial_fit(FEATURES[chunk], TARGETS[chunk])
    assert regressor.score(FEATURES, TARGETS) > 0.95


def test_unseen_classes_are_named():
    names = np.array(["ant", "bee", "cat"])
    model = descent.LinearClassifier()
    with pytest.raises(ValueError, match="classes must be passed on the first call"):
        model.partial_fit(FEATURES, names[LABELS])
    with pytest.raises(ValueError, match=r"cat.*a label that the fit did not have"):
        model.partial_fit(FEATURES, names[LABELS], classes=["ant", "bee"])
    model.partial_fit(FEATURES[LABELS < 2], names[LABELS[LABELS < 2]], classes=names)
    assert model.classes_.tolist() == names.tolist()
    before = model.coef_.tobytes()
    with pytest.raises(ValueError, match="dog"):
        model.partial_fit(FEATURES[:1], ["dog"])
    with pytest.raises(ValueError, match="not the same as on last call"):
        model.partial_fit(FEATURES[:1], ["ant"], classes=["ant"])
    with pytest.raises(ValueError, match="5 features"):
        model.partial_fit(FEATURES[:, :5], names[LABELS])
    assert model.coef_.tobytes() == before


@pytest.mark.parametrize("optimizer", [None, descent.Adam(learning_rate=0.02)])
@pytest.mark.parametrize("way", ["file", "pickle", "copy", "state"])
def test_saved_between_chunks(way, optimizer, tmp_path):
    whole = stream(streaming(optimizer=copy.copy(optimizer)))
    half = stream(streaming(optimizer=copy.copy(optimizer)), CHUNKS[:2])
    if way == "file":
        half.save(tmp_path / "half")
        half = descent.LinearClassifier.load(tmp_path / "half")
    elif way == "state":
        state, half = half.state_dict(), descent.LinearClassifier()
        half.load_state_dict(state)
    else:
        half = copy.deepcopy(half) if way == "copy" else pickle.loads(pickle.dumps(half))
    stream(half, CHUNKS[2:])
    assert half.coef_.tobytes() == whole.coef_.tobytes()
    assert half._optimizer.step_count == whole._optimizer.step_count == 16


def test_a_chunk_that_was_stopped_goes_on():
    whole = stream(streaming())
    parts = stream(streaming(), CHUNKS[:3])
    parts.progress = lambda report: report.step == 2
    parts.partial_fit(FEATURES[CHUNKS[3]], LABELS[CHUNKS[3]])
    assert parts.stopped_
    parts.set_params(progress=None).resume(FEATURES[CHUNKS[3]], LABELS[CHUNKS[3]])
    assert parts.coef_.tobytes() == whole.coef_.tobytes()


def test_it_goes_on_from_a_fit():
    model = descent.LinearClassifier().fit(FEATURES, LABELS)
    loss = model.evaluate(FEATURES, LABELS)[0]
    stream(model)
    assert model.evaluate(FEATURES, LABELS)[0] < loss + 0.1
    given = streaming(epochs=2).fit(FEATURES, LABELS)
    stream(given)
    assert given.optimizer.step_count == 2 * 15 + 16


@pytest.mark.parametrize(("dimension", "rate"), [(1, 0.1), (4, 0.1), (40, 0.025), (5000, 0.001)])
def test_default_rate_follows_the_features(dimension, rate):
    features, labels = blobs(40, dimension, 2, seed=1)
    model = descent.LinearClassifier().partial_fit(features, labels, classes=[0, 1])
    assert model._optimizer.options["learning_rate"] == rate
    as_it_is = descent.LinearClassifier(standardize=False).partial_fit(features, labels, classes=[0, 1])
    assert as_it_is._optimizer.options["learning_rate"] == descent.Adam().options["learning_rate"]


def test_few_samples_are_learned_in_few_passes():
    random = np.random.default_rng(3)
    labels = np.repeat([0, 1, 2], 40)
    features = random.normal(size=(120, 4)) + np.array([[0, 0, 0, 0], [2, 0, 1, 0], [2, 3, 1, 2]])[labels]
    model = descent.LinearClassifier()
    for _ in range(20):
        model.partial_fit(features, labels, classes=[0, 1, 2])
    best = descent.LinearClassifier().fit(features, labels).score(features, labels)
    assert model.score(features, labels) > best - 0.05
