"""Writes the table; fails if a row of ours is below the others. See `make conformance`."""

import argparse
import sys
from pathlib import Path

import numpy as np
import sklearn

from .data_sets import COLUMNS, FOLDS, IMAGES_TO_TEST, IMAGES_TO_TRAIN, data_sets
from .rows import MOST_POINTS, MOST_SHARE, Row, measured

HEAD = """# Linear models with their defaults, against scikit-learn's

`make conformance` makes this table, and fails if a row of ours is more than {points:.1f} points of accuracy, or
{share:.0%} of R², below the better of the two others.

- ours: `LinearClassifier()` and `LinearRegressor()`; nothing is set, the features are passed as they are.
- plain: scikit-learn's `LogisticRegression()` and `Ridge()`; scaled: the same behind a `StandardScaler()`.
- Scores are accuracy in %, or R² of regressions, on samples that the fit did not have: means over {folds} folds, and
  for Fashion-MNIST (as Debian has it) {train:,} and {test:,} of its training images, chosen at random.
  A score in bold type passes.
- rescaled: each column times a number of 1e-3 to 1e6, drawn evenly by its logarithm; shifted: by up to 1e6 of its
  standard deviations to either side.
- Seconds are those of all fits of ours and of the faster of the others, on a machine that may have had other work: no
  benchmark.
- scikit-learn {sklearn}, NumPy {numpy}.

| data | columns | ours | plain | scaled | seconds, ours | others |
|---|---|---:|---:|---:|---:|---:|
"""


def line(row: Row) -> str:
    """A row of the Markdown table."""
    figures = [
        f"{100 * score:.1f} %" if row.is_classification else f"{score:.4f}"
        for score in (row.ours, row.plain, row.scaled)
    ]
    if row.is_right:
        figures[0] = f"**{figures[0]}**"
    times = [f"{seconds:.2g}" for seconds in (row.seconds[0], min(row.seconds[1:]))]
    return f"| {' | '.join([row.data_set, row.columns, *figures, *times])} |"


def main() -> int:
    """Measures, prints and writes."""
    parser = argparse.ArgumentParser(prog="conformance", description=__doc__)
    parser.add_argument("--output", type=Path, help="the Markdown file to write")
    parser.add_argument("--only", default="", help="data sets whose names hold this")
    arguments = parser.parse_args()
    rows = []
    for data in data_sets():
        if arguments.only not in data.name:
            continue
        for columns, change in COLUMNS.items():
            rows.append(measured(data, columns, change(data.features)))
            print(line(rows[-1]), "" if rows[-1].is_right else " <- below the others", flush=True)
    if arguments.output:
        versions = {"sklearn": sklearn.__version__, "numpy": np.__version__}
        head = HEAD.format(
            points=100 * MOST_POINTS,
            share=MOST_SHARE,
            folds=FOLDS,
            train=IMAGES_TO_TRAIN,
            test=IMAGES_TO_TEST,
            **versions,
        )
        arguments.output.write_text(head + "".join(line(row) + "\n" for row in rows), encoding="utf-8")
    return sum(not row.is_right for row in rows)


if __name__ == "__main__":
    sys.exit(main())
