"""`python -m descent compare`: paths of optimizers on a ravine, a saddle, Beale's and Rosenbrock's function."""

from collections.abc import Sequence
from pathlib import Path as FilePath

from . import drawing

# isort: split
import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from PIL import Image

import descent

from .landscapes import COURSE, LANDSCAPES, Landscape, Path, at_rate, follow

FRAMES = 80
FRAME_MILLISECONDS, HELD_MILLISECONDS = 80, 2500
# What is drawn later is thinner, so that paths which take the same way can all be seen.
WIDEST, THINNEST = 3.4, 1.4
FEW_STEPS = 200  # so many can be shown as single points

_CONTOUR_COLOURS = "Blues"


def run(methods: Sequence[str] = COURSE) -> dict[str, dict[str, Path]]:
    """The paths by landscape and optimizer."""
    return {
        landscape.name: {
            name: follow(landscape, at_rate(descent.OPTIMIZERS[name], landscape.learning_rate(name)))
            for name in methods
        }
        for landscape in LANDSCAPES
    }


def _methods(paths: dict[str, dict[str, Path]]) -> list[str]:
    return list(next(iter(paths.values())))


def _widths(methods: Sequence[str]) -> dict[str, float]:
    return dict(zip(methods, np.linspace(WIDEST, THINNEST, len(methods)), strict=True))


def _title(methods: Sequence[str]) -> str:
    return f"{drawing.NUMERALS[len(methods)]} optimizer{'s' if len(methods) > 1 else ''} on four functions"


def _entries(methods: Sequence[str]) -> list[Line2D]:
    colours = drawing.colours(methods)
    return [
        Line2D([], [], color=colours[name], linewidth=3, label=descent.OPTIMIZERS[name].__name__) for name in methods
    ]


def draw_landscape(axes: Axes, landscape: Landscape) -> None:
    """Contours at levels that rise geometrically, the start and the minima."""
    left, right, bottom, top = landscape.window
    x, y = np.meshgrid(np.linspace(left, right, 300), np.linspace(bottom, top, 300))
    height = landscape.function(x, y)[0] - landscape.least
    levels = np.geomspace(max(height.min(), height.max() * 1e-5), height.max(), 18)
    # Pale, for six colours must stand out from it; the lower the darker.
    shades = plt.get_cmap(_CONTOUR_COLOURS)(np.linspace(0.34, 0, len(levels)))
    axes.contourf(x, y, height, levels=levels, colors=list(shades), extend="min")
    axes.contour(x, y, height, levels=levels, colors="#a8a8a8", linewidths=0.6)
    axes.plot(*landscape.start, "o", color="white", markeredgecolor="black", markersize=8, zorder=5)
    for minimum in landscape.minima:
        axes.plot(*minimum, "*", color=drawing.STAR, markeredgecolor="black", markersize=15, zorder=4)
    axes.set_xlim(left, right)
    axes.set_ylim(bottom, top)
    axes.set_title(landscape.title, loc="left", fontsize=11)
    axes.tick_params(labelsize=8)


def _prepare_losses(axes: Axes, landscape: Landscape, paths: dict[str, Path]) -> None:
    drawing.plain(axes)
    axes.set_yscale("log")
    axes.set_xlim(0, landscape.steps)
    axes.set_ylim(landscape.floor, 3 * max(path.losses[0] for path in paths.values()))
    axes.set_xlabel("step", fontsize=9)
    axes.tick_params(labelsize=8)


def _legend(figure: Figure, methods: Sequence[str], height: float) -> None:
    entries = [
        *_entries(methods),
        Line2D([], [], marker="o", color="white", markeredgecolor="black", markersize=8, label="start"),
        Line2D([], [], marker="*", color="white", markerfacecolor=drawing.STAR, markeredgecolor="black", markersize=14,
               label="minimum"),
    ]  # fmt: skip
    figure.legend(handles=entries, loc="upper left", bbox_to_anchor=(0.03, height), ncols=8, frameon=False, fontsize=11)


