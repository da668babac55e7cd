"""Runs promise.c's jobs on every target, and compares: promise.py [--write README.md] NAME=COMMAND ...

The first target is the one that the others are compared with. Each one's saved states are resumed on the next, and the last
one's on the first. --write puts the table between its marks in a file; without it, the table there must be the present one.
"""

import argparse
import subprocess
import sys
import tempfile
from collections import defaultdict
from pathlib import Path

README = Path(__file__).resolve().parents[2] / "README.md"
BEGIN, END = "<!-- the promise: `make promise` writes this -->\n", "<!-- end of the promise -->\n"
# OpenBLAS multiplies their matrices, where it is installed: each of its kernels has bits of its own.
OPENBLAS = {"muon", "shampoo", "soap"}
RESUMED = "states saved on one and resumed on the next"


def run(command: str, *arguments: str) -> dict[tuple[str, str], str]:
    """Returns the digest of each job."""
    result = subprocess.run([*command.split(), *arguments], capture_output=True, text=True, check=False)
    if result.returncode != 0:
        sys.exit(f"{command} {' '.join(arguments)}: exit status {result.returncode}\n{result.stderr}")
    lines = (line.split("\t") for line in result.stdout.splitlines())
    return {(group, job): digest for group, job, digest in lines if job.split()[0] not in OPENBLAS}


def of_groups(digests: dict[tuple[str, str], str]) -> dict[str, list[str]]:
    """The digests by group, each with its job."""
    groups = defaultdict(list)
    for (group, job), digest in sorted(digests.items()):
        groups[group].append(f"{job} {digest}")
    return dict(groups)


def combined(digests: list[str]) -> str:
    """One short digest of several: FNV-1a with 32 bits."""
    value = 0x811C9DC5
    for byte in "\n".join(digests).encode():
        value = (value ^ byte) * 0x01000193 % 2**32
    return f"{value:08x}"


def compare(targets: dict[str, str]) -> tuple[dict[str, dict[str, list[str]]], list[str]]:
    """Returns each target's results, and sentences about those that differ from the first one's."""
    names = list(targets)
    results = {name: run(command) for name, command in targets.items()}
    first, differences = results[names[0]], []
    resumed = {}
    with tempfile.TemporaryDirectory(dir=".") as scratch:
        for number, name in enumerate(names):
            folder = f"{Path(scratch).name}/{number}"
            Path(folder).mkdir()
            run(targets[name], "save", folder)
            following = names[(number + 1) % len(names)]
            resumed[following] = run(targets[following], "resume", folder)
    for name in names:
        for kind, found in (("", results[name]), ("resumed ", resumed[name])):
            differences += [
                f"{name}: {kind}{group}: {job}" for (group, job), value in found.items() if first[group, job] != value
            ]
        if not results[name].keys() == first.keys() or not resumed[name]:
            differences.append(f"{name}: other jobs")
    groups = {name: {**of_groups(results[name]), RESUMED: sorted(map(str, resumed[name].items()))} for name in names}
    return groups, differences


def table(groups: dict[str, dict[str, list[str]]]) -> str:
    """The table in Markdown."""
    names = list(groups)
    lines = ["| jobs | " + " | ".join(names) + " |", "|---" * (len(names) + 1) + "|"]
    for group, jobs in groups[names[0]].items():
        cells = [f"`{combined(groups[name][group])}`" for name in names]
        lines.append(f"| {group} ({len(jobs)}) | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def main() -> None:
    """Runs, compares, and writes or checks the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help="put the table into README.md")
    parser.add_argument("targets", nargs="+", metavar="NAME=COMMAND")
    arguments = parser.parse_args()
    groups, differences = compare(dict(target.split("=", 1) for target in arguments.targets))
    print(table(groups), end="")
    if differences:
        sys.exit("these results differ:\n" + "\n".join(differences))
    before, rest = README.read_text().split(BEGIN)
    former, after = rest.split(END)
    if arguments.write:
        README.write_text(f"{before}{BEGIN}{table(groups)}{END}{after}")
    elif {line for line in table(groups).splitlines()[2:]} - set(former.splitlines()) and len(arguments.targets) == 5:
        sys.exit("README.md has another table: `make promise` writes it anew")
    print(f"{len(arguments.targets)} targets have the same bits")


main()
