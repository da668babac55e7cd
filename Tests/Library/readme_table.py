"""Prints the page of all optimizers from the library's own table: PYTHONPATH=bindings/python python readmepy

The README shows the rows of the course's.
"""

from collections.abc import Iterable

import descent
from descent._c.table import ALGORITHMS, Algorithm

# What every optimizer has is told beside the table.
COMMON = set(ALGORITHMS["sgd"].options) - {"learning_rate"}


def option_cell(algorithm: Algorithm) -> str:
    """The algorithm's own options with their defaults."""
    own = [
        option
        for option in algorithm.options.values()
        if option.name not in COMMON or option.default != ALGORITHMS["sgd"].options[option.name].default
    ]
    return ", ".join(f"`{option.name}` [{float(option.default):g}]" for option in own) or "none"


COURSE = ("sgd", "momentum", "nesterov", "adagrad", "rmsprop", "adam")
PAGE = """\
# All optimizers

Made by `Tests/Library/readme_table.py` from the library's own table. Defaults, those of the textbook's dialect, are in
brackets; that of an option which all optimizers have is shown where it differs from theirs.
[descent.h](../include/descent.h) has the sources, [METHODS.md](../Tests/Golden/METHODS.md) the references' exact
arithmetic, and [OPTIMIZERS.md](python/OPTIMIZERS.md) what they are measured to do.

{table}
"""


def table(names: Iterable[str] = COURSE) -> str:
    """A Markdown table, a row for each optimizer."""
    rows = ["| optimizer | update | state | options |", "|---|---|---|---|"]
    for algorithm in map(ALGORITHMS.__getitem__, names):
        assert hasattr(descent, algorithm.title)
        state = ", ".join(f"`{name}`" for name in algorithm.state_names) or "none"
        formula = "<br>".join(f"`{part}`" for part in algorithm.formula.split("; ")).replace("|", "\\|")
        rows.append(f"| {algorithm.title} | {formula} | {state} | {option_cell(algorithm)} |")
    return "\n".join(rows)


def page() -> str:
    """The page of all of them."""
    return PAGE.format(table=table(ALGORITHMS))


if __name__ == "__main__":
    print(page(), end="")
