"""Proves that bindings/c/stream.c learns what one fit of all samples learns, in less memory than the samples take.

    python Tests/Programs/stream.py [FOLDER]

makes 2 GB of features, gives the program 512 MB of addresses (what `ulimit -v` limits), and compares it with a fit of
the mapped file. pytest runs the same on smaller files.
"""

import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "bindings" / "python"))

import descent  # noqa: E402

CLASSES = 5


def make_samples(folder, rows, features):
    """Files of random features, and of labels of which nine in ten follow from them."""
    random = np.random.default_rng(seed=3)
    planes = random.standard_normal((features, CLASSES), np.float32)
    X = np.lib.format.open_memmap(folder / "features.npy", "w+", np.float32, (rows, features))
    y = np.empty(rows, np.int32)
    for start in range(0, rows, 16384):
        block = random.standard_normal((min(16384, rows - start), features), np.float32)
        X[start : start + len(block)] = block
        y[start : start + len(block)] = (block @ planes).argmax(axis=1)
    strangers = random.random(rows) < 0.1
    y[strangers] = random.integers(0, CLASSES, strangers.sum())
    return X, y


def order_of_a_fit(samples, batch_size, seed):
    """In which order a fit visits samples: shuffled, but for a batch of all of them, which needs no shuffling."""
    if batch_size >= samples:
        return np.arange(samples)
    return np.concatenate(list(descent.Sampler(samples, batch_size, seed=seed)))


def write_stream(folder, X, y, chunk, batch_size):
    """Writes the samples where the program finds them in the order in which a fit visits them.

    Chunk k is shuffled as a fit with seed k does, so that its file holds the samples in the opposite of that order."""
    visits = order_of_a_fit(len(X), batch_size, 0)
    stream = np.lib.format.open_memmap(folder / "stream.npy", "w+", np.float32, X.shape)
    labels = np.empty(len(X), np.int64)
    for number, start in enumerate(range(0, len(X), chunk)):
        visited = visits[start : start + chunk]
        places = start + order_of_a_fit(len(visited), batch_size, number)
        block = np.empty((len(visited), X.shape[1]), np.float32)
        block[places - start] = X[visited]
        stream[start : start + len(visited)] = block
        labels[places] = y[visited]
    stream.flush()
    np.save(folder / "labels.npy", labels)


def run_stream(folder, chunk, batch_size, address_space):
    """What the program prints and the weights that it saves; OpenBLAS has no use for so few classes."""
    limit = lambda: resource.setrlimit(resource.RLIMIT_AS, (address_space, address_space))  # noqa: E731
    files = (folder / "stream.npy", folder / "labels.npy")
    sizes = (str(CLASSES), str(chunk), str(batch_size))
    done = subprocess.run(
        [ROOT / "build" / "test" / "stream", *files, *sizes, folder / "weights.npy"],
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=limit,
    )
    assert done.returncode == 0, done.stderr
    parameters = np.load(folder / "weights.npy")
    return float(done.stdout.split()[1].rstrip(",")), parameters[:-1], parameters[-1]


def fit_of_all(X, y, batch_size):
    """The loss after a single fit of one epoch, and its weights."""
    steps = -(-len(X) // batch_size)
    adam = descent.Adam(learning_rate=0.001, schedule=descent.schedules.Cosine(steps=steps))
    model = descent.LinearClassifier(optimizer=adam, epochs=1, batch_size=batch_size, standardize=False)
    model.fit(X, y)
    return model.evaluate(X, y)[0], model.coef_.T, model.intercept_


def prove(folder, rows, features, chunk, batch_size, address_space):
    """Both losses and how long each took; fails where the weights are not the same to the bit."""
    X, y = make_samples(folder, rows, features)
    write_stream(folder, X, y, chunk, batch_size)
    start = time.monotonic()
    stream_loss, stream_weights, stream_bias = run_stream(folder, chunk, batch_size, address_space)
    middle = time.monotonic()
    loss, weights, bias = fit_of_all(X, y, batch_size)
    end = time.monotonic()
    np.testing.assert_array_equal(stream_weights, weights)
    np.testing.assert_array_equal(stream_bias, bias)
    assert np.any(weights != 0)
    assert abs(stream_loss - loss) < 1e-6 * loss, (stream_loss, loss)
    return stream_loss, loss, middle - start, end - middle


def main(folder):
    rows, features = 1_000_000, 512
    with tempfile.TemporaryDirectory(dir=folder) as place:
        stream_loss, loss, *seconds = prove(Path(place), rows, features, 32768, 128, 512 << 20)
    print(f"{rows:,} x {features} float32, {rows * features * 4 / 1e9:.2f} GB, in 512 MB of addresses")
    print(f"loss {stream_loss:.9f} in {seconds[0]:.1f} s")
    print(f"in one fit of all {loss:.9f} in {seconds[1]:.1f} s, with the same weights to the bit")


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else None)
