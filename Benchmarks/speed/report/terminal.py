"""The table on the terminal, row by row as they are measured."""

from typing import Any

from . import wording


def show_conditions(results: dict[str, Any]) -> None:
    """Where and how."""
    print("\n".join(wording.conditions(results)), flush=True)


def show_row(row: dict[str, Any]) -> None:
    """A job, and everybody's time."""
    print(f"\n{row['job']}, {wording.thread_count(row)} [{row['key']}]")
    for problem in ("skipped", "error"):
        if problem in row:
            print(f"  {problem}: {row[problem]}", flush=True)
            return
    judged = {(item["ours"], item["peer"]): item for item in row["comparisons"]}
    ours = next(iter(row["seconds"]))
    for name, seconds in row["seconds"].items():
        comparison = judged.get((ours, name))
        verdict = f"{wording.ratio(comparison['ratio']):>7} x  {wording.judgement(comparison)}" if comparison else ""
        note = row["notes"].get(name, "")
        print(f"  {name:<28}{wording.duration(seconds):>12}{verdict}{'  ' * bool(note)}{note}".rstrip())
    for (one, peer), comparison in judged.items():
        if one != ours:
            print(f"  {one} against {peer}: {wording.ratio(comparison['ratio'])} x  {wording.judgement(comparison)}")
    if row["notes"].get(""):
        print(f"  {row['notes']['']}")
    if row["others_share"] > 0.1:
        print(f"  other processes used {row['others_share']:.0%} of the processors meanwhile")
    _show(row["measures"])


def show_measures(title: str, measures: list[dict[str, Any]]) -> None:
    """Figures that are not times of contestants."""
    print(f"\n{title}")
    _show(measures)


def _show(measures: list[dict[str, Any]]) -> None:
    for measure in measures:
        value = f"{wording.significant(measure['value'])} {measure['unit']}"
        print(f"  {measure['name']:<66}{value:>12}  {wording.remark(measure)}", flush=True)
