"""What libdescent 0.1 saved is read, and goes on with the bits that it had there: Tests/Golden/saved_version_1."""

import json
import pickle
from pathlib import Path

import numpy as np
import pytest

import descent

GOLDEN = Path(__file__).resolve().parents[3] / "Tests" / "Golden" / "saved_version_1"
EXPECTED = json.loads((GOLDEN / "expected.json").read_text())
OPTIMIZERS = ["sgd", "momentum", "nesterov", "adagrad", "rmsprop", "adam"]
SAMPLERS = ["shuffle", "replacement", "stratified", "weighted"]
WAYS = ["file", "pickle", "state"]
FIRST_STEP, STEPS = 5, 4


def gradient(weights, step):
    """As in generate_saved_version_1.py."""
    return weights * 0.5 + ((np.arange(weights.size) * (step + 3)) % 7 - 3).reshape(weights.shape).astype(weights.dtype)


def numbers(name, moment):
    texts = EXPECTED[name][moment]
    return {key: np.array([float.fromhex(text) for text in texts[str(key)]]) for key in ("w", ("layer", 1))}


def load(kind, name, way, suffix):
    if way == "file":
        return kind.load(GOLDEN / f"{name}.{suffix}")
    if way == "pickle":
        return pickle.loads((GOLDEN / f"{name}.pickle").read_bytes())
    with np.load(GOLDEN / f"{name}.npz") as stored:
        state = dict(stored)
    if kind is descent.Optimizer:
        made = descent.optimizers.OPTIMIZERS[name]()
    elif kind is descent.Sampler:
        made = descent.Sampler(1, 1)
    else:
        made = kind()
    made.load_state_dict(state)
    return made


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", OPTIMIZERS)
def test_optimizer(name, way):
    optimizer = load(descent.Optimizer, name, way, "optimizer")
    assert optimizer.step_count == FIRST_STEP
    assert optimizer.groups == {1: {"learning_rate": 0.5}}
    before = numbers(name, "before")
    params = {"w": before["w"].astype(np.float32).reshape(2, 3), ("layer", 1): before["layer", 1]}
    for step in range(FIRST_STEP, FIRST_STEP + STEPS):
        gradients = {key: gradient(value, step) for key, value in params.items()}
        optimizer.update(params, gradients, groups={("layer", 1): 1})
    for key, wanted in numbers(name, "after").items():
        assert params[key].ravel().astype(np.float64).tobytes() == wanted.tobytes()


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", SAMPLERS)
def test_sampler(name, way):
    sampler = load(descent.Sampler, name, way, "sampler")
    assert [sampler.next_batch().tolist() for _ in range(6)] == EXPECTED[name]["after"]


@pytest.mark.parametrize("way", WAYS)
def test_classifier(way):
    classifier = load(descent.LinearClassifier, "stopped", way, "classifier")
    assert classifier.stopped_
    features = (np.arange(60).reshape(20, 3) * 7 % 11).astype(np.float32) / 4
    labels = np.array(["a", "b", "c", "d"] * 5)
    classifier.progress = lambda report: False
    classifier.resume(features, labels)
    wanted = EXPECTED["stopped"]
    for given, texts in ((classifier.coef_, wanted["coef"]), (classifier.intercept_, wanted["intercept"])):
        assert [float.hex(float(x)) for x in np.ravel(given)] == texts
    assert [epoch["loss"] for epoch in classifier.history_] == wanted["losses"]
