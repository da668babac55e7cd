"""Size, start and memory: each figure from fresh processes, in turns with those that it is compared with."""

import importlib.metadata
import re
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from . import rule_code
from .library import PATH
from .peers import BUILD

Measure = dict[str, Any]
MEGABYTE, KILOBYTE = 2**20, 2**10

_RESIDENT = """
import os
def resident():
    return int(open("/proc/self/statm").read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
"""

_IMPORT = f"""{_RESIDENT}
import time
begin = time.perf_counter()
import {{module}}
seconds = time.perf_counter() - begin
print(seconds, resident())
"""

# The descent module alone, where NumPy has been imported already.
_AFTER_NUMPY = "import numpy" + _IMPORT

# The first step of all is not counted: it makes what the process has only once.
_STATE = f"""{_RESIDENT}
import numpy as np
from speed import library
def first_step(size):
    optimizer = library.Optimizer(library.ADAM)
    arrays = [np.ones(size, np.float32)], [np.ones(size, np.float32)]
    tensors = library.tensor_array(*arrays)
    before = resident()
    library.check(library.lib.descent_optimizer_step(optimizer.handle, tensors, library.ctypes.c_size_t(1)))
    return resident() - before
first_step(64)
print(first_step({{count}}) - 8 * {{count}})
"""


def measure(rounds: int) -> list[Measure]:
    """All of it."""
    return [*_sizes(), *_rules(), *_opening(rounds), *_imports(rounds), _state_memory()]


def _measure(name: str, value: float, unit: str, limit: float | None = None) -> Measure:
    return {"name": name, "value": round(value, 3), "unit": unit, "limit": limit}


# --- On the disk -----------------------------------------------------------------------------------------------------


def _sizes() -> list[Measure]:
    openblas = _openblas()
    return [
        _measure("libdescent.so, stripped", _stripped_size(Path(PATH)) / KILOBYTE, "KB", 900),
        *([_measure("libopenblas.so", openblas.stat().st_size / MEGABYTE, "MB")] if openblas else []),
        *(
            _measure(f"{name} with what it needs", size / MEGABYTE, "MB")
            for name in ("numpy", "scikit-learn", "torch", "liblinear-official")
            if (size := _installed_size(name)) > 0
        ),
    ]


def _rules() -> list[Measure]:
    try:
        added = rule_code.bytes_by_rule(Path(PATH))
    except RuntimeError:  # a library that the caller has chosen: stripped, or built elsewhere
        return []
    measures = [
        _measure(f"code that {rule} adds", sum(sizes.values()) / KILOBYTE, "KB")
        | {"note": ", ".join(f"{place} {size:,}" for place, size in sizes.items() if size)}
        for rule, sizes in added.items()
    ]
    return [*measures, _measure("code of all rules", sum(measure["value"] for measure in measures), "KB")]


def _stripped_size(library: Path) -> int:
    with tempfile.TemporaryDirectory() as directory:
        stripped = Path(directory) / "stripped.so"
        subprocess.run(["strip", "-o", stripped, library], check=True)
        return stripped.stat().st_size


def _openblas() -> Path | None:
    """The system's OpenBLAS, from the dynamic linker: the C peers are linked with it, the library may load it later."""
    for linked in (BUILD / "benchmark" / "libpeers.so", Path(PATH)):
        lines = subprocess.run(["ldd", linked], capture_output=True, text=True, check=False).stdout.splitlines()
        paths = [line.split("=>")[1].split()[0] for line in lines if "openblas" in line and "=>" in line]
        if paths:
            return Path(paths[0]).resolve()
    return None


def _installed_size(distribution: str) -> int:
    """Bytes of a Python package and of all that it requires."""
    needed, known = [distribution], set()
    total = 0
    while needed:
        name = needed.pop().lower().replace("_", "-")
        if name in known:
            continue
        known.add(name)
        try:
            found = importlib.metadata.distribution(name)
        except importlib.metadata.PackageNotFoundError:
            continue
        files = (found.locate_file(file) for file in found.files or ())
        total += sum(path.stat().st_size for path in map(Path, map(str, files)) if path.is_file())
        requirements = [requirement for requirement in found.requires or () if "extra ==" not in requirement]
        needed += [re.match(r"[\w.-]+", requirement)[0] for requirement in requirements]
    return total


# --- In fresh processes ----------------------------------------------------------------------------------------------


def _numbers(command: list[str]) -> list[float] | None:
    """What a program prints; None if it fails, as an import of what is not installed does."""
    process = subprocess.run(command, capture_output=True, text=True, check=False)
    return [float(word) for word in process.stdout.split()] if process.returncode == 0 else None


def _in_turns(commands: dict[str, list[str]], rounds: int) -> dict[str, list[float]]:
    """The median of each number that each program prints."""
    answers: dict[str, list[list[float]]] = {name: [] for name in commands}
    for number in range(rounds + 1):
        for name, command in commands.items():
            numbers = _numbers(command)
            if numbers is not None and number > 0:  # the first time reads files from the disk
                answers[name].append(numbers)
    return {name: [statistics.median(column) for column in zip(*rows, strict=True)] for name, rows in answers.items()}


def _opening(rounds: int) -> list[Measure]:
    opener, openblas = str(BUILD / "benchmark" / "open_library"), _openblas()
    commands = {"libdescent.so": [opener, PATH]}
    if openblas:
        commands["libopenblas.so"] = [opener, str(openblas)]
    measures = []
    for name, numbers in _in_turns(commands, rounds).items():
        if numbers:
            measures.append(_measure(f"dlopen of {name}", numbers[0] / 1e3, "ms"))
            measures.append(_measure(f"resident memory that it takes ({name})", numbers[1] / KILOBYTE, "MB"))
    return measures


def _imports(rounds: int) -> list[Measure]:
    programs = {
        f"import {module}": _IMPORT.format(module=module) for module in ("descent", "numpy", "sklearn", "torch")
    }
    programs["import descent after numpy"] = _AFTER_NUMPY.format(module="descent")
    commands = {name: [sys.executable, "-c", program] for name, program in programs.items()}
    measures = []
    for name, numbers in _in_turns(commands, rounds).items():
        if numbers:
            measures.append(_measure(name, 1e3 * numbers[0], "ms"))
            measures.append(_measure(f"resident memory after it ({name})", numbers[1] / MEGABYTE, "MB"))
    return measures


def _state_memory() -> Measure:
    count = 2**24
    answer = _numbers([sys.executable, "-c", _STATE.format(count=count)])
    excess = answer[0] / KILOBYTE if answer else float("nan")
    return _measure(f"memory of Adam for {count:,} float32, beyond 8 bytes each", excess, "KB", 64)
