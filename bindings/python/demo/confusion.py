"""The picture of mistakes: which classes are taken for which others, with those that are mistaken beside each other."""

from pathlib import Path
from typing import TYPE_CHECKING

from descent.demonstrations.drawing import GRID, save

# isort: split
import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap, PowerNorm
from matplotlib.patches import Rectangle
from numpy.typing import NDArray
from scipy.cluster.hierarchy import leaves_list, linkage, optimal_leaf_ordering
from scipy.spatial.distance import squareform

if TYPE_CHECKING:
    from descent.demonstrations.text_sets import TextSet

# Lightness falls all the way, so that grey would do.
SHADES = LinearSegmentedColormap.from_list("shades", ["#ffffff", "#fbf0cf", "#f2c14e", "#d55e00", "#6d1a36"])
RIGHT, RIGHT_CELL = "#0072B2", "#cfe3f1"
LEAST_SHOWN = 0.08  # from this share on a cell has its number
FEWEST = 15  # classes with fewer texts are left out: one mistake would be a large share


def count(labels: NDArray[np.int32], predicted: NDArray[np.int32], classes: int) -> NDArray[np.int64]:
    """How many of each class (row) are predicted as each class (column)."""
    matrix = np.zeros((classes, classes), np.int64)
    np.add.at(matrix, (labels, predicted), 1)
    return matrix


def shares(matrix: NDArray[np.int64]) -> NDArray[np.float64]:
    """Of each row its shares; zeros for a class that does not occur."""
    result: NDArray[np.float64] = matrix / np.maximum(matrix.sum(axis=1, keepdims=True), 1)
    return result


def order(matrix: NDArray[np.int64]) -> NDArray[np.int64]:
    """The classes, with those beside each other that are often mistaken for each other."""
    mistakes = shares(matrix)
    likeness = np.sqrt(mistakes + mistakes.T)
    np.fill_diagonal(likeness, likeness.max() + 1)
    distances = squareform(likeness.max() - likeness, checks=False)
    if len(matrix) < 3:
        return np.arange(len(matrix))
    result: NDArray[np.int64] = leaves_list(optimal_leaf_ordering(linkage(distances, "average"), distances))
    return result


def draw(matrix: NDArray[np.int64], texts: "TextSet", path: Path) -> Path:
    """Writes the picture; returns the path."""
    large = np.flatnonzero(matrix.sum(axis=1) >= FEWEST)
    kept = large[order(matrix[np.ix_(large, large)])]
    part, names = shares(matrix)[np.ix_(kept, kept)], [texts.class_names[i] for i in kept]
    side = 4.6 + 0.165 * len(kept)
    figure, (axes, bars) = plt.subplots(
        1, 2, figsize=(side + 3, side), width_ratios=(5, 1), sharey=True, layout="constrained"
    )
    _draw_mistakes(axes, part, names)
    _draw_shares(bars, np.diag(part), matrix.sum(axis=1)[kept])
    right = np.trace(matrix) / matrix.sum()
    small = len(matrix) - len(kept)
    without = f"; without {small} {texts.label}s of fewer than {FEWEST}" if small else ""
    axes.set_title(
        f"{texts.label.capitalize()}s that are mistaken for each other\n", fontsize=15, fontweight="bold", loc="left"
    )
    axes.text(
        0,
        1.012,
        f"{right:.1%} of {matrix.sum():,} {texts.texts} are told right, which the classifier had not seen{without}",
        transform=axes.transAxes,
    )
    axes.set_ylabel(f"the {texts.texts}' {texts.label}", fontsize=11)
    axes.set_xlabel(f"the {texts.label} that was predicted (shares of a row in %)", fontsize=11)
    save(figure, path, dpi=100)
    return path


def _draw_mistakes(axes: Axes, part: NDArray[np.float64], names: list[str]) -> None:
    mistakes = part.copy()
    np.fill_diagonal(mistakes, 0)
    places = np.arange(len(names))
    axes.imshow(mistakes, cmap=SHADES, norm=PowerNorm(0.6, 0, max(mistakes.max(), 1e-9)), aspect="equal")
    for place in places:
        axes.add_patch(Rectangle((place - 0.5, place - 0.5), 1, 1, color=RIGHT_CELL))
    axes.set_xticks(places, names, rotation=90, fontsize=8)
    axes.set_yticks(places, names, fontsize=8)
    axes.set_xticks(places[:-1] + 0.5, minor=True)
    axes.set_yticks(places[:-1] + 0.5, minor=True)
    axes.grid(which="minor", color=GRID, linewidth=0.4)
    axes.tick_params(which="both", length=0)
    for row, column in np.argwhere(mistakes >= LEAST_SHOWN):
        share = mistakes[row, column]
        dark = share > 0.6 * mistakes.max()
        axes.text(column, row, f"{100 * share:.0f}", ha="center", va="center", fontsize=6.5, color="w" if dark else "k")


def _draw_shares(axes: Axes, right: NDArray[np.float64], sizes: NDArray[np.int64]) -> None:
    places = np.arange(len(right))
    axes.barh(places, 100 * right, color=RIGHT, height=0.7)
    for place, (share, size) in enumerate(zip(right, sizes, strict=True)):
        axes.text(100 * share + 2, place, f"{100 * share:.0f} % of {size:,}", va="center", fontsize=7.5)
    axes.set_xlim(0, 165)
    axes.set_xticks([0, 50, 100])
    axes.set_xlabel("right, in %", fontsize=11)
    axes.tick_params(labelleft=False, left=False)
    axes.spines[["top", "right", "left"]].set_visible(False)
