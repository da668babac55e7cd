"""What each rule adds to the library: bytes of code, from symbols, line numbers and calls of the unstripped file.

The functions of a rule stand in its line of KernelTable.swift, for each type and instruction set; what the engine has
for it is a type of the same name, or of that name with `Method`. A rule adds these and all that only they call. What
several rules share counts for the first of them in the table, so that the sum is what all of them take.

    python3 -m speed.rule_code [LIBRARY]
"""

import re
import subprocess
import sys
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

TABLE = Path(__file__).resolve().parents[2] / "Sources" / "Kernels" / "KernelTable.swift"
PLACES = {"7Kernels": "baseline", "11KernelsAVX2": "AVX2", "13KernelsAVX512": "AVX-512"}
ENGINE = "engine"
_RULE = re.compile(r"\b([A-Z]\w*)\.self")
_CLOSURE_OF_TABLE = re.compile(r"\$e(\d+Kernels\w*?)8addRules.+_tF.+")
_ENGINE_TYPE = re.compile(r"\$e7Descent(\d+)(\w+)")
_CALL = re.compile(r"\s+([0-9a-f]+):\s+(?:call|jmp|j\w+)\s+([0-9a-f]+)\b")


@dataclass
class Function:
    """A function of the library."""

    size: int
    name: str
    calls: set[int] = field(default_factory=set)

    @property
    def place(self) -> str:
        """The instruction set that it is compiled for; the engine's for everything else."""
        return next((place for module, place in PLACES.items() if self.name.startswith(f"$e{module}")), ENGINE)


def bytes_by_rule(library: Path) -> dict[str, dict[str, int]]:
    """The rules' types in the order of the table, and how many bytes each adds in which place."""
    functions = _functions(library)
    entries = _entries(library, functions)
    of_rules = {address for addresses in entries.values() for address in addresses}
    reached = _reach(functions, of_rules)
    claimed = _reach(functions, functions.keys() - reached, beyond=of_rules)
    added = {}
    for rule, addresses in entries.items():
        own = _reach(functions, addresses) - claimed
        claimed |= own
        added[rule] = dict.fromkeys([*PLACES.values(), ENGINE], 0)
        for address in own:
            added[rule][functions[address].place] += functions[address].size
    return added


def _output(*command: str | Path, given: str | None = None) -> list[str]:
    process = subprocess.run(command, input=given, capture_output=True, text=True, check=True)
    return process.stdout.splitlines()


def _functions(library: Path) -> dict[int, Function]:
    functions = {}
    for line in _output("nm", "--print-size", "--defined-only", library):
        address, size, kind, name = line.split() if line.count(" ") == 3 else ("", "", "", "")
        if kind in ("t", "T"):
            functions[int(address, 16)] = Function(int(size, 16), name)
    if not functions:
        raise RuntimeError(f"{library} has no symbols: it is stripped")
    starts = sorted(functions)
    for line in _output("objdump", "--disassemble", "--no-show-raw-insn", library):
        if (call := _CALL.match(line)) is not None and int(call[2], 16) in functions:
            at = bisect_right(starts, int(call[1], 16)) - 1
            functions[starts[at]].calls.add(int(call[2], 16))
    return functions


def _entries(library: Path, functions: dict[int, Function]) -> dict[str, list[int]]:
    """The functions that the table has for each rule, and those of its type in the engine."""
    source = TABLE.read_text().splitlines()
    rules = TABLE.read_text().partition("func addRules")[2].partition("\n}\n")[0]
    entries: dict[str, list[int]] = {name: [] for name in re.findall(r" add\((\w+)\.self", rules)}
    closures = {address for address, function in functions.items() if _CLOSURE_OF_TABLE.fullmatch(function.name)}
    by_name = {functions[address].name: address for address in closures}
    lines = _lines(library, closures)
    counts = Counter((functions[address].place, line) for address, line in lines.items())
    if any(count > source[line - 1].count("{ ") for (_, line), count in counts.items()):
        raise RuntimeError(f"{library} was not built from this {TABLE.name}")
    for address, line in lines.items():
        rule = _RULE.search(source[line - 1])
        if rule is not None and rule[1] in entries:
            thunk = by_name.get(f"{functions[address].name}To")
            entries[rule[1]] += [address] if thunk is None else [address, thunk]
    for address, function in functions.items():
        if (found := _ENGINE_TYPE.match(function.name)) is not None:
            owner = found[2][: int(found[1])].removesuffix("Method")
            if owner in entries:
                entries[owner].append(address)
    if not any(entries.values()):
        raise RuntimeError(f"{library} has no line numbers")
    return entries


def _lines(library: Path, addresses: Iterable[int]) -> dict[int, int]:
    """Where in KernelTable.swift functions are, those that the compiler has made up left out."""
    given = "\n".join(map(hex, addresses))
    found: dict[int, int] = {}
    address = 0
    for line in _output("addr2line", "--addresses", "--inlines", "--exe", library, given=given):
        if line.startswith("0x"):
            address = int(line, 16)
        elif (place := re.search(r"/KernelTable\.swift:([1-9]\d*)", line)) is not None:
            found[address] = int(place[1])
    return found


def _reach(functions: dict[int, Function], start: Iterable[int], beyond: Iterable[int] = ()) -> set[int]:
    """What these functions call, and what that calls, themselves included; not those in `beyond`."""
    reached, waiting = set(start), list(start)
    stop = set(beyond)
    while waiting:
        for address in functions[waiting.pop()].calls - reached - stop:
            reached.add(address)
            waiting.append(address)
    return reached


def main() -> None:
    """Prints them."""
    default = TABLE.parents[2] / "build" / "lib" / "libdescent.so"
    added = bytes_by_rule(Path(sys.argv[1]) if len(sys.argv) > 1 else default)
    places = [*PLACES.values(), ENGINE]
    print(f"{'bytes that it adds':<22}" + "".join(f"{place:>10}" for place in [*places, "all"]))
    totals = dict.fromkeys(places, 0)
    for rule, sizes in added.items():
        totals = {place: totals[place] + sizes[place] for place in places}
        print(f"{rule:<22}" + "".join(f"{size:>10,}" for size in [*sizes.values(), sum(sizes.values())]))
    print(f"{'all':<22}" + "".join(f"{size:>10,}" for size in [*totals.values(), sum(totals.values())]))


if __name__ == "__main__":
    main()
