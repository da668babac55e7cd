"""The same bits of linear models of every kind with any number of threads, on each instruction set."""

import json
import os
import subprocess
import sys

import pytest
from test_instruction_sets import AVAILABLE, DIRECTORY

pytestmark = pytest.mark.slow


def fingerprint(isa, threads):
    """What linear_fingerprint.py finds with an instruction set and a number of threads."""
    environment = {"PYTHONPATH": str(DIRECTORY.parent), "DESCENT_ISA": isa, "DESCENT_NUM_THREADS": str(threads)}
    child = subprocess.run(
        [sys.executable, "-B", DIRECTORY / "linear_fingerprint.py"],
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )
    assert child.returncode == 0, child.stderr
    found = json.loads(child.stdout)
    assert (found["isa"], found["threads"]) == (isa, threads)
    return found["results"]


@pytest.fixture(scope="module")
def expected():
    return fingerprint("baseline", 1)


def test_each_result_is_another(expected):
    assert len(set(expected.values())) == len(expected) > 50


@pytest.mark.parametrize(
    ("isa", "threads"), [*(("baseline", n) for n in (2, 3, 5)), *((isa, n) for isa in AVAILABLE[:-1] for n in (1, 3))]
)
def test_same_bits(expected, isa, threads):
    found = fingerprint(isa, threads)
    assert found.keys() == expected.keys()
    assert not [name for name, digest in found.items() if digest != expected[name]]
