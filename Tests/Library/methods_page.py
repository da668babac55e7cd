"""Prints the page of all optimizers from the library's own table: PYTHONPATH=bindings/python python methods_page.py."""

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


PAGE = """\
# All optimizers

Made by `Tests/Library/methods_page.py` from the library's own table. Defaults, those of the textbook's dialect, are in
brackets; that of an option which all optimizers have is shown where it differs from theirs.
[descent.h](../include/descent.h) has the sources, [METHODS.md](../Tests/Golden/METHODS.md) the references' exact
arithmetic, and [OPTIMIZERS.md](python/OPTIMIZERS.md) what they are measured to do.

{table}
"""


def page() -> str:
    """The page, a Markdown table with a row for each optimizer."""
    rows = ["| optimizer | update | state | options |", "|---|---|---|---|"]
    for algorithm in ALGORITHMS.values():
        assert hasattr(descent, algorithm.title)
        state = ", ".join(f"`{name}`" for name in algorithm.state_names) or "none"
        formula = "<br>".join(f"`{part}`" for part in algorithm.formula.split("; ")).replace("|", "\\|")
        rows.append(f"| {algorithm.title} | {formula} | {state} | {option_cell(algorithm)} |")
    return PAGE.format(table="\n".join(rows))


if __name__ == "__main__":
    print(page(), end="")
