"""The same bits with every instruction set that this CPU has, each of which is shown to be the active one."""

import json
import os
import platform
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

DIRECTORY = Path(__file__).resolve().parent

# What the sets need, as Linux calls it: the levels v3 and v4 of x86-64.
NEEDED = {
    "avx512": {"avx512f", "avx512bw", "avx512cd", "avx512dq", "avx512vl"},
    "avx2": {"avx2", "fma", "bmi1", "bmi2", "f16c", "movbe"},
    "baseline": set(),
}


def cpu_flags():
    """The features of this CPU; none where they cannot be told."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return set()
    return set(next((line for line in lines if line.startswith("flags")), ":").split(":")[1].split())


# Best first.
AVAILABLE = [name for name, flags in NEEDED.items() if flags <= cpu_flags()]


@pytest.fixture(scope="module")
def fingerprint():
    """Runs fingerprint.py under a DESCENT_ISA, once for each."""
    kept = {}

    def run(isa):
        if isa not in kept:
            environment = {name: value for name, value in os.environ.items() if name != "DESCENT_ISA"}
            environment |= {"PYTHONPATH": str(DIRECTORY.parent)} | ({} if isa is None else {"DESCENT_ISA": isa})
            output = subprocess.run(
                [sys.executable, "-B", DIRECTORY / "fingerprint.py"],
                env=environment,
                capture_output=True,
                text=True,
                check=True,
            ).stdout
            kept[isa] = json.loads(output)
        return kept[isa]

    return run


@pytest.mark.parametrize("isa", AVAILABLE)
def test_forced_instruction_set_is_the_active_one_and_gives_the_same_bits(fingerprint, isa):
    found = fingerprint(isa)
    assert found["isa"] == isa
    expected = fingerprint("baseline")["results"]
    assert len(set(expected.values())) == len(expected)
    different = [name for name, digest in found["results"].items() if digest != expected[name]]
    assert not different


@pytest.mark.parametrize("isa", [None, "", "AVX2", "sse9", "avx2 "])
def test_no_word_or_another_one_gives_the_best(fingerprint, isa):
    assert fingerprint(isa)["isa"] == AVAILABLE[0]


@pytest.mark.skipif(platform.machine() != "x86_64", reason="the other sets are those of x86-64")
def test_every_set_of_this_cpu_is_tested():
    # An x86-64 CPU of the last ten years has more than the baseline: nothing here may pass because it saw no flags.
    assert "sse2" in cpu_flags()