def draw_picture(paths: dict[str, dict[str, Path]], file: FilePath) -> None:
    """The paths above, the losses against the steps below."""
    methods = _methods(paths)
    colours, widths = drawing.colours(methods), _widths(methods)
    figure, grid = plt.subplots(2, len(LANDSCAPES), figsize=(19, 9.2), height_ratios=(1.35, 1))
    figure.subplots_adjust(left=0.038, right=0.992, top=0.86, bottom=0.055, wspace=0.14, hspace=0.16)
    for (above, below), landscape in zip(grid.T, LANDSCAPES, strict=True):
        draw_landscape(above, landscape)
        _prepare_losses(below, landscape, paths[landscape.name])
        for name, path in paths[landscape.name].items():
            colour = colours[name]
            above.plot(*path.points.T, color=colour, linewidth=widths[name])
            if landscape.steps <= FEW_STEPS:
                above.plot(*path.points.T, "o", color=colour, markersize=widths[name] + 1.5)
            above.plot(*path.points[-1], "o", color=colour, markeredgecolor="white", markersize=8, zorder=6)
            label = f"{descent.OPTIMIZERS[name].__name__} {landscape.learning_rate(name):g}"
            below.plot(np.maximum(path.losses, landscape.floor / 10), color=colour, linewidth=1.8, label=label)
        below.legend(fontsize=8, loc="lower left", title="learning rate", title_fontsize=8, framealpha=0.9)
    grid[1][0].set_ylabel("value above the minimum (log scale)", fontsize=9)
    figure.suptitle(
        f"{_title(methods)}: the ways they take, and how the value falls",
        x=0.038,
        ha="left",
        fontsize=16,
        fontweight="bold",
    )
    _legend(figure, methods, 0.955)
    drawing.save(figure, file, dpi=90)


def draw_animation(paths: dict[str, dict[str, Path]], file: FilePath) -> None:
    """The same paths step by step, the early steps slower than the late ones."""
    methods = _methods(paths)
    colours, widths = drawing.colours(methods), _widths(methods)
    figure, grid = plt.subplots(2, 2, figsize=(9.6, 8.4), dpi=80)
    figure.subplots_adjust(left=0.045, right=0.985, top=0.885, bottom=0.035, wspace=0.1, hspace=0.16)
    moving, counts = [], []
    for axes, landscape in zip(grid.flat, LANDSCAPES, strict=True):
        draw_landscape(axes, landscape)
        count = axes.text(
            0.98, 0.97, "", transform=axes.transAxes, ha="right", va="top", family="monospace", animated=True
        )
        for name, path in paths[landscape.name].items():
            colour = colours[name]
            (line,) = axes.plot([], [], color=colour, linewidth=widths[name], animated=True)
            (head,) = axes.plot([], [], "o", color=colour, markeredgecolor="white", markersize=9, animated=True)
            moving.append((landscape, path, line, head))
        counts.append((landscape, count))

    figure.legend(
        handles=_entries(methods), loc="upper left", bbox_to_anchor=(0.03, 0.955), ncols=6, frameon=False, fontsize=10
    )
    figure.suptitle(_title(methods), x=0.045, ha="left", fontsize=14, fontweight="bold")
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    ground = canvas.copy_from_bbox(figure.bbox)
    frames = []
    for frame in range(FRAMES + 1):
        canvas.restore_region(ground)
        share = (frame / FRAMES) ** 2
        for landscape, count in counts:
            count.set_text(f"step {round(share * landscape.steps):4}")
            count.axes.draw_artist(count)
        for landscape, path, line, head in moving:
            step = round(share * landscape.steps)
            line.set_data(*path.points[: step + 1].T)
            head.set_data(*path.points[: step + 1][-1:].T)
            line.axes.draw_artist(line)
            head.axes.draw_artist(head)
        frames.append(Image.fromarray(np.asarray(canvas.buffer_rgba())[..., :3]))
    palette = drawing.palette(frames[0], colours.values())
    frames = [drawing.reduce(frame, palette) for frame in frames]
    durations = [FRAME_MILLISECONDS] * FRAMES + [HELD_MILLISECONDS]
    frames[0].save(file, save_all=True, append_images=frames[1:], duration=durations, loop=0, optimize=True)
    plt.close(figure)


def main(directory: FilePath, methods: Sequence[str] = COURSE) -> list[FilePath]:
    """Writes both into a directory, and returns their paths.

    methods: names of optimizers, as many as drawing.MOST; ValueError for more, or for a name that there is not
    """
    # Batch methods do not go step by step.
    known = [name for name, kind in descent.OPTIMIZERS.items() if not kind._algorithm.is_batch]
    unknown = [name for name in methods if name not in known]
    if unknown:
        raise ValueError(f"there is no optimizer {unknown[0]!r} to draw; there are {', '.join(known)}")
    if not 0 < len(set(methods)) == len(methods) <= drawing.MOST:
        raise ValueError(f"a picture shows one to {drawing.MOST} optimizers, each once, not {', '.join(methods)}")
    directory.mkdir(parents=True, exist_ok=True)
    paths = run(methods)
    picture, animation = directory / "paths.png", directory / "paths.gif"
    draw_picture(paths, picture)
    draw_animation(paths, animation)
    return [picture, animation]
