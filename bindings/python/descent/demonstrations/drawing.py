"""What the pictures have in common. The only module of the package that needs Matplotlib, with those that import it."""

from collections.abc import Iterable, Sequence
from io import BytesIO
from pathlib import Path

try:
    import matplotlib as mpl
except ImportError as error:
    raise ImportError(
        "the pictures need Matplotlib, which is not installed: python3 -m pip install matplotlib", name="matplotlib"
    ) from error

mpl.use("Agg")

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from PIL import Image

# Okabe and Ito's colours, which colour-blind readers can tell apart.
COLOURS = {
    "sgd": "#000000",
    "momentum": "#0072B2",
    "nesterov": "#56B4E9",
    "adagrad": "#D55E00",
    "rmsprop": "#009E73",
    "adam": "#CC79A7",
}
# For the others, in the order in which they are asked for.
OTHER_COLOURS = ("#E69F00", "#8C564B", "#7F7F7F", "#5A3FC0", "#A6BF00", "#B22222", "#1F5C3A", "#00B5AD")
MOST = len(OTHER_COLOURS)
NUMERALS = ("No", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine", "Ten")
STAR = "#F0E442"
GRID = "#e0e0e0"


def colours(methods: Iterable[str]) -> dict[str, str]:
    """A colour for each optimizer."""
    others = iter(OTHER_COLOURS)
    return {name: COLOURS[name] if name in COLOURS else next(others) for name in methods}


def spread(positions: Sequence[float], distance: float) -> list[float]:
    """Moves label positions apart until neighbours have the distance, keeping their order."""
    order = np.argsort(positions)
    moved = np.asarray(positions, float)[order]
    for _ in range(200):
        gaps = distance - np.diff(moved)
        if (gaps <= 1e-9).all():
            break
        push = np.clip(gaps, 0, None) / 2
        moved[:-1] -= push
        moved[1:] += push
    result = np.empty_like(moved)
    result[order] = moved
    return [float(position) for position in result]


def palette(image: Image.Image, shown: Iterable[str] = tuple(COLOURS.values())) -> Image.Image:
    """The colours of an image and those of the optimizers, with shades for their edges, as an image with a palette."""
    colours = (image.quantize(220).getpalette() or [])[: 3 * 220]
    for colour in (STAR, *shown):
        for share in (1, 0.8, 0.6, 0.4, 0.2):
            colours += [round(255 * (share * part + 1 - share)) for part in to_rgb(colour)]
    result = Image.new("P", (1, 1))
    result.putpalette(colours)
    return result


def reduce(image: Image.Image, to: Image.Image) -> Image.Image:
    """The image with that palette, without dithering, which would only take space; its background stays white."""
    reduced = image.quantize(palette=to, dither=Image.Dither.NONE)
    colours = reduced.getpalette() or []
    background = 3 * int(np.asarray(reduced)[0, 0])
    colours[background : background + 3] = [255, 255, 255]
    reduced.putpalette(colours)
    return reduced


def save(figure: Figure, path: Path, dpi: int) -> None:
    """Writes the picture with a palette, a third of the size, and closes the figure."""
    memory = BytesIO()
    figure.savefig(memory, dpi=dpi)
    plt.close(figure)
    image = Image.open(memory).convert("RGB")
    reduce(image, palette(image)).save(path, optimize=True)


def plain(axes: Axes) -> None:
    """A grid behind the lines, and no frame above and on the right."""
    axes.grid(color=GRID, linewidth=0.8)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)
