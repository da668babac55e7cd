"""Prints hashes of what several threads compute: steps, norms, losses and whole fits, all large enough to be shared.

Run with DESCENT_ISA and DESCENT_NUM_THREADS; `changing` changes the number of threads all the while, and `host` gives
the library a pool of Python's threads.
"""

import contextlib
import ctypes
import json
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from fingerprint import digest, numbers
from stepped import STEPPED

import descent
from descent._c.declarations import ParallelFor
from descent._c.enumerations import SAMPLINGS
from descent._c.errors import check
from descent._c.library import library
from descent._c.table import LOSSES
from descent.functions.progress import Observer
from descent.linear._model import LinearModel, Samples, make_fit_options

# Their ends are not those of the pieces in which they are worked on.
LENGTHS = [1, 20_011, 3, 16_384, 50_001, 70, 131_072, 7]
# What comes before the rule, and states that options call for.
SETTINGS = {
    "plain": {},
    "all": {"clip_norm": 3.0, "clip_value": 100.0, "weight_decay": 0.01, "decoupled_weight_decay": 0.1},
    "additions": {
        "average": "ema",
        "lookahead_steps": 2,
        "accumulate_steps": 2,
        "adaptive_clip": 0.1,
        "cautious": True,
        "decoupled_weight_decay": 0.1,
    },
}
EXTRAS = {"adam": {"amsgrad": True}, "rmsprop": {"centered": True, "momentum_decay": 0.5}}


def step_results(name, settings):
    """Yields values, states and norms of some steps on tensors of both types in two groups."""
    dtypes = [np.float32, np.float64]
    values = [numbers(length, dtypes[i % 3 == 1], i) for i, length in enumerate(LENGTHS)]
    extras = EXTRAS.get(name, {}) if settings else {}
    with descent.OPTIMIZERS[name](track_health=True, **settings, **extras) as optimizer:
        optimizer.set_group(5, learning_rate=0.3)
        for step in range(3):
            gradients = [numbers(array.size, array.dtype, 100 * step + i) for i, array in enumerate(values)]
            groups = dict.fromkeys(range(1, len(values), 2), 5)
            optimizer.step(list(zip(values, gradients, strict=True)), groups=groups)
            yield np.frombuffer(repr(optimizer.health()).encode(), np.uint8)
        yield from values
        for buffer in optimizer.state_names:
            yield from (optimizer.state(index, buffer) for index in range(len(values)))


def loss_results(name, dtype):
    """Yields the value and the gradient of many rows."""
    for rows, columns in [(40_000, 3), (1000, 130)]:
        scores = numbers(rows * columns, dtype, 3).reshape(rows, columns) % 40 - 20
        labels = np.arange(rows) % columns
        targets = numbers(rows * columns, dtype, 5).reshape(rows, columns) % 1
        value, gradient = descent.LOSSES[name](scores, labels if LOSSES[name].takes_labels else targets)
        yield from (np.array([value]), gradient)


# Samples, dimension, classes, and how the features are stored: type, scale and offset.
FLOATS, SCALED, BYTES, SHIFTED = ("f4", 1, 0), ("f4", 0.75, 0.25), ("u1", 1 / 255, 0), ("u1", 1 / 127.5, -1)
DATA = {
    "floats": (3000, 41, 10, FLOATS),
    "scaled floats": (3000, 41, 3, SCALED),
    "bytes": (3000, 64, 10, BYTES),
    "shifted bytes": (3000, 37, 16, SHIFTED),
    "many classes": (700, 90, 50, BYTES),
}


def make_data(samples, dimension, classes, storage):
    """Samples whose class is given away by some features, but not always."""
    random = np.random.default_rng(samples + dimension)
    labels = random.integers(0, classes, samples, np.int32)
    hints = np.arange(dimension) % classes == labels[:, None]
    features = random.random((samples, dimension), np.float32) / 2 + hints / np.float32(2)
    kind, scale, offset = storage
    features = (features * (255 if kind == "u1" else 1)).astype(kind)
    return Samples(features, labels, scale=scale, offset=offset).described()


