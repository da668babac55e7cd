"""The two pictures of the demo: how the loss falls, and what the classifiers have learned."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from descent.demonstrations.drawing import NUMERALS, colours, plain, spread

# isort: split
import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import LogLocator, MaxNLocator

if TYPE_CHECKING:
    from compare_optimizers import Run

    from descent.demonstrations.image_sets import ImageSet

TITLES = {
    "softmax_cross_entropy": "softmax cross-entropy",
    "multiclass_hinge": "multiclass hinge (SVM)",
}
TEMPLATE_OPTIMIZER = "momentum"


def _draw_panel(axes: Axes, runs: "Sequence[Run]") -> None:
    epochs = np.arange(1, runs[0].epochs + 1)
    colour_of = colours(run.optimizer for run in runs)
    for run in runs:
        axes.plot(epochs, run.epoch_losses, color=colour_of[run.optimizer], linewidth=2, marker="o", markersize=3.5)
    axes.set_yscale("log")
    axes.yaxis.set_major_locator(LogLocator(subs=(1, 1.5, 2, 3, 4, 5, 6, 7, 8), numticks=50))
    axes.yaxis.set_major_formatter("{x:g}")
    axes.yaxis.set_minor_locator(plt.NullLocator())
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    plain(axes)
    axes.set_xlabel("epoch")
    lowest, highest = axes.get_ylim()
    axes.set_ylim(lowest * (lowest / highest) ** 0.12, highest)  # room for the labels, which need more than the lines
    _label_lines(axes, runs)


def _label_lines(axes: Axes, runs: "Sequence[Run]") -> None:
    """Writes each optimizer's name at the end of its line, in the line's colour."""
    colour_of = colours(run.optimizer for run in runs)
    to_axes = axes.transData + axes.transAxes.inverted()
    ends = [to_axes.transform((run.epochs, run.epoch_losses[-1]))[1] for run in runs]
    for run, height in zip(runs, spread(ends, 0.058), strict=True):
        axes.annotate(
            f"{run.title}  {run.learning_rate:g}",
            xy=(run.epochs, run.epoch_losses[-1]),
            xytext=(1.08, height),
            textcoords="axes fraction",
            color=colour_of[run.optimizer],
            fontweight="bold",
            va="center",
            annotation_clip=False,
            arrowprops={
                "arrowstyle": "-",
                "color": colour_of[run.optimizer],
                "linewidth": 0.8,
                "shrinkA": 1,
                "relpos": (0, 0.5),
            },
        )


def draw_losses(runs: "Sequence[Run]", data_set: str, path: Path) -> None:
    """Draws the mean training loss of each epoch, one panel for each loss."""
    losses = list(dict.fromkeys(run.loss for run in runs))
    figure, panels = plt.subplots(1, len(losses), figsize=(13.5, 5.6), squeeze=False)
    figure.subplots_adjust(left=0.055, right=0.845, top=0.84, bottom=0.1, wspace=0.56)
    for axes, loss in zip(panels[0], losses, strict=True):
        chosen = [run for run in runs if run.loss == loss]
        _draw_panel(axes, chosen)
        axes.set_title(TITLES.get(loss, loss), loc="left", fontsize=12)
    panels[0][0].set_ylabel("training loss, mean over the epoch (log scale)")
    figure.suptitle(
        f"A linear classifier on {data_set}: {NUMERALS[len(chosen)].lower()} optimizers, "
        f"batch size {runs[0].batch_size}; "
        "the number is the learning rate",
        x=0.055,
        ha="left",
        fontsize=14,
        fontweight="bold",
    )
    figure.savefig(path, dpi=110)
    plt.close(figure)


def draw_templates(runs: "Sequence[Run]", images: "ImageSet", path: Path) -> None:
    """Draws the columns of W as images, one row for each loss."""
    # Adaptive methods also give large weights to pixels at the borders that are hardly ever lit: noise, to the eye.
    shown = [run for run in runs if run.optimizer == TEMPLATE_OPTIMIZER]
    classes = len(images.class_names)
    figure, grid = plt.subplots(len(shown), classes, figsize=(1.45 * classes, 2.05 * len(shown) + 0.6), squeeze=False)
    figure.subplots_adjust(left=0.01, right=0.99, top=0.8, bottom=0.02, wspace=0.06, hspace=0.42)
    for row, run in zip(grid, shown, strict=True):
        # One range for a row keeps its images comparable; a few extreme pixels must not make all others pale.
        limit = float(np.quantile(np.abs(run.weights), 0.995))
        for axes, weights, name in zip(row, run.weights, images.class_names, strict=True):
            axes.imshow(
                weights.reshape(images.image_shape), cmap="RdBu_r", vmin=-limit, vmax=limit, interpolation="nearest"
            )
            axes.set_title(name, fontsize=11, pad=3)
            axes.set_xticks([])
            axes.set_yticks([])
            axes.spines[:].set_color("#b0b0b0")
        row[0].annotate(
            f"{TITLES.get(run.loss, run.loss)}, {run.title}: right on {run.test_accuracy:.1%} of the test images",
            xy=(0, 1.24),
            xycoords="axes fraction",
            fontsize=12,
            fontweight="bold",
        )
    figure.suptitle(
        "What a linear classifier looks for: red pixels speak for the class, blue ones against it",
        x=0.01,
        ha="left",
        fontsize=14,
    )
    figure.savefig(path, dpi=110)
    plt.close(figure)
