"""The picture: for every row how many times as long the others take, on a logarithmic axis."""

from pathlib import Path
from typing import Any

from . import wording

# What a peer's name begins with: its colour, marker and name in the legend.
_STYLES = (
    ("PyTorch fused", "tab:red", "o", "PyTorch fused"),
    ("PyTorch foreach", "tab:orange", "o", "PyTorch foreach"),
    ("PyTorch", "tab:brown", "o", "PyTorch"),
    ("torch.optim", "tab:brown", "o", "PyTorch"),
    ("NumPy", "tab:blue", "s", "NumPy, as in the course"),
    ("C loop", "black", "D", "C, gcc -O3 -march=native"),
    ("C with cblas", "dimgray", "D", "C with cblas"),
    ("C, one pass", "black", "D", "C, gcc -O3 -march=native"),
    ("bandwidth", "tab:cyan", "|", "a loop that only moves the memory"),
    ("scikit-learn", "tab:green", "^", "scikit-learn"),
    ("LIBLINEAR", "tab:purple", "v", "LIBLINEAR"),
    ("SciPy", "tab:olive", "^", "SciPy"),
    ("liblbfgs", "tab:pink", "v", "liblbfgs"),
    ("libdescent", "gold", "*", "libdescent in another way"),
    ("", "gold", "*", "another of its rules"),
)
TIE = 1.3


def write(results: dict[str, Any], path: Path) -> bool:
    """Draws it; False if Matplotlib is not installed or there is nothing to draw."""
    rows = [row for row in results["rows"] if "comparisons" in row][::-1]
    try:
        from matplotlib.figure import Figure  # noqa: PLC0415
    except ImportError:
        return False
    if not rows:
        return False
    figure = Figure(figsize=(11, 1.8 + 0.4 * len(rows)), layout="constrained")
    axes = figure.subplots()
    axes.axvspan(1 / TIE, TIE, color="0.92", zorder=0)
    axes.axvline(1, color="0.5", linewidth=1, zorder=1)
    for height, row in enumerate(rows):
        _draw_row(axes, height, row)
    labels = [
        f"{row['job']}\n{wording.thread_count(row)}: {wording.duration(next(iter(row['seconds'].values())))}"
        for row in rows
    ]
    axes.set(xscale="log", ylim=(-0.7, len(rows) - 0.3), yticks=range(len(rows)), yticklabels=labels)
    axes.tick_params("y", labelsize="small")
    ticks = [tick for tick in (0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500) if _in_view(axes, tick)]
    axes.set_xticks(ticks, labels=[f"{tick:g}" for tick in ticks])
    axes.minorticks_off()
    axes.grid(axis="both", color="0.9", linewidth=0.7, zorder=0)
    axes.set_xlabel("times as long as libdescent\n(right: libdescent is faster; grey: a tie; lines: targets)")
    unique = dict(zip(*reversed(axes.get_legend_handles_labels()), strict=True))
    figure.legend(unique.values(), unique.keys(), loc="outside upper right", ncols=5, fontsize="small", frameon=False)
    figure.savefig(path, dpi=110)
    return True


def _draw_row(axes: Any, height: int, row: dict[str, Any]) -> None:
    ours = next(iter(row["seconds"]))
    for item in row["comparisons"]:
        own_peer = item["peer"].startswith("libdescent") and item["target"] is None
        if item["ours"] != ours or own_peer:
            continue
        _, colour, marker, label = next(style for style in _STYLES if item["peer"].startswith(style[0]))
        size = 110 if marker in "|*" else 42
        axes.scatter(item["ratio"], height, size, color=colour, marker=marker, label=label, zorder=3)
        if item["target"] is not None:
            axes.plot([item["target"]] * 2, [height - 0.36, height + 0.36], color=colour, linewidth=1.5, zorder=2)


def _in_view(axes: Any, tick: float) -> bool:
    left, right = axes.get_xlim()
    return bool(left <= tick <= right)
