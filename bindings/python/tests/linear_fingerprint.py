"""Prints hashes of what linear models of every kind learn, on data large enough to be shared between threads.

Run with DESCENT_ISA and DESCENT_NUM_THREADS.
"""

import json

import numpy as np
from fingerprint import digest
from linear_models import COORDINATE_KINDS, DUAL_KINDS, KINDS, LABELLED, Model, Optimizer, dataset, random_targets
from sparse_cases import Case, random_matrix

import descent

SAMPLES, DIMENSION, OUTPUTS = 2100, 45, 3
# Optimizer with its options, and options of the fit.
FITS = {
    "minibatches": (("adam", {}), {"batch_size": 700, "epochs": 2, "standardize": 1}),
    "draws": (("adam", {}), {"batch_size": 700, "epochs": 2, "sampling": "weighted"}),
    "averages": (
        ("adam", {"average": 1, "average_decay": 0.5}),
        {"batch_size": 0, "epochs": 4, "average": 1, "standardize": 1},
    ),
    "minimum": (("lbfgs", {}), {"batch_size": 0, "epochs": 6, "standardize": 1, "patience": 3}),
}


def make_data(loss, *, binary, dtype, seed):
    """Features of many sizes; answers that depend on them; weights."""
    random = np.random.default_rng(seed)
    features = random.normal(size=(SAMPLES, DIMENSION))
    scores = features[:, :1] if binary else features[:, :OUTPUTS] + 0.3 * random.normal(size=(SAMPLES, OUTPUTS))
    stored = features * 10.0 ** (np.arange(DIMENSION) % 4 - 1.0) + np.arange(DIMENSION)
    if dtype == np.uint8:
        stored = np.clip(features * 40 + 128, 0, 255)
    weights = random.random(SAMPLES)
    if loss in LABELLED:
        labels = (scores[:, 0] > 0) if binary else scores.argmax(1)
        return dataset(stored.astype(dtype), labels, weights=weights)
    return dataset(stored.astype(dtype), targets=random_targets(loss, scores, random), weights=weights)


def results():
    """Yields names and hashes."""
    for number, (loss, binary) in enumerate(KINDS):
        dtype = (np.float64, np.float32, np.uint8)[number % 3]
        data, other = (make_data(loss, binary=binary, dtype=dtype, seed=seed) for seed in (1, 2))
        fits = FITS | {"dual": (("sdca", {}), {"batch_size": 0, "epochs": 3})} if (loss, binary) in DUAL_KINDS else FITS
        if (loss, binary) in COORDINATE_KINDS:
            options = {"batch_size": 0, "epochs": 3, "l1": 1e-2}
            fits = fits | {"coordinates": (("coordinate_descent", {}), options)}
        for kind, ((name, settings), options) in fits.items():
            model, reports = Model(loss, DIMENSION, 1 if binary else OUTPUTS, binary=binary, l2=1e-3), []

            def note(report, kept=reports):
                kept.append((report.loss, report.gradient_norm, report.validation_loss))

            model.fit(Optimizer(name, **settings), data, note, validation=other, **options)
            found = [np.array(reports), *model.weights, *model.exact(), model.scores(data), model.predict(other)]
            found += [np.array(model.evaluate(other)), *map(np.asarray, model.gradient(data))]
            yield f"{loss}, {binary}, {kind}", digest(np.ascontiguousarray(part) for part in found)
        rates = model.rates(Optimizer("adam"), data, standardize=1, batch_size=700, steps=20)
        yield f"{loss}, {binary}, rates", digest(np.atleast_1d(part) for part in rates)


def sparse_results():
    """The same of sparse rows: outputs that are summed in different ways, methods that step rows and all of W."""
    matrix = random_matrix(700, 300, density=0.06)
    for outputs in (1, 3, 10, 58, 70):
        case = Case("one_vs_rest_logistic", outputs, binary=outputs == 1, matrix=matrix, l2=1e-3)
        case.model.fit(Optimizer("sdca"), case.sparse, batch_size=0, epochs=3)
        yield f"sparse, {outputs}, sdca", digest(map(np.ascontiguousarray, case.model.weights))
        case.model.fit(Optimizer("coordinate_descent"), case.sparse, batch_size=0, epochs=3, l1=1e-3)
        yield f"sparse, {outputs}, coordinates", digest(map(np.ascontiguousarray, case.model.weights))
        for name, l1 in (("sgd", 1e-4), ("adagrad", 1e-4), ("adam", 1e-4), ("ftrl", 0.0), ("lbfgs", 1e-4)):
            case = Case(
                "softmax_cross_entropy", outputs, binary=outputs == 1, matrix=matrix, l2=0 if name == "ftrl" else 1e-3
            )
            batch = 0 if name == "lbfgs" else 64
            reports = []

            def note(report, kept=reports):
                kept.append((report.loss, report.gradient_norm))

            case.model.fit(Optimizer(name), case.sparse, note, batch_size=batch, epochs=4, l1=l1)
            found = [np.array(reports), *case.model.weights, case.model.scores(case.sparse)]
            found += [np.array(case.model.evaluate(case.sparse)), *map(np.asarray, case.model.gradient(case.sparse))]
            yield f"sparse, {outputs}, {name}", digest(np.ascontiguousarray(part) for part in found)


def part_results():
    """Of a fit that goes through parts of the samples too."""
    random = np.random.default_rng(3)
    features = random.normal(size=(33_000, 8)).astype(np.float32)
    data = dataset(features * np.geomspace(1, 100, 8, dtype=np.float32), features[:, :OUTPUTS].argmax(1))
    model = Model("softmax_cross_entropy", 8, OUTPUTS, l2=1e-4)
    model.fit(Optimizer("lbfgs"), data, batch_size=0, epochs=14)
    yield "parts", digest(np.ascontiguousarray(part) for part in model.weights)


if __name__ == "__main__":
    found = dict(results()) | dict(sparse_results()) | dict(part_results())
    print(json.dumps({"isa": descent.active_isa(), "threads": descent.thread_count(), "results": found}))
