"""`python -m descent range`: a learning-rate range test, and trainings at three rates that show what it is worth."""

from pathlib import Path

from . import drawing

# isort: split
import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import LogLocator, NullLocator
from matplotlib.transforms import blended_transform_factory
from numpy.typing import NDArray

import descent

from . import image_sets

STEPS, MINIMUM, MAXIMUM = 300, 1e-4, 30.0
# Names and colours, in the order of the rates.
ZONES = (("too low", "#0072B2"), ("good", "#009E73"), ("too high", "#D55E00"))


def smoothed(losses: NDArray[np.float64]) -> NDArray[np.float64]:
    """The mean over neighbouring steps: single minibatches are noisy."""
    radius = max(1, len(losses) // 30)
    padded = np.pad(losses, radius, mode="edge")
    return np.convolve(padded, np.ones(2 * radius + 1) / (2 * radius + 1), mode="valid")


def zones(test: descent.RangeTest) -> tuple[float, float]:
    """Where the good rates begin and end: the loss has begun to fall, and has not begun to rise."""
    loss = smoothed(test.losses)
    lowest = int(loss.argmin())
    fallen = loss[: lowest + 1] < loss[0] - 0.1 * (loss[0] - loss[lowest])
    return float(test.rates[int(fallen.argmax())]), float(test.rates[lowest])


def _classifier(images: image_sets.ImageSet, rate: float = 0.01) -> descent.LinearClassifier:
    return descent.LinearClassifier(
        optimizer=descent.SGD(learning_rate=rate),
        epochs=1,
        batch_size=128 if len(images.train_images) >= 10_000 else 16,
        scale=images.scale,
        seed=1,
    )


def _draw_test(axes: Axes, test: descent.RangeTest, edges: tuple[float, float]) -> None:
    drawing.plain(axes)
    axes.set_xscale("log")
    axes.plot(test.rates, test.losses, color="#b8b8b8", linewidth=1, label="one minibatch")
    axes.plot(test.rates, smoothed(test.losses), color="black", linewidth=2.2, label="smoothed")
    bounds = (test.rates[0], *edges, test.rates[-1])
    middle = blended_transform_factory(axes.transData, axes.transAxes)
    for (name, colour), left, right in zip(ZONES, bounds, bounds[1:], strict=False):
        axes.axvspan(left, right, color=colour, alpha=0.13, linewidth=0)
        axes.text(
            np.sqrt(left * right), 0.96, name, color=colour, transform=middle, ha="center", fontsize=12, weight="bold"
        )
    if test.proposal is not None:
        axes.axvline(test.proposal, color=ZONES[1][1], linestyle="--", linewidth=1.8)
        axes.annotate(
            f" proposal {test.proposal:.2g}", (test.proposal, 0.06), xycoords=middle, color=ZONES[1][1], fontsize=11
        )
    axes.set_xlim(test.rates[0], test.rates[-1])
    axes.set_ylim(0, 1.6 * test.losses[0])
    axes.set_xlabel("learning rate of the step (log scale)")
    axes.set_ylabel("training loss")
    axes.legend(loc="lower left", frameon=False)


def _draw_trainings(axes: Axes, images: image_sets.ImageSet, rates: tuple[float, float, float]) -> None:
    drawing.plain(axes)
    axes.set_yscale("log")
    ends = []
    for (name, colour), rate in zip(ZONES, rates, strict=True):
        reports: list[descent.ProgressReport] = []
        classifier = _classifier(images, rate)
        classifier.progress = reports.append
        classifier.fit(images.train_images, images.train_labels)
        losses = smoothed(np.array([report.loss for report in reports[:-1]]))
        accuracy = classifier.score(images.test_images, images.test_labels)
        axes.plot(range(1, len(losses) + 1), losses, color=colour, linewidth=2.2)
        ends.append((losses[-1], colour, f"{rate:.2g}, {name}: {accuracy:.1%} right"))
    axes.set_xlim(0, len(losses))
    axes.set_ylim(*axes.get_ylim())  # settles the scale that the labels' places depend on
    axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5), numticks=50))
    axes.yaxis.set_major_formatter("{x:g}")
    axes.yaxis.set_minor_locator(NullLocator())
    to_axes = axes.transData + axes.transAxes.inverted()
    heights = drawing.spread([to_axes.transform((1, loss))[1] for loss, _, _ in ends], 0.07)
    for (_, colour, text), height in zip(ends, heights, strict=True):
        axes.text(1.02, height, text, transform=axes.transAxes, color=colour, va="center", fontsize=11, weight="bold")
    axes.set_xlabel("step of the first epoch")
    axes.set_ylabel("training loss, smoothed (log scale)")


def main(directory: Path, data: Path | None = None) -> Path:
    """Writes range.png into a directory, and returns its path."""
    images = image_sets.load_or_fall_back(data or image_sets.FASHION_MNIST)
    test = _classifier(images).learning_rate_range(
        images.train_images, images.train_labels, steps=STEPS, minimum=MINIMUM, maximum=MAXIMUM
    )
    edges = zones(test)
    print(f"{images.name}, SGD: proposal {test.proposal or 0:.2g}, good from {edges[0]:.2g} to {edges[1]:.2g}")
    figure, (left, right) = plt.subplots(1, 2, figsize=(14.5, 5.6), width_ratios=(1.25, 1))
    figure.subplots_adjust(left=0.05, right=0.82, top=0.86, bottom=0.1, wspace=0.22)
    _draw_test(left, test, edges)
    left.set_title(f"Range test: {len(test.rates)} minibatches, the rate rises with each", loc="left")
    _draw_trainings(right, images, (edges[0] / 30, test.proposal or edges[0], edges[1] * 5))
    right.set_title("An epoch at three rates, and what it is worth on the test images", loc="left")
    figure.suptitle(
        f"Which learning rate? A linear classifier on {images.name}, softmax loss, SGD",
        x=0.05,
        ha="left",
        fontsize=15,
        fontweight="bold",
    )
    directory.mkdir(parents=True, exist_ok=True)
    path = directory / "range.png"
    drawing.save(figure, path, dpi=100)
    return path
