"""The page build/benchmark/README.md: every figure, and under which conditions it was found."""

from pathlib import Path
from typing import Any

from . import wording


def write(results: dict[str, Any], path: Path) -> None:
    """Writes it."""
    lines = [
        "# Measured speed",
        "",
        f"{results['date']}. " + " ".join(wording.conditions(results)),
        "",
        "Everything in a row was verified to compute the same before it was timed. *x* says how many times as long as "
        "libdescent, the first in its row, another one takes.",
        "",
        "![How many times as long the others take](speed.png)",
        "",
        "| job | threads | contestant | time | x | |",
        "|---|---|---|---|---|---|",
    ]
    for row in results["rows"]:
        lines += _row_lines(row)
    measures = [measure for row in results["rows"] for measure in row.get("measures", ())] + results["footprint"]
    lines += ["", "| size, start, memory and overhead | | |", "|---|---|---|"]
    for measure in measures:
        value = f"{wording.significant(measure['value'])} {measure['unit']}"
        lines.append(f"| {measure['name']} | {value} | {wording.remark(measure)} |")
    missed = list(_missed(results, measures))
    lines += ["", "Targets that were missed:", "", *missed] if missed else ["", "Every target was reached."]
    lines += ["", "How each row was verified, and what it found:", "", *_verifications(results)]
    path.write_text("\n".join(lines) + "\n")


def _row_lines(row: dict[str, Any]) -> list[str]:
    job, count = row["job"], row["threads"]
    for problem in ("skipped", "error"):
        if problem in row:
            return [f"| {job} | {count} | {problem}: {row[problem]} | | | |"]
    ours = next(iter(row["seconds"]))
    judged = {item["peer"]: item for item in row["comparisons"] if item["ours"] == ours}
    lines = []
    for name, seconds in row["seconds"].items():
        comparison = judged.get(name)
        verdict = f"{wording.ratio(comparison['ratio'])} | {wording.judgement(comparison)}" if comparison else " | "
        lines.append(f"| {job} | {count} | {name} | {wording.duration(seconds)} | {verdict} |")
        job = count = ""
    for item in row["comparisons"]:
        if item["ours"] != ours:
            verdict = f"{wording.ratio(item['ratio'])} | {wording.judgement(item)}"
            lines.append(f"| | | {item['ours']} against {item['peer']} | | {verdict} |")
    return lines


def _missed(results: dict[str, Any], measures: list[dict[str, Any]]) -> list[str]:
    comparisons = [(row, item) for row in results["rows"] for item in row.get("comparisons", ()) if item["missed"]]
    return [
        f"- {row['job']}, {wording.thread_count(row)}: {item['ours']} against {item['peer']} "
        f"{wording.ratio(item['ratio'])}, target {wording.ratio(item['target'])}"
        for row, item in comparisons
    ] + [
        f"- {measure['name']}: {wording.significant(measure['value'])} {measure['unit']}, {wording.limit(measure)}"
        for measure in measures
        if "missed" in wording.limit(measure)
    ]


def _verifications(results: dict[str, Any]) -> list[str]:
    lines = []
    for row in results["rows"]:
        if "verified" in row:
            notes = "; ".join(f"{name} {note}".strip() for name, note in row["notes"].items())
            share = f"; others used {row['others_share']:.0%} of the processors" if row["others_share"] > 0.1 else ""
            lines.append(f"- `{row['key']}`: {row['verified']}{'; ' * bool(notes)}{notes}{share}")
    return lines
