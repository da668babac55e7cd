"""The README's table of measured speed:  python -m speed.report.readme Benchmarks/results.json [README.md]

Prints it, or puts it between the comments <!-- speed --> and <!-- /speed --> of the file.
"""

import sys
from pathlib import Path
from typing import Any

from . import store, wording

BEGIN, END = "<!-- speed -->", "<!-- /speed -->"
# The rows that are shown, whether they are won or lost.
KEYS = (
    "adam-1000-1",
    "adam-1000000-1",
    "adam-1000000-2",
    "adam-30000000-2",
    "thousand",
    "torch-thousand",
    "epoch-1",
    "epoch-2",
    "epoch-bytes",
    "full-batch-1",
    "target-loss-1",
)
# What else is said, if it was measured.
FACTS = {
    "one small tensor, from C": "A call of a step costs",
    "libdescent.so, stripped": "The library is",
}


def table(results: dict[str, Any]) -> str:
    """The table in Markdown, with the conditions below it."""
    rows = {row["key"]: row for row in results["rows"]}
    lines = ["| job | threads | libdescent | the others take, times as long |", "|---|---|---|---|"]
    lines += [_line(rows[key]) for key in KEYS if "comparisons" in rows.get(key, {})]
    return "\n".join([*lines, "", _conditions(results)])


def _line(row: dict[str, Any]) -> str:
    ours, seconds = next(iter(row["seconds"].items()))
    others = [
        f"{item['peer']} {wording.ratio(item['ratio'])}"
        for item in row["comparisons"]
        if item["ours"] == ours and not item["peer"].startswith("libdescent from")
    ]
    return f"| {row['job']} | {row['threads']} | {wording.duration(seconds)} | {', '.join(others)} |"


def _conditions(results: dict[str, Any]) -> str:
    parts = (results["footprint"], *(row.get("measures", ()) for row in results["rows"]))
    measures = {measure["name"]: measure for part in parts for measure in part}
    facts = [
        f"{words} {wording.significant(measures[name]['value'])} {measures[name]['unit']}. "
        for name, words in FACTS.items()
        if name in measures
    ]
    versions, machine = results["versions"], results["machine"]
    names = (("torch", "PyTorch"), ("numpy", "NumPy"), ("scikit-learn", "scikit-learn"))
    peers = [f"{title} {versions[name]}" for name, title in names if name in versions]
    return (
        f"Below 1.3 it is a tie. {''.join(facts)}`make benchmark` measures this and more; here, {results['date']}, on "
        f"{machine['processors']} cores of {machine['processor']} with {', '.join(peers)}."
    )


def main() -> None:
    """Prints the table or changes the file."""
    text = table(store.read(Path(sys.argv[1])))
    if len(sys.argv) == 2:
        print(text)
        return
    path = Path(sys.argv[2])
    before, rest = path.read_text().split(BEGIN, 1)
    after = rest.split(END, 1)[1]
    path.write_text(f"{before}{BEGIN}\n{text}\n{END}{after}")


if __name__ == "__main__":
    main()
