"""Prints the README's table of optimizers from the library's own: PYTHONPATH=bindings/python python readme_table.py"""

import descent
from descent import _table

# What every optimizer has is told beside the table.
COMMON = set.intersection(*(set(algorithm.options) for algorithm in _table.ALGORITHMS.values())) - {"learning_rate"}


def option_cell(algorithm: _table.Algorithm) -> str:
    """The algorithm's own options with their defaults."""
    own = [option for option in algorithm.options.values() if option.name not in COMMON]
    return ", ".join(f"`{option.name}` [{float(option.default):g}]" for option in own)


def table() -> str:
    """A Markdown table, a row for each optimizer."""
    rows = ["| optimizer | update | state | options |", "|---|---|---|---|"]
    for algorithm in _table.ALGORITHMS.values():
        assert hasattr(descent, algorithm.title)
        state = ", ".join(f"`{name}`" for name in algorithm.state_names) or "none"
        formula = "<br>".join(f"`{part}`" for part in algorithm.formula.split("; "))
        rows.append(f"| {algorithm.title} | {formula} | {state} | {option_cell(algorithm)} |")
    return "\n".join(rows)


if __name__ == "__main__":
    print(table())
