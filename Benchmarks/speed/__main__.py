"""`make benchmark`: measures everything, prints a table, and writes JSON, a page and a picture to build/benchmark."""

from . import surroundings

if __name__ == "__main__":
    surroundings.clean_environment()

import argparse
import re
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from . import footprint, images, library, peers, race, rows, threads
from .report import page, picture, store, terminal

QUICK = race.Effort(rounds=3, seconds=0.02)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="speed", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="three short rounds: a look, not a measurement")
    parser.add_argument("--rounds", type=int, help="how many rounds, at least 5 for a measurement (default 9)")
    parser.add_argument("--only", metavar="PATTERN", default="", help="rows whose key matches: adam, footprint")
    parser.add_argument("--wait", type=float, default=0, metavar="SECONDS", help="for a quiet machine, before each row")
    parser.add_argument("--processor-time", action="store_true", help="for rows with one thread, on a busy machine")
    parser.add_argument("--list", action="store_true", help="print the keys of all rows")
    parser.add_argument("--out", type=Path, default=peers.BUILD / "benchmark", help="where to write")
    return parser.parse_args()


def _conditions(effort: race.Effort) -> dict[str, Any]:
    peers.load_all()
    blas = peers.threadpoolctl.threadpool_info() if peers.threadpoolctl else []
    found = {f"{part['internal_api']} {part['version']} ({part.get('architecture', '')})" for part in blas}
    names = ("numpy", "scipy", "scikit-learn", "torch", "liblinear-official")
    return {
        "date": datetime.now(UTC).strftime("%Y-%m-%d"),
        "machine": surroundings.machine(),
        "versions": {
            "libdescent": library.lib.descent_version_string().decode(),
            "instruction set": library.lib.descent_active_isa().decode(),
            "python": sys.version.split()[0],
            **{name: version for name in names if (version := peers.version(name))},
            "BLAS and OpenMP": sorted(part for part in found if not part.startswith("openmp")),
            "compiler of the C programs": surroundings.compiler(),
        },
        "rounds": effort.rounds,
        "seconds_per_round": effort.seconds,
        "processor_time": effort.processor_time,
        "removed_variables": surroundings.removed_variables(),
        "libdescent_threads": threads.can_be_set(),
        "missing_peers": peers.missing,
    }


def _reason_to_skip(row: race.Row) -> str | None:
    if rows.needs_images(row) and not images.installed():
        return "Fashion-MNIST is not installed (Debian's package dataset-fashion-mnist)"
    if rows.needs_torch(row) and peers.torch is None:
        return "PyTorch is not installed"
    if row.threads > threads.available:
        return f"this machine has {threads.available} processor for it"
    return None


def _measure(row: race.Row, effort: race.Effort, wait: float) -> dict[str, Any]:
    reason = _reason_to_skip(row)
    if reason:
        return {"key": row.key, "job": row.job, "threads": row.threads, "skipped": reason}
    surroundings.wait_for_quiet(wait)
    load = surroundings.Load()
    try:
        result = race.run_row(row, effort)
    except (race.MismatchError, RuntimeError, MemoryError) as error:
        return {"key": row.key, "job": row.job, "threads": row.threads, "error": f"{type(error).__name__}: {error}"}
    if row.threads > 1 and not threads.can_be_set():
        result["notes"][""] = "this libdescent computes with one thread"
    return {**result, "others_share": load.share()}


def main() -> int:
    """Returns 1 if a row ended with an error: then two contestants do not compute the same."""
    arguments = _arguments()
    chosen = [row for row in rows.all_rows() if re.search(arguments.only, row.key)]
    if arguments.list:
        print("\n".join(row.key for row in chosen))
        return 0
    effort = QUICK if arguments.quick else race.Effort()
    if arguments.rounds:
        effort.rounds = arguments.rounds
    effort.processor_time = arguments.processor_time
    results = _conditions(effort) | {"rows": [], "footprint": []}
    terminal.show_conditions(results)
    for row in chosen:
        result = _measure(row, effort, arguments.wait)
        terminal.show_row(result)
        results["rows"].append(result)
        store.write(results, arguments.out / "results.json")
    if re.search(arguments.only, "footprint"):
        results["footprint"] = footprint.measure(effort.rounds)
        terminal.show_measures("Size, start and memory", results["footprint"])
    store.write(results, arguments.out / "results.json")
    page.write(results, arguments.out / "README.md")
    drawn = picture.write(results, arguments.out / "speed.png")
    print(f"\n{arguments.out}: results.json, README.md{', speed.png' if drawn else ''}")
    return 1 if any("error" in row for row in results["rows"]) else 0


if __name__ == "__main__":
    sys.exit(main())
