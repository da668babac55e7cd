"""Writes what the native library makes of the digits, as bits: expected_fit.py FILE. The test in Node compares with it."""

import gzip
import json
import os
import sys
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "bindings/python"))
os.environ["DESCENT_LIBRARY"] = str(ROOT / "build/lib/libdescent.so")

import descent  # noqa: E402


DATA = ROOT / "bindings/data/optical-digits"
FITS = (("softmax_cross_entropy", "adam"), ("multiclass_hinge", "nesterov"))


def read(name: str, header: int) -> np.ndarray:
    """The bytes of an idx file behind its header."""
    return np.frombuffer(gzip.decompress((DATA / name).read_bytes()), np.uint8, offset=header)


def bits(numbers: np.ndarray) -> list[int]:
    """float32 numbers as words of 32 bits."""
    return np.ascontiguousarray(numbers, np.float32).ravel().view(np.uint32).tolist()


def main() -> None:
    """Fits with two losses."""
    labels = read("train-labels-idx1-ubyte.gz", 8)
    images = read("train-images-idx3-ubyte.gz", 16).reshape(len(labels), -1)
    fits = {}
    for loss, method in FITS:
        optimizer = descent.OPTIMIZERS[method](learning_rate=0.01)
        classifier = descent.LinearClassifier(
            loss=loss, optimizer=optimizer, epochs=3, batch_size=64, seed=5, scale=1 / 16
        ).fit(images, labels)
        fits[loss] = {
            "optimizer": method,
            "weights": bits(classifier.coef_.T),
            "bias": bits(classifier.intercept_),
            "accuracy": classifier.score(images, labels),
        }
    Path(sys.argv[1]).write_text(json.dumps(fits))


main()
