"""Makes saved_version_1: files, pickles and state dictionaries of libdescent 0.1, which later versions must read.

    PYTHONPATH=<a checkout of 0.1>/bindings/python python generate_saved_version_1.py

Beside each file lies what went on from it in 0.1: numbers that a reader must reproduce, to the bit.
"""

import json
import pickle
import sys
from pathlib import Path

import numpy as np

import descent

HERE = Path(__file__).with_name("saved_version_1")
STEPS_BEFORE, STEPS_AFTER = 5, 4
OPTIMIZERS = {
    "sgd": descent.SGD,
    "momentum": lambda: descent.Momentum(dialect="pytorch", dampening=0.1, weight_decay=0.01),
    "nesterov": lambda: descent.Nesterov(schedule=descent.schedules.Cosine(steps=8, warmup=2)),
    "adagrad": lambda: descent.AdaGrad(dialect="optax"),
    "rmsprop": lambda: descent.RMSProp(centered=True, momentum_decay=0.5),
    "adam": lambda: descent.Adam(amsgrad=True, clip_norm=2.0, track_health=True),
}


def gradient(weights, step):
    """Something that depends on both, without functions whose last bit differs between processors."""
    return weights * 0.5 + ((np.arange(weights.size) * (step + 3)) % 7 - 3).reshape(weights.shape).astype(weights.dtype)


def steps(optimizer, params, first, count):
    optimizer.set_group(1, learning_rate=0.5)
    for step in range(first, first + count):
        gradients = {key: gradient(value, step) for key, value in params.items()}
        optimizer.update(params, gradients, groups={("layer", 1): 1})


def make_optimizers(expected):
    for name, make in OPTIMIZERS.items():
        optimizer = make()
        params = {"w": np.ones((2, 3), np.float32), ("layer", 1): np.full(4, 2.0)}
        steps(optimizer, params, 0, STEPS_BEFORE)
        optimizer.save(HERE / f"{name}.optimizer")
        (HERE / f"{name}.pickle").write_bytes(pickle.dumps(optimizer))
        np.savez(HERE / f"{name}.npz", **optimizer.state_dict())
        before = {str(key): [float.hex(float(x)) for x in value.ravel()] for key, value in params.items()}
        steps(optimizer, params, STEPS_BEFORE, STEPS_AFTER)
        after = {str(key): [float.hex(float(x)) for x in value.ravel()] for key, value in params.items()}
        expected[name] = {"before": before, "after": after}


def make_samplers(expected):
    labels = np.array([0, 1, 2, 0, 1, 2, 0, 0, 1, 0, 2], np.int32)
    weights = np.arange(11.0)
    samplers = {
        "shuffle": descent.Sampler(11, 4, seed=3),
        "replacement": descent.Sampler(11, 4, sampling="replacement", seed=3),
        "stratified": descent.Sampler(11, 4, sampling="stratified", labels=labels, seed=3),
        "weighted": descent.Sampler(11, 4, sampling="weighted", weights=weights, seed=3),
    }
    for name, sampler in samplers.items():
        for _ in range(4):
            sampler.next_batch()
        sampler.save(HERE / f"{name}.sampler")
        (HERE / f"{name}.pickle").write_bytes(pickle.dumps(sampler))
        np.savez(HERE / f"{name}.npz", **sampler.state_dict())
        expected[name] = {"after": [sampler.next_batch().tolist() for _ in range(6)]}


def make_classifier(expected):
    features = (np.arange(60).reshape(20, 3) * 7 % 11).astype(np.float32) / 4
    labels = np.array(["a", "b", "c", "d"] * 5)
    stop = {"stop": True}
    classifier = descent.LinearClassifier(
        optimizer=descent.Momentum(learning_rate=0.05),
        epochs=4,
        batch_size=8,
        seed=2,
        l2=0.01,
        progress=lambda report: stop["stop"] and report.step == 5,
    )
    classifier.fit(features, labels)
    classifier.save(HERE / "stopped.classifier")
    np.savez(HERE / "stopped.npz", **classifier.state_dict())
    classifier.progress = None
    (HERE / "stopped.pickle").write_bytes(pickle.dumps(classifier))
    stop["stop"] = False
    classifier.progress = lambda report: False
    classifier.resume(features, labels)
    expected["stopped"] = {
        "coef": [float.hex(float(x)) for x in classifier.coef_.ravel()],
        "intercept": [float.hex(float(x)) for x in classifier.intercept_.ravel()],
        "losses": [epoch["loss"] for epoch in classifier.history_],
    }


def main():
    if descent.library_version() != "0.1.0":
        sys.exit(f"this is libdescent {descent.library_version()}, not 0.1.0")
    HERE.mkdir(exist_ok=True)
    expected = {}
    make_optimizers(expected)
    make_samplers(expected)
    make_classifier(expected)
    (HERE / "expected.json").write_text(json.dumps(expected, indent=1) + "\n")


main()