def model_results(model, data):
    """Yields the parameters, and what the model says of the data."""
    yield from (part.copy() for part in model.parameters())
    yield np.array(model.evaluate(data))
    yield from (model.scores(data), model.predict_labels(data))
    value = ctypes.c_double()
    gradient = [np.empty((model.dimension, model.outputs), np.float32), np.empty(model.outputs, np.float32)]
    floats = [part.ctypes.data_as(ctypes.POINTER(ctypes.c_float)) for part in gradient]
    check(library.descent_classifier_loss_gradient(model._pointer, ctypes.byref(data), ctypes.byref(value), *floats))
    yield from (np.array([value.value]), *gradient)


def fit_results(loss, data, classes):
    """Yields what fits with minibatches and with all samples leave, and what they report of each step."""
    for batch_size, sampling in [(1000, "shuffle"), (2100, "replacement"), (0, "shuffle")]:
        model = LinearModel("classifier", data.dimension, classes, loss)
        model.set_l2(0.001)
        model.initialize(0.1, 3)
        reports = []
        observer = Observer(lambda report, kept=reports: kept.append((report.loss, report.gradient_norm)))
        options = make_fit_options(epochs=2, batch_size=batch_size, sampling=SAMPLINGS[sampling], seed=9)
        with descent.Adam(learning_rate=0.01) as optimizer:
            model.fit(optimizer, data, options, observer)
        yield np.array(reports)
        yield from model_results(model, data)


def large_results():
    """Yields those of a gradient so large that it is kept once for each thread, and not for each block of samples."""
    random = np.random.default_rng(1)
    samples, dimension, classes = 150, 66_000, 16
    features = random.integers(0, 256, (samples, dimension), np.uint8)
    data = Samples(features, (np.arange(samples) * 7 % classes).astype(np.int32), scale=1 / 255).described()
    model = LinearModel("classifier", dimension, classes, "softmax_cross_entropy")
    model.set_l2(0.1)
    model.initialize(0.01, 1)
    yield from model_results(model, data)


def results():
    """Yields names and hashes."""
    # Shampoo sees vectors as matrices too, and multiplies them with OpenBLAS.
    for name in sorted(STEPPED.keys() - {"shampoo"}):
        for kind, settings in SETTINGS.items():
            yield f"{name}, {kind}", digest(step_results(name, settings))
    for name in descent.LOSSES:
        for dtype in (np.float32, np.float64):
            yield f"{name}, {dtype.__name__}", digest(loss_results(name, dtype))
    for kind, shape in DATA.items():
        data = make_data(*shape)
        for loss in ("softmax_cross_entropy", "multiclass_hinge", "squared_hinge"):
            yield f"{loss} of {kind}", digest(fit_results(loss, data, shape[2]))
    yield "a large gradient", digest(large_results())


@contextlib.contextmanager
def changing_thread_count():
    """Changes the number of threads once a millisecond."""
    ends = threading.Event()

    def change():
        for number in range(sys.maxsize):
            descent.set_thread_count(1 + number % 6)
            time.sleep(0.001)
            if ends.is_set():
                return

    thread = threading.Thread(target=change)
    thread.start()
    try:
        yield
    finally:
        ends.set()
        thread.join()


@contextlib.contextmanager
def host_threads():
    """Lets the library use Python's threads; at the end they must have been used."""
    calls = []
    with ThreadPoolExecutor(4) as pool:

        def run_all(count, share, work, _):
            calls.append(count)
            list(pool.map(lambda index: share(index, work), range(count)))

        function = ParallelFor(run_all)
        check(library.descent_set_parallel_for(function, None))
        yield
        check(library.descent_set_parallel_for(ParallelFor(), None))
    assert len(calls) > 100


def main():
    """Prints the fingerprint as JSON."""
    ways = {"changing": changing_thread_count, "host": host_threads}
    with ways[sys.argv[1]]() if len(sys.argv) > 1 else contextlib.nullcontext():
        found = dict(results())
    print(json.dumps({"isa": descent.active_isa(), "threads": descent.thread_count(), "results": found}))


if __name__ == "__main__":
    main()
